// The ledger's tables in several files.
#pragma once

#include <vector>

#include "store/store.hpp"

namespace owed::ledger::detail {

std::vector<store::Migration> later_migrations();
store::Migration open_item_anew();

}  // namespace owed::ledger::detail
