// Reload and upgrade of instances: what is proven first, what keeps its process, how the former one ends, and the way back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <tuple>

#include "host/test_moody.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string cursor_of(Connector& connector, std::string cursor = "0") {
    KeptTarget target;
    const auto status = connector.read({std::move(cursor), {}}, target);
    return status ? target.cursors.at(0) : to_text(status.error());
}
bool lives(std::int64_t pid) { return ::kill(static_cast<pid_t>(pid), 0) == 0; }

struct Reload : testing::Test, MoodyBench {};

TEST_F(Reload, the_same_configuration_keeps_every_process) {
    MoodyBench::start({moody("a"), moody("b")});
    for (const auto* name : {"a", "b"}) ASSERT_EQ(cursor_of(*host->find(name)), "1");
    const auto a = pids("a"), b = pids("b");
    auto moved = moody("b");
    moved.where = "owed.yaml:99:1";
    moved.settings_json = R"({ "prefix": "C",  "out": "folder:out-b"})";  // the default, written out, is another text
    auto same = moody("a");
    same.settings_json = R"({"out" : "folder:out-a"})";
    const auto done = reload({same, moody("b")});
    ASSERT_TRUE(done);
    EXPECT_THAT(done->kept, ElementsAre("a", "b"));
    EXPECT_THAT(done->switched, IsEmpty());
    EXPECT_EQ(pids("a"), a);
    EXPECT_EQ(pids("b"), b);
    EXPECT_THAT(reload({same, moved})->switched, ElementsAre("b"));
}

TEST_F(Reload, what_changed_is_replaced_and_the_others_are_left_alone) {
    MoodyBench::start({moody("a"), moody("b"), moody("c")});
    for (const auto* name : {"a", "b", "c"}) ASSERT_EQ(cursor_of(*host->find(name)), "1");
    auto* const held = host->find("b");
    auto* const removed = host->find("c");
    const auto a = pids("a"), b = pids("b"), c = pids("c");
    const auto done = reload({moody("d"), moody("b", R"("batch": 5)"), moody("a")});
    ASSERT_TRUE(done);
    EXPECT_THAT(done->kept, ElementsAre("a"));
    EXPECT_THAT(done->switched, ElementsAre("b"));
    EXPECT_THAT(done->added, ElementsAre("d"));
    EXPECT_THAT(done->removed, ElementsAre("c"));
    EXPECT_EQ(pids("a"), a);
    EXPECT_NE(pids("b"), b);
    EXPECT_FALSE(pids("d").empty()) << "it was tried before it was taken";
    EXPECT_EQ(cursor_of(*held, "7"), "12") << "what was handed out is the connector, not its instance";
    EXPECT_EQ(host->find("c"), nullptr);
    EXPECT_THAT(cursor_of(*removed), HasSubstr("connector c is not configured any more"));
    std::vector<std::string> order;
    for (auto* connector : host->connectors()) order.push_back(connector->name());
    EXPECT_THAT(order, ElementsAre("d", "b", "a"));
    host->wait_drained();
    EXPECT_FALSE(lives(b.at(0)) || lives(c.at(0)));
    ASSERT_TRUE(reload({moody("c")}));
    EXPECT_EQ(cursor_of(*removed), "1") << "configured again, it is the same connector";
}

TEST_F(Reload, a_program_is_taken_anew_when_it_or_its_manifest_changed) {
    namespace fs = std::filesystem;
    const auto text_of = [](const std::string& path) {
        std::ifstream in{path, std::ios::binary};
        return std::string{std::istreambuf_iterator<char>{in}, {}};
    };
    const auto install_program = [&](const std::string& program, const std::string& manifest) {
        for (const auto& [name, text, rights] : {std::tuple{"beast", program, fs::perms{0755}}, std::tuple{"beast.manifest.json", manifest, fs::perms{0644}}}) {
            std::ofstream{plugins.path("new"), std::ios::binary} << text;
            fs::permissions(plugins.path("new"), rights);
            fs::rename(plugins.path("new"), plugins.path(name));
        }
    };
    const auto program = text_of(zoo_folder() + "/beast"), manifest = text_of(zoo_folder() + "/beast.manifest.json");
    auto newer = manifest;
    newer.replace(newer.find("1.0.0"), 5, "1.1.0");
    InstanceConfig config = moody("p");
    config.plugin = "beast";
    config.settings_json = R"({"do": "good", "with": ""})";
    install_program(program, manifest);
    MoodyBench::start({config});
    EXPECT_EQ(report("p").version, "1.0.0");
    EXPECT_THAT(reload({config})->kept, ElementsAre("p"));

    install_program(program, newer);   // the manifest alone
    const auto taken = reload({config});
    ASSERT_TRUE(taken) << to_text(taken.error().at(0));
    EXPECT_THAT(taken->switched, ElementsAre("p"));
    EXPECT_EQ(report("p").version, "1.1.0");
    ASSERT_EQ(taken->upgraded.size(), 1u);
    EXPECT_EQ(taken->upgraded[0].to, "1.1.0");

    install_program(program + "\n", newer);   // the program alone; what follows the archive is its comment
    EXPECT_THAT(reload({config})->switched, ElementsAre("p"));
    EXPECT_THAT(reload({config})->kept, ElementsAre("p"));
}

TEST_F(Reload, one_mistake_changes_nothing_and_all_of_them_are_told) {
    MoodyBench::start({moody("a"), moody("b")});
    for (const auto* name : {"a", "b"}) ASSERT_EQ(cursor_of(*host->find(name)), "1");
    const auto a = pids("a"), b = pids("b");
    auto unknown = moody("c");
    unknown.plugin = "nowhere";
    unknown.where = "owed.yaml:30:5";
    const auto done = reload({moody("a", R"("batch": 2)"), moody("b", R"("batch": 5000)"), unknown});
    ASSERT_FALSE(done);
    ASSERT_EQ(done.error().size(), 2u);
    EXPECT_THAT(done.error()[0].where, HasSubstr("owed.yaml:12:5"));
    EXPECT_THAT(done.error()[0].what, HasSubstr("settings/batch"));
    EXPECT_THAT(done.error()[1].where, HasSubstr("owed.yaml:30:5"));
    EXPECT_EQ(pids("a"), a);
    EXPECT_EQ(pids("b"), b);
    EXPECT_EQ(cursor_of(*host->find("a")), "1");
    EXPECT_EQ(host->find("c"), nullptr);
}

TEST_F(Reload, a_wrong_password_is_refused_and_a_server_that_is_down_is_a_note) {
    MoodyBench::start({moody("a")});
    const auto wrong = reload({moody("a", R"("check": "auth")")});
    ASSERT_FALSE(wrong);
    EXPECT_THAT(to_text(wrong.error().at(0)), HasSubstr("the password is wrong"));
    EXPECT_THAT(wrong.error().at(0).where, HasSubstr("owed.yaml:12:5"));
    const auto down = reload({moody("a", R"("check": "down")")});
    ASSERT_TRUE(down);
    EXPECT_THAT(down->switched, ElementsAre("a"));
    EXPECT_THAT(down->notes, ElementsAre(HasSubstr("nobody answers")));
}

TEST_F(Reload, a_dropped_change_leaves_no_process_behind) {
    MoodyBench::start({moody("a")});
    {
        auto change = host->stage({moody("a", R"("batch": 3)"), moody("b")});
        ASSERT_TRUE(change);
        EXPECT_THAT((*change)->outcome().added, ElementsAre("b"));
    }
    EXPECT_EQ(host->find("b"), nullptr);
    EXPECT_EQ(cursor_of(*host->find("a")), "1");
    host->stop();
}

TEST_F(Reload, a_running_call_ends_where_it_began_and_the_next_one_waits_for_it) {
    std::promise<void> within, on;
    options.sleep = [&, first = true](std::uint64_t, const std::function<bool()>&) mutable {
        if (!std::exchange(first, false)) return true;
        within.set_value();
        on.get_future().wait();
        return true;
    };
    MoodyBench::start({moody("a", R"("pause_ms": 1)")});
    auto* const a = host->find("a");
    struct Noting : KeptTarget {
        std::vector<std::string>& order;
        explicit Noting(std::vector<std::string>& order_) : order{order_} {}
        Status commit(std::string_view cursor, const std::map<std::string, std::string>&) override {
            order.emplace_back(cursor);
            return {};
        }
    };
    std::vector<std::string> order;  // without a lock: two reads at a time would be the fault that is looked for
    Noting first{order}, second{order};
    auto reading = std::async(std::launch::async, [&] { return a->read({"10", {}}, first); });
    within.get_future().wait();
    ASSERT_TRUE(reload({moody("a", R"("batch": 4)")}));
    auto next = std::async(std::launch::async, [&] { return a->read({"20", {}}, second); });
    on.set_value();
    EXPECT_TRUE(next.get());
    EXPECT_TRUE(reading.get());
    EXPECT_THAT(order, ElementsAre("11", "24"));
}

TEST_F(Reload, a_call_that_does_not_end_is_stopped_after_the_drain) {
    options.drain = std::chrono::milliseconds{50};
    std::promise<void> within;
    options.sleep = [&](std::uint64_t, const std::function<bool()>& stop) {
        within.set_value();
        while (!stop()) std::this_thread::yield();
        return false;
    };
    MoodyBench::start({moody("a", R"("pause_ms": 9000)")});
    auto* const a = host->find("a");
    KeptTarget target;
    auto reading = std::async(std::launch::async, [&] { return a->read({"10", {}}, target); });
    within.get_future().wait();
    ASSERT_TRUE(reload({moody("a")}));
    EXPECT_EQ(cursor_of(*a, "20"), "21");
    const auto stopped = reading.get();
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Errc::cancelled);
    EXPECT_THAT(target.cursors, IsEmpty());
}

TEST_F(Reload, an_instance_that_was_broken_before_stops_nobody_and_is_healed) {
    auto broken = moody("a");
    broken.plugin = "later";
    MoodyBench::start({broken, moody("b")});
    EXPECT_EQ(report("a").state, InstanceState::failed);
    const auto done = reload({broken, moody("b", R"("batch": 2)")});
    ASSERT_TRUE(done);
    EXPECT_THAT(done->switched, ElementsAre("b"));
    EXPECT_THAT(done->notes, ElementsAre(HasSubstr("connector a still cannot be used")));
    ASSERT_TRUE(reload({moody("a"), moody("b", R"("batch": 2)")}));
    EXPECT_EQ(report("a").state, InstanceState::ok);
}

TEST_F(Reload, secrets_are_told_apart_by_their_references) {
    auto config = moody("a");
    config.fingerprint = "key=file:/one";
    MoodyBench::start({config});
    EXPECT_THAT(reload({config})->kept, ElementsAre("a"));
    config.fingerprint = "key=file:/two";
    EXPECT_THAT(reload({config})->switched, ElementsAre("a"));
}

struct Upgrade : Reload {};

TEST_F(Upgrade, a_new_file_is_taken_side_by_side_at_a_reload_and_not_before) {
    MoodyBench::start({moody("a")});
    install("2");
    ASSERT_EQ(cursor_of(*host->find("a")), "1");
    EXPECT_EQ(report("a").version, "1.0.0");
    const auto before = pids("a");
    const auto done = reload({moody("a")});
    ASSERT_TRUE(done);
    ASSERT_EQ(done->upgraded.size(), 1u);
    EXPECT_EQ(done->upgraded[0].from + " -> " + done->upgraded[0].to, "1.0.0 -> 2.0.0");
    EXPECT_EQ(report("a").version, "2.0.0");
    EXPECT_TRUE(report("a").on_probation);
    EXPECT_NE(pids("a"), before);
    clock.advance_s(options.probation.count() + 1);
    host->tend();
    EXPECT_FALSE(report("a").on_probation);
}

TEST_F(Upgrade, a_file_whose_trial_fails_is_not_taken) {
    MoodyBench::start({moody("a")});
    ASSERT_EQ(cursor_of(*host->find("a")), "1");
    const auto before = pids("a");
    install("refuses");
    const auto done = reload({moody("a")});
    ASSERT_FALSE(done);
    EXPECT_THAT(to_text(done.error().at(0)), HasSubstr("wants nothing to do with these settings"));
    EXPECT_EQ(pids("a"), before);
    EXPECT_EQ(report("a").version, "1.0.0");
}

TEST_F(Upgrade, a_crash_loop_goes_back_to_the_former_file_by_itself) {
    MoodyBench::start({moody("a")});
    ASSERT_EQ(cursor_of(*host->find("a")), "1");
    install("crashes");
    ASSERT_TRUE(reload({moody("a")}));
    for (int death = 0; death < 5; ++death) {
        EXPECT_THAT(cursor_of(*host->find("a")), HasSubstr("SIGABRT"));
        clock.advance_s(20);
    }
    EXPECT_EQ(cursor_of(*host->find("a")), "1") << "the next call finds the former file";
    const auto after = report("a");
    EXPECT_EQ(after.version, "1.0.0");
    EXPECT_EQ(after.state, InstanceState::degraded);
    EXPECT_EQ(after.restarts, 5u);
    EXPECT_EQ(after.deaths.at("crash"), 5u);
    EXPECT_THAT(after.rolled_back, HasSubstr("version 2.1.0 of plugin moody crashed again and again and was rolled back to version 1.0.0"));
    EXPECT_TRUE(log.has("rolled back to version 1.0.0"));

    const auto again = reload({moody("a")});
    ASSERT_TRUE(again);
    EXPECT_THAT(again->kept, ElementsAre("a"));
    EXPECT_THAT(again->notes, ElementsAre(HasSubstr("2.1.0 crashed here")));
    install("2");
    ASSERT_TRUE(reload({moody("a")}));
    EXPECT_EQ(report("a").version, "2.0.0");
    EXPECT_EQ(report("a").rolled_back, "");
}

TEST_F(Upgrade, a_released_instance_tries_the_file_again) {
    MoodyBench::start({moody("a")});
    install("crashes");
    ASSERT_TRUE(reload({moody("a")}));
    for (int death = 0; death < 5; ++death, clock.advance_s(20)) EXPECT_NE(cursor_of(*host->find("a")), "1");
    host->tend();
    EXPECT_NE(report("a").rolled_back, "");
    ASSERT_TRUE(host->release("a"));
    EXPECT_EQ(report("a").rolled_back, "");
    EXPECT_THAT(reload({moody("a")})->switched, ElementsAre("a"));
}

TEST_F(Upgrade, after_the_probation_a_crash_loop_is_quarantine) {
    MoodyBench::start({moody("a")});
    install("crashes");
    ASSERT_TRUE(reload({moody("a")}));
    clock.advance_s(options.probation.count() + 1);
    host->tend();
    for (int death = 0; death < 5; ++death, clock.advance_s(20)) EXPECT_NE(cursor_of(*host->find("a")), "1");
    EXPECT_EQ(report("a").state, InstanceState::quarantined);
    EXPECT_EQ(report("a").version, "2.1.0");
}

TEST_F(Upgrade, an_older_version_needs_a_word) {
    options.version_floor = [](std::string_view) { return std::optional<std::string>{"2.0.0"}; };
    install("2");
    MoodyBench::start({moody("a")});
    install("1");
    const auto refused = reload({moody("a")});
    ASSERT_FALSE(refused);
    EXPECT_THAT(to_text(refused.error().at(0)), HasSubstr("version 2.0.0 has run here before"));
    const auto allowed = reload({moody("a")}, {.allow_downgrade = true});
    ASSERT_TRUE(allowed);
    EXPECT_EQ(allowed->upgraded.at(0).to, "1.0.0");
}

TEST_F(Upgrade, in_the_daemon_itself_the_new_file_is_tried_in_a_child_first) {
    auto config = moody("a");
    config.isolation = InstanceConfig::Isolation::none;
    MoodyBench::start({config});
    ASSERT_EQ(cursor_of(*host->find("a")), "1");
    install("refuses");
    EXPECT_FALSE(reload({config}));
    install("2");
    ASSERT_TRUE(reload({config}));
    KeptTarget target;
    ASSERT_TRUE(host->find("a")->read({"0", {}}, target));
    KeptRecords kept;
    ASSERT_TRUE(wire::decode_batch(target.batches.at(0), {}, kept));
    EXPECT_EQ(std::get<Customer>(kept.records.at(0).body).name, "of version 2");
}

}  // namespace
}  // namespace owed::host
