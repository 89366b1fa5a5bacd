// A month's end: revaluation, reclass of credits, provision stand on their closing date or are refused, and verify agrees.
#include "ledger/credits.hpp"
#include "ledger/fx_rules.hpp"
#include "ledger/revaluation.hpp"
#include "ledger/test_company.hpp"
#include "ledger/write_offs.hpp"

namespace owed::ledger {
namespace {

struct Closing : ::testing::Test {
    Company company;
    void SetUp() override { company.rate("EUR", "USD", "2026-03-01", "1.10"); }
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }

    Result<RevaluationRun> revalue_march() {
        return company.act(revalue, {.entity = "boston", .closing = day("2026-03-31"), .cause = {"test", "close"}, .reason = "month end"});
    }
    Result<std::vector<Posted>> reclass_march() {
        return company.act(reclass_credits, {.entity = "boston", .closing = day("2026-03-31"), .cause = {"test", "close"}, .reason = "month end"});
    }
    Result<Posted> provide() {
        return company.act(post_provision, {.entity = "boston", .movement = money("25.00 USD"), .instruction = company.asked("2026-03-31")});
    }
    OpenItemId foreign_invoice(const std::string& number, std::string_view functional) {
        auto document = company.invoice(number, "100.00 EUR", "2026-03-01", "boston");
        document.functional = money(functional);
        return ok(company.post(document)).item;
    }
    OpenItemId paid(std::string_view amount) { return ok(company.post(company.receipt(amount, "2026-03-10", CustomerId{1}, "boston"))).item; }
    /// An entity that keeps customers' credits on its receivables account.
    void share_the_account(Role role) {
        const auto made = test_books();
        std::vector<Entity> entities;
        for (auto entity : made.entities()) {
            entity.chart[role].code = entity.chart[Role::receivable].code;
            entities.push_back(std::move(entity));
        }
        company.books = *Books::make(std::move(entities), made.bank_accounts());
    }
};

TEST_F(Closing, a_gain_and_a_loss_of_one_size_leave_nothing_to_differ) {
    company.rate("EUR", "USD", "2026-03-31", "1.12", RateType::closing);
    foreign_invoice("I-1", "110.00 USD");
    foreign_invoice("I-2", "114.00 USD");
    const auto run = ok(revalue_march());
    ASSERT_EQ(run.items.size(), 2U);
    EXPECT_EQ(run.items[0].unrealised, money("2.00 USD"));
    EXPECT_EQ(run.items[1].unrealised, money("-2.00 USD"));
    EXPECT_EQ(company.functional_of("boston", Role::ar_revaluation), 0);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST_F(Closing, in_a_soft_closed_month_it_is_for_its_roles_or_refused) {
    company.rate("EUR", "USD", "2026-03-31", "1.12", RateType::closing);
    foreign_invoice("I-1", "110.00 USD");
    auto credit = company.receipt("50.00 USD", "2026-03-10", CustomerId{2}, "boston");
    ok(company.post(credit));
    company.close("2026-03-01", "boston", PeriodState::soft_closed);
    EXPECT_EQ(revalue_march().error().what, "period 2026-03 of entity \"boston\" is soft_closed");
    EXPECT_EQ(refusal(revalue_march()), "period_closed");
    EXPECT_EQ(refusal(reclass_march()), "period_closed");
    EXPECT_EQ(refusal(provide()), "period_closed");
    company.context.roles = {"approver"};
    EXPECT_EQ(ok(revalue_march()).entries.size(), 1U);
    EXPECT_EQ(ok(reclass_march()).size(), 1U);
    EXPECT_EQ(ok(provide()).posting_date, day("2026-03-31"));
    EXPECT_EQ(company.functional_of("boston", Role::ar_revaluation, "2026-03-31"), 200);
    EXPECT_EQ(company.functional_of("boston", Role::credit_presentation, "2026-03-31"), -5000);
    company.close("2026-03-01", "boston");
    EXPECT_EQ(revalue_march().error().what, "period 2026-03 of entity \"boston\" is locked");
    EXPECT_EQ(refusal(provide()), "period_closed");
}

TEST_F(Closing, a_deposit_is_a_liability_already) {
    const auto receipt = paid("1000.00 USD");
    ok(company.act(hold_deposit, {.receipt = receipt, .document = "D-1", .instruction = company.asked("2026-03-11")}));
    EXPECT_TRUE(ok(reclass_march()).empty());
    ok(company.post(company.invoice("I-1", "300.00 USD", "2026-03-15", "boston")));   // neither does it hide what is owed
    EXPECT_TRUE(ok(reclass_march()).empty());
    paid("400.00 USD");
    const auto run = ok(reclass_march());
    ASSERT_EQ(run.size(), 1U);
    EXPECT_EQ(company.lines(run[0].entry), "credit_reclass 100.00 USD, credit_presentation -100.00 USD");
}

TEST_F(Closing, a_deposit_among_the_receivables_is_shown_as_a_liability) {
    share_the_account(Role::customer_deposits);
    const auto receipt = paid("1000.00 USD");
    ok(company.act(hold_deposit, {.receipt = receipt, .document = "D-1", .instruction = company.asked("2026-03-11")}));
    EXPECT_EQ(ok(reclass_march()).size(), 1U);
    EXPECT_EQ(company.functional_of("boston", Role::credit_presentation, "2026-03-31"), -100000);
}

TEST_F(Closing, advances_stay_at_their_rate_on_whichever_account) {
    share_the_account(Role::unapplied_cash);
    company.rate("EUR", "USD", "2026-03-31", "1.20", RateType::closing);
    foreign_invoice("I-1", "110.00 USD");
    paid("40.00 EUR");
    const auto run = ok(revalue_march());
    ASSERT_EQ(run.items.size(), 1U);
    EXPECT_EQ(run.items[0].unrealised, money("10.00 USD"));
    EXPECT_EQ(company.functional_of("boston", Role::ar_revaluation, "2026-03-31"), 1000);
}

/// What `owectl calc fx` answers is what is posted.
TEST_F(Closing, calc_and_the_books_say_the_same) {
    for (const auto* closing : {"1.0851", "1.0849", "1.1", "0.999999"}) {
        SCOPED_TRACE(closing);
        Company other;
        other.rate("EUR", "USD", "2026-03-01", "1.0849");
        other.rate("EUR", "USD", "2026-03-31", closing, RateType::closing);
        ok(other.post(other.invoice("I-1", "1.00 EUR", "2026-03-01", "boston")));
        ok(other.act(revalue, {.entity = "boston", .closing = day("2026-03-31"), .cause = {"test", "close"}, .reason = "month end"}));
        const FxQuestion question{.amount = money("1.00 EUR"), .functional = currency("USD"), .booked_rate = {*parse_decimal("1.0849")},
                                  .closing_rate = DirectedRate{*parse_decimal(closing)}};
        EXPECT_EQ(other.functional_of("boston", Role::ar_revaluation, "2026-03-31"), ok(exchange_differences(question)).unrealised->units());
    }
}

}  // namespace
}  // namespace owed::ledger
