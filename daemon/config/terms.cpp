// Payment terms and calendars as configuration and `owectl calc` write them.
#include "config/terms.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "config/json_fields.hpp"

namespace owed::config {
namespace json = boost::json;

namespace {

std::string string_of(const json::value& value) { return std::string{value.get_string().data(), value.get_string().size()}; }

template <class T>
Result<T> told_where(Result<T> result, const std::string& path) {
    if (!result) result.error().where = result.error().where.empty() ? path : path + "." + result.error().where;
    return result;
}

constexpr std::array<std::string_view, 7> weekdays{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};

Result<std::vector<std::string>> texts(JsonFields& fields, std::string_view key) {
    std::vector<std::string> all;
    const auto* value = fields.find(key);
    if (value == nullptr) return all;
    const auto wrong = [&] { return fail(Errc::invalid_argument, "expected a list of texts", fields.path(key)); };
    if (!value->is_array()) return wrong();
    for (const auto& one : value->get_array()) {
        if (!one.is_string()) return wrong();
        all.push_back(string_of(one));
    }
    return all;
}

Result<Calendar> defined_calendar(JsonFields fields) {
    OWED_TRY(auto name, fields.text("name"));
    OWED_TRY(auto weekend, texts(fields, "weekend"));
    OWED_TRY(auto holidays, texts(fields, "holidays"));
    const bool usual_weekend = !fields.has("weekend");
    OWED_TRY_VOID(fields.done());
    std::vector<Weekday> days;
    if (usual_weekend) days = {Weekday::saturday, Weekday::sunday};
    for (const auto& day : weekend) {
        const auto at = std::find(weekdays.begin(), weekdays.end(), day);
        if (at == weekdays.end()) return fail(Errc::invalid_argument, "\"" + day.substr(0, 40) + "\" is not a weekday", fields.path("weekend"), "monday to sunday, in small letters");
        days.push_back(static_cast<Weekday>(at - weekdays.begin() + 1));
    }
    std::vector<HolidayRule> rules;
    for (const auto& holiday : holidays) {
        OWED_TRY(auto rule, told_where(parse_holiday(holiday), fields.path("holidays")));
        rules.push_back(rule);
    }
    return Calendar::make(name.value_or("defined here"), std::move(days), std::move(rules));
}

/// A due rule: {"due": "net 30"}, or by the rule's own name: {"net": 30}, {"eom": 15}, {"prox": "1 15"}, {"day": 10},
/// {"receipt": true}. nullopt: none is said.
Result<std::optional<DueRule>> read_due(JsonFields& fields) {
    std::optional<DueRule> found;
    OWED_TRY(auto text, fields.text("due"));
    if (text) {
        OWED_TRY(found, told_where(parse_due_rule(*text), fields.path("due")));
    }
    for (const char* rule : {"net", "eom", "prox", "day"}) {
        const auto* value = fields.find(rule);
        if (value == nullptr) continue;
        if (found) return fail(Errc::invalid_argument, "the due rule is said twice", fields.path(rule));
        if (!value->is_string() && !value->is_int64()) return fail(Errc::invalid_argument, "expected a number of days", fields.path(rule));
        OWED_TRY(found, told_where(parse_due_rule(std::string{rule} + " " + (value->is_string() ? string_of(*value) : std::to_string(value->get_int64()))), fields.path(rule)));
    }
    OWED_TRY(auto receipt, fields.flag("receipt", false));
    if (receipt && found) return fail(Errc::invalid_argument, "the due rule is said twice", fields.path("receipt"));
    if (receipt) found = DueRule{.kind = DueRule::Kind::receipt};
    return found;
}

Status read_base(JsonFields& fields, Terms& terms) {
    OWED_TRY(auto base, fields.choice("base", {"document", "gl", "delivery", "goods", "invoice"}));
    if (base) terms.base = *base == 4 ? BaseDate::document : static_cast<BaseDate>(*base);
    OWED_TRY(auto rog, fields.flag("rog", false));
    if (rog) terms.base = BaseDate::goods;
    OWED_TRY(auto ranges, fields.objects("ranges"));
    for (auto& range : ranges) {
        OWED_TRY(auto from, range.integer("from"));
        OWED_TRY(auto to, range.integer("to"));
        OWED_TRY_VOID(range.done());
        if (!from || !to) return fail(Errc::invalid_argument, "a range has \"from\" and \"to\", days of a month", range.path("from"));
        terms.ranges.push_back({*from, *to});
    }
    OWED_TRY(auto cutoff, fields.integer("cutoff"));
    terms.cutoff = cutoff.value_or(0);
    return {};
}

Status read_dating(JsonFields& fields, Terms& terms) {
    OWED_TRY(terms.eom_dating, fields.flag("eom_dating", terms.eom_dating));
    // true is the usual day, a number is the day.
    if (const auto* late = fields.find("late_month_rule"); late != nullptr && late->is_bool()) {
        terms.late_month_rule = late->get_bool() ? 26 : 0;
    } else {
        OWED_TRY(auto day, fields.integer("late_month_rule"));
        terms.late_month_rule = day.value_or(0);
    }
    OWED_TRY(auto net_from, fields.choice("eom_net_from", {"month_end", "discount_end"}));
    terms.eom_net_from_discount_end = net_from == 1U;
    OWED_TRY(auto extra, fields.integer("extra_days"));
    terms.extra_days = extra.value_or(terms.extra_days);
    OWED_TRY(auto convention, fields.text("business_days"));
    if (!convention) return {};
    const auto known = find_business_day(*convention);
    if (!known)
        return fail(Errc::invalid_argument, "\"" + convention->substr(0, 40) + "\" is not one of unadjusted, following, preceding, modified_following, nearest, count_working_days", fields.path("business_days"));
    terms.business_days = *known;
    return {};
}

/// A list of parts, or a number: so many equal parts, each by the terms' rule from the one before.
Status read_instalments(JsonFields& fields, Terms& terms) {
    const auto* value = fields.find("instalments");
    if (value == nullptr) return {};
    if (value->is_int64()) {
        if (value->get_int64() < 1 || value->get_int64() > 120) return fail(Errc::invalid_argument, "1 to 120 instalments", fields.path("instalments"));
        for (std::int64_t i = 0; i < value->get_int64(); ++i) terms.instalments.push_back({.percent = {}, .due = terms.due, .from_previous = i > 0});
        return {};
    }
    OWED_TRY(auto rows, fields.objects("instalments"));
    for (auto& row : rows) {
        Instalment part;
        OWED_TRY(part.percent, row.decimal("percent"));
        OWED_TRY(auto due, read_due(row));
        if (!due) return fail(Errc::invalid_argument, "an instalment needs a due rule", row.path("due"), "give \"due\": \"net 30\"");
        part.due = *due;
        OWED_TRY(part.from_previous, row.flag("from_previous", false));
        OWED_TRY_VOID(row.done());
        terms.instalments.push_back(part);
    }
    return {};
}

Result<Terms> object_terms(JsonFields fields) {
    Terms terms;
    OWED_TRY(auto text, fields.text("text"));
    if (text) {
        OWED_TRY(terms, told_where(parse_terms(*text), fields.path("text")));
    }
    OWED_TRY(auto due, read_due(fields));
    if (due) terms.due = *due;
    OWED_TRY_VOID(read_base(fields, terms));
    OWED_TRY_VOID(read_dating(fields, terms));
    OWED_TRY(auto discounts, tiers_of(fields, "discounts"));
    if (fields.has("discounts")) terms.tiers = std::move(discounts);
    OWED_TRY(auto grace, fields.integer("discount_grace_days"));
    terms.discount_grace_days = grace.value_or(0);
    OWED_TRY_VOID(read_instalments(fields, terms));
    if (!due && !text && terms.instalments.empty())
        return fail(Errc::invalid_argument, "the terms do not say when it is due", fields.path("due"), "give \"due\": \"net 30\"");
    OWED_TRY_VOID(fields.done());
    return terms;
}

}  // namespace

Result<std::vector<DiscountTier>> tiers_of(JsonFields& fields, std::string_view key) {
    std::vector<DiscountTier> tiers;
    OWED_TRY(auto rows, fields.objects(key));
    for (auto& row : rows) {
        OWED_TRY(auto days, row.integer("days"));
        if (!days) return fail(Errc::invalid_argument, "\"days\" is missing", row.path("days"));
        OWED_TRY(auto percent, row.decimal_required("percent"));
        OWED_TRY_VOID(row.done());
        tiers.push_back({*days, percent});
    }
    return tiers;
}

Result<Calendar> calendar_of(const json::value& value, const std::string& path) {
    if (value.is_string()) return told_where(find_calendar(string_of(value)), path);
    if (!value.is_object()) return fail(Errc::invalid_argument, "expected a calendar's name, or an object with weekend and holidays", path);
    return defined_calendar(JsonFields{value.get_object(), path});
}

Result<Terms> terms_of(const json::value& value, const std::string& path) {
    if (value.is_string()) return told_where(parse_terms(string_of(value)), path);
    if (!value.is_object()) return fail(Errc::invalid_argument, "expected terms as a text (\"2/10 net 30\") or an object", path);
    return object_terms(JsonFields{value.get_object(), path});
}

}  // namespace owed::config
