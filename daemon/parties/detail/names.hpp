// The spellings of a name that are compared, as the store keeps them.
#pragma once

#include "parties/names.hpp"
#include "store/store.hpp"

namespace owed::parties {

/// The stored spellings of a customer follow the name in force: a person's, or else the ERP's.
void renew_names(store::Tx& tx, CustomerId id);

}  // namespace owed::parties
