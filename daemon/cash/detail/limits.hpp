// What the settings let go without a person, or with one alone.
#pragma once

#include "cash/settings.hpp"
#include "owed/money.hpp"

namespace owed::cash::detail {

/// Minor units; a currency that is not there has none.
std::int64_t limit_of(const Limits& limits, Currency currency);
/// Minor units, rounded half away from zero; 1 is 1 %.
std::int64_t percent_of(const Decimal& percent, Money amount);
/// The difference that one item allows: the smaller of the percentage of what is open and the currency's maximum. Without any maximum
/// the percentage decides alone; among maxima a currency that has none allows none (DOMAIN section 7).
std::int64_t tolerance_of(const Settings& settings, Money open);

}  // namespace owed::cash::detail
