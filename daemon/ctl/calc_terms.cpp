// calc terms, calc discount: payment terms and calendars as configuration writes them.
#include <boost/json.hpp>

#include "config/terms.hpp"
#include "ctl/calc_topics.hpp"
#include "owed/discount.hpp"

namespace owed::ctl {
namespace json = boost::json;

namespace {

template <class T>
Result<T> placed(Result<T> result, const std::string& path) {
    if (!result) result.error().where = result.error().where.empty() ? path : path + "." + result.error().where;
    return result;
}

Result<TermDates> read_dates(CalcFields& fields) {
    TermDates dates;
    OWED_TRY(dates.document, fields.date_required("document_date"));
    OWED_TRY(dates.gl, fields.date("gl_date"));
    OWED_TRY(dates.delivery, fields.date("delivery_date"));
    OWED_TRY(dates.goods, fields.date("goods_date"));
    return dates;
}

json::array discounts_json(const std::vector<DiscountOffer>& offers) {
    json::array list;
    for (const auto& offer : offers)
        list.push_back(json::object{{"until", json_text(offer.until)}, {"percent", json_text(offer.percent)}, {"amount", json_text(offer.amount)}, {"until_with_grace", json_text(offer.until_with_grace)}});
    return list;
}

}  // namespace

Result<Calendar> read_calendar(CalcFields& question) {
    const auto* value = question.find("calendar");
    if (value == nullptr) return Calendar::weekends();
    return config::calendar_of(*value, question.path("calendar"));
}

Result<Terms> read_terms(CalcFields& question) {
    const auto* value = question.find("terms");
    if (value == nullptr) return Terms{};
    return config::terms_of(*value, question.path("terms"));
}

Result<json::object> calc_terms(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto currency, question.currency_required("currency"));
    OWED_TRY(auto amount, question.money_required("amount", currency));
    OWED_TRY(auto dates, read_dates(question));
    if (!question.has("terms")) return fail(Errc::invalid_argument, "\"terms\" is missing", "terms", "give \"terms\": \"2/10 net 30\" or an object");
    OWED_TRY(auto terms, read_terms(question));
    OWED_TRY(auto calendar, read_calendar(question));
    OWED_TRY_VOID(question.done());
    OWED_TRY(auto found, placed(due_dates(terms, dates, amount, calendar), "terms"));
    json::array parts;
    for (const auto& part : found.parts)
        parts.push_back(json::object{{"due_date", json_text(part.due_date)}, {"amount", json_text(part.amount)}, {"expected_payment_date", json_text(part.expected_payment_date)}});
    return json::object{{"due_date", json_text(found.due_date)}, {"expected_payment_date", json_text(found.expected_payment_date)}, {"base_date", json_text(found.base)},
                        {"instalments", std::move(parts)}, {"discounts", discounts_json(found.discounts)}};
}

namespace {

/// Due date and offers of the question: by its terms, or by bare tiers from the document date.
Result<DueDates> offers_of(CalcFields& question, Money amount) {
    OWED_TRY(auto dates, read_dates(question));
    OWED_TRY(auto calendar, read_calendar(question));
    OWED_TRY(auto terms, read_terms(question));
    OWED_TRY(auto tiers, config::tiers_of(question, "tiers"));
    OWED_TRY(auto grace, question.integer("discount_grace_days"));
    if (question.has("tiers") == question.has("terms")) return fail(Errc::invalid_argument, "give either \"terms\" or \"tiers\"", "terms");
    if (question.has("tiers")) terms.tiers = std::move(tiers);
    if (grace) terms.discount_grace_days = *grace;
    return placed(due_dates(terms, dates, amount, calendar), question.has("tiers") ? "tiers" : "terms");
}

/// Net days less discount days of the offer taken, or of the best one; nullopt: no due date is said, or it is not later.
Result<std::optional<AnnualCost>> yearly_cost(CalcFields& question, const DueDates& dates, const DiscountAnswer& answer) {
    OWED_TRY(auto due, question.date("due_date"));
    OWED_TRY(auto year, question.integer("year"));
    OWED_TRY(auto decimals, question.integer("decimals"));
    if (!due && question.has("terms")) due = dates.due_date;
    auto offer = answer.offer;
    for (const auto& other : dates.discounts)
        if (!answer.offer && (!offer || other.amount.units() > offer->amount.units())) offer = other;
    if (!due || !offer || days_between(offer->until, *due) < 1) return std::optional<AnnualCost>{};
    OWED_TRY(auto cost, placed(annual_cost(offer->percent, days_between(offer->until, *due), year.value_or(365), decimals.value_or(10)), "year"));
    return std::optional{std::move(cost)};
}

}  // namespace

Result<json::object> calc_discount(const json::object& object) {
    CalcFields question{object, ""};
    OWED_TRY(auto currency, question.currency_required("currency"));
    OWED_TRY(auto amount, question.money_required("amount", currency));
    OWED_TRY(auto payment, question.money_required("payment", currency));
    OWED_TRY(auto payment_date, question.date_required("payment_date"));
    OWED_TRY(auto tax, question.money("tax", currency));
    OWED_TRY(auto partial, question.flag("partial", true));
    OWED_TRY(auto dates, offers_of(question, amount));
    OWED_TRY(auto answer, discount_for({.amount = amount, .payment = payment, .payment_date = payment_date, .offers = dates.discounts, .partial = partial, .tax = tax}));
    OWED_TRY(auto cost, yearly_cost(question, dates, answer));
    OWED_TRY_VOID(question.done());
    json::object told{{"discount", json_text(answer.discount)}, {"credited", json_text(answer.credited)}, {"open", json_text(answer.open)}};
    told["annualised_nominal"] = cost ? json::value(json_text(cost->nominal)) : json::value(nullptr);
    told["annualised_effective"] = cost ? json::value(json_text(cost->effective)) : json::value(nullptr);
    told["unapplied"] = json_text(answer.unapplied);
    told["percent"] = answer.offer ? json::value(json_text(answer.offer->percent)) : json::value(nullptr);
    told["until"] = answer.offer ? json::value(json_text(answer.offer->until)) : json::value(nullptr);
    if (tax) told["tax"] = json_text(answer.tax);
    return told;
}

}  // namespace owed::ctl
