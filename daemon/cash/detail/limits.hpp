// What the settings let go without a person, or with one alone.
#pragma once

#include "cash/settings.hpp"
#include "ledger/ledger.hpp"

namespace owed::cash::detail {

/// Minor units; a currency that is not there has none.
std::int64_t limit_of(const Limits& limits, Currency currency);
/// Minor units, rounded half away from zero; 1 is 1 %.
std::int64_t percent_of(const Decimal& percent, Money amount);
/// The difference that one item allows: the smaller of the percentage of what is open and the currency's maximum. Without any maximum
/// the percentage decides alone; among maxima a currency that has none allows none (DOMAIN section 7).
std::int64_t tolerance_of(const Settings& settings, Money open);

/// What standing applications have let go already, minor units: of an item, and of a receipt, whose one payment a bank charges once.
struct LetGo {
    std::int64_t discount = 0, tolerance = 0, withholding = 0;
};
LetGo let_go_of(store::Db& db, OpenItemId item);
std::int64_t charged_to(store::Db& db, OpenItemId receipt, Currency currency);

/// Within a twentieth the difference is the bank's rate; beyond it another amount was meant, or something is given up.
bool is_near(std::int64_t units, std::int64_t worth);
/// Why `takes` may not stand for `amount` of a document in another currency, as a clause; empty: it is near what the spot rate of the day
/// makes of it.
std::string against_the_rate(store::Db& db, Money amount, Money takes, Date day);

}  // namespace owed::cash::detail
