// Reading: items as of a date, applications, the journal, balances.
#include <algorithm>
#include <variant>

#include "ledger/detail/day_sums.hpp"
#include "ledger/detail/keys.hpp"
#include "ledger/detail/parts.hpp"
#include "ledger/detail/rows.hpp"
#include "ledger/detail/write.hpp"

namespace owed::ledger {
namespace {

using detail::ItemRow;

/// A statement whose text depends on which filters are set, and its values in the order of their question marks.
struct Statement {
    std::string text;
    std::vector<std::variant<std::int64_t, std::string>> values;

    Statement& add(std::string_view sql) {
        text += sql;
        return *this;
    }
    Statement& add(std::string_view sql, std::variant<std::int64_t, std::string> value) {
        values.push_back(std::move(value));
        return add(sql);
    }
    void bind(store::Query& query) const {
        for (std::size_t i = 0; i < values.size(); ++i)
            std::visit([&](const auto& value) { query.set(static_cast<int>(i), value); }, values[i]);
    }
    store::Query query(store::Db& db) const {
        auto made = db.query(text);
        bind(made);
        return made;
    }
};

std::int64_t days(Date date) { return date.days(); }

/// What lies beyond the asked date and knowledge: it is taken off today's residual.
void add_later_amount(Statement& sql, const ItemFilter& filter) {
    if (!filter.as_of && !filter.known_at) {
        sql.add("0");
        return;
    }
    sql.add("(SELECT COALESCE(SUM(l.amount), 0) FROM posting_line l ");
    if (filter.known_at) sql.add("JOIN journal_entry e ON e.id = l.entry ");
    sql.add("WHERE l.item = i.id AND (");
    if (filter.as_of) sql.add("l.posting_date > ?", days(*filter.as_of));
    if (filter.as_of && filter.known_at) sql.add(" OR ");
    if (filter.known_at) sql.add("e.recorded_at > ?", filter.known_at->micros);
    sql.add("))");
}

/// The customer as known then: a receipt identified later is still nobody's.
void add_customer(Statement& sql, const ItemFilter& filter) {
    if (!filter.as_of && !filter.known_at) {
        sql.add("i.customer");
        return;
    }
    sql.add("(CASE WHEN ");
    if (filter.as_of) sql.add("i.identified_on > ?", days(*filter.as_of));
    if (filter.as_of && filter.known_at) sql.add(" OR ");
    if (filter.known_at) sql.add("i.identified_at > ?", filter.known_at->micros);
    sql.add(" THEN NULL ELSE i.customer END)");
}

/// The item's row, what lies beyond the asked date, and the customer as known then.
void add_columns(Statement& sql, const ItemFilter& filter) {
    sql.add(detail::item_columns).add(", ");
    add_later_amount(sql, filter);
    sql.add(", ");
    add_customer(sql, filter);
}

void add_conditions(Statement& sql, const ItemFilter& filter) {
    sql.add(" FROM open_item i WHERE 0 = 0");
    if (filter.entity) sql.add(" AND i.entity = ?", *filter.entity);
    if (filter.customer) {
        sql.add(" AND i.customer = ?", filter.customer->value).add(" AND ");
        add_customer(sql, filter);
        sql.add(" IS NOT NULL");
    }
    if (filter.as_of) sql.add(" AND i.posting_date <= ?", days(*filter.as_of));
    if (filter.known_at) sql.add(" AND i.recorded_at <= ?", filter.known_at->micros);
    if (filter.open_only && !filter.as_of && !filter.known_at) sql.add(" AND i.residual <> 0");
    if (filter.debits_only) sql.add(" AND i.original > 0");
}

/// One customer's items, in order: few enough for the store to sort.
Statement items_of_one_customer(const ItemFilter& filter) {
    Statement sql;
    sql.add("SELECT ");
    add_columns(sql, filter);
    add_conditions(sql, filter);
    sql.add(" ORDER BY i.due_date, i.id");
    return sql;
}

/// An item's place in the order of all.
struct Place {
    std::int32_t customer, due;
    std::int64_t item;
    auto operator<=>(const Place&) const = default;
};

/// Sorted here and not by the store, which would sort whole rows: 16 MiB for a million items, and not 300.
std::vector<Place> places(store::Db& db, const ItemFilter& filter) {
    Statement sql;
    sql.add("SELECT i.id, i.due_date, ");
    add_customer(sql, filter);
    add_conditions(sql, filter);
    auto query = sql.query(db);
    std::vector<Place> all;
    while (query.step()) all.push_back({static_cast<std::int32_t>(query.integer(2)), static_cast<std::int32_t>(query.integer(1)), query.integer(0)});
    std::sort(all.begin(), all.end());
    return all;
}

Statement item_statement(const ItemFilter& filter) {
    Statement sql;
    sql.add("SELECT ");
    add_columns(sql, filter);
    sql.add(" FROM open_item i WHERE i.id = ?", std::int64_t{0});
    return sql;
}

void visit_row(const store::Query& query, const ItemFilter& filter, const std::function<void(const Item&)>& visit) {
    auto row = detail::item_at(query);
    row.residual -= query.integer(detail::item_column_count);
    if (filter.open_only && row.residual == 0) return;
    if (query.is_null(detail::item_column_count + 1)) row.customer.reset();
    visit(detail::to_item(row));
}

std::vector<Item> items_where(store::Db& db, std::string_view condition, std::string_view entity, const std::string& key) {
    auto query = db.query(std::string{"SELECT "} + detail::item_columns + " FROM open_item i WHERE " + std::string{condition} +
                          " ORDER BY i.due_date, i.id");
    query.bind(entity, key);
    std::vector<Item> found;
    while (query.step()) found.push_back(detail::to_item(detail::item_at(query)));
    return found;
}

/// Figures that stand beside the application's row: its parts, and what two rates made of it.
void add_parts(Application& shown, const detail::ApplicationRow& row, const store::Query& query) {
    const auto functional = detail::currency_of(query.text_view(detail::application_column_count + 2));
    constexpr int first = detail::application_column_count + 3;
    const auto some = [](std::int64_t units, Currency currency) {
        return units == 0 ? std::nullopt : std::optional{Money::minor(units, currency)};
    };
    if (query.is_null(first)) {
        shown.fx = some(row.credit_functional + row.discount_functional - row.debit_functional, functional);
        return;
    }
    const auto parts = detail::part_at(query, first);
    shown.tolerance = some(parts.tolerance, row.currency);
    shown.bank_charge = some(parts.bank_charge, row.currency);
    shown.withholding = some(parts.withholding, row.currency);
    shown.write_off = some(parts.write_off, row.currency);
    shown.deduction = some(parts.deduction, row.currency);
    shown.deduction_item = parts.deduction_item;
    if (parts.credit_currency != row.currency || parts.credit_amount != row.amount)
        shown.credit_amount = Money::minor(parts.credit_amount, parts.credit_currency);
    shown.fx = some(parts.realised + parts.cross, functional);
}

Application to_application(const detail::ApplicationRow& row, const store::Query& query) {
    Application shown{.id = row.id,
            .credit = row.credit,
            .debit = row.debit,
            .entity = row.entity,
            .credit_document = query.text(detail::application_column_count),
            .debit_document = query.text(detail::application_column_count + 1),
            .customer = row.customer,
            .amount = Money::minor(row.amount, row.currency),
            .discount = row.discount == 0 ? std::nullopt : std::optional{Money::minor(row.discount, row.currency)},
            .date = row.posting_date,
            .stage = row.stage,
            .reason = row.reason,
            .by = row.by,
            .confidence = static_cast<int>(row.confidence),
            .at = row.recorded_at,
            .undone = row.undone_on,
            .in_flight = row.in_flight};
    add_parts(shown, row, query);
    return shown;
}

Statement applications_statement() {
    Statement sql;
    sql.add("SELECT ").add(detail::application_columns);
    sql.add(", c.document, d.document, e.currency, ").add(detail::part_columns);
    sql.add(" FROM application a JOIN open_item c ON c.id = a.credit JOIN open_item d ON d.id = a.debit "
            "JOIN journal_entry e ON e.id = a.entry LEFT JOIN application_part p ON p.application = a.id WHERE 0 = 0");
    return sql;
}

}  // namespace

std::string_view name_of(ItemKind kind) noexcept {
    switch (kind) {
    case ItemKind::invoice: return "invoice";
    case ItemKind::credit_memo: return "credit_memo";
    case ItemKind::debit_memo: return "debit_memo";
    case ItemKind::finance_charge: return "finance_charge";
    case ItemKind::receipt: return "receipt";
    case ItemKind::deposit: return "deposit";
    case ItemKind::deduction: return "deduction";
    case ItemKind::chargeback: return "chargeback";
    case ItemKind::erp_adjustment: return "erp_adjustment";
    }
    return "unknown";
}

bool is_debit(ItemKind kind) noexcept {
    switch (kind) {
    case ItemKind::invoice: case ItemKind::debit_memo: case ItemKind::finance_charge: case ItemKind::deduction:
    case ItemKind::chargeback: return true;
    case ItemKind::credit_memo: case ItemKind::receipt: case ItemKind::deposit: case ItemKind::erp_adjustment: return false;
    }
    return false;
}

std::string_view state_of(const Item& item) {
    if (item.in_flight) return "in_flight";
    if (item.written_off && item.residual.is_zero()) return "written_off";
    if (item.residual.is_zero()) return "settled";
    return item.residual == item.original ? "open" : "partly";
}

void each_item(store::Db& db, const Books&, const ItemFilter& filter, const std::function<void(const Item&)>& visit) {
    if (filter.customer) {
        auto query = items_of_one_customer(filter).query(db);
        while (query.step()) visit_row(query, filter, visit);
        return;
    }
    auto statement = item_statement(filter);
    auto query = statement.query(db);
    for (const auto& place : places(db, filter)) {
        query.reset();
        statement.values.back() = place.item;
        statement.bind(query);
        OWED_CHECK(query.step(), "an item that was found is there");
        visit_row(query, filter, visit);
    }
}

std::vector<Item> items(store::Db& db, const Books& books, const ItemFilter& filter) {
    std::vector<Item> found;
    each_item(db, books, filter, [&](const Item& item) { found.push_back(item); });
    return found;
}

std::optional<Item> item(store::Db& db, OpenItemId id) {
    const auto row = detail::find_item(db, id);
    if (!row) return std::nullopt;
    return detail::to_item(*row);
}

std::vector<Item> find_by_document(store::Db& db, std::string_view entity, std::string_view key) {
    return items_where(db, "i.entity = ? AND i.document_key = ? AND i.document_key <> '' AND i.original > 0", entity, std::string{key});
}

std::vector<Item> find_by_payment_reference(store::Db& db, std::string_view entity, std::string_view normalised_reference) {
    const auto key = detail::reference_key(normalised_reference);
    if (key.empty()) return {};
    return items_where(db, "i.entity = ? AND i.payment_reference_key = ? AND i.payment_reference_key <> ''", entity, key);
}

std::vector<Application> applications(store::Db& db, std::optional<Date> since, std::optional<OpenItemId> item) {
    auto sql = applications_statement();
    if (since) sql.add(" AND (a.posting_date >= ?", days(*since)).add(" OR a.undone_on >= ?)", days(*since));
    if (item) sql.add(" AND (a.credit = ?", item->value).add(" OR a.debit = ?)", item->value);
    sql.add(" ORDER BY a.id");
    auto query = sql.query(db);
    std::vector<Application> found;
    while (query.step()) found.push_back(to_application(detail::application_at(query), query));
    return found;
}

std::optional<Application> application(store::Db& db, ApplicationId id) {
    auto sql = applications_statement();
    sql.add(" AND a.id = ?", id.value);
    auto query = sql.query(db);
    if (!query.step()) return std::nullopt;
    return to_application(detail::application_at(query), query);
}

std::vector<BalanceRow> trial_balance(store::Db& db, std::optional<std::string> entity, Date as_of, std::optional<Instant> known_at) {
    return known_at ? detail::balances_known_at(db, entity, as_of, *known_at) : detail::balances(db, entity, as_of);
}

JournalRow detail::to_journal_row(store::Db& db, const EntryRow& row) {
    const auto functional = currency_of(row.currency);
    Entry entry{row.entity, row.posting_date, row.document_date, row.cause, row.reason, row.event_key, {}, row.reverses};
    for (const auto& line : lines_of(db, row.id))
        entry.lines.push_back({line.account, Money::minor(line.amount, currency_of(line.currency)), Money::minor(line.functional, functional),
                               line.item});
    return {row.id, std::move(entry), row.recorded_at};
}

std::vector<JournalRow> journal(store::Db& db, const Books&, std::optional<Date> since, std::size_t limit_max) {
    Statement sql;
    sql.add("SELECT ").add(detail::entry_columns).add(" FROM journal_entry e");
    if (since) sql.add(" WHERE e.posting_date >= ?", days(*since));
    sql.add(" ORDER BY e.id DESC LIMIT ?", static_cast<std::int64_t>(std::min<std::size_t>(limit_max, INT64_MAX)));
    std::vector<JournalRow> rows;
    auto query = sql.query(db);
    while (query.step()) rows.push_back(detail::to_journal_row(db, detail::entry_at(query)));
    std::reverse(rows.begin(), rows.end());
    return rows;
}

std::vector<std::string> control_accounts(const Entity& entity) {
    std::vector<std::string> codes;
    for (const auto role : all_roles()) {
        if (!is_control(role)) continue;
        const auto& code = detail::code_of(entity, role);
        if (std::find(codes.begin(), codes.end(), code) == codes.end()) codes.push_back(code);
    }
    return codes;
}

}  // namespace owed::ledger
