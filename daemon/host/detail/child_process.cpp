#include "host/detail/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace owed::host {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t stderr_kept = 64 * 1024;

tl::unexpected<Error> os_error(const char* what, int code) { return fail(Errc::io, std::string{what} + ": " + std::strerror(code)); }

/// A copy above the numbers that the child's own descriptors get, so that placing one never closes another.
Result<Fd> lifted(int fd) {
    Fd copy{::fcntl(fd, F_DUPFD_CLOEXEC, 16)};
    if (!copy.valid()) return os_error("fcntl", errno);
    return copy;
}

/// posix_spawn's two objects, with their ends.
struct SpawnSetup {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    SpawnSetup() {
        ::posix_spawn_file_actions_init(&actions);
        ::posix_spawnattr_init(&attributes);
        // The daemon blocks and ignores signals; the child must not inherit that.
        sigset_t none, all;
        ::sigemptyset(&none);
        ::sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        // A group of its own: a terminal's Ctrl-C is for the daemon, which ends its children itself.
        ::posix_spawnattr_setpgroup(&attributes, 0);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    }
    ~SpawnSetup() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnSetup(const SpawnSetup&) = delete;
    SpawnSetup& operator=(const SpawnSetup&) = delete;
};

}  // namespace

/// What the running call is about, for the waits inside it.
struct ChildProcess::CallState {
    CallKind kind;
    Deadline& deadline;
    const std::atomic<bool>& cancelled;
    Phase phase = Phase::running;
    bool timed_out = false;
    Deadline::Steady::time_point next_step{};
};

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(const ChildOptions& options) {
    std::unique_ptr<ChildProcess> child{new ChildProcess{options}};
    int pair[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return os_error("socketpair", errno);
    Fd ours{pair[0]}, theirs{pair[1]};
    if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) return os_error("fcntl", errno);
    int pipe_ends[2];
    if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return os_error("pipe2", errno);
    child->stderr_ = Fd{pipe_ends[0]};
    Fd error_end{pipe_ends[1]};
    ::fcntl(child->stderr_.get(), F_SETFL, O_NONBLOCK);
    child->wake_ = Fd{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    OWED_TRY(const Fd socket_copy, lifted(theirs.get()));
    OWED_TRY(const Fd plugin_copy, lifted(options.plugin_fd));
    OWED_TRY(const Fd error_copy, lifted(error_end.get()));

    SpawnSetup setup;
    ::posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&setup.actions, error_copy.get(), 1);
    ::posix_spawn_file_actions_adddup2(&setup.actions, error_copy.get(), 2);
    ::posix_spawn_file_actions_adddup2(&setup.actions, socket_copy.get(), 3);
    ::posix_spawn_file_actions_adddup2(&setup.actions, plugin_copy.get(), 4);
    ::posix_spawn_file_actions_addclosefrom_np(&setup.actions, 5);
    std::string program = options.program, memory = std::to_string(options.memory_mib), files = std::to_string(options.files_max),
                parent = std::to_string(::getpid());
    char* arguments[] = {program.data(), memory.data(), files.data(), parent.data(), nullptr};
    char* environment[] = {nullptr};
    if (const int code = ::posix_spawn(&child->pid_, program.c_str(), &setup.actions, &setup.attributes, arguments, environment); code != 0) {
        child->pid_ = -1;
        return fail(Errc::io, std::string{"the plugin host cannot be started: "} + std::strerror(code), program, "reinstall owed");
    }
    child->pidfd_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, child->pid_, 0))};
    if (!child->pidfd_.valid()) return os_error("pidfd_open", errno);
    child->socket_ = std::make_unique<FrameSocket>(std::move(ours), frame_payload_max, [c = child.get()](short events) { return c->wait(events); });
    return child;
}

ChildProcess::~ChildProcess() {
    if (pid_ < 0 || over_) return;
    signal(SIGKILL);
    reaped(milliseconds{-1});
}

void ChildProcess::signal(int number) {
    if (!over_ && pidfd_.valid()) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0);
    else if (!over_ && pid_ > 0) ::kill(pid_, number);  // pidfd_open failed: still our own unreaped child
}

/// Waits for the end, for ever with a negative patience. True: it has ended, and how is known.
bool ChildProcess::reaped(milliseconds patience) {
    if (over_) return true;
    if (pidfd_.valid()) {
        pollfd poll{pidfd_.get(), POLLIN, 0};
        if (::poll(&poll, 1, static_cast<int>(patience.count())) <= 0) return false;
    }
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) == 0) {
        exit_code_ = info.si_code;
        exit_status_ = info.si_status;
    }
    over_ = true;
    drain_stderr();
    return true;
}

void ChildProcess::drain_stderr() {
    char piece[4096];
    const std::lock_guard lock{stderr_mutex_};
    for (;;) {
        const auto n = ::read(stderr_.get(), piece, sizeof piece);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            if (n == 0) stderr_.reset();  // poll would report its end for ever
            break;
        }
        stderr_text_.append(piece, static_cast<std::size_t>(n));
    }
    if (stderr_text_.size() > stderr_kept) stderr_text_.erase(0, stderr_text_.size() - stderr_kept);
}

std::string ChildProcess::stderr_text() const {
    const std::lock_guard lock{stderr_mutex_};
    return stderr_text_;
}

void ChildProcess::wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto n = ::write(wake_.get(), &one, sizeof one);
}

/// The steps against a call that does not end: ask it (host functions answer "cancelled"), SIGTERM, SIGKILL.
void ChildProcess::watch_deadline() {
    CallState& state = *state_;
    const auto now = Deadline::Steady::now();
    switch (state.phase) {
        case Phase::running:
            if (!state.cancelled && !state.deadline.over()) return;
            state.timed_out = !state.cancelled;
            state.phase = Phase::asked;
            state.next_step = now + options_.polite_end;
            // If the socket is full, the child reads nothing anyway; the next steps do not need it.
            {
                const FrameHead head{0, static_cast<std::uint16_t>(Op::cancel), 0, calls_};
                [[maybe_unused]] const auto n = ::send(socket_->fd(), &head, sizeof head, MSG_NOSIGNAL | MSG_DONTWAIT);
            }
            return;
        case Phase::asked:
            if (now < state.next_step) return;
            signal(SIGTERM);
            state.phase = Phase::terminated;
            state.next_step = now + options_.kill_after;
            return;
        case Phase::terminated:
            if (now >= state.next_step) signal(SIGKILL);
            return;
    }
}

Status ChildProcess::wait(short events) {
    for (;;) {
        watch_deadline();
        CallState& state = *state_;
        milliseconds patience = state.phase == Phase::running
                                    ? state.deadline.remaining() + milliseconds{1}
                                    : std::chrono::duration_cast<milliseconds>(state.next_step - Deadline::Steady::now()) + milliseconds{1};
        patience = std::clamp(patience, milliseconds{1}, milliseconds{60'000});
        pollfd polls[] = {{socket_->fd(), events, 0}, {pidfd_.get(), POLLIN, 0}, {wake_.get(), POLLIN, 0}, {stderr_.get(), POLLIN, 0}};
        const int ready = ::poll(polls, 4, static_cast<int>(patience.count()));
        if (ready < 0 && errno != EINTR) return os_error("poll", errno);
        if (ready <= 0) continue;
        if (polls[3].revents != 0) drain_stderr();
        if (polls[2].revents != 0) {
            std::uint64_t count = 0;
            [[maybe_unused]] const auto n = ::read(wake_.get(), &count, sizeof count);
        }
        // What it still said comes first; its end is read from the socket as an end of file.
        if (polls[0].revents != 0) return {};
        if (polls[1].revents != 0) return fail(Errc::plugin_crashed, "ended");
    }
}

std::string ChildProcess::how_it_ended() {
    if (exit_code_ == CLD_EXITED) return "it ended the process with exit code " + std::to_string(exit_status_);
    const char* name = ::sigabbrev_np(exit_status_);
    return "it died of signal " + std::to_string(exit_status_) + (name != nullptr ? std::string{" (SIG"} + name + ")" : "");
}

tl::expected<Outcome, ChildFault> ChildProcess::fault(const Error& error, const CallState& state) {
    // Garbage and ends alike: what cannot be understood is not spoken to again.
    const bool ended_itself = reaped(error.code == Errc::plugin_crashed ? milliseconds{1000} : milliseconds{0});
    if (!ended_itself) {
        signal(SIGKILL);
        reaped(milliseconds{-1});
    }
    socket_.reset();
    ChildFault fault{true, {}};
    if (state.phase != Phase::running && state.timed_out)
        fault.error = {Errc::timed_out, "did not end by its deadline and was killed", {}, "see the plugin's log; raise call_deadline if the work is rightly that long"};
    else if (state.phase != Phase::running) {
        fault.died = false;  // our own wish
        fault.error = {Errc::cancelled, "was stopped", {}, {}};
    } else if (error.code == Errc::plugin_bug)
        fault.error = {Errc::plugin_bug, error.what + "; the process was killed", {}, "report it to the plugin's author"};
    else
        fault.error = {Errc::plugin_crashed, ended_itself ? how_it_ended() : "it closed its connection and was killed", {},
                       "report it to the plugin's author; the log has its last words"};
    return tl::unexpected{std::move(fault)};
}

tl::expected<Outcome, ChildFault> ChildProcess::call(const Call& call, const std::string& file, ServiceDoor& services,
                                                     Deadline& deadline, const std::atomic<bool>& cancelled) {
    CallState state{call.kind, deadline, cancelled};
    state_ = &state;
    const auto number = ++calls_;
    const auto payload = Writer{}.number(call.kind).text(file).text(call.name).text(call.format).text(call.profile).text(call.bytes).take();
    if (const auto sent = socket_->send(Op::call, 0, number, payload); !sent) return fault(sent.error(), state);
    for (;;) {
        const auto frame = socket_->receive();
        if (!frame) return fault(frame.error(), state);
        if (frame->call != number || (frame->flags & (frame_reply | frame_error)) != 0)
            return fault({Errc::plugin_bug, "sent a frame of another call", {}, {}}, state);
        if (frame->op == Op::finished) {
            auto outcome = unpack_outcome(frame->payload);
            if (!outcome) return fault({Errc::plugin_bug, "sent an outcome that cannot be read", {}, {}}, state);
            drain_stderr();
            return std::move(*outcome);
        }
        const auto reply = serve_request(*frame, services);
        if (!reply) return fault({Errc::plugin_bug, "sent a request that cannot be read (op " + std::to_string(static_cast<int>(frame->op)) + ")", {}, {}}, state);
        watch_deadline();  // a plugin that never stops asking is never waited for
        if (is_one_way(reply->op)) continue;
        if (const auto sent = socket_->send(*reply); !sent) return fault(sent.error(), state);
    }
}

void ChildProcess::end() {
    socket_.reset();  // it sees the end of file and leaves
    if (!reaped(options_.polite_end)) signal(SIGTERM);
    if (!reaped(options_.kill_after)) signal(SIGKILL);
    reaped(milliseconds{-1});
}

std::uint64_t ChildProcess::rss_bytes() const {
    std::ifstream statm{"/proc/" + std::to_string(pid_) + "/statm"};
    std::uint64_t pages = 0, resident = 0;
    statm >> pages >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace owed::host
