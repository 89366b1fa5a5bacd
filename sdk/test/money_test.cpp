#include "owed/money.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "owed/decimal.hpp"

namespace owed {
namespace {

Currency currency(std::string_view code) { return find_currency(code).value(); }

TEST(Currency, minor_units_follow_iso_4217) {
    struct Row {
        const char* codes;
        int digits;
    };
    // DOMAIN section 1 lists every currency that does not have two.
    const Row rows[] = {
        {"BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0},
        {"BHD IQD JOD KWD LYD OMR TND", 3},
        {"CLF UYW", 4},
    };
    std::size_t other = 0;
    for (const auto& row : rows)
        for (std::string_view rest = row.codes; !rest.empty(); rest.remove_prefix(std::min<std::size_t>(4, rest.size()))) {
            EXPECT_EQ(currency(rest.substr(0, 3)).minor_digits, row.digits) << rest.substr(0, 3);
            ++other;
        }
    const auto all = all_currencies();
    EXPECT_EQ(std::count_if(all.begin(), all.end(), [](const Currency& c) { return c.minor_digits != 2; }),
              static_cast<std::ptrdiff_t>(other));
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](auto& a, auto& b) { return a.text() < b.text(); }));
}

TEST(Currency, metals_tests_and_nonsense_are_refused) {
    for (const char* code : {"XAU", "XAG", "XTS", "XXX", "XDR", "EURO", "eur", "", "E"})
        EXPECT_EQ(find_currency(code).error().code, Errc::unknown_currency) << code;
}

TEST(Money, text_keeps_zeros_and_the_currencys_decimals) {
    struct Row {
        std::int64_t units;
        const char* code;
        const char* text;
    };
    const Row rows[] = {{105, "EUR", "1.05"},   {-5, "EUR", "-0.05"},    {0, "EUR", "0.00"},         {1234, "JPY", "1234"},
                        {1234, "KWD", "1.234"}, {-1, "CLF", "-0.0001"}, {123450, "EUR", "1234.50"}};
    for (const auto& row : rows) {
        const auto money = Money::minor(row.units, currency(row.code));
        EXPECT_EQ(to_text(money), row.text);
        EXPECT_EQ(parse_money(row.text, currency(row.code)).value(), money);
    }
}

TEST(Money, parse_refuses_what_is_not_exact) {
    struct Row {
        const char* text;
        Errc code;
    };
    const Row rows[] = {{"", Errc::malformed_input},      {"-", Errc::malformed_input},     {"1.", Errc::malformed_input},
                        {".5", Errc::malformed_input},    {"1,5", Errc::malformed_input},   {"1 000", Errc::malformed_input},
                        {"1e3", Errc::malformed_input},   {"+1", Errc::malformed_input},    {"--1", Errc::malformed_input},
                        {"1.2.3", Errc::malformed_input}, {"0x10", Errc::malformed_input},  {"NaN", Errc::malformed_input},
                        {"\u22121", Errc::malformed_input}, {"1.005", Errc::amount_precision},
                        {"99999999999999999999", Errc::amount_overflow}, {"45000000000000000.01", Errc::amount_overflow}};
    for (const auto& row : rows) EXPECT_EQ(parse_money(row.text, currency("EUR")).error().code, row.code) << row.text;
}

TEST(Money, currencies_never_mix_and_sums_never_wrap) {
    EXPECT_EQ(add(Money::minor(1, currency("EUR")), Money::minor(1, currency("USD"))).error().code, Errc::currency_mismatch);
    const auto most = Money::minor(money_units_max, currency("EUR"));
    EXPECT_EQ(add(most, Money::minor(1, currency("EUR"))).error().code, Errc::amount_overflow);
    EXPECT_EQ(subtract(most.negated(), Money::minor(1, currency("EUR"))).error().code, Errc::amount_overflow);
}

TEST(Money, shares_always_add_up) {
    std::mt19937_64 random{20260331};
    for (int round = 0; round < 2000; ++round) {
        const auto total = Money::minor(static_cast<std::int64_t>(random() % 2'000'000'001) - 1'000'000'000, currency("EUR"));
        std::vector<std::int64_t> weights(1 + random() % 8);
        for (auto& weight : weights) weight = static_cast<std::int64_t>(random() % 1000);
        weights[0] += 1;
        const auto parts = split(total, weights).value();
        std::int64_t sum = 0;
        for (const auto& part : parts) sum += part.units();
        ASSERT_EQ(sum, total.units());
        ASSERT_EQ(parts.size(), weights.size());
    }
    const auto cents = [&](std::int64_t total, std::vector<std::int64_t> weights) {
        std::vector<std::int64_t> units;
        const auto parts = split(Money::minor(total, currency("EUR")), weights).value();
        for (const auto& part : parts) units.push_back(part.units());
        return units;
    };
    EXPECT_EQ(cents(100, {1, 1, 1}), (std::vector<std::int64_t>{33, 33, 34})) << "the last one takes the rest";
    EXPECT_EQ(cents(2, {1, 1, 1, 1}), (std::vector<std::int64_t>{1, 1, 0, 0})) << "no share is of the other sign";
    EXPECT_EQ(cents(-1, {1, 1, 0}), (std::vector<std::int64_t>{-1, 0, 0}));
}

TEST(Decimal, rates_are_exact_and_round_once_half_away) {
    const auto eur = currency("EUR"), usd = currency("USD");
    // DOMAIN section 10: EUR 2,750.00 at 1.0840 = 2,981.00.
    EXPECT_EQ(to_text(parse_decimal("1.0840")->convert(Money::minor(275000, eur), usd, Rounding::half_away).value()), "2981.00");
    EXPECT_EQ(to_text(parse_decimal("0.03")->of(Money::minor(64000, eur), Rounding::half_away).value()), "19.20");
    EXPECT_EQ(parse_decimal("0.5")->of(Money::minor(1, eur), Rounding::half_away)->units(), 1);
    EXPECT_EQ(parse_decimal("0.5")->of(Money::minor(-1, eur), Rounding::half_away)->units(), -1);
    EXPECT_EQ(parse_decimal("0.5")->of(Money::minor(1, eur), Rounding::down)->units(), 0);
    // Currencies of different scale.
    EXPECT_EQ(parse_decimal("160.25")->convert(Money::minor(100, eur), currency("JPY"), Rounding::half_away)->units(), 160);
    EXPECT_EQ(to_text(parse_decimal("1.50").value()), "1.50");
    EXPECT_TRUE(equal(parse_decimal("1.50").value(), parse_decimal("1.5").value()));
    EXPECT_FALSE(parse_decimal("1.2345678901234567890"));
}

TEST(MoneyParse, an_amount_written_as_people_write_it_is_told_how) {
    for (const char* text : {"1.244,76", "25.000,00", "1,244.76", "1.000.000"}) {
        const auto parsed = parse_money(text, *find_currency("EUR"));
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::malformed_input) << text;
        EXPECT_NE(parsed.error().what.find("as in 1234.50"), std::string::npos) << parsed.error().what;
    }
}

}  // namespace
}  // namespace owed
