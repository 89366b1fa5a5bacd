// The check digit rules that reference.cpp, iban.cpp and card.cpp share. Private to the sdk.
#pragma once

#include <string_view>

#include "owed/result.hpp"

namespace owed::detail {

/// Country known, length and form of the BBAN right. Capitals and digits only.
Status check_bban(std::string_view country, std::string_view bban);
/// `text` as a number modulo 97, A = 10 ... Z = 35.
int modulo_97(std::string_view text);
/// Check digit of modulus 10 (Luhn): doubles every second digit from the right, the last one of `body` first.
char luhn_digit(std::string_view body);
/// Check digit of the Swiss QR reference (modulo 10, recursive).
char qrr_digit(std::string_view body);

}  // namespace owed::detail
