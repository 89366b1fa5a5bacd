#include "host/sandbox.hpp"

#include "host/child/landlock.hpp"
#include "host/child/seccomp.hpp"

namespace owed::host {
namespace {

std::string landlock_sentence(int level) {
    if (level == 0)
        return "the kernel has no Landlock: a plugin's process can read every file that owed's user can; boot with "
               "lsm=landlock,..., and let the unit's SystemCallFilter= keep the three landlock calls (Linux 5.13 or later)";
    std::string text = "Landlock level " + std::to_string(level) + ": plugins reach only their own work folder and time zones";
    if (level < 4) text += "; of what it lacks (" + std::string{level < 3 ? "truncation, " : ""} + "TCP ports), the system-call filter covers all";
    return text;
}

}  // namespace

SandboxSupport described(int landlock_level, bool seccomp) {
    return {landlock_level, seccomp, landlock_sentence(landlock_level),
            seccomp ? "seccomp: plugins have an allow-list of system calls, without sockets, programs or further processes"
                    : "the kernel has no seccomp filters: a plugin's process can open sockets and start programs; use a kernel "
                      "with CONFIG_SECCOMP_FILTER, and let the unit's SystemCallFilter= keep `seccomp`"};
}

SandboxSupport sandbox_support() { return described(landlock::level(), seccomp::available()); }

}  // namespace owed::host
