// ledger::post and the writer that every posting rule goes through.
#include <algorithm>
#include <limits>

#include "ledger/detail/day_sums.hpp"
#include "ledger/detail/write.hpp"
#include "ledger/on_its_day.hpp"
#include "ledger/periods.hpp"

namespace owed::ledger {
namespace detail {
namespace {

tl::unexpected<Error> bad_line(Errc code, const Draft& draft, std::size_t line, const std::string& what, std::string advice = {}) {
    return fail(code, "line " + std::to_string(line + 1) + " of entry \"" + draft.entry.event_key + "\": " + what, {},
                std::move(advice));
}

Status check_lines(const Context& context, const Entity& entity, const Draft& draft) {
    const auto& lines = draft.entry.lines;
    if (lines.size() < 2)
        return fail(Errc::entry_not_balanced, "entry \"" + draft.entry.event_key + "\" has " +
                                                  std::to_string(lines.size()) + " lines; a journal entry has at least 2");
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (lines[i].amount.is_zero() && lines[i].functional.is_zero())
            return bad_line(Errc::entry_not_balanced, draft, i, "amount is zero in both currencies", "leave the line out");
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (!context.books.has_account(entity.id, lines[i].account))
            return bad_line(Errc::unknown_account, draft, i,
                            "entity \"" + entity.id + "\" has no account \"" + lines[i].account + "\"",
                            "add it to the chart of the entity or as a bank account's GL account");
    return {};
}

bool beyond_range(std::int64_t units) { return units > money_units_max || units < -money_units_max; }

tl::unexpected<Error> unbalanced(const Draft& draft, __int128 sum, Currency currency, const char* kind) {
    const auto off = sum > money_units_max || sum < -money_units_max ? std::string{"beyond all range"}
                                                                     : shown(static_cast<std::int64_t>(sum), currency);
    return fail(Errc::entry_not_balanced,
                "entry \"" + draft.entry.event_key + "\" is off by " + off + kind + ": debits and credits must be equal");
}

Status check_sums(const Entity& entity, const Draft& draft) {
    std::vector<std::pair<Currency, __int128>> sums;
    __int128 functional = 0;
    for (std::size_t i = 0; i < draft.entry.lines.size(); ++i) {
        const auto& line = draft.entry.lines[i];
        if (line.functional.currency() != entity.currency)
            return bad_line(Errc::currency_mismatch, draft, i, "functional amount is in " +
                            std::string{line.functional.currency().text()} + ", the entity's currency is " +
                            std::string{entity.currency.text()});
        if (beyond_range(line.amount.units()) || beyond_range(line.functional.units()))
            return bad_line(Errc::amount_overflow, draft, i, "amount is beyond what can be booked (4.5e18 minor units)");
        if (line.amount.currency() == entity.currency && line.amount != line.functional)
            return bad_line(Errc::entry_not_balanced, draft, i, "amount " + shown(line.amount) + " and functional amount " +
                            shown(line.functional) + " differ in one currency");
        auto at = std::find_if(sums.begin(), sums.end(), [&](auto& sum) { return sum.first == line.amount.currency(); });
        if (at == sums.end()) at = sums.insert(at, {line.amount.currency(), 0});
        at->second += line.amount.units();
        functional += line.functional.units();
    }
    for (const auto& [currency, sum] : sums)
        if (sum != 0) return unbalanced(draft, sum, currency, "");
    if (functional != 0) return unbalanced(draft, functional, entity.currency, " in functional currency");
    return {};
}

/// The row of an item that a line names: from the draft, else from the store.
Result<ItemRow*> touched(store::Tx& tx, Draft& draft, OpenItemId id) {
    if (draft.opens && draft.opens->id == id) return &*draft.opens;
    for (auto& row : draft.items)
        if (row.id == id) return &row;
    OWED_TRY(auto row, load_item(tx, id));
    draft.items.push_back(std::move(row));
    return &draft.items.back();
}

Status check_tag(const Entity& entity, const Draft& draft, std::size_t i, const ItemRow* row) {
    const auto& line = draft.entry.lines[i];
    if (row == nullptr) {
        if (is_control_account(entity, line.account))
            return bad_line(Errc::invalid_argument, draft, i, "account " + line.account +
                            " is a control account, and the line names no open item");
        return {};
    }
    if (row->entity != entity.id)
        return bad_line(Errc::wrong_customer, draft, i, shown(*row) + " belongs to entity \"" + row->entity + "\"");
    if (row->currency != line.amount.currency())
        return bad_line(Errc::currency_mismatch, draft, i, shown(*row) + " is in " + std::string{row->currency.text()});
    if (line.account != row->account && line.account != draft.moves_to)
        return bad_line(Errc::invalid_argument, draft, i,
                        shown(*row) + " stands on account " + row->account + ", not on " + line.account);
    return {};
}

/// Keeps residuals between zero and the original: today, and with a back-dated entry on every day since.
Status check_residual(store::Tx& tx, const ItemRow& row, std::int64_t delta, Date day) {
    const std::int64_t sign = row.original < 0 ? -1 : 1;
    const auto within = [](std::int64_t value, std::int64_t limit) { return value >= 0 && value <= limit; };
    if (!within(row.residual * sign, row.original * sign))
        return fail(Errc::application_exceeds_residual,
                    shown(row) + " would have a residual of " + shown(row.residual, row.currency) + " of " +
                        shown(row.original, row.currency));
    if (!within(row.functional_residual * sign, row.functional_original * sign) ||
        (row.residual == 0 && row.functional_residual != 0))
        return fail(Errc::application_exceeds_residual,
                    shown(row) + " would have a carrying amount that does not fit its residual");
    if (day >= row.last_date) return {};
    auto query = tx.query("SELECT posting_date, SUM(amount) FROM posting_line WHERE item = ? GROUP BY posting_date "
                          "ORDER BY posting_date");
    query.bind(row.id.value);
    std::int64_t running = 0;
    const auto fits = [&] { return within((running + delta) * sign, row.original * sign); };
    bool started = false;
    while (query.step()) {
        if (query.integer(0) > day.days() && (!started || !fits())) break;
        running += query.integer(1);
        started = started || query.integer(0) <= day.days();
    }
    if (started && fits() && day >= row.posting_date) return {};
    return fail(Errc::application_exceeds_residual,
                shown(row) + " has not " + shown(delta < 0 ? -delta : delta, row.currency) + " to change on and since " +
                    to_text(day),
                {}, "use a later posting date");
}

Status settle_items(store::Tx& tx, const Entity& entity, Draft& draft, Date day) {
    struct Change {
        OpenItemId item;
        __int128 amount = 0, functional = 0;
    };
    std::vector<Change> changes;
    for (std::size_t i = 0; i < draft.entry.lines.size(); ++i) {
        const auto& line = draft.entry.lines[i];
        ItemRow* row = nullptr;
        if (line.item) {
            OWED_TRY(row, touched(tx, draft, *line.item));
        }
        OWED_TRY_VOID(check_tag(entity, draft, i, row));
        if (row == nullptr) continue;
        auto at = std::find_if(changes.begin(), changes.end(), [&](const Change& c) { return c.item == row->id; });
        if (at == changes.end()) at = changes.insert(at, {row->id});
        at->amount += line.amount.units();
        at->functional += line.functional.units();
    }
    for (const auto& change : changes) {
        OWED_TRY(auto* row, touched(tx, draft, change.item));
        const auto residual = row->residual + change.amount;
        const auto functional = row->functional_residual + change.functional;
        constexpr auto limit = static_cast<__int128>(money_units_max);
        if (residual > limit || residual < -limit || functional > limit || functional < -limit)
            return fail(Errc::amount_overflow, shown(*row) + " would be beyond what can be booked (4.5e18 minor units)");
        row->residual = static_cast<std::int64_t>(residual);
        row->functional_residual = static_cast<std::int64_t>(functional);
        const bool is_new = draft.opens && row == &*draft.opens;
        if (is_new) row->posting_date = row->last_date = day;
        OWED_TRY_VOID(check_residual(tx, *row, static_cast<std::int64_t>(change.amount), day));
        row->last_date = std::max(row->last_date, day);
        if (draft.moves_to) row->account = *draft.moves_to;
    }
    return {};
}

EntryRow entry_row(store::Tx& tx, const Context& context, const Entity& entity, const Draft& draft, Date day) {
    const auto& entry = draft.entry;
    EntryRow row{.id = EntryId{next_entry_id(tx)},
                 .entity = entity.id,
                 .currency = std::string{entity.currency.text()},
                 .posting_date = day,
                 .asked_date = draft.asked,
                 .document_date = entry.document_date,
                 .recorded_at = context.clock.now(),
                 .act = draft.act,
                 .cause = entry.cause,
                 .reason = entry.reason,
                 .event_key = entry.event_key,
                 .content = draft.content,
                 .reverses = entry.reverses,
                 .hash = {}};
    if (day != draft.asked) {
        const auto why = day == entry.posting_date
                             ? draft.moved_because
                             : "the period of " + to_text(entry.posting_date) + " " +
                                   before_a_locked_one(tx, entity.id, entry.posting_date).value_or("is closed");
        row.reason += " (asked for " + to_text(draft.asked) + ", posted on " + to_text(day) + ": " + why + ")";
    }
    return row;
}

void store_entry(store::Tx& tx, Draft& draft, EntryRow& row) {
    std::vector<LineRow> lines;
    lines.reserve(draft.entry.lines.size());
    store::RowHash hash;
    begin_entry_hash(hash, row);
    for (const auto& line : draft.entry.lines) {
        lines.push_back({row.id, static_cast<std::int64_t>(lines.size()) + 1, row.entity, row.posting_date, line.account,
                         std::string{line.amount.currency().text()}, line.amount.units(), line.functional.units(), line.item});
        add_line(hash, lines.back());
    }
    row.hash = hash.bytes();
    insert_entry(tx, row);
    if (draft.opens) {
        draft.opens->entry = row.id;
        draft.opens->recorded_at = row.recorded_at;
        insert_item(tx, *draft.opens);
    }
    for (const auto& line : lines) {
        insert_line(tx, line);
        add_to_day(tx, line);
    }
    for (auto& item : draft.items) {
        if (draft.moves_to) {
            item.identified_on = row.posting_date;
            item.identified_at = row.recorded_at;
        }
        const bool named = std::any_of(lines.begin(), lines.end(), [&](const LineRow& line) { return line.item == item.id; });
        if (!named) continue;
        if (draft.moves_to) update_identified_item(tx, item);
        else update_item(tx, item);
    }
}

}  // namespace

const std::string& code_of(const Entity& entity, Role role) { return entity.chart.at(role).code; }

std::int64_t pro_rata(std::int64_t total, std::int64_t part, std::int64_t whole) {
    const __int128 product = static_cast<__int128>(total) * part;
    return static_cast<std::int64_t>((product * 2 + whole) / (static_cast<__int128>(whole) * 2));
}

std::int64_t next_share(std::int64_t total, std::int64_t done, std::int64_t units, std::int64_t whole) {
    return pro_rata(total, done + units, whole) - pro_rata(total, done, whole);
}

std::int64_t carrying_part(const ItemRow& item, std::int64_t units) {
    const std::int64_t sign = item.original < 0 ? -1 : 1;
    return pro_rata(item.functional_residual * sign, units, item.residual * sign);
}

Result<std::optional<Posted>> repeated(store::Db& db, std::string_view event_key, std::string_view content) {
    if (event_key.empty()) return fail(Errc::invalid_argument, "an entry has no event key: it could be posted twice unseen");
    const auto found = find_entry_by_event(db, event_key);
    if (!found) return std::optional<Posted>{};
    if (found->content != content)
        return fail(Errc::conflicting_repeat,
                    "event \"" + std::string{event_key} + "\" was posted with other content as entry " +
                        std::to_string(found->id.value) + " on " + to_text(found->posting_date),
                    {}, "what is posted is not edited: reverse it and post a new event");
    return std::optional<Posted>{Posted{.entry = found->id,
                                        .posting_date = found->posting_date,
                                        .moved = found->posting_date != found->asked_date,
                                        .repeated = true}};
}

Date earliest_day_with(store::Db& db, const ItemRow& item, std::int64_t units, Date date) {
    if (date >= item.last_date) return date;
    auto query = db.query("SELECT posting_date, SUM(amount) FROM posting_line WHERE item = ? AND account = ? "
                          "GROUP BY posting_date ORDER BY posting_date");
    query.bind(item.id.value, item.account);
    const std::int64_t sign = item.original < 0 ? -1 : 1;
    Date earliest = date;
    std::int64_t open = 0;   // from the last change up to the next one
    while (query.step()) {
        const auto change = Date::from_days(static_cast<std::int32_t>(query.integer(0)));
        if (open < units) earliest = std::max(earliest, change);
        open += query.integer(1) * sign;
    }
    return earliest;
}

Result<Posted> write(store::Tx& tx, const Context& context, Draft& draft) {
    OWED_TRY(const auto* entity, context.books.entity(draft.entry.entity));
    OWED_TRY_VOID(check_lines(context, *entity, draft));
    OWED_TRY_VOID(check_sums(*entity, draft));
    if (!draft.known_new) {
        OWED_TRY(auto before, repeated(tx, draft.entry.event_key, draft.content));
        if (before) return *before;
    }
    OWED_TRY_VOID(check_reversal(tx, draft.entry));
    if (draft.when_closed == WhenClosed::refused || stands_on_its_day(tx)) OWED_TRY_VOID(check_open(tx, context, entity->id, draft.entry.posting_date));
    OWED_TRY(auto day, first_open_day(tx, context, *entity, draft.entry.posting_date));
    OWED_TRY_VOID(settle_items(tx, *entity, draft, day));
    auto row = entry_row(tx, context, *entity, draft, day);
    store_entry(tx, draft, row);
    return Posted{.entry = row.id, .posting_date = day, .moved = day != draft.asked, .repeated = false};
}

}  // namespace detail

namespace {

/// What makes two entries the same event: who owes what when. The cause and the reason are left out: the same event may be
/// delivered twice by two files, and wording improves between releases.
std::string content_of(const Entry& entry) {
    store::RowHash hash;
    hash.add("post").add(entry.entity).add(std::int64_t{entry.posting_date.days()});
    hash.add(std::int64_t{entry.document_date.days()});
    hash.add(entry.reverses ? entry.reverses->value : std::int64_t{0});
    for (const auto& line : entry.lines) {
        hash.add(line.account).add(line.amount.currency().text()).add(line.amount.units());
        hash.add(line.functional.currency().text()).add(line.functional.units());
        hash.add(line.item ? line.item->value : std::int64_t{0});
    }
    return hash.bytes();
}

}  // namespace

Result<Posted> post(store::Tx& tx, const Context& context, const Entry& entry) {
    detail::Draft draft{.entry = entry,
                        .act = "post",
                        .asked = entry.posting_date,
                        .content = content_of(entry),
                        .moved_because = {},
                        .items = {},
                        .opens = {},
                        .moves_to = {}};
    return detail::write(tx, context, draft);
}

}  // namespace owed::ledger
