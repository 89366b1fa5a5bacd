// What a connector may reach, from its configuration to the host: `allow_urls`, `secrets:`, `transfer:`.
#pragma once

#include "config/settings.hpp"
#include "host/host.hpp"

namespace owed::daemon {

/// Fills transfer, secret, has_secret, oauth, secret_urls and store_secret of `instance`.
void wire_reach(const config::Connector& connector, host::InstanceConfig& instance);

}  // namespace owed::daemon
