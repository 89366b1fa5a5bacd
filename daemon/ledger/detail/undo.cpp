// Taking entries back with all that followed from them.
#include <algorithm>
#include <map>
#include <set>

#include "ledger/detail/acts.hpp"

namespace owed::ledger::detail {
namespace {

bool left_us(const std::string& act) { return act == "refund" || act == "escheat"; }
bool paid_out(const std::string& act) { return left_us(act) || act == "return"; }

Error money_has_left(const ItemRow& item, const EntryRow& with) {
    return {Errc::item_not_open, shown(item) + ": money of it has left us with entry " + std::to_string(with.id.value) + " (" + with.act + ")", {},
            "take that back first, or bill the customer for it"};
}

/// A receipt forwarded to another entity stands in two books; the second entry's key is the first one's with this behind.
constexpr std::string_view other_side = "/other";

/// The newest standing entry beside `entry` that moved the item's residual in this direction.
std::optional<EntryRow> newest_that_moved(store::Db& db, const ItemRow& item, EntryId entry, std::int64_t direction) {
    for (auto& row : followers(db, item)) {
        if (row.id == entry) continue;
        std::int64_t moved = 0;
        for (const auto& line : lines_of(db, row.id))
            if (line.item == item.id) moved += line.amount;
        if (moved * direction > 0) return std::move(row);
    }
    return std::nullopt;
}

/// Residual and carrying amount within the original, and both zero together. Parts that came and went in another order than
/// they were rounded in can leave a carrying amount without a residual: then the later ones are taken back too.
bool fits(const ItemRow& item, std::int64_t residual, std::int64_t functional) {
    const std::int64_t sign = item.is_credit() ? -1 : 1;
    const auto within = [&](std::int64_t value, std::int64_t limit) { return value * sign >= 0 && value * sign <= limit * sign; };
    return within(residual, item.original) && within(functional, item.functional_original) && (residual != 0 || functional == 0);
}

Status undo_other_side(store::Tx& tx, const Context& context, const EntryRow& entry, Date date, const Cause& cause,
                       const std::string& reason) {
    const auto other = find_entry_by_event(tx, entry.event_key + std::string{other_side});
    if (!other)
        return fail(Errc::store_corrupt, "entry " + std::to_string(entry.id.value) + " has lost its intercompany side", {},
                    "run owectl ledger verify");
    OWED_TRY(auto posted, undo(tx, context, *other, date, cause, reason));
    static_cast<void>(posted);
    return {};
}

/// A return that found nothing of the receipt here names it in the terms of what is owed again only.
bool was_returned(store::Db& db, OpenItemId receipt) {
    auto query = db.query("SELECT 1 FROM item_terms t JOIN open_item i ON i.id = t.item JOIN journal_entry e ON e.id = i.entry "
                          "WHERE t.source = ? AND e.act = 'return'");
    query.bind(receipt.value);
    return query.step();
}

}  // namespace

std::optional<OpenItemId> opened_by(store::Db& db, EntryId entry) {
    auto query = db.query("SELECT id FROM open_item WHERE entry = ?");
    query.bind(entry.value);
    if (!query.step()) return std::nullopt;
    return OpenItemId{query.integer(0)};
}

std::vector<EntryRow> followers(store::Db& db, const ItemRow& item) {
    static const std::string sql =
        std::string{"SELECT "} + entry_columns +
        " FROM journal_entry e WHERE e.id IN (SELECT l.entry FROM posting_line l WHERE l.item = ?) AND e.id <> ? "
        "AND e.reverses IS NULL AND e.act <> 'identify' "
        "AND NOT EXISTS (SELECT 1 FROM journal_entry r WHERE r.reverses = e.id) ORDER BY e.id DESC";
    auto query = db.query(sql);
    query.bind(item.id.value, item.entry.value);
    std::vector<EntryRow> rows;
    while (query.step()) rows.push_back(entry_at(query));
    return rows;
}

Status reopen(store::Tx& tx, const Context& context, OpenItemId id, Date date, const Cause& cause, const std::string& reason) {
    for (;;) {   // taking one back may take back others with it
        OWED_TRY(auto item, load_item(tx, id));
        const auto standing = followers(tx, item);
        if (standing.empty()) return {};
        if (paid_out(standing.front().act)) return fail(money_has_left(item, standing.front()));
        OWED_TRY(auto posted, undo(tx, context, standing.front(), date, cause, reason));
        static_cast<void>(posted);
    }
}

Status reopen_what_is_here(store::Tx& tx, const Context& context, OpenItemId credit, Date date, const Cause& cause, const std::string& reason,
                           std::vector<OpenItemId>& held) {
    std::set<std::int64_t> stay;
    for (;;) {   // taking one back may take back others with it
        OWED_TRY(const auto item, load_item(tx, credit));
        auto standing = followers(tx, item);
        if (std::any_of(standing.begin(), standing.end(), [](const EntryRow& row) { return row.act == "return"; }) || was_returned(tx, credit))
            return fail(Errc::item_not_open, shown(item) + " was returned before");
        std::erase_if(standing, [&](const EntryRow& row) { return left_us(row.act) || stay.contains(row.id.value); });
        if (standing.empty()) {
            if (item.residual != 0) held.push_back(credit);
            return {};
        }
        const auto& next = standing.front();
        if (next.act == "deposit") {
            const auto deposit = opened_by(tx, next.id);
            OWED_CHECK(deposit.has_value(), "a deposit that was held is an item");
            std::vector<OpenItemId> rest;
            OWED_TRY_VOID(reopen_what_is_here(tx, context, *deposit, date, cause, reason, rest));
            OWED_TRY(const auto left, load_item(tx, *deposit));
            if (left.residual != left.original) {
                stay.insert(next.id.value);
                held.insert(held.end(), rest.begin(), rest.end());
                continue;
            }
        }
        OWED_TRY([[maybe_unused]] const auto posted, undo(tx, context, next, date, cause, reason));
    }
}

Status make_room(store::Tx& tx, const Context& context, EntryId entry, Date date, const Cause& cause, const std::string& reason) {
    struct Change {
        std::int64_t amount = 0, functional = 0;
    };
    std::map<std::int64_t, Change> changes;   // what the reversal will do to each item
    for (const auto& line : lines_of(tx, entry)) {
        if (!line.item) continue;
        changes[line.item->value].amount -= line.amount;
        changes[line.item->value].functional -= line.functional;
    }
    for (const auto& [id, change] : changes) {
        for (;;) {
            OWED_TRY(auto item, load_item(tx, OpenItemId{id}));
            if (fits(item, item.residual + change.amount, item.functional_residual + change.functional)) break;
            const auto culprit = newest_that_moved(tx, item, entry, change.amount);
            if (!culprit) break;   // the reversal will be refused, with the figures
            if (paid_out(culprit->act)) return fail(money_has_left(item, *culprit));
            OWED_TRY(auto posted, undo(tx, context, *culprit, date, cause, reason));
            static_cast<void>(posted);
        }
    }
    return {};
}

Result<Draft> fitting_reversal(store::Db& db, const Context& context, EntryId entry, Date date) {
    OWED_TRY(auto draft, reversal_of(db, context, entry, date));
    auto earliest = draft.entry.posting_date;
    for (const auto& line : draft.entry.lines) {
        if (!line.item || std::any_of(draft.items.begin(), draft.items.end(), [&](const ItemRow& row) { return row.id == *line.item; }))
            continue;
        OWED_TRY(auto item, load_item(db, *line.item));
        const std::int64_t taken = item.is_credit() ? line.amount.units() : -line.amount.units();
        if (taken > 0) earliest = std::max(earliest, earliest_day_with(db, item, taken, earliest));
        if (taken < 0) earliest = std::max(earliest, earliest_day_with_room(db, item, -taken, earliest));
        if (taken < 0) item.written_off = false;
        draft.items.push_back(std::move(item));
    }
    if (earliest != draft.entry.posting_date) {
        draft.entry.posting_date = earliest;
        draft.moved_because = "its item was not open before";
    }
    return draft;
}

Result<Posted> undo(store::Tx& tx, const Context& context, const EntryRow& entry, Date date, const Cause& cause,
                    const std::string& reason) {
    if (entry.act == "application") {
        if (const auto row = find_application_by_entry(tx, entry.id))
            return unapply(tx, context, row->id, date, cause, reason, cause.kind);
        return fail(Errc::store_corrupt, "entry " + std::to_string(entry.id.value) + " has lost its application", {},
                    "run owectl ledger verify");
    }
    if (entry.act == "intercompany") OWED_TRY_VOID(undo_other_side(tx, context, entry, date, cause, reason));
    if (const auto opened = opened_by(tx, entry.id)) OWED_TRY_VOID(reopen(tx, context, *opened, date, cause, reason));
    OWED_TRY_VOID(make_room(tx, context, entry.id, date, cause, reason));
    OWED_TRY(auto draft, fitting_reversal(tx, context, entry.id, date));
    draft.act = "reversal";
    draft.entry.cause = cause;
    draft.entry.reason = reason;
    draft.entry.event_key = "ledger/reversal/" + std::to_string(entry.id.value);
    draft.content = store::sha256(draft.entry.event_key);
    OWED_TRY(auto posted, carry_out(tx, context, draft));
    OWED_TRY_VOID(take_back_recoveries(tx, context, entry, date, cause, reason));
    return posted;
}

}  // namespace owed::ledger::detail
