// calc interest: late-payment interest by rate, table or regime.
#include <boost/json.hpp>

#include "ctl/calc_topics.hpp"
#include "ledger/interest_regimes.hpp"
#include "ledger/late_interest.hpp"

namespace owed::ctl {
namespace json = boost::json;
using namespace ledger;

namespace {

/// The choice's enum, or what the rule has already.
template <class E>
Result<E> chosen(CalcFields& fields, std::string_view key, const std::vector<std::string_view>& names, E otherwise) {
    OWED_TRY(auto found, fields.choice(key, names));
    return found ? static_cast<E>(*found) : otherwise;
}

Result<std::vector<DatedPercent>> read_rates(CalcFields& question) {
    std::vector<DatedPercent> table;
    OWED_TRY(auto rows, question.objects("rates"));
    for (auto& row : rows) {
        OWED_TRY(auto from, row.date_required("from"));
        OWED_TRY(auto percent, row.decimal_required("percent"));
        OWED_TRY_VOID(row.done());
        table.push_back({from, percent});
    }
    return table;
}

/// x % a month accrues as 12x % a year.
Result<Decimal> yearly(Decimal monthly) {
    if (monthly.mantissa() > 10'000'000'000'000'000 || monthly.mantissa() < 0) return fail(Errc::invalid_argument, "a monthly rate is not negative and has at most 16 digits", "monthly_percent");
    return Decimal::of(monthly.mantissa() * 12, monthly.scale());
}

Status read_rate(CalcFields& question, InterestRule& rule) {
    OWED_TRY(auto percent, question.decimal("rate_percent"));
    OWED_TRY(auto monthly, question.decimal("monthly_percent"));
    OWED_TRY(auto reference, question.choice("reference", {"ecb", "de_base"}));
    OWED_TRY(auto table, read_rates(question));
    OWED_TRY(auto margin, question.decimal("margin"));
    OWED_TRY(rule.floor, question.decimal("floor_percent"));
    if (percent && monthly) return fail(Errc::invalid_argument, "give either rate_percent or monthly_percent", "monthly_percent");
    if ((percent || monthly) && (!table.empty() || reference)) return fail(Errc::invalid_argument, "a fixed rate and a table of rates exclude each other", "rates");
    if (reference && !table.empty()) return fail(Errc::invalid_argument, "give either the name of a reference or its rates", "reference");
    if (percent) rule.percent = *percent;
    if (monthly) {
        OWED_TRY(rule.percent, yearly(*monthly));
    }
    if (reference) rule.table = shipped_reference(*reference == 0 ? "ecb" : "de_base");
    if (!table.empty()) rule.table = std::move(table);
    if (margin) rule.margin = *margin;
    if (!rule.percent && rule.table.empty())
        return fail(Errc::invalid_argument, question.has("regime") ? "no reference table is shipped for this regime" : "no rate is given", "rates", "give rate_percent, regime or rates");
    return {};
}

Status read_conventions(CalcFields& question, InterestRule& rule) {
    OWED_TRY(auto day_count, question.choice("day_count", {"act/365", "act/act", "act/360", "30E/360", "ACT/365", "ACT/ACT", "ACT/360", "30e/360"}));
    if (day_count) rule.day_count = static_cast<DayCount>(*day_count % 4);
    OWED_TRY(rule.fixing, chosen(question, "rate_fixing", {"half_year", "at_start", "at_payment"}, rule.fixing));
    OWED_TRY(rule.compounding, chosen(question, "compounding", {"none", "monthly"}, rule.compounding));
    OWED_TRY(rule.base, chosen(question, "base", {"gross", "net", "undisputed"}, rule.base));
    OWED_TRY(rule.settlement, chosen(question, "settlement", {"principal_first", "cost_interest_principal"}, rule.settlement));
    OWED_TRY(rule.per_started_month, question.flag("per_started_month", false));
    OWED_TRY(auto grace, question.integer("grace_days"));
    rule.grace_days = grace.value_or(0);
    return {};
}

Result<InterestRule> read_rule(CalcFields& question, Currency currency) {
    InterestRule rule;
    OWED_TRY(auto regime, question.text("regime"));
    if (regime) {
        OWED_TRY(rule, regime_rule(*regime));
    }
    OWED_TRY_VOID(read_rate(question, rule));
    OWED_TRY_VOID(read_conventions(question, rule));
    OWED_TRY(rule.minimum, question.money("minimum", currency));
    OWED_TRY(auto fixed_sum, question.money("fixed_sum", currency));
    if (fixed_sum) rule.fixed_sums = {{std::nullopt, *fixed_sum}};
    return rule;
}

/// A list of payments, or the one day on which all was paid.
Result<std::vector<LatePayment>> read_paid(CalcFields& question, Money amount) {
    std::vector<LatePayment> paid;
    if (const auto* value = question.find("paid"); value != nullptr && value->is_string()) {
        OWED_TRY(auto date, question.date_required("paid"));
        return std::vector<LatePayment>{{date, amount}};
    }
    OWED_TRY(auto rows, question.objects("paid"));
    for (auto& row : rows) {
        OWED_TRY(auto date, row.date_required("date"));
        OWED_TRY(auto part, row.money_required("amount", amount.currency()));
        OWED_TRY_VOID(row.done());
        paid.push_back({date, part});
    }
    return paid;
}

json::object told(const Interest& answer) {
    json::array segments, notes;
    for (const auto& segment : answer.segments)
        segments.push_back(json::object{{"from", json_text(segment.from)}, {"to", json_text(segment.to)}, {"days", segment.days}, {"open", json_text(segment.open)},
                                        {"rate_percent", json_text(segment.percent)}, {"interest", json_text(segment.interest)}});
    for (const auto& note : answer.notes) notes.push_back(json_text(note));
    return {{"interest", json_text(answer.interest)}, {"days", answer.days}, {"segments", std::move(segments)}, {"fixed_sum", json_text(answer.fixed_sum)},
            {"total", json_text(answer.total)}, {"accrued", json_text(answer.accrued)}, {"open", json_text(answer.open)}, {"notes", std::move(notes)}};
}

}  // namespace

Result<json::object> calc_interest(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto currency, question.currency_required("currency"));
    OWED_TRY(auto amount, question.money_required("amount", currency));
    OWED_TRY(auto due_date, question.date_required("due_date"));
    OWED_TRY(auto as_of, question.date("as_of"));
    OWED_TRY(auto paid, read_paid(question, amount));
    OWED_TRY(auto tax, question.money("tax", currency));
    OWED_TRY(auto disputed, question.money("disputed", currency));
    OWED_TRY(auto rule, read_rule(question, currency));
    OWED_TRY_VOID(question.done());
    OWED_TRY(auto answer, late_interest({.amount = amount, .due_date = due_date, .paid = std::move(paid), .as_of = as_of, .tax = tax, .disputed = disputed}, rule));
    auto json = told(answer);
    json["day_count"] = json_text(name_of(rule.day_count));
    json["rate_fixing"] = rule.percent ? json::value(nullptr) : json::value(json_text(name_of(rule.fixing)));
    return json;
}

}  // namespace owed::ctl
