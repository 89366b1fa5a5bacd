// ISO 20022 bank-to-customer messages: camt.052 (intraday report), camt.053 (statement), camt.054 (notification),
// versions 1 to 13.
#pragma once

#include <string_view>

#include "formats/format.hpp"

/// Source: ISO 20022 message definitions camt.052/053/054.001.01 to .13, and what banks make of them (README.md).
/// Amounts: minor units, positive for CRDT. RvslInd never turns the sign (README.md says why). Dates are the bank's own
/// calendar day as written: a time's zone is not applied.
/// Checks: opening + booked entries = closing (camt.053), and TxsSummry. A failure is a grave warning, not a refusal.
/// Refused: a document type, a file that is not well-formed or is cut off, a message without a statement, an amount or a
/// date that is none, an entry without CdtDbtInd.
namespace owed::formats::camt {

int sniff(std::string_view head, std::string_view file_name);
Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink);

}  // namespace owed::formats::camt
