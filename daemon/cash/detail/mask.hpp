// Digits in a remittance text that are no document numbers.
#pragma once

#include <string>
#include <string_view>

namespace owed::cash::detail {

/// The line with dates, amounts, IBANs, telephone and tax numbers replaced by separators ('\x01'), byte for byte.
std::string without_other_numbers(std::string_view line);
/// "20260331", "31032026", "310326", "260331": digits that are a day of our years.
bool reads_as_day(std::string_view digits);

}  // namespace owed::cash::detail
