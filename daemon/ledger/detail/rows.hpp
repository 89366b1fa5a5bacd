// Rows of the ledger's tables as values, their hashes, and the statements that read and write one of them.
#pragma once

#include <optional>
#include <string>

#include "ledger/ledger.hpp"

namespace owed::ledger::detail {

struct ItemRow {
    OpenItemId id;
    std::string entity;
    std::optional<CustomerId> customer;
    ItemKind kind = ItemKind::invoice;
    std::string document, document_key;
    std::int64_t instalment = 0;
    std::string payment_reference, payment_reference_key, order;
    Date document_date, due_date, posting_date;
    Currency currency;
    std::int64_t original = 0, residual = 0;
    std::int64_t functional_original = 0, functional_residual = 0;
    std::string account;
    Date last_date;
    std::int64_t in_flight = 0;
    bool written_off = false;
    std::optional<Date> identified_on;
    std::optional<Instant> identified_at;
    EntryId entry;
    Instant recorded_at;
    std::int64_t version = 1;
    std::int64_t tax = 0;   ///< share of |original| posted to tax_payable; a discount takes its part back
    std::string hash;

    bool is_credit() const { return original < 0; }
    Money residual_money() const { return Money::minor(residual, currency); }
};

/// Columns of open_item in the order `item_at` reads them; further columns of a query start at item_column_count.
/// `i` is the table's alias.
inline constexpr const char* item_columns =
    "i.id, i.entity, i.customer, i.kind, i.document, i.document_key, i.instalment, i.payment_reference, "
    "i.payment_reference_key, i.order_number, i.document_date, i.due_date, i.posting_date, i.currency, i.original, "
    "i.residual, i.functional_original, i.functional_residual, i.account, i.last_date, i.in_flight, i.written_off, "
    "i.identified_on, i.identified_at, i.entry, i.recorded_at, i.version, i.tax, i.hash";
inline constexpr int item_column_count = 29;

ItemRow item_at(const store::Query& query);
Item to_item(const ItemRow& row);
std::optional<ItemRow> find_item(store::Db& db, OpenItemId id);
Result<ItemRow> load_item(store::Db& db, OpenItemId id);   ///< not_found
/// The items of one document, one an instalment, by due date. Not for receipts.
std::vector<ItemRow> rows_of_document(store::Db& db, const std::string& entity, ItemKind kind, const std::string& document);
void insert_item(store::Tx& tx, ItemRow& row);             ///< sets the hash
/// Writes residuals, last date, in_flight and written_off; counts the version up, sets the hash.
void update_item(store::Tx& tx, ItemRow& row);
/// The same, and who it was identified as: customer, account, identified_on and identified_at, which no other act changes.
void update_identified_item(store::Tx& tx, ItemRow& row);
std::string item_hash(const ItemRow& row);

struct EntryRow {
    EntryId id;
    std::string entity, currency;
    Date posting_date, asked_date, document_date;
    Instant recorded_at;
    std::string act;
    Cause cause;
    std::string reason, event_key, content;
    std::optional<EntryId> reverses;
    std::string hash;
};
struct LineRow {
    EntryId entry;
    std::int64_t line = 0;
    std::string entity;
    Date posting_date;
    std::string account, currency;
    std::int64_t amount = 0, functional = 0;
    std::optional<OpenItemId> item;
};

inline constexpr const char* entry_columns =
    "e.id, e.entity, e.currency, e.posting_date, e.asked_date, e.document_date, e.recorded_at, e.act, e.cause_kind, "
    "e.cause_id, e.reason, e.event_key, e.content, e.reverses, e.hash";
inline constexpr int entry_column_count = 15;
inline constexpr const char* line_columns =
    "l.entry, l.line, l.entity, l.posting_date, l.account, l.currency, l.amount, l.functional, l.item";

EntryRow entry_at(const store::Query& query);
LineRow line_at(const store::Query& query, int first_column = 0);
/// Reads into a row that is used again, for scans over millions of lines.
void line_at(const store::Query& query, LineRow& row);
std::optional<EntryRow> find_entry_by_event(store::Db& db, std::string_view event_key);
std::vector<LineRow> lines_of(store::Db& db, EntryId entry);
JournalRow to_journal_row(store::Db& db, const EntryRow& row);
void insert_entry(store::Tx& tx, const EntryRow& row);
void insert_line(store::Tx& tx, const LineRow& row);
/// The entry's hash: begun with its own fields, each line added in order.
void begin_entry_hash(store::RowHash& hash, const EntryRow& row);
void add_line(store::RowHash& hash, const LineRow& row);

struct ApplicationRow {
    ApplicationId id;
    EntryId entry;
    std::string entity;
    CustomerId customer;
    OpenItemId credit, debit;
    Currency currency;
    std::int64_t amount = 0, discount = 0;
    std::int64_t credit_functional = 0, debit_functional = 0, discount_functional = 0;
    Date posting_date;
    std::string stage;
    std::int64_t confidence = 0;
    std::string reason, by;
    Instant recorded_at;
    std::optional<Date> undone_on;
    std::optional<Instant> undone_at;
    std::optional<EntryId> undone_entry;
    std::string undone_by;
    bool in_flight = false;
    std::string hash;
};

inline constexpr const char* application_columns =
    "a.id, a.entry, a.entity, a.customer, a.credit, a.debit, a.currency, a.amount, a.discount, a.credit_functional, "
    "a.debit_functional, a.discount_functional, a.posting_date, a.stage, a.confidence, a.reason, a.decided_by, "
    "a.recorded_at, a.undone_on, a.undone_at, a.undone_entry, a.undone_by, a.in_flight, a.hash";
inline constexpr int application_column_count = 24;

ApplicationRow application_at(const store::Query& query);
std::optional<ApplicationRow> find_application(store::Db& db, ApplicationId id);
std::optional<ApplicationRow> find_application_by_entry(store::Db& db, EntryId entry);
void insert_application(store::Tx& tx, ApplicationRow& row);
void update_application(store::Tx& tx, ApplicationRow& row);
std::string application_hash(const ApplicationRow& row);

/// The next id without gaps: one above the highest.
std::int64_t next_entry_id(store::Tx& tx);
std::int64_t next_item_id(store::Tx& tx);
std::int64_t next_application_id(store::Tx& tx);

/// The currency of a row. The store holds only codes that came from a Currency.
Currency currency_of(std::string_view code);
using owed::shown;
std::string shown(std::int64_t units, Currency currency);
/// "invoice INV-1 (item 7)".
std::string shown(const ItemRow& row);

}  // namespace owed::ledger::detail
