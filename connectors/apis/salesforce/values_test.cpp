#include "apis/salesforce/values.hpp"

#include <gtest/gtest.h>

#include <random>

namespace owed::apis::salesforce {
namespace {

TEST(SalesforceIds, are_compared_as_eighteen) {
    // Pairs from the vendor's documentation samples.
    for (const auto& [given, whole] : std::vector<std::pair<std::string, std::string>>{{"001D000000IqhSL", "001D000000IqhSLIAZ"},
                                                                                       {"001xx000003DGb2", "001xx000003DGb2AAG"},
                                                                                       {"003xx000004TmiQ", "003xx000004TmiQAAS"},
                                                                                       {"a00D0000008pQRA", "a00D0000008pQRAIA2"}}) {
        EXPECT_EQ(id18(given), whole);
        EXPECT_EQ(id18(whole), whole);
    }
    EXPECT_EQ(id18("001D000000IqhSLiaz"), "001D000000IqhSLIAZ");
    for (const char* wrong : {"", "001xx000003DGb", "001xx000003DGb2AAH", "001xx000003DGb2A", "001xx00000'DGb2", "001xx000003DGb2AAG1"}) EXPECT_EQ(id18(wrong), "") << wrong;
}

TEST(SalesforceTimes, have_no_colon_in_the_zone) {
    for (const auto& [given, shown] : std::vector<std::pair<std::string, std::string>>{{"2011-07-07T00:37:00.000+0000", "2011-07-07T00:37:00.000Z"},
                                                                                       {"2011-07-07T02:37:00.123+0200", "2011-07-07T00:37:00.123Z"},
                                                                                       {"2011-07-07T00:37:00Z", "2011-07-07T00:37:00.000Z"},
                                                                                       {"2011-07-06T19:37:00-05:00", "2011-07-07T00:37:00.000Z"}}) {
        const auto instant = parse_stamp(given);
        ASSERT_TRUE(instant) << given;
        EXPECT_EQ(stamp_text(*instant), shown);
        EXPECT_EQ(stamp_text(*parse_stamp(shown)), shown);
    }
    for (const char* wrong : {"", "2011-07-07", "2011-13-07T00:00:00.000+0000", "2011-07-07T00:37:00", "+0000"}) EXPECT_FALSE(parse_stamp(wrong)) << wrong;
}

TEST(SalesforceTimes, of_http) {
    ASSERT_TRUE(parse_http_date("Tue, 31 Mar 2026 06:00:00 GMT"));
    EXPECT_EQ(stamp_text(*parse_http_date("Tue, 31 Mar 2026 06:00:00 GMT")), "2026-03-31T06:00:00.000Z");
    for (const char* wrong : {"", "Tue, 31 Mar 2026 06:00:00 CET", "Tue, 31 Foo 2026 06:00:00 GMT", "Tue, 32 Mar 2026 06:00:00 GMT", "2026-03-31T06:00:00Z"})
        EXPECT_FALSE(parse_http_date(wrong)) << wrong;
}

TEST(SalesforceAmounts, are_exact) {
    struct Case {
        const char *number, *currency;
        std::int64_t units;
    };
    for (const Case& c : {Case{"123456789012345.67", "EUR", 12'345'678'901'234'567}, Case{"0.1", "EUR", 10}, Case{"1e3", "EUR", 100'000}, Case{"1.299078055E7", "EUR", 1'299'078'055},
                          Case{"2.5E7", "JPY", 25'000'000}, Case{"100.0", "JPY", 100}, Case{"-120.5", "EUR", -12'050}, Case{"1.234", "KWD", 1'234}, Case{"0.0", "EUR", 0},
                          Case{"-0.0", "EUR", 0}, Case{"0E5", "EUR", 0}, Case{"9007199254740993", "JPY", 9'007'199'254'740'993}, Case{"1.10000", "EUR", 110},
                          Case{"45000000000000000.00", "EUR", 4'500'000'000'000'000'000}}) {
        const auto amount = parse_amount(c.number, c.currency);
        ASSERT_TRUE(amount) << c.number << ": " << to_text(amount.error());
        EXPECT_EQ(amount->units, c.units) << c.number;
        EXPECT_EQ(amount->currency, c.currency);
        EXPECT_TRUE(amount->money()) << c.number;
    }
    EXPECT_EQ(*parse_amount("990.1", ""), (Amount{9901, 1, ""}));
    EXPECT_EQ(*parse_amount("2.5E7", ""), (Amount{25'000'000, 0, ""}));
}

TEST(SalesforceAmounts, that_are_none_are_refused_by_name) {
    struct Case {
        const char *number, *currency;
        Errc code;
    };
    for (const Case& c : {Case{"1.005", "EUR", Errc::amount_precision}, Case{"0.5", "JPY", Errc::amount_precision}, Case{"1E400", "EUR", Errc::amount_overflow},
                          Case{"45000000000000000.01", "EUR", Errc::amount_overflow}, Case{"1E99999", "EUR", Errc::malformed_input}, Case{"", "EUR", Errc::malformed_input},
                          Case{"abc", "EUR", Errc::malformed_input}, Case{"1.", "EUR", Errc::malformed_input}, Case{".5", "EUR", Errc::malformed_input}, Case{"1,5", "EUR", Errc::malformed_input},
                          Case{"1e", "EUR", Errc::malformed_input}, Case{"5", "XQX", Errc::unknown_currency}, Case{"1E-19", "", Errc::amount_precision}}) {
        const auto amount = parse_amount(c.number, c.currency);
        ASSERT_FALSE(amount) << c.number;
        EXPECT_EQ(amount.error().code, c.code) << c.number << ": " << to_text(amount.error());
    }
}

/// Printed as the org prints its numbers, plain or with an exponent, and read back.
TEST(SalesforceAmounts, print_then_parse_is_the_identity) {
    std::mt19937_64 random{20260331};
    for (int round = 0; round < 2000; ++round) {
        const auto units = static_cast<std::int64_t>(random() % 9'000'000'000'000'000'000u) - 4'500'000'000'000'000'000;
        const Amount amount{units >> (random() % 60), 2, "EUR"};
        EXPECT_EQ(*parse_amount(to_text(amount), "EUR"), amount);
        EXPECT_EQ(*parse_amount(std::to_string(amount.units) + "E-2", "EUR"), amount);
    }
}

TEST(SalesforceTexts, are_cut_between_characters) {
    EXPECT_EQ(cut("abc", 3), "abc");
    EXPECT_EQ(cut("äöü", 2), "äö");
    EXPECT_EQ(cut("a😀b", 2), "a");  // the org counts two for it
    EXPECT_EQ(cut("a😀b", 3), "a😀");
    EXPECT_EQ(one_line("  a\r\n b\tc \x1b[31m "), "a b c [31m");
    EXPECT_EQ(one_line(std::string(400, 'x')).size(), 300u);
}

}  // namespace
}  // namespace owed::apis::salesforce
