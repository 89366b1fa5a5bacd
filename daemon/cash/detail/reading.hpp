// What a payer wrote, read: numbers that may name documents, orders or customers, and references with check digits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cash/decision.hpp"

namespace owed::cash::detail {

/// The word before a number says what kind of number it is.
enum class Cue : std::uint8_t { none, document, order, customer, other };

struct Token {
    std::string key;              ///< ledger::document_key of what stands there
    std::string digits;           ///< its digits alone, without leading zeros
    std::string raw;              ///< as written
    Cue cue = Cue::none;
    bool declared = false;        ///< given as a document reference, not found in free text
    bool joined = false;          ///< put together from neighbours; one of them alone may be meant
    bool date_like = false;       ///< reads as a day as well
    bool counter = true;          ///< may be a number without its prefix: letters at most a short word in front
    bool shorthand = false;       ///< "4711/12": the 4712 that nobody wrote out
    bool at_end = false;          ///< ends the text, where a bank may have cut it
    bool foreign_letters = false; ///< letters in front that no word for a document is: "PROJ-5512"
    std::uint32_t part_of = none; ///< member of a list written in one word, "4711/4712": place of that word in Reading::tokens, or past all of them
    std::uint8_t member = 0, members = 0;   ///< which of how many; a short tail and the full number it stands for are one

    static constexpr auto none = static_cast<std::uint32_t>(-1);
    /// The letters that the number begins with: "INV" of "INV-4711".
    std::string_view letters() const { return std::string_view{key}.substr(0, key.find_first_of("0123456789")); }
};
/// "4711-4719": both ends and all between, when the ends are of equal length.
struct Range {
    std::string first, last;
};

struct Reading {
    std::vector<Token> tokens;            ///< each key once; the more certain reading of two
    std::vector<Range> ranges;
    std::vector<std::string> references;  ///< normalised, check digits hold
    std::vector<std::string> broken;      ///< declared structured references whose check digits do not hold
    std::vector<std::string> words;       ///< every word with a digit as written in capitals: payment and customer numbers
    std::vector<std::string> customers;   ///< words said to be a customer's number: "Kundennr. 10004"
    bool wrote_something = false;
    bool says_what_is_kept = false;       ///< "less freight", "Preisdifferenz": the payer deducts something himself
};
/// Digits that are dates, amounts, IBANs, telephone numbers or tax numbers are left out: they are no documents of ours.
Reading read(const ReceiptFacts& receipt);

std::size_t digit_count(std::string_view text);

/// "deposit", "Anzahlung": money for what is not billed yet.
bool says_in_advance(const std::vector<std::string>& lines);

/// Letters in front that are neither the document's own nor a word for one: "PROJ-5512" is no 5512, "A-2026-17" no INV-2025-17.
bool has_foreign_letters(const Token& token, std::string_view document_key);

/// One character wrong, missing or too many, or two neighbours exchanged (optimal string alignment distance of 1).
bool one_slip_apart(std::string_view a, std::string_view b);

}  // namespace owed::cash::detail
