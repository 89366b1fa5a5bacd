#include "owed/card.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <set>
#include <vector>

#include "owed/reference.hpp"

namespace owed {
namespace {

std::string cut(std::string text, int* count = nullptr, const std::function<bool(std::string_view)>& ours = {}) {
    return truncate_card_numbers(std::move(text), ours, count);
}

// The brands' and payment providers' published test numbers.
const char* const test_numbers[] = {
    "4111111111111111", "4012888888881881", "4222222222222",    "4242424242424242",    "4000056655665556", "5555555555554444",
    "5105105105105100", "5200828282828210", "2223003122003222", "2720990000000007",    "378282246310005",  "371449635398431",
    "378734493671000",  "30569309025904",   "38520000023237",   "36227206271667",      "6011111111111117", "6011000990139424",
    "3530111333300000", "3566002020360505", "6200000000000005", "6205500000000000004", "6759649826438453", "5019717010103742",
    "2200700000000009",
};

std::string grouped(std::string_view digits, const std::vector<std::size_t>& sizes, std::string_view separator) {
    std::string out;
    std::size_t at = 0, g = 0;
    while (at < digits.size()) {
        if (at > 0) out += separator;
        const std::size_t size = g < sizes.size() ? sizes[g++] : sizes.back();
        out += digits.substr(at, size);
        at += size;
    }
    return out;
}
std::string digits_and_stars(std::string_view text) {
    std::string out;
    for (const char c : text)
        if ((c >= '0' && c <= '9') || c == '*') out += c;
    return out;
}

TEST(Card, test_numbers_are_found_in_many_layouts) {
    for (const std::string_view number : test_numbers) {
        EXPECT_TRUE(looks_like_card_number(number)) << number;
        std::string wanted{number};
        for (std::size_t i = 6; i + 4 < wanted.size(); ++i) wanted[i] = '*';
        for (const std::string_view separator : {"", " ", "-", ".", "\xC2\xA0", "\xA0", "  ", " - ", "\xE2\x80\x93", "\xE2\x80\xAF"})
            for (const std::vector<std::size_t>& sizes : {std::vector<std::size_t>{4}, {4, 6, 5}, {8}, {1}, {6, 19}}) {
                const std::string shown = grouped(number, sizes, separator);
                for (const auto& [before, after] : {std::pair{"", ""}, {"Karte ", " gueltig 12/27"}, {"card:", ";"}, {"VISA", " EUR 12,50"},
                                                    {":86:166?20SVWZ+", "?21"}, {"?20abc?21", "\r\n?22def"}, {"\"", "\",\"x\""}, {"/REMI/", "/ISDT/"}}) {
                    const std::string text = before + shown + after;
                    int count = 0;
                    const std::string safe = cut(text, &count);
                    EXPECT_EQ(count, 1) << text;
                    EXPECT_EQ(safe.size(), text.size()) << text;
                    EXPECT_EQ(digits_and_stars(safe.substr(std::string_view{before}.size(), shown.size())), wanted) << text;
                    EXPECT_EQ(cut(safe), safe) << text;  // done once, done for good
                }
            }
    }
    EXPECT_EQ(cut("4111 1111-1111.1111"), "4111 11**-****.1111");
    EXPECT_EQ(cut("Ref 4711 4111 1111 1111 1111"), "Ref 4711 4111 11** **** 1111");
}

TEST(Card, utf16_bytes_are_searched_too) {
    std::string wide;
    for (const char c : std::string_view{"Card 4111 1111 1111 1111!"}) (wide += c) += '\0';
    int count = 0;
    EXPECT_NE(cut(wide, &count), wide);
    EXPECT_EQ(count, 1);
}

TEST(Card, what_is_no_card_stays) {
    for (const char* text : {
             "",
             "Rechnung 4111111111111112",                         // Luhn
             "RE-2026-000123 vom 31.03.2026, RE-2026-000124",     // invoice numbers and dates
             "2026-01-05 19:47 1.234.567,89 EUR",                 // dates and amounts
             "16,108,000000000208500,V,060317,,,,TFR/",           // padded amounts
             "41111111111111111111111",                           // longer than any card
             "Tel. +49 171 1234567 89",                           // telephone
             "+4111111111111111",                                 // telephone, however it looks
             "12345678/1020304050",                               // account
             "DE89 3704 0044 0532 0130 00",                       // IBAN
             "GB29NWBK60161331926819 RF18539007547034",           // IBAN and RF
             "98 76500 00000 00000 00014 07334",                  // QR reference
             "987650000000000000001407334",
             "1234567890123456",                                  // no brand
             "550e8400-e29b-41d4-a716-446655440000",              // UUID
         }) {
        int count = 0;
        EXPECT_EQ(cut(text, &count), text);
        EXPECT_EQ(count, 0) << text;
    }
}

TEST(Card, iban_and_rf_that_contain_a_card_stay) {
    // Bodies built around a number that passes as a card on its own.
    const auto rf = make_reference(Scheme::iso11649, "4111111111111111").value();
    EXPECT_EQ(cut("Zahlung " + rf.normalised), "Zahlung " + rf.normalised);
    EXPECT_EQ(cut(rf.printed + " danke"), rf.printed + " danke");
    const auto polish = make_reference(Scheme::iban, "PL411111111111111112345678").value();
    EXPECT_EQ(cut("na " + polish.printed), "na " + polish.printed);
}

TEST(Card, our_references_stay) {
    const unsigned seed = 4711;
    std::mt19937_64 random{seed};
    std::set<std::string, std::less<>> issued;
    std::vector<std::string> shown;
    for (int i = 0; i < 10'000; ++i) {
        std::string body = std::to_string(random() % 9'000'000'000'000'000ULL + 1'000'000'000'000'000ULL);
        if (i % 2) body = "4" + body.substr(0, 14);  // as near to a Visa as a KID can come
        const Scheme schemes[] = {Scheme::kid10, Scheme::ocr, Scheme::qrr};
        const auto made = make_reference(schemes[i % 3], body).value();
        issued.insert(made.normalised);
        shown.push_back(i % 5 == 0 ? made.printed : made.normalised);
    }
    const auto ours = [&](std::string_view digits) { return issued.find(digits) != issued.end(); };
    int changed = 0;
    for (const std::string& text : shown) changed += cut("KID " + text + ", takk", nullptr, ours) != "KID " + text + ", takk";
    EXPECT_EQ(changed, 0) << "seed " << seed;
    // In groups, and asked for the whole chain: a piece of it would pass as a card.
    const std::string grouped_kid = "1234 4111 1111 1111 1111";
    EXPECT_NE(cut(grouped_kid), grouped_kid);
    EXPECT_EQ(cut(grouped_kid, nullptr, [](std::string_view d) { return d == "12344111111111111111"; }), grouped_kid);
}

TEST(Card, a_large_file_takes_linear_time) {
    const auto milliseconds = [](const std::string& text) {
        const auto start = std::chrono::steady_clock::now();
        EXPECT_EQ(cut(text).size(), text.size());
        return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    };
    std::string blanks, letters;
    while (blanks.size() < 1'000'000) blanks += "4 1 1 ";
    while (letters.size() < 1'000'000) letters += "RF18 DE12 ";
    EXPECT_LT(milliseconds(std::string(1'000'000, '4')), 5000);
    EXPECT_LT(milliseconds(blanks), 15000);
    EXPECT_LT(milliseconds(letters), 15000);
    EXPECT_LT(milliseconds(std::string(1'000'000, '\0')), 5000);
}

}  // namespace
}  // namespace owed
