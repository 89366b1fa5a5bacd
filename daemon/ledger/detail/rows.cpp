#include "ledger/detail/rows.hpp"

#include <stdexcept>
#include <unordered_map>

namespace owed::ledger::detail {
namespace {

Date date_at(const store::Query& query, int column) {
    return Date::from_days(static_cast<std::int32_t>(query.integer(column)));
}
std::optional<Date> maybe_date_at(const store::Query& query, int column) {
    if (query.is_null(column)) return std::nullopt;
    return date_at(query, column);
}
std::optional<Instant> maybe_instant_at(const store::Query& query, int column) {
    if (query.is_null(column)) return std::nullopt;
    return Instant{query.integer(column)};
}
template <class Tag>
std::optional<Id<Tag>> maybe_id_at(const store::Query& query, int column) {
    if (query.is_null(column)) return std::nullopt;
    return Id<Tag>{query.integer(column)};
}
template <class Tag>
std::optional<std::int64_t> number(const std::optional<Id<Tag>>& id) {
    if (!id) return std::nullopt;
    return id->value;
}
std::optional<std::int64_t> number(const std::optional<Date>& date) {
    if (!date) return std::nullopt;
    return date->days();
}
std::optional<std::int64_t> number(const std::optional<Instant>& at) {
    if (!at) return std::nullopt;
    return at->micros;
}
/// Presence is hashed too: no value and zero are different facts.
void add_maybe(store::RowHash& hash, const std::optional<std::int64_t>& value) {
    hash.add(std::int64_t{value ? 1 : 0}).add(value.value_or(0));
}

}  // namespace

// ---------------------------------------------------------------- items

ItemRow item_at(const store::Query& query) {
    ItemRow row;
    row.id = OpenItemId{query.integer(0)};
    row.entity = query.text(1);
    row.customer = maybe_id_at<struct CustomerTag>(query, 2);
    row.kind = static_cast<ItemKind>(query.integer(3));
    row.document = query.text(4);
    row.document_key = query.text(5);
    row.instalment = query.integer(6);
    row.payment_reference = query.text(7);
    row.payment_reference_key = query.text(8);
    row.order = query.text(9);
    row.document_date = date_at(query, 10);
    row.due_date = date_at(query, 11);
    row.posting_date = date_at(query, 12);
    row.currency = currency_of(query.text_view(13));
    row.original = query.integer(14);
    row.residual = query.integer(15);
    row.functional_original = query.integer(16);
    row.functional_residual = query.integer(17);
    row.account = query.text(18);
    row.last_date = date_at(query, 19);
    row.in_flight = query.integer(20);
    row.written_off = query.integer(21) != 0;
    row.identified_on = maybe_date_at(query, 22);
    row.identified_at = maybe_instant_at(query, 23);
    row.entry = EntryId{query.integer(24)};
    row.recorded_at = Instant{query.integer(25)};
    row.version = query.integer(26);
    row.tax = query.integer(27);
    row.hash = query.blob(28);
    return row;
}

Item to_item(const ItemRow& row) {
    return {.id = row.id,
            .entity = row.entity,
            .customer = row.customer,
            .kind = row.kind,
            .document = row.document,
            .payment_reference = row.payment_reference,
            .order = row.order,
            .document_date = row.document_date,
            .due_date = row.due_date,
            .posting_date = row.posting_date,
            .original = Money::minor(row.original, row.currency),
            .residual = Money::minor(row.residual, row.currency),
            .in_flight = row.in_flight > 0,
            .written_off = row.written_off,
            .instalment = static_cast<int>(row.instalment),
            .retained = row.due_date == retained_until()};
}

namespace {

/// The last items that this transaction read or wrote: one act comes back to the same two or three again and again, and a run over
/// receipts to each a little later. Every statement that changes an item stands in this file.
class NearItems : public store::Memo {
  public:
    const ItemRow* find(OpenItemId id) const {
        const auto at = rows_.find(id.value);
        return at == rows_.end() ? nullptr : &at->second;
    }
    void put(const ItemRow& row) {
        constexpr std::size_t rows_max = 512;
        if (rows_.size() >= rows_max) rows_.clear();
        rows_.insert_or_assign(row.id.value, row);
    }
    void begin_part() override {}
    void undo_part() override { rows_.clear(); }
    void end_part() override {}

  private:
    std::unordered_map<std::int64_t, ItemRow> rows_;
};

NearItems& near_items(store::Db& db) {
    auto& memo = db.memo("ledger.near_items");
    if (!memo) memo = std::make_shared<NearItems>();
    return static_cast<NearItems&>(*memo);
}

void remember(store::Db& db, const ItemRow& row) { near_items(db).put(row); }

}  // namespace

std::optional<ItemRow> find_item(store::Db& db, OpenItemId id) {
    auto& near = near_items(db);
    if (const auto* known = near.find(id)) return *known;
    static const std::string sql = std::string{"SELECT "} + item_columns + " FROM open_item i WHERE i.id = ?";
    auto query = db.query(sql);
    query.bind(id.value);
    if (!query.step()) return std::nullopt;
    auto row = item_at(query);
    near.put(row);
    return row;
}

Result<ItemRow> load_item(store::Db& db, OpenItemId id) {
    if (auto row = find_item(db, id)) return *std::move(row);
    return fail(Errc::not_found, "there is no open item " + std::to_string(id.value));
}

std::vector<ItemRow> rows_of_document(store::Db& db, const std::string& entity, ItemKind kind, const std::string& document) {
    // `kind <> 5` names the index of documents, which leaves receipts out.
    static const std::string sql = std::string{"SELECT "} + item_columns +
                                   " FROM open_item i WHERE i.entity = ? AND i.kind = ? AND i.document = ? AND i.kind <> 5 ORDER BY i.due_date, i.id";
    auto query = db.query(sql);
    query.bind(entity, kind, document);
    std::vector<ItemRow> rows;
    while (query.step()) rows.push_back(item_at(query));
    return rows;
}

std::string item_hash(const ItemRow& row) {
    store::RowHash hash;
    hash.add("open_item").add(row.id.value).add(row.entity);
    add_maybe(hash, number(row.customer));
    hash.add(static_cast<std::int64_t>(row.kind)).add(row.document).add(row.document_key).add(row.instalment);
    hash.add(row.payment_reference).add(row.payment_reference_key).add(row.order);
    hash.add(std::int64_t{row.document_date.days()}).add(std::int64_t{row.due_date.days()});
    hash.add(std::int64_t{row.posting_date.days()}).add(row.currency.text());
    hash.add(row.original).add(row.residual).add(row.functional_original).add(row.functional_residual);
    hash.add(row.account).add(std::int64_t{row.last_date.days()}).add(row.in_flight);
    hash.add(std::int64_t{row.written_off ? 1 : 0});
    add_maybe(hash, number(row.identified_on));
    add_maybe(hash, number(row.identified_at));
    hash.add(row.entry.value).add(row.recorded_at.micros).add(row.version).add(row.tax);
    return hash.bytes();
}

void insert_item(store::Tx& tx, ItemRow& row) {
    row.hash = item_hash(row);
    auto query = tx.query(
        "INSERT INTO open_item (id, entity, customer, kind, document, document_key, instalment, payment_reference, "
        "payment_reference_key, order_number, document_date, due_date, posting_date, currency, original, residual, "
        "functional_original, functional_residual, account, last_date, in_flight, written_off, identified_on, "
        "identified_at, entry, recorded_at, version, tax, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.write(row.id.value, row.entity, number(row.customer), row.kind, row.document, row.document_key, row.instalment,
               row.payment_reference, row.payment_reference_key, row.order, row.document_date.days(),
               row.due_date.days(), row.posting_date.days(), row.currency.text(), row.original, row.residual,
               row.functional_original, row.functional_residual, row.account, row.last_date.days(), row.in_flight,
               row.written_off, number(row.identified_on), number(row.identified_at), row.entry.value,
               row.recorded_at.micros, row.version, row.tax, store::Blob{row.hash});
    tx.inserted("open_item", row.id.value);
    remember(tx, row);
}

void update_item(store::Tx& tx, ItemRow& row) {
    ++row.version;
    row.hash = item_hash(row);
    // What does not stand in a statement costs its indexes nothing: customer and identification seldom change.
    auto query = tx.query("UPDATE open_item SET residual = ?, functional_residual = ?, last_date = ?, in_flight = ?, written_off = ?, version = ?, hash = ? "
                          "WHERE id = ?");
    query.write(row.residual, row.functional_residual, row.last_date.days(), row.in_flight, row.written_off, row.version, store::Blob{row.hash},
                row.id.value);
    remember(tx, row);
}

void update_identified_item(store::Tx& tx, ItemRow& row) {
    ++row.version;
    row.hash = item_hash(row);
    auto query = tx.query(
        "UPDATE open_item SET customer = ?, residual = ?, functional_residual = ?, account = ?, last_date = ?, "
        "in_flight = ?, written_off = ?, identified_on = ?, identified_at = ?, version = ?, hash = ? WHERE id = ?");
    query.write(number(row.customer), row.residual, row.functional_residual, row.account, row.last_date.days(),
               row.in_flight, row.written_off, number(row.identified_on), number(row.identified_at), row.version, store::Blob{row.hash}, row.id.value);
    remember(tx, row);
}

// ---------------------------------------------------------------- journal

EntryRow entry_at(const store::Query& query) {
    EntryRow row;
    row.id = EntryId{query.integer(0)};
    row.entity = query.text(1);
    row.currency = query.text(2);
    row.posting_date = date_at(query, 3);
    row.asked_date = date_at(query, 4);
    row.document_date = date_at(query, 5);
    row.recorded_at = Instant{query.integer(6)};
    row.act = query.text(7);
    row.cause = {query.text(8), query.text(9)};
    row.reason = query.text(10);
    row.event_key = query.text(11);
    row.content = query.blob(12);
    row.reverses = maybe_id_at<struct EntryTag>(query, 13);
    row.hash = query.blob(14);
    return row;
}

LineRow line_at(const store::Query& query, int first) {
    LineRow row;
    row.entry = EntryId{query.integer(first)};
    row.line = query.integer(first + 1);
    row.entity = query.text_view(first + 2);
    row.posting_date = date_at(query, first + 3);
    row.account = query.text_view(first + 4);
    row.currency = query.text_view(first + 5);
    row.amount = query.integer(first + 6);
    row.functional = query.integer(first + 7);
    row.item = maybe_id_at<struct OpenItemTag>(query, first + 8);
    return row;
}

void line_at(const store::Query& query, LineRow& row) {
    row.entry = EntryId{query.integer(0)};
    row.line = query.integer(1);
    row.entity = query.text_view(2);
    row.posting_date = date_at(query, 3);
    row.account = query.text_view(4);
    row.currency = query.text_view(5);
    row.amount = query.integer(6);
    row.functional = query.integer(7);
    row.item = maybe_id_at<struct OpenItemTag>(query, 8);
}

std::optional<EntryRow> find_entry_by_event(store::Db& db, std::string_view event_key) {
    static const std::string sql = std::string{"SELECT "} + entry_columns + " FROM journal_entry e WHERE e.event_key = ?";
    auto query = db.query(sql);
    query.lend(event_key);
    if (!query.step()) return std::nullopt;
    return entry_at(query);
}

std::vector<LineRow> lines_of(store::Db& db, EntryId entry) {
    static const std::string sql =
        std::string{"SELECT "} + line_columns + " FROM posting_line l WHERE l.entry = ? ORDER BY l.line";
    auto query = db.query(sql);
    query.bind(entry.value);
    std::vector<LineRow> lines;
    while (query.step()) lines.push_back(line_at(query, 0));
    return lines;
}

void insert_entry(store::Tx& tx, const EntryRow& row) {
    auto query = tx.query(
        "INSERT INTO journal_entry (id, entity, currency, posting_date, asked_date, document_date, recorded_at, act, "
        "cause_kind, cause_id, reason, event_key, content, reverses, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.write(row.id.value, row.entity, row.currency, row.posting_date.days(), row.asked_date.days(),
               row.document_date.days(), row.recorded_at.micros, row.act, row.cause.kind, row.cause.id, row.reason,
               row.event_key, store::Blob{row.content}, number(row.reverses), store::Blob{row.hash});
    tx.inserted("journal_entry", row.id.value);
}

void insert_line(store::Tx& tx, const LineRow& row) {
    auto query = tx.query(
        "INSERT INTO posting_line (entry, line, entity, posting_date, account, currency, amount, functional, item) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.write(row.entry.value, row.line, row.entity, row.posting_date.days(), row.account, row.currency, row.amount,
               row.functional, number(row.item));
}

void begin_entry_hash(store::RowHash& hash, const EntryRow& row) {
    hash.add("journal_entry").add(row.id.value).add(row.entity).add(row.currency);
    hash.add(std::int64_t{row.posting_date.days()}).add(std::int64_t{row.asked_date.days()});
    hash.add(std::int64_t{row.document_date.days()}).add(row.recorded_at.micros);
    hash.add(row.act).add(row.cause.kind).add(row.cause.id).add(row.reason).add(row.event_key).add(row.content);
    add_maybe(hash, number(row.reverses));
}

void add_line(store::RowHash& hash, const LineRow& row) {
    hash.add(row.line).add(row.account).add(row.currency).add(row.amount).add(row.functional);
    add_maybe(hash, number(row.item));
}

// ---------------------------------------------------------------- applications

ApplicationRow application_at(const store::Query& query) {
    ApplicationRow row;
    row.id = ApplicationId{query.integer(0)};
    row.entry = EntryId{query.integer(1)};
    row.entity = query.text(2);
    row.customer = CustomerId{query.integer(3)};
    row.credit = OpenItemId{query.integer(4)};
    row.debit = OpenItemId{query.integer(5)};
    row.currency = currency_of(query.text_view(6));
    row.amount = query.integer(7);
    row.discount = query.integer(8);
    row.credit_functional = query.integer(9);
    row.debit_functional = query.integer(10);
    row.discount_functional = query.integer(11);
    row.posting_date = date_at(query, 12);
    row.stage = query.text(13);
    row.confidence = query.integer(14);
    row.reason = query.text(15);
    row.by = query.text(16);
    row.recorded_at = Instant{query.integer(17)};
    row.undone_on = maybe_date_at(query, 18);
    row.undone_at = maybe_instant_at(query, 19);
    row.undone_entry = maybe_id_at<struct EntryTag>(query, 20);
    row.undone_by = query.text(21);
    row.in_flight = query.integer(22) != 0;
    row.hash = query.blob(23);
    return row;
}

std::optional<ApplicationRow> find_application(store::Db& db, ApplicationId id) {
    static const std::string sql = std::string{"SELECT "} + application_columns + " FROM application a WHERE a.id = ?";
    auto query = db.query(sql);
    query.bind(id.value);
    if (!query.step()) return std::nullopt;
    return application_at(query);
}

std::optional<ApplicationRow> find_application_by_entry(store::Db& db, EntryId entry) {
    static const std::string sql =
        std::string{"SELECT "} + application_columns + " FROM application a WHERE a.entry = ?";
    auto query = db.query(sql);
    query.bind(entry.value);
    if (!query.step()) return std::nullopt;
    return application_at(query);
}

std::string application_hash(const ApplicationRow& row) {
    store::RowHash hash;
    hash.add("application").add(row.id.value).add(row.entry.value).add(row.entity).add(row.customer.value);
    hash.add(row.credit.value).add(row.debit.value).add(row.currency.text()).add(row.amount).add(row.discount);
    hash.add(row.credit_functional).add(row.debit_functional).add(row.discount_functional);
    hash.add(std::int64_t{row.posting_date.days()}).add(row.stage).add(row.confidence).add(row.reason).add(row.by);
    hash.add(row.recorded_at.micros);
    add_maybe(hash, number(row.undone_on));
    add_maybe(hash, number(row.undone_at));
    add_maybe(hash, number(row.undone_entry));
    hash.add(row.undone_by).add(std::int64_t{row.in_flight ? 1 : 0});
    return hash.bytes();
}

void insert_application(store::Tx& tx, ApplicationRow& row) {
    row.hash = application_hash(row);
    auto query = tx.query(
        "INSERT INTO application (id, entry, entity, customer, credit, debit, currency, amount, discount, "
        "credit_functional, debit_functional, discount_functional, posting_date, stage, confidence, reason, decided_by, "
        "recorded_at, undone_on, undone_at, undone_entry, undone_by, in_flight, hash) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.write(row.id.value, row.entry.value, row.entity, row.customer.value, row.credit.value, row.debit.value,
               row.currency.text(), row.amount, row.discount, row.credit_functional, row.debit_functional,
               row.discount_functional, row.posting_date.days(), row.stage, row.confidence, row.reason, row.by,
               row.recorded_at.micros, number(row.undone_on), number(row.undone_at), number(row.undone_entry),
               row.undone_by, row.in_flight, store::Blob{row.hash});
    tx.inserted("application", row.id.value);
}

void update_application(store::Tx& tx, ApplicationRow& row) {
    row.hash = application_hash(row);
    auto query = tx.query(
        "UPDATE application SET undone_on = ?, undone_at = ?, undone_entry = ?, undone_by = ?, in_flight = ?, hash = ? "
        "WHERE id = ?");
    query.write(number(row.undone_on), number(row.undone_at), number(row.undone_entry), row.undone_by, row.in_flight, store::Blob{row.hash}, row.id.value);
}

// ---------------------------------------------------------------- the rest

std::int64_t next_entry_id(store::Tx& tx) { return tx.highest_id("journal_entry") + 1; }
std::int64_t next_item_id(store::Tx& tx) { return tx.highest_id("open_item") + 1; }
std::int64_t next_application_id(store::Tx& tx) { return tx.highest_id("application") + 1; }

Currency currency_of(std::string_view code) {
    auto found = find_currency(code);
    if (!found) throw store::Failure{Errc::store_corrupt, "a row of the ledger has currency \"" + std::string{code} + "\""};
    return *found;
}

std::string shown(std::int64_t units, Currency currency) { return shown(Money::minor(units, currency)); }
std::string shown(const ItemRow& row) {
    return std::string{name_of(row.kind)} + " " + (row.document.empty() ? "R-" + std::to_string(row.id.value) : row.document) + " (item " + std::to_string(row.id.value) + ")";
}

}  // namespace owed::ledger::detail
