#include "ledger/open_book.hpp"

#include <algorithm>

#include "ledger/detail/rows.hpp"

namespace owed::ledger {
namespace {

constexpr const char* columns_of_a_row = "i.id, i.residual, i.customer, i.due_date, i.posting_date, i.identified_on, i.currency, i.kind";

std::int64_t newest_entry(store::Db& db) {
    auto query = db.query("SELECT COALESCE(MAX(id), 0) FROM journal_entry");
    query.step();
    return query.integer(0);
}

/// What was posted to each item after the day. Few entries are found by their date; many are cheaper read in the order of
/// items, which needs no sorting.
std::vector<std::pair<std::int64_t, std::int64_t>> posted_after(store::Db& db, Date day) {
    constexpr std::int64_t few = 20'000;
    auto count = db.query("SELECT COUNT(*) FROM (SELECT 1 FROM journal_entry WHERE posting_date > ? LIMIT ?)");
    count.bind(day.days(), few + 1);
    count.step();
    std::vector<std::pair<std::int64_t, std::int64_t>> sums;
    if (count.integer(0) == 0) return sums;
    auto query = count.integer(0) <= few
                     ? db.query("SELECT l.item, SUM(l.amount) FROM journal_entry e CROSS JOIN posting_line l ON l.entry = e.id "
                                "WHERE e.posting_date > ? AND l.item IS NOT NULL GROUP BY l.item ORDER BY l.item")
                     : db.query("SELECT item, SUM(amount) FROM posting_line WHERE item IS NOT NULL AND posting_date > ? GROUP BY item "
                                "ORDER BY item");
    query.bind(day.days());
    while (query.step()) sums.emplace_back(query.integer(0), query.integer(1));
    return sums;
}

/// The index gives rows by customer. An aging of today wants no other order, and the first one does not wait for it.
void sort_by_item(auto& rows) {
    const auto before = [](const auto& a, const auto& b) { return a.item < b.item; };
    if (!std::is_sorted(rows.begin(), rows.end(), before)) std::sort(rows.begin(), rows.end(), before);
}

}  // namespace

std::uint16_t OpenBook::number_of(std::string_view currency) {
    for (std::size_t i = 0; i < currencies_.size(); ++i)
        if (currencies_[i].text() == currency) return static_cast<std::uint16_t>(i);
    currencies_.push_back(detail::currency_of(currency));
    return static_cast<std::uint16_t>(currencies_.size() - 1);
}

OpenBook::Row OpenBook::row_at(const store::Query& query) {
    return {query.integer(0), query.integer(1), static_cast<std::int32_t>(query.integer(2)), static_cast<std::int32_t>(query.integer(3)),
            static_cast<std::int32_t>(query.integer(4)), static_cast<std::int32_t>(query.integer(5)), number_of(query.text_view(6)),
            static_cast<std::uint8_t>(query.integer(7))};
}

void OpenBook::read_all(store::Db& db, const std::string& entity, Columns& columns) {
    static const std::string sql = std::string{"SELECT "} + columns_of_a_row + " FROM open_item i INDEXED BY open_item_open "
                                                                               "WHERE i.entity = ? AND i.residual <> 0";
    columns.rows.clear();
    auto most = db.query("SELECT COALESCE(MAX(id), 0) FROM open_item");
    most.step();
    columns.rows.reserve(static_cast<std::size_t>(most.integer(0)));   // memory that no row touches is never given out
    auto query = db.query(sql);
    query.lend(entity);
    while (query.step()) columns.rows.push_back(row_at(query));
}

/// Takes the items of the entries since in again, each as it stands now.
void OpenBook::catch_up(store::Db& db, const std::string& entity, Columns& columns, std::int64_t newest) {
    static const std::string sql = std::string{"SELECT "} + columns_of_a_row + " FROM open_item i WHERE i.entity = ? AND i.id IN ("
                                   "SELECT item FROM posting_line WHERE entry > ? AND entry <= ? AND item IS NOT NULL) ORDER BY i.id";
    auto query = db.query(sql);
    query.lend(entity, columns.entry, newest);
    std::vector<Row> changed;
    while (query.step()) changed.push_back(row_at(query));
    sort_by_item(columns.rows);
    const auto before = [](const Row& a, const Row& b) { return a.item < b.item; };
    std::vector<Row> merged;
    merged.reserve(columns.rows.size() + changed.size());
    auto next = changed.begin();
    for (const auto& row : columns.rows) {
        while (next != changed.end() && before(*next, row)) merged.push_back(*next++);
        merged.push_back(next != changed.end() && next->item == row.item ? *next++ : row);
    }
    merged.insert(merged.end(), next, changed.end());
    std::erase_if(merged, [](const Row& row) { return row.units == 0; });
    columns.rows = std::move(merged);
}

const OpenBook::Columns& OpenBook::columns(store::Db& db, const std::string& entity) {
    constexpr std::int64_t few = 50'000;
    auto& known = by_entity_[entity];
    const auto newest = newest_entry(db);
    if (known.entry == newest) return known;
    // A snapshot older than the columns, or one of another store in a test, is read anew as well.
    if (known.entry >= 0 && newest > known.entry && newest - known.entry <= few)
        catch_up(db, entity, known, newest);
    else
        read_all(db, entity, known);
    known.entry = newest;
    return known;
}

Residual OpenBook::residual_of(const Row& row, std::int64_t units, Date as_of) const {
    const bool known_then = row.identified <= as_of.days();
    return {OpenItemId{row.item}, known_then ? row.customer : 0, units, Date::from_days(row.due), Date::from_days(row.posting),
            currencies_[row.currency], static_cast<ItemKind>(row.kind)};
}

void OpenBook::each(store::Db& db, const std::string& entity, Date as_of, const std::function<void(const Residual&)>& visit) {
    static const std::string settled_sql =
        std::string{"SELECT "} + columns_of_a_row + " FROM open_item i WHERE i.id = ? AND i.entity = ? AND i.posting_date <= ?";
    const std::lock_guard guard{mutex_};
    const auto& rows = columns(db, entity).rows;
    const auto later = posted_after(db, as_of);
    if (!later.empty()) sort_by_item(by_entity_.at(entity).rows);
    auto next = later.begin();
    auto settled = db.query(settled_sql);
    const auto settled_since = [&](std::int64_t item, std::int64_t units) {
        settled.reset();
        settled.lend(item, entity, as_of.days());
        if (!settled.step()) return;
        const auto row = row_at(settled);
        if (row.units != units) visit(residual_of(row, row.units - units, as_of));
    };
    for (const auto& row : rows) {
        for (; next != later.end() && next->first < row.item; ++next) settled_since(next->first, next->second);
        auto units = row.units;
        if (next != later.end() && next->first == row.item) units -= next++->second;
        if (units != 0 && row.posting <= as_of.days()) visit(residual_of(row, units, as_of));
    }
    for (; next != later.end(); ++next) settled_since(next->first, next->second);
}

void OpenBook::forget() {
    const std::lock_guard guard{mutex_};
    by_entity_.clear();
}

}  // namespace owed::ledger
