// Sinks, agencies, deciders and codecs through owed::Connector, in both isolation modes: what each promises (abi.h) holds,
// and what a plugin breaks costs its own call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>

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

class Kinds : public KindsBench {};
INSTANTIATE_TEST_SUITE_P(Isolation, Kinds, testing::Values(Isolation::process, Isolation::none),
                         [](const auto& test) { return test.param == Isolation::none ? "none" : "process"; });

std::vector<std::string> ids(const std::vector<WriteResult>& results) {
    std::vector<std::string> all;
    for (const auto& result : results) all.push_back(std::to_string(result.index) + " " + std::string{name_of(result.state)} + " " + result.remote_id);
    return all;
}

// ---- sink

TEST_P(Kinds, a_write_has_a_result_for_each_record_in_order) {
    auto& sink = kinds();
    EXPECT_TRUE(sink.has("sink"));
    const auto results = sink.write(statuses({"ok-new", "refused-2", "retry-3", "ok-4"}));
    ASSERT_TRUE(results) << to_text(results.error());
    EXPECT_THAT(ids(*results), ElementsAre("0 sent R-ok-new", "1 refused R-refused-2", "2 retry R-retry-3", "3 sent R-ok-4"));
    EXPECT_TRUE(results->at(0).created);
    EXPECT_FALSE(results->at(3).created);
    EXPECT_EQ(results->at(1).field, "Balance__c");
}

TEST_P(Kinds, the_authors_own_numbers_are_kept) {
    auto& sink = kinds();
    const auto turned = sink.write(statuses({"ok-1", "refused-2", "ok-3"}, "numbered backwards"));
    ASSERT_TRUE(turned) << to_text(turned.error());
    EXPECT_THAT(ids(*turned), ElementsAre("0 sent R-ok-1", "1 refused R-refused-2", "2 sent R-ok-3"));
    const auto alone = sink.write(statuses({"ok-1", "ok-2", "ok-3"}, "the last alone"));
    ASSERT_TRUE(alone) << to_text(alone.error());
    EXPECT_THAT(ids(*alone), ElementsAre("0 unknown ", "1 unknown ", "2 sent R-ok-3"));
    EXPECT_EQ(alone->at(0).detail, "the plugin gave no result for this record");
    const auto many = sink.write(statuses({"ok-1", "ok-2"}, "one too many"));
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().code, Errc::plugin_bug);
    EXPECT_THAT(many.error().what, HasSubstr("3 results for 2 records"));
}

TEST_P(Kinds, a_batch_that_could_not_be_tried_is_an_error_with_its_class) {
    auto& sink = kinds();
    const auto results = sink.write(statuses({"ok-1", "auth"}));
    ASSERT_FALSE(results);
    EXPECT_EQ(results.error().code, Errc::auth);
    EXPECT_EQ(results.error().advice, "renew the password");
    EXPECT_EQ(sink.report().state, InstanceState::failed);
    EXPECT_TRUE(sink.write(statuses({"ok-1"})));
    EXPECT_EQ(sink.report().state, InstanceState::ok);
    const auto empty = sink.write({});
    ASSERT_TRUE(empty) << to_text(empty.error());
    EXPECT_THAT(*empty, IsEmpty());
    const auto many = sink.write(statuses(std::vector<std::string>(4'097, "ok")));
    ASSERT_FALSE(many);
    EXPECT_EQ(many.error().code, Errc::input_too_large);
}

TEST_P(Kinds, an_outcome_that_nobody_knows_is_unknown_for_each_record) {
    const auto results = kinds().write(statuses({"ok-1", "broken"}));
    ASSERT_TRUE(results) << to_text(results.error());
    EXPECT_THAT(ids(*results), ElementsAre("0 unknown ", "1 unknown "));
    EXPECT_THAT(results->at(1).detail, HasSubstr("the line broke after the batch was sent"));
}

TEST_P(Kinds, what_was_written_to_a_file_may_have_been_read) {
    auto made = config("kinds");
    made.settings_json = R"({"out": "folder:drop"})";
    const auto results = start(made).write(statuses({"ok-1", "in a file"}));
    ASSERT_TRUE(results) << to_text(results.error());
    EXPECT_THAT(ids(*results), ElementsAre("0 unknown ", "1 unknown "));
    EXPECT_TRUE(data.has("drop/all.csv"));
    data.put("drop/all.csv", "another's");
    const auto none = start(made).write(statuses({"ok-1", "in a file"}));
    ASSERT_FALSE(none) << "nothing was written, so nothing is in doubt";
}

struct Written {
    const char* what;
    std::vector<std::string> results;  ///< none: an error
    Errc code;
    const char* says;                  ///< in the error, or in the detail of the first unknown record
};

TEST_P(Kinds, results_that_fit_no_record_are_not_believed) {
    const std::vector<std::string> unknown{"0 unknown ", "1 unknown ", "2 unknown "};
    const Written cases[] = {
        {"fewer", {"0 sent R-0", "1 unknown ", "2 sent R-2"}, {}, "the plugin gave no result for this record"},
        {"none at all", unknown, {}, "the plugin gave no result for this record"},
        // A number that fits no record means that none of the numbers can be trusted.
        {"too many", unknown, {}, "the plugin gave a result for record 3 of a batch of 3"},
        {"counted from one", unknown, {}, "the plugin gave a result for record 3 of a batch of 3"},
        {"two for one", unknown, {}, "the plugin gave two results for record 1"},
        {"half, then refused", {"0 sent R-0", "1 unknown ", "2 unknown "}, {}, "the session expired"},
        {"twice", {"0 sent R-0", "1 unknown ", "2 unknown "}, {}, "results were given twice"},
        {"no sink", {}, Errc::unsupported, "owed.sink/1"},
    };
    for (const auto& c : cases) {
        auto& sink = raw(c.what);
        const auto results = sink.write(statuses({"a", "b", "c"}));
        ASSERT_EQ(results.has_value(), !c.results.empty()) << c.what;
        if (!results) {
            EXPECT_EQ(results.error().code, c.code) << to_text(results.error());
            EXPECT_THAT(results.error().what, HasSubstr(c.says));
            continue;
        }
        EXPECT_EQ(ids(*results), c.results) << c.what;
        for (const auto& result : *results)
            if (result.state == SendState::unknown) {
                EXPECT_THAT(result.detail, HasSubstr(c.says)) << c.what;
            }
    }
}

TEST(KindsIsolated, a_death_in_the_middle_leaves_each_record_unknown_or_with_its_result) {
    HostBench bench;
    InstanceConfig config;
    config.name = "subject";
    config.plugin = "raw";
    for (const auto& [what, first] : {std::pair{"half, then died", "0 sent R-0"}, std::pair{"died before", "0 unknown "}}) {
        config.settings_json = std::string{R"({"do": ")"} + what + R"("})";
        auto& sink = bench.start(config);
        const auto results = sink.write(statuses({"a", "b"}));
        ASSERT_TRUE(results) << to_text(results.error());
        EXPECT_THAT(ids(*results), ElementsAre(first, "1 unknown "));
        EXPECT_THAT(results->at(1).detail, HasSubstr("plugin raw, instance subject, write: it died of signal 6 (SIGABRT)"));
        // It waits before it starts again: nothing was tried then, and that is an error and no result.
        const auto again = sink.write(statuses({"a"}));
        ASSERT_FALSE(again);
        EXPECT_THAT(again.error().what, HasSubstr("waits 1 s"));
    }
}

// ---- agency

TEST_P(Kinds, an_agency_places_updates_recalls_is_asked_and_tells) {
    auto& agency = start(config("plain-agency"));
    EXPECT_TRUE(agency.has("agency") && agency.has("source") && agency.has("sender"));
    EXPECT_FALSE(agency.has("codec") || agency.has("sink"));
    EXPECT_EQ(host->sender_for("agency"), &agency);
    ASSERT_TRUE(agency.check());
    const auto act = [&](const std::string& action, const std::string& key, const std::string& facts = {}) {
        Delivery delivery{key, "agency", "", {}, "", {}, {}, facts};
        delivery.action = action;
        return agency.send(delivery);
    };
    EXPECT_EQ(act("place", "p-1")->provider_id, "placed p-1");
    EXPECT_EQ(act("update", "p-2")->provider_id, "updated p-2");
    EXPECT_EQ(act("recall", "p-3", "p-1")->provider_id, "recalled p-3");
    EXPECT_EQ(act("recall", "p-4", "p-9").error().code, Errc::permanent);
    EXPECT_EQ((*agency.lookup("p-2"))->provider_id, "updated p-2");
    EXPECT_EQ(*agency.lookup("p-9"), std::nullopt);
    for (const char* action : {"sell", ""}) {
        const auto other = act(action, "p-5");
        ASSERT_FALSE(other);
        EXPECT_EQ(other.error().code, Errc::unsupported);
        EXPECT_THAT(other.error().what, HasSubstr(*action == '\0' ? "owed.sender/1" : "place, update and recall")) << to_text(other.error());
    }
    KeptTarget target;
    ASSERT_TRUE(agency.read({"7", {{"seen", "x"}}}, target));
    EXPECT_THAT(target.cursors, ElementsAre("7+3"));
    EXPECT_THAT(target.state_changes.at(0), ElementsAre(Pair("seen", "xx")));
    KeptRecords kept;
    ASSERT_TRUE(wire::decode_batch(target.batches.at(0), {}, kept));
    ASSERT_EQ(kept.records.size(), 3u);
    EXPECT_EQ(std::get<AgencyUpdate>(kept.records[2].body).state, "recalled");
    EXPECT_EQ(act("place", "closed")->state, SendState::sent);
    EXPECT_EQ(agency.check().error().code, Errc::auth);
}

TEST_P(Kinds, a_plugin_of_all_kinds_answers_as_each) {
    auto& all = kinds();
    for (const char* kind : {"source", "codec", "sender", "sink", "agency", "decider"}) EXPECT_TRUE(all.has(kind)) << kind;
    Delivery delivery{"k", "email", "", {}, "", {}, {}, ""};
    EXPECT_EQ(all.send(delivery)->provider_id, "sent k");
    delivery.action = "place";
    EXPECT_EQ(all.send(delivery)->provider_id, "placed k");
    delivery.facts = "refuse";
    const auto refused = all.send(delivery);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().where, "facts/total");
    EXPECT_EQ((*all.lookup("known"))->provider_id, "it is there");
    EXPECT_EQ(*all.lookup("other"), std::nullopt);
}

// ---- decider

TEST_P(Kinds, a_decider_answers_or_says_that_it_has_no_opinion) {
    auto& decider = kinds();
    const auto answer = decider.propose(question("R-1"));
    ASSERT_TRUE(answer) << to_text(answer.error());
    ASSERT_EQ(answer->proposals.size(), 1u);
    EXPECT_EQ(answer->proposals[0].items.at(0).item, "I-1");
    EXPECT_EQ(answer->proposals[0].items[0].amount, (Amount{10'000, 2, "EUR"}));
    EXPECT_EQ(answer->proposals[0].confidence_permille, 950);
    EXPECT_THAT(answer->proposals[0].evidence, ElementsAre("the amount fits"));
    EXPECT_TRUE(log.has("subject: looked at Müller"));
    const auto none = decider.propose(question("none"));
    ASSERT_TRUE(none);
    EXPECT_THAT(none->proposals, IsEmpty());
    EXPECT_EQ(none->reason, "asked of 1");
}

TEST_P(Kinds, a_decider_is_pure) {
    auto& decider = kinds();
    for (const char* service : {"now", "wait", "files", "transfer", "random", "state"}) {
        const auto answer = decider.propose(question(service));
        ASSERT_FALSE(answer) << service;
        EXPECT_EQ(answer.error().code, Errc::unsupported) << to_text(answer.error());
        EXPECT_THAT(answer.error().what, HasSubstr("cannot be used in propose")) << service;
    }
    EXPECT_EQ(decider.propose(question("secrets"))->reason, "there is none");
    ASSERT_FALSE(decider.sniff("clock", "x"));
    EXPECT_THAT(decider.sniff("clock", "x").error().what, HasSubstr("cannot be used in sniff"));
    EXPECT_TRUE(decider.propose(question("R-1")));  // and none of it was its end
}

TEST_P(Kinds, an_answer_that_breaks_a_rule_is_refused) {
    const auto sure = kinds().propose(question("too sure"));
    ASSERT_FALSE(sure);
    EXPECT_THAT(sure.error().what, HasSubstr("has a confidence above 1000 per mille"));
    EXPECT_EQ(sure.error().where, "proposals[0]");
    const std::pair<const char*, const char*> cases[] = {
        {"junk answer", "no valid FlatBuffers buffer"}, {"two answers", "a second answer"}, {"no answer", "ended without an answer"}};
    for (const auto& [what, says] : cases) {
        const auto answer = raw(what).propose(question("R-1"));
        ASSERT_FALSE(answer) << what;
        EXPECT_THAT(answer.error().what, HasSubstr(says)) << what;
    }
}

/// What intake does with an artifact: it posts, and asks the decider about the money that waits, before the read goes on.
struct Deciding : KeptTarget {
    std::function<Result<MatchAnswer>()> ask;
    Result<MatchAnswer> answer = fail(Errc::internal, "not asked");
    Status commit(std::string_view cursor, const std::map<std::string, std::string>& changes) override {
        answer = ask();
        return KeptTarget::commit(cursor, changes);
    }
};

TEST_P(Kinds, a_decider_answers_while_its_own_read_hands_over) {
    auto& both = kinds();
    Deciding target;
    target.ask = [&] { return both.propose(question("R-1")); };
    const auto status = both.read({"x", {}}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    ASSERT_TRUE(target.answer) << to_text(target.answer.error());
    EXPECT_EQ(target.answer->proposals.size(), 1u);
}

TEST_P(Kinds, a_decider_answers_while_a_read_of_its_former_instance_hands_over) {
    auto& both = kinds();
    Deciding target;
    target.ask = [&]() -> Result<MatchAnswer> {
        auto changed = config("kinds");
        changed.limits.call_deadline = milliseconds{25'000};
        auto change = host->stage({changed});
        if (!change) return fail(change.error().front());
        EXPECT_THAT(host->apply(std::move(*change)).switched, ElementsAre("subject"));
        // Another connector's money, on its own thread and with the books' writer in its hand.
        return std::async(std::launch::async, [&] { return both.propose(question("R-1")); }).get();
    };
    const auto status = both.read({"x", {}}, target);
    ASSERT_TRUE(status) << to_text(status.error());
    ASSERT_TRUE(target.answer) << to_text(target.answer.error());
}

TEST_P(Kinds, a_late_decider_costs_its_own_proposal) {
    auto late = config("kinds");
    late.limits.call_deadline = milliseconds{150};
    options.polite_end = std::chrono::seconds{5};
    auto& decider = start(late);
    const auto answer = decider.propose(question("late"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::timed_out);
    EXPECT_TRUE(decider.propose(question("R-1")));
    EXPECT_EQ(decider.report().restarts, 0u);
}

TEST(KindsIsolated, a_decider_that_never_answers_is_killed) {
    HostBench bench;
    InstanceConfig config;
    config.name = "subject";
    config.plugin = "kinds";
    config.limits.call_deadline = milliseconds{150};
    auto& decider = bench.start(config);
    const auto answer = decider.propose(question("spin"));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::timed_out);
    bench.clock.advance_s(1);
    EXPECT_TRUE(decider.propose(question("R-1")));
}

// ---- codec

TEST_P(Kinds, sniff_scores_and_names) {
    auto& codec = kinds();
    const auto sniffed = codec.sniff("a.kinds", "KINDS 1");
    ASSERT_TRUE(sniffed) << to_text(sniffed.error());
    EXPECT_EQ(sniffed->score, 100);
    EXPECT_EQ(sniffed->format, "kinds");
    EXPECT_EQ(codec.sniff("a.kinds", "OTHER")->score, 0);
    const auto longer = codec.sniff("long", "KINDS");
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().code, Errc::plugin_bug);
    const auto beyond = raw("sniff beyond").sniff("a", "b");
    ASSERT_FALSE(beyond);
    EXPECT_EQ(beyond.error().code, Errc::plugin_bug);
    EXPECT_THAT(beyond.error().what, HasSubstr("sniff scores 0 to 100, not 101"));
    EXPECT_THAT(raw("sniff unended").sniff("a", "b").error().what, HasSubstr("at most 31 bytes"));
}

}  // namespace
}  // namespace owed::host
