// Mailboxes on an IMAP server. libcurl makes the line (TLS or STARTTLS, login); what is said on it is ours, since libcurl
// marks a message as read when it fetches one, and cannot tell a message's lines from the server's.
#pragma once

#include <string_view>

#include "transports/transfer.hpp"

namespace owed::transports::detail {

bool is_imap(std::string_view url);

/// URL, method, headers and login as an IMAP request may have them. Errors: invalid_config, invalid_argument, data.
Status check_imap(const Request& request);

/// One exchange on a connection of its own (transfer.hpp says what the methods do).
Result<Response> imap(const Request& request);

}  // namespace owed::transports::detail
