// ERP exports as CSV: customers, invoices, credit memos, debit memos and payments; remittance advices and rates too; by a
// mapping of columns to fields.
// The mapping is the profile (README.md); without one, columns are recognised by their usual names.
// A row that does not fit is reported in `rejected` and the rest is read; a mapping that does not fit the file, and
// amounts or dates that could be read two ways, refuse the file. Any thread.
#pragma once

#include <string_view>

#include "formats/format.hpp"

namespace owed::formats::erp_csv {

/// 85 when the header row has the columns of an ERP export, else 0.
int sniff(std::string_view head, std::string_view file_name);

/// Errors: invalid_config (the profile, with the key's path in `where`), malformed_input (separator, header, a column that
/// the file does not have, two notations in one file, a broken quote), unsupported_format (no entry of the profile is for
/// this file name), input_too_large (also: more than 10,000 rows rejected).
Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink);

}  // namespace owed::formats::erp_csv
