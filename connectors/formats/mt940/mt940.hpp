// SWIFT MT940 (customer statement) and MT942 (interim report) as banks send them. See README.md for dialects.
// Source: SWIFT Category 9 message standards; FORMATS section 2.4. Any thread.
#pragma once

#include "formats/format.hpp"

namespace owed::formats::mt940 {

/// 95 with a SWIFT envelope of type 940 or 942, 90 for :20: with other statement fields, 40 for stray statement fields.
int sniff(std::string_view head, std::string_view file_name);

/// One BankStatement for each message (each page of a statement that comes in pages). The report's format is "mt942" when
/// every message is an MT942, else "mt940". Credits (C, RD) are positive, debits (D, RC) negative; RC and RD are reversals.
/// The account's id is field 25 as written, its bank the part before '/' or the sender of the envelope; an IBAN is in iban.
/// entry_ref and bank_ref are as written, NONREF included; an end-to-end id NOTPROVIDED is left out.
/// Warn: characters outside of SWIFT's set, control characters. Quarantine: opening and entries do not make the closing
/// balance, a mandatory field missing, a date that does not exist, an unknown currency.
/// Errors: malformed_input (no :20:, an entry that cannot be read), amount_overflow, with "file:line:column".
Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink);

}  // namespace owed::formats::mt940
