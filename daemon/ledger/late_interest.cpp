#include "ledger/late_interest.hpp"

#include <algorithm>
#include <array>

#include "ledger/exact.hpp"

namespace owed::ledger {
namespace {

constexpr std::array<std::string_view, 4> day_count_names{"act/365", "act/act", "act/360", "30E/360"};
constexpr std::array<std::string_view, 3> fixing_names{"half_year", "at_start", "at_payment"};
constexpr std::array<std::string_view, 2> compounding_names{"none", "monthly"};
constexpr std::array<std::string_view, 3> base_names{"gross", "net", "undisputed"};
constexpr std::array<std::string_view, 2> settlement_names{"principal_first", "cost_interest_principal"};

tl::unexpected<Error> wrong(std::string what, std::string where) { return fail(Errc::invalid_argument, std::move(what), std::move(where)); }

Result<Decimal> add(Decimal a, Decimal b) {
    const auto scale = std::max(a.scale(), b.scale());
    const auto at_scale = [&](Decimal value) {
        __int128 mantissa = value.mantissa();
        for (int i = value.scale(); i < scale; ++i) mantissa *= 10;
        return mantissa;
    };
    const auto sum = at_scale(a) + at_scale(b);
    constexpr __int128 limit = 1'000'000'000'000'000'000;
    if (sum >= limit || sum <= -limit) return fail(Errc::amount_overflow, "the interest rate has too many digits");
    return Decimal::of(static_cast<std::int64_t>(sum), scale);
}

bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

Result<Date> half_year_start(Date date) { return Date::of(date.year(), date.month() <= 6 ? 1 : 7, 1); }

/// Days of (from, to] as the convention counts them.
int days_counted(Date from, Date to, DayCount convention) {
    if (convention != DayCount::e30_360) return days_between(from, to);
    return 360 * (to.year() - from.year()) + 30 * (to.month() - from.month()) + std::min(to.day(), 30) - std::min(from.day(), 30);
}

int year_of(Date to, DayCount convention) {
    switch (convention) {
    case DayCount::act_365: return 365;
    case DayCount::act_act: return is_leap(to.year()) ? 366 : 365;
    case DayCount::act_360:
    case DayCount::e30_360: return 360;
    }
    return 365;
}

/// A stretch (after, to] in which neither the rate nor what is open changes.
struct Stretch {
    Date after, to;
    int days = 0;
    Exact base;             ///< what bears interest, compounded interest included
    Exact open;
    Decimal percent;
    Exact interest;
};

class Calculation {
  public:
    Calculation(const InterestQuestion& question, const InterestRule& rule, Date end)
        : question_{question}, rule_{rule}, end_{end}, payments_{question.paid}, open_{question.amount.units()} {
        std::stable_sort(payments_.begin(), payments_.end(), [](const auto& a, const auto& b) { return a.date < b.date; });
    }

    Status run() {
        take_payments(question_.due_date);
        if (!is_late()) return take_all_payments();
        if (rule_.per_started_month) return by_started_month();
        if (rule_.fixing == RateFixing::at_payment && !rule_.percent) return by_payment();
        return by_time();
    }

    /// Past the due date and the grace, with something of the debt open then.
    bool is_late() const { return is_open_after(question_.due_date.plus_days(std::max(rule_.grace_days, 0))); }
    /// Within the period asked for. What is paid until then is all principal: there is no interest and no cost yet.
    bool is_open_after(Date day) const {
        Exact left = question_.amount.units();
        for (const auto& payment : payments_)
            if (payment.date <= day) left -= payment.amount.units();
        return end_ > day && left > 0;
    }
    const std::vector<Stretch>& stretches() const { return stretches_; }
    const Exact& open() const { return open_; }
    Exact paid_interest() const { return paid_interest_; }

  private:
    Status take_all_payments() {
        take_payments(end_);
        return {};
    }

    /// Payments credited until that day leave the principal (or interest first, by the order of settlement).
    void take_payments(Date until) {
        for (; next_ < payments_.size() && payments_[next_].date <= until; ++next_) {
            Exact left = payments_[next_].amount.units();
            if (rule_.settlement == Settlement::cost_interest_principal && payments_[next_].date > question_.due_date) {
                settle_costs(left);
                settle_interest(left);
            }
            open_ -= left;
        }
    }

    void settle_costs(Exact& left) {
        const Exact due = costs_ - paid_costs_;
        const Exact part = left < due ? left : due;
        paid_costs_ += part;
        left -= part;
    }
    void settle_interest(Exact& left) {
        Exact due = -paid_interest_;
        for (const auto& stretch : stretches_) due += stretch.interest;
        // What a payment settles is posted, and so rounded here.
        if (auto posted = rounded(due, question_.amount.currency(), "the interest")) due = posted->units();
        const Exact part = left < due ? left : due;
        paid_interest_ += part;
        left -= part;
    }

    /// The days after which something changes: payments, half-years, New Year, months; the end is the last.
    std::vector<Date> cuts() const {
        std::vector<Date> all{end_};
        for (const auto& payment : payments_) all.push_back(payment.date);
        const bool half_years = !rule_.percent && rule_.fixing == RateFixing::half_year;
        for (int year = question_.due_date.year(); year <= end_.year(); ++year) {
            if (half_years) all.push_back(Date::of(year, 6, 30).value_or(end_));
            if (half_years || rule_.day_count == DayCount::act_act) all.push_back(Date::of(year, 12, 31).value_or(end_));
        }
        if (rule_.compounding == Compounding::monthly)
            for (int month = 1; question_.due_date.plus_months(month) <= end_; ++month) all.push_back(question_.due_date.plus_months(month));
        std::sort(all.begin(), all.end());
        all.erase(std::unique(all.begin(), all.end()), all.end());
        all.erase(std::remove_if(all.begin(), all.end(), [&](Date cut) { return cut <= question_.due_date || cut > end_; }), all.end());
        return all;
    }

    Exact bearing(const Exact& open) const {
        const Exact amount = question_.amount.units();
        if (rule_.base == InterestBase::net && question_.tax) return open * (amount - question_.tax->units()) / amount;
        if (rule_.base == InterestBase::undisputed && question_.disputed) {
            const Exact rest = open - question_.disputed->units();
            return rest < 0 ? Exact{0} : rest;
        }
        return open;
    }

    Result<Decimal> in_force(Date day) const {
        const DatedPercent* found = nullptr;
        for (const auto& row : rule_.table)
            if (row.from <= day && (found == nullptr || row.from >= found->from)) found = &row;
        if (found == nullptr) return fail(Errc::not_found, "no rate is in force on " + to_text(day), "rates", "give a rate from that day or earlier");
        return found->percent;
    }

    /// The rate a year for interest of `day`, the first of its stretch or the day that the fixing names.
    Result<Decimal> percent_on(Date day) const {
        if (rule_.percent) return *rule_.percent;
        if (rule_.table.empty()) return fail(Errc::not_found, "there is neither a rate nor a table of rates", "rates", "give rate_percent or rates");
        if (rule_.fixing == RateFixing::at_start) day = question_.due_date.plus_days(1);
        if (rule_.half_yearly_reference || rule_.fixing == RateFixing::half_year) {
            OWED_TRY(auto start, half_year_start(day));
            if (rule_.reference_day_before) start = start.plus_days(-1);
            // A table that begins within the half-year says what it can: its rate of the day itself.
            if (in_force(start)) day = start;
        }
        OWED_TRY(auto reference, in_force(day));
        OWED_TRY(auto percent, add(reference, rule_.margin));
        if (rule_.floor && exact(percent) < exact(*rule_.floor)) return *rule_.floor;
        return percent;
    }

    /// `open`: what bears interest, without interest that is carried.
    void add_stretch(Date after, Date to, const Exact& open, const Exact& carried, Decimal percent, const Exact& part_of_year) {
        Stretch stretch{.after = after, .to = to, .days = days_counted(after, to, rule_.day_count), .base = open + carried, .open = open, .percent = percent, .interest = {}};
        stretch.interest = stretch.base * exact(percent) / 100 * part_of_year;
        stretches_.push_back(std::move(stretch));
    }

    Status by_time() {
        Exact carried = 0, of_month = 0;   // interest of whole months, which bears interest from then on; of the month that runs
        Date after = question_.due_date, month_start = question_.due_date;
        int month = 1;
        for (const auto to : cuts()) {
            OWED_TRY(auto percent, percent_on(after.plus_days(1)));
            const auto month_end = question_.due_date.plus_months(month);
            const bool whole_month = rule_.compounding == Compounding::monthly && month_end <= end_;
            const Exact year = year_of(to, rule_.day_count);
            const Exact part = whole_month ? Exact{days_between(after, to)} / (Exact{days_between(month_start, month_end)} * 12)
                                           : Exact{days_counted(after, to, rule_.day_count)} / year;
            add_stretch(after, to, bearing(open_), carried, percent, part);
            of_month += stretches_.back().interest;
            if (whole_month && to == month_end) {
                carried += of_month;
                of_month = 0;
                month_start = month_end;
                ++month;
            }
            take_payments(to);
            after = to;
        }
        return {};
    }

    /// One single rate per late payment: each part paid bears the rate of its payment's day, the rest that of the end. A part bears
    /// what leaves the interest base with it: what is disputed stays out of the base once, not once a part.
    Status by_payment() {
        const auto due = question_.due_date;
        const auto one = [&](const Exact& part, Date to) -> Status {
            if (part <= 0 || to <= due) return {};
            const Exact bears = bearing(open_) - bearing(open_ - part);
            OWED_TRY(auto percent, percent_on(to));
            Date after = due;
            while (after < to) {
                auto cut = to;
                if (rule_.day_count == DayCount::act_act) cut = std::min(to, Date::of(after.plus_days(1).year(), 12, 31).value_or(to));
                add_stretch(after, cut, bears, 0, percent, Exact{days_counted(after, cut, rule_.day_count)} / year_of(cut, rule_.day_count));
                after = cut;
            }
            return {};
        };
        for (; next_ < payments_.size(); ++next_) {
            OWED_TRY_VOID(one(payments_[next_].amount.units(), payments_[next_].date));
            open_ -= payments_[next_].amount.units();
        }
        return one(open_, end_);
    }

    Status by_started_month() {
        auto after = question_.due_date;
        for (int month = 1; after < end_; ++month) {
            const auto to = std::min(question_.due_date.plus_months(month), end_);
            OWED_TRY(auto percent, percent_on(after.plus_days(1)));
            add_stretch(after, to, bearing(open_), 0, percent, Exact{1} / 12);
            take_payments(to);
            after = to;
            if (open_ <= 0) break;
        }
        return take_all_payments();
    }

  public:
    void set_costs(std::int64_t units) { costs_ = units; }

  private:
    const InterestQuestion& question_;
    const InterestRule& rule_;
    Date end_;
    std::vector<LatePayment> payments_;
    std::size_t next_ = 0;
    Exact open_, costs_ = 0, paid_costs_ = 0, paid_interest_ = 0;
    std::vector<Stretch> stretches_;
};

Status check_amounts(const InterestQuestion& question) {
    const auto currency = question.amount.currency();
    if (!question.amount.is_positive()) return wrong("the item's amount must be positive", "amount");
    if (question.paid.size() > 1'000) return wrong("at most 1,000 payments", "paid");
    for (std::size_t i = 0; i < question.paid.size(); ++i) {
        const auto where = "paid[" + std::to_string(i) + "]";
        if (!question.paid[i].amount.is_positive()) return wrong("a payment must be positive", where);
        if (question.paid[i].amount.currency() != currency) return fail(Errc::currency_mismatch, "the payment is in another currency than the item", where);
    }
    for (const auto& [part, where] : {std::pair{question.tax, "tax"}, std::pair{question.disputed, "disputed"}}) {
        if (!part) continue;
        if (part->currency() != currency) return fail(Errc::currency_mismatch, "it is in another currency than the item", where);
        if (part->is_negative() || part->units() > question.amount.units()) return wrong("it is not between zero and the amount", where);
    }
    return {};
}

Status check_rule(const InterestRule& rule) {
    const bool apart = rule.per_started_month || (rule.fixing == RateFixing::at_payment && !rule.percent);
    if (apart && rule.compounding != Compounding::none) return wrong("interest at_payment or per started month does not compound", "compounding");
    if (apart && rule.settlement != Settlement::principal_first) return wrong("interest at_payment or per started month settles the principal first", "settlement");
    if (rule.grace_days < 0 || rule.grace_days > 3'660) return wrong("the grace is 0 to 3,660 days", "grace_days");
    return {};
}

/// Payments until `as_of` count; without it the last payment ends the calculation.
Result<Date> end_of(InterestQuestion& question, Settlement settlement) {
    if (!question.as_of && question.paid.empty()) return wrong("say until when: as_of, or paid", "as_of");
    auto end = question.as_of.value_or(question.due_date);
    if (question.as_of) {
        auto& paid = question.paid;
        paid.erase(std::remove_if(paid.begin(), paid.end(), [&](const auto& payment) { return payment.date > end; }), paid.end());
    } else {
        end = question.paid.front().date;
        for (const auto& payment : question.paid) end = std::max(end, payment.date);
    }
    __int128 sum = 0;
    for (const auto& payment : question.paid) sum += payment.amount.units();
    if (settlement == Settlement::principal_first && sum > question.amount.units()) return wrong("more is paid than the item's amount", "paid");
    // Once everything is paid nothing bears interest any more, whatever as_of says.
    if (settlement == Settlement::principal_first && sum == question.amount.units()) {
        end = question.paid.front().date;
        for (const auto& payment : question.paid) end = std::max(end, payment.date);
    }
    if (days_between(question.due_date, end) > 36'600) return wrong("the interest would run for more than 100 years", "as_of");
    return end;
}

/// The fixed sum of a debt of this size; none in another currency than the law's, and that is said.
Money fixed_sum_of(const InterestQuestion& question, const InterestRule& rule, std::vector<std::string>& notes) {
    for (const auto& band : rule.fixed_sums) {
        if (band.sum.currency() != question.amount.currency()) {
            notes.push_back("the fixed sum of " + to_text(band.sum) + " " + std::string{band.sum.currency().text()} + " is not in the item's currency and is left out");
            break;
        }
        if (!band.below || question.amount.units() < band.below->units()) return band.sum;
    }
    return Money::zero(question.amount.currency());
}

Status tell_segments(Interest& answer, const std::vector<Stretch>& stretches) {
    const auto currency = answer.accrued.currency();
    std::size_t bearing_last = 0;
    for (std::size_t i = 0; i < stretches.size(); ++i)
        if (stretches[i].interest != 0) bearing_last = i;
    std::int64_t told = 0;
    for (const auto& stretch : stretches) {
        OWED_TRY(auto open, rounded(stretch.open, currency, "the interest"));
        OWED_TRY(auto part, rounded(stretch.interest, currency, "the interest"));
        answer.segments.push_back({stretch.after.plus_days(1), stretch.to, stretch.days, open, stretch.percent, part});
        told += part.units();
    }
    if (answer.segments.empty()) return {};
    auto& last = answer.segments[bearing_last].interest;
    last = Money::minor(last.units() + answer.accrued.units() - told, currency);
    return {};
}

}  // namespace

std::string_view name_of(DayCount value) noexcept { return day_count_names[static_cast<std::size_t>(value)]; }
std::string_view name_of(RateFixing value) noexcept { return fixing_names[static_cast<std::size_t>(value)]; }
std::string_view name_of(Compounding value) noexcept { return compounding_names[static_cast<std::size_t>(value)]; }
std::string_view name_of(InterestBase value) noexcept { return base_names[static_cast<std::size_t>(value)]; }
std::string_view name_of(Settlement value) noexcept { return settlement_names[static_cast<std::size_t>(value)]; }

Result<Interest> late_interest(const InterestQuestion& asked, const InterestRule& rule) {
    auto question = asked;
    OWED_TRY_VOID(check_amounts(question));
    OWED_TRY_VOID(check_rule(rule));
    OWED_TRY(auto end, end_of(question, rule.settlement));
    const auto currency = question.amount.currency();
    const auto zero = Money::zero(currency);
    Interest answer{.accrued = zero, .interest = zero, .days = 0, .segments = {}, .fixed_sum = zero, .total = zero, .open = zero, .notes = {}};

    Calculation calculation{question, rule, end};
    const bool late = calculation.is_late();
    const auto fixed_sum = late ? fixed_sum_of(question, rule, answer.notes) : zero;
    calculation.set_costs(fixed_sum.units());
    OWED_TRY_VOID(calculation.run());
    if (!late && calculation.is_open_after(question.due_date)) answer.notes.push_back("within the grace of " + std::to_string(rule.grace_days) + " days");

    Exact sum = 0;
    for (const auto& stretch : calculation.stretches()) sum += stretch.interest;
    OWED_TRY(answer.accrued, rounded(sum, currency, "the interest"));
    OWED_TRY_VOID(tell_segments(answer, calculation.stretches()));
    // Parts that were paid apart (at_payment) run side by side; the days of the item are those of the longest.
    if (rule.fixing == RateFixing::at_payment && !rule.percent)
        answer.days = late ? days_counted(question.due_date, end, rule.day_count) : 0;
    else
        for (const auto& segment : answer.segments) answer.days += segment.days;
    OWED_TRY(answer.open, rounded(calculation.open(), currency, "the interest"));
    if (answer.open.is_negative()) return wrong("more is paid than the item, its interest and its costs", "paid");
    answer.interest = answer.accrued;
    if (rule.minimum && rule.minimum->currency() == currency && answer.accrued.units() < rule.minimum->units() && late) {
        answer.interest = zero;
        answer.notes.push_back("the interest of " + to_text(answer.accrued) + " is below the minimum of " + to_text(*rule.minimum));
    }
    answer.fixed_sum = fixed_sum;
    OWED_TRY(answer.total, add(answer.interest, fixed_sum));
    return answer;
}

}  // namespace owed::ledger
