#include "parties/relations.hpp"

#include <algorithm>
#include <set>

namespace owed::parties {
namespace {

constexpr std::string_view columns =
    "SELECT id, entity, kind, payer, payer_account, payer_name, pays_for, first_day, last_day, added_by FROM payer_relation ";

std::optional<Date> day_at(const store::Query& row, int column) {
    const auto days = row.maybe_integer(column);
    if (!days) return {};
    return Date::from_days(static_cast<std::int32_t>(*days));
}

Relation relation_at(const store::Query& row) {
    Relation found{.id = row.integer(0), .entity = row.text(1), .kind = row.text(2), .payer = {}, .payer_account = row.text(4),
                   .payer_name = row.text(5), .pays_for = CustomerId{row.integer(6)}, .from = day_at(row, 7), .until = day_at(row, 8),
                   .by = row.text(9)};
    if (const auto payer = row.maybe_integer(3)) found.payer = CustomerId{*payer};
    return found;
}

std::optional<std::int64_t> days(const std::optional<Date>& date) {
    return date ? std::optional<std::int64_t>{date->days()} : std::nullopt;
}

Status check(store::Db& db, const Relation& relation) {
    if (relation.kind != "parent" && relation.kind != "factor" && relation.kind != "agent")
        return fail(Errc::invalid_argument, "a payer relation is of kind parent, factor or agent, not \"" + relation.kind + "\"");
    if (!relation.payer && account_key(relation.payer_account).empty() && name_key(relation.payer_name).empty())
        return fail(Errc::invalid_argument, "a payer relation names its payer: a customer, an account or a name");
    if (relation.from && relation.until && *relation.until < *relation.from)
        return fail(Errc::invalid_argument, "a payer relation until " + to_text(*relation.until) + " that begins on " + to_text(*relation.from));
    if (relation.payer == relation.pays_for) return fail(Errc::invalid_argument, "a customer pays for itself without a relation");
    for (const auto id : {relation.payer.value_or(relation.pays_for), relation.pays_for}) {
        const auto row = find(db, id);
        if (!row) return fail(Errc::not_found, "there is no such customer");
        if (row->entity != relation.entity)
            return fail(Errc::wrong_customer, "customer " + row->customer.number + " belongs to " + row->entity + ", not to " + relation.entity);
    }
    return {};
}

void add_all(store::Query& rows, std::set<CustomerId>& found) {
    while (rows.step()) found.insert(CustomerId{rows.integer(0)});
}

Status audit_customer(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& entity, const std::string& action,
                      const std::string& id, const std::string& reason) {
    return audit::append(tx, clock, {.actor = by, .entity = entity, .action = action, .object_kind = "customer", .object_id = id,
                                     .reason = reason});
}

}  // namespace

Result<std::int64_t> add_relation(store::Tx& tx, Clock& clock, const audit::Actor& by, const Relation& relation) {
    OWED_TRY_VOID(check(tx, relation));
    const auto payer = relation.payer ? std::optional<std::int64_t>{relation.payer->value} : std::nullopt;
    const auto account = account_key(relation.payer_account), name = name_key(relation.payer_name);
    {
        auto known = tx.query("SELECT id FROM payer_relation WHERE entity = ? AND kind = ? AND payer IS ? AND account_key = ? AND "
                              "name_key = ? AND pays_for = ? AND first_day IS ? AND last_day IS ?");
        known.bind(relation.entity, relation.kind, payer, account, name, relation.pays_for.value, days(relation.from), days(relation.until));
        if (known.step()) return known.integer(0);
    }
    tx.query("INSERT INTO payer_relation (entity, kind, payer, payer_account, account_key, payer_name, name_key, pays_for, first_day, "
             "last_day, added_by, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(relation.entity, relation.kind, payer, relation.payer_account, account, relation.payer_name, name,
              relation.pays_for.value, days(relation.from), days(relation.until), by.id, clock.now().micros)
        .run();
    const auto id = tx.last_id();
    // The payer's name and account are personal; the relation's number stands for them.
    OWED_TRY_VOID(audit::append(tx, clock, {.actor = by, .entity = relation.entity, .action = "payer_relation.add",
                                            .object_kind = "payer_relation", .object_id = std::to_string(id), .version_after = 1,
                                            .reason = relation.kind + " of customer " + std::to_string(relation.pays_for.value)}));
    return id;
}

Status end_relation(store::Tx& tx, Clock& clock, const audit::Actor& by, std::int64_t id, Date last_day) {
    std::optional<Relation> found;
    {
        auto row = tx.query(std::string{columns} + "WHERE id = ?");
        if (row.bind(id).step()) found = relation_at(row);
    }
    if (!found) return fail(Errc::not_found, "there is no payer relation " + std::to_string(id));
    if (found->from && last_day < found->from->plus_days(-1))
        return fail(Errc::invalid_argument, "payer relation " + std::to_string(id) + " began on " + to_text(*found->from) +
                                                "; it cannot end on " + to_text(last_day));
    tx.query("UPDATE payer_relation SET last_day = ? WHERE id = ?").bind(last_day.days(), id).run();
    return audit::append(tx, clock, {.actor = by, .entity = found->entity, .action = "payer_relation.end", .object_kind = "payer_relation",
                                     .object_id = std::to_string(id), .version_before = 1, .version_after = 2,
                                     .reason = "last day " + to_text(last_day)});
}

std::vector<Relation> relations(store::Db& db) {
    std::vector<Relation> all;
    auto rows = db.query(std::string{columns} + "ORDER BY id");
    while (rows.step()) all.push_back(relation_at(rows));
    return all;
}

std::vector<CustomerId> pays_for(store::Db& db, CustomerId payer, Date day) {
    std::set<CustomerId> found;
    {
        auto rows = db.query("SELECT c.id FROM customer p JOIN customer c ON c.entity = p.entity AND c.parent = p.number "
                             "WHERE p.id = ? AND c.parent <> '' AND c.id <> p.id");
        add_all(rows.bind(payer.value), found);
    }
    auto rows = db.query("SELECT pays_for FROM payer_relation WHERE payer = ?1 AND (first_day IS NULL OR first_day <= ?2) AND "
                         "(last_day IS NULL OR last_day >= ?2)");
    add_all(rows.bind(payer.value, day.days()), found);
    return {found.begin(), found.end()};
}

std::vector<CustomerId> pays_for(store::Db& db, std::string_view entity, std::string_view account, std::string_view name, Date day) {
    std::set<CustomerId> found;
    const auto look = [&](store::Query rows, const std::string& key) {
        if (key.empty()) return;
        add_all(rows.bind(entity, key, day.days()), found);
    };
    look(db.query("SELECT pays_for FROM payer_relation WHERE entity = ?1 AND account_key = ?2 AND (first_day IS NULL OR first_day <= ?3) AND "
         "(last_day IS NULL OR last_day >= ?3)"), account_key(account));
    if (found.empty())
        look(db.query("SELECT pays_for FROM payer_relation WHERE entity = ?1 AND name_key = ?2 AND (first_day IS NULL OR first_day <= ?3) AND "
             "(last_day IS NULL OR last_day >= ?3)"), name_key(name));
    return {found.begin(), found.end()};
}

CustomerId survivor(store::Db& db, CustomerId customer) {
    for (;;) {   // merge() lets no ring come to be
        auto row = db.query("SELECT into_customer FROM customer_merge WHERE from_customer = ? AND split_at IS NULL");
        if (!row.bind(customer.value).step()) return customer;
        customer = CustomerId{row.integer(0)};
    }
}

std::vector<CustomerId> merged_family(store::Db& db, CustomerId customer) {
    std::set<CustomerId> family{customer};
    std::vector<CustomerId> look{customer};
    while (!look.empty()) {
        auto rows = db.query("SELECT from_customer FROM customer_merge WHERE into_customer = ? AND split_at IS NULL");
        rows.bind(look.back().value);
        look.pop_back();
        while (rows.step())
            if (const CustomerId id{rows.integer(0)}; family.insert(id).second) look.push_back(id);
    }
    return {family.begin(), family.end()};
}

Status merge(store::Tx& tx, Clock& clock, const audit::Actor& by, CustomerId from, CustomerId into, const std::string& why) {
    const auto gone = find(tx, from), stays = find(tx, into);
    if (!gone || !stays) return fail(Errc::not_found, "there is no such customer");
    if (gone->entity != stays->entity)
        return fail(Errc::wrong_customer, "customer " + gone->customer.number + " belongs to " + gone->entity + ", " + stays->customer.number +
                                              " to " + stays->entity);
    if (survivor(tx, from) != from)
        return fail(Errc::invalid_argument, "customer " + gone->customer.number + " is merged already", {}, "split it first");
    if (survivor(tx, into) == from)
        return fail(Errc::invalid_argument, "customer " + stays->customer.number + " leads to " + gone->customer.number + " itself");
    tx.query("INSERT INTO customer_merge (from_customer, into_customer, merged_by, why, at) VALUES (?, ?, ?, ?, ?)")
        .bind(from.value, into.value, by.id, why, clock.now().micros)
        .run();
    return audit_customer(tx, clock, by, gone->entity, "customer.merge", gone->customer.number, "into " + stays->customer.number + ": " + why);
}

Status split(store::Tx& tx, Clock& clock, const audit::Actor& by, CustomerId from, const std::string& why) {
    const auto row = find(tx, from);
    if (!row || survivor(tx, from) == from) return fail(Errc::not_found, "the customer is not merged into another");
    tx.query("UPDATE customer_merge SET split_at = ?, split_by = ? WHERE from_customer = ? AND split_at IS NULL")
        .bind(clock.now().micros, by.id, from.value)
        .run();
    return audit_customer(tx, clock, by, row->entity, "customer.split", row->customer.number, why);
}

std::vector<Merge> merges(store::Db& db) {
    std::vector<Merge> all;
    auto rows = db.query("SELECT from_customer, into_customer, merged_by, why, at, split_at FROM customer_merge ORDER BY id");
    while (rows.step()) {
        all.push_back({CustomerId{rows.integer(0)}, CustomerId{rows.integer(1)}, rows.text(2), rows.text(3), Instant{rows.integer(4)}, {}});
        if (const auto at = rows.maybe_integer(5)) all.back().split_at = Instant{*at};
    }
    return all;
}

}  // namespace owed::parties
