// Plugins that are programs: their frames, their sandbox, and what becomes of one that misbehaves. tests/plugins/programs.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "host/detail/messages.hpp"
#include "host/test_doors.hpp"
#include "owed/record_wire.hpp"
#include "places/places.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::AllOf;
using testing::HasSubstr;

InstanceConfig beast(const std::string& deed, const std::string& with = {}) {
    InstanceConfig config;
    config.name = "beast-1";
    config.plugin = "beast";
    config.settings_json = R"({"do": ")" + deed + R"(", "with": ")" + with + R"("})";
    config.limits.call_deadline = std::chrono::milliseconds{10'000};
    return config;
}
/// With a network and programs of its own.
InstanceConfig own(const std::string& deed, const std::string& with, std::vector<std::string> programs = {"/usr/bin"}) {
    auto config = beast(deed, with);
    config.plugin = "beast-own";
    config.own_network = true;
    config.programs = std::move(programs);
    return config;
}

std::vector<Record> records_of(const KeptTarget& target) {
    KeptRecords kept;
    for (const auto& batch : target.batches) EXPECT_TRUE(wire::decode_batch(batch, {}, kept));
    return std::move(kept.records);
}

TEST(Program, a_script_reads_with_a_cursor_and_hands_over_records) {
    HostBench bench;
    auto& source = bench.start(beast("good"));
    ASSERT_TRUE(source.check()) << to_text(source.check().error());
    KeptTarget target;
    for (const char* cursor : {"", "4"}) {
        const auto status = source.read({cursor, {}}, target);
        ASSERT_TRUE(status) << to_text(status.error());
    }
    EXPECT_EQ(target.cursors, (std::vector<std::string>{"4", "7"}));
    const auto records = records_of(target);
    ASSERT_EQ(records.size(), 6u);
    EXPECT_EQ(std::get<Customer>(records[5].body).number, "C-6");
    EXPECT_EQ(records[0].where, "beast:1");
    EXPECT_EQ(source.report().pids.size(), 1u);   // one process served all of it
    EXPECT_EQ(source.report().restarts, 0u);
}

TEST(Program, payloads_of_any_size_lie_in_the_stream) {
    HostBench bench;
    auto& source = bench.start(beast("much"));
    KeptTarget target;
    const auto status = source.read({}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    ASSERT_EQ(target.batches.size(), 40u);
    EXPECT_GT(target.batches[0].size(), inline_payload_max);
    EXPECT_EQ(records_of(target).size(), 4000u);
}

TEST(Program, every_service_answers_it) {
    HostBench bench;
    bench.data.put("drop/a.txt", "hello");
    auto& source = bench.start(beast("asks"));
    KeptTarget target;
    const auto status = source.read({}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    EXPECT_EQ(target.cursors.back(), "\1binary");
    EXPECT_EQ(target.state_changes.back().at("page"), std::string("\0\xff", 2));
    EXPECT_EQ(source.report().counters.at("pages"), 3);
    EXPECT_TRUE(bench.log.has("a line"));
    EXPECT_THAT(bench.host->stderr_of("beast-1"), HasSubstr("this is for people"));
}

TEST(Program, its_failures_say_what_it_says) {
    {
        HostBench bench;
        KeptTarget target;
        const auto status = bench.start(beast("fails")).read({}, target);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, Errc::rate_limited);
        EXPECT_EQ(to_text(status.error()), to_text(Error{Errc::rate_limited, "the API wants a pause", "page 3", "wait"}));
        // For engineers: in the log alone, a line of it a line there, and nothing that a terminal would obey.
        EXPECT_TRUE(bench.log.has("beast-1, read failed, detail: the answer was"));
        EXPECT_TRUE(bench.log.has("beast-1, read failed, detail: ?[31mslow down"));
    }
    HostBench bench;
    KeptTarget target;
    auto& source = bench.start(beast("raises"));
    const auto status = source.read({}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::plugin_bug);
    EXPECT_THAT(status.error().what, AllOf(HasSubstr("plugin beast, instance beast-1, read"), HasSubstr("KeyError: 'a key that is not there'")));
    EXPECT_TRUE(bench.log.has("beast-1, read failed, detail: Traceback (most recent call last):"));
    EXPECT_EQ(source.report().restarts, 0u);   // the process goes on
}

TEST(Program, records_that_are_none_are_refused_as_its_bug) {
    HostBench bench;
    KeptTarget target;
    const auto status = bench.start(beast("no_records")).read({}, target);
    ASSERT_FALSE(status);
    EXPECT_TRUE(target.batches.empty());
    EXPECT_TRUE(target.cursors.empty());
}

TEST(Program, settings_that_it_refuses_are_a_configuration_error) {
    HostBench bench;
    const auto status = bench.start(beast("refuses_settings")).check();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::invalid_config);
    EXPECT_EQ(status.error().where, "settings/do");
}

struct Misdeed {
    const char* deed;
    Errc code;
    const char* says;
    const char* with = "";
    bool dies = true;
};
void PrintTo(const Misdeed& m, std::ostream* out) { *out << m.deed << " " << m.with; }

const Misdeed misdeeds[] = {
    {"crash", Errc::plugin_crashed, "it died of signal 11 (SIGSEGV)"},
    {"exits", Errc::plugin_crashed, "exit code 7"},
    {"hang", Errc::timed_out, "did not end by its deadline"},
    {"deaf", Errc::timed_out, "did not end by its deadline"},
    {"half_a_frame", Errc::timed_out, "did not end by its deadline"},
    {"garbage", Errc::plugin_bug, "does the program print to stdout?"},
    {"huge_frame", Errc::plugin_bug, "breaks the rules"},
    {"memfd_flag", Errc::plugin_bug, "no memfds"},
    {"execs", Errc::plugin_crashed, "system call that plugins may not make", "NEW"},
    {"execs_by_descriptor", Errc::plugin_bug, "Function not implemented", "", false},
    {"forks", Errc::plugin_bug, "Operation not permitted", "", false},
    {"spawns", Errc::plugin_bug, "Operation not permitted", "NEW", false},
    {"network", Errc::data, "sockets: none", "", false},
    {"reads", Errc::plugin_bug, "Permission denied", "/etc/shadow", false},
    {"reads", Errc::plugin_bug, "Permission denied", "/etc/passwd", false},
    {"reads", Errc::plugin_bug, "Permission denied", "FILE", false},
    {"writes", Errc::plugin_bug, "Permission denied", "FILE", false},
    {"writes", Errc::plugin_bug, "Permission denied", "NEW", false},
    {"writes", Errc::plugin_bug, "Permission denied", "/usr/lib/owed-was-here", false},
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    {"memory", Errc::plugin_bug, "ran out of memory; its limit is 256 MiB (limits: memory_mib)", "", false},
#endif
};

class ProgramMisdeed : public testing::TestWithParam<Misdeed> {};

TEST_P(ProgramMisdeed, costs_its_own_call) {
    const auto& m = GetParam();
    HostBench bench;
    bench.data.put("ours", "ledger");
    std::string with = m.with;
    if (with == "FILE") with = bench.data.path("ours");
    if (with == "NEW") with = bench.data.path("new");
    auto config = beast(m.deed, with);
    if (m.code == Errc::timed_out) config.limits.call_deadline = std::chrono::milliseconds{1'500};
    if (with.empty() && m.deed == std::string_view{"memory"}) config.limits.memory_mib = 256;   // below what supervision looks for
    auto& source = bench.start(config);
    ASSERT_TRUE(source.check()) << to_text(source.check().error());   // the interpreter's start is not under test
    KeptTarget target;
    const auto status = source.read({}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, m.code) << to_text(status.error());
    EXPECT_THAT(status.error().what, HasSubstr(m.says));
    EXPECT_EQ(source.report().restarts, m.dies ? 1u : 0u);
    EXPECT_TRUE(target.batches.empty());
    EXPECT_EQ(bench.data.get("ours"), "ledger");
    EXPECT_FALSE(bench.data.has("new"));
}
INSTANTIATE_TEST_SUITE_P(All, ProgramMisdeed, testing::ValuesIn(misdeeds));

TEST(Program, finds_its_folder_and_may_compute) {
    for (const char* deed : {"looks_around", "threads"}) {
        HostBench bench;
        KeptTarget target;
        const auto status = bench.start(beast(deed)).read({}, target);
        EXPECT_TRUE(status) << deed << ": " << to_text(status.error()) << bench.host->stderr_of("beast-1");
    }
}

// ---- versions

TEST(Program, versions_are_refused_by_either_side_by_naming_both) {
    const std::pair<const char*, const char*> cases[] = {
        {"speaks-seven", "the plugin speaks frames 7.3 (other-sdk 7.3), this host speaks 0.9"},
        {"refuses-hosts", "this host speaks frames 0.9, and the plugin (owed_frames.py 0.9) wants 9.9 or later"}};
    for (const auto& [plugin, says] : cases) {
        HostBench bench;
        auto config = beast("x");
        config.plugin = plugin;
        config.settings_json = "{}";
        auto& source = bench.start(config);
        const auto status = source.check();
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, Errc::unsupported) << to_text(status.error());
        EXPECT_EQ(status.error().what, says);
        EXPECT_FALSE(status.error().advice.empty());
        EXPECT_EQ(source.report().restarts, 0u);
    }
}

TEST(Program, one_that_prints_instead_is_told_so) {
    HostBench bench;
    auto config = beast("x");
    config.plugin = "says-nothing";
    config.settings_json = "{}";
    const auto status = bench.start(config).check();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::plugin_bug);
    EXPECT_THAT(status.error().what, HasSubstr("stderr is for text"));
}

// ---- grants

TEST(Program, grants_are_asked_for_and_given_or_the_instance_does_not_start) {
    auto none = own("good", "");
    none.own_network = false;
    none.programs.clear();
    auto half = own("good", "");
    half.programs.clear();
    auto unasked = beast("good");
    unasked.own_network = true;
    auto inside = beast("good");
    inside.isolation = InstanceConfig::Isolation::none;
    auto native = HostBench::good();
    native.own_network = true;
    auto relative = own("good", "", {"bin"});
    const std::pair<InstanceConfig, const char*> cases[] = {
        {none, "needs the grant \"network\""}, {half, "needs the grant \"programs\""}, {unasked, "which the manifest of plugin beast does not ask for"},
        {inside, "which cannot run inside the daemon"}, {native, "does not ask for"}, {relative, "\"bin\" is no whole path"}};
    for (const auto& [config, says] : cases) {
        HostBench bench;
        const auto status = bench.start(config).check();
        ASSERT_FALSE(status);
        EXPECT_THAT(status.error().what, HasSubstr(says));
        EXPECT_FALSE(status.error().advice.empty());
    }
}

TEST(Program, a_network_of_its_own_is_tcp_and_udp_and_no_server) {
    HostBench bench;
    KeptTarget target;
    auto& source = bench.start(own("network", ""));
    EXPECT_EQ(source.read({}, target).error().what, "sockets: AF_INET/SOCK_STREAM, AF_INET6/SOCK_DGRAM");
    HostBench other;
    EXPECT_THAT(other.start(own("listens", "")).read({}, target).error().what, HasSubstr("Operation not permitted"));
}

TEST(Program, a_network_of_its_own_reaches_a_server) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    ASSERT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), length), 0);
    ASSERT_EQ(::listen(server, 1), 0);
    ASSERT_EQ(::getsockname(server, reinterpret_cast<sockaddr*>(&address), &length), 0);
    std::thread answers{[server] {
        const int peer = ::accept(server, nullptr, nullptr);
        char words[4];
        if (::read(peer, words, sizeof words) == 4) (void)!::write(peer, "pong", 4);
        ::close(peer);
    }};
    HostBench bench;
    KeptTarget target;
    const auto status = bench.start(own("connects", std::to_string(ntohs(address.sin_port)))).read({}, target);
    ::shutdown(server, SHUT_RDWR);   // ends accept if nobody came
    answers.join();
    ::close(server);
    EXPECT_EQ(status.error().what, "heard pong");
}

/// A script in a folder of its own, which `programs:` names.
std::string script(const TempFolder& folder, const std::string& text) {
    folder.put("bin/tool", "#!/bin/sh\n" + text);
    std::filesystem::permissions(folder.path("bin/tool"), std::filesystem::perms{0755});
    return folder.path("bin/tool");
}

TEST(Program, starts_what_is_granted_and_nothing_else) {
    TempFolder folder;
    const auto tool = script(folder, "echo $1 two\n");
    HostBench bench;
    KeptTarget target;
    EXPECT_EQ(bench.start(own("starts_allowed", tool, {folder.path("bin")})).read({}, target).error().what, "it said one two ");
    HostBench other;
    EXPECT_THAT(other.start(own("starts_allowed", tool, {"/usr/bin/true"})).read({}, target).error().what, HasSubstr("Permission denied"));
    HostBench third;
    EXPECT_THAT(third.start(own("reads", "/etc/shadow")).read({}, target).error().what, HasSubstr("Permission denied"));
    HostBench fourth;
    EXPECT_THAT(fourth.start(own("writes", folder.path("bin/tool"), {folder.path("bin")})).read({}, target).error().what, HasSubstr("Permission denied"));
}

TEST(Program, what_it_started_ends_with_it) {
    TempFolder folder;
    HostBench bench;
    bench.options.work_folder = folder.path("work");
    // It keeps its number, which is that of a sleep for ever afterwards.
    const auto tool = script(folder, "echo $$ > pid.new; mv pid.new pid; exec sleep 1000000\n");
    auto& source = bench.start(own("leaves_child", tool, {folder.path("bin")}));
    KeptTarget target;
    EXPECT_EQ(source.read({}, target).error().what, "left");
    pid_t left = 0;
    for (int i = 0; i < 2000 && left == 0; ++i) {
        for (const auto& work : std::filesystem::directory_iterator{folder.path("work")}) std::ifstream{work.path() / "pid"} >> left;
        if (left == 0) std::this_thread::sleep_for(std::chrono::milliseconds{5});   // polls for what another process does
    }
    ASSERT_GT(left, 0);
    EXPECT_EQ(::kill(left, 0), 0);
    bench.host->stop();
    bool gone = false;
    for (int i = 0; i < 2000 && !gone; ++i) {
        std::string state;
        std::ifstream{"/proc/" + std::to_string(left) + "/stat"} >> state >> state >> state;
        gone = state.empty() || state == "Z";   // a zombie waits for whoever is init here
        if (!gone) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    EXPECT_TRUE(gone);
}

// ---- the loader's rules for both files

struct Installed : TempFolder {
    Installed() {
        put_file("p", "#!/usr/bin/python3\n", 0755);
        put_file("p.manifest.json", R"({"id": "p", "version": "1", "kinds": ["source"]})", 0644);
    }
    void put_file(const std::string& name, const std::string& text, int mode) const {
        put(name, text);
        std::filesystem::permissions(path(name), std::filesystem::perms(mode));
    }
    Error refusal(bool allow_unlisted = true) const {
        auto file = open_plugin(path(), "p", allow_unlisted);
        return file ? Error{Errc::internal, "it was opened", {}, {}} : file.error();
    }
};

TEST(ProgramFile, is_listed_with_its_manifest) {
    Installed folder;
    EXPECT_THAT(folder.refusal(false).what, HasSubstr("does not list this plugin"));
    ASSERT_TRUE(trust_plugin(folder.path(), "p"));
    const auto file = open_plugin(folder.path(), "p", false);
    ASSERT_TRUE(file) << to_text(file.error());
    EXPECT_TRUE(file->is_program());
    EXPECT_THAT(file->manifest_text(), HasSubstr("\"id\": \"p\""));
    EXPECT_THAT(folder.get("plugins.lock"), AllOf(HasSubstr("  p\n"), HasSubstr("  p.manifest.json\n")));
    ASSERT_TRUE(trust_plugin(folder.path(), "p"));   // once each, however often
    const auto lock = folder.get("plugins.lock");
    EXPECT_EQ(std::count(lock.begin(), lock.end(), '\n'), 2);
    folder.put_file("p.manifest.json", R"({"id": "p", "version": "1", "kinds": ["source"], "permissions": ["network"]})", 0644);
    EXPECT_THAT(folder.refusal(false).where, HasSubstr("p.manifest.json"));
    EXPECT_EQ(*list_plugins(folder.path()), std::vector<std::string>{"p"});
}

TEST(ProgramFile, is_refused_with_the_rule_that_it_breaks) {
    const struct {
        const char* says;
        void (*make)(const Installed&);
    } cases[] = {
        {"not executable", [](const Installed& f) { f.put_file("p", "#!/usr/bin/python3\n", 0644); }},
        {"can write to it", [](const Installed& f) { f.put_file("p", "#!/usr/bin/python3\n", 0775); }},
        {"can write to it", [](const Installed& f) { f.put_file("p.manifest.json", "{}", 0666); }},
        {"two plugins of this name", [](const Installed& f) { f.put_file("p.so", "", 0644); }},
        {"would start another program", [](const Installed& f) { f.put_file("p", "#!/usr/bin/env python3\n", 0755); }},
        {"lies neither below /usr nor below /bin", [](const Installed& f) { f.put_file("p", "#!/opt/venv/bin/python\n", 0755); }},
        {"no plain path", [](const Installed& f) { f.put_file("p", "#!/usr/../tmp/python\n", 0755); }},
        {"carriage return", [](const Installed& f) { f.put_file("p", "#!/usr/bin/python3\r\nx", 0755); }},
        {"neither an ELF program nor a script", [](const Installed& f) { f.put_file("p", "print()", 0755); }},
        {"no end within 255 bytes", [](const Installed& f) { f.put_file("p", "#!/usr/bin/" + std::string(300, 'x') + "\n", 0755); }},
        {"manifest is empty", [](const Installed& f) { f.put_file("p.manifest.json", "", 0644); }},
        {"symbolic link", [](const Installed& f) { f.put_file("q", "#!/usr/bin/python3\n", 0755); std::filesystem::remove(f.path("p")); std::filesystem::create_symlink(f.path("q"), f.path("p")); }},
        {"hard links", [](const Installed& f) { std::filesystem::create_hard_link(f.path("p"), f.path("q")); }},
        {"hard links", [](const Installed& f) { std::filesystem::create_hard_link(f.path("p.manifest.json"), f.path("q")); }},
        {"no plugin \"p\"", [](const Installed& f) { std::filesystem::remove(f.path("p.manifest.json")); }},
    };
    for (const auto& c : cases) {
        Installed folder;
        c.make(folder);
        const auto error = folder.refusal();
        EXPECT_THAT(error.what, HasSubstr(c.says)) << to_text(error);
    }
}

// ---- the released contract

TEST(Frames, every_op_is_documented) {

    std::ifstream in{owed::source_folder() + "/docs/reference/frames.md"};
    const std::string page{std::istreambuf_iterator<char>{in}, {}};
    ASSERT_FALSE(page.empty());
    int ops = 0;
    for (int number = 0; number < 1000; ++number) {
        const auto name = name_of(static_cast<Op>(number));
        if (name.empty()) continue;
        ++ops;
        const std::string row = "| " + std::to_string(number) + " | `" + std::string{name} + "` |";
        EXPECT_THAT(page, HasSubstr(row));
    }
    EXPECT_EQ(ops, 30);   // a new op: a row in the page, and a number of its own for ever
    for (const auto kind : {CallKind::create, CallKind::check, CallKind::read, CallKind::decode, CallKind::send, CallKind::lookup, CallKind::write,
                            CallKind::propose, CallKind::sniff})
        EXPECT_THAT(page, HasSubstr("| " + std::to_string(static_cast<int>(kind)) + " | `" + std::string{name_of(kind)} + "` |"));
    for (int code = 1; code < 200; ++code) {
        const auto name = owed::name_of(static_cast<Errc>(code));
        if (name == "unknown") continue;
        EXPECT_THAT(page, HasSubstr(std::to_string(code) + " " + std::string{name}));
    }
}

}  // namespace
}  // namespace owed::host
