// The fee that is billed for a returned payment, where the customer has agreed to one (DOMAIN sections 9 and 12).
#pragma once

#include "cash/cash.hpp"
#include "ledger/charges.hpp"

namespace owed::cash::detail {

/// What is billed for the return of this receipt: the narrowest of `fees` that fits its customer. `reason`: the bank's code; empty
/// where nobody told. nullopt: nobody's receipt, no fee agreed for him, this currency or this reason, or documents are the ERP's.
std::optional<ledger::RebilledFee> return_fee(store::Db& db, const ledger::Context& context, const std::vector<ReturnFee>& fees, const Receipt& receipt,
                                              const std::string& reason, Date date);

}  // namespace owed::cash::detail
