// A classic BPF program over seccomp_data, put together test by test.
#pragma once

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

#include "owed/result.hpp"

namespace owed::host::seccomp {

#if defined(__x86_64__)
inline constexpr std::uint32_t own_arch = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr std::uint32_t own_arch = AUDIT_ARCH_AARCH64;
#else
#error "filter.hpp has no list of system calls for this machine"
#endif
constexpr std::uint32_t refuse(int error) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error); }
inline constexpr std::uint32_t x32_calls = 0x40000000;       ///< x86-64's second table, whose numbers would slip past the list
inline constexpr std::uint32_t newest_known = SYS_set_mempolicy_home_node;  ///< of the headers of Debian 12

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
    static constexpr std::uint32_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    /// clone: further processes as well as threads, and no namespace.
    void allow_processes() {
        add(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
        load_low(0);
        add(BPF_JMP | BPF_JSET | BPF_K, namespaces, 1, 0);
        finish(SECCOMP_RET_ALLOW);
        finish(refuse(EPERM));
    }
    /// Allowed with both of these arguments.
    void allow_if_both(std::uint32_t call, std::uint32_t first, std::uint32_t second) {
        add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 6);
        load_low(0);
        add(BPF_JMP | BPF_JEQ | BPF_K, first, 0, 3);
        load_low(1);
        add(BPF_JMP | BPF_JEQ | BPF_K, second, 0, 1);
        finish(SECCOMP_RET_ALLOW);
        load(offsetof(seccomp_data, nr));
    }
    /// socket and socketpair of one of these families and one of these types, whatever the flags beside the type.
    void allow_sockets(std::uint32_t call, std::initializer_list<std::uint32_t> families, std::initializer_list<std::uint32_t> types) {
        const auto n = families.size(), m = types.size();
        add(BPF_JMP | BPF_JEQ | BPF_K, call, 0, static_cast<std::uint8_t>(n + m + 6));
        load_low(0);
        std::size_t left = n;
        for (const auto family : families) add(BPF_JMP | BPF_JEQ | BPF_K, family, static_cast<std::uint8_t>(--left + 1), 0);
        add(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(m + 2), 0, 0);   // no such family: to the refusal
        load_low(1);
        add(BPF_ALU | BPF_AND | BPF_K, 0xf, 0, 0);
        left = m;
        for (const auto type : types) add(BPF_JMP | BPF_JEQ | BPF_K, type, static_cast<std::uint8_t>(--left + 1), 0);
        finish(refuse(EPERM));
        finish(SECCOMP_RET_ALLOW);
    }
    /// clone: a thread of this process, and no namespace.
    void allow_threads() {
        add(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 5);
        load_low(0);
        add(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 2);
        add(BPF_JMP | BPF_JSET | BPF_K, namespaces, 1, 0);
        finish(SECCOMP_RET_ALLOW);
        finish(refuse(EPERM));
    }
    void finish(std::uint32_t action) { add(BPF_RET | BPF_K, action, 0, 0); }

    /// For all threads: what a plugin's constructor started is not left out. On conflict the kernel answers a thread's id.
    Status install() {
        const auto installed = load_into_kernel(SECCOMP_FILTER_FLAG_TSYNC);
        if (installed == 0) return {};
        return fail(Errc::io, std::string{"seccomp: "} + (installed < 0 ? std::strerror(errno) : "a thread did not take the filter"));
    }
    /// For this thread alone.
    Status install_here() {
        return load_into_kernel(0) == 0 ? Status{} : fail(Errc::io, std::string{"seccomp: "} + std::strerror(errno));
    }
    /// For this thread; the descriptor that hears of the calls which are answered by SECCOMP_RET_USER_NOTIF.
    Result<int> install_with_listener() {
        const auto listener = load_into_kernel(SECCOMP_FILTER_FLAG_NEW_LISTENER);
        if (listener < 0) return fail(Errc::io, std::string{"seccomp: "} + std::strerror(errno));
        return static_cast<int>(listener);
    }

  private:
    long load_into_kernel(unsigned flags) {
        const sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
        return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    }
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

}  // namespace owed::host::seccomp
