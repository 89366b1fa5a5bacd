// What a clerk should know besides what decided: each a clause, empty where there is nothing to say. Pure. Any thread.
#pragma once

#include <string>

#include "cash/detail/matcher.hpp"

namespace owed::cash::detail {

/// "the payment reference RF19... has wrong check digits": of the reference field, or of a word of the text that is one by its form.
std::string wrong_reference(const ReceiptFacts& receipt);

/// "the remittance text names INV-1 too, which is settled already": of what `used` does not pay.
std::string settled_too(const Matcher& matcher, const Hypothesis* used);

/// "R-301 of 2026-03-31 has paid RE-2026-7401 with the same amount; perhaps paid twice": what one payment of the last days has settled
/// for this customer adds up to this receipt.
std::string paid_before(const ReceiptFacts& receipt, const Lookup& lookup, CustomerId customer);

/// "is known by the account on file", as Payer::say, and what only the books tell: that answers have taught it, or that several
/// customers have the name.
std::string who_pays(const ReceiptFacts& receipt, const Lookup& lookup, const Payer& payer, Tie tie, CustomerId customer);

}  // namespace owed::cash::detail
