// A 16 record with its 88 records to a bank transaction. Private to bai2.
#pragma once

#include "formats/bai2/fields.hpp"

namespace owed::formats::bai2 {

struct Detail {
    BankTransaction transaction;
    std::int64_t control_amount = 0;  ///< what the control total counts: the amount as written
};
/// Reads one. `currency` empty digits: 2. Warnings get what is odd. Errors: malformed_input, amount_overflow.
Result<Detail> read_detail(FieldList fields, const std::string& currency, std::uint8_t digits, std::optional<Date> as_of, std::vector<Warning>& warnings);

/// Counterparty, end-to-end id and return reason from text lines that name them ("DBNM: ACME", "ORG:=ACME").
void read_text_keys(BankTransaction& transaction);

}  // namespace owed::formats::bai2
