// Write-offs that are taken back or recovered after other things have happened to the item.
#include "ledger/write_offs.hpp"

#include "ledger/deductions.hpp"
#include "ledger/follow_ups.hpp"
#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

/// Invoice 119.00 with 19.00 of tax, 60.00 of it paid.
struct GivenUp : ::testing::Test {
    Company company;
    OpenItemId invoice{0}, receipt{0};
    Applied payment;

    void SetUp() override {
        auto document = company.invoice("I-1", "119.00 EUR", "2026-03-01");
        document.tax = money("19.00 EUR");
        invoice = ok(company.post(document)).item;
        receipt = ok(company.post(company.receipt("60.00 EUR", "2026-03-10"))).item;
        payment = ok(company.apply(company.application(receipt, invoice, "60.00 EUR", "2026-03-10")));
    }
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }

    Posted settle_it() {
        return ok(company.act(settle, {.item = invoice, .agreed = money("60.00 EUR"), .agreed_on = day("2026-03-05"), .instruction = company.asked("2026-03-20")}));
    }
    Result<Posted> recover_it(std::string_view amount, std::optional<Money> tax = {}) {
        return company.act(recover, {.item = invoice, .amount = money(amount), .tax = tax, .instruction = company.asked("2026-04-01")});
    }
    void pay(std::string_view amount) {
        const auto money_in = ok(company.post(company.receipt(amount, "2026-04-02"))).item;
        ok(company.apply(company.application(money_in, invoice, amount, "2026-04-02")));
    }
    Money written_off() {
        return company.in_db<Money>([&](store::Db& db) { return written_off_of(db, company.item(invoice)); });
    }
    void expect_all_owed(std::string_view residual) {
        EXPECT_EQ(company.residual(invoice), residual);
        EXPECT_EQ(written_off(), money("0.00 EUR"));
        EXPECT_EQ(company.functional_of("emea", Role::write_off), 0);
        EXPECT_EQ(company.functional_of("emea", Role::recovery_income), 0);
    }
};

TEST_F(GivenUp, a_settlement_goes_with_its_money_though_part_was_recovered) {
    settle_it();
    ok(recover_it("9.50 EUR"));
    const auto follows = company.in_db<std::vector<FollowUp>>([&](store::Db& db) { return what_follows(db, payment.application); });
    ASSERT_EQ(follows.size(), 2U);
    EXPECT_EQ(follows[0].act, "recovery");
    EXPECT_EQ(follows[1].act, "settlement");
    ok(company.return_payment(receipt, "2026-04-10"));
    expect_all_owed("119.00");
}

TEST_F(GivenUp, a_recovery_goes_with_its_settlement_though_it_was_paid) {
    settle_it();
    ok(recover_it("9.50 EUR"));
    pay("9.50 EUR");
    ok(company.return_payment(receipt, "2026-04-10"));
    expect_all_owed("109.50");
}

TEST_F(GivenUp, a_recovery_goes_with_the_write_off_that_is_reinstated) {
    const auto lost = ok(company.act(write_off, {.item = invoice, .instruction = company.asked("2026-03-20")}));
    ok(recover_it("9.50 EUR"));
    pay("9.50 EUR");
    ok(company.reverse(lost.entry, "2026-04-10"));
    expect_all_owed("49.50");
}

TEST_F(GivenUp, a_recovery_goes_with_the_application_that_gave_up) {
    ok(company.unapply(payment.application, "2026-03-10"));
    auto asked = company.application(receipt, invoice, "60.00 EUR", "2026-03-10");
    asked.write_off = money("59.00 EUR");
    const auto applied = ok(company.apply(asked));
    ok(recover_it("9.50 EUR"));
    pay("9.50 EUR");
    ok(company.unapply(applied.application, "2026-04-10"));
    expect_all_owed("109.50");
}

TEST_F(GivenUp, a_settlement_goes_with_its_money_though_a_deduction_came_back) {
    const auto claimed = ok(company.act(split_deduction, {.debit = invoice, .amount = money("20.00 EUR"), .reason_code = "damage",
                                                          .instruction = company.asked("2026-03-15")}));
    const auto settled = settle_it();
    EXPECT_EQ(company.lines(settled.entry), "write_off 39.00 EUR, receivable -39.00 EUR #1");
    ok(company.act(reject_deduction, {.deduction = claimed.item, .instruction = company.asked("2026-04-01")}));
    ok(company.return_payment(receipt, "2026-04-10"));
    expect_all_owed("119.00");
}

TEST_F(GivenUp, only_relief_that_was_taken_is_owed_again) {
    ok(company.act(write_off, {.item = invoice, .amount = money("11.90 EUR"), .instruction = company.asked("2026-03-20")}));
    EXPECT_EQ(recover_it("11.90 EUR", money("1.90 EUR")).error().what,
              "tax of 1.90 EUR is more than the relief of 0.00 EUR taken for invoice I-1 (item 1)");
    EXPECT_EQ(refusal(recover_it("11.90 EUR", money("1.90 EUR"))), "invalid_argument");
    ok(company.act(write_off, {.item = invoice, .amount = money("23.80 EUR"), .tax_relief = money("3.80 EUR"), .instruction = company.asked("2026-03-20")}));
    ok(recover_it("17.85 EUR", money("2.85 EUR")));
    EXPECT_EQ(refusal(recover_it("11.90 EUR", money("0.96 EUR"))), "invalid_argument");
    ok(recover_it("11.90 EUR", money("0.95 EUR")));
    EXPECT_EQ(company.functional_of("emea", Role::tax_payable), -1900);
}

}  // namespace
}  // namespace owed::ledger
