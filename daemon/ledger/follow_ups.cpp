#include "ledger/follow_ups.hpp"

#include <cstdlib>
#include <limits>
#include <set>

#include "ledger/detail/acts.hpp"
#include "ledger/detail/parts.hpp"

namespace owed::ledger {
namespace {

/// Followers of an item, and of the items that they opened.
void add_followers(store::Db& db, OpenItemId id, const std::function<bool(const detail::EntryRow&)>& wanted, std::vector<FollowUp>& found) {
    const auto item = detail::find_item(db, id);
    if (!item) return;
    for (const auto& entry : detail::followers(db, *item)) {
        if (!wanted(entry)) continue;
        auto opened = db.query("SELECT id FROM open_item WHERE entry = ?");
        opened.bind(entry.id.value);
        if (opened.step()) add_followers(db, OpenItemId{opened.integer(0)}, [](const auto&) { return true; }, found);
        std::int64_t moved = 0;
        for (const auto& line : detail::lines_of(db, entry.id))
            if (line.item == id) moved += line.amount;
        found.push_back({entry.id, entry.act, entry.posting_date, entry.reason, Money::minor(std::llabs(moved), item->currency), id});
    }
}

/// Settlements of the debit, and what was recovered of them or of the application's own write-off.
void add_settlements(store::Db& db, const detail::ApplicationRow& row, std::vector<FollowUp>& found) {
    std::int64_t taken_back = 0;
    if (const auto parts = detail::find_part(db, row.id)) taken_back += parts->write_off;
    std::vector<FollowUp> settlements;
    const auto credit = detail::find_item(db, row.credit);
    const bool is_receipt = credit && credit->kind == ItemKind::receipt;   // what a settlement rests on
    const auto settles = [&](const detail::EntryRow& entry) { return is_receipt && entry.act == "settlement"; };
    add_followers(db, row.debit, settles, settlements);
    for (const auto& settlement : settlements) taken_back += settlement.amount.units();
    const auto debit = detail::find_item(db, row.debit);
    if (!debit || taken_back == 0) return;
    std::set<std::int64_t> recoveries;
    for (const auto& entry : detail::recoveries_beyond(db, *debit, taken_back)) recoveries.insert(entry.id.value);
    add_followers(db, row.debit, [&](const detail::EntryRow& entry) { return settles(entry) || recoveries.contains(entry.id.value); }, found);
}

}  // namespace

std::vector<FollowUp> what_follows(store::Db& db, ApplicationId application) {
    std::vector<FollowUp> found;
    const auto row = detail::find_application(db, application);
    if (!row || row->undone_on) return found;
    if (const auto parts = detail::find_part(db, application); parts && parts->deduction_item)
        add_followers(db, *parts->deduction_item, [](const auto&) { return true; }, found);
    for (const auto& deposit : detail::unpaid_deposits_without(db, *row)) {
        add_followers(db, deposit.id, [](const auto&) { return true; }, found);
        if (const auto opening = detail::load_entry(db, deposit.entry))
            found.push_back({opening->id, opening->act, opening->posting_date, opening->reason, Money::minor(-deposit.original, deposit.currency), deposit.id});
    }
    add_settlements(db, *row, found);
    return found;
}

std::vector<JournalRow> late_entries(store::Db& db, const std::optional<std::string>& entity, Date as_of, Instant known_at) {
    static const std::string sql = std::string{"SELECT "} + detail::entry_columns +
                                   " FROM journal_entry e WHERE e.posting_date <= ? AND e.recorded_at > ? AND (? = '' OR e.entity = ?) ORDER BY e.id";
    const auto wanted = entity.value_or("");
    auto query = db.query(sql);
    query.bind(as_of.days(), known_at.micros, wanted, wanted);
    std::vector<JournalRow> rows;
    while (query.step()) rows.push_back(detail::to_journal_row(db, detail::entry_at(query)));
    return rows;
}

namespace {

/// Ids follow the recording: the first entry after an instant lies between halves.
std::int64_t first_recorded_after(store::Db& db, Instant instant) {
    std::int64_t below = 0, from = 1;
    {
        auto last = db.query("SELECT COALESCE(MAX(id), 0) FROM journal_entry");
        last.step();
        from = last.integer(0) + 1;
    }
    while (from - below > 1) {
        const auto middle = below + (from - below) / 2;
        auto entry = db.query("SELECT recorded_at FROM journal_entry WHERE id = ?");
        entry.bind(middle);
        (entry.step() && entry.integer(0) <= instant.micros ? below : from) = middle;
    }
    return from;
}

}  // namespace

std::vector<LateSum> late_sums(store::Db& db, const std::string& entity, Date as_of, Instant known_at, std::optional<Instant> until) {
    const auto first = first_recorded_after(db, known_at);
    auto query = db.query("SELECT i.customer, l.currency, SUM(l.amount), COUNT(DISTINCT l.entry) FROM journal_entry e JOIN posting_line l ON l.entry = e.id "
                          "JOIN open_item i ON i.id = l.item WHERE e.id >= ? AND e.id < ? AND e.posting_date <= ? AND e.entity = ? "
                          "GROUP BY i.customer, l.currency ORDER BY i.customer, l.currency");
    query.bind(first, until ? first_recorded_after(db, *until) : std::numeric_limits<std::int64_t>::max(), as_of.days(), entity);
    std::vector<LateSum> sums;
    while (query.step()) {
        LateSum sum{.customer = {}, .currency = query.text(1), .amount = query.integer(2), .entries = query.integer(3)};
        if (const auto id = query.maybe_integer(0)) sum.customer = CustomerId{*id};
        sums.push_back(std::move(sum));
    }
    return sums;
}

}  // namespace owed::ledger
