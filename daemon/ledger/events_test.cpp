// The other events of DOMAIN section 12, each with the lines it posts, its way back and its refusals.
#include "ledger/charges.hpp"
#include "ledger/credits.hpp"
#include "ledger/follow_ups.hpp"
#include "ledger/instalments.hpp"
#include "ledger/intercompany.hpp"
#include "ledger/retainage.hpp"
#include "ledger/test_company.hpp"
#include "ledger/write_offs.hpp"

namespace owed::ledger {
namespace {

struct Events : ::testing::Test {
    Company company;
    OpenItemId invoice{0}, receipt{0};

    void SetUp() override {
        auto document = company.invoice("I-1", "119.00 EUR", "2026-03-01");
        document.tax = money("19.00 EUR");
        invoice = ok(company.post(document)).item;
        receipt = ok(company.post(company.receipt("60.00 EUR", "2026-03-10"))).item;
    }
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }

    Applied pay(OpenItemId debit, std::string_view amount, std::string_view date) {
        return ok(company.apply(company.application(receipt, debit, amount, date)));
    }
};

TEST_F(Events, invoice_with_freight) {
    auto document = company.invoice("I-2", "130.90 EUR", "2026-03-01");
    document.tax = money("20.90 EUR");
    document.freight = money("10.00 EUR");
    EXPECT_EQ(company.lines(ok(company.post(document)).posted.entry),
              "receivable 130.90 EUR #3, revenue -100.00 EUR, freight_income -10.00 EUR, tax_payable -20.90 EUR");
    auto memo = company.invoice("CF-1", "130.90 EUR", "2026-05-11");
    memo.kind = ItemKind::credit_memo;
    memo.tax = money("20.90 EUR");
    memo.freight = money("10.00 EUR");
    EXPECT_EQ(company.lines(ok(company.post(memo)).posted.entry),
              "receivable -130.90 EUR #4, revenue 100.00 EUR, freight_income 10.00 EUR, tax_payable 20.90 EUR");
    auto advance = company.invoice("DF-1", "130.90 EUR", "2026-05-11");   // a liability has no income in it
    advance.deposit = true;
    advance.freight = money("10.00 EUR");
    EXPECT_EQ(refusal(company.post(advance)), "invalid_argument");
    auto fee = company.invoice("FF-1", "130.90 EUR", "2026-05-11");
    fee.kind = ItemKind::finance_charge;
    fee.freight = money("10.00 EUR");
    EXPECT_EQ(refusal(company.post(fee)), "invalid_argument");
    document.freight = money("10.01 EUR");
    EXPECT_EQ(refusal(company.post(document)), "conflicting_repeat");
    document.freight = money("110.01 EUR");
    EXPECT_EQ(refusal(company.post(document)), "invalid_argument");
    document.freight = money("1.00 USD");
    EXPECT_EQ(refusal(company.post(document)), "currency_mismatch");
}

/// Every event of this room refuses, in this order: no event key, the key of another event, its own approver.
TEST_F(Events, refusals_that_all_share) {
    const auto expect_order = [&](const char* what, auto&& act) {
        auto instruction = company.asked("2026-03-12");
        instruction.event_key.clear();
        instruction.approved_by = "anna";
        EXPECT_EQ(refusal(act(instruction)), "invalid_argument") << what;
        instruction.event_key = "test/1";
        EXPECT_EQ(refusal(act(instruction)), "conflicting_repeat") << what;
        instruction.event_key = company.next_event();
        EXPECT_EQ(refusal(act(instruction)), "refused") << what;
    };
    const auto half = money("30.00 EUR");
    expect_order("write_off", [&](auto& i) { return company.act(write_off, {.item = invoice, .amount = half, .instruction = i}); });
    expect_order("recover", [&](auto& i) { return company.act(recover, {.item = invoice, .amount = half, .instruction = i}); });
    expect_order("settle", [&](auto& i) { return company.act(settle, {.item = invoice, .agreed = half, .agreed_on = day("2026-03-01"), .instruction = i}); });
    expect_order("provision", [&](auto& i) { return company.act(post_provision, {.entity = "emea", .movement = half, .instruction = i}); });
    expect_order("refund", [&](auto& i) { return company.act(refund, {.credit = receipt, .amount = half, .instruction = i}); });
    expect_order("escheat", [&](auto& i) { return company.act(escheat, {.credit = receipt, .amount = half, .instruction = i}); });
    expect_order("remit", [&](auto& i) { return company.act(remit_unclaimed, {.entity = "emea", .amount = half, .bank_gl = "1000", .instruction = i}); });
    expect_order("deposit", [&](auto& i) { return company.act(hold_deposit, {.receipt = receipt, .amount = half, .document = "D", .instruction = i}); });
    expect_order("release", [&](auto& i) { return company.act(release_deposit, {.deposit_invoice = invoice, .amount = half, .document = "D", .instruction = i}); });
    expect_order("retainage", [&](auto& i) {
        return company.act(release_retainage, {.retained = invoice, .amount = half, .document = "D", .due_date = day("2026-04-01"), .instruction = i});
    });
    expect_order("forward", [&](auto& i) {
        return company.act(forward_receipt, {.receipt = receipt, .amount = half, .entity = "sap", .customer = CustomerId{1}, .document = "D", .instruction = i});
    });
    expect_order("bank charge", [&](auto& i) { return company.act(post_bank_charge, {.entity = "emea", .amount = half, .bank_gl = "1000", .instruction = i}); });
    expect_order("agency fee", [&](auto& i) { return company.act(post_agency_fee, {.entity = "emea", .fee_and_tax = half, .instruction = i}); });
    expect_order("waive", [&](auto& i) { return company.act(waive, {.charge = invoice, .amount = half, .instruction = i}); });
    EXPECT_EQ(company.items({}).size(), 2U);
    EXPECT_EQ(company.residual(invoice), "119.00");
    EXPECT_EQ(company.residual(receipt), "-60.00");
}

// ---------------------------------------------------------------- write-off, recovery, settlement, provision

TEST_F(Events, write_off_by_either_method_with_tax_relief) {
    pay(invoice, "59.50 EUR", "2026-03-10");
    const auto direct = ok(company.act(write_off, {.item = invoice, .amount = money("11.90 EUR"), .tax_relief = money("1.90 EUR"),
                                                   .instruction = company.asked("2026-06-30")}));
    EXPECT_EQ(company.lines(direct.entry), "write_off 10.00 EUR, tax_payable 1.90 EUR, receivable -11.90 EUR #1");
    EXPECT_EQ(state_of(company.item(invoice)), "partly");
    const auto rest = ok(company.act(write_off, {.item = invoice, .amount = {}, .method = WriteOffMethod::allowance,
                                                 .instruction = company.asked("2026-06-30")}));
    EXPECT_EQ(company.lines(rest.entry), "allowance 47.60 EUR, receivable -47.60 EUR #1");
    EXPECT_EQ(state_of(company.item(invoice)), "written_off");
    const auto lost = company.in_db<Money>([&](store::Db& db) { return written_off_of(db, company.item(invoice)); });
    EXPECT_EQ(lost, money("59.50 EUR"));
}

TEST_F(Events, write_off_is_reinstated_exactly) {
    const auto lost = ok(company.act(write_off, {.item = invoice, .amount = {}, .instruction = company.asked("2026-06-30")}));
    EXPECT_EQ(state_of(company.item(invoice)), "written_off");
    const auto back = ok(company.reverse(lost.entry, "2026-07-15"));
    EXPECT_EQ(company.lines(back.entry), "write_off -119.00 EUR, receivable 119.00 EUR #1");
    EXPECT_EQ(state_of(company.item(invoice)), "open");
    EXPECT_EQ(company.item(invoice).due_date, day("2026-03-31"));
    EXPECT_EQ(company.in_db<Money>([&](store::Db& db) { return written_off_of(db, company.item(invoice)); }), money("0.00 EUR"));
    EXPECT_EQ(refusal(company.reverse(lost.entry, "2026-07-16")), "already_exists");
}

TEST_F(Events, recovery_reinstates_then_receives) {
    ok(company.act(write_off, {.item = invoice, .amount = {}, .tax_relief = money("19.00 EUR"), .instruction = company.asked("2026-06-30")}));
    const auto back = ok(company.act(recover, {.item = invoice, .amount = money("59.50 EUR"), .tax = money("9.50 EUR"),
                                               .instruction = company.asked("2026-09-01")}));
    EXPECT_EQ(company.lines(back.entry), "receivable 59.50 EUR #1, recovery_income -50.00 EUR, tax_payable -9.50 EUR");
    pay(invoice, "59.50 EUR", "2026-09-01");
    const auto allowance = ok(company.act(recover, {.item = invoice, .amount = money("9.50 EUR"), .method = WriteOffMethod::allowance,
                                                    .instruction = company.asked("2026-09-02")}));
    EXPECT_EQ(company.lines(allowance.entry), "receivable 9.50 EUR #1, allowance -9.50 EUR");
    EXPECT_EQ(company.act(recover, {.item = invoice, .amount = money("50.01 EUR"), .instruction = company.asked("2026-09-03")}).error().what,
              "of invoice I-1 (item 1) 50.00 EUR are written off; 50.01 EUR were to be recovered");
}

TEST_F(Events, return_after_the_invoice_was_written_off) {
    pay(invoice, "60.00 EUR", "2026-03-10");
    ok(company.act(write_off, {.item = invoice, .amount = {}, .instruction = company.asked("2026-06-30")}));
    ok(company.return_payment(receipt, "2026-07-02"));
    EXPECT_EQ(company.residual(invoice), "60.00");   // what was given up stays given up
    EXPECT_EQ(state_of(company.item(invoice)), "partly");
}

TEST_F(Events, return_after_a_recovery_that_filled_the_item) {
    auto asked = company.application(receipt, invoice, "60.00 EUR", "2026-03-10");
    asked.write_off = money("59.00 EUR");
    ok(company.apply(asked));
    ok(company.act(recover, {.item = invoice, .amount = money("59.00 EUR"), .instruction = company.asked("2026-05-01")}));
    EXPECT_EQ(company.residual(invoice), "59.00");
    ok(company.return_payment(receipt, "2026-05-05"));
    EXPECT_EQ(company.residual(invoice), "119.00");
    EXPECT_EQ(company.functional_of("emea", Role::recovery_income), 0);
    EXPECT_EQ(company.functional_of("emea", Role::write_off), 0);
}

TEST_F(Events, settlement_writes_off_only_when_the_money_has_arrived) {
    const auto asked = [&](std::string_view date) {
        return Settle{.item = invoice, .agreed = money("60.00 EUR"), .agreed_on = day("2026-03-05"), .instruction = company.asked(date)};
    };
    pay(invoice, "40.00 EUR", "2026-03-10");
    EXPECT_EQ(company.act(settle, asked("2026-03-10")).error().what,
              "invoice I-1 (item 1): of the agreed 60.00 EUR only 40.00 EUR have arrived since 2026-03-05");
    const auto second = pay(invoice, "20.00 EUR", "2026-03-12");
    const auto settled = ok(company.act(settle, asked("2026-03-13")));
    EXPECT_EQ(company.lines(settled.entry), "write_off 59.00 EUR, receivable -59.00 EUR #1");
    EXPECT_EQ(state_of(company.item(invoice)), "written_off");
    const auto follows = company.in_db<std::vector<FollowUp>>([&](store::Db& db) { return what_follows(db, second.application); });
    ASSERT_EQ(follows.size(), 1U);
    EXPECT_EQ(follows[0].act, "settlement");
    EXPECT_EQ(follows[0].amount, money("59.00 EUR"));
    ok(company.return_payment(receipt, "2026-03-20"));   // the money is gone, and with it the settlement
    EXPECT_EQ(company.residual(invoice), "119.00");
    EXPECT_EQ(state_of(company.item(invoice)), "open");
    EXPECT_EQ(company.functional_of("emea", Role::write_off), 0);
}

TEST_F(Events, refusals_of_write_offs) {
    const auto with = [&](const std::function<void(WriteOff&)>& change) {
        WriteOff asked{.item = invoice, .amount = money("10.00 EUR"), .instruction = company.asked("2026-06-30")};
        change(asked);
        return refusal(company.act(write_off, asked));
    };
    EXPECT_EQ(with([](auto& w) { w.instruction.event_key.clear(); }), "invalid_argument");
    EXPECT_EQ(with([](auto& w) { w.instruction.event_key = "test/1"; }), "conflicting_repeat");
    EXPECT_EQ(with([](auto& w) { w.instruction.approved_by = "anna"; }), "refused");
    EXPECT_EQ(with([](auto& w) { w.item = OpenItemId{99}; }), "not_found");
    EXPECT_EQ(with([&](auto& w) { w.item = receipt; }), "invalid_argument");
    EXPECT_EQ(with([](auto& w) { w.amount = money("0.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& w) { w.amount = money("1.00 USD"); }), "currency_mismatch");
    EXPECT_EQ(with([](auto& w) { w.amount = money("119.01 EUR"); }), "application_exceeds_residual");
    EXPECT_EQ(with([](auto& w) { w.tax_relief = money("1.61 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& w) { w.tax_relief = money("1.00 USD"); }), "currency_mismatch");
    EXPECT_EQ(company.residual(invoice), "119.00");
    EXPECT_EQ(with([](auto& w) { w.instruction.approved_by = "bert", w.tax_relief = money("1.60 EUR"); }), "no error");
}

TEST_F(Events, approval_stands_in_the_entry) {
    auto instruction = company.asked("2026-06-30");
    instruction.approved_by = "bert";
    const auto posted = ok(company.act(write_off, {.item = invoice, .amount = {}, .instruction = instruction}));
    const auto rows = company.in_db<std::vector<JournalRow>>([&](store::Db& db) { return journal(db, company.books, {}, 1); });
    EXPECT_EQ(rows.front().id, posted.entry);
    EXPECT_EQ(rows.front().entry.reason, "test event (by anna, approved by bert)");
    EXPECT_TRUE(ok(company.act(write_off, {.item = invoice, .amount = {}, .instruction = instruction})).repeated);
}

TEST_F(Events, provision_increases_and_is_released) {
    const auto up = ok(company.act(post_provision, {.entity = "emea", .movement = money("250.00 EUR"), .instruction = company.asked("2026-03-31")}));
    EXPECT_EQ(company.lines(up.entry), "credit_loss 250.00 EUR, allowance -250.00 EUR");
    const auto down = ok(company.act(post_provision, {.entity = "emea", .movement = money("-40.00 EUR"), .instruction = company.asked("2026-04-30")}));
    EXPECT_EQ(company.lines(down.entry), "credit_loss -40.00 EUR, allowance 40.00 EUR");
    EXPECT_EQ(refusal(company.act(post_provision, {.entity = "emea", .movement = money("0.00 EUR"), .instruction = company.asked("2026-04-30")})),
              "invalid_argument");
    EXPECT_EQ(refusal(company.act(post_provision, {.entity = "emea", .movement = money("1.00 USD"), .instruction = company.asked("2026-04-30")})),
              "currency_mismatch");
}

// ---------------------------------------------------------------- credits

TEST_F(Events, refund_of_unapplied_credit_only_and_voided) {
    pay(invoice, "45.00 EUR", "2026-03-10");
    EXPECT_EQ(refusal(company.act(refund, {.credit = receipt, .amount = money("15.01 EUR"), .instruction = company.asked("2026-03-12")})),
              "application_exceeds_residual");
    EXPECT_EQ(refusal(company.act(refund, {.credit = invoice, .amount = {}, .instruction = company.asked("2026-03-12")})), "invalid_argument");
    const auto paid = ok(company.act(refund, {.credit = receipt, .amount = {}, .instruction = company.asked("2026-03-12")}));
    EXPECT_EQ(company.lines(paid.entry), "refunds_clearing -15.00 EUR, unapplied_cash 15.00 EUR #2");
    ok(company.reverse(paid.entry, "2026-03-14"));
    EXPECT_EQ(company.residual(receipt), "-15.00");
    const auto by_bank = ok(company.act(refund, {.credit = receipt, .amount = money("5.00 EUR"), .bank_gl = "1000", .instruction = company.asked("2026-03-15")}));
    EXPECT_EQ(company.lines(by_bank.entry), "1000 -5.00 EUR, unapplied_cash 5.00 EUR #2");
    const auto unknown = ok(company.post(company.receipt("9.00 EUR", "2026-03-10", {}))).item;
    EXPECT_EQ(refusal(company.act(refund, {.credit = unknown, .amount = {}, .instruction = company.asked("2026-03-12")})), "wrong_customer");
}

TEST_F(Events, refund_of_a_returned_receipt_is_refused) {
    ok(company.return_payment(receipt, "2026-03-13"));
    EXPECT_EQ(refusal(company.act(refund, {.credit = receipt, .amount = {}, .instruction = company.asked("2026-03-14")})), "item_not_open");
}

/// A bank's return is a fact: what has left since is owed again, all else is taken back.
TEST_F(Events, a_return_after_a_refund_in_part) {
    pay(invoice, "45.00 EUR", "2026-03-10");
    ok(company.act(refund, {.credit = receipt, .amount = {}, .bank_gl = "1000", .instruction = company.asked("2026-03-12")}));
    const ReturnedPayment returned{.receipt = receipt, .bank_gl = "1000", .instruction = company.asked("2026-04-02")};
    const auto posted = ok(company.act(post_returned_payment, returned));
    EXPECT_EQ(company.lines(posted.posted.entry), "unapplied_cash 45.00 EUR #2, receivable 15.00 EUR #3, 1000 -60.00 EUR");
    EXPECT_EQ(posted.posted.posting_date, day("2026-04-02"));
    EXPECT_EQ(company.residual(invoice), "119.00");
    EXPECT_EQ(company.residual(receipt), "0.00");
    const auto owed = company.item(posted.chargeback.value());
    EXPECT_EQ(owed.kind, ItemKind::chargeback);
    EXPECT_EQ(owed.document, company.item(receipt).document + "/C3");
    EXPECT_EQ(owed.customer, CustomerId{1});
    EXPECT_EQ(owed.due_date, day("2026-04-02"));
    EXPECT_EQ(owed.residual, money("15.00 EUR"));
    const auto again = ok(company.act(post_returned_payment, returned));
    EXPECT_TRUE(again.posted.repeated);
    EXPECT_EQ(again.chargeback, owed.id);
    EXPECT_EQ(refusal(company.return_payment(receipt, "2026-04-03")), "item_not_open");
    EXPECT_EQ(refusal(company.act(refund, {.credit = receipt, .amount = {}, .instruction = company.asked("2026-04-03")})), "item_not_open");
    EXPECT_EQ(refusal(company.reverse(posted.posted.entry, "2026-04-03")), "invalid_argument") << "what the bank did stands";
    // The bank presents it again: money as any other, for both debts.
    receipt = ok(company.post(company.receipt("60.00 EUR", "2026-04-08"))).item;
    pay(owed.id, "15.00 EUR", "2026-04-08");
    pay(invoice, "45.00 EUR", "2026-04-08");
    EXPECT_EQ(company.residual(receipt), "0.00");
}

TEST_F(Events, a_return_after_all_of_it_has_left) {
    ok(company.act(refund, {.credit = receipt, .amount = money("40.00 EUR"), .instruction = company.asked("2026-03-12")}));
    ok(company.act(escheat, {.credit = receipt, .amount = {}, .instruction = company.asked("2026-03-13")}));
    const auto returned = ok(company.return_payment(receipt, "2026-03-20"));
    EXPECT_EQ(company.lines(returned.entry), "receivable 60.00 EUR #3, 1000 -60.00 EUR");
    EXPECT_EQ(refusal(company.return_payment(receipt, "2026-03-21")), "item_not_open") << "nothing of the entry names the receipt, and yet it is returned";
    EXPECT_EQ(company.items({}).size(), 3U);
}

TEST_F(Events, a_return_after_a_refund_in_a_closed_month_moves_with_its_chargeback) {
    ok(company.act(refund, {.credit = receipt, .amount = money("15.00 EUR"), .instruction = company.asked("2026-03-12")}));
    company.close("2026-03-01");
    const auto returned = ok(company.return_payment(receipt, "2026-03-20"));
    EXPECT_EQ(returned.posting_date, day("2026-04-01"));
    EXPECT_TRUE(returned.moved);
    EXPECT_EQ(company.item(OpenItemId{3}).posting_date, day("2026-04-01"));
    EXPECT_EQ(company.item(OpenItemId{3}).due_date, day("2026-03-20")) << "the day of the return is the day it is owed";
}

/// A deposit that was held of it goes with it, as far as it is still here.
TEST_F(Events, a_return_after_a_refund_of_its_deposit) {
    const auto held = ok(company.act(hold_deposit, {.receipt = receipt, .amount = money("50.00 EUR"), .document = "DEP-1",
                                                    .instruction = company.asked("2026-03-10")}));
    ok(company.apply(company.application(held.item, invoice, "30.00 EUR", "2026-03-11")));
    ok(company.act(refund, {.credit = held.item, .amount = money("20.00 EUR"), .instruction = company.asked("2026-03-12")}));
    const auto returned = ok(company.return_payment(receipt, "2026-03-25"));
    EXPECT_EQ(company.lines(returned.entry), "unapplied_cash 10.00 EUR #2, customer_deposits 30.00 EUR #3, receivable 20.00 EUR #4, 1000 -60.00 EUR");
    EXPECT_EQ(company.residual(held.item), "0.00");
    EXPECT_EQ(company.residual(invoice), "119.00");
    EXPECT_EQ(refusal(company.act(refund, {.credit = held.item, .amount = {}, .instruction = company.asked("2026-03-26")})), "item_not_open");
}

/// What left from the books of another entity, or of a deposit that was billed, is a person's to sort out.
TEST_F(Events, a_return_is_refused_where_money_has_left_by_another_way) {
    const auto forwarded = ok(company.act(forward_receipt, {.receipt = receipt, .amount = {}, .entity = "sap", .customer = CustomerId{1}, .document = "IC-1",
                                                            .instruction = company.asked("2026-03-11")}));
    ok(company.act(refund, {.credit = forwarded.there.item, .amount = money("1.00 EUR"), .instruction = company.asked("2026-03-12")}));
    EXPECT_EQ(refusal(company.return_payment(receipt, "2026-03-15")), "item_not_open");
    EXPECT_EQ(company.residual(forwarded.there.item), "-59.00") << "and nothing is undone";
}

TEST_F(Events, escheat_then_remittance) {
    const auto reported = ok(company.act(escheat, {.credit = receipt, .amount = {}, .instruction = company.asked("2029-07-01")}));
    EXPECT_EQ(company.lines(reported.entry), "unclaimed_property -60.00 EUR, unapplied_cash 60.00 EUR #2");
    const auto remitted = ok(company.act(remit_unclaimed, {.entity = "emea", .amount = money("60.00 EUR"), .bank_gl = "1000",
                                                           .instruction = company.asked("2029-11-01")}));
    EXPECT_EQ(company.lines(remitted.entry), "unclaimed_property 60.00 EUR, 1000 -60.00 EUR");
}

TEST_F(Events, prepayment_is_held_as_deposit_and_applied) {
    const auto held = ok(company.act(hold_deposit, {.receipt = receipt, .amount = money("50.00 EUR"), .document = "DEP-1", .instruction = company.asked("2026-03-10")}));
    EXPECT_EQ(company.lines(held.posted.entry), "customer_deposits -50.00 EUR #3, unapplied_cash 50.00 EUR #2");
    const auto applied = ok(company.apply(company.application(held.item, invoice, "50.00 EUR", "2026-03-20")));
    EXPECT_EQ(company.lines(applied.posted.entry), "customer_deposits 50.00 EUR #3, receivable -50.00 EUR #1");
    EXPECT_EQ(refusal(company.act(hold_deposit, {.receipt = receipt, .amount = money("5.00 EUR"), .document = "DEP-1", .instruction = company.asked("2026-03-10")})),
              "already_exists");
    ok(company.return_payment(receipt, "2026-03-25"));   // the deposit goes with it, and the application before
    EXPECT_EQ(company.residual(held.item), "0.00");
    EXPECT_EQ(company.residual(invoice), "119.00");
}

TEST_F(Events, deposit_invoice_paid_and_set_off_against_the_final_one) {
    auto document = company.invoice("D-1", "59.50 EUR", "2026-03-02");
    document.tax = money("9.50 EUR");
    document.deposit = true;
    const auto billed = ok(company.post(document));
    EXPECT_EQ(company.lines(billed.posted.entry), "receivable 59.50 EUR #3, contract_liability -50.00 EUR, tax_payable -9.50 EUR");
    const auto release = [&](std::optional<Money> amount, const char* number) {
        return company.act(release_deposit, {.deposit_invoice = billed.item, .amount = amount, .document = number, .instruction = company.asked("2026-04-01")});
    };
    EXPECT_EQ(refusal(release({}, "DC-1")), "application_exceeds_residual");   // nothing is paid yet
    pay(billed.item, "59.50 EUR", "2026-03-10");
    EXPECT_EQ(refusal(release(money("59.51 EUR"), "DC-1")), "application_exceeds_residual");
    const auto released = ok(release({}, "DC-1"));
    EXPECT_EQ(company.lines(released.posted.entry), "contract_liability 50.00 EUR, tax_payable 9.50 EUR, customer_deposits -59.50 EUR #4");
    EXPECT_EQ(refusal(release({}, "DC-2")), "application_exceeds_residual");
    ok(company.apply(company.application(released.item, invoice, "59.50 EUR", "2026-04-01")));
    EXPECT_EQ(company.residual(invoice), "59.50");
    EXPECT_EQ(company.functional_of("emea", Role::tax_payable), -1900);   // the final invoice's alone
    EXPECT_EQ(refusal(company.act(release_deposit, {.deposit_invoice = invoice, .amount = {}, .document = "DC-3", .instruction = company.asked("2026-04-01")})),
              "invalid_argument");
}

TEST_F(Events, credit_balances_are_shown_as_liability_for_a_day) {
    auto other = company.invoice("I-2", "10.00 EUR", "2026-03-05");
    other.customer = CustomerId{2};
    ok(company.post(other));
    auto surplus = company.receipt("35.00 EUR", "2026-03-06", CustomerId{2});
    ok(company.post(surplus));
    const auto run = [&] {
        return ok(company.act(reclass_credits, {.entity = "emea", .closing = day("2026-03-31"), .cause = {"test", "close"}, .reason = "period end"}));
    };
    const auto posted = run();   // customer 1 owes 59.00 net; customer 2 has 25.00 to his credit
    ASSERT_EQ(posted.size(), 1U);
    EXPECT_EQ(company.lines(posted[0].entry), "credit_reclass 25.00 EUR, credit_presentation -25.00 EUR");
    EXPECT_EQ(company.functional_of("emea", Role::credit_presentation, "2026-03-31"), -2500);
    EXPECT_EQ(company.functional_of("emea", Role::credit_presentation, "2026-04-01"), 0);
    EXPECT_TRUE(run().empty());
    auto late = company.receipt("5.00 EUR", "2026-03-30", CustomerId{2});
    ok(company.post(late));
    const auto more = run();
    ASSERT_EQ(more.size(), 1U);
    EXPECT_EQ(company.lines(more[0].entry), "credit_reclass 5.00 EUR, credit_presentation -5.00 EUR");
    EXPECT_EQ(refusal(company.act(reclass_credits, {.entity = "emea", .closing = day("2026-03-30"), .cause = {}, .reason = "x"})), "invalid_argument");
}

// ---------------------------------------------------------------- retainage, instalments, intercompany

TEST_F(Events, retainage_is_billed_apart_and_released) {
    auto document = company.invoice("P-1", "1190.00 EUR", "2026-03-01");
    document.tax = money("190.00 EUR");
    const RetainageInvoice asked{.document = document, .retained = money("119.00 EUR"), .expected_release = day("2027-03-01")};
    const auto posted = ok(company.act(post_retainage_invoice, asked));
    EXPECT_EQ(company.lines(posted.billed.posted.entry), "receivable 1071.00 EUR #3, revenue -900.00 EUR, tax_payable -171.00 EUR");
    EXPECT_EQ(company.lines(posted.retained.posted.entry), "retainage_receivable 119.00 EUR #4, revenue -100.00 EUR, tax_payable -19.00 EUR");
    EXPECT_TRUE(company.item(posted.retained.item).retained);
    EXPECT_FALSE(company.item(posted.billed.item).retained);
    EXPECT_TRUE(ok(company.act(post_retainage_invoice, asked)).retained.posted.repeated);
    const auto released = ok(company.act(release_retainage, {.retained = posted.retained.item, .amount = money("59.50 EUR"), .document = "P-1/2",
                                                             .due_date = day("2027-04-01"), .instruction = company.asked("2027-03-01")}));
    EXPECT_EQ(company.lines(released.posted.entry), "receivable 59.50 EUR #5, retainage_receivable -59.50 EUR #4");
    EXPECT_FALSE(company.item(released.item).retained);
    EXPECT_EQ(company.residual(posted.retained.item), "59.50");
    EXPECT_EQ(refusal(company.act(release_retainage, {.retained = invoice, .amount = {}, .document = "P-9", .due_date = day("2027-04-01"),
                                                      .instruction = company.asked("2027-03-01")})), "invalid_argument");
    document.event_key = company.next_event();
    EXPECT_EQ(refusal(company.act(post_retainage_invoice, {.document = document, .retained = money("1190.00 EUR")})), "invalid_argument");
}

TEST_F(Events, instalments_add_up) {
    auto document = company.invoice("S-1", "100.00 EUR", "2026-03-01");
    document.tax = money("15.97 EUR");
    const auto post = [&](std::vector<Instalment> parts) {
        return company.in_tx<std::vector<PostedItem>>([&](store::Tx& tx) { return post_in_instalments(tx, company.context, document, parts); });
    };
    EXPECT_EQ(post({{day("2026-04-01"), money("50.00 EUR")}, {day("2026-05-01"), money("49.99 EUR")}}).error().what,
              "invoice S-1 is of 100.00 EUR, its instalments add up to 99.99 EUR");
    const auto posted = ok(post({{day("2026-04-01"), money("33.33 EUR")}, {day("2026-05-01"), money("33.33 EUR")}, {day("2026-06-01"), money("33.34 EUR")}}));
    ASSERT_EQ(posted.size(), 3U);
    EXPECT_EQ(company.lines(posted[2].posted.entry), "receivable 33.34 EUR #5, revenue -28.01 EUR, tax_payable -5.33 EUR");   // the rest
    EXPECT_EQ(company.item(posted[1].item).instalment, 2);
    EXPECT_EQ(company.item(posted[1].item).due_date, day("2026-05-01"));
    EXPECT_EQ(company.functional_of("emea", Role::tax_payable), -1900 - 1597);
}

TEST_F(Events, receipt_for_another_entity_stands_in_both_books) {
    const auto theirs = ok(company.post(company.invoice("K-1", "60.00 EUR", "2026-03-01", "sap"))).item;
    const auto forward = [&](const std::string& entity) {
        return company.act(forward_receipt, {.receipt = receipt, .amount = {}, .entity = entity, .customer = CustomerId{1}, .document = "IC-1",
                                             .instruction = company.asked("2026-03-11")});
    };
    EXPECT_EQ(refusal(forward("emea")), "invalid_argument");
    EXPECT_EQ(refusal(forward("nowhere")), "not_found");
    EXPECT_EQ(refusal(forward("kuwait")), "not_found");   // no rate of the dinar
    const auto forwarded = ok(forward("sap"));
    EXPECT_EQ(company.lines(forwarded.here.entry), "due_to_entities -60.00 EUR, unapplied_cash 60.00 EUR #2");
    EXPECT_EQ(company.lines(forwarded.there.posted.entry), "due_from_entities 60.00 EUR, unapplied_cash -60.00 EUR #4");
    EXPECT_EQ(company.item(forwarded.there.item).entity, "sap");
    ok(company.apply(company.application(forwarded.there.item, theirs, "60.00 EUR", "2026-03-11")));
    EXPECT_EQ(refusal(company.reverse(forwarded.here.entry, "2026-03-15")), "invalid_argument");
    EXPECT_EQ(refusal(company.reverse(forwarded.there.posted.entry, "2026-03-15")), "invalid_argument");
    EXPECT_EQ(company.return_payment(forwarded.there.item, "2026-03-15").error().what, "receipt IC-1 (item 4) came in at another entity's bank");
    ok(company.return_payment(receipt, "2026-03-15"));   // the bank took it back: both books, and the application there
    EXPECT_EQ(company.residual(theirs), "60.00");
    EXPECT_EQ(company.residual(forwarded.there.item), "0.00");
    EXPECT_EQ(company.functional_of("sap", Role::due_from_entities), 0);
    EXPECT_EQ(company.functional_of("emea", Role::due_to_entities), 0);
}

TEST_F(Events, forwarding_is_taken_back) {
    auto asked = ForwardReceipt{.receipt = receipt, .amount = money("20.00 EUR"), .entity = "sap", .customer = CustomerId{1}, .document = "IC-1",
                                .instruction = company.asked("2026-03-11")};
    const auto forwarded = ok(company.act(forward_receipt, asked));
    EXPECT_TRUE(ok(company.act(forward_receipt, asked)).there.posted.repeated);
    const auto back = [&](EntryId entry) {
        return company.in_tx<Posted>([&](store::Tx& tx) {
            return take_back_forwarded(tx, company.context, entry, day("2026-03-12"), {"test", "back"}, "it was ours after all");
        });
    };
    EXPECT_EQ(refusal(back(EntryId{99})), "not_found");
    EXPECT_EQ(refusal(back(EntryId{1})), "invalid_argument");
    ok(back(forwarded.here.entry));
    EXPECT_EQ(company.residual(receipt), "-60.00");
    EXPECT_EQ(refusal(back(forwarded.here.entry)), "already_exists");
}

// ---------------------------------------------------------------- returns, charges, agencies

struct DunningEar : Listener {
    std::vector<std::string> heard;
    Status unapplied(store::Tx&, const ApplicationEvent& event) override {
        heard.push_back("unapplied " + std::to_string(event.debit.value));
        return {};
    }
    Status item_changed(store::Tx&, const ItemChange& change) override {
        heard.push_back(change.act + " " + std::to_string(change.item.item.value) + " " + to_text(change.residual));
        return {};
    }
};

TEST_F(Events, returned_payment_with_fee_rebilled) {
    DunningEar ear;
    company.context.listeners.push_back(&ear);
    auto asked = company.application(receipt, invoice, "60.00 EUR", "2026-03-10");
    asked.discount = money("3.57 EUR");
    ok(company.apply(asked));
    const ReturnedPayment returned{.receipt = receipt,
                                   .bank_gl = "1000",
                                   .bank_fee = money("7.50 EUR"),
                                   .rebilled = RebilledFee{money("11.90 EUR"), money("1.90 EUR"), "F-1", day("2026-04-14")},
                                   .instruction = company.asked("2026-03-14")};
    const auto posted = ok(company.act(post_returned_payment, returned));
    EXPECT_EQ(company.lines(posted.posted.entry), "unapplied_cash 60.00 EUR #2, 1000 -60.00 EUR");
    EXPECT_EQ(company.lines(posted.bank_fee->entry), "bank_charges 7.50 EUR, 1000 -7.50 EUR");
    EXPECT_EQ(company.lines(posted.rebilled->posted.entry), "receivable 11.90 EUR #3, fee_income -10.00 EUR, tax_payable -1.90 EUR");
    EXPECT_EQ(company.residual(invoice), "119.00");   // the discount is withdrawn with it
    EXPECT_EQ(company.item(invoice).due_date, day("2026-03-31"));
    EXPECT_EQ(company.functional_of("emea", Role::sales_discount), 0);
    EXPECT_EQ(ear.heard, (std::vector<std::string>{"unapplied 1", "return 2 0.00"}));
    EXPECT_TRUE(ok(company.act(post_returned_payment, returned)).posted.repeated);   // the same return in a second file
    EXPECT_EQ(company.items({}).size(), 3U);
}

TEST_F(Events, a_bank_charges_in_the_currency_of_its_account) {
    const auto charge = [&](std::string_view amount, std::optional<Money> tax = {}) {
        return company.act(post_bank_charge, {.entity = "emea", .amount = money(amount), .tax = tax, .bank_gl = "1000", .instruction = company.asked("2026-03-31")});
    };
    EXPECT_EQ(refusal(charge("11.90 USD")), "not_found") << "no rate";
    company.rate("EUR", "USD", "2026-03-30", "1.1900");
    const auto charged = ok(charge("11.90 USD", money("1.90 USD")));
    EXPECT_EQ(company.lines(charged.entry), "bank_charges 10.00 USD (8.40 EUR), input_tax 1.90 USD (1.60 EUR), 1000 -11.90 USD (-10.00 EUR)");
    EXPECT_EQ(refusal(charge("11.90 USD", money("1.90 EUR"))), "currency_mismatch");
}

TEST_F(Events, a_payment_that_nobody_ordered_waits_on_suspense) {
    company.rate("EUR", "USD", "2026-03-30", "1.1900");
    const OutgoingPayment asked{.entity = "emea", .amount = money("11.90 USD"), .bank_gl = "1000", .instruction = company.asked("2026-03-31")};
    const auto posted = ok(company.act(post_outgoing, asked));
    EXPECT_EQ(company.lines(posted.entry), "suspense 11.90 USD (10.00 EUR), 1000 -11.90 USD (-10.00 EUR)");
    EXPECT_TRUE(ok(company.act(post_outgoing, asked)).repeated);
    company.rate("EUR", "USD", "2026-04-02", "1.0000");
    const OutgoingCharge charge{posted.entry, company.asked("2026-04-02")};
    const auto charged = ok(company.act(charge_outgoing, charge));
    EXPECT_EQ(company.lines(charged.entry), "bank_charges 11.90 USD (10.00 EUR), suspense -11.90 USD (-10.00 EUR)") << "at the rate it was booked at";
    EXPECT_EQ(refusal(company.act(charge_outgoing, {charged.entry, company.asked("2026-04-02")})), "invalid_argument");
    ok(company.reverse(charged.entry, "2026-04-03"));
    ok(company.reverse(posted.entry, "2026-04-03"));
    EXPECT_EQ(company.functional_of("emea", Role::suspense), 0);
    EXPECT_EQ(refusal(company.act(charge_outgoing, {posted.entry, company.asked("2026-04-03")})), "already_exists");
    EXPECT_EQ(refusal(company.act(charge_outgoing, {EntryId{999}, company.asked("2026-04-03")})), "not_found");
}

TEST_F(Events, bank_charged_apart) {
    const auto charged = ok(company.act(post_bank_charge, {.entity = "emea", .amount = money("11.90 EUR"), .tax = money("1.90 EUR"), .bank_gl = "1000",
                                                           .instruction = company.asked("2026-03-31")}));
    EXPECT_EQ(company.lines(charged.entry), "bank_charges 10.00 EUR, input_tax 1.90 EUR, 1000 -11.90 EUR");
    EXPECT_EQ(refusal(company.act(post_bank_charge, {.entity = "emea", .amount = money("1.00 EUR"), .tax = money("1.01 EUR"), .bank_gl = "1000",
                                                     .instruction = company.asked("2026-03-31")})), "invalid_argument");
    EXPECT_EQ(refusal(company.act(post_bank_charge, {.entity = "emea", .amount = money("1.00 USD"), .bank_gl = "1000",
                                                     .instruction = company.asked("2026-03-31")})), "not_found") << "without a rate it is worth nothing that is known";
}

TEST_F(Events, interest_is_billed_and_waived_in_part) {
    auto charge = company.invoice("Z-1", "28.18 EUR", "2026-04-30");
    charge.kind = ItemKind::finance_charge;
    charge.interest = true;
    const auto billed = ok(company.post(charge));
    EXPECT_EQ(company.lines(billed.posted.entry), "receivable 28.18 EUR #3, interest_income -28.18 EUR");
    const auto waived = ok(company.act(waive, {.charge = billed.item, .amount = money("8.18 EUR"), .instruction = company.asked("2026-05-02")}));
    EXPECT_EQ(company.lines(waived.entry), "interest_income 8.18 EUR, receivable -8.18 EUR #3");
    auto fee = company.invoice("F-1", "11.90 EUR", "2026-04-30");
    fee.kind = ItemKind::finance_charge;
    fee.tax = money("1.90 EUR");
    const auto charged = ok(company.post(fee)).item;
    const auto all = ok(company.act(waive, {.charge = charged, .amount = {}, .instruction = company.asked("2026-05-02")}));
    EXPECT_EQ(company.lines(all.entry), "fee_income 10.00 EUR, tax_payable 1.90 EUR, receivable -11.90 EUR #4");
    EXPECT_EQ(refusal(company.act(waive, {.charge = invoice, .amount = {}, .instruction = company.asked("2026-05-02")})), "invalid_argument");
    EXPECT_EQ(refusal(company.act(waive, {.charge = charged, .amount = {}, .instruction = company.asked("2026-05-02")})), "item_not_open");
    charge.kind = ItemKind::invoice;
    charge.document = "Z-2";
    charge.event_key = company.next_event();
    EXPECT_EQ(refusal(company.post(charge)), "invalid_argument");
}

TEST_F(Events, agency_remits_net_or_gross_or_only_bills) {
    const auto collected = [&](bool gross_remittance, const char* number) {
        return ok(company.in_tx<Applied>([&](store::Tx& tx) {
            return post_agency_collected(tx, company.context, {.debit = invoice, .gross = money("50.00 EUR"), .fee_and_tax = money("11.90 EUR"),
                .date = day("2026-05-20"), .document = number, .cause = {"test", number}, .reason = "collected", .event_key = company.next_event(),
                .tax = money("1.90 EUR"), .gross_remittance = gross_remittance});
        }));
    };
    const auto net = collected(false, "REM/1");
    EXPECT_EQ(company.lines(EntryId{net.posted.entry.value - 1}),
              "agency_clearing 38.10 EUR, agency_fees 10.00 EUR, input_tax 1.90 EUR, unapplied_cash -50.00 EUR #3");
    const auto gross = collected(true, "REM/2");
    EXPECT_EQ(company.lines(EntryId{gross.posted.entry.value - 1}),
              "agency_clearing 50.00 EUR, agency_fees 10.00 EUR, input_tax 1.90 EUR, agency_payable -11.90 EUR, unapplied_cash -50.00 EUR #4");
    EXPECT_EQ(company.residual(invoice), "19.00");
    pay(invoice, "19.00 EUR", "2026-05-21");   // the debtor paid us directly
    const auto due = ok(company.act(post_agency_fee, {.entity = "emea", .fee_and_tax = money("2.38 EUR"), .tax = money("0.38 EUR"),
                                                      .instruction = company.asked("2026-05-21")}));
    EXPECT_EQ(company.lines(due.entry), "agency_fees 2.00 EUR, input_tax 0.38 EUR, agency_payable -2.38 EUR");
}

// ---------------------------------------------------------------- facts of items, late entries

TEST_F(Events, items_carry_their_terms) {
    auto document = company.invoice("T-1", "640.00 EUR", "2026-03-01");
    document.terms = ItemTerms{.terms = "3/14 net 30",
                               .discounts = {{day("2026-03-15"), *parse_decimal("3"), money("19.20 EUR")}},
                               .tolerance = money("1.00 EUR"),
                               .disputed = money("40.00 EUR"),
                               .expected_payment = day("2026-04-01")};
    const auto item = ok(company.post(document)).item;
    EXPECT_TRUE(ok(company.post(document)).posted.repeated);
    const auto terms = company.in_db<std::optional<ItemTerms>>([&](store::Db& db) { return terms_of(db, item); });
    ASSERT_TRUE(terms);
    EXPECT_EQ(terms->terms, "3/14 net 30");
    ASSERT_EQ(terms->discounts.size(), 1U);
    EXPECT_EQ(terms->discounts[0].until, day("2026-03-15"));
    EXPECT_EQ(to_text(terms->discounts[0].percent), "3");
    EXPECT_EQ(terms->discounts[0].amount, money("19.20 EUR"));
    EXPECT_EQ(terms->tolerance, money("1.00 EUR"));
    EXPECT_EQ(terms->disputed, money("40.00 EUR"));
    EXPECT_EQ(terms->expected_payment, day("2026-04-01"));
    EXPECT_EQ(company.in_db<std::optional<ItemTerms>>([&](store::Db& db) { return terms_of(db, invoice); }).has_value(), false);
    std::vector<std::int64_t> seen;
    company.test.read([&](store::Db& db) { each_terms(db, [&](OpenItemId id, const ItemTerms&) { seen.push_back(id.value); }); });
    EXPECT_EQ(seen, std::vector<std::int64_t>{item.value});
    document.terms->discounts[0].amount = money("20.00 EUR");
    EXPECT_EQ(refusal(company.post(document)), "conflicting_repeat");
    const auto with = [&](const std::function<void(ItemTerms&)>& change) {
        auto other = company.invoice("T-2", "640.00 EUR", "2026-03-01");
        other.terms = ItemTerms{.discounts = {{day("2026-03-15"), *parse_decimal("3"), money("19.20 EUR")}}};
        change(*other.terms);
        return refusal(company.post(other));
    };
    EXPECT_EQ(with([](auto& t) { t.tolerance = money("1.00 USD"); }), "currency_mismatch");
    EXPECT_EQ(with([](auto& t) { t.disputed = money("640.01 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& t) { t.discounts[0].amount = money("0.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& t) { t.discounts.push_back(t.discounts[0]); }), "invalid_argument");
    company.sql("UPDATE item_discount SET percent = '4'");
    EXPECT_EQ(company.differences(), std::vector<std::string>{"terms of item 3: row hash does not fit its fields and discount tiers"});
    company.sql("UPDATE item_discount SET percent = '3'");
}

TEST_F(Events, late_entries_are_shown_apart) {
    const auto before = company.test.clock.now();
    company.test.clock.pass_seconds(3600);
    const auto late = ok(company.post(company.invoice("I-9", "7.00 EUR", "2026-03-02")));
    ok(company.post(company.invoice("I-10", "8.00 EUR", "2026-04-02")));
    const auto rows = company.in_db<std::vector<JournalRow>>([&](store::Db& db) { return late_entries(db, "emea", day("2026-03-31"), before); });
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].id, late.posted.entry);
}

}  // namespace
}  // namespace owed::ledger
