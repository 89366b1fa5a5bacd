// Landlock: which files this process may still reach. Linux system calls of their own, since no library wraps them.
// Restrictions only ever add up, so a second call narrows the first.
#pragma once

#include <span>

#include "owed/result.hpp"

namespace owed::host::landlock {

/// The kernel's level: 1 files, 2 renames between folders, 3 truncation, 4 TCP ports, 5 device ioctls, 6 signals and
/// abstract sockets. 0: absent (older than 5.13), switched off at boot, or kept from us by a filter.
int level();

enum class Right {
    read,   ///< read files, list folders
    run,    ///< read, and start the programs that lie there
    device, ///< read and write a file that is there
    scratch ///< also make, write, cut and remove plain files; no folders, links, devices or sockets
};
struct Place {
    const char* path;  ///< a folder (with all below it) or a file; one that is not there is left out
    Right right;
};

/// From here on this thread and what it starts reach nothing but `places`; programs are run from Right::run alone; and, as far as
/// the kernel's level goes, no TCP port, no signal to processes outside and no abstract socket; with Tcp::connect it may connect, and still not listen. Descriptors that are open
/// stay usable. Without Landlock it does nothing. Errors: io.
enum class Tcp { none, connect };
Status restrict_to(std::span<const Place> places, Tcp tcp = Tcp::none);

}  // namespace owed::host::landlock
