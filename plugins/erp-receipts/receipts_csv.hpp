// Receipt applications as rows of a CSV file (RFC 4180, UTF-8, a comma, LF): docs/reference/erp-receipts.md. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "owed/record.hpp"

namespace owed::plugins::erp_receipts {

std::string header();
/// One row, ended. Errors: data for what has no row (no key, not one document, no amount), and with `refuse_formulas` for a number
/// or reference that a spreadsheet would take for a formula: it is never altered, since the ERP knows it as it is (SECURITY T07).
Result<std::string> row_of(const Record& record, bool refuse_formulas);
/// The keys of a file's rows, in order. A row that is none is passed over.
std::vector<std::string> keys_in(std::string_view csv);

}  // namespace owed::plugins::erp_receipts
