#include "ledger/revaluation.hpp"

#include <map>

#include "ledger/detail/acts.hpp"
#include "ledger/detail/tables.hpp"
#include "ledger/fx_rules.hpp"
#include "ledger/rates.hpp"

namespace owed::ledger {
namespace {

struct Row {
    std::int64_t id = 0;
    std::string entity;
    Date closing;
    OpenItemId item;
    std::string currency;
    std::int64_t open = 0, carrying = 0, at_closing = 0, unrealised = 0;
    EntryId entry, reversal;
};

std::string hash_of(const Row& row) {
    store::RowHash hash;
    hash.add("revaluation").add(row.id).add(row.entity).add(std::int64_t{row.closing.days()}).add(row.item.value).add(row.currency);
    hash.add(row.open).add(row.carrying).add(row.at_closing).add(row.unrealised).add(row.entry.value).add(row.reversal.value);
    return hash.bytes();
}

constexpr std::string_view row_columns =
    "id, entity, closing_date, item, currency, open_amount, carrying, at_closing, unrealised, entry, reversal";

Row row_at(const store::Query& query) {
    return {.id = query.integer(0),
            .entity = query.text(1),
            .closing = Date::from_days(static_cast<std::int32_t>(query.integer(2))),
            .item = OpenItemId{query.integer(3)},
            .currency = query.text(4),
            .open = query.integer(5),
            .carrying = query.integer(6),
            .at_closing = query.integer(7),
            .unrealised = query.integer(8),
            .entry = EntryId{query.integer(9)},
            .reversal = EntryId{query.integer(10)}};
}

void insert_row(store::Tx& tx, const Row& row) {
    auto query = tx.query("INSERT INTO revaluation (id, entity, closing_date, item, currency, open_amount, carrying, at_closing, unrealised, "
                          "entry, reversal, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    query.bind(row.id, row.entity, row.closing.days(), row.item.value, row.currency, row.open, row.carrying, row.at_closing, row.unrealised,
               row.entry.value, row.reversal.value);
    query.set_blob(11, hash_of(row));
    query.run();
}

/// What is open at the closing date, by currency and item. Advances are left out by kind: roles may share a code.
std::map<std::string, std::map<std::int64_t, Row>> open_at(store::Db& db, const Entity& entity, Date closing) {
    auto query = db.query("SELECT l.currency, l.item, SUM(l.amount), SUM(l.functional) FROM posting_line l JOIN open_item i ON i.id = l.item "
                          "WHERE l.entity = ? AND l.posting_date <= ? AND l.currency <> ? AND l.account IN (?, ?, ?) AND i.kind NOT IN (5, 6) "
                          "GROUP BY l.currency, l.item HAVING SUM(l.amount) <> 0 OR SUM(l.functional) <> 0");
    query.bind(entity.id, closing.days(), entity.currency.text(), detail::code_of(entity, Role::receivable),
               detail::code_of(entity, Role::deductions), detail::code_of(entity, Role::retainage_receivable));
    std::map<std::string, std::map<std::int64_t, Row>> found;
    while (query.step()) {
        auto& row = found[query.text(0)][query.integer(1)];
        row.currency = query.text(0);
        row.item = OpenItemId{query.integer(1)};
        row.open = query.integer(2);
        row.carrying = query.integer(3);
    }
    return found;
}

/// What runs before this one have posted for the closing date, and how many there were.
struct Standing {
    std::map<std::int64_t, std::int64_t> by_item;
    std::int64_t runs = 0;
};
Standing standing(store::Db& db, const std::string& entity, Date closing, const std::string& currency) {
    Standing found;
    auto sums = db.query("SELECT item, SUM(unrealised) FROM revaluation WHERE entity = ? AND closing_date = ? AND currency = ? GROUP BY item");
    sums.bind(entity, closing.days(), currency);
    while (sums.step()) found.by_item[sums.integer(0)] = sums.integer(1);
    auto runs = db.query("SELECT COUNT(DISTINCT entry) FROM revaluation WHERE entity = ? AND closing_date = ? AND currency = ?");
    runs.bind(entity, closing.days(), currency);
    if (runs.step()) found.runs = runs.integer(0);
    return found;
}

std::vector<Line> lines_of(const Entity& entity, Currency currency, const std::vector<Row>& rows) {
    std::int64_t gains = 0, losses = 0;
    for (const auto& row : rows) (row.unrealised > 0 ? gains : losses) += row.unrealised;
    std::vector<Line> lines;
    const auto add = [&](Role role, std::int64_t functional) {
        if (functional != 0)
            lines.push_back({detail::code_of(entity, role), Money::zero(currency), Money::minor(functional, entity.currency), {}});
    };
    add(Role::ar_revaluation, gains);
    add(Role::fx_unrealised, -gains);
    add(Role::fx_unrealised, -losses);
    add(Role::ar_revaluation, losses);
    return lines;
}

/// Posts what differs for one currency, and its reversal on the next day, which begins a period.
Status post_rows(store::Tx& tx, const Context& context, const Entity& entity, const Revalue& asked, Currency currency,
                 std::int64_t run, std::vector<Row>& rows, RevaluationRun& out) {
    const Instruction instruction{asked.closing, asked.cause, asked.reason,
                                  "ledger/revaluation/" + entity.id + "/" + std::string{currency.text()} + "/" + to_text(asked.closing) + "/" +
                                      std::to_string(run)};
    OWED_TRY(const auto posted, detail::post_for_a_day(tx, context, "revaluation", entity, instruction, lines_of(entity, currency, rows)));
    auto id = detail::next_row(tx.query("SELECT COALESCE(MAX(id), 0) FROM revaluation"));
    for (auto& row : rows) {
        row.id = id++;
        row.entity = entity.id;
        row.closing = asked.closing;
        row.entry = posted.entry.entry;
        row.reversal = posted.reversal.entry;
        insert_row(tx, row);
    }
    out.entries.push_back(posted.entry.entry);
    out.reversals.push_back(posted.reversal.entry);
    return {};
}

RevaluedItem shown(const Row& row, const Entity& entity) {
    const auto functional = [&](std::int64_t units) { return Money::minor(units, entity.currency); };
    return {row.item, row.closing, Money::minor(row.open, detail::currency_of(row.currency)), functional(row.carrying),
            functional(row.at_closing), functional(row.unrealised)};
}

}  // namespace

Result<RevaluationRun> revalue(store::Tx& tx, const Context& context, const Revalue& asked) {
    OWED_TRY(const auto* entity, context.books.entity(asked.entity));
    OWED_TRY_VOID(detail::check_closing(tx, context, asked.entity, asked.closing));
    RevaluationRun out;
    auto open = open_at(tx, *entity, asked.closing);
    auto earlier = tx.query("SELECT DISTINCT currency FROM revaluation WHERE entity = ? AND closing_date = ?");
    earlier.bind(asked.entity, asked.closing.days());
    while (earlier.step()) open.try_emplace(earlier.text(0));   // all settled since by late entries
    for (auto& [code, items] : open) {
        const auto currency = detail::currency_of(code);
        const auto before = standing(tx, asked.entity, asked.closing, code);
        for (const auto& [item, unrealised] : before.by_item) {
            auto& row = items[item];
            row.currency = code;
            row.item = OpenItemId{item};
        }
        std::vector<Row> rows;
        for (auto& [item, row] : items) {
            OWED_TRY(const auto at, convert(tx, Money::minor(row.open, currency), entity->currency, RateType::closing, asked.closing));
            if (out.rates.empty() || out.rates.back() != at.rate) out.rates.push_back(at.rate);
            row.closing = asked.closing;
            row.at_closing = at.amount.units();
            const auto posted = before.by_item.find(item);
            OWED_TRY(const auto unrealised, unrealised_difference(at.amount, Money::minor(row.carrying, entity->currency)));
            row.unrealised = unrealised.units() - (posted == before.by_item.end() ? 0 : posted->second);
            if (row.unrealised != 0) rows.push_back(row);
        }
        if (!rows.empty()) OWED_TRY_VOID(post_rows(tx, context, *entity, asked, currency, before.runs + 1, rows, out));
        for (const auto& row : rows) out.items.push_back(shown(row, *entity));
    }
    return out;
}

std::vector<RevaluedItem> revaluations(store::Db& db, const Books& books, const std::string& entity, Date closing) {
    const auto* owner = books.find(entity);
    if (owner == nullptr) return {};
    static const std::string sql =
        "SELECT " + std::string{row_columns} + " FROM revaluation WHERE entity = ? AND closing_date = ? ORDER BY item, id";
    auto query = db.query(sql);
    query.bind(entity, closing.days());
    std::vector<RevaluedItem> found;
    while (query.step()) {
        const auto row = row_at(query);
        if (found.empty() || found.back().item != row.item) {
            found.push_back(shown(row, *owner));
            continue;
        }
        const auto before = found.back().unrealised.units();
        found.back() = shown(row, *owner);
        found.back().unrealised = Money::minor(before + row.unrealised, owner->currency);
    }
    return found;
}

namespace detail {

void check_revaluations(store::Db& db, const Differ& differ) {
    static const std::string sql = "SELECT " + std::string{row_columns} + ", hash FROM revaluation ORDER BY id";
    auto query = db.query(sql);
    std::map<std::int64_t, std::int64_t> by_entry;
    while (query.step()) {
        const auto row = row_at(query);
        by_entry[row.entry.value] += row.unrealised;
        if (hash_of(row) != query.blob(11))
            differ("revaluation " + std::to_string(row.id) + " of item " + std::to_string(row.item.value) + ": row hash does not fit its fields");
    }
    auto entries = db.query("SELECT e.id, COALESCE(SUM(CASE WHEN l.line = 1 OR l.line = 4 THEN l.functional END), 0), COUNT(*), "
                            "COALESCE(SUM(CASE WHEN l.line = 2 THEN l.functional END), 0) "
                            "FROM journal_entry e JOIN posting_line l ON l.entry = e.id WHERE e.act = 'revaluation' GROUP BY e.id");
    while (entries.step()) {
        // Gains alone: lines 1 and 2; losses alone: the revaluation stands on line 2; both: on lines 1 and 4.
        const bool losses_alone = entries.integer(2) == 2 && entries.integer(1) > 0 && by_entry[entries.integer(0)] < 0;
        const auto posted = losses_alone ? entries.integer(3) : entries.integer(1);
        if (posted != by_entry[entries.integer(0)])
            differ("revaluation entry " + std::to_string(entries.integer(0)) + " posts " + std::to_string(posted) + ", its items add up to " +
                   std::to_string(by_entry[entries.integer(0)]) + " minor units of the functional currency");
    }
}

}  // namespace detail
}  // namespace owed::ledger
