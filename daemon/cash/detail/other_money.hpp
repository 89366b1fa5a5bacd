// Money that no customer owed us: the company's rules, our own accounts, an agency's transfers. Looked at before any customer is.
#pragma once

#include <optional>
#include <string>

#include "cash/detail/matcher.hpp"

namespace owed::cash::detail {

struct OtherMoney {
    std::optional<Decision> decision = {};          ///< certain: no customer is looked for
    /// A rule of words alone fits (the first such). Words stand in customers' texts too, so it settles the receipt only where
    /// nothing speaks for a customer: see speaks_for_a_customer. Lives as long as the settings.
    const NotReceivableRule* by_words = nullptr;
};
OtherMoney other_money(const ReceiptFacts& receipt, const Lookup& lookup, const Settings& settings);

/// Whether every given part of a rule fits, its words included.
bool fits(const NotReceivableRule& rule, const ReceiptFacts& receipt);

Decision set_aside(const std::string& name);

/// What speaks for a customer's payment against a rule of words, as a clause: an account of a customer, a customer's name (unless the
/// rule itself names the payer), an open document of ours named in full or with its amount. Empty: nothing.
std::string speaks_for_a_customer(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher, const NotReceivableRule& rule);

}  // namespace owed::cash::detail
