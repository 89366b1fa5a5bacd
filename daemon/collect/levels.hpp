// Dunning levels of one customer's items: for what is asked about one, whatever the size of the book.
#pragma once

#include "collect/collect.hpp"

namespace owed::collect {

/// As item_levels, of this customer's items alone. Costs what he has of items. Any thread; throws store::Failure as reading does.
std::map<std::int64_t, ItemDunning> item_levels_of(store::Db& db, CustomerId customer);

}  // namespace owed::collect
