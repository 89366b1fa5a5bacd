#include "formats/csv/number.hpp"

#include <gtest/gtest.h>

#include <random>

namespace owed::formats::csv {
namespace {

/// Text of what a file with just these cells says of the last one: "1234.50", or "refused".
std::string number_of(const std::vector<std::string>& cells) {
    NumberProof proof;
    for (const std::string& cell : cells)
        if (!proof.see(cell, 0)) return "refused";
    auto format = proof.result();
    if (!format) return "refused";
    auto number = parse_number(cells.back(), *format);
    if (!number) return "refused";
    return to_text(Amount{number->mantissa, number->scale, ""});
}

struct Case {
    std::string cell;
    std::string reads;
};

TEST(Number, alone_in_its_file) {
    const std::vector<Case> cases{
        // clear
        {"0", "0"}, {"7", "7"}, {"1234", "1234"}, {"12.5", "12.5"}, {"12,5", "12.5"}, {"12.50", "12.50"}, {"12,50", "12.50"},
        {"1234.567", "1234.567"}, {"1234,567", "1234.567"}, {"0.123", "0.123"}, {"0,123", "0.123"}, {"0.005", "0.005"},
        {"1,234.56", "1234.56"}, {"1.234,56", "1234.56"}, {"1'234.56", "1234.56"}, {"1\u2019234.56", "1234.56"}, {"1 234,56", "1234.56"},
        {"1\u00A0234,56", "1234.56"}, {"1\u202F234,56", "1234.56"}, {"1,234,567", "1234567"}, {"1.234.567", "1234567"},
        {"1.234.567,89", "1234567.89"}, {"1,234,567.89", "1234567.89"}, {"12'345'678.90", "12345678.90"}, {"1 234", "1234"}, {"1'234", "1234"},
        {"1,234.5678", "1234.5678"}, {"1.234,5", "1234.5"}, {".5", "0.5"}, {",5", "0.5"}, {".500", "0.500"}, {"000000000000149.87", "149.87"},
        {"+5", "5"}, {"+1.50", "1.50"}, {"-5", "-5"}, {"-12.50", "-12.50"}, {"-1.234,56", "-1234.56"}, {"1.234,56-", "-1234.56"}, {"5-", "-5"},
        {"(5)", "-5"}, {"(1,234.56)", "-1234.56"}, {"-0", "0"}, {"-0.00", "0.00"}, {"0.00", "0.00"}, {"-.50", "-0.50"},
        {"999999999999999999", "999999999999999999"}, {"123456789012345.678", "123456789012345.678"},
        // could be two amounts
        {"1.234", "refused"}, {"1,234", "refused"}, {"12.345", "refused"}, {"123,456", "refused"}, {"-1.234", "refused"}, {"(1,234)", "refused"}, {"999.999", "refused"},
        // no amount at all
        {"1e9", "refused"}, {"1E9", "refused"}, {"1e-2", "refused"}, {"1.5E+03", "refused"}, {"NaN", "refused"}, {"nan", "refused"}, {"inf", "refused"},
        {"-inf", "refused"}, {"Infinity", "refused"}, {"0x10", "refused"}, {"0b1", "refused"}, {"1_000", "refused"}, {"abc", "refused"}, {"-", "refused"},
        {"+", "refused"}, {"()", "refused"}, {"(-5)", "refused"}, {"-(5)", "refused"}, {"(5", "refused"}, {"5)", "refused"}, {"--5", "refused"}, {"+-5", "refused"},
        {"-+5", "refused"}, {"-5-", "refused"}, {"+5-", "refused"}, {"5+", "refused"}, {"- 5", "refused"}, {"5 -", "refused"}, {".", "refused"}, {",", "refused"},
        {"-.", "refused"}, {"5.", "refused"}, {"5,", "refused"}, {"12..34", "refused"}, {"12,,34", "refused"}, {"12.,34", "refused"}, {"1.2.3", "refused"},
        {"1,2,3", "refused"}, {"1,23.45", "refused"}, {"1.23,45", "refused"}, {"12,34,567.89", "refused"}, {"1,2345.00", "refused"}, {"1234,567.89", "refused"},
        {"1,234.567.89", "refused"}, {"1.234,567.89", "refused"}, {"1,234,56", "refused"}, {"1 23", "refused"}, {"1 2345", "refused"}, {"12 34.5", "refused"},
        {"1'23.45", "refused"}, {"1 234'567", "refused"}, {"1'234,567.8", "refused"}, {"1  234", "refused"}, {"'5", "refused"}, {"=5", "refused"}, {"=1+1", "refused"},
        {"1+1", "refused"}, {"5%", "refused"}, {"#REF!", "refused"}, {"#VALUE!", "refused"}, {"#DIV/0!", "refused"}, {"1/2", "refused"}, {"12:30", "refused"},
        {"$5", "refused"}, {"$120", "refused"}, {"5$", "refused"}, {"\u20AC5", "refused"}, {"5 \u20AC", "refused"}, {"EUR 5", "refused"}, {"5 EUR", "refused"}, {"\u00A35", "refused"},
        {"5 DR", "refused"}, {"5CR", "refused"}, {"O.50", "refused"}, {"l2.50", "refused"},
        // letters that look like others
        {"\u22125", "refused"}, {"\u20105", "refused"}, {"\u20115", "refused"}, {"\u20135.00", "refused"}, {"\u20145", "refused"}, {"\uFF0D5", "refused"}, {"\uFE635", "refused"},
        {"\uFF11\uFF12", "refused"}, {"12\uFF0E50", "refused"}, {"12\uFF0C50", "refused"}, {"\u0661\u0662", "refused"}, {"12\u066B50", "refused"}, {"\u00B2", "refused"}, {"\u00BD", "refused"},
        {"1\u200B234", "refused"}, {"1\u00AD234", "refused"}, {"1\u2009234", "refused"}, {"\uFEFF5", "refused"}, {"5\u200F", "refused"}, {"\u202E05.21", "refused"}, {"\u00A05", "refused"},
        {"5\u00A0", "refused"}, {"12\u02D950", "refused"}, {"1\u00B7234", "refused"}, {"5\u2400", "refused"}, {"5\uFFFD", "refused"},
        // beyond what is kept
        {"9223372036854775807", "refused"}, {"9223372036854775808", "refused"}, {"-9223372036854775809", "refused"}, {"18446744073709551616", "refused"},
        {"1000000000000000000", "refused"}, {"99999999999999999.99", "refused"}, {"0.1234567890123", "refused"}, {std::string(65, '1'), "refused"}, {"", "refused"},
    };
    EXPECT_GE(cases.size(), 150u);
    for (const Case& c : cases) EXPECT_EQ(number_of({c.cell}), c.reads) << '"' << c.cell << '"';
}

TEST(Number, others_in_the_file_decide) {
    struct Row {
        std::string name;
        std::vector<std::string> cells;
        std::string reads;
    };
    const std::vector<Row> rows{
        {"decimal_comma_makes_the_dot_thousands", {"12,50", "1.234"}, "1234"},
        {"decimal_dot_makes_the_comma_thousands", {"12.50", "1,234"}, "1234"},
        {"decimal_dot_seen_so_it_is_decimal", {"12.50", "1.234"}, "1.234"},
        {"decimal_comma_seen_so_it_is_decimal", {"0,5", "1,234"}, "1.234"},
        {"thousands_dot_seen", {"1.234.567", "1.234"}, "1234"},
        {"thousands_apostrophe_leaves_the_decimal", {"1'234", "1.250"}, "1.250"},
        {"both_could_be_either", {"1.234", "1,234"}, "refused"},
        {"whole_numbers_decide_nothing", {"7", "12", "1.234"}, "refused"},
        {"two_decimal_signs", {"12,50", "12.50"}, "refused"},
        {"two_notations", {"1.234,56", "1,234.56"}, "refused"},
        {"two_thousands_signs", {"1'234.00", "1 234.00"}, "refused"},
        {"decimal_and_thousands_the_same", {"1.234.567", "12.5"}, "refused"},
        {"grouped_and_ungrouped_together", {"1,234.56", "1234.56"}, "1234.56"},
        {"minus_in_front_and_behind", {"-5.00", "5.00-"}, "refused"},
        {"minus_and_parentheses", {"-5.00", "(5.00)"}, "refused"},
        {"trailing_minus_throughout", {"1,5-", "2,5-", "3,5"}, "3.5"},
        {"a_third_sign_that_fits_nothing", {"1'234.50", "1,234"}, "refused"},
    };
    for (const Row& row : rows) EXPECT_EQ(number_of(row.cells), row.reads) << row.name;
}

TEST(Number, given_by_a_profile) {
    auto with = [](std::optional<Mark> decimal, std::optional<Mark> thousands, std::string cell) -> std::string {
        NumberProof proof{decimal, thousands};
        if (!proof.see(cell, 0)) return "refused";
        auto format = proof.result();
        if (!format) return "refused";
        auto number = parse_number(cell, *format);
        return number ? to_text(Amount{number->mantissa, number->scale, ""}) : "refused";
    };
    EXPECT_EQ(with(Mark::comma, {}, "1.234"), "1234");
    EXPECT_EQ(with(Mark::comma, {}, "1,234"), "1.234");
    EXPECT_EQ(with(Mark::dot, {}, "1.234"), "1.234");
    EXPECT_EQ(with(Mark::dot, Mark::comma, "1,234"), "1234");
    EXPECT_EQ(with(Mark::dot, Mark::none, "1,234"), "refused");
    EXPECT_EQ(with(Mark::dot, {}, "12,50"), "refused");
    EXPECT_EQ(with({}, Mark::dot, "1.234"), "1234");
}

/// Random amounts in every notation: what was written is what is read, whatever else the file holds.
TEST(Number, written_then_read_is_the_same) {
    std::mt19937_64 random{20260331};
    SCOPED_TRACE("seed 20260331");
    const std::vector<std::pair<std::string, std::string>> notations{{".", ","}, {",", "."}, {".", "'"}, {",", " "}, {",", "\u00A0"}, {",", "\u202F"}, {".", ""}, {",", ""}};
    for (int round = 0; round < 4000; ++round) {
        const auto& [decimal, thousands] = notations[random() % notations.size()];
        std::int64_t units = static_cast<std::int64_t>(random() % 1'000'000'000'000);
        if (random() % 2) units %= 2'000'000;
        bool negative = units != 0 && random() % 2;
        std::string digits = std::to_string(units / 100), whole;
        for (std::size_t i = 0; i < digits.size(); ++i) {
            if (i > 0 && (digits.size() - i) % 3 == 0) whole += thousands;
            whole += digits[i];
        }
        std::string cents = std::to_string(100 + units % 100).substr(1);
        std::string cell = (negative ? "-" : "") + whole + decimal + cents;
        EXPECT_EQ(number_of({cell}), minor_to_text(negative ? -units : units, 2)) << cell;
        // One byte replaced by a letter or by half a character: refused, never another amount.
        std::string broken = cell;
        broken[random() % broken.size()] = "xe=\xC3\xF0"[random() % 5];
        EXPECT_EQ(number_of({"7" + decimal + "25", broken}), "refused") << broken;
    }
}

TEST(Number, amount_of_a_currency) {
    auto text = [](Number n, std::string_view currency) -> std::string {
        auto amount = to_amount(n, currency);
        return amount ? to_text(*amount) + ' ' + amount->currency : std::string{name_of(amount.error().code)};
    };
    EXPECT_EQ(text({1250, 2}, "EUR"), "12.50 EUR");
    EXPECT_EQ(text({125, 1}, "EUR"), "12.50 EUR");
    EXPECT_EQ(text({12500, 3}, "EUR"), "12.50 EUR");
    EXPECT_EQ(text({5, 3}, "EUR"), "amount_precision");
    EXPECT_EQ(text({2700, 2}, "JPY"), "27 JPY");
    EXPECT_EQ(text({2750, 2}, "JPY"), "amount_precision");
    EXPECT_EQ(text({1, 0}, "KWD"), "1.000 KWD");
    EXPECT_EQ(text({1, 0}, "EURO"), "unknown_currency");
    EXPECT_EQ(text({999'999'999'999'999'999, 0}, "EUR"), "amount_overflow");
    EXPECT_EQ(text({12345, 3}, ""), "12.345 ");
}

TEST(Number, says_what_is_wrong) {
    NumberProof proof;
    EXPECT_NE(proof.see("\u22125", 0).error().what.find("U+2212"), std::string::npos);
    EXPECT_NE(proof.see("12..34", 0).error().what.find("side by side"), std::string::npos);
    EXPECT_NE(proof.see("1e9", 0).error().what.find("exponent"), std::string::npos);
    ASSERT_TRUE(proof.see("1.234", 77));
    auto result = proof.result();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().offset, 77u);
    EXPECT_NE(result.error().what.find("thousand or a fraction"), std::string::npos);
}

}  // namespace
}  // namespace owed::formats::csv
