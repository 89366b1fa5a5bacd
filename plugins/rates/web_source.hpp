// A file that is fetched from one URL, and only when it has changed: RFC 9110 section 13 (If-None-Match, If-Modified-Since).
// One request a read; how often is the connector's schedule.
#pragma once

#include <string>

#include "owed/plugin.hpp"

namespace owed::plugins::rates {

/// Calls as owed::plugin::Source: one at a time.
class WebSource {
  public:
    WebSource(plugin::Host host, std::string url) : host_{host}, url_{std::move(url)} {}

    /// Asks for the head alone. Errors: the class that the host made of the answer, with what to do.
    Status check() const;
    /// Hands over the file as an artifact unless the server says that it is the one it gave last. ETag and Last-Modified are
    /// kept with the cursor, once owed has decided about the file; the cursor tells the last answer.
    Status read(plugin::Reader& out) const;

  private:
    Result<plugin::Response> ask(const char* method, bool conditional) const;
    tl::unexpected<Error> refused(const char* method, const plugin::Response& response) const;
    Status keep(const char* key, std::string_view value) const;

    plugin::Host host_;
    std::string url_;
};

/// The last part of a URL's path without its query, as a file's name; "rates" when it has none. Any thread.
std::string file_name_of(std::string_view url);

}  // namespace owed::plugins::rates
