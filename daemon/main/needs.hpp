// What connectors need beside their plugins: secrets, certificates, servers that they may speak to.
#pragma once

#include "config/settings.hpp"
#include "host/loader.hpp"

namespace owed::daemon {

/// "owed.yaml:12:5: what; what to do", one for each thing that is not there: for `owed --check` and for a reload, which says the
/// same. `former`: the effective configuration that runs now; only connectors that differ from it are looked at, since the
/// others are not to stop a reload. nullptr: all. A start does not look: what is missing then stops its connector alone.
std::vector<std::string> needs_problems(const config::Loaded& loaded, const std::string& plugin_folder, const std::string* former);

/// The loader's rules as configured. `in_daemon`: for isolation none.
host::LoadRules load_rules_of(const config::Settings& settings, const std::string& plugin_folder, bool in_daemon);

/// Whether resolve_secret finds it in the service, as far as whoever checks can tell: root may look at files of the service's
/// user, and what systemd hands to the service alone (credential:) is taken to be there. Keeps no value.
Status look_at_secret(const std::string& reference);

}  // namespace owed::daemon
