// A source that is a granted folder: hands each complete file to the host, in an order that people can predict.
#pragma once

#include <string>
#include <vector>

#include "owed/plugin.hpp"

namespace owed::plugins {

/// One instance's folder. Calls as owed::plugin::Source: one at a time.
class DropFolder {
  public:
    /// `folder`: the grant. `patterns`: globs, offered in this order (customers before their invoices); a file that fits
    /// two is offered once.
    DropFolder(plugin::Host host, std::string folder, std::vector<std::string> patterns, plugin::After after);

    Status check() const;
    /// Every complete file, by pattern and name. A file that cannot be taken (a link, too large, gone meanwhile) is said
    /// in the log and the rest goes on; an Error is about the surroundings. With After::leave a file is offered each
    /// time, and the host knows by its content that it has it.
    Status read(plugin::Reader& out) const;

  private:
    Result<std::vector<std::string>> complete_files() const;

    plugin::Host host_;
    std::string folder_;
    std::vector<std::string> patterns_;
    plugin::After after_;
};

/// "archive" or "leave", as the schemas allow.
plugin::After after_of(std::string_view text);

}  // namespace owed::plugins
