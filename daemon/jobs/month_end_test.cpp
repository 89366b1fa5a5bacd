// Month-end jobs: the figures of DOMAIN sections 10 and 11, and that a run again posts nothing.
#include "jobs/month_end.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/credits.hpp"
#include "ledger/test_company.hpp"
#include "ledger/write_offs.hpp"
#include "parties/parties.hpp"

namespace owed::jobs {
namespace {

using ledger::day;
using ledger::money;
using ::testing::HasSubstr;

const audit::Actor month_end_job{.kind = audit::Actor::Kind::job, .id = "month end", .name = "month end"};

ProvisionMatrix matrix() {
    const auto rate = [](const char* text) { return parse_decimal(text).value(); };
    return ProvisionMatrix::make({{"current", rate("0.4")}, {"1-30", rate("1.8")}, {"31-60", rate("4.5")}, {"61-90", rate("9")}, {"over-90", rate("35")}}).value();
}

struct MonthEnd : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations()}};
    std::map<std::string, ProvisionMatrix> matrices{{"emea", matrix()}};

    Result<std::string> run(std::string_view kind, std::string_view as_of, const std::string& entity = "emea") {
        return run_month_end(company.test.store(), company.context, matrices, kind, entity, day(as_of), month_end_job);
    }
    std::string done(std::string_view kind, std::string_view as_of) { return store::ok(run(kind, as_of)); }
    std::int64_t allowance() { return company.functional_of("emea", ledger::Role::allowance); }
};

TEST(Closing, is_the_last_day_of_the_month_that_a_run_closes) {
    EXPECT_EQ(closing_of(day("2026-03-31")), day("2026-03-31"));
    EXPECT_EQ(closing_of(day("2026-04-01")), day("2026-03-31"));
    EXPECT_EQ(closing_of(day("2026-03-30")), day("2026-02-28"));
    EXPECT_EQ(closing_of(day("2024-03-01")), day("2024-02-29"));
    EXPECT_EQ(closing_of(day("2026-01-15")), day("2025-12-31"));
}

TEST(Matrix, names_what_is_wrong) {
    const auto rate = [](const char* text) { return parse_decimal(text).value(); };
    struct Row {
        std::map<std::string, Decimal> rates;
        const char* where;
    };
    const Row rows[] = {
        {{{"current", rate("1")}}, ""},
        {{{"current", rate("1")}, {"1-30", rate("1")}, {"31-60", rate("1")}}, "over-60"},
        {{{"current", rate("1")}, {"1-30", rate("1")}, {"over-60", rate("1")}}, "over-60"},
        {{{"current", rate("1")}, {"1-30", rate("101")}, {"over-30", rate("1")}}, "1-30"},
        {{{"current", rate("-1")}, {"1-30", rate("1")}, {"over-30", rate("1")}}, "current"},
        {{{"new", rate("1")}, {"1-30", rate("1")}, {"over-30", rate("1")}}, "new"},
    };
    for (const auto& row : rows) {
        const auto refused = ProvisionMatrix::make(row.rates);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().where, row.where) << to_text(refused.error());
    }
    EXPECT_TRUE(ProvisionMatrix::make({{"current", rate("0")}, {"1-30", rate("50")}, {"over-30", rate("100.000")}}));
    EXPECT_TRUE(ProvisionMatrix::make({{"current", rate("0.123456789012345678")}, {"1-30", rate("1.00000000000000000")}, {"over-30", rate("9.99999999999999999")}}));
}

TEST_F(MonthEnd, provision_posts_what_is_missing_and_nothing_twice) {
    // Due 2026-02-14, 2026-03-16 and 2026-04-19: 45 and 15 days late, and not due.
    store::ok(company.post(company.invoice("I-1", "1000.00 EUR", "2026-01-15")));
    store::ok(company.post(company.invoice("I-2", "2000.00 EUR", "2026-02-14")));
    store::ok(company.post(company.invoice("I-3", "5000.00 EUR", "2026-03-20")));
    EXPECT_THAT(done("provision", "2026-04-01"), HasSubstr("from 0.00 to 101.00"));   // 45.00 + 36.00 + 20.00
    EXPECT_EQ(allowance(), -10100);
    EXPECT_EQ(done("provision", "2026-04-01"), "nothing to post at 2026-03-31");
    EXPECT_EQ(done("provision", "2026-03-31"), "nothing to post at 2026-03-31");
    EXPECT_EQ(allowance(), -10100);
    // A write-off against the allowance in March leaves less open, and more to provide.
    const auto lost = company.in_db<std::vector<ledger::Item>>([&](store::Db& db) { return ledger::find_by_document(db, "emea", ledger::document_key("I-1")); });
    store::ok(company.act(ledger::write_off, {.item = lost.front().id, .method = ledger::WriteOffMethod::allowance, .instruction = company.asked("2026-03-31")}));
    EXPECT_THAT(done("provision", "2026-04-01"), HasSubstr("from -899.00 to 56.00"));
    EXPECT_EQ(allowance(), -5600);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST_F(MonthEnd, provision_values_foreign_items_at_the_closing_rate) {
    company.rate("USD", "EUR", "2026-01-15", "0.9000");
    company.rate("USD", "EUR", "2026-03-31", "0.8000", ledger::RateType::closing);
    store::ok(company.post(company.invoice("I-1", "1000.00 USD", "2026-01-15")));
    EXPECT_THAT(done("provision", "2026-04-01"), HasSubstr("from 0.00 to 36.00"));    // 800.00 at 4.5 %
}

TEST_F(MonthEnd, provision_is_refused_by_name) {
    EXPECT_EQ(ledger::refusal(run("provision", "2026-04-01", "boston")), "not_found") << "no matrix";
    company.close("2026-03-01");
    EXPECT_EQ(ledger::refusal(run("provision", "2026-04-01")), "period_closed");
    EXPECT_EQ(ledger::refusal(run("revaluation", "2026-04-01")), "period_closed");
    EXPECT_EQ(ledger::refusal(run("revaluation", "2026-04-01", "atlantis")), "not_found");
}

TEST_F(MonthEnd, revaluation_posts_and_reverses_once) {
    company.rate("EUR", "USD", "2026-03-01", "1.0840");
    company.rate("EUR", "USD", "2026-03-31", "1.0912", ledger::RateType::closing);
    store::ok(company.post(company.invoice("I-1", "2750.00 EUR", "2026-03-01", "boston")));
    const auto told = store::ok(run("revaluation", "2026-04-01", "boston"));
    EXPECT_THAT(told, HasSubstr("1 items revalued at 2026-03-31"));
    EXPECT_THAT(told, HasSubstr("1.0912"));
    EXPECT_EQ(company.functional_of("boston", ledger::Role::fx_unrealised, "2026-03-31"), -1980);   // DOMAIN section 10
    EXPECT_EQ(company.functional_of("boston", ledger::Role::fx_unrealised, "2026-04-01"), 0);
    EXPECT_EQ(store::ok(run("revaluation", "2026-04-01", "boston")), "nothing to post at 2026-03-31");
}

TEST_F(MonthEnd, reclass_shows_credit_balances_and_takes_them_back_the_next_day) {
    store::ok(company.post(company.receipt("60.00 EUR", "2026-03-10")));
    EXPECT_THAT(done("reclass", "2026-04-01"), HasSubstr("2026-03-31"));
    EXPECT_EQ(company.functional_of("emea", ledger::Role::credit_presentation, "2026-03-31"), -6000);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::credit_presentation, "2026-04-01"), 0);
    EXPECT_EQ(done("reclass", "2026-04-01"), "nothing to post at 2026-03-31");
    const auto acts = company.in_db<std::vector<audit::Listed>>([](store::Db& db) { return audit::list(db, {}, 10); });
    ASSERT_EQ(acts.size(), 1U);
    EXPECT_EQ(acts[0].act.action, "reclass.post");
}

}  // namespace
}  // namespace owed::jobs
