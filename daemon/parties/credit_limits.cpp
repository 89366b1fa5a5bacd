#include "parties/credit_limits.hpp"

#include "parties/parties.hpp"

namespace owed::parties {
namespace {

CreditLimit limit_at(const store::Query& row) {
    CreditLimit limit{CustomerId{row.integer(0)}, {}, Date::from_days(static_cast<std::int32_t>(row.integer(3))), row.text(4), row.text(5), row.text(6), Instant{row.integer(7)}};
    if (row.maybe_integer(1)) limit.amount = store::money_at(row, 1, 2);
    return limit;
}

}  // namespace

Status set_credit_limit(store::Tx& tx, Clock& clock, const audit::Actor& by, const CreditLimit& limit, const std::string& approval) {
    const auto customer = find(tx, limit.customer);
    if (!customer) return fail(Errc::not_found, "there is no customer " + std::to_string(limit.customer.value));
    if (limit.amount && limit.amount->is_negative()) return fail(Errc::invalid_argument, "a credit limit is not negative", "amount");
    if (limit.why.empty()) return fail(Errc::invalid_argument, "say why the credit limit changes", "why");
    if (limit.approved_by.empty() || limit.approved_by == limit.set_by)
        return fail(Errc::approval_required, "a credit limit takes a second person", {}, "somebody else approves it");
    tx.query("INSERT INTO credit_limit (customer, amount, currency, valid_from, set_by, approved_by, why, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(limit.customer.value, limit.amount ? std::optional<std::int64_t>{limit.amount->units()} : std::nullopt,
              limit.amount ? std::string{limit.amount->currency().text()} : std::string{}, limit.from.days(), limit.set_by, limit.approved_by, limit.why,
              clock.now().micros)
        .run();
    const auto shown = limit.amount ? to_text(*limit.amount) + " " + std::string{limit.amount->currency().text()} : std::string{"none"};
    return audit::append(tx, clock, {.actor = by, .on_behalf_of = limit.set_by, .entity = customer->entity, .action = "credit_limit.set", .object_kind = "customer",
                                     .object_id = std::to_string(limit.customer.value),
                                     .reason = "credit limit " + shown + " from " + to_text(limit.from) + ": " + limit.why, .approval = approval});
}

std::optional<CreditLimit> credit_limit(store::Db& db, CustomerId customer, Date day) {
    auto row = db.query("SELECT customer, amount, currency, valid_from, set_by, approved_by, why, at FROM credit_limit "
                        "WHERE customer = ? AND valid_from <= ? ORDER BY valid_from DESC, id DESC LIMIT 1");
    if (!row.bind(customer.value, day.days()).step()) return {};
    auto limit = limit_at(row);
    return limit.amount ? std::optional{std::move(limit)} : std::nullopt;
}

std::vector<CreditLimit> credit_limits(store::Db& db, std::optional<CustomerId> customer) {
    auto rows = db.query("SELECT customer, amount, currency, valid_from, set_by, approved_by, why, at FROM credit_limit "
                         "WHERE ? = 0 OR customer = ? ORDER BY id");
    const auto id = customer ? customer->value : 0;
    rows.bind(id, id);
    std::vector<CreditLimit> all;
    while (rows.step()) all.push_back(limit_at(rows));
    return all;
}

}  // namespace owed::parties
