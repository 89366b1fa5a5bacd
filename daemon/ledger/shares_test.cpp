// Parts add up to their whole, however it is cut (DOMAIN section 1): shares of tax, of rates, of discounts.
#include "ledger/charges.hpp"
#include "ledger/credits.hpp"
#include "ledger/deductions.hpp"
#include "ledger/instalments.hpp"
#include "ledger/retainage.hpp"
#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

struct Shares : ::testing::Test {
    Company company;
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }

    OpenItemId with_tax(ItemKind kind, std::string_view amount, std::string_view tax, bool deposit = false) {
        auto document = company.invoice(std::string{name_of(kind)}, amount, "2026-03-01");
        document.kind = kind;
        document.tax = money(tax);
        document.deposit = deposit;
        return ok(company.post(document)).item;
    }
    std::int64_t tax_owed() { return -company.functional_of("emea", Role::tax_payable); }
};

constexpr const char* parts[]{"0.40 EUR", "0.40 EUR", "0.39 EUR"};

TEST_F(Shares, a_fee_waived_in_parts_leaves_no_tax) {
    const auto fee = with_tax(ItemKind::finance_charge, "1.19 EUR", "0.19 EUR");
    for (const auto* part : parts) ok(company.act(waive, {.charge = fee, .amount = money(part), .instruction = company.asked("2026-03-10")}));
    EXPECT_EQ(tax_owed(), 0);
    EXPECT_EQ(company.functional_of("emea", Role::fee_income), 0);
}

TEST_F(Shares, a_deduction_accepted_in_parts_leaves_no_tax) {
    const auto invoice = with_tax(ItemKind::invoice, "1.19 EUR", "0.19 EUR");
    const auto claim = ok(company.act(split_deduction, {.debit = invoice, .amount = money("1.19 EUR"), .reason_code = "damage", .instruction = company.asked("2026-03-05")})).item;
    for (const auto* part : parts) ok(company.act(accept_deduction, {.deduction = claim, .amount = money(part), .instruction = company.asked("2026-03-10")}));
    EXPECT_EQ(tax_owed(), 0);
    EXPECT_EQ(company.functional_of("emea", Role::sales_allowance), 100);
}

TEST_F(Shares, an_invoice_deducted_in_parts_leaves_no_tax) {
    const auto invoice = with_tax(ItemKind::invoice, "1.19 EUR", "0.19 EUR");
    const auto receipt = ok(company.post(company.receipt("0.20 EUR", "2026-03-02"))).item;
    auto paid = company.application(receipt, invoice, "0.20 EUR", "2026-03-02");
    paid.deduction = DeductionPart{money("0.20 EUR"), "damage"};
    auto claims = std::vector{*ok(company.apply(paid)).deduction};   // bears the tax of the cents from 0.20 to 0.40
    for (const auto* part : {"0.40 EUR", "0.39 EUR"})
        claims.push_back(ok(company.act(split_deduction, {.debit = invoice, .amount = money(part), .reason_code = "damage", .instruction = company.asked("2026-03-05")})).item);
    for (const auto claim : claims) ok(company.act(accept_deduction, {.deduction = claim, .instruction = company.asked("2026-03-10")}));
    EXPECT_EQ(tax_owed(), 3);   // of the 0.20 that were paid
}

TEST_F(Shares, a_deposit_released_in_parts_leaves_no_tax) {
    const auto invoice = with_tax(ItemKind::invoice, "1.19 EUR", "0.19 EUR", true);
    const auto receipt = ok(company.post(company.receipt("1.19 EUR", "2026-03-02"))).item;
    ok(company.apply(company.application(receipt, invoice, "1.19 EUR", "2026-03-02")));
    int n = 0;
    for (const auto* part : parts)
        ok(company.act(release_deposit, {.deposit_invoice = invoice, .amount = money(part), .document = "D-" + std::to_string(++n), .instruction = company.asked("2026-03-10")}));
    EXPECT_EQ(tax_owed(), 0);
    EXPECT_EQ(company.functional_of("emea", Role::contract_liability), 0);
}

TEST_F(Shares, discounts_are_for_what_is_billed_now) {
    auto document = company.invoice("I-1", "1000.00 EUR", "2026-03-01");
    document.terms = ItemTerms{.discounts = {{day("2026-03-11"), *parse_decimal("3"), money("30.00 EUR")}, {day("2026-03-21"), *parse_decimal("0.0005"), money("0.01 EUR")}}};
    const auto posted = ok(company.act(post_retainage_invoice, {.document = document, .retained = money("600.00 EUR")}));
    const auto terms = company.in_db<std::optional<ItemTerms>>([&](store::Db& db) { return terms_of(db, posted.billed.item); });
    ASSERT_EQ(terms->discounts.size(), 1U) << "nothing is left of the second one";
    EXPECT_EQ(terms->discounts[0].amount, money("12.00 EUR"));
}

/// 99.99 EUR at 1.0005 are 100.04 USD; three times 33.35 would be 100.05.
/// Cents of tax on many instalments: rounded each for itself they would be more than there are, and the last negative.
TEST_F(Shares, few_cents_over_many_instalments_are_never_negative) {
    auto document = company.invoice("I-12", "12.00 EUR", "2026-03-01");
    document.tax = money("0.06 EUR");
    document.freight = money("0.06 EUR");
    document.terms.emplace().tolerance = money("0.06 EUR");
    std::vector<Instalment> months;
    for (int month = 1; month <= 12; ++month) months.push_back({Date::from_days(day("2026-03-01").days() + 30 * month), money("1.00 EUR")});
    const auto posted = ok(company.in_tx<std::vector<PostedItem>>([&](store::Tx& tx) { return post_in_instalments(tx, company.context, document, months); }));
    EXPECT_EQ(posted.size(), 12U);
    EXPECT_EQ(tax_owed(), 6);
    std::int64_t tolerated = 0;
    for (const auto& one : posted) {
        const auto terms = company.in_db<std::optional<ItemTerms>>([&](store::Db& db) { return terms_of(db, one.item); });
        if (terms && terms->tolerance) tolerated += terms->tolerance->units();
    }
    EXPECT_EQ(tolerated, 6);
}

TEST_F(Shares, a_foreign_document_is_converted_once) {
    company.rate("EUR", "USD", "2026-03-01", "1.0005");
    const auto part = [&](const char* due) { return Instalment{day(due), money("33.33 EUR")}; };
    const auto document = company.invoice("I-1", "99.99 EUR", "2026-03-01", "boston");
    const auto post = [&] {
        return company.in_tx<std::vector<PostedItem>>([&](store::Tx& tx) {
            return post_in_instalments(tx, company.context, document, {part("2026-04-01"), part("2026-05-01"), part("2026-06-01")});
        });
    };
    const auto posted = ok(post());
    EXPECT_EQ(company.functional_of("boston", Role::receivable), 10004);
    EXPECT_EQ(company.lines(posted[2].posted.entry), "receivable 33.33 EUR (33.34 USD) #3, revenue -33.33 EUR (-33.34 USD)");
    const auto rows = company.in_db<std::vector<JournalRow>>([&](store::Db& db) { return journal(db, company.books, {}, 1); });
    EXPECT_EQ(rows[0].entry.reason, "test document (1 EUR = 1.0005 USD of 2026-03-01 (spot, test))");
    company.rate("EUR", "USD", "2026-03-01", "1.2");
    EXPECT_TRUE(ok(post())[0].posted.repeated) << "a corrected rate makes no other document of it";
    const auto whole = company.invoice("I-2", "100.00 EUR", "2026-02-28", "boston");
    EXPECT_EQ(refusal(company.act(post_retainage_invoice, {.document = whole, .retained = money("10.00 EUR")})), "invalid_argument") << "no rate";
}

TEST_F(Shares, a_foreign_retainage_is_converted_once) {
    company.rate("EUR", "USD", "2026-03-01", "1.005");
    const auto document = company.invoice("I-1", "2.00 EUR", "2026-03-01", "boston");
    const auto posted = ok(company.act(post_retainage_invoice, {.document = document, .retained = money("1.00 EUR")}));
    EXPECT_EQ(company.lines(posted.retained.posted.entry), "retainage_receivable 1.00 EUR (1.01 USD) #2, revenue -1.00 EUR (-1.01 USD)");
    EXPECT_EQ(company.lines(posted.billed.posted.entry), "receivable 1.00 EUR (1.00 USD) #1, revenue -1.00 EUR (-1.00 USD)");
}

}  // namespace
}  // namespace owed::ledger
