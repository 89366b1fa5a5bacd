// The daemon: wires the rooms together, runs the schedule, stops in order.
#pragma once

#include <memory>
#include <string>

#include "owed/result.hpp"

namespace owed::daemon {

struct Options {
    std::string config_file, data_folder;
    std::string plugin_folder;   ///< found beside the binary when empty
    bool check_only = false;
};

/// sysexits: 0 done, 74 disk, 78 configuration (also: the data folder is in use).
int run(const Options& options);

}  // namespace owed::daemon
