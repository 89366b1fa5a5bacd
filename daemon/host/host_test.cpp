#include "host/host.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/test_doors.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::HasSubstr;
using Isolation = InstanceConfig::Isolation;

class BothIsolations : public testing::TestWithParam<Isolation>, public HostBench {};
INSTANTIATE_TEST_SUITE_P(Isolation, BothIsolations, testing::Values(Isolation::process, Isolation::none),
                         [](const auto& test) { return test.param == Isolation::none ? "none" : "process"; });

TEST_P(BothIsolations, a_read_hands_over_files_records_state_and_cursor) {
    data.put("drop/a.csv", "1,Anna\n");
    data.put("drop/b.csv", "2,Ben\n");
    data.put("drop/notes.txt", "no csv");
    auto& bank = start(good(GetParam()));
    ASSERT_TRUE(bank.check());
    KeptTarget target;
    const auto status = bank.read({"7", {{"runs", "x"}, {"gone", "y"}}}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    ASSERT_EQ(target.artifacts.size(), 3u);
    EXPECT_EQ(target.artifacts[0].name, "a.csv");
    EXPECT_EQ(target.artifacts[0].bytes, "1,Anna\n");
    EXPECT_EQ(target.artifacts[1].name, "b.csv");
    EXPECT_EQ(target.artifacts[2].bytes, "{\"page\": 1}");
    EXPECT_THAT(target.cursors, testing::ElementsAre("7+1"));
    EXPECT_THAT(target.state_changes.at(0), testing::ElementsAre(testing::Pair("gone", ""), testing::Pair("runs", "xx")));
    KeptRecords kept;
    ASSERT_TRUE(wire::decode_batch(target.batches.at(0), {}, kept));
    EXPECT_EQ(std::get<Customer>(kept.records.at(0).body).number, "C-7");
    EXPECT_TRUE(log.has("house-bank: reading at 2026-"));
    EXPECT_TRUE(data.has("drop/archive/a.csv") && data.has("drop/archive/b.csv") && data.has("drop/notes.txt"));
    EXPECT_FALSE(data.has("drop/a.csv"));
    EXPECT_EQ(host->connectors()[0]->report().state, InstanceState::ok);
}

TEST_P(BothIsolations, a_large_file_decodes_into_the_same_records) {
    std::string file;
    for (int i = 0; i < 20'000; ++i) file += std::to_string(i) + ",Müller number " + std::to_string(i) + "\n";
    auto& bank = start(good(GetParam()));
    KeptRecords kept;
    const auto report = bank.decode("big.csv", file, "", "", kept);
    ASSERT_TRUE(report) << to_text(report.error());
    EXPECT_EQ(report->records, 20'000u);
    ASSERT_EQ(kept.records.size(), 20'000u);
    EXPECT_EQ(std::get<Customer>(kept.records[19'999].body).name, "Müller number 19999");
    EXPECT_EQ(kept.records[41].where, "big.csv:42");
}

TEST_P(BothIsolations, a_refused_file_says_where_and_stands_in_rejected_with_its_reason) {
    data.put("drop/bad.csv", "1,Anna\nno comma here\n");
    auto& bank = start(good(GetParam()));
    KeptTarget target;
    target.on_artifact = [&](const ArrivedArtifact& artifact) -> Result<ArtifactFate> {
        if (artifact.name != "bad.csv") return ArtifactFate::taken;
        // As intake does: the file is decoded while the read waits.
        KeptRecords kept;
        const auto report = bank.decode(artifact.name, artifact.bytes, "", "", kept);
        EXPECT_FALSE(report);
        EXPECT_EQ(report.error().code, Errc::malformed_input);
        EXPECT_EQ(report.error().where, "bad.csv:2");
        EXPECT_THAT(report.error().advice, HasSubstr("comma"));
        return ArtifactFate::rejected;
    };
    ASSERT_TRUE(bank.read({}, target));
    EXPECT_TRUE(data.has("drop/rejected/bad.csv"));
    EXPECT_THAT(data.get("drop/rejected/bad.csv.reason"), HasSubstr("bad.csv:2: the line \"no comma here\" has no comma"));
}

TEST_P(BothIsolations, a_store_that_is_full_ends_the_read_and_leaves_the_file) {
    data.put("drop/a.csv", "1,Anna\n");
    auto& bank = start(good(GetParam()));
    KeptTarget target;
    target.on_artifact = [](const ArrivedArtifact&) -> Result<ArtifactFate> { return fail(Errc::store_full, "the disk is full", "DATA/owed.db"); };
    const auto status = bank.read({}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::store_full);
    EXPECT_EQ(status.error().where, "DATA/owed.db");
    EXPECT_TRUE(data.has("drop/a.csv"));
    EXPECT_TRUE(target.cursors.empty());
    EXPECT_EQ(bank.report().state, InstanceState::degraded);
}

TEST_P(BothIsolations, a_letter_is_written_once_and_found_again) {
    auto& bank = start(good(GetParam()));
    const Delivery letter{"k-1", "letter", "", {}, "", {{"x.pdf", "application/pdf", "%PDF"}}, {}, ""};
    EXPECT_EQ(*bank.lookup("k-1"), std::nullopt);
    for (int i = 0; i < 2; ++i) {
        const auto receipt = bank.send(letter);
        ASSERT_TRUE(receipt) << to_text(receipt.error());
        EXPECT_EQ(receipt->state, SendState::sent);
    }
    EXPECT_EQ(data.get("drop/k-1.pdf"), "%PDF");
    EXPECT_EQ((*bank.lookup("k-1"))->provider_id, "k-1.pdf");
    auto other = letter;
    other.parts[0].bytes = "%other";
    EXPECT_EQ(bank.send(other).error().code, Errc::already_exists);
}

struct Sending {
    transports::Outcome outcome;
    const char* facts;
    SendState state;      ///< of the receipt, when there is one
    Errc code;            ///< else of the error
    bool receipt;
};

TEST_P(BothIsolations, what_a_send_says_about_what_left) {
    const Sending cases[] = {
        {transports::Outcome::ok, "", SendState::sent, {}, true},
        {transports::Outcome::ok, "lie", SendState::unknown, {}, true},
        {transports::Outcome::unknown_outcome, "", SendState::unknown, {}, true},
        {transports::Outcome::unknown_outcome, "lie", SendState::unknown, {}, true},
        {transports::Outcome::transient, "", {}, Errc::transient, false},
        {transports::Outcome::refused, "", {}, Errc::permanent, false},
        {transports::Outcome::auth, "", {}, Errc::auth, false},
        {transports::Outcome::untrusted, "", {}, Errc::invalid_config, false},
        {transports::Outcome::rate_limited, "", {}, Errc::rate_limited, false},
    };
    transports::Request seen;
    auto config = good(GetParam());
    config.secret = [](std::string_view name) -> Result<std::string> {
        if (name == "smtp") return std::string{"s3cret"};
        return fail(Errc::invalid_config, "no such secret");
    };
    transports::Outcome outcome{};
    options.transfer = [&](const transports::Request& request) -> Result<transports::Response> {
        seen = request;
        transports::Response response;
        response.outcome = outcome;
        response.status = 250;
        response.detail = "as the test says";
        return response;
    };
    auto& bank = start(config);
    for (const auto& c : cases) {
        outcome = c.outcome;
        const auto receipt = bank.send({"k", "email", "ar@example.com", {"a@example.com"}, "Subject: {{secret:smtp}}", {}, {}, c.facts});
        ASSERT_EQ(receipt.has_value(), c.receipt) << transports::name_of(c.outcome) << " " << c.facts;
        if (receipt) EXPECT_EQ(receipt->state, c.state) << transports::name_of(c.outcome) << " " << c.facts;
        else EXPECT_EQ(receipt.error().code, c.code) << to_text(receipt.error());
        EXPECT_EQ(seen.password, "s3cret");
        EXPECT_EQ(seen.body, "Subject: {{secret:smtp}}");  // literal text is never searched for placeholders
    }
}

TEST_P(BothIsolations, a_failure_tells_until_when_the_other_side_wants_to_be_left_alone) {
    auto config = good(GetParam());
    config.secret = [](std::string_view) -> Result<std::string> { return std::string{"s3cret"}; };
    transports::Response response;
    response.detail = "as the test says";
    options.transfer = [&](const transports::Request&) -> Result<transports::Response> { return response; };
    auto& bank = start(config);
    const auto sent = [&](const std::string& facts = {}) { return bank.send({"k", "email", "ar@example.com", {"a@example.com"}, "x", {}, {}, facts}).has_value(); };
    const auto after_s = [&](std::int64_t seconds) { return std::optional{clock.now().plus_seconds(seconds)}; };

    response.outcome = transports::Outcome::rate_limited;
    response.retry_after_ms = 7'000;
    EXPECT_FALSE(sent());
    EXPECT_EQ(bank.report().asked_until, after_s(7));
    response.retry_after_ms = 90'000;
    EXPECT_FALSE(sent("lie")) << "the plugin keeps it to itself, and the host has seen it";
    EXPECT_EQ(bank.report().asked_until, after_s(90));
    clock.advance_s(30);
    response.outcome = transports::Outcome::transient;
    response.retry_after_ms = 0;
    EXPECT_FALSE(sent()) << "another call, and another server perhaps: the first one's wish stands";
    EXPECT_EQ(bank.report().asked_until, after_s(60));
    response.outcome = transports::Outcome::ok;
    EXPECT_TRUE(sent());
    EXPECT_EQ(bank.report().asked_until, after_s(60));
    KeptTarget target;
    const auto read = bank.read({}, target);
    ASSERT_TRUE(read) << to_text(read.error());
    EXPECT_FALSE(bank.report().asked_until) << "it was served, so it may be asked; the next failure counts from its own time";
    response.outcome = transports::Outcome::rate_limited;
    response.retry_after_ms = 7'000;
    EXPECT_FALSE(sent());
    ASSERT_TRUE(host->release("house-bank"));
    EXPECT_FALSE(bank.report().asked_until);
}

TEST_P(BothIsolations, its_own_pace_is_a_wait_like_a_servers) {
    auto config = good(GetParam());
    config.secret = [](std::string_view) -> Result<std::string> { return std::string{"s3cret"}; };
    config.transfer.requests_per_minute = 1;
    options.transfer = [&](const transports::Request&) -> Result<transports::Response> {
        transports::Response response;
        response.outcome = transports::Outcome::ok;
        return response;
    };
    auto& bank = start(config);
    const auto send = [&] { return bank.send({"k", "email", "ar@example.com", {"a@example.com"}, "x", {}, {}, ""}); };
    ASSERT_TRUE(send());
    EXPECT_FALSE(bank.report().asked_until);
    const auto late = send();
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::rate_limited);
    EXPECT_EQ(bank.report().asked_until, std::optional{clock.now().plus_seconds(60)});
}

TEST_P(BothIsolations, a_host_outside_of_settings_and_allow_list_is_refused) {
    auto config = good(GetParam());
    config.transfer.allow_urls = {"smtps://other.example.com:465"};
    bool called = false;
    options.transfer = [&](const transports::Request&) -> Result<transports::Response> {
        called = true;
        return fail(Errc::internal, "not to be reached");
    };
    auto& bank = start(config);
    const auto receipt = bank.send({"k", "email", "ar@example.com", {"a@example.com"}, "x", {}, {}, ""});
    ASSERT_FALSE(receipt);
    EXPECT_EQ(receipt.error().code, Errc::invalid_config);
    EXPECT_THAT(to_text(receipt.error()), HasSubstr("smtp://mail.example.com:587"));
    EXPECT_FALSE(called);
}

TEST_P(BothIsolations, an_error_keeps_its_class_place_and_advice) {
    auto config = zoo("fails");
    config.isolation = GetParam();
    auto& beast = start(config);
    KeptTarget target;
    const auto status = beast.read({}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::auth);
    EXPECT_EQ(status.error().what, "the login was refused, record rec-7");  // one line
    EXPECT_EQ(status.error().where, "server");
    EXPECT_EQ(status.error().advice, "renew the password");
    EXPECT_EQ(beast.report().state, InstanceState::failed);
    EXPECT_TRUE(log.has("read failed, detail: deep detail"));   // for engineers: in the log alone
}

TEST_P(BothIsolations, exceptions_stop_at_the_boundary) {
    for (const char* what : {"throw", "throw_int"}) {
        auto config = zoo(what);
        config.isolation = GetParam();
        auto& beast = start(config);
        KeptTarget target;
        const auto status = beast.read({}, target);
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, Errc::plugin_bug);
        EXPECT_THAT(status.error().what, HasSubstr(what == std::string{"throw"} ? "boom at the boundary" : "no std::exception"));
    }
}

TEST_P(BothIsolations, services_outside_of_permission_or_call_are_refused) {
    const std::pair<const char*, Errc> cases[] = {{"forbidden_files", Errc::invalid_config}, {"forbidden_transfer", Errc::invalid_config}};
    for (const auto& [what, code] : cases) {
        auto config = zoo(what);
        config.isolation = GetParam();
        auto& beast = start(config);
        KeptTarget target;
        const auto status = beast.read({}, target);
        ASSERT_FALSE(status) << what;
        EXPECT_EQ(status.error().code, code) << to_text(status.error());
    }
    auto config = zoo("forbidden_state", "decode");
    config.isolation = GetParam();
    auto& beast = start(config);
    KeptRecords kept;
    EXPECT_EQ(beast.decode("f", "x", "", "", kept).error().code, Errc::unsupported);
}

TEST_P(BothIsolations, a_host_function_from_a_foreign_thread_is_a_bug) {
    auto config = zoo("thread");
    config.isolation = GetParam();
    auto& beast = start(config);
    KeptTarget target;
    const auto status = beast.read({}, target);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().what, HasSubstr("refused as it should be"));
}

TEST_P(BothIsolations, a_plugin_that_listens_ends_at_its_deadline) {
    auto config = zoo("polite");
    config.isolation = GetParam();
    config.limits.call_deadline = std::chrono::milliseconds{200};
    options.polite_end = std::chrono::seconds{5};
    auto& beast = start(config);
    KeptTarget target;
    const auto status = beast.read({}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::timed_out);
    EXPECT_THAT(status.error().advice, HasSubstr("raise limits: call_deadline_seconds, which is 200 ms,"));
    EXPECT_EQ(beast.report().restarts, 0u);  // and nobody died
}

TEST_P(BothIsolations, log_lines_are_one_line_and_bounded) {
    auto config = zoo("fork_bomb_of_logs", "check");
    config.isolation = GetParam();
    auto& beast = start(config);
    KeptRecords kept;
    ASSERT_TRUE(beast.decode("f", "x", "", "", kept));
    EXPECT_TRUE(log.has("beast: line??[2J"));
    EXPECT_LT(log.lines.size(), 1'100u);
}

TEST(Host, senders_are_found_by_channel_and_connectors_by_name) {
    HostBench bench;
    auto& bank = bench.start(HostBench::good());
    EXPECT_EQ(bench.host->find("house-bank"), &bank);
    EXPECT_EQ(bench.host->find("other"), nullptr);
    EXPECT_EQ(bench.host->sender_for("letter"), &bank);
    EXPECT_EQ(bench.host->sender_for("fax"), nullptr);
    EXPECT_TRUE(bank.has("source") && bank.has("codec") && bank.has("sender"));
    EXPECT_FALSE(bank.has("decider"));
}

TEST(Host, a_wrong_setting_has_its_place_and_the_others_work) {
    HostBench bench;
    auto wrong = HostBench::good();
    wrong.name = "wrong";
    wrong.settings_json = R"({"source": "drop", "limt": 5})";
    wrong.settings_where = {{"", "owed.yaml:9:3"}, {"/source", "owed.yaml:10:5"}, {"/limt", "owed.yaml:11:5"}};
    auto missing = HostBench::good();
    missing.name = "missing";
    missing.plugin = "gold";
    missing.where = "owed.yaml:20:3";
    bench.host = std::make_unique<PluginHost>(bench.options, std::vector{wrong, missing, HostBench::good()}, bench.clock, bench.rng, bench.log);
    const auto errors = bench.host->check();
    ASSERT_EQ(errors.size(), 3u);
    EXPECT_FALSE(bench.data.has("drop"));  // a check makes nothing
    EXPECT_EQ(errors[0].where, "owed.yaml:10:5");
    EXPECT_THAT(errors[0].what, HasSubstr("settings/source is \"drop\"; it must name a folder"));
    EXPECT_EQ(errors[1].where, "owed.yaml:11:5");
    EXPECT_THAT(errors[1].what, HasSubstr("is an unknown key"));
    EXPECT_EQ(errors[1].advice, "did you mean limit?");
    EXPECT_THAT(errors[2].where, testing::StartsWith("owed.yaml:20:3"));
    EXPECT_THAT(errors[2].what, HasSubstr("there is no plugin \"gold\"; there are at-load, "));

    bench.host->start();
    KeptTarget target;
    EXPECT_FALSE(bench.host->find("wrong")->read({}, target));
    EXPECT_EQ(bench.host->find("wrong")->report().state, InstanceState::failed);
    EXPECT_TRUE(bench.host->find("house-bank")->read({}, target));
}

TEST(Host, calls_of_one_instance_wait_for_each_other_and_stop_ends_them) {
    HostBench bench;
    bench.options.polite_end = std::chrono::milliseconds{200};
    auto config = HostBench::zoo("sleep");
    config.limits.call_deadline = std::chrono::minutes{10};
    auto& beast = bench.start(config);
    Status first, second;
    std::thread one{[&] { KeptTarget t; first = beast.read({}, t); }};
    std::thread two{[&] { KeptTarget t; second = beast.read({}, t); }};
    while (bench.host->connectors()[0]->report().rss_bytes == 0) std::this_thread::yield();  // one of them runs
    bench.host->stop();
    one.join();
    two.join();
    EXPECT_EQ(first.error().code, Errc::cancelled);
    EXPECT_EQ(second.error().code, Errc::cancelled);
    EXPECT_EQ(beast.report().state, InstanceState::stopped);
}

}  // namespace
}  // namespace owed::host
