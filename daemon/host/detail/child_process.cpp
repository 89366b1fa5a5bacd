#include "host/detail/child_process.hpp"

#include "host/detail/limit_words.hpp"

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
#include <charconv>
#include <cstring>
#include <filesystem>
#include <vector>

namespace owed::host {
namespace {

using std::chrono::milliseconds;
constexpr std::size_t stderr_kept = 64 * 1024;
constexpr const char* advice_on_death = "report it to the plugin's author";
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// The numbers among words that are split by blanks; a word that is none counts as 0.
std::vector<std::uint64_t> fields_of(std::string_view text) {
    std::vector<std::uint64_t> fields;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find_first_of(" \n"));
        std::uint64_t number = 0;
        std::from_chars(word.data(), word.data() + word.size(), number);
        if (!word.empty()) fields.push_back(number);
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    return fields;
}

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

/// What owed-plugin-host is called with, after its own name.
std::vector<std::string> arguments_of(const ChildOptions& options) {
    const auto& limits = options.limits;
    std::vector<std::string> arguments{std::to_string(::getpid()), std::to_string(limits.memory_mib), std::to_string(limits.files_max),
                                       std::to_string(limits.tasks_max), std::to_string(std::max<std::uint64_t>(limits.file_bytes, frame_payload_max))};
    if (options.run.empty()) return arguments;
    arguments.insert(arguments.end(), {"run", options.run, options.own_network ? "network" : "no-network"});
    arguments.insert(arguments.end(), options.programs.begin(), options.programs.end());
    return arguments;
}

/// A program's answer to our hello: u32 major, minor, the oldest host it takes, text of its SDK.
Status check_hello(std::string_view payload) {
    Reader in{payload};
    const auto major = in.number<std::uint32_t>(), minor = in.number<std::uint32_t>(), min_host = in.number<std::uint32_t>();
    const std::string sdk{in.text()};
    if (!in.good()) return fail(Errc::plugin_bug, "answered hello with what cannot be read");
    const auto version = [](std::uint32_t a, std::uint32_t b) { return std::to_string(a) + "." + std::to_string(b); };
    const std::string ours = ", this host speaks " + version(OWED_ABI_MAJOR, OWED_ABI_MINOR);
    if (major != OWED_ABI_MAJOR)
        return fail(Errc::unsupported, "the plugin speaks frames " + version(major, minor) + " (" + sdk + ")" + ours, {},
                    major > OWED_ABI_MAJOR ? "upgrade owed, or take an older plugin" : "take a newer plugin, made with this owed's SDK");
    if (min_host > OWED_ABI_MINOR)
        return fail(Errc::unsupported, "the plugin wants a host of frames " + version(major, min_host) + " or later (" + sdk + ")" + ours, {},
                    "upgrade owed, or take an older plugin");
    return {};
}

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
    OWED_TRY(child->work_folder_, WorkFolder::make(options.work_folder));
    OWED_TRY_VOID(child->spawn(std::move(theirs), std::move(error_end)));
    child->pidfd_ = Fd{static_cast<int>(::syscall(SYS_pidfd_open, child->pid_, 0))};
    if (!child->pidfd_.valid()) return os_error("pidfd_open", errno);
    const auto proc = "/proc/" + std::to_string(child->pid_);
    child->statm_ = Fd{::open((proc + "/statm").c_str(), O_RDONLY | O_CLOEXEC)};
    child->stat_ = Fd{::open((proc + "/stat").c_str(), O_RDONLY | O_CLOEXEC)};
    child->socket_ = std::make_unique<FrameSocket>(std::move(ours), frame_payload_max, [c = child.get()](short events) { return c->wait(events); });
    if (!options.run.empty()) child->socket_->inline_only();
    return child;
}

Status ChildProcess::spawn(Fd socket, Fd error_end) {
    OWED_TRY(const Fd socket_copy, lifted(socket.get()));
    OWED_TRY(const Fd plugin_copy, lifted(options_.plugin_fd));
    OWED_TRY(const Fd error_copy, lifted(error_end.get()));
    SpawnSetup setup;
    ::posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&setup.actions, error_copy.get(), 1);
    ::posix_spawn_file_actions_adddup2(&setup.actions, error_copy.get(), 2);
    ::posix_spawn_file_actions_adddup2(&setup.actions, socket_copy.get(), 3);
    ::posix_spawn_file_actions_adddup2(&setup.actions, plugin_copy.get(), 4);
    ::posix_spawn_file_actions_addclosefrom_np(&setup.actions, 5);
    ::posix_spawn_file_actions_addchdir_np(&setup.actions, work_folder_.path().c_str());
    std::error_code error;
    std::string program = std::filesystem::absolute(options_.program, error).string();  // the child's folder is another one
    auto words = arguments_of(options_);
    std::vector<char*> arguments{program.data()};
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::string temporary = "TMPDIR=" + work_folder_.path(), home = "HOME=" + work_folder_.path(), path = "PATH=/usr/bin:/bin", language = "LANG=C.UTF-8";
    std::vector<char*> environment{temporary.data()};
    if (!options_.run.empty()) environment.insert(environment.end(), {home.data(), path.data(), language.data()});
    environment.push_back(nullptr);
    if (const int code = ::posix_spawn(&pid_, program.c_str(), &setup.actions, &setup.attributes, arguments.data(), environment.data()); code != 0) {
        pid_ = -1;
        return fail(Errc::io, std::string{"the plugin host cannot be started: "} + std::strerror(code), program, "reinstall owed");
    }
    return {};
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
    // What a program has started stays in its process group, which it cannot leave; until we take its exit below, nobody
    // else can have this number.
    if (!options_.programs.empty()) ::kill(-pid_, SIGKILL);
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
    char piece[16 * 1024];
    const std::lock_guard lock{stderr_mutex_};
    // No more than the pipe holds at a time: a child that writes as fast as we read must not keep us here.
    for (std::size_t seen = 0; seen < stderr_kept && stderr_.valid();) {
        const auto n = ::read(stderr_.get(), piece, sizeof piece);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) {
            if (n == 0) stderr_.reset();  // poll would report its end for ever
            break;
        }
        stderr_text_.append(piece, static_cast<std::size_t>(n));
        seen += static_cast<std::size_t>(n);
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
    const bool killed = exit_code_ != CLD_EXITED;
    if (killed && exit_status_ == SIGSYS) return "it made a system call that plugins may not make, and was killed (SIGSYS)";
    if (killed && exit_status_ == SIGXFSZ) return "it wrote a file larger than its limit of " + std::to_string(std::max<std::uint64_t>(options_.limits.file_bytes, frame_payload_max) >> 20) + " MiB (limits: file_mib), and was killed (SIGXFSZ)";
    const auto memory = out_of_memory(stderr_text(), options_.limits);
    const auto after = memory.empty() ? std::string{} : " after it " + memory;
    if (exit_code_ == CLD_EXITED) return "it ended the process with exit code " + std::to_string(exit_status_) + after;
    const char* name = ::sigabbrev_np(exit_status_);
    return "it died of signal " + std::to_string(exit_status_) + (name != nullptr ? std::string{" (SIG"} + name + ")" : "") + after;
}

tl::expected<Outcome, ChildFault> ChildProcess::fault(const Error& error, const CallState& state) {
    // Garbage and ends alike: what cannot be understood is not spoken to again.
    const bool ended_itself = reaped(error.code == Errc::plugin_crashed ? milliseconds{300} : milliseconds{0});
    if (!ended_itself) {
        signal(SIGKILL);
        reaped(milliseconds{-1});
    }
    socket_.reset();
    ChildFault fault{true, {}};
    if (state.phase != Phase::running && state.timed_out)
        fault.error = {Errc::timed_out, "did not end by its deadline and was killed", {}, deadline_advice(options_.limits)};
    else if (state.phase != Phase::running) {
        fault.died = false;  // our own wish
        fault.error = {Errc::cancelled, "was stopped", {}, {}};
    } else if (error.code == Errc::plugin_bug)
        fault.error = {Errc::plugin_bug, error.what + "; the process was killed", {}, "report it to the plugin's author"};
    else
        fault.error = ended_itself ? cause() : Error{Errc::plugin_crashed, "it closed its connection and was killed", {}, advice_on_death};
    return tl::unexpected{std::move(fault)};
}

Error ChildProcess::cause() {
    auto reason = condemned();
    return {Errc::plugin_crashed, reason.empty() ? how_it_ended() : std::move(reason), {}, advice_on_death};
}

/// Both sides say their versions, and either may refuse. Errors: unsupported (a refusal), and what ends the child.
Status ChildProcess::greet() {
    const auto hello = Writer{}.number<std::uint32_t>(OWED_ABI_MAJOR).number<std::uint32_t>(OWED_ABI_MINOR).number(frame_payload_max)
                           .text("owed " + std::to_string(OWED_ABI_MAJOR) + "." + std::to_string(OWED_ABI_MINOR)).take();
    OWED_TRY_VOID(socket_->send(Op::hello, 0, 0, hello));
    OWED_TRY(const auto answer, socket_->receive());
    if (answer.op != Op::hello || answer.call != 0 || (answer.flags & frame_reply) == 0)
        return fail(Errc::plugin_bug, "did not answer hello (but with op " + std::to_string(static_cast<int>(answer.op)) + ")");
    if ((answer.flags & frame_error) == 0) return check_hello(answer.payload);
    auto refusal = unpack_error(answer.payload);
    return fail(Errc::unsupported, std::move(refusal.what), {}, std::move(refusal.advice));
}

tl::expected<Outcome, ChildFault> ChildProcess::call(const Call& call, const std::string& file, ServiceDoor& services,
                                                     Deadline& deadline, const std::atomic<bool>& cancelled) {
    CallState state{call.kind, deadline, cancelled};
    state_ = &state;
    new_budget();
    if (!options_.run.empty() && !greeted_) {
        if (const auto greeted = greet(); !greeted && greeted.error().code == Errc::unsupported)
            return Outcome{OWED_UNSUPPORTED, {OWED_UNSUPPORTED, greeted.error().what, {}, {}, {}, "unsupported", greeted.error().advice, 0}};
        else if (!greeted)
            return fault(greeted.error(), state);
        greeted_ = true;
    }
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
            new_budget();
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

ChildUsage ChildProcess::usage() const {
    ChildUsage usage;
    char text[1024];
    const auto read_all = [&text](const Fd& from) {
        const auto n = ::pread(from.get(), text, sizeof text - 1, 0);
        return std::string_view{text, n > 0 ? static_cast<std::size_t>(n) : 0};
    };
    // statm: "size resident ...", in pages.
    const auto statm = fields_of(read_all(statm_));
    if (statm.size() > 1) usage.rss_bytes = statm[1] * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    // stat: after the name in parentheses, which may hold anything, come state, ppid ...; proc(5) counts from 1, with the
    // name as 2: utime 14, stime 15, num_threads 20.
    const auto stat = read_all(stat_);
    const auto rest = fields_of(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
    if (rest.size() > 17) {
        usage.cpu = milliseconds{(rest[11] + rest[12]) * 1000 / static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK))};
        usage.threads = rest[17];
    }
    return usage;
}

void ChildProcess::oversee() {
    const auto now = usage();
    const auto& limits = options_.limits;
    const auto mib = [](std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; };
    if (!sanitized && now.rss_bytes > limits.rss_mib << 20)
        return condemn("it held " + mib(now.rss_bytes) + " of memory and was killed; its limit is " + std::to_string(limits.rss_mib) + " MiB (limits: rss_mib)");
    if (now.threads > limits.threads_max)
        return condemn("it had " + std::to_string(now.threads) + " threads and was killed; its limit is " + std::to_string(limits.threads_max) + " (limits: threads)");
    const milliseconds spent{now.cpu.count() - budget_from_ms_.load()};
    if (spent > limits.cpu)
        return condemn("it used " + std::to_string(spent.count() / 1000) + " s of processor time in one call or between two, and was killed; its limit is " +
                       std::to_string(limits.cpu.count()) + " s (limits: cpu_seconds)");
    const auto written = work_folder_.contents(limits.work_files_max);
    if (written.files > limits.work_files_max)
        return condemn("it made more than " + std::to_string(limits.work_files_max) + " files in its work folder and was killed");
    if (written.bytes > limits.file_bytes)
        return condemn("it wrote " + mib(written.bytes) + " into its work folder and was killed; its limit is " + mib(limits.file_bytes) + " (limits: file_mib)");
}

void ChildProcess::condemn(std::string reason) {
    if (over_) return;
    {
        const std::lock_guard lock{condemned_mutex_};
        if (condemned_.empty()) condemned_ = std::move(reason);
    }
    signal(SIGKILL);
}
std::string ChildProcess::condemned() const {
    const std::lock_guard lock{condemned_mutex_};
    return condemned_;
}

ChildOptions child_options(const InstanceConfig& config, const HostOptions& options, const PluginFile& file) {
    return {options.child_program, file.fd(), file.is_program() ? file.path() : std::string{}, config.own_network, config.programs, config.name, config.limits, options.work_folder,
            options.polite_end, options.kill_after, options.supervise_every};
}

}  // namespace owed::host
