// Whether an instance can do what its configuration means: what it is to log in with and to trust is there, and where it is to
// speak to is allowed. Looked at when somebody changes the configuration, without effect; no server is asked and no plugin runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "host/loader.hpp"

namespace owed::host {

/// Something that must be there beside the plugin, and how to look at it without effect.
struct Needed {
    std::string what;                ///< "secret \"login\"", "transfer: ca_file"
    std::string where;               ///< "owed.yaml:12:5"; empty: the instance's own place
    std::function<Status()> look;
};

struct ReachCheck {
    const InstanceConfig& config;
    LoadRules rules;                           ///< for the plugin's manifest
    std::vector<Needed> needed;
    std::vector<std::string> secret_names;     ///< that the configuration gives
};

/// Everything of `needed`; each setting whose name ends in "_secret" names one of the secrets; allow_urls has the servers that
/// settings name by the manifest's `urls`. A plugin or settings that are wrong in themselves are PluginHost::check's, and nothing
/// is said of them here. Errors: invalid_config, with their places. Any thread.
std::vector<Error> check_reach(const ReachCheck& check);

}  // namespace owed::host
