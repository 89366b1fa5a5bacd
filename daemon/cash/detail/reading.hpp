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
    bool at_end = false;          ///< ends the text, where a bank may have cut it
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

/// One character wrong, missing or too many, or two neighbours exchanged (optimal string alignment distance of 1).
bool one_slip_apart(std::string_view a, std::string_view b);

}  // namespace owed::cash::detail
