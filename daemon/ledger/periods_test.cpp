// Periods: who may post when, who reopens, and what late events do (DOMAIN section 13).
#include "ledger/periods.hpp"

#include "ledger/on_its_day.hpp"
#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

struct Periods : ::testing::Test {
    Company company;
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }
    Status change(PeriodState state, const std::string& by, const std::string& approved_by = {}, const std::string& reason = "month end") {
        return company.test.store().write([&](store::Tx& tx) {
            return change_period(tx, company.context, {.entity = "emea", .month = day("2026-03-15"), .state = state, .by = by,
                                                       .approved_by = approved_by, .reason = reason});
        });
    }
    Date posted_on(std::string_view date) {
        return ok(company.post(company.invoice("I-" + std::to_string(company.events), "1.00 EUR", date))).posted.posting_date;
    }
    std::string why(const Status& status) { return status ? "no error" : std::string{name_of(status.error().code)}; }
};

TEST_F(Periods, soft_closed_lets_named_roles_post) {
    ASSERT_TRUE(change(PeriodState::soft_closed, "anna"));
    EXPECT_EQ(posted_on("2026-03-10"), day("2026-04-01"));
    company.context.roles = {"clerk"};
    EXPECT_EQ(posted_on("2026-03-10"), day("2026-04-01"));
    company.context.roles = {"clerk", "approver"};
    EXPECT_EQ(posted_on("2026-03-10"), day("2026-03-10"));
    ASSERT_TRUE(change(PeriodState::locked, "anna"));
    EXPECT_EQ(posted_on("2026-03-10"), day("2026-04-01"));
    const auto rows = company.in_db<std::vector<JournalRow>>([&](store::Db& db) { return journal(db, company.books, {}, 1); });
    EXPECT_EQ(rows[0].entry.reason, "test document (asked for 2026-03-10, posted on 2026-04-01: the period of 2026-03-10 is closed)");
}

/// What is posted before a locked month would change its closing balances as much as what is posted into it (DOMAIN 3, 13).
TEST_F(Periods, a_locked_one_fences_all_before_it) {
    ASSERT_TRUE(change(PeriodState::locked, "anna"));
    EXPECT_EQ(posted_on("2026-02-28"), day("2026-04-01"));
    EXPECT_EQ(posted_on("2024-01-01"), day("2026-04-01"));
    EXPECT_EQ(posted_on("2026-04-02"), day("2026-04-02"));
    const auto rows = company.in_db<std::vector<JournalRow>>([&](store::Db& db) { return journal(db, company.books, {}, 3); });
    EXPECT_EQ(rows.at(0).entry.reason,
              "test document (asked for 2026-02-28, posted on 2026-04-01: the period of 2026-02-28 lies before 2026-03, which is locked)");
    company.context.roles = {"approver"};
    EXPECT_EQ(posted_on("2026-02-28"), day("2026-04-01"));
    const auto refused = company.in_tx<bool>([&](store::Tx& tx) -> Result<bool> {
        OWED_TRY_VOID(check_open(tx, company.context, "emea", day("2026-02-28")));
        return true;
    });
    EXPECT_EQ(refused.error().what, "period 2026-02 of entity \"emea\" lies before 2026-03, which is locked");
    EXPECT_EQ(refused.error().advice, "reopen it with a second person; the first open day is 2026-04-01");
    EXPECT_EQ(company.in_db<std::optional<Date>>([](store::Db& db) { return locked_through(db, "emea"); }), day("2026-03-31"));
    EXPECT_EQ(company.in_db<std::optional<Date>>([](store::Db& db) { return locked_through(db, "tokyo"); }), std::nullopt);
}

TEST_F(Periods, what_a_person_does_in_a_closed_one_is_refused_and_does_not_move) {
    ASSERT_TRUE(change(PeriodState::soft_closed, "anna"));
    const auto receipt = ok(company.post(company.receipt("10.00 EUR", "2026-02-10"))).item;
    const auto invoice = ok(company.post(company.invoice("I-1", "10.00 EUR", "2026-02-10"))).item;
    const auto applied = [&](std::string_view date) {
        return company.in_tx<Applied>([&](store::Tx& tx) {
            const OnItsDay fence{tx};
            return apply(tx, company.context, company.application(receipt, invoice, "1.00 EUR", date));
        });
    };
    const auto refused = applied("2026-03-10");
    EXPECT_EQ(refusal(refused), "period_closed");
    EXPECT_EQ(refused.error().what, "period 2026-03 of entity \"emea\" is soft_closed");
    EXPECT_EQ(refused.error().advice, "let one of its roles post, or reopen it; the first open day is 2026-04-01");
    EXPECT_EQ(company.residual(invoice), "10.00");
    EXPECT_EQ(ok(applied("2026-04-01")).posted.posting_date, day("2026-04-01"));
    company.context.roles = {"approver"};
    EXPECT_EQ(refusal(applied("2026-03-10")), "no error");
    // The next transaction is anybody's: what comes late moves.
    company.context.roles = {};
    EXPECT_EQ(posted_on("2026-03-10"), day("2026-04-01"));
}

TEST_F(Periods, one_before_a_locked_one_is_not_reopened) {
    company.close("2026-02-01");
    ASSERT_TRUE(change(PeriodState::locked, "anna"));
    const auto february = [&](PeriodState state) {
        return company.test.store().write([&](store::Tx& tx) {
            return change_period(tx, company.context, {.entity = "emea", .month = day("2026-02-01"), .state = state, .by = "anna", .approved_by = "bert", .reason = "late"});
        });
    };
    const auto refused = february(PeriodState::open);
    EXPECT_EQ(why(refused), "period_closed");
    EXPECT_EQ(refused.error().what, "period 2026-02 of entity \"emea\" lies before 2026-03, which is locked");
    EXPECT_EQ(why(february(PeriodState::soft_closed)), "period_closed");
    ASSERT_TRUE(change(PeriodState::open, "anna", "bert", "late invoice"));
    EXPECT_EQ(why(february(PeriodState::open)), "no error");
    EXPECT_EQ(posted_on("2026-02-28"), day("2026-02-28"));
}

TEST_F(Periods, a_locked_one_is_reopened_by_two) {
    ASSERT_TRUE(change(PeriodState::locked, "anna"));
    const auto alone = change(PeriodState::open, "anna", {}, "late invoice");
    EXPECT_EQ(alone.error().what, "period 2026-03 of entity \"emea\" is locked; anna alone cannot reopen it");
    EXPECT_EQ(why(alone), "approval_required");
    EXPECT_EQ(why(change(PeriodState::soft_closed, "anna")), "approval_required");
    EXPECT_EQ(why(change(PeriodState::open, "anna", "anna", "late invoice")), "refused");
    EXPECT_EQ(why(change(PeriodState::open, "", "bert", "late invoice")), "invalid_argument");
    EXPECT_EQ(why(change(PeriodState::open, "anna", "bert", "")), "invalid_argument");
    EXPECT_EQ(posted_on("2026-03-10"), day("2026-04-01"));
    EXPECT_EQ(why(change(PeriodState::open, "anna", "bert", "late invoice")), "no error");
    EXPECT_EQ(posted_on("2026-03-10"), day("2026-03-10"));
}

TEST_F(Periods, every_change_is_listed_with_who_when_and_why) {
    ASSERT_TRUE(change(PeriodState::soft_closed, "anna"));
    ASSERT_TRUE(change(PeriodState::soft_closed, "carl"));   // is so already
    company.test.clock.pass_seconds(60);
    ASSERT_TRUE(change(PeriodState::locked, "anna"));
    EXPECT_EQ(company.in_db<std::size_t>([](store::Db& db) { return closed_periods(db, "emea").size(); }), 1U);
    ASSERT_TRUE(change(PeriodState::open, "anna", "bert", "late invoice"));
    const auto changes = company.in_db<std::vector<PeriodChange>>([](store::Db& db) { return period_changes(db, "emea"); });
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(changes[2].before, PeriodState::locked);
    EXPECT_EQ(changes[2].state, PeriodState::open);
    EXPECT_EQ(changes[2].by, "anna");
    EXPECT_EQ(changes[2].approved_by, "bert");
    EXPECT_EQ(changes[2].reason, "late invoice");
    EXPECT_EQ(changes[2].month, day("2026-03-01"));
    EXPECT_EQ(changes[2].at, company.test.clock.now());
    EXPECT_TRUE(company.in_db<std::vector<PeriodChange>>([](store::Db& db) { return period_changes(db, "tokyo"); }).empty());
    EXPECT_TRUE(company.in_db<std::vector<Period>>([](store::Db& db) { return closed_periods(db, {}); }).empty());
}

TEST_F(Periods, verify_sees_what_was_changed_past_the_rules) {
    ASSERT_TRUE(change(PeriodState::locked, "anna"));
    company.sql("UPDATE period SET state = 0");
    EXPECT_EQ(company.differences(), std::vector<std::string>{"period 2026-03 of entity \"emea\" is open, its last change says locked"});
    company.sql("UPDATE period SET state = 2");
    company.sql("UPDATE period_change SET changed_by = 'carl'");
    EXPECT_EQ(company.differences(), std::vector<std::string>{"period change 1: row hash does not fit its fields"});
    company.sql("UPDATE period_change SET changed_by = 'anna'");
}

TEST_F(Periods, unknown_entity_and_dates_out_of_range) {
    const auto refused = company.test.store().write([&](store::Tx& tx) {
        return change_period(tx, company.context, {.entity = "nowhere", .month = day("2026-03-15"), .state = PeriodState::locked, .by = "anna", .reason = "x"});
    });
    EXPECT_EQ(why(refused), "not_found");
}

}  // namespace
}  // namespace owed::ledger
