// A delivery as a request to the host's transfer service, and its response as a receipt: pure.
#pragma once

#include <string>

#include "owed/plugin.hpp"

namespace owed::plugins::email {

enum class Security { starttls, tls, none };

struct Server {
    std::string host;
    int port = 587;
    Security security = Security::starttls;
    std::string user, password_secret;  ///< the secret's name; its value never comes here
    std::string from;                   ///< envelope sender for all; empty: the delivery's
};

/// Errors: data when the delivery has no message, recipient or sender. Addresses are checked by the host, in one place.
Result<plugin::Request> request_for(const Server& server, const Delivery& delivery);

/// sent, refused, retry or unknown; an Error for what concerns the server and not this message (login, trust,
/// configuration), which says that nothing left.
Result<SendReceipt> receipt_of(const plugin::Response& response);
/// What the host's choke point would refuse first, for the maildir, which has none. Errors: data.
Status check_recipient(std::string_view address);

}  // namespace owed::plugins::email
