// The highest version of each plugin that has worked here: what a plugin may not silently fall below (SECURITY 7.7). The
// host room uses no store, so `main` carries it over.
#pragma once

#include <map>
#include <string>

#include "owed/doors.hpp"
#include "store/store.hpp"

namespace owed::jobs {

/// Version by plugin id.
std::map<std::string, std::string> plugin_versions(store::Db& db);
/// Sets it, up or down: the caller has compared.
Status note_plugin_version(store::Tx& tx, Clock& clock, const std::string& plugin, const std::string& version);

}  // namespace owed::jobs
