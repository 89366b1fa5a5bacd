// Verbs of promises to pay: what a customer has said, which money counts towards it, and what came of it (DOMAIN section 14).
#include "collect/promises.hpp"

#include <algorithm>

#include "api/detail/acts.hpp"
#include "ledger/instalments.hpp"
#include "owed/ascii.hpp"

namespace owed::api::detail {
namespace {

Date today_in(const App& app, const std::string& entity) {
    const auto* known = app.books.find(entity);
    return known == nullptr ? today(app) : known->today(app.clock.now());
}

json::object promise_json(store::Db& db, const collect::Promise& promise) {
    const auto row = parties::find(db, promise.customer);
    json::array items, documents;
    for (const auto id : promise.items) {
        const auto item = ledger::item(db, id);
        items.push_back(id.value);
        if (item) documents.push_back(text(ledger::number_of(*item)));
    }
    return {{"promise", promise.id.value}, {"entity", text(promise.entity)}, {"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)},
            {"name", row ? json::value(text(row->customer.name)) : json::value(nullptr)}, {"currency", currency(promise.amount)},
            {"amount", amount(promise.amount)}, {"paid", amount(promise.paid)}, {"made_on", date(promise.made_on)}, {"due", date(promise.by)},
            {"follow_up", date(collect::follow_up_of(promise.by))}, {"state", text(collect::name_of(promise.state))}, {"documents", std::move(documents)},
            {"items", std::move(items)}, {"any_item", promise.any_item}, {"by", text(promise.made_by)}, {"why", text(promise.why)},
            {"ended_on", date(promise.ended_on)}, {"ended_by", maybe(promise.ended_by)}, {"ended_why", maybe(promise.ended_why)}};
}

Result<Answer> promises(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto name = arguments.text("customer"), entity = arguments.text("entity"), wanted = arguments.text("state");
    OWED_TRY_VOID(arguments.done());
    std::optional<collect::PromiseState> state;
    if (wanted) {
        state = collect::promise_state_named(*wanted);
        if (!state)
            return fail(Errc::invalid_argument, "there is no state \"" + *wanted + "\" of a promise", "state",
                        "states: open, kept, partly_kept, broken, cancelled, lapsed");
    }
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        std::optional<CustomerId> customer;
        if (name) {
            OWED_TRY(const auto row, find_customer(db, app.books, *name));
            customer = row.id;
        }
        json::array list;
        for (const auto& one : collect::promises(db, [&](const std::string& of) { return today_in(app, of); }, customer))
            if ((!entity || one.entity == *entity) && (!state || one.state == *state)) list.push_back(promise_json(db, one));
        return json::object{{"promises", std::move(list)}, {"as_of", date(today(app))}};
    });
}

/// "INV-1,INV-2", or a list.
Result<std::vector<OpenItemId>> items_named(store::Db& db, const App& app, const std::vector<std::string>& given) {
    std::vector<OpenItemId> items;
    for (const auto& one : given) {
        std::string_view rest = one;
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            if (const auto name = trimmed(rest.substr(0, comma)); !name.empty()) {
                OWED_TRY(const auto item, find_item(db, app, std::string{name}));
                items.push_back(item.id);
            }
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    if (items.empty() && !given.empty()) return fail(Errc::invalid_argument, "no item is named", "items", "leave --items out for the longest due");
    return items;
}

struct Asked {
    std::string customer, amount, why;
    std::optional<std::string> currency;
    std::optional<Date> by;
    std::vector<std::string> items;
};

Result<json::object> add(App& app, store::Tx& tx, const Asked& asked, const Caller& caller) {
    OWED_TRY(const auto row, find_customer(tx, app.books, asked.customer));
    OWED_TRY(const auto* entity, app.books.entity(row.entity));
    OWED_TRY(const auto items, items_named(tx, app, asked.items));
    auto in = entity->currency;
    if (asked.currency) {
        OWED_TRY(in, find_currency(*asked.currency));
    } else if (!items.empty()) {
        if (const auto item = ledger::item(tx, items.front())) in = item->original.currency();
    }
    OWED_TRY(const auto promised, amount_of(asked.amount, in, "amount"));
    const auto now = entity->today(app.clock.now());
    const collect::NewPromise promise{.entity = entity->id, .customer = row.id, .amount = promised, .by = *asked.by, .items = items, .why = asked.why};
    OWED_TRY(const auto id, collect::add_promise(tx, app.books, app.clock, caller.actor, promise, now));
    return promise_json(tx, *collect::promise(tx, id, now));
}

Result<Answer> promise_add(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    Asked asked;
    OWED_TRY(asked.customer, arguments.required("customer", "which customer"));
    OWED_TRY(asked.amount, arguments.required("amount", "how much was promised: --amount A"));
    OWED_TRY(asked.why, arguments.required("why", "who promised it, and how: --why W"));
    OWED_TRY(asked.by, arguments.date("by"));
    OWED_TRY(asked.items, arguments.texts("items"));
    asked.currency = arguments.text("currency");
    OWED_TRY_VOID(arguments.done());
    if (!asked.by) return fail(Errc::invalid_argument, "say by when: --by D", "by");
    return written(app, [&](store::Tx& tx) { return add(app, tx, asked, caller); });
}

Result<Answer> promise_cancel(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto number, arguments.integer("promise"));
    OWED_TRY(const auto why, arguments.required("why", "why it does not hold: --why W"));
    OWED_TRY_VOID(arguments.done());
    if (!number) return fail(Errc::invalid_argument, "say which promise", "promise", "see owectl promises");
    return written(app, [&](store::Tx& tx) -> Result<json::object> {
        const collect::PromiseId id{*number};
        const auto known = collect::promise(tx, id, today(app));
        if (!known) return fail(Errc::not_found, "there is no promise " + std::to_string(*number), "promise", "see owectl promises");
        const auto now = today_in(app, known->entity);
        OWED_TRY_VOID(collect::cancel_promise(tx, app.clock, caller.actor, id, why, now));
        return promise_json(tx, *collect::promise(tx, id, now));
    });
}

constexpr Verb promise_table[] = {
    {"promises", false, true, "", promises},
    {"promise add", true, false, "collector|supervisor", promise_add},
    {"promise cancel", true, false, "collector|supervisor", promise_cancel},
};

}  // namespace

std::span<const Verb> promise_verbs() { return promise_table; }

}  // namespace owed::api::detail
