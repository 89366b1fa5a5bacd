// The lists behind the filter of seccomp.cpp: numbers of this machine's own table (x86-64 has calls that arm64 never had).
#pragma once

#include <sys/syscall.h>

#include <cstdint>

namespace owed::host::seccomp {

struct NamedCall {
    std::uint32_t number;
    const char* name;
};
#define OWED_CALL(name) NamedCall{SYS_##name, #name}

/// What a plugin computes with. Files it opens are Landlock's matter; chmod, chown, utime, links and truncation by path
/// are not here because Landlock does not (or on Linux 6.1 not yet) see them, and the daemon's files have the same owner.
inline constexpr std::uint32_t allowed_calls[] = {
    // bytes
    SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_pread64, SYS_pwrite64, SYS_preadv, SYS_pwritev, SYS_lseek, SYS_close,
    SYS_close_range, SYS_dup, SYS_dup3, SYS_fsync, SYS_fdatasync, SYS_ftruncate, SYS_fadvise64,
    // names
    SYS_openat, SYS_openat2, SYS_newfstatat, SYS_fstat, SYS_statx, SYS_faccessat, SYS_faccessat2, SYS_readlinkat, SYS_getcwd,
    SYS_getdents64, SYS_unlinkat, SYS_renameat, SYS_renameat2, SYS_umask, SYS_statfs, SYS_fstatfs,
    // memory
    SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_membarrier,
    // threads and time
    SYS_futex, SYS_set_robust_list, SYS_get_robust_list, SYS_rseq, SYS_set_tid_address, SYS_gettid, SYS_sched_yield,
    SYS_sched_getaffinity, SYS_getcpu, SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep,
    SYS_gettimeofday, SYS_times, SYS_timer_create, SYS_timer_settime, SYS_timer_gettime, SYS_timer_delete,
    SYS_timer_getoverrun, SYS_getitimer, SYS_setitimer,
    // waiting
    SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2, SYS_timerfd_create,
    SYS_timerfd_settime, SYS_timerfd_gettime,
    // signals to itself (to whom: see seccomp.cpp)
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_rt_sigpending,
    SYS_sigaltstack, SYS_restart_syscall,
    // who and where am I
    SYS_getpid, SYS_getppid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_getresuid, SYS_getresgid, SYS_getgroups,
    SYS_getpgid, SYS_getsid, SYS_uname, SYS_sysinfo, SYS_getrusage, SYS_getrlimit, SYS_getpriority, SYS_getrandom,
    SYS_exit, SYS_exit_group,
#if defined(__x86_64__)
    SYS_open, SYS_stat, SYS_lstat, SYS_access, SYS_readlink, SYS_unlink, SYS_rename, SYS_dup2, SYS_poll, SYS_select,
    SYS_epoll_create, SYS_epoll_wait, SYS_eventfd, SYS_pause, SYS_alarm, SYS_time, SYS_arch_prctl,
#endif
};

/// What only an attack tries. Answered by the end of the process, so that nobody overlooks it.
inline constexpr NamedCall fatal_calls[] = {
    OWED_CALL(execve), OWED_CALL(execveat), OWED_CALL(ptrace), OWED_CALL(process_vm_readv), OWED_CALL(process_vm_writev),
    OWED_CALL(process_madvise), OWED_CALL(process_mrelease), OWED_CALL(kcmp), OWED_CALL(pidfd_open), OWED_CALL(pidfd_getfd),
    OWED_CALL(pidfd_send_signal), OWED_CALL(io_uring_setup), OWED_CALL(io_uring_enter), OWED_CALL(io_uring_register),
    OWED_CALL(userfaultfd), OWED_CALL(bpf), OWED_CALL(perf_event_open), OWED_CALL(add_key), OWED_CALL(request_key),
    OWED_CALL(keyctl), OWED_CALL(mount), OWED_CALL(umount2), OWED_CALL(pivot_root), OWED_CALL(chroot), OWED_CALL(move_mount),
    OWED_CALL(open_tree), OWED_CALL(fsopen), OWED_CALL(fsconfig), OWED_CALL(fsmount), OWED_CALL(fspick),
    OWED_CALL(mount_setattr), OWED_CALL(setns), OWED_CALL(unshare), OWED_CALL(open_by_handle_at),
    OWED_CALL(name_to_handle_at), OWED_CALL(init_module), OWED_CALL(finit_module), OWED_CALL(delete_module),
    OWED_CALL(kexec_load), OWED_CALL(kexec_file_load), OWED_CALL(reboot), OWED_CALL(swapon), OWED_CALL(swapoff),
    OWED_CALL(acct), OWED_CALL(quotactl), OWED_CALL(syslog), OWED_CALL(settimeofday), OWED_CALL(clock_settime),
    OWED_CALL(adjtimex), OWED_CALL(clock_adjtime), OWED_CALL(sethostname), OWED_CALL(setdomainname), OWED_CALL(setuid),
    OWED_CALL(setgid), OWED_CALL(setreuid), OWED_CALL(setregid), OWED_CALL(setresuid), OWED_CALL(setresgid),
    OWED_CALL(setfsuid), OWED_CALL(setfsgid), OWED_CALL(setgroups), OWED_CALL(capset), OWED_CALL(vhangup),
    OWED_CALL(fanotify_init), OWED_CALL(memfd_secret), OWED_CALL(personality),
#if defined(__x86_64__)
    OWED_CALL(ioperm), OWED_CALL(iopl), OWED_CALL(modify_ldt),
#endif
};

/// What a sanitizer build must still refuse with EPERM, where all unlisted calls are allowed.
inline constexpr std::uint32_t refused_calls[] = {
    SYS_socket, SYS_socketpair, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_truncate, SYS_fchmod, SYS_fchmodat,
    SYS_fchown, SYS_fchownat, SYS_utimensat, SYS_mkdirat, SYS_mknodat, SYS_linkat, SYS_symlinkat, SYS_setsid, SYS_setpgid,
    SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo,
#if defined(__x86_64__)
    SYS_fork, SYS_vfork, SYS_chmod, SYS_chown, SYS_lchown, SYS_mkdir, SYS_mknod, SYS_link, SYS_symlink, SYS_utime, SYS_utimes,
#endif
};

#undef OWED_CALL

}  // namespace owed::host::seccomp
