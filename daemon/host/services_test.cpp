// The services of abi.h in both isolation modes, batches of records that are sent ahead, and tables that break the rules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "host/test_kinds.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using std::chrono::milliseconds;

class Services : public KindsBench {};
INSTANTIATE_TEST_SUITE_P(Isolation, Services, testing::Values(Isolation::process, Isolation::none),
                         [](const auto& test) { return test.param == Isolation::none ? "none" : "process"; });

// ---- secrets, metrics, progress

TEST_P(Services, secrets_are_there_or_not_and_never_read) {
    auto with = config("kinds");
    with.has_secret = [](std::string_view name) { return name == "api"; };
    with.secret = [](std::string_view) -> Result<std::string> {
        ADD_FAILURE() << "the secret was read";
        return std::string{};
    };
    with.oauth["token"] = {};
    auto& subject = start(with);
    for (const auto& [name, there] : {std::pair{"api", "yes"}, std::pair{"token", "yes"}, std::pair{"other", "no"}}) {
        KeptTarget target;
        ASSERT_TRUE(subject.read({std::string{"secret "} + name, {}}, target));
        EXPECT_THAT(target.cursors, ElementsAre(there)) << name;
    }
}

TEST_P(Services, counters_only_grow_and_gauges_are_set) {
    auto& subject = kinds();
    KeptTarget target;
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(subject.read({"figures", {}}, target));
    const auto report = subject.report();
    EXPECT_THAT(report.counters, ElementsAre(Pair(std::string(64, 'a'), 2), Pair("rows", 12)));
    EXPECT_THAT(report.gauges, ElementsAre(Pair("lag_s", -7)));
    EXPECT_TRUE(log.has("subject: the metric \"rows\" is dropped"));  // once a call, with the first
    EXPECT_EQ(std::count_if(log.lines.begin(), log.lines.end(), [](const auto& line) { return line.find("is dropped") != std::string::npos; }), 2);
}

TEST_P(Services, an_instance_has_64_figures_at_most) {
    auto& subject = kinds();
    KeptTarget target;
    ASSERT_TRUE(subject.read({"many_figures", {}}, target));
    EXPECT_EQ(subject.report().counters.size(), 64u);
    EXPECT_TRUE(log.has("the metric \"name_64\" is dropped"));
}

TEST_P(Services, progress_is_seen_while_the_call_runs_and_gone_after) {
    auto& subject = kinds();
    std::vector<std::string> seen;
    KeptTarget target;
    target.on_artifact = [&](const ArrivedArtifact& artifact) -> Result<ArtifactFate> {
        if (artifact.name == "page-4") {  // as intake does while the read waits; the codec's call is another
            KeptRecords kept;
            EXPECT_TRUE(subject.decode("f", "x", "", "", kept));
        }
        const auto report = subject.report();
        seen.push_back(report.running + " | " + report.progress);
        return ArtifactFate::taken;
    };
    EXPECT_EQ(subject.report().last_call, std::nullopt);
    ASSERT_TRUE(subject.read({"progress", {}}, target));
    EXPECT_THAT(seen, ElementsAre("read | 300 of 1200: accounts, page 3", "read | 300 of 1200: accounts, page 3",
                                  "read | 301: " + std::string(199, 'x')));  // 200 bytes, cut before a character and not in it
    const auto after = subject.report();
    EXPECT_EQ(after.running + after.progress, "");
    EXPECT_EQ(after.last_call, clock.now());
    EXPECT_EQ(after.last_good, clock.now());
    clock.advance_s(9);
    EXPECT_FALSE(subject.write(statuses({"auth"})));
    EXPECT_EQ(subject.report().last_call, clock.now());
    EXPECT_NE(subject.report().last_good, clock.now());
}

// ---- clock.wait

TEST_P(Services, a_wait_passes_on_the_hosts_clock) {
    std::vector<std::uint64_t> waits;
    options.sleep = [&](std::uint64_t millis, const std::function<bool()>& stop) {
        EXPECT_FALSE(stop());
        waits.push_back(millis);
        clock.micros += static_cast<std::int64_t>(millis) * 1'000;
        return true;
    };
    auto& subject = kinds();
    const auto before = clock.now().micros;
    KeptTarget target;
    ASSERT_TRUE(subject.read({"wait 150000", {}}, target));
    EXPECT_THAT(waits, ElementsAre(60'000u, 60'000u, 30'000u));  // the wrapper takes any time, the host a minute at most
    EXPECT_THAT(target.cursors, ElementsAre(std::to_string(before + 150'000'000)));
    const auto longer = raw("wait too long").read({}, target);
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().code, Errc::data);
    EXPECT_THAT(longer.error().what, HasSubstr("at most 60,000 ms"));
}

TEST_P(Services, a_wait_counts_against_the_deadline) {
    auto soon = config("kinds");
    soon.limits.call_deadline = milliseconds{200};
    options.polite_end = std::chrono::seconds{5};
    auto& subject = start(soon);
    const auto began = std::chrono::steady_clock::now();
    KeptTarget target;
    const auto status = subject.read({"wait 30000", {}}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::timed_out) << to_text(status.error());
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{2});
    EXPECT_EQ(subject.report().restarts, 0u);
}

TEST_P(Services, a_wait_ends_when_owed_stops) {
    auto& subject = kinds();
    Status status;
    std::thread reading{[&] {
        KeptTarget target;
        status = subject.read({"wait 60000", {}}, target);
    }};
    while (subject.report().running.empty()) std::this_thread::yield();
    const auto began = std::chrono::steady_clock::now();
    host->stop();
    reading.join();
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds{2});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::cancelled);
}

// ---- drafts

TEST_P(Services, a_draft_service_is_there_only_where_drafts_are_allowed) {
    for (const bool allowed : {false, true}) {
        auto drafty = config("raw", "trace");
        drafty.allow_drafts = allowed;
        KeptTarget target;
        ASSERT_TRUE(start(drafty).read({}, target));
        EXPECT_THAT(target.cursors, ElementsAre(allowed ? "traced" : "no trace"));
        EXPECT_EQ(log.has("subject: trace halfway"), allowed);
    }
}

// ---- record batches sent ahead

struct Batches {
    const char* what;
    Errc code;
    std::size_t batches;  ///< that reached the store's side, uncommitted
};

TEST_P(Services, a_fault_in_a_batch_is_never_lost) {
    const Batches cases[] = {{"stop at the fault", Errc::malformed_input, 2}, {"ignore and commit", Errc::malformed_input, 2},
                             {"commit twice", Errc::malformed_input, 2},      {"never commit", Errc::malformed_input, 2},
                             {"hand over an artifact", Errc::malformed_input, 2}, {"say something else", Errc::transient, 2}};
    for (const auto& c : cases) {
        auto& subject = raw(c.what);
        KeptTarget target;
        const auto status = subject.read({}, target);
        ASSERT_FALSE(status) << c.what;
        EXPECT_EQ(status.error().code, c.code) << c.what << ": " << to_text(status.error());
        if (c.code == Errc::malformed_input) {
            EXPECT_EQ(status.error().where, "records[1].ArDocument.kind") << c.what;
        }
        EXPECT_TRUE(log.has("records[1].ArDocument.kind")) << c.what;
        EXPECT_EQ(target.batches.size(), c.batches) << c.what;
        EXPECT_THAT(target.cursors, IsEmpty()) << c.what;
        EXPECT_THAT(target.artifacts, IsEmpty()) << c.what;
        log.lines.clear();
        // The next read is a new one.
        EXPECT_FALSE(subject.read({}, target));
        EXPECT_EQ(target.batches.size(), 2 * c.batches) << c.what;
        EXPECT_EQ(subject.report().restarts, 0u);
    }
}

TEST_P(Services, a_fault_in_a_batch_refuses_the_file) {
    for (const char* what : {"stop at the fault", "ignore"}) {
        KeptRecords kept;
        const auto report = raw(what).decode("f", "x", "", "", kept);
        ASSERT_FALSE(report) << what;
        EXPECT_EQ(report.error().code, Errc::malformed_input) << to_text(report.error());
        EXPECT_EQ(report.error().where, "records[1].ArDocument.kind") << what;
    }
}

TEST_P(Services, a_store_that_is_full_in_the_middle_of_batches_ends_the_read) {
    struct Full : KeptTarget {
        Status records(std::string_view batch) override {
            if (batches.size() == 3) return fail(Errc::store_full, "the disk is full", "DATA/owed.db");
            return KeptTarget::records(batch);
        }
    };
    Full target;
    const auto status = kinds().read({"flood 20000", {}}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::store_full);
    EXPECT_EQ(status.error().where, "DATA/owed.db");
    EXPECT_EQ(target.batches.size(), 3u);
    EXPECT_THAT(target.cursors, IsEmpty());
}

TEST(ServicesIsolated, what_was_sent_ahead_of_a_death_is_not_committed) {
    HostBench bench;
    InstanceConfig config;
    config.name = "subject";
    config.plugin = "raw";
    config.settings_json = R"({"do": "x"})";
    KeptTarget target;
    const auto status = bench.start(config).read({"die between batches", {}}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::plugin_crashed);
    EXPECT_LE(target.batches.size(), 5u);
    EXPECT_THAT(target.cursors, IsEmpty());
}

TEST_P(Services, a_flood_of_records_keeps_its_order_and_bounds_memory) {
    struct Counting : KeptTarget {
        explicit Counting(std::function<std::uint64_t()> look_) : look{std::move(look_)} {}
        Status records(std::string_view batch) override {
            KeptRecords kept;
            OWED_TRY_VOID(wire::decode_batch(batch, {}, kept));
            for (const auto& record : kept.records) in_order += record.external_id == std::to_string(in_order);
            count += kept.records.size();
            rss_max = std::max(rss_max, look());
            return {};
        }
        std::function<std::uint64_t()> look;
        std::uint64_t count = 0, in_order = 0, rss_max = 0;
    };
    auto& subject = kinds();
    Counting target{[&] { return subject.report().rss_bytes; }};
    ASSERT_TRUE(subject.read({"flood 100000", {}}, target));
    EXPECT_EQ(target.count, 100'000u);
    EXPECT_EQ(target.in_order, 100'000u);
    EXPECT_THAT(target.cursors, ElementsAre("done"));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    if (GetParam() == Isolation::process) {
        EXPECT_LT(target.rss_max, 40u << 20);
    }
#endif
}

/// The child is faster than whoever takes its batches, each of which is larger than a frame holds.
TEST_P(Services, large_batches_that_run_ahead_of_a_slow_taker_come_as_they_were_sent) {
    struct Slow : KeptTarget {
        Status records(std::string_view batch) override {
            for (int i = 0; i < 20; ++i) {
                KeptRecords again;
                OWED_TRY_VOID(wire::decode_batch(batch, {}, again));
            }
            KeptRecords kept;
            OWED_TRY_VOID(wire::decode_batch(batch, {}, kept));
            for (const auto& record : kept.records) numbers.push_back(record.external_id);
            return {};
        }
        std::vector<std::string> numbers;
    } target;
    const auto status = kinds().read({"flood 10000 2000", {}}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    ASSERT_EQ(target.numbers.size(), 10'000u);
    for (std::size_t i = 0; i < target.numbers.size(); ++i) ASSERT_EQ(target.numbers[i], std::to_string(i));
    EXPECT_THAT(target.cursors, ElementsAre("done"));
}

// ---- tables that break the rules

TEST_P(Services, a_table_that_is_too_small_or_has_a_hole_is_the_plugins_bug) {
    const std::pair<const char*, const char*> cases[] = {
        {"small source", "owed.source/1 has 24 bytes where boundary 0.9 has 32"},
        {"small codec", "owed.codec/1 has 16 bytes where boundary 0.9 has 24"},
        {"small sender", "owed.sender/1 has 24 bytes where boundary 0.9 has 32"},
        {"small sink", "owed.sink/1 has 24 bytes where boundary 0.9 has 32"},
        {"small agency", "owed.agency/1 has 48 bytes where boundary 0.9 has 56"},
        {"empty decider", "owed.decider/1 has 0 bytes where boundary 0.9 has 16"},
        {"hole in source.check", "owed.source/1 has no function check"},
        {"hole in source.read", "owed.source/1 has no function read"},
        {"hole in codec.sniff", "owed.codec/1 has no function sniff"},
        {"hole in codec.decode", "owed.codec/1 has no function decode"},
        {"hole in sender.check", "owed.sender/1 has no function check"},
        {"hole in sender.send", "owed.sender/1 has no function send"},
        {"hole in sender.lookup", "owed.sender/1 has no function lookup"},
        {"hole in sink.check", "owed.sink/1 has no function check"},
        {"hole in sink.write", "owed.sink/1 has no function write"},
        {"hole in agency.check", "owed.agency/1 has no function check"},
        {"hole in agency.place", "owed.agency/1 has no function place"},
        {"hole in agency.update", "owed.agency/1 has no function update"},
        {"hole in agency.recall", "owed.agency/1 has no function recall"},
        {"hole in agency.lookup", "owed.agency/1 has no function lookup"},
        {"hole in agency.fetch", "owed.agency/1 has no function fetch"},
        {"hole in decider.propose", "owed.decider/1 has no function propose"},
        {"hole in extension", "left its instance empty"},
        {"hole in destroy", "left its instance empty"}};
    for (const auto& [what, says] : cases) {
        const auto status = raw(what).check();
        ASSERT_FALSE(status) << what;
        EXPECT_EQ(status.error().code, Errc::plugin_bug) << what;
        EXPECT_THAT(status.error().what, HasSubstr(says)) << what;
        EXPECT_THAT(status.error().what, HasSubstr("plugin raw, instance subject, create: ")) << what;
    }
}

TEST_P(Services, functions_that_may_be_missing_are_not_missed) {
    EXPECT_TRUE(raw("hole in source.cancel").check());
    EXPECT_TRUE(raw("hole in sink.lookup").check());
}

TEST_P(Services, a_kind_without_its_table_is_named) {
    struct Case {
        const char* what;
        std::function<Status(Connector&)> call;
        const char* id;
    };
    const Case cases[] = {
        {"no source", [](Connector& c) { KeptTarget target; return c.read({}, target).map([] {}); }, ""},
        {"no codec", [](Connector& c) { KeptRecords kept; return c.decode("f", "x", "", "", kept).map([](auto&&) {}); }, OWED_CODEC_1},
        {"no codec", [](Connector& c) { return c.sniff("f", "x").map([](auto&&) {}); }, OWED_CODEC_1},
        {"no sender", [](Connector& c) { return c.send({"k", "email", "", {}, "", {}, {}, ""}).map([](auto&&) {}); }, OWED_SENDER_1},
        {"no sink", [](Connector& c) { return c.write(statuses({"a"})).map([](auto&&) {}); }, OWED_SINK_1},
        {"no decider", [](Connector& c) { return c.propose(question("x")).map([](auto&&) {}); }, OWED_DECIDER_1}};
    for (const auto& c : cases) {
        const auto status = c.call(raw(c.what));
        if (*c.id == '\0') {
            EXPECT_TRUE(status);  // its agency is read in place of the source
            continue;
        }
        ASSERT_FALSE(status) << c.what;
        EXPECT_EQ(status.error().code, Errc::unsupported) << c.what;
        EXPECT_THAT(status.error().what, HasSubstr(c.id)) << to_text(status.error());
    }
}

TEST_P(Services, null_pointers_to_host_functions_are_the_plugins_bug_and_no_crash) {
    KeptTarget target;
    const auto status = raw("nulls").read({}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    EXPECT_THAT(target.cursors, ElementsAre("nulls"));
}

}  // namespace
}  // namespace owed::host
