// What the child process gives up, in two steps: before the plugin is loaded, since its constructors run in dlopen, and
// after, when no library has to be found any more (SECURITY 7.7).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "host/child/landlock.hpp"
#include "owed/result.hpp"

namespace owed::host {

struct Confinement {
    std::uint64_t memory_mib = 0;   ///< RLIMIT_AS; sanitizers reserve terabytes of addresses and have no limit
    std::uint64_t files_max = 0;    ///< RLIMIT_NOFILE
    std::uint64_t tasks_max = 0;    ///< RLIMIT_NPROC: the kernel counts all threads of the user; root has no such limit
    std::uint64_t file_bytes = 0;   ///< RLIMIT_FSIZE: of any one file
    int frame_socket = -1;
};

/// The child ends with the daemon, from before anything else. Ends the process if the daemon is gone already.
void end_with(pid_t daemon);

/// no_new_privs, no core, not dumpable, umask 077, the limits, Landlock (system libraries and time zones to read, the
/// working folder to write), the system-call filter. Errors: io; the plugin must then not be loaded.
Status confine_before_load(const Confinement& limits);

/// The same for a plugin that is a program, with the files that it may reach and without the filter. Errors: io.
Status confine_program(const Confinement& limits, std::span<const landlock::Place> places, landlock::Tcp tcp = landlock::Tcp::none);

/// Landlock again (the working folder and the time zones), and no new code. A constructor that is hostile enough can keep
/// this step from happening (it runs in the same process); the first one holds by itself. Errors: io.
Status confine_after_load();

}  // namespace owed::host
