// Rates, documents booked at them, and month-end revaluation (DOMAIN section 10).
#include <gmock/gmock.h>

#include "ledger/rates.hpp"

#include "ledger/credits.hpp"
#include "ledger/revaluation.hpp"
#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

struct Rates : ::testing::Test {
    Company company;
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }
    Result<Converted> at(std::string_view amount, std::string_view to, std::string_view date, RateType type = RateType::spot) {
        std::optional<Result<Converted>> made;
        company.test.read([&](store::Db& db) { made.emplace(convert(db, money(amount), currency(to), type, day(date))); });
        return *made;
    }
    RevaluationRun revalue_at(std::string_view closing) {
        return ok(company.act(revalue, {.entity = "boston", .closing = day(closing), .cause = {"test", "close"}, .reason = "month end"}));
    }
};

TEST_F(Rates, directed_inverse_and_through_the_euro) {
    company.rate("EUR", "USD", "2026-03-02", "1.0840");
    company.rate("EUR", "GBP", "2026-03-02", "0.8400");
    company.rate("EUR", "JPY", "2026-03-02", "162.53");
    company.rate("EUR", "KWD", "2026-03-02", "0.33400");
    EXPECT_EQ(ok(at("2750.00 EUR", "USD", "2026-03-02")).amount, money("2981.00 USD"));
    EXPECT_EQ(ok(at("100.00 USD", "EUR", "2026-03-02")).amount, money("92.25 EUR"));          // 92.2509...
    EXPECT_EQ(ok(at("100.00 USD", "GBP", "2026-03-02")).amount, money("77.49 GBP"));          // 100 / 1.0840 * 0.84 = 77.4907...
    EXPECT_EQ(ok(at("100.00 USD", "JPY", "2026-03-02")).amount, money("14994 JPY"));          // 14993.5... : half away
    EXPECT_EQ(ok(at("1 JPY", "KWD", "2026-03-02")).amount, money("0.002 KWD"));
    EXPECT_EQ(ok(at("-100.00 USD", "EUR", "2026-03-02")).amount, money("-92.25 EUR"));
    EXPECT_EQ(ok(at("7.00 EUR", "EUR", "1999-01-01")).rate, "");
    EXPECT_EQ(ok(at("1.00 EUR", "USD", "2026-03-02")).rate, "1 EUR = 1.0840 USD of 2026-03-02 (spot, test)");
}

TEST_F(Rates, a_holiday_takes_the_last_earlier_rate_and_says_so) {
    company.rate("EUR", "USD", "2026-04-02", "1.08");
    const auto converted = ok(at("1.00 EUR", "USD", "2026-04-06"));   // Easter Monday
    EXPECT_TRUE(converted.earlier);
    EXPECT_EQ(converted.rate, "1 EUR = 1.08 USD of 2026-04-02 (spot, test), the last one before 2026-04-06");
    EXPECT_EQ(at("1.00 EUR", "USD", "2026-04-01").error().what, "there is no spot rate EUR to USD on or before 2026-04-01");
    EXPECT_EQ(refusal(at("1.00 EUR", "USD", "2026-04-06", RateType::custom)), "not_found");
    EXPECT_EQ(ok(at("1.00 EUR", "USD", "2026-04-06", RateType::closing)).amount, money("1.08 USD"));   // the day's spot
}

TEST_F(Rates, a_closing_rate_of_another_month_does_not_beat_a_later_spot_rate) {
    const auto closing = [&](std::string_view date, std::string_view from = "EUR", std::string_view to = "USD") {
        return ok(at("100.00 " + std::string{from}, to, date, RateType::closing)).rate;
    };
    company.rate("EUR", "USD", "2026-02-28", "1.05", RateType::closing);
    company.rate("EUR", "USD", "2026-03-30", "1.10");
    EXPECT_EQ(closing("2026-03-29"), "1 EUR = 1.05 USD of 2026-02-28 (closing, test), the last one before 2026-03-29");
    EXPECT_EQ(closing("2026-03-31"), "1 EUR = 1.10 USD of 2026-03-30 (spot, test), the last one before 2026-03-31");
    company.rate("EUR", "USD", "2026-03-30", "1.11", RateType::closing);
    EXPECT_EQ(closing("2026-03-31"), "1 EUR = 1.11 USD of 2026-03-30 (closing, test), the last one before 2026-03-31");
    // Through the euro a way is as old as its oldest rate.
    company.rate("EUR", "GBP", "2026-03-31", "0.80", RateType::closing);
    company.rate("EUR", "GBP", "2026-03-20", "0.84");
    EXPECT_THAT(closing("2026-03-31", "GBP"), ::testing::HasSubstr("1 EUR = 1.11 USD of 2026-03-30 (closing"));
    company.rate("EUR", "GBP", "2026-03-31", "0.84");
    company.rate("EUR", "USD", "2026-03-31", "1.10");
    EXPECT_EQ(closing("2026-03-31", "GBP"), "1 EUR = 0.84 GBP of 2026-03-31 (spot, test), 1 EUR = 1.10 USD of 2026-03-31 (spot, test)");
}

TEST_F(Rates, a_corrected_rate_counts_from_when_it_was_recorded) {
    company.rate("EUR", "USD", "2026-04-02", "1.08");
    const auto before = company.test.clock.now();
    company.test.clock.pass_seconds(60);
    company.rate("EUR", "USD", "2026-04-02", "1.09");
    company.rate("EUR", "USD", "2026-04-02", "1.09");   // nothing new
    EXPECT_EQ(company.in_db<std::size_t>([](store::Db& db) { return rates(db, {}).size(); }), 2U);
    EXPECT_EQ(ok(at("1.00 EUR", "USD", "2026-04-02")).amount, money("1.09 USD"));
    const auto then = company.in_db<Money>([&](store::Db& db) {
        return convert(db, money("1.00 EUR"), currency("USD"), RateType::spot, day("2026-04-02"), before)->amount;
    });
    EXPECT_EQ(then, money("1.08 USD"));
    const auto refused = company.in_tx<bool>([&](store::Tx& tx) {
        return set_rate(tx, company.test.clock, {.from = currency("EUR"), .to = currency("USD"), .date = day("2026-04-02"), .rate = *parse_decimal("0"), .source = "x"});
    });
    EXPECT_EQ(refusal(refused), "invalid_argument");
    company.sql("UPDATE fx_rate SET rate = '1.5' WHERE id = 1");
    EXPECT_EQ(company.differences(), std::vector<std::string>{"exchange rate 1: row hash does not fit its fields"});
    company.sql("UPDATE fx_rate SET rate = '1.08' WHERE id = 1");
}

TEST_F(Rates, reference_rates_are_in_force_until_the_next) {
    const auto set = [&](std::string_view from, std::string_view percent) {
        EXPECT_TRUE(ok(company.in_tx<bool>([&](store::Tx& tx) {
            return set_reference_rate(tx, company.test.clock, {"de_base_rate", day(from), *parse_decimal(percent), "test"});
        })));
    };
    set("2016-07-01", "-0.88");
    set("2026-01-01", "1.27");
    set("2026-07-01", "1.52");
    const auto in_force = [&](std::string_view date) {
        return company.in_db<std::string>([&](store::Db& db) {
            const auto rate = reference_rate(db, "de_base_rate", day(date));
            return rate ? to_text(rate->percent) : std::string{"none"};
        });
    };
    EXPECT_EQ(in_force("2016-06-30"), "none");
    EXPECT_EQ(in_force("2020-02-29"), "-0.88");
    EXPECT_EQ(in_force("2026-06-30"), "1.27");
    EXPECT_EQ(in_force("2026-07-01"), "1.52");
    EXPECT_EQ(company.in_db<std::size_t>([](store::Db& db) { return reference_rates(db, "de_base_rate").size(); }), 3U);
}

TEST_F(Rates, documents_and_receipts_are_booked_at_their_day) {
    company.rate("EUR", "USD", "2026-03-01", "1.0840");
    company.rate("EUR", "USD", "2026-04-10", "1.0765");
    const auto invoice = ok(company.post(company.invoice("I-1", "2750.00 EUR", "2026-03-01", "boston")));
    EXPECT_EQ(company.lines(invoice.posted.entry), "receivable 2750.00 EUR (2981.00 USD) #1, revenue -2750.00 EUR (-2981.00 USD)");
    const auto receipt = ok(company.post(company.receipt("2750.00 EUR", "2026-04-12", CustomerId{1}, "boston")));
    const auto rows = company.in_db<std::vector<JournalRow>>([&](store::Db& db) { return journal(db, company.books, {}, 1); });
    EXPECT_EQ(rows[0].entry.reason, "test receipt (1 EUR = 1.0765 USD of 2026-04-10 (spot, test), the last one before 2026-04-12)");
    const auto applied = ok(company.apply(company.application(receipt.item, invoice.item, "2750.00 EUR", "2026-04-12")));
    EXPECT_EQ(company.lines(applied.posted.entry), "unapplied_cash 2750.00 EUR (2960.38 USD) #2, receivable -2750.00 EUR (-2981.00 USD) #1, "
                                                   "fx_loss 0.00 EUR (20.62 USD)");
}

/// DOMAIN's own check: EUR 2,750.00 booked at 1.0840 = 2,981.00; closing 1.0912 unrealised +19.80, reversed; paid at 1.0765
/// realised -20.62.
TEST_F(Rates, revaluation_then_payment_books_nothing_twice) {
    company.rate("EUR", "USD", "2026-03-01", "1.0840");
    company.rate("EUR", "USD", "2026-03-31", "1.0912", RateType::closing);
    company.rate("EUR", "USD", "2026-04-10", "1.0765");
    const auto invoice = ok(company.post(company.invoice("I-1", "2750.00 EUR", "2026-03-01", "boston"))).item;
    const auto run = revalue_at("2026-03-31");
    ASSERT_EQ(run.entries.size(), 1U);
    EXPECT_EQ(company.lines(run.entries[0]), "ar_revaluation 0.00 EUR (19.80 USD), fx_unrealised 0.00 EUR (-19.80 USD)");
    ASSERT_EQ(run.items.size(), 1U);
    EXPECT_EQ(run.items[0].unrealised, money("19.80 USD"));
    EXPECT_EQ(company.functional_of("boston", Role::ar_revaluation, "2026-03-31"), 1980);
    EXPECT_EQ(company.functional_of("boston", Role::ar_revaluation, "2026-04-01"), 0);
    EXPECT_TRUE(revalue_at("2026-03-31").entries.empty());   // again: nothing
    const auto receipt = ok(company.post(company.receipt("2750.00 EUR", "2026-04-10", CustomerId{1}, "boston"))).item;
    ok(company.apply(company.application(receipt, invoice, "2750.00 EUR", "2026-04-10")));
    EXPECT_EQ(company.functional_of("boston", Role::fx_loss), 2062);
    EXPECT_EQ(company.functional_of("boston", Role::fx_unrealised), 0);
    EXPECT_EQ(company.functional_of("boston", Role::receivable), 0);
    EXPECT_TRUE(revalue_at("2026-04-30").entries.empty());
}

TEST_F(Rates, a_late_entry_corrects_the_revaluation_by_the_difference) {
    company.rate("EUR", "USD", "2026-03-01", "1.10");
    company.rate("GBP", "USD", "2026-03-01", "1.25");
    company.rate("EUR", "USD", "2026-03-31", "1.20", RateType::closing);
    company.rate("GBP", "USD", "2026-03-31", "1.20", RateType::closing);
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-01", "boston"))).item;
    ok(company.post(company.invoice("I-2", "100.00 GBP", "2026-03-01", "boston")));
    EXPECT_EQ(revalue_at("2026-03-31").entries.size(), 2U);
    EXPECT_EQ(company.functional_of("boston", Role::fx_unrealised, "2026-03-31"), -1000 + 500);
    auto receipt = company.receipt("60.00 EUR", "2026-03-20", CustomerId{1}, "boston");
    const auto paid = ok(company.post(receipt)).item;
    ok(company.apply(company.application(paid, invoice, "60.00 EUR", "2026-03-20")));
    const auto again = revalue_at("2026-03-31");
    ASSERT_EQ(again.entries.size(), 1U);
    EXPECT_EQ(company.lines(again.entries[0]), "fx_unrealised 0.00 EUR (6.00 USD), ar_revaluation 0.00 EUR (-6.00 USD)");
    EXPECT_EQ(company.functional_of("boston", Role::fx_unrealised, "2026-03-31"), -400 + 500);
    const auto standing = company.in_db<std::vector<RevaluedItem>>([&](store::Db& db) { return revaluations(db, company.books, "boston", day("2026-03-31")); });
    ASSERT_EQ(standing.size(), 2U);
    EXPECT_EQ(standing[0].unrealised, money("4.00 USD"));
    EXPECT_EQ(standing[0].open, money("40.00 EUR"));
    EXPECT_EQ(company.functional_of("boston", Role::fx_unrealised), 0);
}

TEST_F(Rates, revaluation_refusals) {
    const auto run = [&](std::string_view entity, std::string_view closing) {
        return refusal(company.act(revalue, {.entity = std::string{entity}, .closing = day(closing), .cause = {}, .reason = "x"}));
    };
    EXPECT_EQ(run("nowhere", "2026-03-31"), "not_found");
    EXPECT_EQ(run("boston", "2026-03-30"), "invalid_argument");
    auto document = company.invoice("I-1", "100.00 EUR", "2026-03-01", "boston");
    document.functional = money("110.00 USD");
    ok(company.post(document));
    EXPECT_EQ(run("boston", "2026-03-31"), "not_found");   // no rate
    company.close("2026-03-01", "boston");
    EXPECT_EQ(run("boston", "2026-03-31"), "period_closed");
}

/// A return of the receipt is an event of its own day: what the bank takes back is worth something else by then.
TEST_F(Rates, return_reopens_at_the_original_rates) {
    company.rate("EUR", "USD", "2026-03-01", "1.10");
    company.rate("EUR", "USD", "2026-03-10", "1.08");
    company.rate("EUR", "USD", "2026-03-20", "1.05");
    const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-01", "boston"))).item;
    const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-10", CustomerId{1}, "boston"))).item;
    ok(company.apply(company.application(receipt, invoice, "100.00 EUR", "2026-03-10")));
    const auto returned = ok(company.return_payment(receipt, "2026-03-20"));
    EXPECT_EQ(company.lines(returned.entry), "unapplied_cash 100.00 EUR (108.00 USD) #2, 1000 -100.00 EUR (-105.00 USD), fx_gain 0.00 EUR (-3.00 USD)");
    EXPECT_EQ(company.functional_of("boston", Role::receivable), 11000);
    EXPECT_EQ(company.functional_of("boston", Role::fx_loss), 0);
}

/// What is owed again is worth what the rate of that day says; only what was still here leaves a difference.
TEST_F(Rates, return_after_a_refund_is_owed_at_the_rate_of_its_day) {
    company.rate("EUR", "USD", "2026-03-10", "1.08");
    company.rate("EUR", "USD", "2026-03-20", "1.05");
    const auto receipt = ok(company.post(company.receipt("100.00 EUR", "2026-03-10", CustomerId{1}, "boston"))).item;
    ok(company.act(refund, {.credit = receipt, .amount = money("40.00 EUR"), .instruction = company.asked("2026-03-12")}));
    const auto returned = ok(company.return_payment(receipt, "2026-03-20"));
    EXPECT_EQ(company.lines(returned.entry),
              "unapplied_cash 60.00 EUR (64.80 USD) #1, receivable 40.00 EUR (42.00 USD) #2, 1000 -100.00 EUR (-105.00 USD), fx_gain 0.00 EUR (-1.80 USD)");
    const auto all = ok(company.post(company.receipt("10.00 EUR", "2026-03-10", CustomerId{1}, "boston"))).item;
    ok(company.act(refund, {.credit = all, .amount = {}, .instruction = company.asked("2026-03-12")}));
    EXPECT_EQ(company.lines(ok(company.return_payment(all, "2026-03-20")).entry), "receivable 10.00 EUR (10.50 USD) #4, 1000 -10.00 EUR (-10.50 USD)");
}

}  // namespace
}  // namespace owed::ledger
