// Amounts written with a decimal point, as XML, SGML and their like give them: exactly, with what was rounded said.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::formats {

/// A sum that no statement overflows: a count of 1e-9 of the currency's unit.
using Nano = __int128;

struct WrittenAmount {
    Amount amount;         ///< at the currency's own digits; without a currency at the digits written (at most 9)
    std::string text;      ///< as the file writes it
    Nano exact = 0;        ///< before rounding; decimals beyond the ninth are cut
    bool rounded = false;  ///< non-zero decimals beyond the currency's were rounded half away from zero

    WrittenAmount negated() const;
};

/// Grammar: [+-] digits [. digits], one side of the point may be empty; no thousands sign, blank or exponent.
/// `currency` empty: the source names none. Zeros beyond the currency's digits are dropped without a word; other
/// digits are rounded half away and `rounded` says so (camt allows 5 decimals, OFX files carry 13: FORMATS section 1).
/// Errors: malformed_input, unknown_currency, amount_overflow; `where` is the caller's. Any thread.
Result<WrittenAmount> read_amount(std::string_view text, std::string_view currency);

/// "18.85" of a sum, with at least the currency's two usual digits, for messages.
std::string to_text(Nano sum);

}  // namespace owed::formats
