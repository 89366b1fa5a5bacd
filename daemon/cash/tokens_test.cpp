#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "cash/cash.hpp"

namespace owed::cash {
namespace {

using ::testing::Contains;
using ::testing::Not;

TEST(Tokens, table) {
    struct Row {
        const char* proves;
        std::vector<std::string> text;
        const char* document;
        bool found;
    };
    const Row rows[] = {
        {"as_printed", {"INV-2024/0042"}, "INV-2024/0042", true},
        {"blanks_for_separators", {"inv 2024 0042"}, "INV-2024/0042", true},
        {"lower_case_and_leading_zeros", {"inv-2024/42"}, "INV-2024/0042", true},
        {"never_a_substring_of_a_number", {"1234"}, "12", false},
        {"never_a_substring_at_the_end", {"91234"}, "1234", false},
        {"never_inside_a_longer_number", {"INV-20240042"}, "2024", false},
        {"several_in_a_line", {"RE 4711, 4712 und 4713"}, "4712", true},
        {"joined_by_a_slash", {"4711/4712"}, "4711", true},
        {"second_of_a_slash", {"4711/4712"}, "4712", true},
        {"joined_by_a_plus", {"4711+4712"}, "4712", true},
        {"after_a_colon", {"Rechnung:4711"}, "4711", true},
        {"after_a_hash", {"invoice #4711"}, "4711", true},
        {"after_nr_and_a_dot", {"Rg.Nr.4711"}, "4711", true},
        {"end_of_a_sentence", {"we pay 4711."}, "4711", true},
        {"broken_by_the_banks_line_width", {"payment INV-20", "240042 thanks"}, "INV-20240042", true},
        {"short_number_needs_a_cue", {"12 pieces"}, "12", false},
        {"short_number_after_a_cue", {"invoice 12"}, "12", true},
        {"short_number_after_no", {"Rechnung Nr. 12"}, "12", true},
        {"never_inside_a_longer_word", {"PROJ-5512-77"}, "5512", false},
        {"nor_the_year_in_another_number", {"RE-2026-0231"}, "2026", false},
        {"nor_what_follows_a_customer_number", {"10004-4711"}, "4711", false},
        {"a_list_in_one_word", {"INV-2026-0042/43"}, "INV-2026-0043", true},
        {"a_list_with_dashes", {"4711-4712"}, "4712", true},
        {"words_without_digits_are_none", {"thank you"}, "thank", false},
    };
    for (const auto& row : rows) {
        const auto keys = document_keys_in(row.text);
        const auto key = ledger::document_key(row.document);
        if (row.found)
            EXPECT_THAT(keys, Contains(key)) << row.proves;
        else
            EXPECT_THAT(keys, Not(Contains(key))) << row.proves;
    }
}

TEST(Tokens, every_digit_of_a_key_stands_in_the_text) {
    const unsigned seed = 42;
    std::mt19937 random{seed};
    for (int round = 0; round < 2000; ++round) {
        std::vector<std::string> text(1 + random() % 3);
        std::string digits;
        for (auto& line : text)
            for (auto left = random() % 60; left > 0; --left) {
                // UTF-8 is checked at the door (wire::is_text), so these are any characters rather than any bytes.
                const auto pick = random() % 140;
                if (pick < 128)
                    line += static_cast<char>(pick);
                else
                    line += random() % 2 == 0 ? "\u00fc" : "\u2013";
            }
        for (const auto& line : text)
            for (char c : line)
                if (c >= '0' && c <= '9') digits += c;
        for (const auto& key : document_keys_in(text))
            for (char c : key)
                if (c >= '0' && c <= '9') {
                    ASSERT_NE(digits.find(c), std::string::npos) << "seed " << seed;
                }
    }
}

}  // namespace
}  // namespace owed::cash
