// What one payment does besides paying (DOMAIN sections 7, 10 and 12): every part posts in the application's own entry, closes
// what it says, and comes back exactly.
#include "ledger/charges.hpp"
#include "ledger/deductions.hpp"
#include "ledger/follow_ups.hpp"
#include "ledger/test_company.hpp"
#include "ledger/write_offs.hpp"

namespace owed::ledger {
namespace {

struct Parts : ::testing::Test {
    Company company;
    OpenItemId invoice{0}, receipt{0};

    void SetUp() override {
        auto document = company.invoice("I-1", "119.00 EUR", "2026-03-01");
        document.tax = money("19.00 EUR");
        invoice = ok(company.post(document)).item;
        receipt = ok(company.post(company.receipt("130.00 EUR", "2026-03-10"))).item;
    }
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }

    /// Applies, compares the entry, unapplies, and sees that both residuals are what they were.
    void expect(Apply asked, const std::string& lines, const std::string& left_of_invoice, const std::string& left_of_receipt) {
        const auto applied = ok(company.apply(asked));
        EXPECT_EQ(company.lines(applied.posted.entry), lines);
        EXPECT_EQ(company.residual(invoice), left_of_invoice);
        EXPECT_EQ(company.residual(receipt), left_of_receipt);
        EXPECT_EQ(company.differences(), std::vector<std::string>{});
        const auto again = ok(company.apply(asked));
        EXPECT_TRUE(again.posted.repeated);
        EXPECT_EQ(again.deduction, applied.deduction);
        ok(company.unapply(applied.application, "2026-03-20"));
        EXPECT_EQ(company.residual(invoice), "119.00");
        EXPECT_EQ(company.residual(receipt), "-130.00");
        if (applied.deduction) {
            EXPECT_EQ(company.residual(*applied.deduction), "0.00");
        }
    }
    Apply pay(std::string_view amount) { return company.application(receipt, invoice, amount, "2026-03-10"); }
    Application read(ApplicationId id) {
        return *company.in_db<std::optional<Application>>([&](store::Db& db) { return application(db, id); });
    }
};

TEST_F(Parts, tolerance_loss) {
    auto asked = pay("118.95 EUR");
    asked.tolerance = money("0.05 EUR");
    expect(asked, "unapplied_cash 118.95 EUR #2, tolerance 0.05 EUR, receivable -119.00 EUR #1", "0.00", "-11.05");
}

TEST_F(Parts, tolerance_gain_is_taken_from_the_credit) {
    auto asked = pay("119.00 EUR");
    asked.tolerance = money("-0.05 EUR");
    expect(asked, "unapplied_cash 119.05 EUR #2, tolerance_gain -0.05 EUR, receivable -119.00 EUR #1", "0.00", "-10.95");
}

TEST_F(Parts, discount_with_its_tax_and_a_tolerance) {
    auto asked = pay("115.40 EUR");
    asked.discount = money("3.57 EUR");
    asked.tolerance = money("0.03 EUR");
    expect(asked, "unapplied_cash 115.40 EUR #2, sales_discount 3.00 EUR, tax_payable 0.57 EUR, tolerance 0.03 EUR, receivable -119.00 EUR #1",
           "0.00", "-14.60");
}

TEST_F(Parts, bank_charge_withheld) {
    auto asked = pay("104.00 EUR");
    asked.bank_charge = money("15.00 EUR");
    expect(asked, "unapplied_cash 104.00 EUR #2, bank_charges 15.00 EUR, receivable -119.00 EUR #1", "0.00", "-26.00");
}

TEST_F(Parts, tax_withheld) {
    auto asked = pay("107.10 EUR");
    asked.withholding = money("11.90 EUR");
    expect(asked, "unapplied_cash 107.10 EUR #2, withholding_tax 11.90 EUR, receivable -119.00 EUR #1", "0.00", "-22.90");
}

TEST_F(Parts, rest_written_off) {
    auto asked = pay("118.00 EUR");
    asked.write_off = money("1.00 EUR");
    expect(asked, "unapplied_cash 118.00 EUR #2, write_off 1.00 EUR, receivable -119.00 EUR #1", "0.00", "-12.00");
}

TEST_F(Parts, deduction_becomes_an_item) {
    auto asked = pay("95.20 EUR");
    asked.deduction = DeductionPart{money("23.80 EUR"), "damage"};
    expect(asked, "unapplied_cash 95.20 EUR #2, receivable -119.00 EUR #1, deductions 23.80 EUR #3", "0.00", "-34.80");
    const auto item = company.item(OpenItemId{3});
    EXPECT_EQ(item.kind, ItemKind::deduction);
    EXPECT_EQ(item.document, "I-1/D3");
    EXPECT_EQ(item.due_date, company.item(invoice).due_date);
    const auto terms = company.in_db<std::optional<ItemTerms>>([&](store::Db& db) { return terms_of(db, OpenItemId{3}); });
    ASSERT_TRUE(terms);
    EXPECT_EQ(terms->reason_code, "damage");
    EXPECT_EQ(terms->source, invoice);
}

TEST_F(Parts, all_at_once_and_read_back) {
    auto asked = pay("80.00 EUR");
    asked.discount = money("3.57 EUR");
    asked.tolerance = money("0.43 EUR");
    asked.bank_charge = money("5.00 EUR");
    asked.withholding = money("10.00 EUR");
    asked.write_off = money("1.00 EUR");
    asked.deduction = DeductionPart{money("19.00 EUR"), "pricing", "DN-77"};
    const auto applied = ok(company.apply(asked));
    EXPECT_EQ(company.lines(applied.posted.entry),
              "unapplied_cash 80.00 EUR #2, sales_discount 3.00 EUR, tax_payable 0.57 EUR, tolerance 0.43 EUR, bank_charges 5.00 EUR, "
              "withholding_tax 10.00 EUR, write_off 1.00 EUR, receivable -119.00 EUR #1, deductions 19.00 EUR #3");
    const auto shown = read(applied.application);
    EXPECT_EQ(shown.amount, money("80.00 EUR"));
    EXPECT_EQ(shown.discount, money("3.57 EUR"));
    EXPECT_EQ(shown.tolerance, money("0.43 EUR"));
    EXPECT_EQ(shown.bank_charge, money("5.00 EUR"));
    EXPECT_EQ(shown.withholding, money("10.00 EUR"));
    EXPECT_EQ(shown.write_off, money("1.00 EUR"));
    EXPECT_EQ(shown.deduction, money("19.00 EUR"));
    EXPECT_EQ(shown.deduction_item, OpenItemId{3});
    EXPECT_EQ(shown.fx, std::nullopt);
    EXPECT_EQ(shown.credit_amount, std::nullopt);
}

TEST_F(Parts, refusals_name_the_figures_and_leave_nothing) {
    const auto with = [&](const std::function<void(Apply&)>& change) {
        auto asked = pay("100.00 EUR");
        change(asked);
        return refusal(company.apply(asked));
    };
    EXPECT_EQ(with([](auto& a) { a.tolerance = money("0.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& a) { a.bank_charge = money("-1.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& a) { a.withholding = money("0.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& a) { a.write_off = money("-0.01 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& a) { a.deduction = DeductionPart{money("0.00 EUR"), "damage"}; }), "invalid_argument");
    EXPECT_EQ(with([](auto& a) { a.deduction = DeductionPart{money("1.00 EUR"), ""}; }), "invalid_argument");
    EXPECT_EQ(with([](auto& a) { a.credit_amount = money("100.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& a) { a.bank_charge = money("1.00 USD"); }), "currency_mismatch");
    EXPECT_EQ(with([](auto& a) { a.deduction = DeductionPart{money("1.00 USD"), "damage"}; }), "currency_mismatch");
    EXPECT_EQ(with([](auto& a) { a.tolerance = money("-30.01 EUR"); }), "application_exceeds_residual");   // of the credit
    auto asked = pay("100.00 EUR");
    asked.bank_charge = money("10.00 EUR");
    asked.deduction = DeductionPart{money("9.01 EUR"), "damage"};
    EXPECT_EQ(company.apply(asked).error().what,
              "invoice I-1 (item 1) has 119.00 EUR open; 100.00 EUR with a discount of 0.00 EUR and parts of 19.01 EUR was to be applied");
    asked.deduction->amount = money("9.00 EUR");
    EXPECT_EQ(refusal(company.apply(asked)), "no error");
    asked.bank_charge = money("9.00 EUR");
    EXPECT_EQ(refusal(company.apply(asked)), "conflicting_repeat");
    EXPECT_EQ(company.items({}).size(), 3U);
}

TEST_F(Parts, overpayment_stays_on_the_receipt) {
    ok(company.apply(pay("119.00 EUR")));
    EXPECT_EQ(company.residual(receipt), "-11.00");
    EXPECT_EQ(refusal(company.apply(pay("11.00 EUR"))), "item_not_open");
}

// ---------------------------------------------------------------- deductions after the payment

struct Deductions : Parts {
    OpenItemId deduction{0};
    ApplicationId application{0};
    void SetUp() override {
        Parts::SetUp();
        auto asked = pay("95.20 EUR");
        asked.deduction = DeductionPart{money("23.80 EUR"), "damage"};
        const auto applied = ok(company.apply(asked));
        deduction = *applied.deduction;
        application = applied.application;
    }
};

TEST_F(Deductions, accepted_lowers_revenue_and_tax) {
    const auto half = ok(company.act(accept_deduction, {.deduction = deduction, .amount = money("11.90 EUR"), .instruction = company.asked("2026-03-15")}));
    EXPECT_EQ(company.lines(half.entry), "sales_allowance 10.00 EUR, tax_payable 1.90 EUR, deductions -11.90 EUR #3");
    const auto rest = ok(company.act(accept_deduction, {.deduction = deduction, .against_revenue = true, .instruction = company.asked("2026-03-16")}));
    EXPECT_EQ(company.lines(rest.entry), "revenue 10.00 EUR, tax_payable 1.90 EUR, deductions -11.90 EUR #3");
    EXPECT_EQ(state_of(company.item(deduction)), "settled");
    EXPECT_EQ(refusal(company.act(accept_deduction, {.deduction = deduction, .instruction = company.asked("2026-03-17")})), "item_not_open");
    EXPECT_EQ(refusal(company.act(accept_deduction, {.deduction = invoice, .instruction = company.asked("2026-03-17")})), "invalid_argument");
}

TEST_F(Deductions, rejected_goes_back_to_its_invoice) {
    const auto back = ok(company.act(reject_deduction, {.deduction = deduction, .amount = {}, .instruction = company.asked("2026-03-15")}));
    EXPECT_EQ(company.lines(back.entry), "receivable 23.80 EUR #1, deductions -23.80 EUR #3");
    EXPECT_EQ(company.residual(invoice), "23.80");
    EXPECT_EQ(company.item(invoice).due_date, day("2026-03-31"));
}

TEST_F(Deductions, rejected_becomes_a_chargeback_when_the_invoice_stays_closed) {
    const auto billed = ok(company.act(charge_back, {.deduction = deduction, .amount = {}, .document = "CB-1", .due_date = day("2026-04-15"),
                                                     .instruction = company.asked("2026-03-15")}));
    EXPECT_EQ(company.lines(billed.posted.entry), "receivable 23.80 EUR #4, deductions -23.80 EUR #3");
    EXPECT_EQ(company.item(billed.item).kind, ItemKind::chargeback);
    EXPECT_EQ(company.residual(invoice), "0.00");
    ok(company.apply(company.application(receipt, billed.item, "23.80 EUR", "2026-03-18")));
    EXPECT_EQ(company.residual(billed.item), "0.00");
    const auto follows = company.in_db<std::vector<FollowUp>>([&](store::Db& db) { return what_follows(db, application); });
    ASSERT_EQ(follows.size(), 2U);
    EXPECT_EQ(follows[0].act, "application");
    EXPECT_EQ(follows[1].act, "chargeback");
    ok(company.unapply(application, "2026-03-20"));   // and all that followed
    for (const auto id : {deduction, billed.item}) EXPECT_EQ(company.residual(id), "0.00");
    EXPECT_EQ(company.residual(invoice), "119.00");
    EXPECT_EQ(company.residual(receipt), "-130.00");
}

TEST_F(Deductions, of_a_returned_payment_are_undone_whatever_became_of_them) {
    ok(company.act(reject_deduction, {.deduction = deduction, .amount = {}, .instruction = company.asked("2026-03-15")}));
    const auto second = ok(company.post(company.receipt("23.80 EUR", "2026-03-18"))).item;
    ok(company.apply(company.application(second, invoice, "23.80 EUR", "2026-03-18")));
    ok(company.return_payment(receipt, "2026-03-25"));
    EXPECT_EQ(company.residual(invoice), "119.00");
    EXPECT_EQ(company.residual(second), "-23.80");   // its invoice part is gone; it waits to be applied again
    EXPECT_EQ(company.residual(deduction), "0.00");
    EXPECT_EQ(company.residual(receipt), "0.00");
    EXPECT_EQ(company.item(invoice).due_date, day("2026-03-31"));
    ok(company.apply(company.application(second, invoice, "23.80 EUR", "2026-03-25")));
}

TEST_F(Parts, split_off_without_a_payment) {
    const auto split = ok(company.act(split_deduction, {.debit = invoice, .amount = money("19.00 EUR"), .reason_code = "freight", .document = "DN-1",
                                                        .instruction = company.asked("2026-03-12")}));
    EXPECT_EQ(company.lines(split.posted.entry), "deductions 19.00 EUR #3, receivable -19.00 EUR #1");
    EXPECT_EQ(refusal(company.act(split_deduction, {.debit = invoice, .amount = money("1.00 EUR"), .reason_code = "freight", .document = "DN-1",
                                                    .instruction = company.asked("2026-03-12")})), "already_exists");
    EXPECT_EQ(refusal(company.act(split_deduction, {.debit = receipt, .amount = money("1.00 EUR"), .reason_code = "freight",
                                                    .instruction = company.asked("2026-03-12")})), "invalid_argument");
    ok(company.act(charge_back, {.deduction = split.item, .amount = {}, .document = "CB-1", .due_date = day("2026-04-15"),
                                 .instruction = company.asked("2026-03-15")}));
}

// ---------------------------------------------------------------- third currency

TEST(ThirdCurrency, reports_the_cross_and_the_item_apart) {
    // A USD company; the invoice in EUR booked at 1.10, paid in GBP worth 1.25 on a day when EUR is at 1.08.
    Company company;
    company.rate("EUR", "USD", "2026-03-01", "1.10");
    company.rate("EUR", "USD", "2026-03-10", "1.08");
    company.rate("GBP", "USD", "2026-03-10", "1.25");
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-01", "boston"))).item;
    const auto receipt = ok(company.post(company.receipt("87.00 GBP", "2026-03-10", CustomerId{1}, "boston"))).item;
    auto asked = company.application(receipt, invoice, "100.00 EUR", "2026-03-10");
    EXPECT_EQ(refusal(company.apply(asked)), "currency_mismatch");
    asked.credit_amount = money("87.00 GBP");
    const auto applied = ok(company.apply(asked));
    EXPECT_EQ(company.lines(applied.posted.entry),
              "unapplied_cash 87.00 GBP (108.75 USD) #2, currency_exchange -87.00 GBP (-108.75 USD), currency_exchange 100.00 EUR (108.75 USD), "
              "receivable -100.00 EUR (-110.00 USD) #1, fx_gain 0.00 EUR (-0.75 USD), fx_loss 0.00 EUR (2.00 USD)");
    EXPECT_EQ(company.functional_of("boston", Role::receivable), 0);
    EXPECT_EQ(company.functional_of("boston", Role::unapplied_cash), 0);
    EXPECT_EQ(company.functional_of("boston", Role::currency_exchange), 0);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
    const auto shown = *company.in_db<std::optional<Application>>([&](store::Db& db) { return application(db, applied.application); });
    EXPECT_EQ(shown.credit_amount, money("87.00 GBP"));
    EXPECT_EQ(shown.fx, money("-1.25 USD"));
    ok(company.unapply(applied.application, "2026-03-12"));
    EXPECT_EQ(company.residual(invoice), "100.00");
    EXPECT_EQ(company.residual(receipt), "-87.00");
    EXPECT_EQ(company.functional_of("boston", Role::receivable), 11000);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ThirdCurrency, the_entitys_own_money_on_a_foreign_invoice) {
    Company company;
    company.rate("EUR", "USD", "2026-03-01", "1.10");
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-01", "boston"))).item;
    const auto receipt = ok(company.post(company.receipt("109.00 USD", "2026-03-10", CustomerId{1}, "boston"))).item;
    auto asked = company.application(receipt, invoice, "100.00 EUR", "2026-03-10");
    asked.credit_amount = money("109.00 USD");
    asked.day_value = money("108.00 USD");
    const auto applied = ok(company.apply(asked));
    EXPECT_EQ(company.lines(applied.posted.entry),
              "unapplied_cash 109.00 USD #2, currency_exchange -109.00 USD, currency_exchange 100.00 EUR (109.00 USD), "
              "receivable -100.00 EUR (-110.00 USD) #1, fx_gain 0.00 EUR (-1.00 USD), fx_loss 0.00 EUR (2.00 USD)");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
    asked.event_key = company.next_event();
    asked.day_value = money("108.00 GBP");
    EXPECT_EQ(refusal(company.apply(asked)), "item_not_open");
}

}  // namespace
}  // namespace owed::ledger
