// One org, spoken to through the host's transfer service. The login is the secret "login": the host fetches the token, renews
// it when the org says 401, and no byte of it comes here.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apis/json/json.hpp"
#include "apis/salesforce/collections.hpp"
#include "apis/salesforce/errors.hpp"
#include "owed/plugin.hpp"
#include "salesforce/options.hpp"

namespace owed::plugins::salesforce {

/// Why a call brought nothing.
struct Fault {
    Error error;
    std::string code;                             ///< the org's: "INVALID_QUERY_LOCATOR"; empty: it gave none
    std::chrono::milliseconds retry_after{0};
    bool maybe_done = false;                      ///< what was to be written may stand there
};
template <class T>
using Answer = tl::expected<T, Fault>;

/// One thread at a time, inside calls of the host.
class Org {
  public:
    Org(plugin::Host host, const Options& options) : host_{host}, options_{options} {}

    /// At the start of each call of the host: how much of the daily limit is gone is asked anew, by the first request.
    void begin_call() { usage_.reset(); }

    /// Errors: invalid_config when the org does not offer the pinned version.
    Status check_version();
    /// As it is now. Errors: invalid_config when there is no such object.
    Result<org::ObjectShape> describe(const std::string& object);
    /// As it was at some time in this process; forgotten when the org no longer knows a name.
    Result<org::ObjectShape> known_shape(const std::string& object);

    struct Page {
        std::vector<apis::Json> rows;
        std::string next;                         ///< path of the next one; empty: this is the last
        std::uint64_t total = 0;
    };
    /// `deleted`: rows in the recycle bin too.
    Answer<Page> query(const std::string& soql, bool deleted);
    Answer<Page> next_page(const std::string& path);
    /// At most collection_max rows. `key_field` "id": rows are changed by their record id, and none is made.
    Answer<std::vector<org::RowAnswer>> write(const std::string& object, const std::string& key_field, const std::vector<org::OutRow>& rows);

    /// The org's clock as its last answer told it; ours before the first.
    Result<Instant> now() const;
    /// Passes a fault on as the failure of this call.
    Error raise(Fault fault) const;

  private:
    Answer<apis::Json> send(const std::string& method, const std::string& path, std::string body = {});
    plugin::Request request_for(const std::string& method, const std::string& path, std::string body) const;
    void note(const plugin::Response& response);
    Fault fault_of(const plugin::Response& response, const std::string& where, bool writes) const;
    std::optional<Fault> beyond_share() const;
    Answer<Page> page_of(Answer<apis::Json> body) const;
    std::string data(const std::string& path) const { return "/services/data/v" + options_.version + path; }

    plugin::Host host_;
    const Options& options_;
    std::optional<org::Usage> usage_;             ///< as told within this call
    std::optional<Instant> date_;
    std::map<std::string, org::ObjectShape> shapes_;
};

}  // namespace owed::plugins::salesforce
