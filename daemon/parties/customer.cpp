// Customers as the ERP has them, and as they read with a person's overrides laid over.
#include <algorithm>
#include <tuple>

#include "parties/detail/names.hpp"
#include "parties/parties.hpp"

namespace owed::parties {

namespace {

constexpr std::string_view row_columns =
    "SELECT id, entity, number, known, name, email, language, currency, contact_name, address_lines, postcode, city, region, country, "
    "tax_id, terms_days, segment, parent, dunning_block, channel FROM customer ";

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) {
        text += line;
        text += '\n';  // ends each line, so that a last empty one stays
    }
    return text;
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != text.npos; begin = end + 1)
        lines.emplace_back(text.substr(begin, end - begin));
    return lines;
}

/// Line breaks cannot stand inside a line of an address: the store keeps lines by them.
Customer cleaned(Customer customer, const std::string& entity) {
    customer.entity = entity;
    for (auto& line : customer.address.lines)
        std::replace(line.begin(), line.end(), '\n', ' ');
    std::erase_if(customer.accounts, [](const std::string& account) { return account_key(account).empty(); });
    return customer;
}

struct Erp {
    CustomerId id;
    bool known = false;
    Customer customer;
};

Erp erp_row(const store::Query& row) {
    Erp erp{CustomerId{row.integer(0)}, row.integer(3) != 0, {}};
    Customer& c = erp.customer;
    c.entity = row.text(1);
    c.number = row.text(2);
    c.name = row.text(4);
    c.email = row.text(5);
    c.language = row.text(6);
    c.currency = row.text(7);
    c.contact_name = row.text(8);
    c.address = {lines_of(row.text_view(9)), row.text(10), row.text(11), row.text(12), row.text(13)};
    c.tax_id = row.text(14);
    if (const auto days = row.maybe_integer(15))
        c.terms_days = static_cast<std::int32_t>(*days);
    c.segment = row.text(16);
    c.parent = row.text(17);
    c.dunning_block = row.text(18);
    c.channel = row.text(19);
    return erp;
}

void add_accounts(store::Db& db, Erp& erp) {
    auto rows = db.query("SELECT account FROM customer_account WHERE customer = ? ORDER BY position");
    rows.bind(erp.id.value);
    while (rows.step())
        erp.customer.accounts.push_back(rows.text(0));
}

std::optional<Erp> erp_values(store::Db& db, std::string_view entity, std::string_view number) {
    static const std::string sql = std::string{row_columns} + "WHERE entity = ? AND number = ?";
    auto row = db.query(sql);
    if (!row.bind(entity, number).step())
        return {};
    Erp erp = erp_row(row);
    add_accounts(db, erp);
    return erp;
}

CustomerRow with_overrides(store::Db& db, Erp erp) {
    CustomerRow result{erp.id, erp.customer.entity, std::move(erp.customer), false, {}};
    auto rows = db.query("SELECT field, value FROM customer_override WHERE customer = ?");
    rows.bind(erp.id.value);
    while (rows.step()) {
        const auto field = rows.text_view(0);
        std::string value = rows.text(1);
        if (field == "name") result.customer.name = std::move(value);
        else if (field == "email") result.customer.email = std::move(value);
        else if (field == "language") result.customer.language = std::move(value);
        else if (field == "contact") result.customer.contact_name = std::move(value);
        else if (field == "channel") result.customer.channel = std::move(value);
        else if (field == "dunning_block") result.customer.dunning_block = std::move(value);
        else if (field == "hold") {
            result.hold = !value.empty();
            result.hold_reason = std::move(value);
        }
    }
    return result;
}

bool same(const Customer& a, const Customer& b) {
    const auto parts = [](const Customer& c) {
        return std::tie(c.name, c.email, c.language, c.currency, c.contact_name, c.address.lines, c.address.postcode, c.address.city,
                        c.address.region, c.address.country, c.tax_id, c.terms_days, c.segment, c.parent, c.accounts, c.dunning_block,
                        c.channel);
    };
    return parts(a) == parts(b);
}

void write_values(store::Tx& tx, CustomerId id, const Customer& c, Instant now) {
    tx.query("UPDATE customer SET known = 1, name = ?, email = ?, language = ?, currency = ?, contact_name = ?, address_lines = ?, "
             "postcode = ?, city = ?, region = ?, country = ?, tax_id = ?, terms_days = ?, segment = ?, parent = ?, dunning_block = ?, "
             "channel = ?, version = version + 1, changed_at = ? WHERE id = ?")
        .bind(c.name, c.email, c.language, c.currency, c.contact_name, joined(c.address.lines), c.address.postcode, c.address.city,
              c.address.region, c.address.country, c.tax_id,
              c.terms_days ? std::optional<std::int64_t>{*c.terms_days} : std::nullopt, c.segment, c.parent, c.dunning_block, c.channel,
              now.micros, id.value)
        .run();
    tx.query("DELETE FROM customer_account WHERE customer = ?").bind(id.value).run();
    std::int64_t position = 0;
    for (const auto& account : c.accounts)
        tx.query("INSERT INTO customer_account(customer, position, account, account_key) VALUES(?, ?, ?, ?)")
            .bind(id.value, position++, account, account_key(account)).run();
    renew_names(tx, id);
}

/// A row with nothing but its number.
CustomerId insert_bare(store::Tx& tx, const std::string& entity, const std::string& number, Instant now) {
    tx.query("INSERT INTO customer(entity, number, known, name, email, language, currency, contact_name, address_lines, postcode, city, "
             "region, country, tax_id, segment, parent, dunning_block, channel, version, changed_at) "
             "VALUES(?, ?, 0, '', '', '', '', '', '', '', '', '', '', '', '', '', '', '', 0, ?)")
        .bind(entity, number, now.micros).run();
    return CustomerId{tx.last_id()};
}

Status check_key(const std::string& entity, const std::string& number) {
    if (entity.empty())
        return fail(Errc::invalid_argument, "a customer belongs to an entity; none is named", number);
    if (number.empty())
        return fail(Errc::invalid_argument, "the customer has no number", entity);
    return {};
}

}  // namespace

Result<std::pair<CustomerId, Upserted>> upsert(store::Tx& tx, Clock& clock, const std::string& entity, const Customer& customer) {
    OWED_TRY_VOID(check_key(entity, customer.number));
    const Customer wanted = cleaned(customer, entity);
    const auto present = erp_values(tx, entity, customer.number);
    if (present && present->known && same(present->customer, wanted))
        return std::pair{present->id, Upserted::unchanged};
    const Instant now = clock.now();
    const CustomerId id = present ? present->id : insert_bare(tx, entity, customer.number, now);
    write_values(tx, id, wanted, now);
    return std::pair{id, present && present->known ? Upserted::changed : Upserted::created};
}

std::optional<CustomerRow> find(store::Db& db, std::string_view entity, std::string_view number) {
    auto erp = erp_values(db, entity, number);
    if (!erp)
        return {};
    return with_overrides(db, std::move(*erp));
}

std::optional<CustomerRow> find(store::Db& db, CustomerId id) {
    static const std::string sql = std::string{row_columns} + "WHERE id = ?";
    auto row = db.query(sql);
    if (!row.bind(id.value).step())
        return {};
    Erp erp = erp_row(row);
    add_accounts(db, erp);
    return with_overrides(db, std::move(erp));
}

void each(store::Db& db, const std::optional<std::string>& entity, const std::function<void(const CustomerRow&)>& visit) {
    static const std::string sql = std::string{row_columns} + "WHERE ?1 IS NULL OR entity = ?1 ORDER BY entity, number";
    auto rows = db.query(sql);
    rows.bind(entity);
    while (rows.step()) {
        Erp erp = erp_row(rows);
        add_accounts(db, erp);
        visit(with_overrides(db, std::move(erp)));
    }
}

std::vector<CustomerRow> list(store::Db& db, std::optional<std::string> entity) {
    std::vector<CustomerRow> all;
    each(db, entity, [&](const CustomerRow& row) { all.push_back(row); });
    return all;
}

Result<CustomerId> find_or_mention(store::Tx& tx, Clock& clock, const std::string& entity, const std::string& number) {
    OWED_TRY_VOID(check_key(entity, number));
    {
        auto row = tx.query("SELECT id FROM customer WHERE entity = ? AND number = ?");
        if (row.bind(entity, number).step())
            return CustomerId{row.integer(0)};
    }
    return insert_bare(tx, entity, number, clock.now());
}

}  // namespace owed::parties
