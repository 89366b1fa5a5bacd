// Rows of item_terms and item_discount.
#pragma once

#include <string>

#include "ledger/item_terms.hpp"

namespace owed::ledger::detail {

/// Over the terms and their tiers.
std::string terms_hash(OpenItemId item, const ItemTerms& terms);
void insert_terms(store::Tx& tx, OpenItemId item, const ItemTerms& terms);

}  // namespace owed::ledger::detail
