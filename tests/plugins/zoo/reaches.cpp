// Tries to have an effect outside of the process: files, sockets, programs, other processes, the kernel's back doors. The
// calls are made raw where libc would hide what the kernel answers.
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "harm.hpp"

namespace zoo {
namespace {

using Deed = long (*)(const std::string& target);

long connect_to(const std::string& target) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return fd;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(target)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// The frame socket is a socket too; it must lead nowhere else.
long connect_frame_socket(const std::string& target) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(target)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(3, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

long fork_bomb(const std::string&) {
    long made = -1;
    for (int i = 0; i < 1000; ++i) {
        const pid_t child = ::fork();
        if (child == 0) ::pause();
        if (child > 0) made = child;
    }
    return made;
}

long spawn_a_shell(const std::string& target) {
    const std::string command = "echo owned > '" + target + "'";
    std::string arguments[] = {"sh", "-c", command};
    char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
    pid_t child = 0;
    errno = ::posix_spawn(&child, "/bin/sh", nullptr, nullptr, argv, nullptr);
    return errno == 0 ? child : -1;
}

long exec_a_shell(const std::string& target) {
    const std::string command = "echo owned > '" + target + "'";
    std::string arguments[] = {"sh", "-c", command};
    char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
    return ::execve("/bin/sh", argv, nullptr);
}

void nothing(int) {}

long in_the_other_table(const std::string&) {
#if defined(__x86_64__)
    long answer;
    asm volatile("int $0x80" : "=a"(answer) : "a"(20) : "memory");  // getpid of the 32-bit table
    return answer;
#else
    ::raise(SIGSYS);
    return 0;
#endif
}

long with_x32_number(const std::string&) { return ::syscall(0x40000000 | 39); }

long run_own_code(const std::string&) {
    return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
long make_code_of_data(const std::string&) {
    void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return ::mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

long unix_socket(const std::string& target) {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0) return fd;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, target.c_str(), sizeof address.sun_path - 1);
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

long set_time_of(const std::string& target) {
    const timespec times[2] = {{1, 0}, {1, 0}};
    return ::utimensat(AT_FDCWD, target.c_str(), times, 0);
}

/// Lets the kernel send the signal: to the owner of a descriptor, when there is something to read.
long signal_by_socket(const std::string&) {
    if (::fcntl(3, F_SETOWN, ::getppid()) != 0) return -1;
    if (::fcntl(3, F_SETSIG, SIGTERM) != 0) return -1;
    return ::fcntl(3, F_SETFL, ::fcntl(3, F_GETFL) | O_ASYNC);
}

long lift_a_limit(const std::string&) {
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    return ::setrlimit(RLIMIT_FSIZE, &none);
}

long new_ring(const std::string&) {
    io_uring_params parameters{};
    return ::syscall(SYS_io_uring_setup, 4, &parameters);
}

const std::map<std::string, Deed, std::less<>>& deeds() {
    static const std::map<std::string, Deed, std::less<>> all{
        // files
        {"write_outside", [](const std::string& t) -> long { return ::open(t.c_str(), O_CREAT | O_WRONLY, 0600); }},
        {"write_there", [](const std::string& t) -> long { return ::open(t.c_str(), O_WRONLY); }},
        {"read_outside", [](const std::string& t) -> long { return ::open(t.c_str(), O_RDONLY); }},
        {"list_outside", [](const std::string& t) -> long { return ::opendir(t.c_str()) == nullptr ? -1 : 0; }},
        {"truncate_outside", [](const std::string& t) -> long { return ::truncate(t.c_str(), 0); }},
        {"remove_outside", [](const std::string& t) -> long { return ::unlink(t.c_str()); }},
        {"rename_outside", [](const std::string& t) -> long { return ::rename(t.c_str(), (t + ".gone").c_str()); }},
        {"steal_by_rename", [](const std::string& t) -> long { return ::rename(t.c_str(), "stolen"); }},
        {"chmod_outside", [](const std::string& t) -> long { return ::chmod(t.c_str(), 0777); }},
        {"chown_outside", [](const std::string& t) -> long { return ::chown(t.c_str(), 12345, 12345); }},
        {"touch_outside", set_time_of},
        {"link", [](const std::string& t) -> long { return ::link(t.c_str(), "linked"); }},
        {"symlink", [](const std::string& t) -> long { return ::symlink(t.c_str(), "linked"); }},
        {"mkdir", [](const std::string&) -> long { return ::mkdir("folder", 0700); }},
        {"mkfifo", [](const std::string&) -> long { return ::mkfifo("fifo", 0600); }},
        {"chdir", [](const std::string&) -> long { return ::chdir("/"); }},
        {"memfd", [](const std::string&) -> long { return ::memfd_create("hidden", 0); }},
        // network
        {"tcp", connect_to},
        {"frame_socket", connect_frame_socket},
        {"udp", [](const std::string&) -> long { return ::socket(AF_INET, SOCK_DGRAM, 0); }},
        {"netlink", [](const std::string&) -> long { return ::socket(AF_NETLINK, SOCK_RAW, 0); }},
        {"packet", [](const std::string&) -> long { return ::socket(AF_PACKET, SOCK_RAW, 0); }},
        {"unix_socket", unix_socket},
        {"socketpair", [](const std::string&) -> long { int two[2]; return ::socketpair(AF_UNIX, SOCK_STREAM, 0, two); }},
        // programs and processes
        {"fork_bomb", fork_bomb},
        {"vfork", [](const std::string&) -> long { return ::syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, nullptr, nullptr, nullptr, nullptr); }},
        {"spawn_shell", spawn_a_shell},
        {"system", [](const std::string& t) -> long { return std::system(("echo owned > '" + t + "'").c_str()) == 0 ? 0 : -1; }},
        {"exec_shell", exec_a_shell},
        {"exec_and_ignore", [](const std::string& t) -> long { ::signal(SIGSYS, SIG_IGN); return exec_a_shell(t); }},
        {"exec_and_catch", [](const std::string& t) -> long {
             ::signal(SIGSYS, nothing);
             exec_a_shell(t);
             errno = EPERM;  // the call never ran; what it answered is whatever stood there
             return -1;
         }},
        {"kill_parent", [](const std::string&) -> long { return ::kill(::getppid(), SIGKILL); }},
        {"kill_everyone", [](const std::string&) -> long { return ::kill(-1, SIGKILL); }},
        {"kill_group", [](const std::string&) -> long { return ::kill(0, SIGKILL); }},
        {"tgkill_parent", [](const std::string&) -> long { return ::syscall(SYS_tgkill, ::getppid(), ::getppid(), SIGKILL); }},
        {"queue_to_parent", [](const std::string&) -> long { return ::sigqueue(::getppid(), SIGKILL, {}); }},
        {"signal_by_socket", signal_by_socket},
        {"leave_group", [](const std::string&) -> long { return ::setsid(); }},
        {"outlive_daemon", [](const std::string&) -> long { return ::prctl(PR_SET_PDEATHSIG, 0); }},
        {"be_dumpable", [](const std::string&) -> long { return ::prctl(PR_SET_DUMPABLE, 1); }},
        {"nice", [](const std::string&) -> long { return ::setpriority(PRIO_PROCESS, 0, -20); }},
        {"lift_a_limit", lift_a_limit},
        {"ptrace_parent", [](const std::string&) -> long { return ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr); }},
        {"read_parents_memory", [](const std::string&) -> long {
             char byte;
             iovec here{&byte, 1}, there{reinterpret_cast<void*>(0x400000), 1};
             return ::process_vm_readv(::getppid(), &here, 1, &there, 1, 0);
         }},
        // the kernel's back doors
        {"io_uring", new_ring},
        {"userfaultfd", [](const std::string&) -> long { return ::syscall(SYS_userfaultfd, 0); }},
        {"bpf", [](const std::string&) -> long { bpf_attr attributes{}; return ::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes); }},
        {"keyctl", [](const std::string&) -> long { return ::syscall(SYS_keyctl, 0, -3, 1); }},
        {"perf", [](const std::string&) -> long { return ::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0); }},
        {"mount", [](const std::string&) -> long { return ::syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, nullptr); }},
        {"unshare", [](const std::string&) -> long { return ::unshare(CLONE_NEWUSER); }},
        {"setuid", [](const std::string&) -> long { return ::syscall(SYS_setuid, 12345); }},
        {"by_handle", [](const std::string&) -> long { return ::syscall(SYS_open_by_handle_at, AT_FDCWD, nullptr, O_RDONLY); }},
        {"set_clock", [](const std::string&) -> long { const timeval t{1, 0}; return ::settimeofday(&t, nullptr); }},
        {"ioctl", [](const std::string&) -> long { char c = 'x'; return ::syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, &c); }},
        {"own_code", run_own_code},
        {"code_of_data", make_code_of_data},
        {"table_of_32_bit", in_the_other_table},
        {"table_of_x32", with_x32_number},
        {"new_filter", [](const std::string&) -> long { return ::syscall(SYS_seccomp, 0, 0, nullptr); }},
    };
    return all;
}

/// What a plugin may do, so that the confinement is not simply a wall.
Status use_what_is_allowed() {
    const int fd = ::open("scratch", O_CREAT | O_RDWR | O_TRUNC, 0600);
    if (fd < 0) return attempt("open in the work folder", fd);
    char back[5] = {};
    if (::write(fd, "hello", 5) != 5 || ::pread(fd, back, 5, 0) != 5 || std::memcmp(back, "hello", 5) != 0)
        return attempt("write and read in the work folder", -1);
    if (::ftruncate(fd, 2) != 0 || ::close(fd) != 0) return attempt("ftruncate", -1);
    if (::rename("scratch", "renamed") != 0 || ::unlink("renamed") != 0) return attempt("rename and unlink in the work folder", -1);
    if (FILE* file = std::tmpfile(); file != nullptr) std::fclose(file);  // glibc insists on /tmp: it may fail, not kill
    const int zone = ::open("/usr/share/zoneinfo/Europe/Berlin", O_RDONLY);
    if (zone < 0) return attempt("read a time zone", zone);
    ::close(zone);
    return {};
}

}  // namespace

std::optional<Status> reach_out(const std::string& what, const std::string& target) {
    if (what == "allowed") return use_what_is_allowed();
    const auto found = deeds().find(what);
    if (found == deeds().end()) return std::nullopt;
    note_the_time();
    return attempt(what, found->second(target));
}

}  // namespace zoo
