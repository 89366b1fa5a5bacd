// What requests about files and mailboxes have in common: paths, the header Destination, and how an exchange ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "transports/guard.hpp"
#include "transports/transfer.hpp"

namespace owed::transports::detail {

/// The path of a URL with its %XX decoded. Nothing for what holds a control byte, a half %XX, or a ".." that climbs.
std::optional<std::string> path_of(std::string_view encoded);

/// A header's value, its name in any case; empty: there is none.
std::string header_of(const Request& request, std::string_view name);

/// What files are asked for with: one of GET, PUT, LIST, DELETE and RENAME; a path; no header but RENAME's Destination, a
/// whole path without ".."; a login. `protocol` stands in messages: "SFTP". Errors: invalid_config, invalid_argument, data.
Status check_file_request(const Request& request, const UrlParts& url, std::string_view protocol);

/// "sftp://bank.example:2222": for messages.
std::string server_of(const UrlParts& url);

/// A response that needs no more than that.
Response ended(Outcome outcome, std::string detail);

}  // namespace owed::transports::detail
