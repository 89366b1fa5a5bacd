// What this machine's kernel has to confine plugins with, for `owectl doctor` and `status`.
#pragma once

#include <string>

namespace owed::host {

struct SandboxSupport {
    int landlock_level = 0;      ///< 0: none; see child/landlock.hpp
    bool seccomp = false;
    /// One sentence each, for people: what is there, what that leaves open, what to do.
    std::string landlock_text, seccomp_text;
    /// Everything that the confinement is built on is there; a lower level of Landlock counts, since seccomp covers it.
    bool complete() const { return landlock_level >= 1 && seccomp; }
};

/// Asks the kernel; without effect. Any thread.
SandboxSupport sandbox_support();
/// The sentences for what a kernel has: apart, so that all of them can be tested on one machine.
SandboxSupport described(int landlock_level, bool seccomp);

}  // namespace owed::host
