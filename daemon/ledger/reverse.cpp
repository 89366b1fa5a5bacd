// Taking entries back. Nothing is edited or deleted once posted (DOMAIN section 1).
#include <algorithm>
#include <map>
#include <tuple>

#include "ledger/detail/acts.hpp"

namespace owed::ledger {
namespace detail {
namespace {

/// Amounts by account, currency and item, to see that an entry and its reversal are nothing together.
class Net {
  public:
    void add(const std::string& account, std::string_view currency, std::optional<OpenItemId> item, std::int64_t amount,
             std::int64_t functional) {
        auto& sum = sums_[{account, std::string{currency}, item ? item->value : 0}];
        sum.first += amount;
        sum.second += functional;
    }
    bool is_nothing() const {
        return std::all_of(sums_.begin(), sums_.end(), [](const auto& row) { return row.second.first == 0 && row.second.second == 0; });
    }

  private:
    std::map<std::tuple<std::string, std::string, std::int64_t>, std::pair<__int128, __int128>> sums_;
};

}  // namespace

Result<EntryRow> load_entry(store::Db& db, EntryId id) {
    static const std::string sql = std::string{"SELECT "} + entry_columns + " FROM journal_entry e WHERE e.id = ?";
    auto query = db.query(sql);
    query.bind(id.value);
    if (query.step()) return entry_at(query);
    return fail(Errc::not_found, "there is no journal entry " + std::to_string(id.value));
}

Result<Draft> reversal_of(store::Db& db, const Context& context, EntryId id, Date date) {
    OWED_TRY(auto row, load_entry(db, id));
    OWED_TRY(const auto* entity, context.books.entity(row.entity));
    Draft draft;
    draft.asked = date;
    draft.entry.entity = row.entity;
    draft.entry.posting_date = std::max(date, row.posting_date);
    draft.moved_because = "what it reverses was posted then";
    draft.entry.document_date = row.document_date;
    draft.entry.reverses = id;
    for (const auto& line : lines_of(db, id))
        draft.entry.lines.push_back({line.account, Money::minor(-line.amount, currency_of(line.currency)),
                                     Money::minor(-line.functional, entity->currency), line.item});
    return draft;
}

Status check_not_reversed(store::Db& db, EntryId entry) {
    auto query = db.query("SELECT id FROM journal_entry WHERE reverses = ?");
    query.bind(entry.value);
    if (!query.step()) return {};
    return fail(Errc::already_exists, "journal entry " + std::to_string(entry.value) + " is reversed already, by entry " + std::to_string(query.integer(0)));
}

Status check_reversal(store::Db& db, const Entry& entry) {
    if (!entry.reverses) return {};
    const auto what = "journal entry " + std::to_string(entry.reverses->value);
    OWED_TRY(auto original, load_entry(db, *entry.reverses));
    OWED_TRY_VOID(check_not_reversed(db, *entry.reverses));
    Net net;
    for (const auto& line : lines_of(db, original.id)) net.add(line.account, line.currency, line.item, line.amount, line.functional);
    for (const auto& line : entry.lines)
        net.add(line.account, line.amount.currency().text(), line.item, line.amount.units(), line.functional.units());
    if (original.entity == entry.entity && net.is_nothing()) return {};
    return fail(Errc::invalid_argument, "entry \"" + entry.event_key + "\" does not take back " + what + " line by line");
}

}  // namespace detail

namespace {

Status check_reversible(const std::string& act, EntryId id) {
    const auto refuse = [&](const std::string& advice) {
        return fail(Errc::invalid_argument, "journal entry " + std::to_string(id.value) + " (" + act + ") is not reversed so", {}, advice);
    };
    if (act == "application") return refuse("unapply the application");
    if (act == "receipt" || act == "agency_receipt") return refuse("return the receipt");
    if (act == "reversal" || act == "unapply") return refuse("post the event anew");
    if (act == "identify" || act == "return") return refuse("post the event anew");
    if (act == "intercompany" || act == "intercompany_receipt") return refuse("take back the forwarding of the receipt: both entities' books change");
    return {};
}

}  // namespace

Result<Posted> reverse(store::Tx& tx, const Context& context, EntryId entry, Date date, const Cause& cause,
                       const std::string& reason, const std::string& event_key) {
    OWED_TRY(auto original, detail::load_entry(tx, entry));
    store::RowHash hash;
    hash.add("reverse").add(entry.value).add(std::int64_t{date.days()});
    const auto content = hash.bytes();
    OWED_TRY(auto before, detail::repeated(tx, event_key, content));
    if (before) return *before;
    OWED_TRY_VOID(check_reversible(original.act, entry));
    OWED_TRY(auto draft, detail::fitting_reversal(tx, context, entry, date));
    draft.act = "reversal";
    draft.entry.cause = cause;
    draft.entry.reason = reason;
    draft.entry.event_key = event_key;
    draft.content = content;
    OWED_TRY_VOID(detail::check_reversal(tx, draft.entry));
    OWED_TRY(auto posted, detail::carry_out(tx, context, draft));
    OWED_TRY_VOID(detail::take_back_recoveries(tx, context, original, date, cause, reason));
    return posted;
}

}  // namespace owed::ledger
