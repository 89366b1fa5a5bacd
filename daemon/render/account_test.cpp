#include "render/detail/account.hpp"

#include "render/detail/text.hpp"
#include "render/sample_test.hpp"

namespace owed::render::detail {
namespace {

using V = std::vector<std::string>;
const std::string iban = "DE89370400440532013000";

TEST(Accounts, found_as_a_person_would_read_them) {
    for (const char* text : {"DE89370400440532013000", "pay DE89 3704 0044 0532 0130 00 now", "de89-3704-0044-0532-0130-00",
                             "DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000", "ＤＥ８９ 3704 0044 0532 0130 00",
                             "D\u200bE89 3704\u00ad0044 0532 0130 00", "(DE89370400440532013000)", "DE89.3704.0044.0532.0130.00"})
        EXPECT_EQ(accounts_in(text), V{iban}) << text;
}

TEST(Accounts, not_found_where_there_is_none) {
    for (const char* text : {"DE88370400440532013000", "RF18539007547034", "DE89 3704 0044 0532 0130", "Rechnung RE-1001 vom 10.02.2026",
                             "NO 1001, 10.02.2026, 12.03.2026", "USt-IdNr. DE999999999", ""})
        EXPECT_EQ(accounts_in(text), V{}) << text;
}

TEST(Accounts, several_and_repeated) {
    EXPECT_EQ(accounts_in("DE89370400440532013000 GB29 NWBK 6016 1331 9268 19 DE89370400440532013000"), (V{iban, "GB29NWBK60161331926819"}));
}

TEST(Accounts, shown_whole_or_not) {
    EXPECT_TRUE(shows_account("Account number: 12345678", "12345678"));
    EXPECT_TRUE(shows_account("IBAN: DE89 3704 0044 0532 0130 00", iban));
    EXPECT_FALSE(shows_account("Account number: 1234567", "12345678"));
    EXPECT_FALSE(shows_account("X12345678", "12345678"));
    EXPECT_FALSE(shows_account("anything", ""));
}

TEST(Accounts, numbers_as_long_as_an_account) {
    for (const char* text : {"1234567", "12 34 56 789", "account 0532-0130-00", "+49 40 5550 1234"}) EXPECT_NE(digits_like_an_account(text), "") << text;
    for (const char* text : {"31.03.2026", "#1f4e79", "within 14 days", "2026 2027", "600px; 16px; 24px; 13px"}) EXPECT_EQ(digits_like_an_account(text), "") << text;
}

TEST(Texts, values_are_cleaned) {
    EXPECT_EQ(clean_value("a\r\nBcc: x@y.example"), "a Bcc: x@y.example");
    EXPECT_EQ(clean_value("\u202egpj.exe\u202c"), "gpj.exe");
    EXPECT_EQ(clean_value("a\u2028b\tc\x7f"), "a b c");
    EXPECT_EQ(clean_value("bad \xff\xfe bytes"), "bad \ufffd\ufffd bytes");
    EXPECT_EQ(clean_value("\ue001items]"), "items]");
    EXPECT_EQ(clean_value("Straße 北京"), "Straße 北京");
}

TEST(Texts, html_as_read) {
    EXPECT_EQ(html_to_text("a<b>b</b>&amp;&#68;&#x45;89<!-- no -->"), "ab&DE89");
    EXPECT_EQ(html_to_text("<td>1</td><td>2</td>"), "\n1\n\n2\n");
    EXPECT_EQ(html_to_text("&unknown; & &#xffffffff; <unclosed"), "&unknown; & &#xffffffff; ");
}

}  // namespace
}  // namespace owed::render::detail
