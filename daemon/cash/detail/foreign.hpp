// A payer names open items of another currency than the money he sends: never applied by a run, always proposed.
#pragma once

#include "cash/detail/matcher.hpp"
#include "cash/detail/rows.hpp"

namespace owed::cash::detail {

inline constexpr std::string_view foreign_stage = "another_currency";

/// What he names, in full against all of the money; none: he names nothing of the kind. Pure.
std::optional<Proposal> foreign_proposal(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher);
/// Says what the items are worth on the value date by the spot rate, and what would leave the receipt; what was paid by far too much
/// or too little is left on its side. Other proposals stay as they are. Reads rates: not for a second thread.
void price_foreign(store::Db& db, const ReceiptRow& row, Proposal& proposal);

}  // namespace owed::cash::detail
