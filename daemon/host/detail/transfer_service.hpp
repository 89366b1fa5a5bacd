// From a plugin's request to a transport's: the allow-list, and secrets filled in at the last moment.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "host/detail/door.hpp"
#include "host/host.hpp"
#include "transports/transfer.hpp"

namespace owed::host {

/// May an instance speak to this URL? `settings_hosts`: lower-case hosts that stand in its settings, which count when the
/// configuration has no list of its own. Errors: invalid_config with what to add.
Status check_allowed(std::string_view url, const TransferGrants& grants, const std::set<std::string>& settings_hosts);

/// "mail.example.com" of "smtp://mail.example.com:587"; empty for what is no URL. Lower case.
std::string host_of_url(std::string_view url);

/// A secret as its place needs it: raw; XML text; inside a JSON text's quotes; form-urlencoded; base64.
std::string encoded(std::string_view secret, std::uint32_t encoding);

/// The transport's request. Errors: invalid_config (plain text not allowed, unknown secret), plugin_bug.
Result<transports::Request> transport_request(const TransferRequest& request, const InstanceConfig& config);

/// What the plugin sees of the answer.
TransferReply reply_of(const transports::Response& response);

/// Overwrites the secrets of a request that is done.
void wipe(transports::Request& request);

}  // namespace owed::host
