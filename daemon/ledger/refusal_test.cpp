// What the ledger refuses, and in which order it says so. Nothing is left behind by a refusal.
#include <algorithm>

#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

Line line(std::string account, std::string_view amount, std::optional<OpenItemId> item = {}) {
    return {std::move(account), money(amount), money(amount), item};
}

struct Refusals : ::testing::Test {
    Company company;
    OpenItemId invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-10"))).item;
    OpenItemId receipt = ok(company.post(company.receipt("80.00 EUR", "2026-03-12"))).item;

    Entry entry(std::vector<Line> lines) {
        return {"emea", day("2026-03-15"), day("2026-03-15"), {"test", "manual"}, "manual entry", company.next_event(),
                std::move(lines), {}};
    }
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }
};

/// One entry that is wrong in every way, mended one fault at a time: the answer is always the first fault that is left.
TEST_F(Refusals, of_post_come_in_the_documented_order) {
    auto wrong = entry({line("9999", "0.00 EUR")});
    wrong.entity = "nowhere";
    wrong.event_key = company.invoice("X", "1.00 EUR", "2026-03-10").event_key;
    ok(company.post(entry({line("1000", "1.00 EUR"), line("1900", "-1.00 EUR")})));
    wrong.event_key = "test/1";   // posted before, with other content
    wrong.posting_date = day("2999-12-31");
    company.close("2999-12-01");

    EXPECT_EQ(refusal(company.post(wrong)), "not_found");
    wrong.entity = "emea";
    EXPECT_EQ(company.post(wrong).error().what, "entry \"test/1\" has 1 lines; a journal entry has at least 2");
    wrong.lines.push_back(line("9998", "7.00 EUR"));
    EXPECT_EQ(company.post(wrong).error().what, "line 1 of entry \"test/1\": amount is zero in both currencies");
    wrong.lines[0] = line("9999", "-6.00 EUR");
    EXPECT_EQ(refusal(company.post(wrong)), "unknown_account");
    wrong.lines[0].account = "1200";   // a control account without item: said last
    wrong.lines[1].account = "1000";
    EXPECT_EQ(company.post(wrong).error().what, "entry \"test/1\" is off by 1.00 EUR: debits and credits must be equal");
    wrong.lines[1] = line("1000", "6.00 EUR");
    EXPECT_EQ(refusal(company.post(wrong)), "conflicting_repeat");
    wrong.event_key = "test/new";
    EXPECT_EQ(refusal(company.post(wrong)), "period_closed");
    wrong.posting_date = day("2026-03-15");
    EXPECT_EQ(refusal(company.post(wrong)), "period_closed") << "what is locked fences all before it";
    company.close("2999-12-01", "emea", PeriodState::open);
    EXPECT_EQ(company.post(wrong).error().what,
              "line 1 of entry \"test/new\": account 1200 is a control account, and the line names no open item");
    wrong.lines[0].item = OpenItemId{99};
    EXPECT_EQ(refusal(company.post(wrong)), "not_found");
    wrong.lines[0].item = invoice;
    EXPECT_EQ(refusal(company.post(wrong)), "no error");
    EXPECT_EQ(company.residual(invoice), "94.00");
}

TEST_F(Refusals, of_post_for_lines) {
    const auto refused = [&](std::vector<Line> lines) { return refusal(company.post(entry(std::move(lines)))); };
    EXPECT_EQ(refused({line("1000", "1.00 EUR"), line("1900", "-1.00 USD")}), "currency_mismatch");   // functional in USD
    EXPECT_EQ(refused({{"1000", money("1.00 USD"), money("1.00 EUR"), {}}, {"1900", money("-1.00 USD"), money("-0.99 EUR"), {}}}),
              "entry_not_balanced");
    EXPECT_EQ(refused({{"1000", money("1.00 EUR"), money("1.01 EUR"), {}}, {"1900", money("-1.00 EUR"), money("-1.01 EUR"), {}}}),
              "entry_not_balanced");
    const auto huge = Money::minor(money_units_max + 1, currency("EUR"));
    EXPECT_EQ(refused({{"1000", huge, huge, {}}, {"1900", huge.negated(), huge.negated(), {}}}), "amount_overflow");
    EXPECT_EQ(refused({line("1200", "-100.01 EUR", invoice), line("6900", "100.01 EUR")}), "application_exceeds_residual");
    EXPECT_EQ(refused({line("1200", "0.01 EUR", invoice), line("6900", "-0.01 EUR")}), "application_exceeds_residual");
    EXPECT_EQ(refused({line("1210", "-1.00 EUR", invoice), line("6900", "1.00 EUR")}), "invalid_argument");
    EXPECT_EQ(refused({line("6900", "-1.00 EUR", invoice), line("1000", "1.00 EUR")}), "invalid_argument");
    EXPECT_EQ(refused({{"1200", money("-1.00 USD"), money("-1.00 EUR"), invoice}, {"6900", money("1.00 USD"), money("1.00 EUR"), {}}}),
              "currency_mismatch");
    const auto yen = ok(company.post(company.invoice("I-1", "100 JPY", "2026-03-10", "tokyo"))).item;
    EXPECT_EQ(refused({{"1200", money("-1 JPY"), money("-1.00 EUR"), yen}, {"6900", money("1 JPY"), money("1.00 EUR"), {}}}),
              "wrong_customer");
    auto early = entry({line("1200", "-1.00 EUR", invoice), line("6900", "1.00 EUR")});
    early.posting_date = day("2026-03-09");   // the invoice does not exist yet
    EXPECT_EQ(refusal(company.post(early)), "application_exceeds_residual");
    auto anonymous = entry({line("1000", "1.00 EUR"), line("1900", "-1.00 EUR")});
    anonymous.event_key = "";
    EXPECT_EQ(refusal(company.post(anonymous)), "invalid_argument");
    anonymous.event_key = "x";
    anonymous.posting_date = Date::from_days(2'000'000);
    EXPECT_EQ(refusal(company.post(anonymous)), "invalid_argument");
}

TEST_F(Refusals, of_documents) {
    const auto with = [&](const std::function<void(PostDocument&)>& change, std::string_view entity = "emea") {
        auto document = company.invoice("I-9", "100.00 EUR", "2026-03-10", entity);
        change(document);
        return refusal(company.post(document));
    };
    EXPECT_EQ(with([](auto& d) { d.entity = "nowhere"; }), "not_found");
    EXPECT_EQ(with([](auto& d) { d.amount = money("0.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.amount = money("-1.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.document = ""; }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.instalment = -1; }), "invalid_argument");
    for (const auto kind : {ItemKind::receipt, ItemKind::deposit, ItemKind::deduction, ItemKind::chargeback, ItemKind::erp_adjustment})
        EXPECT_EQ(with([&](auto& d) { d.kind = kind; }), "invalid_argument") << name_of(kind);
    EXPECT_EQ(with([](auto& d) { d.tax = money("100.01 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.tax = money("-0.01 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.tax = money("1.00 USD"); }), "currency_mismatch");
    EXPECT_EQ(with([](auto& d) { d.open = money("60.00 EUR"); }), "invalid_argument");   // hub, not opening
    EXPECT_EQ(with([](auto& d) { d.open = money("0.00 EUR"), d.opening = true; }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.open = money("100.01 EUR"), d.opening = true; }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.amount = money("1.00 USD"); }), "invalid_argument");   // no functional amount
    EXPECT_EQ(with([](auto& d) { d.amount = money("1.00 USD"), d.functional = money("1.00 GBP"); }), "currency_mismatch");
    EXPECT_EQ(with([](auto& d) { d.amount = money("1.00 USD"), d.functional = money("-1.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.functional = money("99.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.document = "I-1"; }), "already_exists");
    EXPECT_EQ(with([](auto& d) { d.event_key = ""; }), "invalid_argument");
    EXPECT_EQ(with([](auto& d) { d.document = "I-1", d.kind = ItemKind::debit_memo; }), "no error");   // another kind
    EXPECT_EQ(with([](auto& d) { d.document = "I-1", d.instalment = 2; }), "no error");
    EXPECT_EQ(with([](auto& d) { d.document = "I-1"; }, "sap"), "no error");                            // another entity
}

TEST_F(Refusals, of_receipts) {
    const auto with = [&](const std::function<void(PostReceipt&)>& change) {
        auto made = company.receipt("100.00 EUR", "2026-03-10");
        change(made);
        return refusal(company.post(made));
    };
    EXPECT_EQ(with([](auto& r) { r.entity = "nowhere"; }), "not_found");
    EXPECT_EQ(with([](auto& r) { r.amount = money("0.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& r) { r.amount = money("-5.00 EUR"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& r) { r.amount = money("5.00 USD"); }), "invalid_argument");
    EXPECT_EQ(with([](auto& r) { r.bank_gl = "9999"; }), "unknown_account");
    EXPECT_EQ(with([](auto& r) { r.bank_gl = "1200"; }), "invalid_argument");
    EXPECT_EQ(refusal(company.identify(receipt, CustomerId{2}, "2026-03-12")), "wrong_customer");
    EXPECT_EQ(refusal(company.identify(invoice, CustomerId{1}, "2026-03-12")), "invalid_argument");
    EXPECT_EQ(refusal(company.identify(OpenItemId{99}, CustomerId{1}, "2026-03-12")), "not_found");
    EXPECT_EQ(refusal(company.not_receivable(invoice, "2026-03-12")), "invalid_argument");
    EXPECT_EQ(refusal(company.return_payment(invoice, "2026-03-12")), "invalid_argument");
    EXPECT_EQ(refusal(company.unapply(ApplicationId{1}, "2026-03-12")), "not_found");
}

TEST_F(Refusals, of_apply_come_in_the_documented_order) {
    const auto unknown = ok(company.post(company.receipt("80.00 USD", "2026-03-12", {}, "boston"))).item;
    auto wrong = company.application(OpenItemId{98}, OpenItemId{99}, "-1.00 GBP", "2026-03-12");
    wrong.event_key = "test/1";
    EXPECT_EQ(refusal(company.apply(wrong)), "conflicting_repeat");
    wrong.event_key = "apply/1";
    EXPECT_EQ(refusal(company.apply(wrong)), "not_found");
    wrong.credit = unknown;
    EXPECT_EQ(refusal(company.apply(wrong)), "not_found");
    wrong.debit = invoice;
    EXPECT_EQ(refusal(company.apply(wrong)), "invalid_argument");
    wrong.amount = money("200.00 GBP");
    EXPECT_EQ(company.apply(wrong).error().what, "receipt R-3 (item 3) is not identified");
    ok(company.identify(unknown, CustomerId{1}, "2026-03-12"));
    EXPECT_EQ(refusal(company.apply(wrong)), "wrong_customer");   // entities differ
    wrong.credit = receipt;
    EXPECT_EQ(refusal(company.apply(wrong)), "currency_mismatch");
    wrong.amount = money("200.00 EUR");
    EXPECT_EQ(company.apply(wrong).error().what, "receipt R-2 (item 2) has 80.00 EUR left; 200.00 EUR was to be applied");
    wrong.amount = money("80.00 EUR");
    wrong.discount = money("20.01 EUR");
    EXPECT_EQ(company.apply(wrong).error().what,
              "invoice I-1 (item 1) has 100.00 EUR open; 80.00 EUR with a discount of 20.01 EUR was to be applied");
    wrong.discount = money("20.00 EUR");
    EXPECT_EQ(refusal(company.apply(wrong)), "no error");
    EXPECT_EQ(refusal(company.apply(company.application(receipt, invoice, "1.00 EUR", "2026-03-12"))), "item_not_open");
    EXPECT_EQ(refusal(company.apply(company.application(invoice, receipt, "1.00 EUR", "2026-03-12"))), "invalid_argument");
    EXPECT_EQ(refusal(company.apply(company.application(receipt, invoice, "1.00 EUR", "2026-03-12", money("0.00 EUR")))),
              "invalid_argument");
}

TEST_F(Refusals, of_agency_collections) {
    const auto with = [&](std::string_view gross, std::string_view fee, OpenItemId debit) {
        return refusal(company.in_tx<Applied>([&](store::Tx& tx) {
            return post_agency_collected(tx, company.context, {.debit = debit, .gross = money(gross), .fee_and_tax = money(fee),
                .date = day("2026-03-20"), .document = "REM/1", .cause = {"test", "x"}, .reason = "r", .event_key = "agency/1"});
        }));
    };
    EXPECT_EQ(with("10.00 EUR", "1.00 EUR", OpenItemId{99}), "not_found");
    EXPECT_EQ(with("0.00 EUR", "0.00 EUR", invoice), "invalid_argument");
    EXPECT_EQ(with("10.00 EUR", "-1.00 EUR", invoice), "invalid_argument");
    EXPECT_EQ(with("10.00 EUR", "10.01 EUR", invoice), "invalid_argument");
    EXPECT_EQ(with("10.00 EUR", "1.00 EUR", receipt), "invalid_argument");
    EXPECT_EQ(with("10.00 USD", "1.00 USD", invoice), "currency_mismatch");
    EXPECT_EQ(with("100.01 EUR", "1.00 EUR", invoice), "application_exceeds_residual");
    EXPECT_EQ(company.items({}).size(), 2U);
    EXPECT_EQ(with("100.00 EUR", "100.00 EUR", invoice), "no error");   // the agency keeps all of it
    EXPECT_EQ(with("1.00 EUR", "0.00 EUR", invoice), "conflicting_repeat");
}

}  // namespace
}  // namespace owed::ledger
