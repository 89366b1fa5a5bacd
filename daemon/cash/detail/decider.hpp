// A decider plugin's word about one receipt.
#pragma once

#include "cash/decision.hpp"

namespace owed::cash::detail {

/// Asks Settings::decider about a receipt that the stages leave as a question. Its proposals become readings like the others:
/// items of the entity and currency that are open, amounts within the receipt and the residuals, a payer who is not known as
/// somebody else; then the same threshold. What does not pass is a proposal, or left out with the reason, which `runs` keeps too.
void ask_decider(const ReceiptFacts& receipt, const Lookup& lookup, const Settings& settings, Decision& decision, DeciderRuns& runs);

}  // namespace owed::cash::detail
