// A plugin that is a program: confined as any other plugin, and then started in this process's place.
#pragma once

#include <string>
#include <vector>

#include "host/child/confine.hpp"

namespace owed::host {

/// What the configuration grants beyond what every plugin has.
struct ProgramRights {
    bool own_network = false;            ///< TCP and UDP to anywhere; still no listening
    std::vector<std::string> programs;   ///< files and folders to read and to start programs from, beside /usr; none: it starts nothing
};

/// Becomes the program behind `fd`, with the frame socket as its stdin and stdout. Reads: /usr, /lib and what time zones and
/// certificates need; writes: its work folder. Returns only when that failed. Errors: io, unsupported.
/// On the main thread, before any other was started.
[[nodiscard]] Error become_program(int fd, const std::string& path, const Confinement& limits, const ProgramRights& rights);

}  // namespace owed::host
