#include "ledger/standing.hpp"

#include <cstdlib>

#include "ledger/detail/acts.hpp"

namespace owed::ledger {

std::vector<FollowUp> changes_of(store::Db& db, OpenItemId id) {
    std::vector<FollowUp> found;
    const auto item = detail::find_item(db, id);
    if (!item) return found;
    for (const auto& entry : detail::followers(db, *item)) {
        std::int64_t moved = 0;
        for (const auto& line : detail::lines_of(db, entry.id))
            if (line.item == id) moved += line.amount;
        found.push_back({entry.id, entry.act, entry.posting_date, entry.reason, Money::minor(std::llabs(moved), item->currency), id});
    }
    return found;
}

std::set<OpenItemId> documents_taken_back(store::Db& db, Date until) {
    std::set<OpenItemId> found;
    auto rows = db.query("SELECT i.id FROM journal_entry r JOIN open_item i ON i.entry = r.reverses "
                         "WHERE r.reverses IS NOT NULL AND r.posting_date <= ?");
    rows.bind(until.days());
    while (rows.step()) found.insert(OpenItemId{rows.integer(0)});
    return found;
}

std::set<std::string> orders_billed(store::Db& db, CustomerId customer) {
    std::set<std::string> found;
    auto rows = db.query("SELECT DISTINCT i.order_number FROM open_item i WHERE i.customer = ? AND i.order_number <> '' AND (i.kind = ? OR i.kind = ?) "
                         "AND NOT EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = i.entry)");
    rows.bind(customer.value, ItemKind::invoice, ItemKind::debit_memo);
    while (rows.step()) found.insert(rows.text(0));
    return found;
}

Money done_alone(store::Db& db, std::string_view act, const std::string& person, CustomerId customer, Currency currency, Date since) {
    auto sum = db.query("SELECT COALESCE(SUM(ABS(l.amount)), 0) FROM open_item i JOIN posting_line l ON l.item = i.id AND l.posting_date >= ? "
                        "JOIN journal_entry e ON e.id = l.entry WHERE i.customer = ? AND i.currency = ? AND e.act = ? AND e.cause_kind = 'person' "
                        "AND e.cause_id = ? AND NOT EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = e.id)");
    sum.bind(since.days(), customer.value, currency.text(), act, person).step();
    return Money::minor(sum.integer(0), currency);
}

std::vector<Item> items_of_document(store::Db& db, const std::string& entity, ItemKind kind, const std::string& document) {
    std::vector<Item> items;
    for (const auto& row : detail::rows_of_document(db, entity, kind, document)) items.push_back(detail::to_item(row));
    return items;
}

Result<JournalRow> journal_entry(store::Db& db, EntryId entry) {
    OWED_TRY(const auto row, detail::load_entry(db, entry));
    return detail::to_journal_row(db, row);
}

}  // namespace owed::ledger
