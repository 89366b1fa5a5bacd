#include "formats/written_amount.hpp"

#include <gtest/gtest.h>

#include <random>

#include "owed/money.hpp"

namespace owed::formats {
namespace {

TEST(WrittenAmount, printed_money_reads_back) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random{seed};
    for (int i = 0; i < 2000; ++i) {
        const auto currencies = all_currencies();
        const Currency currency = currencies[random() % currencies.size()];
        const auto units = static_cast<std::int64_t>(random() % (2ULL * money_units_max)) - money_units_max;
        const Money money = Money::minor(units, currency);
        const auto read = read_amount(to_text(money), currency.text());
        ASSERT_TRUE(read) << to_text(money);
        EXPECT_EQ(read->amount, Amount::of(money));
        EXPECT_FALSE(read->rounded);
    }
}

TEST(WrittenAmount, sums_print_with_two_decimals_or_more) {
    struct Case {
        const char *written, *printed;
    };
    for (const Case& c : {Case{"0", "0.00"}, Case{"-0.05", "-0.05"}, Case{"18.15", "18.15"}, Case{"1.2345", "1.2345"}, Case{"1000", "1000.00"}, Case{"0.000000001", "0.000000001"}})
        EXPECT_EQ(to_text(read_amount(c.written, "")->exact), c.printed);
}

TEST(WrittenAmount, rounding_is_half_away_and_said) {
    struct Case {
        const char *written, *read;
        bool rounded;
    };
    for (const Case& c : {Case{"1.005", "1.01", true}, Case{"-1.005", "-1.01", true}, Case{"1.0049999999999", "1.00", true}, Case{"1.000", "1.00", false}, Case{"0.995", "1.00", true}}) {
        const auto read = read_amount(c.written, "EUR");
        ASSERT_TRUE(read);
        EXPECT_EQ(to_text(read->amount), c.read);
        EXPECT_EQ(read->rounded, c.rounded);
        EXPECT_EQ(read->text, c.written);
    }
}

TEST(WrittenAmount, nothing_else_is_an_amount) {
    for (const char* text : {"", "-", ".", "+", "1.2.3", "--1", "1-", " 1", "1 ", "1,5", "1e2", "0x1", "$1", "\xD9\xA1"}) EXPECT_EQ(read_amount(text, "EUR").error().code, Errc::malformed_input) << text;
    EXPECT_EQ(read_amount("45000000000000000.01", "EUR").error().code, Errc::amount_overflow);
    EXPECT_EQ(read_amount("99999999999999999999999999999999999999999999999999", "").error().code, Errc::amount_overflow);
    EXPECT_EQ(read_amount("1", "XAU").error().code, Errc::unknown_currency);
}

}  // namespace
}  // namespace owed::formats
