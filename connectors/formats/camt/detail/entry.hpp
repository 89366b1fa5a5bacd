// From an entry's draft to the canonical bank transaction.
#pragma once

#include <string>
#include <vector>

#include "formats/camt/detail/draft.hpp"
#include "formats/findings.hpp"
#include "owed/record.hpp"

namespace owed::formats::camt {

/// What an entry's reading needs to know of its surroundings.
struct EntryContext {
    std::string file_name;
    std::string own_account;       ///< IBAN or number of the statement's account
    std::string account_currency;  ///< empty: not stated
    bool intraday = false;
};

/// The bookable line; `amount` is its signed amount before rounding, for the checks.
struct FinishedEntry {
    BankTransaction transaction;
    WrittenAmount amount;
};

/// With one TxDtls, its references, counterparty and remittance are also the entry's own; with several (a batch entry)
/// they stay in the details alone. `where` is the entry's place.
/// Errors: malformed_input for an entry without an amount or indicator.
Result<FinishedEntry> finish_entry(const Draft& entry, std::vector<BankTransaction> details, const EntryContext& context, Findings& findings);

/// One TxDtls of `entry`, whose indicator, status and reversal hold where it has none of its own.
Result<BankTransaction> finish_detail(const Draft& detail, const Draft& entry, const EntryContext& context, Findings& findings);

}  // namespace owed::formats::camt
