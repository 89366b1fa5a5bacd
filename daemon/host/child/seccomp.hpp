// Which system calls the code of a plugin may make: an allow-list as a BPF program, our own since a child must be ready in
// milliseconds and hold few megabytes (libseccomp would be one more library in each). x86-64 and arm64.
#pragma once

#include "owed/result.hpp"

namespace owed::host::seccomp {

/// Whether this kernel filters system calls, and this build has a list for the machine.
bool available();

/// Before the first byte of the plugin is mapped, since constructors run in dlopen. What is not in the list answers EPERM
/// (sockets, fork, chmod, signals to others); what no honest library ever tries ends the process with SIGSYS, after its
/// name went to stderr (exec, ptrace, io_uring, userfaultfd, bpf, keys, mounts, other users). The frame socket is the one
/// socket that may be used. Sanitizer builds allow what is in no list, for their runtime. Errors: io.
Status restrict_before_load(int frame_socket);

/// After dlopen: no new code (no executable mapping), and the sandbox's own calls are over. For all threads. Errors: io.
Status restrict_after_load();

}  // namespace owed::host::seccomp
