// `owectl doctor`: what about this machine and folder would bite later, each with what to do.
#pragma once

#include <string>
#include <vector>

#include "api/app.hpp"
#include "config/settings.hpp"

namespace owed::daemon {

struct Patient {
    const config::Settings& settings;
    const std::string& effective;       ///< JSON of all files: references of secrets stand in it
    std::string data;                   ///< may not be there yet
    std::string plugin_folder;
    Hosts* hosts = nullptr;             ///< null without a running daemon: connectors are not asked then
    Instant now;
};
/// Reads files and asks the kernel and each connector's check; changes nothing. Blocks for as long as the connectors take.
std::vector<api::Finding> diagnose(const Patient& patient);

api::Sandbox sandbox_of_kernel();

}  // namespace owed::daemon
