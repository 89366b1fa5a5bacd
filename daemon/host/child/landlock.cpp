#include "host/child/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "host/detail/frame_socket.hpp"

namespace owed::host::landlock {
namespace {

// Debian 12's headers end at level 2; the kernel may know more. Numbers: include/uapi/linux/landlock.h of Linux 6.12.
constexpr std::uint64_t access_truncate = 1u << 14, access_ioctl_device = 1u << 15;
constexpr std::uint64_t net_bind_tcp = 1u << 0, net_connect_tcp = 1u << 1;
constexpr std::uint64_t scope_abstract_socket = 1u << 0, scope_signal = 1u << 1;

struct Ruleset {
    std::uint64_t files = 0, net = 0, scoped = 0;
};

constexpr std::uint64_t read_file = LANDLOCK_ACCESS_FS_READ_FILE;
constexpr std::uint64_t read_rights = read_file | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t scratch_rights = read_rights | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                                         LANDLOCK_ACCESS_FS_REMOVE_FILE | access_truncate;
constexpr std::uint64_t run_rights = read_rights | LANDLOCK_ACCESS_FS_EXECUTE;
constexpr std::uint64_t device_rights = read_file | LANDLOCK_ACCESS_FS_WRITE_FILE;
/// A rule for a file may carry no rights of folders, or the kernel refuses it.
constexpr std::uint64_t rights_of_files = read_file | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | access_truncate;

constexpr std::uint64_t rights_of(Right right) {
    switch (right) {
        case Right::read: return read_rights;
        case Right::run: return run_rights;
        case Right::device: return device_rights;
        case Right::scratch: return scratch_rights;
    }
    return 0;
}

/// All that this kernel can forbid.
Ruleset everything(int at_level) {
    Ruleset all{(LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1, 0, 0};  // level 1: the bits up to MAKE_SYM
    if (at_level >= 2) all.files |= LANDLOCK_ACCESS_FS_REFER;
    if (at_level >= 3) all.files |= access_truncate;
    if (at_level >= 4) all.net = net_bind_tcp | net_connect_tcp;
    if (at_level >= 5) all.files |= access_ioctl_device;
    if (at_level >= 6) all.scoped = scope_abstract_socket | scope_signal;
    return all;
}
/// Older kernels know a shorter struct; the bytes they do not know must not be there.
std::size_t size_at(int at_level) {
    return at_level >= 6 ? sizeof(Ruleset) : at_level >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
}

tl::unexpected<Error> os_error(std::string what) { return fail(Errc::io, "landlock: " + std::move(what) + ": " + std::strerror(errno)); }

Status add(int ruleset, const Place& place, std::uint64_t handled) {
    const Fd at{::open(place.path, O_PATH | O_CLOEXEC)};
    if (!at.valid()) return errno == ENOENT ? Status{} : os_error(place.path);
    struct stat status {};
    if (::fstat(at.get(), &status) != 0) return os_error(place.path);
    std::uint64_t rights = rights_of(place.right) & handled;
    if (!S_ISDIR(status.st_mode)) rights &= rights_of_files;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = rights;
    rule.parent_fd = at.get();
    return ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? Status{} : os_error(place.path);
}

}  // namespace

int level() {
    const auto found = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return found > 0 ? static_cast<int>(found) : 0;
}

Status restrict_to(std::span<const Place> places, Tcp tcp) {
    const int at_level = level();
    if (at_level == 0) return {};
    Ruleset all = everything(at_level);
    if (tcp == Tcp::connect) all.net &= ~net_connect_tcp;   // what is not handled is not forbidden
    const Fd ruleset{static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, size_at(at_level), 0))};
    if (!ruleset.valid()) return os_error("create");
    for (const auto& place : places) OWED_TRY_VOID(add(ruleset.get(), place, all.files));
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return os_error("no_new_privs");
    if (::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) return os_error("restrict");
    return {};
}

}  // namespace owed::host::landlock
