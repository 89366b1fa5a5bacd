// Verbs about other systems: orders that wait for our word, and what is written back.

#include "api/detail/json.hpp"
#include "cash/erp_writes.hpp"

namespace owed::api::detail {
namespace {

json::object order_json(const App& app, const collect::Order& order, const std::map<std::string, collect::CreditVerdict>& verdicts) {
    const auto* entity = app.books.find(order.entity);
    const auto today = entity != nullptr ? entity->today(app.clock.now()) : detail::today(app);
    const auto at = verdicts.find(order.entity + "/" + order.customer_number);
    const auto verdict = collect::order_verdict(order, at == verdicts.end() ? collect::CreditVerdict{} : at->second, today);
    return {{"order", order.id.value}, {"connector", text(order.connector)}, {"entity", text(order.entity)}, {"number", text(order.number)},
            {"customer", text(order.customer_number)}, {"date", date(order.date)},
            {"amount", order.amount ? json::value(amount(*order.amount)) : json::value(nullptr)},
            {"currency", order.amount ? json::value(currency(*order.amount)) : json::value(nullptr)}, {"status", text(order.status)},
            {"awaiting", order.awaiting}, {"on_hold", order.on_hold}, {"hold", verdict.hold}, {"reason", maybe(verdict.reason)},
            {"decision", maybe(order.decision)}, {"decided_by", maybe(order.decided_by)}, {"until", date(order.until)}};
}

std::map<std::string, collect::CreditVerdict> verdicts_of(store::Db& db, const App& app) {
    std::map<std::string, collect::CreditVerdict> all;
    for (const auto& entity : app.books.entities())
        for (const auto& one : jobs::account_statuses(db, app.ledger, app.credit, entity))
            all[entity.id + "/" + one.status.customer] = {one.status.hold, one.status.hold_reason};
    return all;
}

Result<Answer> orders(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto connector = arguments.text("connector");
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        const auto verdicts = verdicts_of(db, app);
        json::array list;
        for (const auto& order : collect::orders(db, connector)) list.push_back(order_json(app, order, verdicts));
        return json::object{{"orders", list}, {"as_of", date(today(app))}};
    });
}

/// By id, or by its number where only one connector has it.
Result<collect::Order> find_order(store::Db& db, const std::string& name) {
    std::optional<collect::Order> found;
    for (auto& order : collect::orders(db)) {
        if (order.number != name && order.connector + "/" + order.number != name && std::to_string(order.id.value) != name) continue;
        if (found) return fail(Errc::invalid_argument, "order " + name + " is known from " + found->connector + " and from " + order.connector, "order", "say CONNECTOR/NUMBER");
        found = std::move(order);
    }
    if (!found) return fail(Errc::not_found, "there is no order " + name, "order", "see owectl orders");
    return std::move(*found);
}

Result<Answer> decide(App& app, const json::object& object, const Caller& caller, bool hold) {
    Arguments arguments{object};
    OWED_TRY(auto name, arguments.required("order", "which order"));
    OWED_TRY(auto why, arguments.required("why", "why: whoever waits for the order reads it"));
    OWED_TRY(auto until, arguments.date("until"));
    OWED_TRY_VOID(arguments.done());
    OrderId id{};
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
            OWED_TRY(auto order, find_order(tx, name));
            OWED_TRY(const auto* entity, app.books.entity(order.entity));
            id = order.id;
            return collect::decide_order(tx, app.clock, caller.actor, id, hold, why, until, entity->today(app.clock.now()));
        }); !done)
        return fail(std::move(done).error());
    return reading(app, [&](store::Db& db) -> Result<json::value> { return order_json(app, *collect::order(db, id), verdicts_of(db, app)); });
}
Result<Answer> order_hold(App& app, const json::object& object, const Caller& caller) { return decide(app, object, caller, true); }
Result<Answer> order_release(App& app, const json::object& object, const Caller& caller) { return decide(app, object, caller, false); }

Result<Answer> writeback(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto connector = arguments.text("connector");
    const auto state = arguments.text("state");
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& row : notify::writebacks(db, connector)) {
            if (state && *state != notify::name_of(row.state)) continue;
            list.push_back(json::object{{"connector", text(row.connector)}, {"kind", text(row.kind)}, {"key", text(row.key)}, {"entity", text(row.entity)},
                                        {"state", text(notify::name_of(row.state))}, {"attempts", row.attempts}, {"changed_at", instant(row.changed_at)},
                                        {"written_at", instant(row.written_at)}, {"next_at", instant(row.next_at)}, {"remote_id", maybe(row.remote_id)},
                                        {"detail", maybe(row.detail)}});
        }
        for (const auto& row : cash::erp_writes(db, connector, state)) {
            list.push_back(json::object{{"connector", maybe(row.connector)}, {"kind", "receipt_application"}, {"key", text(row.key)}, {"entity", text(row.entity)},
                                        {"state", text(cash::name_of(row.state))}, {"attempts", row.attempts}, {"changed_at", instant(row.changed_at)},
                                        {"written_at", instant(row.written_at)}, {"next_at", instant(row.next_at)}, {"remote_id", maybe(row.remote_id)},
                                        {"detail", maybe(row.detail)}, {"application", row.application.value}, {"reversal", row.reversal}});
        }
        return json::object{{"writeback", list}, {"as_of", date(today(app))}};
    });
}

Result<Answer> writeback_retry(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto connector, arguments.required("connector", "of which connector"));
    OWED_TRY_VOID(arguments.done());
    int waiting = 0;
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
            OWED_TRY(waiting, notify::retry_refused(tx, app.clock, caller.actor, connector));
            OWED_TRY(const int reversals, cash::retry_refused_erp_writes(tx, app.clock, caller.actor, connector));
            waiting += reversals;
            return {};
        }); !done)
        return fail(std::move(done).error());
    return Answer{json::object{{"connector", text(connector)}, {"waiting", waiting}}, true};
}

/// What became of an application on its way to the ERP, as a person found it there.
Result<Answer> writeback_resolve(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto key, arguments.required("key", "which record, by its key"));
    OWED_TRY(auto outcome, arguments.required("outcome", "sent or not-sent"));
    OWED_TRY(auto why, arguments.required("why", "how you know"));
    OWED_TRY_VOID(arguments.done());
    if (outcome != "sent" && outcome != "not-sent")
        return fail(Errc::invalid_argument, "\"" + outcome + "\" is no outcome; say sent or not-sent", "outcome");
    if (auto done = app.store.write([&](store::Tx& tx) { return cash::resolve_erp_write(tx, app.ledger, caller.actor, key, outcome == "sent", why); }); !done)
        return fail(std::move(done).error());
    return Answer{json::object{{"key", text(key)}, {"outcome", text(outcome)}}, true};
}

constexpr Verb system_table[] = {
    {"orders", false, true, "", orders},
    {"orders list", false, true, "", orders},
    {"order hold", true, false, "collector|supervisor", order_hold},
    {"order release", true, false, "supervisor|approver", order_release},
    {"writeback", false, true, "", writeback},
    {"writeback list", false, true, "", writeback},
    {"writeback resolve", true, false, "supervisor|integrator", writeback_resolve},
    {"writeback retry", true, false, "supervisor|integrator|admin", writeback_retry},
};

}  // namespace

std::span<const Verb> system_verbs() { return system_table; }

}  // namespace owed::api::detail
