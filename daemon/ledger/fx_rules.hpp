// What a foreign item is worth, and what exchange rates win or lose on it (DOMAIN section 10). Pure. Any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ledger/role_posting.hpp"
#include "owed/decimal.hpp"
#include "owed/money.hpp"

namespace owed::ledger {

/// `1 FROM = value TO`; inverse: `1 TO = value FROM`, as some sources publish it. The reciprocal is computed exactly inside of
/// the one rounding and never stored.
struct DirectedRate {
    Decimal value;
    bool inverse = false;
};
/// Rounded once, half away from zero. Errors: invalid_argument (rate not positive), amount_overflow.
Result<Money> convert_at(Money amount, Currency to, const DirectedRate& rate);

/// On the way through several currencies each rate leads to the next one, and only the end is rounded.
struct RateStep {
    DirectedRate rate;
    Currency to;
};
/// Rounded once, half away from zero; no step: the amount itself. Errors: invalid_argument (rate not positive), amount_overflow.
Result<Money> convert_through(Money amount, const std::vector<RateStep>& steps);

/// What a closing rate wins or loses on an item: its open amount at the closing rate less what it is carried at, both as the books
/// show them, so that carrying amount and revaluation together are the closing value to the unit. Errors: currency_mismatch,
/// amount_overflow.
Result<Money> unrealised_difference(Money at_closing, Money carrying);

/// What rates have won or lost on money that came in, in minor units of the functional currency, gain positive.
struct RealisedDifferences {
    std::int64_t realised = 0;                ///< item's currency against functional
    std::int64_t cross = 0;                   ///< receipt's currency against the item's: a third currency only
};
/// `received`: the receipt's part as it is carried; `carrying`: of what it settles; `item_value`: what that is worth on the day, for
/// money of a third currency.
RealisedDifferences realised_differences(std::int64_t received, std::int64_t carrying, std::optional<std::int64_t> item_value) noexcept;

/// The share of `carrying` that leaves with `applied` of `open`: pro rata, rounded half away from zero; the last application
/// takes all, so that both currencies end at exactly zero. Errors: invalid_argument (applied above open, or of the other sign),
/// currency_mismatch, amount_overflow.
Result<Money> carrying_part(Money open, Money carrying, Money applied);

/// Money that came in for the item.
struct FxReceipt {
    Money amount;                             ///< positive; in the item's, the functional or a third currency
    DirectedRate rate;                        ///< receipt's currency -> functional, on the receipt's day
    std::optional<DirectedRate> cross = {};   ///< receipt's currency -> item's; needed when they differ
    std::optional<DirectedRate> item_rate = {};///< item's currency -> functional on that day; empty: what rate and cross imply
};
struct FxQuestion {
    Money amount;                             ///< open, in the item's currency; a credit is negative and takes no receipt
    Currency functional;
    DirectedRate booked_rate;                 ///< item's currency -> functional, of the document date
    std::optional<Money> carrying = {};       ///< when it is not amount at booked_rate (partly settled before)
    std::optional<DirectedRate> closing_rate = {};
    std::optional<FxReceipt> receipt = {};
    bool monetary = true;                     ///< false: advances received stay at their rate (IAS 21, ASC 830)
};
struct FxAnswer {
    Money carrying;                           ///< functional
    std::optional<Money> unrealised;          ///< open x closing, rounded once, less carrying; gain positive
    std::optional<Money> applied;             ///< in the item's currency: what the receipt settles
    std::optional<Money> on_account;          ///< in the receipt's currency: what it has beyond the item
    std::optional<Money> carrying_applied;    ///< functional: carrying amount of the applied part
    std::optional<Money> carrying_left;
    std::optional<Money> realised;            ///< item's currency against functional; gain positive
    std::optional<Money> realised_cross;      ///< receipt's currency against the cross; zero but in a third currency with item_rate
    std::vector<RolePosting> revaluation;     ///< at the closing date, functional: roles ar_revaluation, fx_unrealised
    std::vector<RolePosting> reversal;        ///< the first day after
    std::vector<RolePosting> application;     ///< roles unapplied_cash, fx_gain, fx_loss, receivable
};
/// realised = (received at the receipt's rate) - (carrying amount of the applied part): EUR 2,750.00 at 1.0840 = 2,981.00,
/// paid at 1.0765 = 2,960.38, realised -20.62. Errors: invalid_argument (a rate not positive, no cross rate, a payment not
/// positive), currency_mismatch, amount_overflow; `where` names the field.
Result<FxAnswer> exchange_differences(const FxQuestion& question);

/// The irrevocable rate of a currency that became the euro: "DEM" is 1.95583. nullopt: not one of them.
std::optional<Decimal> legacy_euro_rate(std::string_view code) noexcept;
/// That currency as it was, with its minor units; ISO has withdrawn the codes. nullopt: not one of them.
std::optional<Currency> legacy_euro_currency(std::string_view code) noexcept;
struct LegacyConverted {
    Money amount;
    Decimal euro;                             ///< the step between, with `decimals` decimals
};
/// From or to a legacy currency, or between two: divided by the first one's rate into euro with at least three decimals, then
/// times the second one's (Regulation (EC) 1103/97, articles 4 and 5); no inverse rate, no bilateral rate.
/// Errors: invalid_argument (decimals not 3 to 12, a currency that is neither EUR nor legacy), amount_overflow.
Result<LegacyConverted> convert_legacy(Money amount, std::string_view to, int decimals = 3);

}  // namespace owed::ledger
