#include "owed/reference.hpp"

#include <gtest/gtest.h>

#include <random>

namespace owed {
namespace {

constexpr Scheme all_schemes[] = {Scheme::iso11649, Scheme::qrr, Scheme::viite, Scheme::viitenumber, Scheme::kid10, Scheme::kid11,
                                  Scheme::ocr,      Scheme::ogm, Scheme::fik71, Scheme::fik75,       Scheme::iban};

TEST(Reference, domain_vectors_are_made) {
    struct Row {
        Scheme scheme;
        const char *body, *normalised, *printed;
    };
    const Row rows[] = {
        {Scheme::iso11649, "70412A9", "RF2070412A9", "RF20 7041 2A9"},
        {Scheme::iso11649, "2604117", "RF712604117", "RF71 2604 117"},
        {Scheme::qrr, "00000000000000000704120026", "000000000000000007041200266", "00 00000 00000 00000 70412 00266"},
        {Scheme::qrr, "98765000000000000000140733", "987650000000000000001407334", "98 76500 00000 00000 00014 07334"},
        {Scheme::viite, "70412", "704128", "7 04128"},
        {Scheme::viite, "8800315", "88003155", "880 03155"},
        {Scheme::viitenumber, "70412", "704128", "70 4128"},
        {Scheme::kid10, "70412", "704122", "704122"},
        {Scheme::kid10, "8800315", "88003157", "88003157"},
        {Scheme::kid11, "70412", "704121", "704121"},
        {Scheme::kid11, "8800315", "88003152", "88003152"},
        {Scheme::kid11, "23", "23-", "23-"},
        {Scheme::kid10, "00070412", "000704122", "000704122"},
        {Scheme::ocr, "70412", "704122", "704122"},
        {Scheme::ogm, "0470412088", "047041208815", "+++047/0412/08815+++"},
        {Scheme::ogm, "0470412073", "047041207397", "+++047/0412/07397+++"},
        {Scheme::fik71, "70412", "000000000704122", "+71<000000000704122"},
        {Scheme::fik75, "70412", "0000000000704122", "+75<0000000000704122"},
        {Scheme::iban, "DE370400440532013000", "DE89370400440532013000", "DE89 3704 0044 0532 0130 00"},
        {Scheme::iban, "CH30808001234567890", "CH6630808001234567890", "CH66 3080 8001 2345 6789 0"},
    };
    for (const Row& row : rows) {
        const auto made = make_reference(row.scheme, row.body);
        ASSERT_TRUE(made) << name_of(row.scheme) << " " << row.body << ": " << made.error().what;
        EXPECT_EQ(made->normalised, row.normalised);
        EXPECT_EQ(made->printed, row.printed);
        for (const std::string& text : {made->normalised, made->printed}) {
            const auto parsed = parse_reference(row.scheme, text);
            ASSERT_TRUE(parsed) << text << ": " << parsed.error().what;
            EXPECT_EQ(*parsed, *made);
        }
    }
    EXPECT_EQ(make_ocr_with_length("88003")->normalised, "8800377");
    EXPECT_TRUE(parse_reference(Scheme::ocr, "8800377"));
}

TEST(Reference, people_write_them_in_many_ways) {
    struct Row {
        const char* name;
        Scheme scheme;
        const char *text, *normalised;
    };
    const Row rows[] = {
        {"lower_case_and_blanks", Scheme::iso11649, " rf20 7041 2a9 ", "RF2070412A9"},
        {"no_break_space", Scheme::iban, "DE89\xC2\xA0" "3704 0044 0532 0130 00", "DE89370400440532013000"},
        {"stars", Scheme::ogm, "***047/0412/08815***", "047041208815"},
        {"zero_in_front_lost", Scheme::ogm, "47041208815", "047041208815"},
        {"qrr_without_zeros", Scheme::qrr, "7041200266", "000000000000000007041200266"},
        {"viite_with_zeros", Scheme::viite, "00000 00000 00007 04128", "704128"},
        {"fik_line", Scheme::fik71, "+71<000000000704122+87654321<", "000000000704122"},
        {"kid_dash", Scheme::kid11, "23-", "23-"},
        {"plusgirot_dash", Scheme::ocr, "88003-77", "8800377"},
    };
    for (const Row& row : rows) {
        const auto parsed = parse_reference(row.scheme, row.text);
        ASSERT_TRUE(parsed) << row.name << ": " << parsed.error().what;
        EXPECT_EQ(parsed->normalised, row.normalised) << row.name;
    }
    const auto line = parse_reference(Scheme::fik71, "+71<000000000704122+87654321<");
    EXPECT_EQ(line->creditor, "87654321");
    EXPECT_EQ(line->printed, "+71<000000000704122+87654321<");
}

TEST(Reference, wrong_ones_are_refused_with_the_reason) {
    struct Row {
        Scheme scheme;
        const char *text, *what;
    };
    const Row rows[] = {
        {Scheme::iso11649, "RF2170412A9", "an RF reference with this body has the check digits 20, not 21"},
        {Scheme::iso11649, "XX2070412A9", "an RF reference begins with RF"},
        {Scheme::iso11649, "RF20-70412", "an RF reference cannot hold '-' (character 5)"},
        {Scheme::iso11649, "RF", "an RF reference has 5 to 25 characters here, this one has 2"},
        {Scheme::qrr, "000000000000000000000000000", "a Swiss QR reference cannot be zeros alone"},
        {Scheme::qrr, "0000000000000000070412002660", "a Swiss QR reference has 27 characters here, this one has 28"},
        {Scheme::viite, "0000", "a Finnish viite has 4 to 20 characters here, this one has 0 without zeros in front"},
        {Scheme::kid10, "7041-22", "a KID cannot hold '-' (character 5)"},
        {Scheme::kid11, "2-3", "a KID cannot hold '-' (character 2)"},
        {Scheme::kid11, "-", "a KID cannot hold '-' (character 1)"},
        {Scheme::ogm, "", "a Belgian structured communication cannot be empty"},
        {Scheme::fik71, "+75<000000000704122+87654321<", "a FIK reference of type 71 begins with +71<"},
        {Scheme::fik71, "+71<000000000704122+17654321<", "a FIK reference of type 71 names a creditor of 8 digits beginning with 8"},
        {Scheme::iban, "DE8937040044053201300", "an IBAN of DE has 22 characters, this one has 21"},
        {Scheme::iban, "QQ89370400440532013000", "no country with IBANs has the code \"QQ\""},
        {Scheme::iban, "DE8937040044053201300A", "character 22 of an IBAN of DE cannot be 'A'"},
        {Scheme::iban, "GB82WEST1234569876543\xC3\xA9", "an IBAN cannot hold 'a special character' (character 22)"},
    };
    for (const Row& row : rows) {
        const auto parsed = parse_reference(row.scheme, row.text);
        ASSERT_FALSE(parsed) << row.text;
        EXPECT_EQ(parsed.error().code, Errc::malformed_input);
        EXPECT_EQ(parsed.error().what, row.what);
    }
    // 98 is canonical; 01 would satisfy "mod 97 = 1" just as well, and is no check of ISO 7064.
    const auto made = make_reference(Scheme::iso11649, "C");
    for (int alias = 0; alias < 100; ++alias) {
        std::string text = made->normalised;
        text[2] = static_cast<char>('0' + alias / 10);
        text[3] = static_cast<char>('0' + alias % 10);
        EXPECT_EQ(parse_reference(Scheme::iso11649, text).has_value(), text == made->normalised) << text;
    }
}

TEST(Reference, scheme_names_go_both_ways) {
    for (const Scheme scheme : all_schemes) EXPECT_EQ(find_scheme(name_of(scheme)), scheme);
    EXPECT_FALSE(find_scheme("auto"));
    EXPECT_FALSE(find_scheme("QRR"));
}

// Examples of the IBAN Registry and of banks' public pages; each country's length is tested by the mutation below.
TEST(Reference, ibans_of_many_countries) {
    for (const char* text :
         {"AD1200012030200359100100", "AE070331234567890123456", "AT611904300234573201", "BE68539007547034", "BG80BNBG96611020345678",
          "BR1800360305000010009795493C1", "CH9300762011623852957", "CY17002001280000001200527600", "CZ6508000000192000145399",
          "DE89370400440532013000", "DK5000400440116243", "EE382200221020145685", "ES9121000418450200051332", "FI2112345600000785",
          "FR1420041010050500013M02606", "GB29NWBK60161331926819", "GR1601101250000000012300695", "HR1210010051863000160",
          "HU42117730161111101800000000", "IE29AIBK93115212345678", "IL620108000000099999999", "IS140159260076545510730339",
          "IT60X0542811101000000123456", "KW81CBKU0000000000001234560101", "LI21088100002324013AA", "LT121000011101001000",
          "LU280019400644750000", "LV80BANK0000435195001", "MT84MALT011000012345MTLCAST001S", "NL91ABNA0417164300", "NO9386011117947",
          "PL61109010140000071219812874", "PT50000201231234567890154", "RO49AAAA1B31007593840000", "SA0380000000608010167519",
          "SE4550000000058398257466", "SI56263300012039086", "SK3112000000198742637541", "SM86U0322509800000000270100",
          "TR330006100519786457841326", "MU17BOMM0101101030300200000MUR", "SC18SSCB11010000000000001497USD"}) {
        EXPECT_TRUE(is_valid_iban(text)) << text << ": " << parse_reference(Scheme::iban, text).error().what;
        std::string longer = text;
        longer += '0';
        EXPECT_FALSE(is_valid_iban(longer)) << longer;
        EXPECT_EQ(iban_length(std::string_view{text}.substr(0, 2)), std::string_view{text}.size());
    }
    EXPECT_TRUE(is_qr_iban("CH44 3199 9123 0008 8901 2"));
    EXPECT_FALSE(is_qr_iban("CH9300762011623852957"));
    EXPECT_FALSE(is_qr_iban("DE89370400440532013000"));
    EXPECT_FALSE(is_valid_iban(""));
}

TEST(Reference, auto_finds_every_scheme_that_fits) {
    auto names = [](std::string_view text) {
        std::string out;
        for (const Reference& reference : recognise(text)) out += std::string{name_of(reference.scheme)} + " ";
        return out;
    };
    EXPECT_EQ(names("RF20 7041 2A9"), "iso11649 ");
    EXPECT_EQ(names("DE89370400440532013000"), "iban ");
    EXPECT_EQ(names("+++047/0412/08815+++"), "ogm ");
    EXPECT_EQ(names("+71<000000000704122+87654321<"), "fik71 ");
    EXPECT_EQ(names("704128").substr(0, 18), "viite viitenumber ");
    EXPECT_EQ(names("88003157").find("qrr"), std::string::npos);  // no zeros added
    EXPECT_NE(names("88003157").find("kid10 ocr"), std::string::npos);
    EXPECT_EQ(names("Rechnung 4711"), "");
    EXPECT_EQ(names(""), "");
}

std::string random_body(Scheme scheme, std::mt19937& random) {
    auto digits = [&](std::size_t size) {
        std::string text;
        while (text.size() < size) text += static_cast<char>('0' + random() % 10);
        text[0] = static_cast<char>('1' + random() % 9);
        return text;
    };
    switch (scheme) {
        case Scheme::iso11649: {
            std::string text = digits(1 + random() % 21);
            for (char& c : text)
                if (random() % 3 == 0) c = static_cast<char>('A' + random() % 26);
            return text;
        }
        case Scheme::qrr: return digits(26);
        case Scheme::viite: return digits(3 + random() % 17);
        case Scheme::viitenumber: return digits(1 + random() % 19);
        case Scheme::kid10:
        case Scheme::kid11:
        case Scheme::ocr: return digits(1 + random() % 24);
        case Scheme::ogm: return digits(10);
        case Scheme::fik71: return digits(14);
        case Scheme::fik75: return digits(15);
        case Scheme::iban: return "DE" + digits(18);
    }
    return {};
}

TEST(Reference, make_then_parse_is_the_identity_and_one_wrong_digit_is_seen) {
    const unsigned seed = 70412;
    std::mt19937 random{seed};
    for (const Scheme scheme : all_schemes) {
        for (int round = 0; round < 300; ++round) {
            const std::string body = random_body(scheme, random);
            const auto made = make_reference(scheme, body);
            ASSERT_TRUE(made) << name_of(scheme) << " " << body << " seed " << seed << ": " << made.error().what;
            EXPECT_EQ(parse_reference(scheme, made->normalised).value(), *made);
            EXPECT_EQ(parse_reference(scheme, made->printed).value(), *made);
            std::string wrong = made->normalised;
            const std::size_t at = random() % wrong.size();
            if (wrong[at] < '0' || wrong[at] > '9') continue;
            wrong[at] = static_cast<char>('0' + (wrong[at] - '0' + 1 + static_cast<int>(random() % 9)) % 10);
            // Modulus 11 with weights 2 to 7 and the check digit guarantees it too: every weight is prime to 11. Zeros in
            // front are dropped where they mean nothing, which leaves the weights as they are.
            EXPECT_FALSE(parse_reference(scheme, wrong)) << name_of(scheme) << " " << made->normalised << " as " << wrong << " seed " << seed;
        }
    }
}

}  // namespace
}  // namespace owed
