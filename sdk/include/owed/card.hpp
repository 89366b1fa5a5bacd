// Card numbers are truncated at the door (SECURITY 7.8): owed keeps no field that may hold one, so what a payer writes into
// a remittance text must not bring it in by the back.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace owed {

/// True for digits (13 to 19, nothing else) that begin with a card brand's issuer number, have a length of that brand and
/// pass the Luhn check. About one random 16-digit number in forty does too. Any thread.
bool looks_like_card_number(std::string_view digits);

/// Truncates every card number in `text` to its first six and last four digits: "4111 11** **** 1111". The digits between
/// become '*', so length, separators and line breaks stay. Truncation, not masking: the digits are gone.
///
/// A card number is 13 to 19 digits, in one piece or in groups with up to three blanks, dashes, dots or no-break spaces
/// between them, that looks_like_card_number says yes to, beginning and ending at a group's edge, and that is not
///  - part of a valid IBAN or RF reference, or of a valid Swiss QR reference (27 digits);
///  - one of ours: `is_ours` is asked with the digits alone, for the candidate and for the whole chain of groups around it.
///    It answers true for references that owed issued and for fields that their format declares as a structured reference
///    and that validate under their scheme. May be empty.
/// Works on the bytes of a whole file as well as on one field: any 8-bit charset, UTF-8 and UTF-16. Linear in time.
/// `count`, if given, is increased by the numbers truncated. Never log the text before. Any thread.
std::string truncate_card_numbers(std::string text, const std::function<bool(std::string_view digits)>& is_ours, int* count);

}  // namespace owed
