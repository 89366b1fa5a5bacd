// What each account moved on each day, kept beside the journal so that a balance at any date is a sum over days and not over
// every line ever posted. Derived: `verify` compares it with the lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/detail/rows.hpp"

namespace owed::ledger::detail {

inline constexpr std::string_view day_sums_sql = R"sql(
CREATE TABLE account_day (
    entity TEXT NOT NULL,
    account TEXT NOT NULL,
    currency TEXT NOT NULL,
    day INTEGER NOT NULL,                   -- posting date
    debit INTEGER NOT NULL CHECK (debit >= 0),
    credit INTEGER NOT NULL CHECK (credit >= 0),
    functional INTEGER NOT NULL,            -- signed
    PRIMARY KEY (entity, account, currency, day)
) STRICT, WITHOUT ROWID;
INSERT INTO account_day
SELECT entity, account, currency, posting_date, SUM(MAX(amount, 0)), SUM(MAX(-amount, 0)), SUM(functional) FROM posting_line
GROUP BY entity, account, currency, posting_date;
)sql";

/// Counts the line in; the sums of a transaction are written once, before it commits.
void add_to_day(store::Tx& tx, const LineRow& line);

/// Balances of the accounts by entity, account and currency, of all days until `as_of`, this transaction's own included.
std::vector<BalanceRow> balances(store::Db& db, const std::optional<std::string>& entity, Date as_of);

/// The same as it was known at an instant, from the lines of entries recorded until then.
std::vector<BalanceRow> balances_known_at(store::Db& db, const std::optional<std::string>& entity, Date as_of, Instant known_at);

/// Where the kept sums and the posting lines disagree, a sentence each.
std::vector<std::string> day_sum_differences(store::Db& db);

}  // namespace owed::ledger::detail
