// Verbs of dated rates: of exchange and of reference (DOMAIN sections 6 and 10). What a person enters is a further row, never an
// edit, and stands in the audit trail (O2C-09).
#include "api/detail/acts.hpp"
#include "ledger/rates.hpp"

namespace owed::api::detail {
namespace {

json::object rate_json(const ledger::FxRate& rate) {
    return {{"from", text(rate.from.text())}, {"to", text(rate.to.text())}, {"type", text(ledger::name_of(rate.type))}, {"date", date(rate.date)},
            {"rate", text(to_text(rate.rate))}, {"source", text(rate.source)}, {"recorded_at", text(to_text(rate.recorded_at))}};
}

Result<Answer> rates(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    OWED_TRY(const auto since, arguments.date("since"));
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& rate : ledger::rates(db, since)) list.push_back(rate_json(rate));
        return json::object{{"rates", list}, {"as_of", date(today(app))}};
    });
}

Result<Currency> currency_of(const std::string& code, std::string_view key) {
    auto found = find_currency(code);
    if (!found) return fail(Errc::invalid_argument, found.error().what, std::string{key});
    return *found;
}

Result<ledger::FxRate> read_rate(const App& app, Arguments& arguments, const std::string& by) {
    OWED_TRY(const auto from, arguments.required("from", "from which currency"));
    OWED_TRY(const auto to, arguments.required("to", "to which currency"));
    OWED_TRY(const auto rate, arguments.required("rate", "the rate: 1 FROM = RATE TO"));
    OWED_TRY(const auto on, arguments.required("date", "for which day: --date D"));
    const auto type = arguments.text("type").value_or("spot");
    OWED_TRY_VOID(arguments.done());
    ledger::FxRate wanted;
    OWED_TRY(wanted.from, currency_of(from, "from"));
    OWED_TRY(wanted.to, currency_of(to, "to"));
    const auto value = parse_decimal(rate);
    if (!value) return fail(Errc::invalid_argument, value.error().what, "rate");
    wanted.rate = *value;
    const auto day = parse_date(on);
    if (!day) return fail(Errc::invalid_argument, day.error().what, "date");
    if (*day > today(app)) return fail(Errc::invalid_argument, to_text(*day) + " is in the future; nobody knows its rate", "date");
    wanted.date = *day;
    const auto known = ledger::rate_type_named(type);
    if (!known) return fail(Errc::invalid_argument, "\"" + type + "\" is neither spot, closing nor custom", "type");
    wanted.type = *known;
    wanted.source = by;
    return wanted;
}

Result<Answer> rate_set(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto wanted, read_rate(app, arguments, caller.actor.id));
    bool fresh = false;
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(fresh, ledger::set_rate(tx, app.clock, wanted));
        if (!fresh) return {};
        audit::Act act;
        act.actor = caller.actor;
        act.action = "rate.set";
        act.object_kind = "rate";
        act.object_id = std::string{wanted.from.text()} + "/" + std::string{wanted.to.text()} + " " + std::string{ledger::name_of(wanted.type)} + " " + to_text(wanted.date);
        act.reason = to_text(wanted.rate);
        return audit::append(tx, app.clock, act);
    }); !done) return fail(std::move(done).error());
    auto shown_rate = rate_json(wanted);
    shown_rate["recorded_at"] = text(to_text(app.clock.now()));
    return Answer{json::object{{"rate", shown_rate}, {"new", fresh}}, true};
}

Result<Answer> reference_rates(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto name = arguments.text("name");
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& rate : ledger::reference_rates(db, name))
            list.push_back(json::object{{"name", text(rate.name)}, {"from", date(rate.from)}, {"percent", text(to_text(rate.percent))},
                                        {"source", text(rate.source)}, {"recorded_at", text(to_text(rate.recorded_at))}});
        return json::object{{"reference-rates", list}, {"as_of", date(today(app))}};
    });
}

constexpr Verb rate_table[] = {
    {"rates", false, true, "", rates},
    {"rate set", true, false, "supervisor|approver", rate_set},
    {"reference-rates", false, true, "", reference_rates},
};

}  // namespace

std::span<const Verb> rate_verbs() { return rate_table; }

}  // namespace owed::api::detail
