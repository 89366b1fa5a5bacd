// Foreign currency (DOMAIN section 10): carrying amounts leave pro rata, the last part takes the rest, and what two rates make
// of one payment is posted as realised gain or loss.
#include "ledger/test_company.hpp"
#include "owed/decimal.hpp"

namespace owed::ledger {
namespace {

PostDocument foreign_invoice(Company& company, const std::string& number, std::string_view amount, std::string_view functional,
                             std::string_view entity = "boston") {
    auto document = company.invoice(number, amount, "2026-03-01", entity);
    document.functional = money(functional);
    return document;
}
PostReceipt foreign_receipt(Company& company, std::string_view amount, std::string_view functional,
                            std::string_view entity = "boston") {
    auto receipt = company.receipt(amount, "2026-03-10", CustomerId{1}, entity);
    receipt.functional = money(functional);
    return receipt;
}
std::int64_t functional_of(Company& company, std::string_view entity, std::string_view account) {
    std::int64_t sum = 0;
    for (const auto& row : company.balance(std::string{entity}, day("2026-12-31")))
        if (row.account == account) sum += row.functional;
    return sum;
}

TEST(ForeignCurrency, realised_loss_of_the_own_check) {
    // EUR 2,750.00 booked at 1.0840 = 2,981.00; paid at 1.0765 = 2,960.38: realised -20.62.
    Company company;
    const auto rate = [](const char* text, Money amount) { return *parse_decimal(text)->convert(amount, currency("USD"), Rounding::half_away); };
    auto document = company.invoice("I-1", "2750.00 EUR", "2026-03-01", "boston");
    document.functional = rate("1.0840", document.amount);
    const auto invoice = ok(company.post(document));
    EXPECT_EQ(company.lines(invoice.posted.entry), "receivable 2750.00 EUR (2981.00 USD) #1, revenue -2750.00 EUR (-2981.00 USD)");
    auto paid = company.receipt("2750.00 EUR", "2026-03-10", CustomerId{1}, "boston");
    paid.functional = rate("1.0765", paid.amount);
    const auto receipt = ok(company.post(paid)).item;
    const auto applied = ok(company.apply(company.application(receipt, invoice.item, "2750.00 EUR", "2026-03-10")));
    EXPECT_EQ(company.lines(applied.posted.entry), "unapplied_cash 2750.00 EUR (2960.38 USD) #2, "
                                                   "receivable -2750.00 EUR (-2981.00 USD) #1, fx_loss 0.00 EUR (20.62 USD)");
    EXPECT_EQ(functional_of(company, "boston", "1200"), 0);
    EXPECT_EQ(functional_of(company, "boston", "1210"), 0);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
    ok(company.unapply(applied.application, "2026-03-20"));
    EXPECT_EQ(functional_of(company, "boston", "1200"), 298100);
    EXPECT_EQ(functional_of(company, "boston", "1210"), -296038);
    EXPECT_EQ(functional_of(company, "boston", "6830"), 0);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ForeignCurrency, three_parts_clear_both_currencies_to_zero) {
    Company company;
    const auto invoice = ok(company.post(foreign_invoice(company, "I-1", "100.00 EUR", "100.01 USD"))).item;
    const auto receipt = ok(company.post(foreign_receipt(company, "100.00 EUR", "110.00 USD"))).item;
    std::vector<ApplicationId> parts;
    for (const auto* amount : {"33.33 EUR", "33.33 EUR", "33.34 EUR"}) {
        parts.push_back(ok(company.apply(company.application(receipt, invoice, amount, "2026-03-10"))).application);
        EXPECT_EQ(company.differences(), std::vector<std::string>{});
    }
    EXPECT_EQ(functional_of(company, "boston", "1200"), 0);
    EXPECT_EQ(functional_of(company, "boston", "1210"), 0);
    EXPECT_EQ(functional_of(company, "boston", "4400"), -999);   // the whole gain, however it was cut
    for (const auto part : {parts[1], parts[0], parts[2]}) ok(company.unapply(part, "2026-03-11"));
    EXPECT_EQ(functional_of(company, "boston", "1200"), 10001);
    EXPECT_EQ(functional_of(company, "boston", "1210"), -11000);
    EXPECT_EQ(functional_of(company, "boston", "4400"), 0);
}

TEST(ForeignCurrency, discount_leaves_at_the_carrying_rate) {
    Company company;
    auto document = foreign_invoice(company, "I-1", "119.00 EUR", "130.90 USD");
    document.tax = money("19.00 EUR");
    const auto posted = ok(company.post(document));
    EXPECT_EQ(company.lines(posted.posted.entry), "receivable 119.00 EUR (130.90 USD) #1, revenue -100.00 EUR (-110.00 USD), "
                                                  "tax_payable -19.00 EUR (-20.90 USD)");
    const auto receipt = ok(company.post(foreign_receipt(company, "115.43 EUR", "126.97 USD"))).item;
    const auto applied = ok(company.apply(company.application(receipt, posted.item, "115.43 EUR", "2026-03-10", money("3.57 EUR"))));
    EXPECT_EQ(company.lines(applied.posted.entry),
              "unapplied_cash 115.43 EUR (126.97 USD) #2, sales_discount 3.00 EUR (3.30 USD), tax_payable 0.57 EUR (0.63 USD), "
              "receivable -119.00 EUR (-130.90 USD) #1");   // 126.97 + 3.93 = 130.90: no difference, no line
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ForeignCurrency, no_decimals_in_three_decimals_and_amounts_too_small_to_carry) {
    Company company;
    const auto invoice = ok(company.post(foreign_invoice(company, "I-1", "1000 JPY", "2.055 KWD", "kuwait"))).item;
    const auto tiny = ok(company.post(foreign_invoice(company, "I-2", "1 JPY", "0.000 KWD", "kuwait"))).item;
    const auto receipt = ok(company.post(foreign_receipt(company, "1001 JPY", "2.100 KWD", "kuwait"))).item;
    ok(company.apply(company.application(receipt, tiny, "1 JPY", "2026-03-10")));
    ok(company.apply(company.application(receipt, invoice, "333 JPY", "2026-03-10")));
    ok(company.apply(company.application(receipt, invoice, "667 JPY", "2026-03-10")));
    EXPECT_EQ(functional_of(company, "kuwait", "1200"), 0);
    EXPECT_EQ(functional_of(company, "kuwait", "1210"), 0);
    EXPECT_EQ(functional_of(company, "kuwait", "4400") + functional_of(company, "kuwait", "6830"), -45);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ForeignCurrency, opening_item_partly_settled_carries_its_part) {
    Company company;
    auto document = foreign_invoice(company, "I-1", "100.00 EUR", "110.00 USD");
    document.opening = true;
    document.open = money("30.00 EUR");
    EXPECT_EQ(company.lines(ok(company.post(document)).posted.entry),
              "receivable 30.00 EUR (33.00 USD) #1, opening_balance -30.00 EUR (-33.00 USD)");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ForeignCurrency, returned_and_collected_by_an_agency) {
    Company company;
    const auto invoice = ok(company.post(foreign_invoice(company, "I-1", "100.00 EUR", "110.00 USD"))).item;
    const auto receipt = ok(company.post(foreign_receipt(company, "100.00 EUR", "108.00 USD"))).item;
    ok(company.apply(company.application(receipt, invoice, "100.00 EUR", "2026-03-10")));
    const auto returned = ok(company.return_payment(receipt, "2026-03-12"));
    EXPECT_EQ(company.lines(returned.entry), "unapplied_cash 100.00 EUR (108.00 USD) #2, 1000 -100.00 EUR (-108.00 USD)");
    const auto collected = ok(company.in_tx<Applied>([&](store::Tx& tx) {
        return post_agency_collected(tx, company.context, {.debit = invoice, .gross = money("50.00 EUR"),
            .fee_and_tax = money("10.00 EUR"), .date = day("2026-03-20"), .document = "REM/1", .cause = {"test", "x"},
            .reason = "collected", .event_key = "agency/1"});
    }));
    EXPECT_EQ(company.lines(EntryId{collected.posted.entry.value - 1}),
              "agency_clearing 40.00 EUR (44.00 USD), agency_fees 10.00 EUR (11.00 USD), unapplied_cash -50.00 EUR (-55.00 USD) #3");
    EXPECT_EQ(functional_of(company, "boston", "1200"), 5500);
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST(ForeignCurrency, a_third_currency_is_refused) {
    Company company;
    const auto invoice = ok(company.post(foreign_invoice(company, "I-1", "100.00 EUR", "110.00 USD"))).item;
    const auto pounds = ok(company.post(foreign_receipt(company, "90.00 GBP", "110.00 USD"))).item;
    const auto dollars = ok(company.post(company.receipt("110.00 USD", "2026-03-10", CustomerId{1}, "boston"))).item;
    EXPECT_EQ(refusal(company.apply(company.application(pounds, invoice, "90.00 GBP", "2026-03-10"))), "currency_mismatch");
    EXPECT_EQ(refusal(company.apply(company.application(pounds, invoice, "90.00 EUR", "2026-03-10"))), "currency_mismatch");
    EXPECT_EQ(refusal(company.apply(company.application(dollars, invoice, "100.00 EUR", "2026-03-10"))), "currency_mismatch");
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

}  // namespace
}  // namespace owed::ledger
