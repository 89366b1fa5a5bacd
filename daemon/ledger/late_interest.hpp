// Late-payment interest: the arithmetic of DOMAIN section 6. Pure; collect decides whether and when, the ledger posts.
// Interest runs from the day after the due date up to and including the day the money is credited: days = paid - due.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/decimal.hpp"
#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed::ledger {

enum class DayCount { act_365, act_act, act_360, e30_360 };     ///< act_act: 366 in leap years, split at New Year
enum class RateFixing { half_year, at_start, at_payment };      ///< of a dated table: each half-year's, the first day's, the day's of payment
enum class Compounding { none, monthly };                       ///< monthly: whole months from the due date at rate / 12, odd days simple
enum class InterestBase { gross, net, undisputed };             ///< net: without its share of tax
enum class Settlement { principal_first, cost_interest_principal };   ///< what a part payment pays first (German civil code: the latter)
std::string_view name_of(DayCount) noexcept;                    ///< "act/365", "act/act", "act/360", "30E/360"
std::string_view name_of(RateFixing) noexcept;
std::string_view name_of(Compounding) noexcept;
std::string_view name_of(InterestBase) noexcept;
std::string_view name_of(Settlement) noexcept;

/// A reference or contract rate in percent a year, in force from a day until the next one's.
struct DatedPercent {
    Date from;
    Decimal percent;
};
/// The fixed sum of a debt below `below` (empty: of any size).
struct FixedSumBand {
    std::optional<Money> below;
    Money sum;
};

struct InterestRule {
    std::optional<Decimal> percent = {};  ///< fixed, a year; wins over the table
    std::vector<DatedPercent> table = {}; ///< by day, any order; read where `percent` is empty
    Decimal margin = {};                  ///< points added to the table's
    std::optional<Decimal> floor = {};    ///< the yearly rate is at least this
    bool half_yearly_reference = false;   ///< the table is read on 1 January and 1 July only, whatever the fixing
    bool reference_day_before = false;    ///< and that on the day before (30 June, 31 December)
    bool per_started_month = false;       ///< percent / 12 for each month begun, of what was open when it began
    DayCount day_count = DayCount::act_365;
    RateFixing fixing = RateFixing::half_year;
    Compounding compounding = Compounding::none;
    InterestBase base = InterestBase::gross;
    Settlement settlement = Settlement::principal_first;
    int grace_days = 0;                   ///< when exceeded, interest counts from the due date all the same
    std::optional<Money> minimum = {};    ///< less interest than this is not billed
    std::vector<FixedSumBand> fixed_sums = {};///< by size, smallest first; once per item of which something was paid late or is open late
};

struct LatePayment {
    Date date;                            ///< day the money was credited
    Money amount;                         ///< positive
};
struct InterestQuestion {
    Money amount;                         ///< the item, gross, positive
    Date due_date;                        ///< the legal one
    std::vector<LatePayment> paid = {};   ///< any order; those after as_of do not count yet
    std::optional<Date> as_of = {};       ///< interest of what is still open runs until here; empty: until the last payment
    std::optional<Money> tax = {};        ///< share of the amount, for base net
    std::optional<Money> disputed = {};   ///< for base undisputed
};

struct InterestSegment {
    Date from, to;                        ///< both included
    int days = 0;                         ///< as the day count counts them
    Money open;                           ///< what bore interest, rounded for display when the base is a share
    Decimal percent;                      ///< a year
    Money interest;                       ///< rounded; the last segment takes the rest, so that they add up
};
struct Interest {
    Money accrued;                        ///< rounded once, half away from zero
    Money interest;                       ///< what may be billed: accrued, or nothing when below the minimum or within grace
    int days = 0;                         ///< sum over time of the segments' days
    std::vector<InterestSegment> segments;
    Money fixed_sum, total;               ///< total = interest + fixed_sum
    Money open;                           ///< principal still open at the end
    std::vector<std::string> notes;       ///< what a reader has to know: "below the minimum of 5.00"
};
/// Errors, in this order: invalid_argument (amount not positive, no end, a payment not positive or above what is open, more
/// than 1,000 payments, over 100 years; at_payment or per_started_month together with compounding or another settlement),
/// currency_mismatch, not_found (no rate in force on a day: it is named), amount_overflow. Any thread.
Result<Interest> late_interest(const InterestQuestion& question, const InterestRule& rule);

}  // namespace owed::ledger
