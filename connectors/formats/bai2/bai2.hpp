// BAI2 cash management files (and version 3, BTRS, where it uses the same records). See README.md for dialects.
// Source: BAI Cash Management Balance Reporting Specifications Version 2; FORMATS section 2.1. Any thread.
#pragma once

#include "formats/format.hpp"

namespace owed::formats::bai2 {

/// 95 for a file header followed by a group header, 60 for a file header alone, else 0.
int sniff(std::string_view head, std::string_view file_name);

/// One BankStatement for each 03 record; the same account may come several times. Amounts are positive for codes 100-399
/// and negative for 400-699. Opening is ledger 010, closing ledger 015; available balances are not ledger balances.
/// Quarantine: a control total or count that is wrong, a missing trailer, an impossible date, a deletion or test group.
/// Errors: malformed_input (not BAI2, a field that cannot be read), amount_overflow, with "file:line:column".
Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink);

}  // namespace owed::formats::bai2
