// One row of a bank's file as an entry, and the words that rows which are none begin with.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "formats/bank_csv/columns.hpp"
#include "formats/csv/number.hpp"
#include "owed/record.hpp"

namespace owed::formats::bank_csv {

/// How the file as a whole writes things, found in a first pass over it.
struct Notation {
    csv::NumberFormat numbers;
    std::optional<csv::DateFormat> booking_dates, value_dates;
    bool debits_negative = false;      ///< the debit column has its own minus
    bool signs_in_amount = false;      ///< beside a D/C column, debits have a minus already
    bool inverse_sign = false;
    bool own_account_column = true;    ///< false: the generic account column is the counterparty's
    std::string currency;              ///< for rows without one; may be empty
};

/// A cell that cannot be read: its offset in the text and why.
struct CellFault {
    std::size_t offset = 0;
    Error error;
};
template <class T>
using CellResult = tl::expected<T, CellFault>;

struct ReadRow {
    BankTransaction entry;
    std::optional<Amount> balance;
    std::string account;   ///< the row's own account, without blanks
    std::string currency;
};

std::string_view cell_text(const csv::Row& row, std::optional<std::size_t> column);

/// Reads a row that is an entry. Rules: README.md.
CellResult<ReadRow> read_row(const csv::Row& row, const Columns& columns, const Notation& notation);

enum class Direction { credit, debit };
/// "C", "H" (Haben), "Af", "Haber", "+" ... in any case. nullopt: not a mark of a direction.
std::optional<Direction> direction_of(std::string_view mark);

/// "gebucht", "PENDING", "declined" ... nullopt: not a known status.
std::optional<EntryStatus> find_status(std::string_view text);

enum class RowKind { blank, entry, opening, closing, summary };
/// A row without a date whose first cell says "Opening balance", "Endsaldo", "Total:"; or one with a date, a balance and no
/// amount whose text does. All else is an entry, so that nothing is passed over: "Total Energies" is a payer.
RowKind kind_of(const csv::Row& row, const Columns& columns);

/// ISO 13616 by its check digits.
bool is_iban(std::string_view text);
std::string without_blanks(std::string_view text);

}  // namespace owed::formats::bank_csv
