// Account numbers: telling a valid IBAN, and finding those that a text shows (SECURITY T25).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace owed::render::detail {

/// owed::is_valid_iban for the bare form alone: capital letters and digits, no blanks.
bool is_bare_iban(std::string_view iban);
/// ISO 11649 "RF" + 2 check digits + 1 to 21 letters or digits, capital, no blanks.
bool is_creditor_reference(std::string_view reference);
/// A SEPA credit transfer to these countries needs no BIC (EPC069-12, European Economic Area).
bool is_in_eea(std::string_view country);

/// Every valid IBAN that a person would read in the text, without blanks, in order, without repeats: any case, printed in
/// groups (one blank, hyphen or point between letters), in full-width or other compatibility forms.
std::vector<std::string> accounts_in(std::string_view text);
/// True when the text shows this account number (an IBAN or any other), whole, printed in groups or not.
bool shows_account(std::string_view text, std::string_view account);
/// A run of digits long enough to be an account number: seven together, or nine printed in groups. Empty: none.
std::string digits_like_an_account(std::string_view text);

/// "DE89 3704 0044 0532 0130 00": groups of four, as people read it.
std::string in_fours(std::string_view account);

}  // namespace owed::render::detail
