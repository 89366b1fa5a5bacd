#include "host/child/program.hpp"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <thread>

#include "host/child/filter.hpp"
#include "host/child/landlock.hpp"
#include "host/child/seccomp.hpp"
#include "host/child/system_calls.hpp"
#include "host/detail/start_line.hpp"

namespace owed::host {
namespace {

using landlock::Place;
using landlock::Right;

Error os_error(const char* what) { return {Errc::io, std::string{what} + ": " + std::strerror(errno), {}, {}}; }

std::vector<Place> places_of(const std::string& interpreter, const ProgramRights& rights) {
    // /etc/python3.11 is where Debian's Python links its start-up file to; an interpreter that cannot read it complains.
    std::vector<Place> places{{".", Right::scratch},          {"/usr", Right::read},
                              {"/lib", Right::read},          {"/lib64", Right::read},
                              {"/etc/ld.so.cache", Right::read}, {"/etc/localtime", Right::read},
                              {"/etc/python3.11", Right::read}, {"/dev/urandom", Right::read},
                              {"/dev/null", Right::device},
                              // The kernel starts a program together with its dynamic linker.
                              {"/lib64/ld-linux-x86-64.so.2", Right::run}, {"/lib/ld-linux-aarch64.so.1", Right::run}};
    if (!interpreter.empty()) places.push_back({interpreter.c_str(), Right::run});
    if (rights.own_network)
        for (const char* path : {"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf", "/etc/services",
                                 "/etc/ssl/certs", "/etc/ssl/openssl.cnf"})
            places.push_back({path, Right::read});
    if (!rights.programs.empty()) places.push_back({"/usr", Right::run});
    for (const auto& path : rights.programs) places.push_back({path.c_str(), Right::run});
    return places;
}

/// What a program may call: the list of every plugin, and what its rights add. `Program` is the filter's.
seccomp::Program filter_of(const ProgramRights& rights) {
    using seccomp::refuse;
    const bool starts_programs = !rights.programs.empty();
    const auto self = static_cast<std::uint32_t>(::getpid());
    seccomp::Program filter;
    for (const auto call : seccomp::allowed_calls) filter.answer(call, SECCOMP_RET_ALLOW);
    filter.answer(SYS_pipe2, SECCOMP_RET_ALLOW);
    // Its one start goes through execveat; become_program lets that through once.
    filter.answer(SYS_execveat, starts_programs ? SECCOMP_RET_ALLOW : SECCOMP_RET_USER_NOTIF);
    if (starts_programs) filter.answer(SYS_execve, SECCOMP_RET_ALLOW);
    for (const auto& call : seccomp::fatal_calls) filter.answer(call.number, SECCOMP_RET_TRAP);

    filter.answer(SYS_clone3, refuse(ENOSYS));  // its flags lie in memory; glibc falls back to clone
    if (starts_programs) {
        filter.allow_processes();
        for (const auto call : {SYS_wait4, SYS_waitid, SYS_chdir, SYS_fchdir}) filter.answer(static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);
#if defined(__x86_64__)
        for (const auto call : {SYS_fork, SYS_vfork, SYS_pipe}) filter.answer(static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);
#endif
        // What it starts dies with it; nobody gets rid of the daemon's own word, which is the same.
        filter.allow_if_both(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
    } else {
        filter.allow_threads();
    }
    // From level 6 on Landlock keeps signals among those that share its rules. Before, a program that starts others may
    // signal itself and its group (0), which it cannot leave.
    if (starts_programs && landlock::level() >= 6)
        for (const auto call : {SYS_kill, SYS_tgkill}) filter.answer(static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);
    filter.allow_if(SYS_kill, 0, {self, 0});
    filter.allow_if(SYS_tgkill, 0, {self});
    if (rights.own_network) {
        filter.allow_sockets(SYS_socket, {AF_INET, AF_INET6}, {SOCK_STREAM, SOCK_DGRAM});
        // Of a stream: it cannot be turned to another address, as a pair of datagram sockets can.
        filter.allow_sockets(SYS_socketpair, {AF_UNIX}, {SOCK_STREAM});
        for (const auto call : {SYS_connect, SYS_sendto, SYS_recvfrom, SYS_sendmsg, SYS_recvmsg, SYS_sendmmsg, SYS_recvmmsg, SYS_shutdown,
                                SYS_getsockname, SYS_getpeername, SYS_getsockopt, SYS_setsockopt})
            filter.answer(static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);
    } else {
        for (const auto call : {SYS_sendmsg, SYS_recvmsg, SYS_sendto, SYS_recvfrom, SYS_shutdown})
            filter.allow_if(static_cast<std::uint32_t>(call), 0, {STDIN_FILENO, STDOUT_FILENO});
    }
    filter.allow_if(SYS_fcntl, 1, {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_GET_SEALS});
    filter.allow_if(SYS_ioctl, 1, {TCGETS, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TIOCGWINSZ});
    constexpr std::uint32_t name_memory = 0x53564d41;  // PR_SET_VMA
    filter.allow_if(SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME, name_memory, PR_SET_NO_NEW_PRIVS});
    filter.allow_if_null(SYS_prlimit64, 2);
    filter.answer_above(seccomp::newest_known, refuse(ENOSYS));
    filter.finish(refuse(EPERM));  // not laxer in sanitizer builds: the program is none of ours
    return filter;
}

/// Answers the first execveat with "go on". The thread that does it ends with that call, as every other thread of a process
/// that becomes another program, and its descriptor is closed with it: from then on the kernel itself answers execveat with
/// ENOSYS, since nobody is left to ask. So there is exactly one, and no process stays behind to watch over it.
class OneStart {
  public:
    OneStart() : thread_{[this] { run(); }} {}
    ~OneStart() {
        give(-1);
        thread_.join();
    }
    OneStart(const OneStart&) = delete;
    OneStart& operator=(const OneStart&) = delete;
    void give(int listener) {
        int none = waiting;
        if (listener_.compare_exchange_strong(none, listener)) listener_.notify_one();
    }

  private:
    static constexpr int waiting = -2;
    void run() {
        listener_.wait(waiting);
        const int listener = listener_;
        if (listener < 0) return;
        seccomp_notif asked{};
        if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) == 0) {
            seccomp_notif_resp answer{asked.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE};
            ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
        }
        ::close(listener);  // reached when the start failed: a second try is refused too
    }
    std::atomic<int> listener_{waiting};
    std::thread thread_;
};

Status place_descriptors(int frame_socket) {
    for (const int to : {STDIN_FILENO, STDOUT_FILENO})
        if (::dup2(frame_socket, to) < 0) return fail(os_error("dup2"));
    ::close(frame_socket);
    return {};
}

}  // namespace

Error become_program(int fd, const std::string& path, const Confinement& limits, const ProgramRights& rights) {
    const auto start = start_of_program(fd);
    if (!start) return start.error();
    if (auto placed = place_descriptors(limits.frame_socket); !placed) return placed.error();
    OneStart one_start;  // before the limits, which may allow no further thread
    const auto places = places_of(start->interpreter, rights);
    if (auto confined = confine_program(limits, places, rights.own_network ? landlock::Tcp::connect : landlock::Tcp::none); !confined) return confined.error();
    if (seccomp::available()) {
        auto filter = filter_of(rights);
        if (rights.programs.empty()) {
            const auto listener = filter.install_with_listener();
            if (!listener) return listener.error();
            one_start.give(*listener);
        } else if (const auto installed = filter.install_here(); !installed) {
            return installed.error();
        }
    }
    // By the descriptor: what was checked is what runs. A script's interpreter gets it as /dev/fd/N and opens the same
    // sealed bytes again, for which the descriptor has to stay open.
    std::string name = path;
    char* const arguments[] = {name.data(), nullptr};
    ::syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
    return os_error("the program cannot be started");
}

}  // namespace owed::host
