// What fields 86 and NS and the second line of 61 tell about an entry, dialect by dialect. Private to mt940.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/record.hpp"

namespace owed::formats::mt940 {

/// Everything that was said about one entry.
struct Told {
    std::string supplementary;       ///< field 61, from its second line on
    std::vector<std::string> infos;  ///< fields 86, lines joined by '\n'; Rabobank sends several
    std::string ns;                  ///< field NS
    std::string bank;                ///< who sends the statement
};
/// Fills counterparty, ids, texts, references, return reason, original amount and charges.
void tell(BankTransaction& transaction, const Told& told);

// One function for each dialect. Each answers false, having done nothing, when the text is not in it.

/// German and Polish: "166?00GUTSCHRIFT?20EREF+...?32NAME"; the '?' may be another sign.
bool tell_subfields(BankTransaction& transaction, std::string_view info);
/// Dutch and SWIFT codes: "/EREF/.../NAME/.../REMI/...".
bool tell_slash_codes(BankTransaction& transaction, std::string_view info);
/// ABN AMRO before SEPA: blocks of 32 columns.
bool tell_abn_blocks(BankTransaction& transaction, std::string_view info, std::string_view bank);
/// Lines as they are.
void tell_lines(BankTransaction& transaction, std::string_view info);
/// Field NS of German and Hungarian banks: two digits and a text in each line.
void tell_ns(BankTransaction& transaction, std::string_view ns);
/// The account holder's name in an NS field of the statement's head, or empty.
std::string account_name_of_ns(std::string_view ns);

/// References that a text declares by a code ("/RFS/RF18...", "KID:...") and that are valid under its scheme.
void collect_declared_references(BankTransaction& transaction);

// Shared by the dialects.
std::vector<std::string_view> lines_of(std::string_view text);
std::string_view trimmed(std::string_view text);
std::string one_line(std::string_view text);  ///< line breaks out, blanks in a row made one, trimmed
void add_text(BankTransaction& transaction, std::string_view text);
void set_if_empty(std::string& field, std::string_view value);
/// Length and form of an IBAN of its country; the check digits may be wrong, as anonymised files have them.
bool looks_like_iban(std::string_view text);
/// "EUR11,85" -> 11.85 EUR.
std::optional<Amount> amount_with_currency(std::string_view text);
std::size_t characters(std::string_view utf8);

}  // namespace owed::formats::mt940
