#include "host/child/confine.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "host/child/seccomp.hpp"

namespace owed::host {
namespace {

using landlock::Place;
using landlock::Right;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

// The working folder is where the daemon started us; by its name nobody could reach it.
constexpr Place work_folder{".", Right::scratch};
constexpr Place time_zones{"/usr/share/zoneinfo", Right::read};
constexpr Place sanitizers_maps{"/proc", Right::read};  // sanitizers read their own memory map when they report

Status limit(__rlimit_resource resource, const char* name, std::uint64_t value) {
    const rlimit both{value, value};
    if (::setrlimit(resource, &both) == 0) return {};
    return fail(Errc::io, std::string{"setrlimit "} + name + ": " + std::strerror(errno));
}

Status limit_all(const Confinement& limits) {
    OWED_TRY_VOID(limit(RLIMIT_CORE, "core", 0));
    OWED_TRY_VOID(limit(RLIMIT_NOFILE, "nofile", limits.files_max));
    OWED_TRY_VOID(limit(RLIMIT_NPROC, "nproc", limits.tasks_max));
    OWED_TRY_VOID(limit(RLIMIT_FSIZE, "fsize", limits.file_bytes));
    // Locked pages and message queues cost the machine memory that no other limit counts.
    OWED_TRY_VOID(limit(RLIMIT_MEMLOCK, "memlock", 0));
    OWED_TRY_VOID(limit(RLIMIT_MSGQUEUE, "msgqueue", 0));
    if (!sanitized) OWED_TRY_VOID(limit(RLIMIT_AS, "as", limits.memory_mib << 20));
    return {};
}

}  // namespace

void end_with(pid_t daemon) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != daemon) ::_exit(3);  // it died before the line above took hold
}

Status confine_program(const Confinement& limits, std::span<const landlock::Place> places, landlock::Tcp tcp) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail(Errc::io, std::string{"no_new_privs: "} + std::strerror(errno));
    ::prctl(PR_SET_DUMPABLE, 0);
    ::umask(077);
    OWED_TRY_VOID(limit_all(limits));
    return landlock::restrict_to(places, tcp);
}

Status confine_before_load(const Confinement& limits) {
    // The plugin's own file is a memfd, which Landlock leaves alone.
    const Place places[] = {work_folder, time_zones, {"/lib", Right::read}, {"/lib64", Right::read}, {"/usr/lib", Right::read},
                            {"/usr/lib64", Right::read}, {"/usr/local/lib", Right::read}, {"/etc/ld.so.cache", Right::read}, sanitizers_maps};
    OWED_TRY_VOID(confine_program(limits, {places, std::size(places) - (sanitized ? 0 : 1)}));
    return seccomp::restrict_before_load(limits.frame_socket);
}

Status confine_after_load() {
    const Place places[] = {work_folder, time_zones, sanitizers_maps};
    OWED_TRY_VOID(landlock::restrict_to({places, std::size(places) - (sanitized ? 0 : 1)}));
    return seccomp::restrict_after_load();
}

}  // namespace owed::host
