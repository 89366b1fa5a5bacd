#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "collect/collect.hpp"
#include "ledger/test_company.hpp"

namespace owed::collect {
namespace {

using ledger::day;
using ledger::money;
using ledger::refusal;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Date today = day("2026-03-31");

struct CollectTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};

    CustomerId customer(const std::string& number, const std::string& entity = "emea") {
        return store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer who;
            who.number = number;
            who.name = "Kunde " + number;
            who.email = "ar@kunde.example";
            who.language = "de";
            who.segment = "retail";
            who.channel = "letter";
            who.dunning_block = number == "C9" ? "key account" : "";
            who.address = {{"Am Alten Markt 7"}, "80331", "München", {}, "DE"};
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, entity, who));
            return done.first;
        }));
    }
    OpenItemId invoice(CustomerId who, const std::string& number, std::string_view amount, std::string_view date = "2026-02-01") {
        auto document = company.invoice(number, amount, date);
        document.customer = who;
        return store::ok(company.post(document)).item;
    }
    std::vector<CustomerSnapshot> look(Date as_of = today, std::vector<OpenItemId> in_question = {}, std::optional<CustomerId> only = {}) {
        return company.in_db<std::vector<CustomerSnapshot>>(
            [&](store::Db& db) { return snapshot(db, company.books, "emea", as_of, in_question, only); });
    }
    Decision decision(CustomerId who, std::vector<std::pair<OpenItemId, int>> items) {
        Decision made{.customer = who, .customer_number = "C1", .entity = "emea", .verdict = Verdict::notice, .level = 1, .channel = Channel::email,
                      .language = "de", .template_name = "reminder-1", .currency = ledger::currency("EUR"), .items = {}, .amount = money("1.00 EUR"),
                      .fee = {}, .deadline_days = 10, .stops = {}, .reason = {}, .policy = {}, .policy_hash = {}, .fingerprint = {}};
        for (const auto& [item, level] : items)
            made.items.push_back({.item = item, .document = "D", .document_date = {}, .due_date = {}, .days_overdue = 1,
                                  .original = money("1.00 EUR"), .residual = money("1.00 EUR"), .level = level});
        return made;
    }
    void write(const std::function<Status(store::Tx&)>& act) { company.test.write(act); }
};

TEST_F(CollectTest, snapshot_holds_what_a_decision_needs) {
    const auto one = customer("C1"), blocked = customer("C9"), paid = customer("C2");
    const auto a = invoice(one, "RE-1", "119.00 EUR"), b = invoice(one, "RE-2", "50.00 EUR", "2026-01-05");
    invoice(blocked, "RE-3", "10.00 EUR");
    const auto settled = invoice(paid, "RE-4", "20.00 EUR");
    store::ok(company.apply(company.application(store::ok(company.post(company.receipt("20.00 EUR", "2026-03-01", paid))).item, settled, "20.00 EUR", "2026-03-01")));
    const auto credit = store::ok(company.post(company.receipt("70.00 EUR", "2026-03-20", one))).item;
    store::ok(company.apply(company.application(credit, a, "19.00 EUR", "2026-03-20")));

    const auto all = look(today, {b});
    ASSERT_EQ(all.size(), 2U);  // by number; who owes nothing is not there
    const auto& who = all[0];
    EXPECT_EQ(who.number, "C1");
    EXPECT_EQ(who.segment, "retail");
    EXPECT_EQ(who.preferred_channel, "letter");
    EXPECT_TRUE(who.has_postal_address);
    ASSERT_EQ(who.items.size(), 2U);
    EXPECT_EQ(who.items[0].document, "RE-2");  // by due date
    EXPECT_TRUE(who.items[0].in_question);
    EXPECT_FALSE(who.items[1].in_question);
    EXPECT_EQ(who.items[1].residual, money("100.00 EUR"));
    EXPECT_EQ(who.items[1].original, money("119.00 EUR"));
    EXPECT_EQ(who.unapplied.at("EUR"), money("51.00 EUR"));
    EXPECT_FALSE(who.last_notice);
    EXPECT_EQ(all[1].dunning_block, "key account");
    EXPECT_EQ(look(today, {}, one).size(), 1U);
}

TEST_F(CollectTest, an_older_day_chooses_the_items_and_today_says_what_is_left) {
    const auto one = customer("C1");
    const auto a = invoice(one, "RE-1", "119.00 EUR");
    invoice(one, "RE-2", "50.00 EUR", "2026-03-31");
    EXPECT_EQ(look(day("2026-03-30")).at(0).items.size(), 1U);
    EXPECT_EQ(look(today).at(0).items.size(), 2U);
    const auto receipt = store::ok(company.post(company.receipt("119.00 EUR", "2026-03-31", one))).item;
    EXPECT_EQ(look(day("2026-03-30")).at(0).unapplied.at("EUR"), money("119.00 EUR"));
    store::ok(company.apply(company.application(receipt, a, "119.00 EUR", "2026-03-31")));
    EXPECT_THAT(look(day("2026-03-30")), IsEmpty());
}

TEST_F(CollectTest, cutover_levels_count_once_and_never_over_our_own) {
    const auto one = customer("C1");
    const auto a = invoice(one, "RE-1", "119.00 EUR"), b = invoice(one, "RE-2", "50.00 EUR");
    write([&](store::Tx& tx) { return set_cutover_level(tx, a, 2, day("2026-03-10")); });
    write([&](store::Tx& tx) { return set_cutover_level(tx, b, 0, {}); });
    const auto who = look().at(0);
    EXPECT_EQ(who.items[0].level, 2);
    EXPECT_EQ(who.items[0].last_level_count, 1);
    EXPECT_EQ(who.items[1].last_level_count, 0);
    EXPECT_EQ(who.last_notice, day("2026-03-10"));  // the customer's is the latest of the items'
    write([&](store::Tx& tx) { return record_sent(tx, decision(one, {{a, 3}}), day("2026-03-20")); });
    write([&](store::Tx& tx) { return set_cutover_level(tx, a, 1, day("2026-01-01")); });
    EXPECT_EQ(look().at(0).items[0].level, 3);
    EXPECT_EQ(look().at(0).last_notice, day("2026-03-20"));
    EXPECT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return set_cutover_level(tx, a, -1, {}); })), "invalid_argument");
}

TEST_F(CollectTest, a_notice_that_was_sent_raises_and_counts) {
    const auto one = customer("C1");
    const auto a = invoice(one, "RE-1", "119.00 EUR"), b = invoice(one, "RE-2", "50.00 EUR");
    struct Row {
        int a, b;
        const char* sent;
        int level_a, count_a, level_b, count_b;
    };
    for (const auto& row : {Row{1, 1, "2026-03-01", 1, 1, 1, 1}, Row{2, 1, "2026-03-08", 2, 1, 1, 2}, Row{2, 2, "2026-03-15", 2, 2, 2, 1},
                            Row{1, 2, "2026-03-22", 2, 3, 2, 2}}) {  // never down
        write([&](store::Tx& tx) { return set_notice_under_way(tx, one, true); });
        EXPECT_TRUE(look().at(0).notice_under_way);
        write([&](store::Tx& tx) { return record_sent(tx, decision(one, {{a, row.a}, {b, row.b}}), day(row.sent)); });
        const auto who = look().at(0);
        EXPECT_EQ(who.items[0].level, row.level_a) << row.sent;
        EXPECT_EQ(who.items[0].last_level_count, row.count_a) << row.sent;
        EXPECT_EQ(who.items[1].level, row.level_b) << row.sent;
        EXPECT_EQ(who.items[1].last_level_count, row.count_b) << row.sent;
        EXPECT_EQ(who.last_notice, day(row.sent));
        EXPECT_FALSE(who.notice_under_way);
    }
}

TEST_F(CollectTest, placed_items_leave_the_snapshot_and_stop_the_customer) {
    const auto one = customer("C1");
    const auto a = invoice(one, "RE-1", "119.00 EUR");
    write([&](store::Tx& tx) { return record_placed(tx, company.test.clock, decision(one, {{a, 4}}), "P-1", today); });
    EXPECT_THAT(look(), IsEmpty());
    invoice(one, "RE-2", "50.00 EUR");
    EXPECT_TRUE(look().at(0).placed);
    EXPECT_EQ(look().at(0).items.size(), 1U);
    // At most once (I29).
    EXPECT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return record_placed(tx, company.test.clock, decision(one, {{a, 4}}), "P-2", today); })),
              "constraint_violated");
    EXPECT_EQ((company.in_db<std::size_t>([](store::Db& db) { return placements(db).size(); })), 1U);
}

TEST_F(CollectTest, one_run_an_entity_and_date) {
    const auto one = customer("C1");
    auto wait = decision(one, {});
    wait.verdict = Verdict::wait;
    const std::vector<Decision> decisions{decision(one, {}), wait, wait};
    const auto start = [&](Date date, const char* state, const audit::Actor& by = anna) {
        return store::ok(company.in_tx<StartedRun>([&](store::Tx& tx) { return start_run(tx, company.test.clock, by, "emea", date, decisions, state, "hash", "why"); }));
    };
    const auto first = start(today, "approved");
    EXPECT_FALSE(first.repeated);
    EXPECT_EQ(first.run.notices, 1);
    EXPECT_EQ(first.run.waits, 2);
    const auto second = start(today, "awaiting_approval", boris);
    EXPECT_TRUE(second.repeated);
    EXPECT_EQ(second.run.id, first.run.id);
    EXPECT_EQ(second.run.state, "approved");
    EXPECT_EQ(second.run.by, "person anna");
    EXPECT_FALSE(start(today.plus_days(1), "held").repeated);
    const auto released = start(today.plus_days(1), "approved");  // a held run is decided anew
    EXPECT_FALSE(released.repeated);
    EXPECT_EQ(released.run.state, "approved");
    write([&](store::Tx& tx) { return finish_run(tx, first.run.id, "done", "1 sent"); });
    EXPECT_EQ((company.in_db<std::size_t>([](store::Db& db) { return runs(db).size(); })), 2U);
    EXPECT_EQ((company.in_db<std::optional<collect::Run>>([&](store::Db& db) { return run(db, first.run.id); }))->reason, "1 sent");
    EXPECT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return finish_run(tx, DunningRunId{99}, "done", ""); })), "not_found");
}

TEST_F(CollectTest, maker_is_not_checker) {  // I34
    const auto waiting = store::ok(company.in_tx<StartedRun>([&](store::Tx& tx) {
        return start_run(tx, company.test.clock, anna, "emea", today, {}, "awaiting_approval", "hash", "a policy is new");
    }));
    const auto approve = [&](const audit::Actor& by, DunningRunId id) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return approve_run(tx, company.test.clock, by, id); }));
    };
    EXPECT_EQ(approve(anna, waiting.run.id), "refused");
    EXPECT_EQ(approve(dunning_job, waiting.run.id), "refused");
    EXPECT_EQ(approve(boris, DunningRunId{99}), "not_found");
    EXPECT_EQ(approve(boris, waiting.run.id), "no error");
    EXPECT_EQ(approve(boris, waiting.run.id), "refused");
    const auto now = *company.in_db<std::optional<collect::Run>>([&](store::Db& db) { return run(db, waiting.run.id); });
    EXPECT_EQ(now.state, "approved");
    EXPECT_EQ(now.approved_by, "person boris");
}

}  // namespace
}  // namespace owed::collect
