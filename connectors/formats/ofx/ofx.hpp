// OFX and QFX: bank, credit-card and investment statements, OFX 1.x (SGML) and 2.x (XML).
#pragma once

#include <string_view>

#include "formats/format.hpp"

/// Source: OFX 1.0.3, 1.6 and 2.3 (Financial Data Exchange), and what banks make of them (README.md).
/// Amounts carry their own sign. Decimals beyond the currency's are rounded half away from zero, with a warning and the
/// written digits in amount_text. Dates are the bank's own calendar day as written: a time's zone is not applied.
/// bank_ref is the FITID, entry_ref the check or reference number. A statement has no opening balance and no totals, so
/// both checks are absent.
/// Graves: a missing FITID, currency or account, an empty ledger balance, a correction of an earlier line, a file that lost
/// its end. Refused: an amount or a date that is none, a file cut off inside a statement, an answer that is only an error.
namespace owed::formats::ofx {

int sniff(std::string_view head, std::string_view file_name);
Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink);

}  // namespace owed::formats::ofx
