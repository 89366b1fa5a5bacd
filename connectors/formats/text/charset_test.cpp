#include "formats/text/charset.hpp"

#include <gtest/gtest.h>

#include <random>

namespace owed::formats {
namespace {

using namespace std::string_literals;

TEST(Charset, is_told_by_the_bytes) {
    struct Row {
        const char* name;
        std::string bytes, text;
        Charset charset;
    };
    const Row rows[] = {
        {"ascii", "plain\r\n\ttext", "plain\r\n\ttext", Charset::ascii},
        {"empty", "", "", Charset::ascii},
        {"utf8", "Stra\xC3\x9F" "e", "Straße", Charset::utf8},
        {"utf8_bom", "\xEF\xBB\xBFName", "Name", Charset::utf8_bom},
        {"utf8_cut_at_the_end", "\xC3\xA4\xC3\xB6\xC3\xBC\xC3\x9F\xC3", "äöüß\xEF\xBF\xBD", Charset::utf8},
        {"latin1", "M\xFCller Stra\xDF" "e Caf\xE9 S\xE3o", "Müller Straße Café São", Charset::windows_1252},
        {"euro_sign", "10 \x80", "10 €", Charset::windows_1252},
        {"hungarian_cp852", "Csoportos \xA0tutal\xA0s j\xA2v\xA0\xA1r\xA0sa", "Csoportos átutalás jóváírása", Charset::cp852},
        {"german_dos", "\x9A" "berweisung M\x81ller", "Überweisung Müller", Charset::cp852},
        {"utf16le_bom", "\xFF\xFE"s + "A\0\xE4\0"s, "Aä", Charset::utf16le},
        {"utf16be_bom", "\xFE\xFF"s + "\0A\0\xE4"s, "Aä", Charset::utf16be},
        {"utf16le_bare", "a\0b\0c\0d\0"s, "abcd", Charset::utf16le},
        {"utf16_surrogates", "\xFF\xFE"s + "\x3D\xD8\x00\xDE"s, "😀", Charset::utf16le},
    };
    for (const Row& row : rows) {
        const DecodedText decoded = decode_text(row.bytes);
        EXPECT_EQ(decoded.text, row.text) << row.name;
        EXPECT_EQ(name_of(decoded.charset), name_of(row.charset)) << row.name;
    }
}

TEST(Charset, controls_become_visible_and_are_counted) {
    const DecodedText decoded = decode_text("\x01\r\n:20:A\n-\x03\0\x7F"s);
    EXPECT_EQ(decoded.text, "␁\r\n:20:A\n-␃␀␡");
    EXPECT_EQ(decoded.controls, 4U);
    EXPECT_EQ(decoded.first_control_line, 1U);
    const auto warnings = charset_warnings(decoded, "feb.sta");
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].where, "feb.sta:1");
    EXPECT_FALSE(warnings[0].grave);
    EXPECT_TRUE(charset_warnings(decode_text("Stra\xC3\x9F" "e"), "f").empty());
}

TEST(Charset, a_named_charset_is_followed) {
    EXPECT_EQ(decode_text_as("\xE4", find_charset("ISO-8859-1").value()).text, "ä");
    EXPECT_EQ(decode_text_as("\x84", find_charset("cp852").value()).text, "ä");
    EXPECT_EQ(decode_text_as("\x81", Charset::windows_1252).undecodable, 1U);
    EXPECT_EQ(decode_text_as("\xEF\xBB\xBFx", Charset::windows_1252).text, "x");
    EXPECT_EQ(find_charset("klingon").error().code, Errc::invalid_argument);
}

TEST(Charset, any_bytes_become_valid_utf8) {
    const unsigned seed = 20260331;
    std::mt19937 random{seed};
    for (int round = 0; round < 400; ++round) {
        std::string bytes(random() % 200, '\0');
        for (char& c : bytes) c = static_cast<char>(random());
        const DecodedText once = decode_text(bytes);
        const DecodedText again = decode_text_as(once.text, Charset::utf8);
        EXPECT_EQ(again.undecodable, 0U) << "seed " << seed << " round " << round;
        EXPECT_EQ(again.controls, 0U) << "seed " << seed << " round " << round;
    }
}

}  // namespace
}  // namespace owed::formats
