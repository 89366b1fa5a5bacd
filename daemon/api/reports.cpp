// Reports over the whole book: DSO, CEI, ADD, provision, exposure, deposits (DOMAIN sections 4, 11, 12 and 14). Each says by
// which convention its figures were computed.
#include <algorithm>

#include "api/detail/acts.hpp"
#include "api/detail/figures.hpp"
#include "jobs/exposure.hpp"

namespace owed::api::detail {
namespace {

constexpr int period_days = 90;

struct Asked {
    std::optional<std::string> entity;
    std::optional<Date> as_of;
    int days = period_days;
};

Result<Asked> read_asked(const json::object& object, bool with_days) {
    Arguments arguments{object};
    Asked asked;
    asked.entity = arguments.text("entity");
    OWED_TRY(asked.as_of, arguments.date("as_of"));
    if (with_days) {
        OWED_TRY(const auto days, arguments.integer("days"));
        if (days && (*days < 1 || *days > 3660)) return fail(Errc::invalid_argument, "a period has 1 to 3660 days, not " + std::to_string(*days), "days");
        asked.days = static_cast<int>(days.value_or(period_days));
    }
    OWED_TRY_VOID(arguments.done());
    return asked;
}

/// One entity: the report itself. Several: the same keys for each, under "reports".
using Make = std::function<Result<std::optional<json::object>>(store::Db&, const ledger::Entity&, Date)>;
Result<Answer> report_for(App& app, const Asked& asked, std::string_view name, const std::string& none, const Make& make) {
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        if (asked.entity) OWED_TRY_VOID(entity_of(app, asked.entity).map([](auto) {}));
        json::array reports;
        for (const auto& entity : app.books.entities()) {
            if (asked.entity && entity.id != *asked.entity) continue;
            const auto as_of = asked.as_of.value_or(entity.today(app.clock.now()));
            OWED_TRY(auto made, make(db, entity, as_of));
            if (!made) continue;
            json::object report{{"report", text(name)}, {"as_of", date(as_of)}, {"entity", text(entity.id)}};
            for (auto& member : *made) report[member.key()] = std::move(member.value());
            reports.push_back(std::move(report));
        }
        if (reports.empty()) return fail(Errc::not_found, none, "entity");
        if (reports.size() == 1) return reports.front();
        return json::object{{"as_of", date(asked.as_of.value_or(today(app)))}, {"reports", reports}};
    });
}

// ---------------------------------------------------------------- measures

/// A measure's value as text, or null with the reason in `notes`.
json::value value_of(std::string_view name, const report::MeasureQuestion& question, json::array& notes, report::MeasureAnswer* answer = nullptr) {
    auto done = report::measure(name, question);
    if (!done) {
        notes.push_back(text(std::string{name} + ": " + done.error().what + (done.error().where.empty() ? "" : " (" + done.error().where + ")")));
        return nullptr;
    }
    for (const auto& note : done->notes) notes.push_back(text(note));
    if (answer != nullptr) *answer = *done;
    return text(to_text(done->value));
}

/// Only what the measure asks for; a figure too many is refused.
report::MeasureQuestion only(const report::MeasureQuestion& all, std::initializer_list<const char*> names, bool rows = false) {
    report::MeasureQuestion question;
    for (const char* name : names)
        if (const auto at = all.figures.find(name); at != all.figures.end()) question.figures.insert(*at);
    if (rows) question.rows = all.rows;
    return question;
}

json::string units_text(std::int64_t units, Currency currency) { return amount(Money::minor(units, currency)); }

json::object measured(const CurrencyFigures& figures) {
    return {{"currency", text(figures.currency.text())}, {"value", nullptr}, {"closing_ar", units_text(figures.closing_ar, figures.currency)},
            {"not_due_ar", units_text(figures.not_due_ar, figures.currency)}, {"opening_ar", units_text(figures.opening_ar, figures.currency)},
            {"sales", units_text(figures.sales, figures.currency)}};
}

void add_dso(json::object& row, const report::MeasureQuestion& all, json::array& notes) {
    row["value"] = value_of("dso", only(all, {"closing_ar", "credit_sales", "days"}), notes);
    json::array unsaid;  // without sales each of them has the same thing to say
    row["average"] = value_of("dso_average", only(all, {"opening_ar", "closing_ar", "credit_sales", "days"}), unsaid);
    row["best_possible"] = value_of("bpdso", only(all, {"not_due_ar", "credit_sales", "days"}), unsaid);
    report::MeasureAnswer countback;
    row["countback"] = value_of("dso_countback", only(all, {"closing_ar"}, true), notes, &countback);
    row["uncovered"] = nullptr;
    for (const auto& [name, value] : countback.more)
        if (name == "uncovered") row["uncovered"] = text(to_text(value));
}

void add_cei(json::object& row, const report::MeasureQuestion& all, json::array& notes) {
    report::MeasureQuestion question;
    const auto put = [&](const char* name, const char* from) { question.figures.insert_or_assign(name, all.figures.find(from)->second); };
    put("opening", "opening_ar");
    put("sales", "credit_sales");
    put("closing_total", "closing_ar");
    put("closing_not_due", "not_due_ar");
    row["value"] = value_of("cei", question, notes);
}

void add_add(json::object& row, const report::MeasureQuestion& all, json::array& notes) {
    row["value"] = value_of("add", only(all, {"closing_ar", "not_due_ar", "credit_sales", "days"}), notes);
    json::array unsaid;
    row["dso"] = value_of("dso", only(all, {"closing_ar", "credit_sales", "days"}), unsaid);
    row["best_possible"] = value_of("bpdso", only(all, {"not_due_ar", "credit_sales", "days"}), unsaid);
}

using Measuring = void (*)(json::object&, const report::MeasureQuestion&, json::array&);
Result<Answer> measure_report(App& app, const json::object& object, std::string_view name, Measuring measuring, std::initializer_list<const char*> formulas) {
    OWED_TRY(const auto asked, read_asked(object, true));
    return report_for(app, asked, name, "there is no entity", [&](store::Db& db, const ledger::Entity& entity, Date as_of) -> Result<std::optional<json::object>> {
        const Span span{as_of.plus_days(1 - asked.days), as_of};
        json::array rows, notes;
        for (const auto& [code, figures] : figures_of(db, app, entity, span)) {
            auto row = measured(figures);
            json::array own;
            measuring(row, question_of(figures, span), own);
            for (const auto& note : own) notes.push_back(text(code + ": " + std::string{note.as_string()}));
            rows.push_back(std::move(row));
        }
        json::object formula;
        for (const char* used : formulas) {
            const auto* shape = report::find_measure(used);
            OWED_CHECK(shape != nullptr, "a report's measures are known");
            formula[used] = text(shape->formula);
        }
        return json::object{{"unit", text(report::find_measure(name)->unit)},
                            {"period", json::object{{"from", date(span.from)}, {"to", date(span.to)}, {"days", span.days()}}},
                            {"measures", rows}, {"formula", formula}, {"convention", text(figures_convention)}, {"notes", notes}};
    });
}

Result<Answer> dso(App& app, const json::object& object, const Caller&) {
    return measure_report(app, object, "dso", add_dso, {"dso", "dso_average", "dso_countback", "bpdso"});
}
Result<Answer> cei(App& app, const json::object& object, const Caller&) { return measure_report(app, object, "cei", add_cei, {"cei"}); }
Result<Answer> delinquency(App& app, const json::object& object, const Caller&) {
    return measure_report(app, object, "add", add_add, {"add", "dso", "bpdso"});
}

// ---------------------------------------------------------------- provision

Result<Answer> provision(App& app, const json::object& object, const Caller&) {
    OWED_TRY(const auto asked, read_asked(object, false));
    const auto none = std::string{"no provision matrix is configured"} + (asked.entity ? " for " + *asked.entity : "");
    return report_for(app, asked, "provision", none, [&](store::Db& db, const ledger::Entity& entity, Date as_of) -> Result<std::optional<json::object>> {
        const auto matrix = app.provision.find(entity.id);
        if (matrix == app.provision.end()) return std::optional<json::object>{};
        OWED_TRY(const auto figure, jobs::provision_of(db, app.books, matrix->second, entity.id, as_of, app.figures.get()));
        json::array buckets, rates;
        for (std::size_t i = 0; i < figure.rows.size(); ++i)
            buckets.push_back(json::object{{"bucket", text(figure.rows[i].bucket)}, {"balance", amount(figure.rows[i].balance)},
                                           {"rate_percent", text(to_text(figure.rows[i].rate_percent))}, {"provision", amount(figure.provision.by_bucket[i])}});
        for (const auto& rate : figure.rates) rates.push_back(text(rate));
        return json::object{{"currency", text(entity.currency.text())}, {"by_bucket", buckets}, {"total", amount(figure.provision.total)},
                            {"existing", amount(figure.existing)}, {"adjustment", amount(figure.provision.adjustment)}, {"rates", rates},
                            {"formula", "target = sum of balance x rate, rounded once; adjustment = target - existing allowance"},
                            {"convention", "balances: open debit items by days past due, credits not netted; other currencies at the closing rate of the day"}};
    });
}

// ---------------------------------------------------------------- exposure

struct Exposure {
    Currency currency;
    std::int64_t open = 0, overdue = 0, credits = 0, orders = 0;
};
using Exposures = std::map<std::pair<std::int64_t, std::string>, Exposure>;   ///< by customer and currency

Result<Answer> exposure(App& app, const json::object& object, const Caller&) {
    OWED_TRY(const auto asked, read_asked(object, false));
    return report_for(app, asked, "exposure", "there is no entity", [&](store::Db& db, const ledger::Entity& entity, Date as_of) -> Result<std::optional<json::object>> {
        Exposures all;
        const jobs::Survivors survivors{db};
        app.figures->open_items.each(db, entity.id, as_of, [&](const ledger::Residual& item) {
            if (item.customer == 0) return;
            auto& one = all[{survivors.of(CustomerId{item.customer}).value, std::string{item.currency.text()}}];
            one.currency = item.currency;
            (item.units > 0 ? one.open : one.credits) += item.units;
            if (item.units > 0 && item.due_date < as_of) one.overdue += item.units;
        });
        std::map<std::int64_t, std::map<std::string, std::int64_t>> by_customer;
        for (const auto& order : jobs::unbilled_orders(db, entity, survivors)) {
            auto& one = all[{order.customer.value, std::string{order.amount.currency().text()}}];
            one.currency = order.amount.currency();
            one.orders += order.amount.units();
        }
        for (const auto& [key, one] : all) by_customer[key.first][key.second] = one.open + one.orders;
        // A limit is held against all that the customer owes and has ordered; it stands in the row of its own currency.
        std::map<std::int64_t, jobs::LimitUse> uses;
        for (const auto& [id, sums] : by_customer)
            if (const auto use = jobs::limit_use(db, CustomerId{id}, sums, as_of)) {
                all[{id, std::string{use->limit.currency().text()}}].currency = use->limit.currency();
                uses.emplace(id, *use);
            }
        json::array rows;
        for (const auto& [key, one] : all) {
            const auto row = parties::find(db, CustomerId{key.first});
            const auto shown_units = [&](std::int64_t units) { return units_text(units, one.currency); };
            const auto use = uses.find(key.first);
            const bool here = use != uses.end() && use->second.limit.currency() == one.currency;
            rows.push_back(json::object{{"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)},
                                        {"name", row ? maybe(row->customer.name) : json::value(nullptr)}, {"currency", text(key.second)},
                                        {"open", shown_units(one.open)}, {"overdue", shown_units(one.overdue)}, {"credits", shown_units(one.credits)},
                                        {"orders", shown_units(one.orders)}, {"exposure", shown_units(one.open + one.orders)},
                                        {"limit", here ? json::value(amount(use->second.limit)) : json::value(nullptr)},
                                        {"available", here && use->second.without_rate.empty() ? json::value(shown_units(use->second.limit.units() - use->second.exposure.units())) : json::value(nullptr)},
                                        {"without_rate", here ? maybe(use->second.without_rate) : json::value(nullptr)}, {"hold", row && row->hold}});
        }
        return json::object{{"exposures", rows},
                            {"formula", "exposure = open debit items + orders that no invoice names"},
                            {"convention", "credits stand beside and are not netted; merged customers are one; orders as connectors last told them; limit: of the customer in all currencies at the spot rate, null where none is set; available = limit - exposure in all currencies, negative when exceeded, null while a currency has no rate; without_rate: those currencies"}};
    });
}

// ---------------------------------------------------------------- deposits

/// Balance of the deposits' control account by currency; none where another kind of item shares its code.
std::optional<std::map<std::string, std::int64_t>> deposit_account(store::Db& db, const ledger::Entity& entity, Date as_of) {
    const auto& code = entity.chart.at(ledger::Role::customer_deposits).code;
    for (const auto& [role, account] : entity.chart)
        if (role != ledger::Role::customer_deposits && account.code == code) return {};
    std::map<std::string, std::int64_t> balances;
    for (const auto& row : ledger::trial_balance(db, entity.id, as_of))
        if (row.account == code && row.debit != row.credit) balances[row.currency] = row.debit - row.credit;
    return balances;
}

Result<Answer> deposits(App& app, const json::object& object, const Caller&) {
    OWED_TRY(const auto asked, read_asked(object, false));
    return report_for(app, asked, "deposits", "there is no entity", [&](store::Db& db, const ledger::Entity& entity, Date as_of) -> Result<std::optional<json::object>> {
        ledger::ItemFilter filter;
        filter.entity = entity.id;
        filter.as_of = as_of;
        filter.open_only = true;
        json::array rows;
        std::map<std::string, Money> totals;
        ledger::each_item(db, app.books, filter, [&](const ledger::Item& item) {
            if (item.kind != ledger::ItemKind::deposit) return;
            const auto row = item.customer ? parties::find(db, *item.customer) : std::nullopt;
            rows.push_back(json::object{{"item", item.id.value}, {"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)},
                                        {"name", row ? maybe(row->customer.name) : json::value(nullptr)}, {"document", text(item.document)},
                                        {"document_date", date(item.document_date)}, {"days", std::max(0, days_between(item.posting_date, as_of))},
                                        {"currency", currency(item.original)}, {"original", amount(item.original)}, {"residual", amount(item.residual)}});
            auto& total = totals.try_emplace(std::string{item.residual.currency().text()}, Money::zero(item.residual.currency())).first->second;
            total = Money::minor(total.units() + item.residual.units(), total.currency());
        });
        json::object shown_totals, control, difference;
        for (const auto& [code, total] : totals) shown_totals[code] = amount(total);
        if (auto balances = deposit_account(db, entity, as_of)) {
            for (const auto& [code, total] : totals) balances->try_emplace(code, 0);
            for (const auto& [code, units] : *balances) {
                OWED_TRY(const auto currency, find_currency(code));
                const auto total = totals.find(code);
                control[code] = units_text(units, currency);
                difference[code] = units_text((total == totals.end() ? 0 : total->second.units()) - units, currency);
            }
        }
        return json::object{{"deposits", rows}, {"totals_by_currency", shown_totals}, {"control_account", control}, {"difference", difference},
                            {"convention", "advances that are not applied yet; a credit is negative, as in the control account"}};
    });
}

constexpr Verb report_table[] = {
    {"report dso", false, true, "", dso},         {"report cei", false, true, "", cei},           {"report add", false, true, "", delinquency},
    {"report provision", false, true, "", provision}, {"report exposure", false, true, "", exposure}, {"report deposits", false, true, "", deposits},
};

}  // namespace

std::span<const Verb> report_verbs() { return report_table; }

}  // namespace owed::api::detail
