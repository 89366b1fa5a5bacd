// The table of DOMAIN section 12, as far as this room posts it: accounts, sides, items.
#include "ledger/ledger.hpp"

#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

struct DocumentCase {
    const char* name;
    const char* entity;
    ItemKind kind;
    const char* amount;
    const char* tax;    // "" for none
    const char* open;
    bool opening;
    const char* lines;
    const char* original;
    const char* residual;
};

class DocumentPosting : public ::testing::TestWithParam<DocumentCase> {};

TEST_P(DocumentPosting, lines) {
    const auto& c = GetParam();
    Company company;
    auto document = company.invoice("D-1", c.amount, "2026-03-10", c.entity);
    document.kind = c.kind;
    if (*c.tax != '\0') document.tax = money(c.tax);
    if (*c.open != '\0') document.open = money(c.open);
    document.opening = c.opening;
    const auto posted = ok(company.post(document));
    EXPECT_EQ(company.lines(posted.posted.entry), c.lines);
    const auto item = company.item(posted.item);
    EXPECT_EQ(to_text(item.original), c.original);
    EXPECT_EQ(to_text(item.residual), c.residual);
    EXPECT_EQ(item.posting_date, day("2026-03-10"));
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(
    table, DocumentPosting,
    ::testing::Values(
        DocumentCase{"invoice", "emea", ItemKind::invoice, "119.00 EUR", "19.00 EUR", "", false,
                     "receivable 119.00 EUR #1, revenue -100.00 EUR, tax_payable -19.00 EUR", "119.00", "119.00"},
        DocumentCase{"invoice_without_tax", "emea", ItemKind::invoice, "100.00 EUR", "", "", false,
                     "receivable 100.00 EUR #1, revenue -100.00 EUR", "100.00", "100.00"},
        DocumentCase{"tax_only_invoice", "emea", ItemKind::invoice, "19.00 EUR", "19.00 EUR", "", false,
                     "receivable 19.00 EUR #1, tax_payable -19.00 EUR", "19.00", "19.00"},
        DocumentCase{"debit_memo", "emea", ItemKind::debit_memo, "119.00 EUR", "19.00 EUR", "", false,
                     "receivable 119.00 EUR #1, revenue -100.00 EUR, tax_payable -19.00 EUR", "119.00", "119.00"},
        DocumentCase{"credit_memo", "emea", ItemKind::credit_memo, "119.00 EUR", "19.00 EUR", "", false,
                     "receivable -119.00 EUR #1, revenue 100.00 EUR, tax_payable 19.00 EUR", "-119.00", "-119.00"},
        DocumentCase{"finance_charge", "emea", ItemKind::finance_charge, "40.00 EUR", "", "", false,
                     "receivable 40.00 EUR #1, fee_income -40.00 EUR", "40.00", "40.00"},
        DocumentCase{"erp_invoice", "sap", ItemKind::invoice, "119.00 EUR", "19.00 EUR", "", false,
                     "receivable 119.00 EUR #1, erp_clearing -119.00 EUR", "119.00", "119.00"},
        DocumentCase{"erp_credit_memo", "sap", ItemKind::credit_memo, "119.00 EUR", "19.00 EUR", "", false,
                     "receivable -119.00 EUR #1, erp_clearing 119.00 EUR", "-119.00", "-119.00"},
        DocumentCase{"erp_adjustment_up", "sap", ItemKind::erp_adjustment, "5.00 EUR", "", "", false,
                     "receivable 5.00 EUR #1, erp_clearing -5.00 EUR", "5.00", "5.00"},
        DocumentCase{"erp_adjustment_down", "sap", ItemKind::erp_adjustment, "-5.00 EUR", "", "", false,
                     "receivable -5.00 EUR #1, erp_clearing 5.00 EUR", "-5.00", "-5.00"},
        DocumentCase{"erp_partly_settled", "sap", ItemKind::invoice, "100.00 EUR", "", "60.00 EUR", false,
                     "receivable 60.00 EUR #1, erp_clearing -60.00 EUR", "100.00", "60.00"},
        DocumentCase{"opening", "emea", ItemKind::invoice, "119.00 EUR", "19.00 EUR", "", true,
                     "receivable 119.00 EUR #1, opening_balance -119.00 EUR", "119.00", "119.00"},
        DocumentCase{"opening_partly_settled", "emea", ItemKind::invoice, "119.00 EUR", "", "60.00 EUR", true,
                     "receivable 60.00 EUR #1, opening_balance -60.00 EUR", "119.00", "60.00"},
        DocumentCase{"opening_credit_partly_used", "emea", ItemKind::credit_memo, "50.00 EUR", "", "20.00 EUR", true,
                     "receivable -20.00 EUR #1, opening_balance 20.00 EUR", "-50.00", "-20.00"},
        DocumentCase{"three_decimals", "kuwait", ItemKind::invoice, "10.505 KWD", "0.500 KWD", "", false,
                     "receivable 10.505 KWD #1, revenue -10.005 KWD, tax_payable -0.500 KWD", "10.505", "10.505"},
        DocumentCase{"no_decimals", "tokyo", ItemKind::invoice, "1100 JPY", "100 JPY", "", false,
                     "receivable 1100 JPY #1, revenue -1000 JPY, tax_payable -100 JPY", "1100", "1100"}),
    [](const auto& tested) { return std::string{tested.param.name}; });

TEST(ReceiptPosting, customer_known_unknown_and_taken_over) {
    Company company;
    const auto known = ok(company.post(company.receipt("10.00 EUR", "2026-03-10")));
    EXPECT_EQ(company.lines(known.posted.entry), "1000 10.00 EUR, unapplied_cash -10.00 EUR #1");
    const auto unknown = ok(company.post(company.receipt("11.00 EUR", "2026-03-10", {})));
    EXPECT_EQ(company.lines(unknown.posted.entry), "1000 11.00 EUR, unidentified_receipts -11.00 EUR #2");
    auto credit = company.receipt("12.00 EUR", "2026-03-10");
    credit.bank_gl = "3900";
    EXPECT_EQ(company.lines(ok(company.post(credit)).posted.entry), "opening_balance 12.00 EUR, unapplied_cash -12.00 EUR #3");
    EXPECT_EQ(company.item(known.item).kind, ItemKind::receipt);
    EXPECT_EQ(company.residual(unknown.item), "-11.00");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ReceiptPosting, identification_moves_it_and_the_application_takes_it_from_there) {
    Company company;
    const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-10", {}))).item;
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-02-10"))).item;
    const auto identified = ok(company.identify(receipt, CustomerId{1}, "2026-03-11"));
    EXPECT_EQ(company.lines(identified.entry), "unidentified_receipts 100.00 EUR #1, unapplied_cash -100.00 EUR #1");
    EXPECT_EQ(company.item(receipt).customer, CustomerId{1});
    const auto again = ok(company.identify(receipt, CustomerId{1}, "2026-03-12"));
    EXPECT_TRUE(again.repeated);
    EXPECT_EQ(again.entry, identified.entry);
    const auto applied = ok(company.apply(company.application(receipt, invoice, "100.00 EUR", "2026-03-12")));
    EXPECT_EQ(company.lines(applied.posted.entry), "unapplied_cash 100.00 EUR #1, receivable -100.00 EUR #2");
    EXPECT_EQ(state_of(company.item(invoice)), "settled");
    EXPECT_EQ(state_of(company.item(receipt)), "settled");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ApplicationPosting, partial_then_the_rest) {
    Company company;
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-02-10"))).item;
    const auto receipt = ok(company.post(company.receipt("150.00 EUR", "2026-03-10"))).item;
    ok(company.apply(company.application(receipt, invoice, "40.00 EUR", "2026-03-10")));
    EXPECT_EQ(company.residual(invoice), "60.00");
    EXPECT_EQ(company.residual(receipt), "-110.00");
    EXPECT_EQ(state_of(company.item(invoice)), "partly");
    ok(company.apply(company.application(receipt, invoice, "60.00 EUR", "2026-03-10")));
    EXPECT_EQ(company.residual(invoice), "0.00");
    EXPECT_EQ(company.residual(receipt), "-50.00");
}

TEST(ApplicationPosting, discount_without_and_with_tax) {
    Company company;
    const auto plain = ok(company.post(company.invoice("I-1", "640.00 EUR", "2026-03-01"))).item;
    const auto first = ok(company.post(company.receipt("291.00 EUR", "2026-03-10"))).item;
    // DOMAIN section 5: 291.00 paid in time on 640.00 at 3 % gives a discount of 9.00 and leaves 340.00.
    const auto applied = ok(company.apply(company.application(first, plain, "291.00 EUR", "2026-03-10", money("9.00 EUR"))));
    EXPECT_EQ(company.lines(applied.posted.entry),
              "unapplied_cash 291.00 EUR #2, sales_discount 9.00 EUR, receivable -300.00 EUR #1");
    EXPECT_EQ(company.residual(plain), "340.00");

    auto taxed = company.invoice("I-2", "119.00 EUR", "2026-03-01");
    taxed.tax = money("19.00 EUR");
    const auto invoice = ok(company.post(taxed)).item;
    const auto receipt = ok(company.post(company.receipt("115.43 EUR", "2026-03-10"))).item;
    const auto taken = ok(company.apply(company.application(receipt, invoice, "115.43 EUR", "2026-03-10", money("3.57 EUR"))));
    EXPECT_EQ(company.lines(taken.posted.entry), "unapplied_cash 115.43 EUR #4, sales_discount 3.00 EUR, tax_payable 0.57 EUR, "
                                                 "receivable -119.00 EUR #3");
    EXPECT_EQ(company.residual(invoice), "0.00");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ApplicationPosting, credit_memo_pays_an_invoice_on_the_same_account) {
    Company company;
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-02-10"))).item;
    auto memo = company.invoice("C-1", "30.00 EUR", "2026-02-20");
    memo.kind = ItemKind::credit_memo;
    const auto credit = ok(company.post(memo)).item;
    const auto applied = ok(company.apply(company.application(credit, invoice, "30.00 EUR", "2026-02-21")));
    EXPECT_EQ(company.lines(applied.posted.entry), "receivable 30.00 EUR #2, receivable -30.00 EUR #1");
    EXPECT_EQ(company.residual(invoice), "70.00");
    EXPECT_EQ(company.residual(credit), "0.00");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ApplicationPosting, unapply_reverses_line_by_line_and_restores_both_sides) {
    Company company;
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-02-10"))).item;
    const auto receipt = ok(company.post(company.receipt("90.00 EUR", "2026-03-10"))).item;
    const auto applied = ok(company.apply(company.application(receipt, invoice, "90.00 EUR", "2026-03-10", money("10.00 EUR"))));
    ok(company.in_tx<Posted>([&](store::Tx& tx) -> Result<Posted> {
        OWED_TRY_VOID(flag_in_flight(tx, applied.application, true));
        return Posted{};
    }));
    EXPECT_EQ(state_of(company.item(invoice)), "in_flight");
    const auto undone = ok(company.unapply(applied.application, "2026-03-15"));
    EXPECT_EQ(company.lines(undone.entry), "unapplied_cash -90.00 EUR #2, sales_discount -10.00 EUR, receivable 100.00 EUR #1");
    EXPECT_EQ(company.residual(invoice), "100.00");
    EXPECT_EQ(company.residual(receipt), "-90.00");
    EXPECT_EQ(state_of(company.item(invoice)), "open");
    EXPECT_EQ(refusal(company.unapply(applied.application, "2026-03-16")), "application_already_undone");
    const auto row = *company.in_db<std::optional<Application>>([&](store::Db& db) { return application(db, applied.application); });
    EXPECT_EQ(row.undone, day("2026-03-15"));
    EXPECT_FALSE(row.in_flight);
    EXPECT_EQ(row.credit_document, "R-2");
    EXPECT_EQ(row.debit_document, "I-1");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ReceiptPosting, not_a_receivable) {
    Company company;
    const auto unknown = ok(company.post(company.receipt("7.00 EUR", "2026-03-10", {}))).item;
    const auto posted = ok(company.not_receivable(unknown, "2026-03-11"));
    EXPECT_EQ(company.lines(posted.entry), "unidentified_receipts 7.00 EUR #1, suspense -7.00 EUR");
    EXPECT_EQ(state_of(company.item(unknown)), "settled");
    EXPECT_EQ(refusal(company.not_receivable(unknown, "2026-03-11")), "item_not_open");
    EXPECT_EQ(refusal(company.identify(unknown, CustomerId{1}, "2026-03-11")), "item_not_open");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ReceiptPosting, a_return_reopens_everything_it_paid) {
    Company company;
    const auto first = ok(company.post(company.invoice("I-1", "60.00 EUR", "2026-02-10"))).item;
    const auto second = ok(company.post(company.invoice("I-2", "30.00 EUR", "2026-02-10"))).item;
    const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-10"))).item;
    ok(company.apply(company.application(receipt, first, "60.00 EUR", "2026-03-10")));
    ok(company.apply(company.application(receipt, second, "30.00 EUR", "2026-03-10")));
    ok(company.not_receivable(receipt, "2026-03-11"));
    const auto returned = ok(company.return_payment(receipt, "2026-03-17"));
    EXPECT_EQ(company.lines(returned.entry), "unapplied_cash 100.00 EUR #3, 1000 -100.00 EUR");
    EXPECT_EQ(company.residual(first), "60.00");
    EXPECT_EQ(company.residual(second), "30.00");
    EXPECT_EQ(company.residual(receipt), "0.00");
    for (const auto& row : company.balance("emea", day("2026-03-17"))) {
        const auto net = row.debit - row.credit;
        EXPECT_EQ(net, row.account == "1200" ? 9000 : row.account == "4000" ? -9000 : 0) << row.account;
    }
    EXPECT_EQ(refusal(company.return_payment(receipt, "2026-03-18")), "item_not_open");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(AgencyPosting, net_remittance_then_its_transfer) {
    Company company;
    const auto invoice = ok(company.post(company.invoice("I-1", "1000.00 EUR", "2026-01-10"))).item;
    const AgencyCollected collected{.debit = invoice,
                                    .gross = money("400.00 EUR"),
                                    .fee_and_tax = money("95.20 EUR"),
                                    .date = day("2026-03-10"),
                                    .document = "REM-7/1",
                                    .cause = {"test", "remittance"},
                                    .reason = "collected by the agency",
                                    .event_key = "agency/7/1"};
    const auto post = [&] {
        return company.in_tx<Applied>([&](store::Tx& tx) { return post_agency_collected(tx, company.context, collected); });
    };
    const auto applied = ok(post());
    EXPECT_EQ(company.lines(EntryId{applied.posted.entry.value - 1}),
              "agency_clearing 304.80 EUR, agency_fees 95.20 EUR, unapplied_cash -400.00 EUR #2");
    EXPECT_EQ(company.lines(applied.posted.entry), "unapplied_cash 400.00 EUR #2, receivable -400.00 EUR #1");
    EXPECT_EQ(company.residual(invoice), "600.00");
    const auto again = ok(post());
    EXPECT_TRUE(again.posted.repeated);
    EXPECT_EQ(again.application, applied.application);

    const auto transfer = ok(company.post(company.receipt("304.80 EUR", "2026-03-20", {}))).item;
    const auto settled = ok(company.in_tx<Posted>([&](store::Tx& tx) {
        return settle_agency_transfer(tx, company.context, transfer, day("2026-03-20"), {"test", "transfer"}, "the agency's transfer");
    }));
    EXPECT_EQ(company.lines(settled.entry), "unidentified_receipts 304.80 EUR #3, agency_clearing -304.80 EUR");
    EXPECT_EQ(company.residual(transfer), "0.00");
    ok(company.return_payment(transfer, "2026-03-21"));
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(DocumentPosting, same_event_answers_as_the_first_time_and_other_content_conflicts) {
    Company company;
    auto document = company.invoice("I-1", "100.00 EUR", "2026-03-10");
    const auto first = ok(company.post(document));
    EXPECT_FALSE(first.posted.repeated);
    document.reason = "worded otherwise";
    const auto again = ok(company.post(document));
    EXPECT_TRUE(again.posted.repeated);
    EXPECT_EQ(again.item, first.item);
    EXPECT_EQ(again.posted.entry, first.posted.entry);
    document.amount = money("100.01 EUR");
    EXPECT_EQ(refusal(company.post(document)), "conflicting_repeat");
    auto other = company.receipt("100.00 EUR", "2026-03-10");
    other.event_key = document.event_key;
    EXPECT_EQ(refusal(company.post(other)), "conflicting_repeat");

    auto receipt = company.receipt("100.00 EUR", "2026-03-10");
    const auto received = ok(company.post(receipt)).item;
    EXPECT_TRUE(ok(company.post(receipt)).posted.repeated);
    receipt.amount = money("99.00 EUR");
    EXPECT_EQ(refusal(company.post(receipt)), "conflicting_repeat");

    auto application = company.application(received, first.item, "100.00 EUR", "2026-03-10");
    const auto applied = ok(company.apply(application));
    const auto applied_again = ok(company.apply(application));   // though both sides are settled by now
    EXPECT_TRUE(applied_again.posted.repeated);
    EXPECT_EQ(applied_again.application, applied.application);
    application.amount = money("99.00 EUR");
    EXPECT_EQ(refusal(company.apply(application)), "conflicting_repeat");
    EXPECT_EQ(company.items({}).size(), 2U);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(DocumentPosting, closed_period_moves_to_the_first_open_day_and_says_so) {
    Company company;
    company.close("2026-03-31");
    company.close("2026-04-15", "emea", PeriodState::soft_closed);
    const auto late = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-10")));
    EXPECT_TRUE(late.posted.moved);
    EXPECT_EQ(late.posted.posting_date, day("2026-05-01"));
    EXPECT_EQ(company.item(late.item).posting_date, day("2026-05-01"));
    EXPECT_EQ(company.item(late.item).document_date, day("2026-03-10"));
    const auto rows = company.in_db<std::vector<JournalRow>>([&](store::Db& db) { return journal(db, company.books, {}, 10); });
    EXPECT_EQ(rows.at(0).entry.reason,
              "test document (asked for 2026-03-10, posted on 2026-05-01: the period of 2026-03-10 is closed)");
    EXPECT_FALSE(ok(company.post(company.invoice("I-1", "100 JPY", "2026-03-10", "tokyo"))).posted.moved);
    company.close("2026-03-01", "emea", PeriodState::open);
    EXPECT_FALSE(ok(company.post(company.invoice("I-2", "100.00 EUR", "2026-03-10"))).posted.moved);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(Reversals, take_an_entry_back_once) {
    Company company;
    auto fee = company.invoice("F-1", "40.00 EUR", "2026-03-10");
    fee.kind = ItemKind::finance_charge;
    const auto charged = ok(company.post(fee));
    const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-10")));
    const auto reverse = [&](EntryId entry, std::string_view date, const std::string& key) {
        return company.in_tx<Posted>([&](store::Tx& tx) {
            return ledger::reverse(tx, company.context, entry, day(date), {"test", "waiver"}, "fee waived", key);
        });
    };
    const auto applied = ok(company.apply(company.application(receipt.item, charged.item, "10.00 EUR", "2026-03-12")));
    EXPECT_EQ(refusal(reverse(EntryId{99}, "2026-03-11", "r/1")), "not_found");
    EXPECT_EQ(refusal(reverse(applied.posted.entry, "2026-03-11", "r/1")), "invalid_argument");
    EXPECT_EQ(refusal(reverse(receipt.posted.entry, "2026-03-11", "r/1")), "invalid_argument");
    EXPECT_EQ(refusal(reverse(charged.posted.entry, "2026-03-11", "r/1")), "application_exceeds_residual");
    ok(company.unapply(applied.application, "2026-03-14"));
    const auto reversed = ok(reverse(charged.posted.entry, "2026-03-11", "r/1"));
    EXPECT_EQ(company.lines(reversed.entry), "receivable -40.00 EUR #1, fee_income 40.00 EUR");
    EXPECT_EQ(reversed.posting_date, day("2026-03-14"));   // from the 12th to the 13th it was partly paid
    EXPECT_EQ(state_of(company.item(charged.item)), "settled");
    EXPECT_TRUE(ok(reverse(charged.posted.entry, "2026-03-11", "r/1")).repeated);
    EXPECT_EQ(refusal(reverse(charged.posted.entry, "2026-03-12", "r/1")), "conflicting_repeat");
    EXPECT_EQ(refusal(reverse(charged.posted.entry, "2026-03-12", "r/2")), "already_exists");
    EXPECT_EQ(refusal(reverse(reversed.entry, "2026-03-15", "r/3")), "invalid_argument");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(Reversals, by_post_must_be_exact) {
    Company company;
    const auto entry = [&](std::string_view amount, std::optional<EntryId> reverses) {
        return Entry{"emea", day("2026-03-10"), day("2026-03-10"), {"test", "x"}, "manual", company.next_event(),
                     {{"1000", money(amount), money(amount), {}}, {"1900", money(amount).negated(), money(amount).negated(), {}}}, reverses};
    };
    const auto first = ok(company.post(entry("5.00 EUR", {}))).entry;
    EXPECT_EQ(refusal(company.post(entry("-4.99 EUR", first))), "invalid_argument");
    EXPECT_EQ(refusal(company.post(entry("-5.00 EUR", EntryId{9}))), "not_found");
    EXPECT_EQ(refusal(company.post(entry("-5.00 EUR", first))), "no error");
    EXPECT_EQ(refusal(company.post(entry("-5.00 EUR", first))), "already_exists");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

struct RecordingListener : Listener {
    std::vector<std::string> heard;
    bool refuse = false;
    Status item_opened(store::Tx&, const ItemEvent& event) override {
        heard.push_back("opened " + std::to_string(event.item.value));
        if (refuse) return fail(Errc::refused, "the listener refuses");
        return {};
    }
    Status applied(store::Tx&, const ApplicationEvent& event) override {
        heard.push_back("applied " + to_text(event.amount) + (event.debit_settled ? " settled" : ""));
        return {};
    }
    Status unapplied(store::Tx&, const ApplicationEvent& event) override {
        heard.push_back("unapplied " + to_text(event.amount) + (event.debit_settled ? " settled" : ""));
        return {};
    }
};

TEST(Listeners, hear_in_the_same_transaction_and_may_refuse) {
    Company company;
    RecordingListener listener;
    company.context.listeners.push_back(&listener);
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-10"))).item;
    const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-10"))).item;
    const auto applied = ok(company.apply(company.application(receipt, invoice, "100.00 EUR", "2026-03-10")));
    ok(company.unapply(applied.application, "2026-03-11"));
    EXPECT_EQ(listener.heard, (std::vector<std::string>{"opened 1", "opened 2", "applied 100.00 settled", "unapplied 100.00"}));
    listener.refuse = true;
    EXPECT_EQ(refusal(company.post(company.invoice("I-2", "1.00 EUR", "2026-03-10"))), "refused");
    EXPECT_EQ(company.items({}).size(), 2U);
}

}  // namespace
}  // namespace owed::ledger
