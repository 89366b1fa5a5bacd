// Who a payer is: by account, by name, by what people decided before.
#include <set>

#include "parties/detail/names.hpp"
#include "parties/parties.hpp"

namespace owed::parties {

namespace {

std::vector<CustomerId> in_order(const std::set<CustomerId>& ids) { return {ids.begin(), ids.end()}; }

void add_aliases(store::Db& db, std::string_view entity, std::string_view kind, std::string_view key, std::set<CustomerId>& found) {
    auto rows = db.query("SELECT customer FROM alias WHERE kind = ? AND value_key = ? AND entity = ? AND revoked_at IS NULL");
    rows.bind(kind, key, entity);
    while (rows.step())
        found.insert(CustomerId{rows.integer(0)});
}

std::string alias_key(std::string_view kind, std::string_view value) {
    return kind == "account" ? account_key(value) : name_key(value);
}

std::optional<Alias> live_alias(store::Db& db, std::int64_t id) {
    auto row = db.query("SELECT entity, kind, value, customer, learned_by, at FROM alias WHERE id = ? AND revoked_at IS NULL");
    if (!row.bind(id).step())
        return {};
    return Alias{id, row.text(0), row.text(1), row.text(2), CustomerId{row.integer(3)}, row.text(4), Instant{row.integer(5)}};
}

}  // namespace

std::vector<CustomerId> customers_of_account(store::Db& db, std::string_view entity, std::string_view account) {
    const std::string key = account_key(account);
    if (key.empty())
        return {};
    std::set<CustomerId> found;
    auto rows = db.query("SELECT a.customer FROM customer_account a JOIN customer c ON c.id = a.customer WHERE a.account_key = ? AND c.entity = ?");
    rows.bind(key, entity);
    while (rows.step())
        found.insert(CustomerId{rows.integer(0)});
    add_aliases(db, entity, "account", key, found);
    return in_order(found);
}

namespace {

/// Spellings in the tables of one entity. CROSS JOIN keeps the order of the tables: by itself SQLite would begin with every
/// customer of the entity.
class StoredNames final : public NameSource {
  public:
    StoredNames(store::Db& db, std::string_view entity) : db_{db}, entity_{entity} {}
    void with_base(std::string_view base, std::vector<Spelling>& found) const override {
        forms_.clear();
        auto rows = db_.query("SELECT n.customer, n.form FROM customer_name n CROSS JOIN customer c WHERE c.id = n.customer AND n.base = ? AND c.entity = ?");
        rows.bind(base, entity_);
        while (rows.step()) {
            forms_.push_back(rows.text(1));
            found.push_back({CustomerId{rows.integer(0)}, {}});
        }
        const auto first = found.size() - forms_.size();
        for (std::size_t i = 0; i < forms_.size(); ++i) found[first + i].form = forms_[i];
    }
    void with_prefix(std::string_view stem, std::size_t limit_max, std::vector<CustomerId>& found) const override {
        auto rows = db_.query("SELECT DISTINCT n.customer FROM customer_name n CROSS JOIN customer c "
                              "WHERE c.id = n.customer AND n.base >= ? AND n.base < ? AND c.entity = ? ORDER BY n.customer LIMIT ?");
        rows.bind(stem, std::string{stem} + "~", entity_, limit_max);   // '~' stands behind every letter and digit
        while (rows.step()) found.push_back(CustomerId{rows.integer(0)});
    }
    void with_alias(std::string_view key, std::vector<CustomerId>& found) const override {
        std::set<CustomerId> ids;
        add_aliases(db_, entity_, "name", key, ids);
        found.insert(found.end(), ids.begin(), ids.end());
    }

  private:
    store::Db& db_;
    std::string_view entity_;
    mutable std::vector<std::string> forms_;
};

}  // namespace

std::vector<NamedCustomer> payers_named(store::Db& db, std::string_view entity, std::string_view printed) {
    return resolve_name(printed, StoredNames{db, entity});
}

std::vector<CustomerId> customers_of_name(store::Db& db, std::string_view entity, std::string_view payer_name) {
    std::vector<CustomerId> ids;
    for (const auto& one : payers_named(db, entity, payer_name)) ids.push_back(one.customer);
    return ids;
}

Status learn_alias(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& entity, std::string_view kind,
                   std::string_view value, CustomerId customer) {
    if (kind != "account" && kind != "name")
        return fail(Errc::invalid_argument, "an alias is an account or a name, not \"" + std::string{kind} + "\"");
    const std::string key = alias_key(kind, value);
    if (key.empty())
        return fail(Errc::invalid_argument, "\"" + std::string{value} + "\" has no letter or digit to know a payer by");
    const auto row = find(tx, customer);
    if (!row)
        return fail(Errc::not_found, "there is no such customer");
    if (row->entity != entity)
        return fail(Errc::wrong_customer, "customer " + row->customer.number + " belongs to " + row->entity + ", not to " + entity);
    {
        auto known = tx.query("SELECT 1 FROM alias WHERE kind = ? AND value_key = ? AND entity = ? AND customer = ? AND revoked_at IS NULL");
        if (known.bind(kind, key, entity, customer.value).step())
            return {};
    }
    tx.query("INSERT INTO alias(entity, kind, value, value_key, customer, learned_by, at) VALUES(?, ?, ?, ?, ?, ?, ?)")
        .bind(entity, kind, value, key, customer.value, by.id, clock.now().micros).run();
    // The payer's name or account is personal; the alias' number stands for it.
    return audit::append(tx, clock, {.actor = by, .entity = entity, .action = "alias.learn", .object_kind = "alias",
                                     .object_id = std::to_string(tx.last_id()), .version_after = 1,
                                     .reason = std::string{kind} + " of customer " + row->customer.number});
}

std::vector<Alias> aliases(store::Db& db) {
    std::vector<Alias> all;
    auto rows = db.query("SELECT id FROM alias WHERE revoked_at IS NULL ORDER BY id");
    while (rows.step())
        if (auto alias = live_alias(db, rows.integer(0)))
            all.push_back(std::move(*alias));
    return all;
}

Status revoke_alias(store::Tx& tx, Clock& clock, const audit::Actor& by, std::int64_t id) {
    const auto alias = live_alias(tx, id);
    if (!alias)
        return fail(Errc::not_found, "there is no alias " + std::to_string(id) + " in force");
    tx.query("UPDATE alias SET revoked_by = ?, revoked_at = ? WHERE id = ?").bind(by.id, clock.now().micros, id).run();
    return audit::append(tx, clock, {.actor = by, .entity = alias->entity, .action = "alias.revoke", .object_kind = "alias",
                                     .object_id = std::to_string(id), .version_before = 1, .version_after = 2});
}

}  // namespace owed::parties
