#include "owed/terms.hpp"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>

namespace owed {
namespace {

using boost::multiprecision::int256_t;

tl::unexpected<Error> wrong(std::string what, std::string where) { return fail(Errc::invalid_argument, std::move(what), std::move(where)); }

Status within(int value, int least, int most, const char* where) {
    if (value >= least && value <= most) return {};
    return wrong(std::to_string(value) + " is not in " + std::to_string(least) + " to " + std::to_string(most), where);
}

Status check_due(const DueRule& due, const char* where) {
    OWED_TRY_VOID(within(due.days, 0, 3'650, where));
    OWED_TRY_VOID(within(due.months, 0, 120, where));
    const bool names_day = due.kind == DueRule::Kind::prox || due.kind == DueRule::Kind::day;
    return names_day ? within(due.day, 1, 31, where) : Status{};
}

bool is_percentage(Decimal percent) {
    if (percent.mantissa() <= 0 || percent.scale() > 16) return false;
    auto limit = int256_t{100};
    for (int i = 0; i < percent.scale(); ++i) limit *= 10;
    return percent.mantissa() < limit;
}

Status check_instalments(const std::vector<Instalment>& parts) {
    if (parts.size() > 120) return wrong("at most 120 instalments", "instalments");
    int256_t sum = 0, hundred = 100;
    for (int i = 0; i < 18; ++i) hundred *= 10;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto where = "instalments[" + std::to_string(i) + "]";
        OWED_TRY_VOID(check_due(parts[i].due, where.c_str()));
        if (parts[i].percent.has_value() != parts[0].percent.has_value()) return wrong("either all instalments have a percentage or none has", where);
        if (i == 0 && parts[0].from_previous) return wrong("the first instalment has no previous one", where);
        if (!parts[i].percent) continue;
        if (parts[i].percent->mantissa() <= 0) return wrong("an instalment's percentage is positive", where);
        int256_t scaled = parts[i].percent->mantissa();
        for (int s = parts[i].percent->scale(); s < 18; ++s) scaled *= 10;
        sum += scaled;
    }
    if (!parts.empty() && parts[0].percent && sum != hundred) return wrong("the instalments' percentages do not add up to 100", "instalments");
    return {};
}

Status check(const Terms& terms) {
    OWED_TRY_VOID(check_due(terms.due, "due"));
    OWED_TRY_VOID(within(terms.cutoff, 0, 31, "cutoff"));
    OWED_TRY_VOID(within(terms.late_month_rule, 0, 31, "late_month_rule"));
    OWED_TRY_VOID(within(terms.extra_days, 0, 3'650, "extra_days"));
    OWED_TRY_VOID(within(terms.discount_grace_days, 0, 366, "discount_grace_days"));
    if (!terms.ranges.empty() && terms.cutoff != 0) return wrong("day ranges and a cutoff exclude each other", "cutoff");
    for (const auto& range : terms.ranges) {
        OWED_TRY_VOID(within(range.from, 1, 31, "ranges"));
        OWED_TRY_VOID(within(range.to, range.from, 31, "ranges"));
    }
    if (terms.tiers.size() > 10) return wrong("at most 10 discount tiers", "discounts");
    for (const auto& tier : terms.tiers) {
        OWED_TRY_VOID(within(tier.days, 0, 3'650, "discounts"));
        if (!is_percentage(tier.percent)) return wrong("a discount is above 0 and below 100 percent", "discounts");
    }
    return check_instalments(terms.instalments);
}

Date day_of_month(Date month, int day) { return month.plus_days(1 - month.day()).plus_days(std::min(day, month.end_of_month().day()) - 1); }

Result<Date> base_of(const Terms& terms, const TermDates& dates) {
    std::optional<Date> base = dates.document;
    switch (terms.base) {
    case BaseDate::document: break;
    case BaseDate::gl: base = dates.gl; break;
    case BaseDate::delivery: base = dates.delivery; break;
    case BaseDate::goods: base = dates.goods; break;
    }
    if (!base) return wrong("these terms count from the " + std::string{name_of(terms.base)} + " date, which the document does not have", "base");
    for (const auto& range : terms.ranges)
        if (base->day() >= range.from && base->day() <= range.to) return day_of_month(*base, range.to);
    if (terms.cutoff == 0) return *base;
    const auto this_month = day_of_month(*base, terms.cutoff);
    return *base <= this_month ? this_month : day_of_month(base->plus_days(1 - base->day()).plus_months(1), terms.cutoff);
}

/// Days counted on, by the calendar's working days when the convention says so.
Date plus(Date from, int days, const Terms& terms, const Calendar& calendar) {
    return terms.business_days == BusinessDay::count_working_days ? calendar.plus_working_days(from, days) : from.plus_days(days);
}

Date due_of(const DueRule& rule, Date base, const Terms& terms, const Calendar& calendar) {
    const int extra = terms.extra_days;
    switch (rule.kind) {
    case DueRule::Kind::net: return plus(base, rule.days + extra, terms, calendar);
    case DueRule::Kind::receipt: return plus(base, extra, terms, calendar);
    case DueRule::Kind::eom: return plus(base.end_of_month(), rule.days + extra, terms, calendar);
    case DueRule::Kind::prox: return plus(day_of_month(base.plus_days(1 - base.day()).plus_months(rule.months), rule.day), extra, terms, calendar);
    case DueRule::Kind::day: break;
    }
    auto next = day_of_month(base, rule.day);
    if (next <= base) next = day_of_month(base.plus_days(1 - base.day()).plus_months(1), rule.day);
    return plus(next, extra, terms, calendar);
}

/// The last discount day without the extra days: due_of() adds those.
Date discount_end(const Terms& terms, Date from, const Calendar& calendar) {
    int days = 0;
    for (const auto& tier : terms.tiers) days = std::max(days, tier.days);
    return plus(from, days, terms, calendar);
}

/// Where discount days count from: the base, or with EOM dating the end of its month (or of the next, late in the month).
Date discount_base(const Terms& terms, Date base) {
    if (!terms.eom_dating) return base;
    const bool late = terms.late_month_rule != 0 && base.day() >= terms.late_month_rule;
    return late ? base.plus_days(1 - base.day()).plus_months(1).end_of_month() : base.end_of_month();
}

Result<std::vector<Money>> amounts_of(const std::vector<Instalment>& parts, Money amount) {
    std::vector<Money> amounts;
    if (parts.empty()) return std::vector<Money>{amount};
    if (!parts[0].percent) return split(amount, std::vector<std::int64_t>(parts.size(), 1));
    auto rest = amount;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto rate = Decimal::of(parts[i].percent->mantissa(), static_cast<std::uint8_t>(parts[i].percent->scale() + 2));
        OWED_TRY(auto part, rate.of(amount, Rounding::half_away));
        // As split(): no instalment takes more than is left.
        if (amount.units() < 0 ? part.units() < rest.units() : part.units() > rest.units()) part = rest;
        OWED_TRY(rest, subtract(rest, part));
        amounts.push_back(part);
    }
    amounts.push_back(rest);
    return amounts;
}

Result<std::vector<DiscountOffer>> offers(const Terms& terms, Date from, Money amount, const Calendar& calendar) {
    std::vector<DiscountOffer> all;
    for (const auto& tier : terms.tiers) {
        const auto rate = Decimal::of(tier.percent.mantissa(), static_cast<std::uint8_t>(tier.percent.scale() + 2));
        OWED_TRY(auto off, rate.of(amount, Rounding::half_away));
        const auto until = plus(from, tier.days + terms.extra_days, terms, calendar);
        all.push_back({until, plus(until, terms.discount_grace_days, terms, calendar), tier.percent, off});
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.until < b.until; });
    return all;
}

}  // namespace

std::string_view name_of(BaseDate base) noexcept {
    switch (base) {
    case BaseDate::document: return "document";
    case BaseDate::gl: return "gl";
    case BaseDate::delivery: return "delivery";
    case BaseDate::goods: return "goods";
    }
    return "";
}

Result<DueDates> due_dates(const Terms& terms, const TermDates& dates, Money amount, const Calendar& calendar) {
    OWED_TRY_VOID(check(terms));
    OWED_TRY(auto base, base_of(terms, dates));
    const auto discounts_from = discount_base(terms, base);
    OWED_TRY(auto discounts, offers(terms, discounts_from, amount, calendar));
    OWED_TRY(auto amounts, amounts_of(terms.instalments, amount));

    auto net_from = discounts_from;
    if (terms.eom_dating && terms.eom_net_from_discount_end && !discounts.empty()) net_from = discount_end(terms, discounts_from, calendar);
    DueDates answer{.base = base, .due_date = {}, .expected_payment_date = {}, .parts = {}, .discounts = std::move(discounts)};
    auto previous = net_from;
    for (std::size_t i = 0; i < amounts.size(); ++i) {
        const auto* part = terms.instalments.empty() ? nullptr : &terms.instalments[i];
        const bool builds_on = part != nullptr && part->from_previous;
        // Extra dating moved the first due date; an instalment that builds on it must not move again.
        Terms counting = terms;
        if (builds_on) counting.extra_days = 0;
        const auto due = due_of(part == nullptr ? terms.due : part->due, builds_on ? previous : net_from, counting, calendar);
        if (due.year() > 2999) return wrong("the due date is after the year 2999", "due");
        answer.parts.push_back({due, adjust(due, terms.business_days, calendar), amounts[i]});
        previous = due;
    }
    answer.due_date = answer.parts.back().due_date;
    answer.expected_payment_date = answer.parts.back().expected_payment_date;
    return answer;
}

}  // namespace owed
