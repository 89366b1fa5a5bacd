// The tables beside journal, items and applications: each file that writes one also checks it for `ledger verify`.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "store/store.hpp"

namespace owed::ledger::detail {

/// Takes a sentence that names the row and both figures.
using Differ = std::function<void(std::string)>;

void check_rates(store::Db& db, const Differ& differ);
void check_terms(store::Db& db, const Differ& differ);
void check_period_changes(store::Db& db, const Differ& differ);
void check_revaluations(store::Db& db, const Differ& differ);

/// One above what `sql` selects, the highest id.
std::int64_t next_row(store::Query highest);

}  // namespace owed::ledger::detail
