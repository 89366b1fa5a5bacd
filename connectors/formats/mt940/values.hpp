// Values inside MT940 fields: dates, amounts, balances, the statement line 61. Private to mt940.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::formats::mt940 {

/// A date as the file has it; `date` is empty for "000000" (not stated) and for a day that does not exist (`impossible`).
struct ReadDate {
    std::optional<Date> date;
    bool impossible = false;
};
/// YYMMDD; 80 to 99 are the last century.
ReadDate read_date(std::string_view text);
/// MMDD of an entry date: its year is the one that brings it nearest to the value date (it may fall in the next or the
/// last year). Without a value date none.
ReadDate read_entry_date(std::string_view text, std::optional<Date> value_date);

/// "1234,5", "119,", "0,": units in the currency's minor units, or with more digits when the text has more that are not
/// zero (`excess`). A decimal point is read as a comma.
struct ReadAmount {
    Amount amount;
    bool excess = false;
};
/// Errors: malformed_input with what is wrong, amount_overflow. No place: the caller knows it.
Result<ReadAmount> read_amount(std::string_view text, const std::string& currency);

enum class CurrencyKind { current, withdrawn, unknown };
CurrencyKind kind_of_currency(std::string_view code);

struct ReadBalance {
    Balance balance;           ///< currency as written, maybe empty
    bool impossible_date = false;
    bool odd_currency = false; ///< "EURO0,00"
    bool excess = false;
};
/// Fields 60 and 62: mark, date, currency, amount. `fallback`: the currency when the field names none.
Result<ReadBalance> read_balance(std::string_view text, const std::string& fallback);

/// Field 61, its first line taken apart; the second one is `supplementary`.
struct StatementLine {
    std::string value_date, entry_date, mark, funds, amount, type, customer_ref, bank_ref, supplementary;
};
/// `value`: lines joined by '\n'. A line broken in mid-field is put together again. Errors: malformed_input; `where` is
/// the column in the field, from 1, as a number.
Result<StatementLine> read_statement_line(std::string_view value);

}  // namespace owed::formats::mt940
