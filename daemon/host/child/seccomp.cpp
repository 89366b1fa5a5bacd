#include "host/child/seccomp.hpp"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "host/child/system_calls.hpp"

namespace owed::host::seccomp {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t own_arch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t own_arch = AUDIT_ARCH_AARCH64;
#else
#error "seccomp.cpp has no list of system calls for this machine"
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

constexpr std::uint32_t refuse(int error) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error); }
constexpr std::uint32_t x32_calls = 0x40000000;       ///< x86-64's second table, whose numbers would slip past the list
constexpr std::uint32_t newest_known = SYS_set_mempolicy_home_node;  ///< of the headers of Debian 12

/// A classic BPF program over seccomp_data. Every test either returns or falls through with the call's number loaded.
class Program {
  public:
    Program() {
        load(offsetof(seccomp_data, arch));
        add(BPF_JMP | BPF_JEQ | BPF_K, own_arch, 1, 0);
        finish(SECCOMP_RET_KILL_PROCESS);
        load(offsetof(seccomp_data, nr));
        add(BPF_JMP | BPF_JGE | BPF_K, x32_calls, 0, 1);
        finish(SECCOMP_RET_KILL_PROCESS);
    }
    void answer(std::uint32_t call, std::uint32_t action) {
        add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
        finish(action);
    }
    void answer_above(std::uint32_t call, std::uint32_t action) {
        add(BPF_JMP | BPF_JGT | BPF_K, call, 0, 1);
        finish(action);
    }
    /// Allowed when an argument's low half is one of `values`: for arguments that are ints, of which the kernel looks at no more.
    void allow_if(std::uint32_t call, unsigned argument, std::initializer_list<std::uint32_t> values) {
        add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, static_cast<std::uint8_t>(2 * values.size() + 2));
        load_low(argument);
        for (const auto value : values) {
            add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
            finish(SECCOMP_RET_ALLOW);
        }
        finish(refuse(EPERM));
    }
    void allow_if_null(std::uint32_t call, unsigned pointer) {
        add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 6);
        load_low(pointer);
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
        load(argument_at(pointer) + 4);
        add(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
        finish(SECCOMP_RET_ALLOW);
        finish(refuse(EPERM));
    }
    /// Answered with `action` when an argument has any of `bits`.
    void answer_if_bits(std::uint32_t call, unsigned argument, std::uint32_t bits, std::uint32_t action) {
        add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 4);
        load_low(argument);
        add(BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
        finish(action);
        load(offsetof(seccomp_data, nr));
    }
    /// clone: a thread of this process, and no namespace.
    void allow_threads() {
        constexpr std::uint32_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
        add(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 5);
        load_low(0);
        add(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 2);
        add(BPF_JMP | BPF_JSET | BPF_K, namespaces, 1, 0);
        finish(SECCOMP_RET_ALLOW);
        finish(refuse(EPERM));
    }
    void finish(std::uint32_t action) { add(BPF_RET | BPF_K, action, 0, 0); }

    Status install() {
        const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
        // TSYNC: threads that a plugin's constructor started are not left out. On conflict it answers a thread's id.
        const auto installed = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
        if (installed == 0) return {};
        return fail(Errc::io, std::string{"seccomp: "} + (installed < 0 ? std::strerror(errno) : "a thread did not take the filter"));
    }

  private:
    static constexpr std::uint32_t argument_at(unsigned index) {
        return static_cast<std::uint32_t>(offsetof(seccomp_data, args) + index * sizeof(std::uint64_t));  // both machines: low half first
    }
    void load(std::size_t at) { add(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(at), 0, 0); }
    void load_low(unsigned argument) { load(argument_at(argument)); }
    void add(int code, std::uint32_t k, std::uint8_t if_true, std::uint8_t if_false) {
        code_.push_back({static_cast<std::uint16_t>(code), if_true, if_false, k});
    }
    std::vector<sock_filter> code_;
};

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
