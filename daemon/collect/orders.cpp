// Orders that wait for our word, as rows.
#include "collect/credit.hpp"

namespace owed::collect {
namespace {

constexpr std::string_view order_columns =
    "SELECT o.id, o.connector, o.entity, o.number, o.external_id, o.customer, c.number, o.order_date, o.amount, o.currency, o.status, "
    "o.awaiting, o.on_hold, o.decision, o.decided_by, o.why, o.until FROM sales_order o JOIN customer c ON c.id = o.customer ";

std::optional<Date> date_at(const store::Query& query, int column) {
    if (query.is_null(column)) return {};
    return Date::from_days(static_cast<std::int32_t>(query.integer(column)));
}

Order order_from(const store::Query& query) {
    Order order;
    order.id = OrderId{query.integer(0)};
    order.connector = query.text(1);
    order.entity = query.text(2);
    order.number = query.text(3);
    order.external_id = query.text(4);
    order.customer = CustomerId{query.integer(5)};
    order.customer_number = query.text(6);
    order.date = date_at(query, 7);
    if (!query.is_null(8)) order.amount = store::money_at(query, 8, 9);
    order.status = query.text(10);
    order.awaiting = query.integer(11) != 0;
    order.on_hold = query.integer(12) != 0;
    order.decision = query.text(13);
    order.decided_by = query.text(14);
    order.why = query.text(15);
    order.until = date_at(query, 16);
    return order;
}

std::optional<std::int64_t> days_of(const std::optional<Date>& date) {
    if (!date) return {};
    return date->days();
}

}  // namespace

Result<parties::Upserted> take_order(store::Tx& tx, Clock& clock, const std::string& connector, const std::string& entity,
                                     const SalesOrder& order, const std::string& external_id) {
    if (order.number.empty()) return fail(Errc::invalid_argument, "the order has no number");
    if (order.customer.empty()) return fail(Errc::invalid_argument, "order " + order.number + " names no customer");
    std::optional<Money> amount;
    if (order.amount) {
        OWED_TRY(amount, order.amount->money());
    }
    OWED_TRY(const auto customer, parties::find_or_mention(tx, clock, entity, order.customer));
    const std::optional<std::int64_t> units = amount ? std::optional{amount->units()} : std::nullopt;
    const std::string currency = amount ? std::string{amount->currency().text()} : std::string{};
    const auto key = external_id.empty() ? order.number : external_id;
    tx.query("INSERT INTO sales_order (connector, entity, number, external_id, customer, order_date, amount, currency, status, awaiting, on_hold, "
             "changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (connector, number) DO NOTHING")
        .bind(connector, entity, order.number, key, customer.value, days_of(order.date), units, currency, order.status,
              order.awaiting_authorisation, order.on_hold, clock.now().micros)
        .run();
    if (tx.changed_rows() == 1) return parties::Upserted::created;
    tx.query("UPDATE sales_order SET entity = ?3, external_id = ?4, customer = ?5, order_date = ?6, amount = ?7, currency = ?8, status = ?9, "
             "awaiting = ?10, on_hold = ?11, changed_at = ?12 WHERE connector = ?1 AND number = ?2 AND "
             "(entity, external_id, customer, order_date, amount, currency, status, awaiting, on_hold) IS NOT (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")
        .bind(connector, order.number, entity, key, customer.value, days_of(order.date), units, currency, order.status,
              order.awaiting_authorisation, order.on_hold, clock.now().micros)
        .run();
    return tx.changed_rows() == 1 ? parties::Upserted::changed : parties::Upserted::unchanged;
}

std::vector<Order> orders(store::Db& db, std::optional<std::string> connector) {
    std::vector<Order> all;
    auto query = db.query(std::string{order_columns} + "WHERE ?1 IS NULL OR o.connector = ?1 ORDER BY o.connector, o.number");
    query.bind(connector);
    while (query.step()) all.push_back(order_from(query));
    return all;
}

std::optional<Order> order(store::Db& db, OrderId id) {
    auto query = db.query(std::string{order_columns} + "WHERE o.id = ?");
    query.bind(id.value);
    if (!query.step()) return {};
    return order_from(query);
}

Status decide_order(store::Tx& tx, Clock& clock, const audit::Actor& by, OrderId id, bool hold, const std::string& why,
                    std::optional<Date> until, Date today) {
    const auto known = order(tx, id);
    if (!known) return fail(Errc::not_found, "there is no order " + std::to_string(id.value), {}, "see owectl orders");
    if (why.empty()) return fail(Errc::invalid_argument, "say why: whoever waits for the order reads it", "why");
    if (until && *until < today) return fail(Errc::invalid_argument, to_text(*until) + " is past", "until");
    const std::string decision = hold ? "hold" : "release";
    tx.query("UPDATE sales_order SET decision = ?, decided_by = ?, why = ?, until = ?, changed_at = ? WHERE id = ?")
        .bind(decision, by.id, why, days_of(until), clock.now().micros, id.value)
        .run();
    return audit::append(tx, clock, {.actor = by, .entity = known->entity, .action = "order." + decision, .object_kind = "order",
                                     .object_id = known->connector + "/" + known->number,
                                     .reason = why + (until ? "; until " + to_text(*until) : "")});
}

}  // namespace owed::collect
