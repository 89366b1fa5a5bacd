// Whatever a plugin does in its child: the daemon goes on, another instance does not feel it, the fault has a name, the
// effect did not happen, and nothing is left behind. One table; SIMULATION goal G07.
#include <arpa/inet.h>
#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "host/detail/frame_socket.hpp"
#include "host/test_doors.hpp"

namespace owed::host {
namespace {

using namespace test;
using std::chrono::milliseconds;
using testing::HasSubstr;
using Steady = std::chrono::steady_clock;

constexpr bool sanitized = sanitized_build;   // their runtimes answer crashes and limits in their own ways

enum class Fate {
    dies,     ///< the child is gone; noticed at once
    hangs,    ///< killed soon after its deadline
    refused,  ///< the deed failed, the child lives on and the next call finds it
    fails,    ///< the call ends in an error of another kind, and the child lives on
    goes_on,  ///< nothing to object to
};

struct Case {
    const char* what;
    const char* where;
    Fate fate;
    const char* says;                      ///< part of the message
    const char* target = "";               ///< "FILE": a file of ours; "NEW": a path where none is; "PORT": where we listen
    void (*tune)(InstanceConfig&) = nullptr;
    bool plain_build_only = false;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.what << " in " << c.where; }

void little_memory(InstanceConfig& c) {
    c.limits.memory_mib = 4096;
    c.limits.rss_mib = 64;
}
void little_address_space(InstanceConfig& c) { c.limits.memory_mib = 256; }
void few_threads(InstanceConfig& c) { c.limits.threads_max = 8; }
void little_disk(InstanceConfig& c) { c.limits.file_bytes = 64u << 20; }

constexpr const char* filtered = "system call that plugins may not make";
constexpr const char* no = "Operation not permitted";
constexpr const char* denied = "Permission denied";

const Case cases[] = {
    // ends of all kinds
    {"segv", "read", Fate::dies, segv_text},
    {"segv", "create", Fate::dies, segv_text},
    {"segv", "decode", Fate::dies, segv_text},
    {"null", "read", Fate::dies, segv_text},
    {"stack", "read", Fate::dies, segv_text},
    {"divide", "read", Fate::dies, "signal 8 (SIGFPE)", "", nullptr, true},
    {"illegal", "read", Fate::dies, "signal 4 (SIGILL)", "", nullptr, true},
    {"abort", "check", Fate::dies, "signal 6 (SIGABRT)"},
    {"abort", "send", Fate::dies, "signal 6 (SIGABRT)"},
    {"heap", "read", Fate::dies, "it died of signal", "", nullptr, true},
    {"noexcept", "read", Fate::dies, "signal 6 (SIGABRT)"},
    {"thread_throws", "read", Fate::dies, "signal 6 (SIGABRT)"},
    {"kill_self", "read", Fate::dies, "signal 9 (SIGKILL)"},
    {"exit", "read", Fate::dies, "exit code 0"},
    {"quick_exit", "read", Fate::dies, "exit code 9"},
    {"throw", "read", Fate::fails, "boom at the boundary"},
    {"throw_int", "read", Fate::fails, "exception"},
    // more than its share
    {"spin", "read", Fate::hangs, "did not end by its deadline"},
    {"sleep", "decode", Fate::hangs, "did not end by its deadline"},
    {"stop_self", "read", Fate::hangs, "did not end by its deadline"},
    {"ignore_term", "read", Fate::hangs, "did not end by its deadline"},
    {"block_signals", "read", Fate::hangs, "did not end by its deadline"},
    {"never_listens", "read", Fate::hangs, "did not end by its deadline"},
    {"flood_of_output", "read", Fate::hangs, "did not end by its deadline"},
    {"signal_games", "read", Fate::goes_on, ""},
    {"memory", "read", Fate::fails, "bad_alloc; it ran out of memory; its limit is 512 MiB (limits: memory_mib)", "", nullptr, true},
    {"leak", "read", Fate::fails, "ran out of memory; its limit is 256 MiB (limits: memory_mib)", "", little_address_space, true},
    {"leak", "read", Fate::dies, "of memory and was killed; its limit is 64 MiB (limits: rss_mib)", "", little_memory, true},
    {"fds", "read", Fate::refused, "Too many open files", "", nullptr, true},  // UBSan itself needs a descriptor
    {"threads", "read", Fate::dies, "threads and was killed; its limit is 8 (limits: threads)", "", few_threads, true},
    {"big_file", "read", Fate::dies, "a file larger than its limit of 64 MiB (limits: file_mib)", "", little_disk},
    {"sparse_file", "read", Fate::dies, "a file larger than its limit"},
    {"many_files", "read", Fate::dies, "more than 1000 files"},
    {"much_in_files", "read", Fate::dies, "64 MiB (limits: file_mib)", "", little_disk},
    {"record_of_a_gigabyte", "read", Fate::fails, "", "", nullptr, true},
    // past the SDK
    {"junk", "read", Fate::dies, "breaks the rules"},
    {"huge_frame", "read", Fate::dies, "breaks the rules"},
    {"other_call", "read", Fate::dies, "another call"},
    {"unknown_op", "read", Fate::dies, "cannot be read"},
    {"bad_outcome", "read", Fate::dies, "cannot be read"},
    {"reply_unasked", "read", Fate::dies, "another call"},
    {"half_a_frame", "read", Fate::hangs, "did not end by its deadline"},
    {"memfd_without", "read", Fate::dies, "without a memfd"},
    {"false_memfd", "read", Fate::dies, "shorter than announced"},
    {"random_frames", "read", Fate::dies, "", "17"},
    {"random_frames", "read", Fate::dies, "", "4711"},
    {"close_socket", "read", Fate::dies, "closed its connection"},
    {"close_everything", "read", Fate::dies, "closed its connection"},
    // files
    {"allowed", "read", Fate::goes_on, ""},
    {"write_outside", "read", Fate::refused, denied, "NEW"},
    {"write_outside", "create", Fate::refused, denied, "NEW"},
    {"write_there", "read", Fate::refused, denied, "FILE"},
    {"read_outside", "read", Fate::refused, denied, "FILE"},
    {"read_outside", "decode", Fate::refused, denied, "/etc/shadow"},
    {"read_outside", "send", Fate::refused, denied, "/etc/passwd"},
    {"read_outside", "check", Fate::refused, denied, "/lib/os-release", nullptr, true},
    {"list_outside", "read", Fate::refused, denied, "/"},
    {"truncate_outside", "read", Fate::refused, no, "FILE"},
    {"remove_outside", "read", Fate::refused, denied, "FILE"},
    {"rename_outside", "read", Fate::refused, denied, "FILE"},
    {"steal_by_rename", "read", Fate::refused, "", "FILE"},
    {"chmod_outside", "read", Fate::refused, no, "FILE"},
    {"chown_outside", "read", Fate::refused, no, "FILE"},
    {"touch_outside", "read", Fate::refused, no, "FILE"},
    {"link", "read", Fate::refused, no, "FILE"},
    {"symlink", "read", Fate::refused, no, "FILE"},
    {"mkdir", "read", Fate::refused, no},
    {"mkfifo", "read", Fate::refused, no},
    {"chdir", "read", Fate::refused, no, "", nullptr, true},
    {"memfd", "read", Fate::refused, no, "", nullptr, true},
    // network
    {"tcp", "read", Fate::refused, no, "PORT"},
    {"tcp", "create", Fate::refused, no, "PORT"},
    {"frame_socket", "read", Fate::refused, no, "PORT", nullptr, true},
    {"udp", "read", Fate::refused, no},
    {"netlink", "read", Fate::refused, no},
    {"packet", "read", Fate::refused, no},
    {"unix_socket", "read", Fate::refused, no, "NEW"},
    {"socketpair", "read", Fate::refused, no},
    // programs and processes
    {"fork_bomb", "read", Fate::refused, no},
    {"vfork", "read", Fate::refused, no},
    {"spawn_shell", "read", Fate::refused, no, "NEW"},
    {"system", "read", Fate::refused, no, "NEW"},
    {"exec_shell", "read", Fate::dies, filtered, "NEW"},
    {"exec_shell", "create", Fate::dies, filtered, "NEW"},
    {"exec_and_ignore", "read", Fate::dies, filtered, "NEW"},
    {"exec_and_catch", "read", Fate::refused, no, "NEW"},
    {"kill_parent", "read", Fate::refused, no},
    {"kill_everyone", "read", Fate::refused, no},
    {"kill_group", "read", Fate::refused, no},
    {"tgkill_parent", "read", Fate::refused, no},
    {"queue_to_parent", "read", Fate::refused, no},
    {"signal_by_socket", "read", Fate::refused, no},
    {"leave_group", "read", Fate::refused, no},
    {"outlive_daemon", "read", Fate::refused, no},
    {"be_dumpable", "read", Fate::refused, no},
    {"nice", "read", Fate::refused, no, "", nullptr, true},
    {"lift_a_limit", "read", Fate::refused, no},
    {"ptrace_parent", "read", Fate::dies, filtered},
    {"read_parents_memory", "read", Fate::dies, filtered},
    // the kernel's back doors
    {"io_uring", "read", Fate::dies, filtered},
    {"userfaultfd", "read", Fate::dies, filtered},
    {"bpf", "read", Fate::dies, filtered},
    {"keyctl", "read", Fate::dies, filtered},
    {"perf", "read", Fate::dies, filtered},
    {"mount", "read", Fate::dies, filtered},
    {"unshare", "read", Fate::dies, filtered},
    {"setuid", "read", Fate::dies, filtered},
    {"by_handle", "read", Fate::dies, filtered},
    {"set_clock", "read", Fate::dies, filtered},
    {"ioctl", "read", Fate::refused, no},
    {"own_code", "read", Fate::refused, no, "", nullptr, true},
    {"code_of_data", "read", Fate::refused, no, "", nullptr, true},
    {"table_of_32_bit", "read", Fate::dies, filtered},
    {"table_of_x32", "read", Fate::dies, filtered},
    {"new_filter", "read", Fate::refused, no},
};

/// Something that listens on a port of this machine and must hear of nobody.
class Trap {
  public:
    Trap() : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
        EXPECT_EQ(::listen(fd_.get(), 8), 0);
        EXPECT_EQ(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &length), 0);
        port_ = ntohs(address.sin_port);
    }
    std::string port() const { return std::to_string(port_); }
    bool heard_of_somebody() const { return ::accept(fd_.get(), nullptr, nullptr) >= 0; }

  private:
    Fd fd_;
    int port_ = 0;
};

/// Our own children by /proc, zombies too.
std::vector<std::string> children_of_ours() {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
        std::ifstream in{entry.path() / "stat"};
        std::string line;
        if (!std::getline(in, line)) continue;
        const auto rest = line.substr(line.rfind(')') + 2);  // "S ppid ..."
        if (std::atoi(rest.c_str() + 2) == ::getpid()) found.push_back(line.substr(0, 60));
    }
    return found;
}

using Calls = std::vector<milliseconds::rep>;   ///< how long each took, in microseconds

/// Calls another instance again and again, and notes how long each call took.
class Neighbour {
  public:
    explicit Neighbour(Connector& connector) : thread_{[this, &connector] { run(connector); }} {}
    ~Neighbour() { stop(); }
    void stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    /// What has been measured so far; what follows is counted anew. Waits until there are so many.
    Calls take(std::size_t at_least) {
        for (;; std::this_thread::yield()) {
            const std::lock_guard lock{mutex_};
            if (took_us_.size() >= at_least || !failure.empty()) return std::exchange(took_us_, {});
        }
    }
    std::string failure;   ///< read it after stop()

  private:
    void run(Connector& connector) {
        while (!stopping_) {
            KeptRecords kept;
            const auto began = Steady::now();
            const auto report = connector.decode("f.csv", "1,Acme\n2,Beta\n", "pairs", "", kept);
            const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - began).count();
            const std::lock_guard lock{mutex_};
            took_us_.push_back(took);
            if (!report || kept.records.size() != 2) failure = report ? "records are missing" : to_text(report.error());
            std::this_thread::yield();
        }
    }
    std::atomic<bool> stopping_ = false;
    std::mutex mutex_;
    Calls took_us_;
    std::thread thread_;
};

Status run(Connector& beast, std::string_view where) {
    KeptTarget target;
    KeptRecords kept;
    Delivery delivery;
    delivery.key = "k";
    delivery.channel = "agency";
    if (where == "check") return beast.check();
    if (where == "decode") return beast.decode("f", "x", "", "", kept).map([](auto&&) {});
    if (where == "send") return beast.send(delivery).map([](auto&&) {});
    return beast.read({}, target);
}

/// Nanoseconds of the monotonic clock that the plugin wrote last before its end; 0: none.
long long last_moment(const std::string& words) {
    const auto at = words.rfind("t=");
    return at == std::string::npos ? 0 : std::atoll(words.c_str() + at + 2);
}
milliseconds since(long long moment_ns) {
    return std::chrono::duration_cast<milliseconds>(Steady::now().time_since_epoch() - std::chrono::nanoseconds{moment_ns});
}

/// With OWED_QUIET_MACHINE=1 times are held to the goals themselves: a crash is noticed within 100 ms, and another instance's
/// 99th percentile stays within 5 ms of what it is without a beast. Elsewhere other work on the machine adds to them.
bool quiet_machine() {
    static const bool quiet = std::getenv("OWED_QUIET_MACHINE") != nullptr;
    return quiet;
}
milliseconds crash_goal() { return quiet_machine() ? milliseconds{100} : milliseconds{500}; }

/// All cases share what was measured; printed and judged at the end.
struct Measured {
    Calls alone_us, beside_us;   ///< the neighbour's calls before the beast is let loose, and from then on
    milliseconds noticed_worst{0}, hang_worst{0};
};
Measured& measured() {
    static Measured all;
    return all;
}
void append(Calls& all, const Calls& some) { all.insert(all.end(), some.begin(), some.end()); }
double percentile_ms(Calls& calls, std::size_t permille) {
    std::sort(calls.begin(), calls.end());
    return static_cast<double>(calls[calls.size() * permille / 1000]) / 1000;
}

class Verdict : public testing::Environment {
    void TearDown() override {
        auto& all = measured();
        if (all.beside_us.empty() || all.alone_us.empty()) return;
        const double alone = percentile_ms(all.alone_us, 990), beside = percentile_ms(all.beside_us, 990);
        std::printf("zoo: another instance's calls while the beast is loose: %zu, p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms; before: %zu, p50 %.2f ms, p99 %.2f ms; "
                    "a crash noticed within %lld ms, a hang ended within its deadline plus %lld ms\n",
                    all.beside_us.size(), percentile_ms(all.beside_us, 500), beside, percentile_ms(all.beside_us, 999), all.alone_us.size(), percentile_ms(all.alone_us, 500), alone,
                    static_cast<long long>(all.noticed_worst.count()), static_cast<long long>(all.hang_worst.count()));
        if (quiet_machine() && !sanitized) {
            EXPECT_LE(beside, alone + 5);
        }
    }
};
[[maybe_unused]] const auto* verdict = testing::AddGlobalTestEnvironment(new Verdict);

class Zoo : public testing::TestWithParam<Case>, public HostBench {
  protected:
    static constexpr milliseconds deadline{sanitized ? 5'000 : 300};  // its start must fit too

    void start_beside_a_neighbour(InstanceConfig beast_config) {
        options.supervise_every = milliseconds{50};
        std::vector<InstanceConfig> configs;
        configs.push_back(std::move(beast_config));
        configs.push_back(good());
        host = std::make_unique<PluginHost>(options, std::move(configs), clock, rng, log);
        host->start();
        KeptRecords kept;
        ASSERT_TRUE(host->find("house-bank")->decode("f", "1,a\n", "pairs", "", kept));  // its child is up
    }

    std::string target_of(const Case& c) {
        const std::string wanted = c.target;
        if (wanted == "PORT") return trap.port();
        if (wanted == "NEW") return data.path("new");
        if (wanted == "FILE") return data.path("ours");
        return wanted;
    }
    void expect_no_effect() {
        EXPECT_FALSE(data.has("new"));
        EXPECT_FALSE(data.has("ours.gone"));
        EXPECT_EQ(data.get("ours"), "untouched");
        struct stat status {};
        ASSERT_EQ(::stat(data.path("ours").c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0640u);
        EXPECT_EQ(status.st_uid, ::geteuid());
        EXPECT_EQ(status.st_nlink, 1u);
        EXPECT_GT(status.st_mtime, 1'000'000'000);
        EXPECT_FALSE(trap.heard_of_somebody());
    }
    void expect_nothing_left() {
        host.reset();
        EXPECT_THAT(children_of_ours(), testing::IsEmpty());
        EXPECT_TRUE(std::filesystem::is_empty(data.path("work")));
    }

    void expect_fate(const Case& c, Connector& beast, const Status& status, milliseconds took) {
        const auto report = beast.report();
        if (c.fate == Fate::goes_on) {
            EXPECT_TRUE(status) << to_text(status.error());
            return;
        }
        ASSERT_FALSE(status) << "it went through";
        EXPECT_THAT(status.error().what, HasSubstr(c.says));
        if (c.fate == Fate::refused) {
            EXPECT_EQ(status.error().code, Errc::data) << to_text(status.error());
            EXPECT_THAT(status.error().what, HasSubstr(std::string{c.what} + ": "));
        }
        const bool killed = c.fate == Fate::dies || c.fate == Fate::hangs;
        EXPECT_EQ(report.restarts, killed ? 1u : 0u) << to_text(status.error());
        if (!killed) return;
        const auto named = std::string{"plugin zoo, instance beast, "} + c.where + ": ";
        EXPECT_THAT(status.error().what, HasSubstr(named));
        EXPECT_THAT(report.reason, testing::AllOf(HasSubstr(named), HasSubstr(c.says)));
        EXPECT_NE(report.state, InstanceState::ok);
        EXPECT_TRUE(log.has(named));
        if (c.fate == Fate::hangs) {
            EXPECT_EQ(status.error().code, Errc::timed_out);
            measured().hang_worst = std::max(measured().hang_worst, took - deadline);
            EXPECT_LT(took, deadline + milliseconds{1000} + milliseconds{sanitized ? 30'000 : quiet_machine() ? 0 : 300});
        } else if (const auto moment = last_moment(host->stderr_of("beast")); moment != 0) {
            const auto noticed = since(moment);
            measured().noticed_worst = std::max(measured().noticed_worst, noticed);
            EXPECT_LT(noticed, crash_goal());
        }
    }

    Trap trap;
};

TEST_P(Zoo, costs_its_own_run_and_is_named) {
    const auto& c = GetParam();
    if (sanitized && c.plain_build_only) GTEST_SKIP() << "sanitizers answer this in their own way";
    data.put("ours", "untouched");
    ASSERT_EQ(::chmod(data.path("ours").c_str(), 0640), 0);
    options.work_folder = data.path("work");
    auto config = zoo(c.what, c.where);
    config.settings_json = R"({"do": ")" + std::string{c.what} + R"(", "in": ")" + c.where + R"(", "target": ")" + target_of(c) + R"("})";
    config.limits.call_deadline = c.fate == Fate::hangs ? deadline : 2 * ample_deadline;
    if (c.tune != nullptr) c.tune(config);
    ASSERT_NO_FATAL_FAILURE(start_beside_a_neighbour(config));
    auto& beast = *host->find("beast");

    Neighbour neighbour{*host->find("house-bank")};
    append(measured().alone_us, neighbour.take(20));
    const auto began = Steady::now();
    const auto status = run(beast, c.where);
    const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - began);
    expect_fate(c, beast, status, took);
    neighbour.stop();
    EXPECT_EQ(neighbour.failure, "");
    EXPECT_EQ(host->find("house-bank")->report().restarts, 0u);
    append(measured().beside_us, neighbour.take(0));
    expect_no_effect();

    // After a death it waits; then it runs, and misbehaves, again. Otherwise the same child goes on.
    if (beast.report().restarts == 1) {
        EXPECT_THAT(run(beast, c.where).error().what, HasSubstr("waits 1 s"));
    } else if (c.fate == Fate::refused && std::string_view{c.where} != "create") {
        EXPECT_EQ(run(beast, c.where).error().code, Errc::data);
        EXPECT_EQ(beast.report().restarts, 0u);
    }
    expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(Plugin, Zoo, testing::ValuesIn(cases), [](const auto& test) {
    return std::to_string(test.index) + "_" + test.param.what + "_in_" + test.param.where;
});

// ---- ends that no call sees

class BetweenCalls : public Zoo {
  protected:
    /// The state once it is no longer ok.
    InstanceReport wait_until_it_is_down() {
        const auto give_up = Steady::now() + 2 * ample_deadline;
        while (beast->report().state == InstanceState::ok && Steady::now() < give_up) std::this_thread::sleep_for(milliseconds{1});
        return beast->report();
    }
    void begin(InstanceConfig config) {
        options.work_folder = data.path("work");
        start_beside_a_neighbour(std::move(config));
        beast = host->find("beast");
        ASSERT_TRUE(run(*beast, "read"));
        ASSERT_EQ(beast->report().state, InstanceState::ok);
    }
    Connector* beast = nullptr;
};

TEST_F(BetweenCalls, a_death_is_noticed_and_named_although_nobody_calls) {
    begin(zoo("dies_between_calls"));
    const auto report = wait_until_it_is_down();
    const auto noticed = since(last_moment(host->stderr_of("beast")));
    std::printf("zoo: a death between two calls was noticed within %lld ms\n", static_cast<long long>(noticed.count()));
    EXPECT_LT(noticed, crash_goal());
    EXPECT_EQ(report.state, InstanceState::failed);
    EXPECT_THAT(report.reason, testing::AllOf(HasSubstr("plugin zoo, instance beast, between two calls: it died of signal 6 (SIGABRT)"), HasSubstr("last words")));
    EXPECT_EQ(report.restarts, 1u);
    EXPECT_EQ(report.rss_bytes, 0u);
    EXPECT_THAT(run(*beast, "read").error().what, HasSubstr("waits 1 s"));
    clock.advance_s(1);
    EXPECT_TRUE(run(*beast, "read"));
    EXPECT_EQ(beast->report().state, InstanceState::ok);
    expect_nothing_left();
}

TEST_F(BetweenCalls, so_is_a_quiet_exit) {
    begin(zoo("exits_between_calls"));
    EXPECT_THAT(wait_until_it_is_down().reason, HasSubstr("between two calls: it ended the process with exit code 7"));
    expect_nothing_left();
}

TEST_F(BetweenCalls, processor_time_without_a_call_has_a_limit) {
    auto config = zoo("burns_between_calls");
    config.limits.cpu = std::chrono::seconds{1};
    begin(std::move(config));
    EXPECT_THAT(wait_until_it_is_down().reason, HasSubstr("of processor time in one call or between two, and was killed; its limit is 1 s"));
    expect_nothing_left();
}

// ---- harm while the plugin is loaded, and files that are none

class AtLoad : public HostBench, public testing::Test {
  protected:
    Status create(const std::string& plugin) {
        InstanceConfig config;
        config.name = "beast";
        config.plugin = plugin;
        config.limits.call_deadline = ample_deadline;
        return start(std::move(config)).check();
    }
};

TEST_F(AtLoad, constructors_are_confined_too) {
    const auto status = create("zoo-early");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::unsupported) << to_text(status.error());  // a crash would list what went through
    EXPECT_FALSE(std::filesystem::exists("/tmp/owed-early-was-here"));
}

TEST_F(AtLoad, an_exception_through_the_c_boundary_ends_the_child_by_name) {
    const auto status = create("zoo-throws-through");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::plugin_crashed);
    EXPECT_THAT(status.error().what, testing::AllOf(HasSubstr("plugin zoo-throws-through, instance beast, create: "), HasSubstr("through the boundary")));
}

/// Every truncation and flip is refused, or ends in the child, or (a flip in bytes that nothing needs) does no harm.
TEST_F(AtLoad, damaged_files_never_reach_the_daemon) {
    TempFolder folder;
    std::string whole;
    {
        std::ifstream in{zoo_folder() + "/good.so", std::ios::binary};
        whole.assign(std::istreambuf_iterator<char>{in}, {});
    }
    options.plugin_folder = folder.path();
    options.allow_unlisted = true;
    std::uint64_t dice = 20'260'331;
    std::printf("seed %llu\n", static_cast<unsigned long long>(dice));
    const auto next = [&dice] { return dice = dice * 6364136223846793005ull + 1442695040888963407ull, dice >> 33; };
    int refused = 0, died = 0, survived = 0;
    for (int round = 0; round < 32; ++round) {
        auto bytes = whole;
        if (round < 16) bytes.resize(round < 4 ? static_cast<std::size_t>(round) * 30 : whole.size() - whole.size() * static_cast<std::size_t>(round - 3) / 14);
        else
            for (int flip = 0; flip < 64; ++flip) bytes[next() % bytes.size()] ^= static_cast<char>(1u << next() % 8);
        folder.put("good.so", bytes);
        auto config = good();
        config.limits.call_deadline = milliseconds{1000};
        const auto status = start(std::move(config)).check();
        (status ? survived : status.error().code == Errc::plugin_crashed || status.error().code == Errc::timed_out ? died : refused)++;
        EXPECT_TRUE(status || !status.error().what.empty());
    }
    std::printf("zoo: of 16 truncated and 16 flipped files %d were refused, %d died in the child, %d did no harm\n", refused, died, survived);
    EXPECT_GE(refused + died, 16);
    host.reset();
    EXPECT_THAT(children_of_ours(), testing::IsEmpty());
}

// ---- figures

TEST(Child, is_ready_soon_and_small) {
    std::vector<double> took_ms;
    std::uint64_t rss = 0;
    for (int i = 0; i < 50; ++i) {
        HostBench bench;
        auto& bank = bench.start(HostBench::zoo("nothing"));
        const auto began = Steady::now();
        ASSERT_TRUE(bank.check());
        took_ms.push_back(std::chrono::duration<double, std::milli>(Steady::now() - began).count());
        rss = std::max(rss, bank.report().rss_bytes);
    }
    std::sort(took_ms.begin(), took_ms.end());
    std::printf("child: start, confinement, dlopen, create and a first call: median of 50 %.2f ms, worst %.2f ms; %.2f MiB resident\n", took_ms[25], took_ms.back(),
                static_cast<double>(rss) / (1 << 20));
    EXPECT_LT(rss, sanitized ? 1u << 30 : 6u << 20);
}

}  // namespace
}  // namespace owed::host
