// The ledger's tables in two files.
#pragma once

#include <vector>

#include "store/store.hpp"

namespace owed::ledger::detail {

std::vector<store::Migration> later_migrations();

}  // namespace owed::ledger::detail
