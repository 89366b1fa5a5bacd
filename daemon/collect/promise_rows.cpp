#include "collect/promise_rows.hpp"

namespace owed::collect {
namespace {

constexpr std::string_view columns =
    "SELECT p.id, p.entity, p.customer, p.amount, p.currency, p.made_on, p.by_day, p.any_item, p.state, p.made_by, p.why, p.ended_on, p.ended_by, "
    "p.ended_why, (SELECT COALESCE(SUM(m.amount), 0) FROM promise_payment m WHERE m.promise = p.id) FROM promise p ";

Date day_at(const store::Query& query, int column) { return Date::from_days(static_cast<std::int32_t>(query.integer(column))); }

/// All but its items.
Promise promise_row(const store::Query& query) {
    const auto amount = store::money_at(query, 3, 4);
    Promise promise{.id = PromiseId{query.integer(0)}, .entity = query.text(1), .customer = CustomerId{query.integer(2)}, .amount = amount,
                    .paid = Money::minor(query.integer(14), amount.currency()), .made_on = day_at(query, 5), .by = day_at(query, 6), .items = {},
                    .any_item = query.integer(7) != 0, .state = PromiseState::open, .made_by = query.text(9), .why = query.text(10), .ended_on = {},
                    .ended_by = query.text(12), .ended_why = query.text(13)};
    const auto state = promise_state_named(query.text(8));
    OWED_CHECK(state.has_value(), "a promise is in a state that there is");
    promise.state = *state;
    if (!query.is_null(11)) promise.ended_on = day_at(query, 11);
    return promise;
}

std::vector<Promise> with_items(store::Db& db, std::vector<Promise> all) {
    auto query = db.query("SELECT item FROM promise_item WHERE promise = ? ORDER BY item");
    for (auto& promise : all) {
        query.bind(promise.id.value);
        while (query.step()) promise.items.push_back(OpenItemId{query.integer(0)});
        query.reset();
    }
    return all;
}

std::vector<PromiseId> ids(store::Query& query) {
    std::vector<PromiseId> all;
    while (query.step()) all.push_back(PromiseId{query.integer(0)});
    return all;
}

}  // namespace

std::map<std::int64_t, Date> promised_items(store::Db& db, Date today, std::optional<CustomerId> customer) {
    std::map<std::int64_t, Date> all;
    auto query = customer ? db.query("SELECT i.item, p.by_day FROM promise p CROSS JOIN promise_item i "
                                     "WHERE i.promise = p.id AND p.by_day >= ? AND p.state = 'open' AND p.customer = ?")
                          : db.query("SELECT i.item, p.by_day FROM promise p CROSS JOIN promise_item i "
                                     "WHERE i.promise = p.id AND p.by_day >= ? AND p.state = 'open'");
    const auto from = today.plus_days(-7).days();   // the follow-up is never a week later
    if (customer) query.bind(from, customer->value);
    else query.bind(from);
    while (query.step()) {
        const auto by = day_at(query, 1);
        if (follow_up_of(by) < today) continue;
        const auto [at, fresh] = all.try_emplace(query.integer(0), by);
        if (!fresh && at->second < by) at->second = by;
    }
    return all;
}

namespace detail {

PromiseId insert_promise(store::Tx& tx, const NewPromise& promise, const std::vector<ledger::Item>& items, const audit::Actor& by, Date today) {
    tx.query("INSERT INTO promise (entity, customer, amount, currency, made_on, by_day, any_item, state, made_by, why) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, 'open', ?, ?)")
        .bind(promise.entity, promise.customer.value, promise.amount.units(), promise.amount.currency().text(), today.days(), promise.by.days(),
              promise.items.empty(), by.id, promise.why)
        .run();
    const PromiseId id{tx.last_id()};
    auto insert = tx.query("INSERT INTO promise_item (promise, item) VALUES (?, ?)");
    for (const auto& item : items) insert.bind(id.value, item.id.value).run();
    return id;
}

void end_promise(store::Tx& tx, PromiseId id, PromiseState state, Date on, const std::string& by, const std::string& why) {
    tx.query("UPDATE promise SET state = ?, ended_on = ?, ended_by = ?, ended_why = ? WHERE id = ?").bind(name_of(state), on.days(), by, why, id.value).run();
}

void reopen_promise(store::Tx& tx, PromiseId id) { tx.query("UPDATE promise SET state = 'open', ended_on = NULL WHERE id = ?").bind(id.value).run(); }

void insert_payment(store::Tx& tx, PromiseId id, ApplicationId application, std::int64_t units) {
    tx.query("INSERT INTO promise_payment (promise, application, amount) VALUES (?, ?, ?)").bind(id.value, application.value, units).run();
}

void remove_payments(store::Tx& tx, ApplicationId application) { tx.query("DELETE FROM promise_payment WHERE application = ?").bind(application.value).run(); }

std::optional<Promise> find_promise(store::Db& db, PromiseId id) {
    std::vector<Promise> found;
    {
        auto query = db.query(std::string{columns} + "WHERE p.id = ?");
        query.bind(id.value);
        if (query.step()) found.push_back(promise_row(query));
    }
    if (found.empty()) return {};
    return with_items(db, std::move(found)).front();
}

std::vector<Promise> all_promises(store::Db& db, std::optional<CustomerId> customer) {
    std::vector<Promise> all;
    {
        auto query = customer ? db.query(std::string{columns} + "WHERE p.customer = ? ORDER BY p.by_day, p.id")
                              : db.query(std::string{columns} + "ORDER BY p.by_day, p.id");
        if (customer) query.bind(customer->value);
        while (query.step()) all.push_back(promise_row(query));
    }
    return with_items(db, std::move(all));
}

std::vector<Promise> open_promises(store::Db& db, CustomerId customer) {
    {   // asked of each application, and hardly any customer has promised anything
        auto any = db.query("SELECT 1 FROM promise WHERE customer = ? AND state = 'open' LIMIT 1");
        any.bind(customer.value);
        if (!any.step()) return {};
    }
    std::vector<Promise> all;
    {
        auto query = db.query(std::string{columns} + "WHERE p.customer = ? AND p.state = 'open' ORDER BY p.any_item, p.by_day, p.id");
        query.bind(customer.value);
        while (query.step()) all.push_back(promise_row(query));
    }
    return with_items(db, std::move(all));
}

std::vector<PromiseId> promises_paid_by(store::Db& db, ApplicationId application) {
    auto query = db.query("SELECT promise FROM promise_payment WHERE application = ? ORDER BY promise");
    query.bind(application.value);
    return ids(query);
}

std::vector<PromiseId> promises_of_item(store::Db& db, OpenItemId item) {
    auto query = db.query("SELECT promise FROM promise_item WHERE item = ? ORDER BY promise");
    query.bind(item.value);
    return ids(query);
}

}  // namespace detail
}  // namespace owed::collect
