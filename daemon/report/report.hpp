// Reports: figures with the convention they were computed by. Aging here; others follow.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "ledger/open_book.hpp"
#include "parties/directory.hpp"
#include "report/buckets.hpp"

namespace owed::report {

struct AgingOptions {
    std::string entity;
    Date as_of;
    std::optional<Instant> known_at;
    std::vector<int> edges = {30, 60, 90};
};
struct AgingRow {
    std::string customer, name;                  ///< number; empty: unidentified receipts
    std::string currency;
    std::vector<std::int64_t> buckets;           ///< current, one per edge, over the last
    std::int64_t credits = 0, disputed = 0, total = 0;
};
struct Aging {
    Date as_of;
    std::string entity;
    std::vector<int> edges;
    std::vector<AgingRow> rows;                  ///< by currency, customer
    std::vector<AgingRow> totals;                ///< one per currency
    std::map<std::string, std::int64_t> control_account;  ///< GL balance of the control accounts, per currency
    std::map<std::string, std::int64_t> difference;       ///< totals - control account; zero, or the books are wrong
};
/// What reports keep between calls, so that the second one need not read the book again. Thread-safe; as long as the store.
struct Memory {
    ledger::OpenBook open_items;
    parties::DirectoryMemory customers;
};
/// `memory` may be null: then all is read from the store.
Aging aging(store::Db& db, const ledger::Books& books, const AgingOptions& options, Memory* memory);

}  // namespace owed::report
