#include "host/child/seccomp.hpp"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "host/child/filter.hpp"
#include "host/child/system_calls.hpp"

namespace owed::host::seccomp {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// Says which call it was and dies of SIGSYS. The call itself has not happened, whatever becomes of this handler.
void forbidden(int, siginfo_t* info, void*) {
    const auto say = [](const char* text) { [[maybe_unused]] const auto n = ::write(STDERR_FILENO, text, std::strlen(text)); };
    const char* name = "a system call that is unknown here";
    for (const auto& call : fatal_calls)
        if (call.number == static_cast<std::uint32_t>(info->si_syscall)) name = call.name;
    say("owed-plugin-host: the plugin tried ");
    say(name);
    say(", which no plugin may\n");
    ::signal(SIGSYS, SIG_DFL);
    ::raise(SIGSYS);  // blocked in here, so it is delivered on return
}

Status announce_forbidden_calls() {
    struct sigaction action {};
    action.sa_sigaction = &forbidden;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    if (::sigaction(SIGSYS, &action, nullptr) != 0) return fail(Errc::io, std::string{"sigaction: "} + std::strerror(errno));
    return {};
}

}  // namespace

bool available() {
    const std::uint32_t wanted = SECCOMP_RET_TRAP;
    return ::syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &wanted) == 0;
}

Status restrict_before_load(int frame_socket) {
    if (!available()) return {};
    OWED_TRY_VOID(announce_forbidden_calls());
    Program program;
    for (const auto call : allowed_calls) program.answer(call, SECCOMP_RET_ALLOW);
    for (const auto& call : fatal_calls) program.answer(call.number, SECCOMP_RET_TRAP);

    program.allow_threads();
    program.answer(SYS_clone3, refuse(ENOSYS));  // its flags lie in memory, where a filter cannot look; glibc falls back to clone
    const auto self = static_cast<std::uint32_t>(::getpid());
    program.allow_if(SYS_kill, 0, {self});
    program.allow_if(SYS_tgkill, 0, {self});
    const auto socket = static_cast<std::uint32_t>(frame_socket);
    for (const auto call : {SYS_sendmsg, SYS_recvmsg, SYS_sendto, SYS_recvfrom, SYS_shutdown}) program.allow_if(static_cast<std::uint32_t>(call), 0, {socket});
    // Not F_SETOWN and F_SETSIG: they make the kernel send a signal of one's choice, to any process of the same user.
    program.allow_if(SYS_fcntl, 1, {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_GET_SEALS});
    // stdio asks whether it is a terminal; nothing else of ioctl is anybody's business.
    program.allow_if(SYS_ioctl, 1, {TCGETS, FIONREAD, FIONBIO, FIOCLEX, FIONCLEX, TIOCGWINSZ});
    // PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_SECCOMP stay as they are.
    constexpr std::uint32_t name_memory = 0x53564d41;  // PR_SET_VMA: malloc names its arenas
    program.allow_if(SYS_prctl, 0, {PR_SET_NAME, PR_GET_NAME, name_memory, PR_SET_NO_NEW_PRIVS});
    program.allow_if_null(SYS_prlimit64, 2);           // to look at a limit
    // The second step of the sandbox; restrict_after_load takes them away.
    for (const auto call : {SYS_seccomp, SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self})
        program.answer(static_cast<std::uint32_t>(call), SECCOMP_RET_ALLOW);

    program.answer_above(newest_known, refuse(ENOSYS));  // so that a newer libc falls back to what it used before
    if (sanitized)
        for (const auto call : refused_calls) program.answer(call, refuse(EPERM));
    program.finish(sanitized ? SECCOMP_RET_ALLOW : refuse(EPERM));
    return program.install();
}

Status restrict_after_load() {
    if (!available()) return {};
    Program program;
    if (!sanitized)  // their runtimes map shadow memory and code as they like
        for (const auto call : {SYS_mmap, SYS_mprotect, SYS_pkey_mprotect})
            program.answer_if_bits(static_cast<std::uint32_t>(call), 2, PROT_EXEC, refuse(EPERM));
    for (const auto call : {SYS_seccomp, SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self})
        program.answer(static_cast<std::uint32_t>(call), refuse(EPERM));
    program.finish(SECCOMP_RET_ALLOW);
    return program.install();
}

}  // namespace owed::host::seccomp
