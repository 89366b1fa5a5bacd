// Dated rates: of exchange and of reference (interest). Source: DOMAIN sections 6 and 10. Fed by `rates` plugins.
// Nothing is edited: a rate given anew for the same day is a further row, and the last recorded one counts. An amount is
// rounded once, half away from zero. Writing: writer strand; reading: any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/decimal.hpp"
#include "owed/doors.hpp"
#include "store/store.hpp"

namespace owed::ledger {

enum class RateType { spot, closing, custom };
std::string_view name_of(RateType type) noexcept;                          ///< "spot", "closing", "custom"
std::optional<RateType> rate_type_named(std::string_view name) noexcept;

/// `1 from = rate to` on `date`.
struct FxRate {
    Currency from, to;
    RateType type = RateType::spot;
    Date date;
    Decimal rate;
    std::string source;                  ///< "ecb", a file's name, a person
    Instant recorded_at = {};            ///< read back only
};
/// Whether it was new: the same rate from the same source again is not. Errors: invalid_argument (not positive, one currency twice).
Result<bool> set_rate(store::Tx& tx, Clock& clock, const FxRate& rate);
/// All of them, by pair, type and date; corrected ones too, oldest first.
std::vector<FxRate> rates(store::Db& db, std::optional<Date> since);

struct Converted {
    Money amount;
    /// How it came about: "1 EUR = 1.0840 USD of 2026-03-27 (spot, ecb)"; empty in one currency.
    std::string rate;
    /// The rate is of an earlier day than the asked one (a holiday): said in `rate` too (DOMAIN section 19).
    bool earlier = false;
};
/// At the rate of the day or the last earlier one of that type: directed if there is one, else the inverse computed (never
/// rounded, never stored), else through the euro, which is how central banks publish. For a closing rate spot rates are asked
/// too and taken when they are of a later day: last month's closing rate is none of this month (a way through the euro is of the
/// older one of its two days). `known_at`: only rates recorded until then. Errors: not_found (no rate at or before the day; the pair,
/// type and day are named), amount_overflow.
Result<Converted> convert(store::Db& db, Money amount, Currency to, RateType type, Date date, std::optional<Instant> known_at = {});

/// A reference rate in percent from a day on: "ecb_main_refinancing", "de_base_rate".
struct ReferenceRate {
    std::string name;
    Date from;
    Decimal percent;                     ///< may be negative
    std::string source;
    Instant recorded_at = {};            ///< read back only
};
/// Whether it was new. Errors: invalid_argument (no name).
Result<bool> set_reference_rate(store::Tx& tx, Clock& clock, const ReferenceRate& rate);
/// In force on the day. None: nothing known so early.
std::optional<ReferenceRate> reference_rate(store::Db& db, std::string_view name, Date date);
/// By name and date; of rates given twice for a day the last one.
std::vector<ReferenceRate> reference_rates(store::Db& db, const std::optional<std::string>& name);

}  // namespace owed::ledger
