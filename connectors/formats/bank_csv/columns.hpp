// Which column of a bank's file is what.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/header.hpp"
#include "formats/csv/profile.hpp"
#include "owed/result.hpp"

namespace owed::formats::bank_csv {

enum class Role : std::uint8_t {
    booking_date, value_date, amount, gross, debit, credit, sign, currency, counterparty, payer, payee, counterparty_account,
    counterparty_bank, account, balance, bank_ref, entry_ref, end_to_end_id, mandate_id, code, status, charge, text
};
inline constexpr std::size_t role_count = 23;
/// The role's key in a profile: "booking_date".
std::string_view name_of(Role role);

struct Columns {
    std::array<std::optional<std::size_t>, role_count> at{};  ///< text is in `text`
    std::vector<std::size_t> text;
    std::string currency;       ///< said in a heading: "Betrag (EUR)"
    bool account_is_generic = false;  ///< "IBAN", "Konto": ours when all rows have the same, else the counterparty's

    std::optional<std::size_t> operator[](Role role) const { return at[static_cast<std::size_t>(role)]; }
    void set(Role role, std::size_t column) { at[static_cast<std::size_t>(role)] = column; }
    bool has_amount() const { return (*this)[Role::amount] || (*this)[Role::debit] || (*this)[Role::credit]; }
    bool has_date() const { return (*this)[Role::booking_date] || (*this)[Role::value_date]; }
};

/// How many columns of a row have names that banks use; 0 unless there are a date and an amount among them.
int score_header(const csv::Row& row);

/// Columns by their headings. `first_row`: a row below, for headings that mean two things ("Valuta" is a date in German and
/// a currency in Dutch and Swedish). Errors: malformed_input when two columns could be the same thing that must be one.
Result<Columns> columns_by_name(const csv::Header& header, const csv::Row& first_row);

/// What a profile says (README.md).
struct Profile {
    csv::FileNotation notation;
    std::vector<std::pair<Role, std::string>> columns;  ///< by name or number; several for text
    std::optional<csv::DateFormat> dates;
    std::string currency;
    std::string iban, account_id, account_bank, account_name;
    std::uint32_t skip_trailer_lines = 0;
    bool header = true;
    bool inverse_sign = false;
};
/// Errors: invalid_config; unsupported_format for the profile of ERP exports. Empty text: an empty profile.
Result<Profile> read_profile(std::string_view json);

/// Errors: malformed_input naming the columns that there are.
Result<Columns> columns_by_profile(const Profile& profile, const csv::Header& header, std::string_view file_name);

}  // namespace owed::formats::bank_csv
