// Bank statements as CSV: every bank its own columns, in its own language (FORMATS section 2.8). Columns are recognised by
// their headings, or given by a profile (README.md). Nothing is skipped: a row that is neither a transaction nor a line of
// balances or totals refuses the file. Any thread.
#pragma once

#include <string_view>

#include "formats/format.hpp"

namespace owed::formats::bank_csv {

/// 80: the header row of a bank statement; 30: no header, but columns that look like one; 10: some CSV, so that decode can
/// say what is missing; 0: no CSV.
int sniff(std::string_view head, std::string_view file_name);

/// One BankStatement for each account and currency, in parts of at most 4,096 entries. A column of running balances is
/// checked in file order and in reverse; when neither adds up, the verdict is quarantine.
/// Errors: invalid_config (the profile, with the key in `where`), malformed_input (with "file:line:column"),
/// unsupported_format (no header that is known), unknown_currency, amount_precision, amount_overflow, input_too_large.
Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink);

}  // namespace owed::formats::bank_csv
