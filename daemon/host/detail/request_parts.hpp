// From a plugin's request to a transport's, and back: parts joined, secrets filled in at the last moment.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "host/detail/door.hpp"
#include "host/detail/secret_text.hpp"
#include "host/host.hpp"
#include "transports/transfer.hpp"

namespace owed::host {

/// A secret as its place needs it: raw; XML text; inside a JSON text's quotes; form-urlencoded; base64.
std::string encoded(std::string_view secret, std::uint32_t encoding);

/// The value of a secret by its name, for one request.
using SecretSource = std::function<Result<SecretText>(const std::string& name)>;

/// The transport's request. Secrets stand in header values, body, user and password, and nowhere else: the other fields of
/// a request have no parts. Errors: those of `secret`; invalid_config (plain text not allowed), plugin_bug.
Result<transports::Request> transport_request(const TransferRequest& request, const InstanceConfig& config, const SecretSource& secret);

/// A login by mail whose password is a token that the host fetches itself: it goes as one (SASL OAUTHBEARER, XOAUTH2), so
/// that a plugin writes the same request whatever the configuration has for that secret.
bool is_token_login(const TransferRequest& request, const InstanceConfig& config);

/// The names of the secrets that a request asks for, each once, in order.
std::vector<std::string> secrets_of(const TransferRequest& request);

/// What the plugin sees of the answer.
TransferReply reply_of(transports::Response response);

/// Overwrites what secrets may have touched in a request that is done.
void wipe(transports::Request& request);

}  // namespace owed::host
