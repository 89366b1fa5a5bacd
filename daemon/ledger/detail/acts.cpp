#include "ledger/detail/acts.hpp"

#include <algorithm>

#include "ledger/detail/terms.hpp"
#include "ledger/periods.hpp"

namespace owed::ledger::detail {
namespace {

Draft begun(const Entity& entity, const Act& act, Date document_date, Date earliest, const char* moved_because) {
    const auto& asked = act.instruction;
    Draft draft;
    draft.known_new = true;   // `begin` has asked
    draft.act = act.name;
    draft.asked = asked.date;
    draft.content = act.content;
    draft.moved_because = moved_because;
    draft.entry = {entity.id, earliest, document_date, asked.cause, asked.reason, asked.event_key, {}, {}};
    if (!asked.approved_by.empty()) draft.entry.reason += " (by " + asked.by + ", approved by " + asked.approved_by + ")";
    return draft;
}

Line line_of(const Entity& entity, const std::string& account, Currency currency, std::int64_t units, std::int64_t functional,
             std::optional<OpenItemId> item = {}) {
    return {account, Money::minor(units, currency), Money::minor(functional, entity.currency), item};
}

/// The counters' lines: `sign` is +1 when they are debited.
void add_counters(const Entity& entity, Currency currency, std::int64_t sign, std::int64_t units, std::int64_t functional,
                  const std::vector<Counter>& counters, std::vector<Line>& lines) {
    std::int64_t left = functional;
    for (std::size_t i = 0; i < counters.size(); ++i) {
        const auto share = i + 1 == counters.size() ? left : pro_rata(functional, counters[i].units, units);
        left -= share;
        if (counters[i].units != 0 || share != 0)
            lines.push_back(line_of(entity, counters[i].account, currency, sign * counters[i].units, sign * share));
    }
}

}  // namespace

Result<std::optional<Posted>> begin(store::Db& db, const Act& act) {
    OWED_TRY(auto before, repeated(db, act.instruction.event_key, act.content));
    if (before) return before;
    if (!act.instruction.approved_by.empty() && act.instruction.approved_by == act.instruction.by)
        return fail(Errc::refused, std::string{act.name} + " is approved by \"" + act.instruction.by + "\", who asks for it", {},
                    "a second person approves");
    return std::optional<Posted>{};
}

Act act_of(const char* name, OpenItemId item, const std::optional<Money>& amount, const Instruction& instruction, const std::string& more) {
    store::RowHash hash;
    hash.add(name).add(item.value).add(amount ? amount->units() : std::int64_t{0}).add(std::int64_t{instruction.date.days()}).add(more);
    return {name, instruction, hash.bytes()};
}

Draft settling(store::Db& db, const Entity& entity, const Act& act, ItemRow item, std::int64_t units,
               const std::vector<Counter>& counters) {
    auto draft = begun(entity, act, item.document_date, earliest_day_with(db, item, units, act.instruction.date),
                       "the item was not open before");
    draft.entry.lines = settling_lines(entity, item, units, counters);
    std::rotate(draft.entry.lines.begin(), draft.entry.lines.begin() + 1, draft.entry.lines.end());   // the item comes last
    draft.items.push_back(std::move(item));
    return draft;
}

std::vector<Line> settling_lines(const Entity& entity, const ItemRow& item, std::int64_t units, const std::vector<Counter>& counters) {
    const std::int64_t sign = item.is_credit() ? -1 : 1;
    const auto functional = carrying_part(item, units);
    std::vector<Line> lines{line_of(entity, item.account, item.currency, -sign * units, -sign * functional, item.id)};
    add_counters(entity, item.currency, sign, units, functional, counters, lines);
    return lines;
}

Draft moving(store::Db& db, const Entity& entity, const Act& act, ItemRow from, std::int64_t units, ItemRow to) {
    const std::int64_t sign = from.is_credit() ? -1 : 1;
    const auto functional = carrying_part(from, units);
    auto draft = begun(entity, act, to.document_date, earliest_day_with(db, from, units, act.instruction.date),
                       "the item was not open before");
    draft.entry.lines.push_back(line_of(entity, to.account, to.currency, sign * units, sign * functional, to.id));
    draft.entry.lines.push_back(line_of(entity, from.account, from.currency, -sign * units, -sign * functional, from.id));
    to.original = sign * units;
    to.functional_original = sign * functional;
    draft.items.push_back(std::move(from));
    draft.opens = std::move(to);
    return draft;
}

Draft raising(store::Db& db, const Entity& entity, const Act& act, ItemRow item, std::int64_t units, std::int64_t functional,
              const std::vector<Counter>& counters) {
    const std::int64_t sign = item.is_credit() ? -1 : 1;
    auto draft = begun(entity, act, item.document_date, earliest_day_with_room(db, item, units, act.instruction.date),
                       "that much of the item was still open before");
    draft.entry.lines.push_back(line_of(entity, item.account, item.currency, sign * units, sign * functional, item.id));
    add_counters(entity, item.currency, -sign, units, functional, counters, draft.entry.lines);
    item.written_off = false;
    draft.items.push_back(std::move(item));
    return draft;
}

Status tell_opened(store::Tx& tx, const Context& context, const ItemRow& item) {
    const ItemEvent event{item.entity, item.customer, item.id, item.kind};
    for (auto* listener : context.listeners) OWED_TRY_VOID(listener->item_opened(tx, event));
    return {};
}

Status tell_changed(store::Tx& tx, const Context& context, const ItemRow& item, const std::string& act) {
    const ItemChange change{{item.entity, item.customer, item.id, item.kind}, act, item.residual_money()};
    for (auto* listener : context.listeners) OWED_TRY_VOID(listener->item_changed(tx, change));
    return {};
}

Result<Posted> carry_out(store::Tx& tx, const Context& context, Draft& draft) {
    OWED_TRY(auto posted, write(tx, context, draft));
    if (posted.repeated) return posted;
    if (draft.terms) insert_terms(tx, draft.opens->id, *draft.terms);
    if (draft.opens) OWED_TRY_VOID(tell_opened(tx, context, *draft.opens));
    for (const auto& item : draft.items) OWED_TRY_VOID(tell_changed(tx, context, item, draft.act));
    return posted;
}

ItemRow new_item(store::Tx& tx, const Entity& entity, ItemKind kind, Currency currency, std::int64_t original,
                 std::int64_t functional) {
    ItemRow item;
    item.id = OpenItemId{next_item_id(tx)};
    item.entity = entity.id;
    item.kind = kind;
    item.currency = currency;
    item.original = original;
    item.functional_original = functional;
    return item;
}

Date earliest_day_with_room(store::Db& db, const ItemRow& item, std::int64_t units, Date date) {
    auto earliest = std::max(date, item.posting_date);
    if (earliest >= item.last_date) return earliest;
    auto query = db.query("SELECT posting_date, SUM(amount) FROM posting_line WHERE item = ? GROUP BY posting_date "
                          "ORDER BY posting_date");
    query.bind(item.id.value);
    const std::int64_t sign = item.is_credit() ? -1 : 1;
    std::int64_t open = 0;   // from the last change up to the next one
    while (query.step()) {
        const auto change = Date::from_days(static_cast<std::int32_t>(query.integer(0)));
        if (open > item.original * sign - units) earliest = std::max(earliest, change);
        open += query.integer(1) * sign;
    }
    return earliest;
}

Status check_open_part(const ItemRow& item, const std::optional<Money>& amount, const char* what) {
    if (amount && !amount->is_positive())
        return fail(Errc::invalid_argument, std::string{what} + " of " + shown(item) + ": amount " + shown(*amount) + " is not positive");
    if (amount && amount->currency() != item.currency)
        return fail(Errc::currency_mismatch, std::string{what} + " of " + shown(item) + ": amount is in " +
                                                 std::string{amount->currency().text()} + ", the item in " +
                                                 std::string{item.currency.text()});
    if (item.residual == 0) return fail(Errc::item_not_open, shown(item) + " is settled");
    const auto open = item.is_credit() ? -item.residual : item.residual;
    if (amount && amount->units() > open)
        return fail(Errc::application_exceeds_residual, shown(item) + " has " + shown(open, item.currency) + " open; " +
                                                            std::string{what} + " of " + shown(*amount) + " was asked for");
    return {};
}

Status check_number_is_new(store::Db& db, const ItemRow& item) {
    auto query = db.query("SELECT i.id, e.event_key FROM open_item i JOIN journal_entry e ON e.id = i.entry "
                          "WHERE i.entity = ? AND i.kind = ? AND i.document = ? AND i.instalment = ? AND i.kind <> 5");
    query.lend(item.entity, item.kind, item.document, item.instalment);
    if (!query.step()) return {};
    return fail(Errc::already_exists, std::string{name_of(item.kind)} + " " + item.document + " exists as item " +
                                          std::to_string(query.integer(0)) + ", posted by event \"" + query.text(1) + "\"");
}

Result<PostedItem> item_opened_by(store::Db& db, const Posted& posted) {
    auto query = db.query("SELECT id FROM open_item WHERE entry = ?");
    query.bind(posted.entry.value);
    if (query.step()) return PostedItem{OpenItemId{query.integer(0)}, posted};
    return fail(Errc::store_corrupt, "entry " + std::to_string(posted.entry.value) + " opened an item that is missing", {},
                "run owectl ledger verify");
}

Draft opening(const Entity& entity, const Act& act, ItemRow item, const std::vector<Counter>& counters) {
    const std::int64_t sign = item.is_credit() ? -1 : 1;
    auto draft = begun(entity, act, item.document_date, act.instruction.date, "");
    add_counters(entity, item.currency, -sign, item.original * sign, item.functional_original * sign, counters, draft.entry.lines);
    draft.entry.lines.push_back(line_of(entity, item.account, item.currency, item.original, item.functional_original, item.id));
    draft.opens = std::move(item);
    return draft;
}

Result<Posted> post_lines(store::Tx& tx, const Context& context, const char* act, const Entity& entity, const Instruction& instruction,
                          std::vector<Line> lines, WhenClosed when_closed) {
    store::RowHash hash;
    hash.add(act).add(entity.id).add(std::int64_t{instruction.date.days()});
    for (const auto& line : lines) hash.add(line.account).add(line.amount.currency().text()).add(line.amount.units()).add(line.functional.units());
    const Act asked{act, instruction, hash.bytes()};
    OWED_TRY(auto before, begin(tx, asked));
    if (before) return *before;
    auto draft = begun(entity, asked, instruction.date, instruction.date, "");
    draft.entry.lines = std::move(lines);
    draft.when_closed = when_closed;
    return carry_out(tx, context, draft);
}

Result<ForADay> post_for_a_day(store::Tx& tx, const Context& context, const char* act, const Entity& entity,
                               const Instruction& instruction, std::vector<Line> lines) {
    OWED_TRY(const auto posted, post_lines(tx, context, act, entity, instruction, std::move(lines), WhenClosed::refused));
    OWED_TRY(auto back, reversal_of(tx, context, posted.entry, instruction.date.plus_days(1)));
    back.act = "reversal";
    back.entry.cause = instruction.cause;
    back.entry.reason = instruction.reason + " (taken back on the first day of the next period)";
    back.entry.event_key = instruction.event_key + "/reversal";
    back.content = store::sha256(back.entry.event_key);
    OWED_TRY(const auto reversal, write(tx, context, back));
    return ForADay{posted, reversal};
}

Status check_closing(store::Db& db, const Context& context, const std::string& entity, Date closing) {
    if (closing != closing.end_of_month())
        return fail(Errc::invalid_argument, to_text(closing) + " does not end a period of entity \"" + entity + "\"", {},
                    "use the last day of the month");
    return check_open(db, context, entity, closing);
}

std::vector<Counter> counters_of(store::Db& db, const ItemRow& item) {
    const std::int64_t sign = item.is_credit() ? -1 : 1;
    std::vector<Counter> counters;
    for (const auto& line : lines_of(db, item.entry))
        if (line.item != item.id && line.amount * sign < 0) counters.push_back({line.account, -line.amount * sign});
    return counters;
}

std::vector<Counter> shared_out(const std::vector<Counter>& counters, std::int64_t done, std::int64_t units) {
    std::int64_t whole = 0, left = units;
    for (const auto& counter : counters) whole += counter.units;
    auto shares = counters;
    for (auto& share : shares) {
        share.units = &share == &shares.back() ? left : next_share(share.units, done, units, whole);
        left -= share.units;
    }
    return shares;
}

}  // namespace owed::ledger::detail
