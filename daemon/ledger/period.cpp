// Periods: calendar months of an entity. What is closed is fenced; late events post to the first open day (DOMAIN 13).
#include <algorithm>
#include <array>

#include "ledger/detail/tables.hpp"
#include "ledger/detail/write.hpp"
#include "ledger/on_its_day.hpp"
#include "ledger/periods.hpp"

namespace owed::ledger {
namespace {

constexpr std::int64_t first_month = 1900 * 12, last_month = 2999 * 12 + 11;   // where Date begins and ends
constexpr std::array<std::string_view, 3> state_names{"open", "soft_closed", "locked"};

std::int64_t month_of(Date date) { return std::int64_t{date.year()} * 12 + date.month() - 1; }

Date first_of(std::int64_t month) {
    return Date::of(static_cast<int>(month / 12), static_cast<int>(month % 12) + 1, 1).value_or(Date{});
}

std::string month_text(Date date) { return to_text(date).substr(0, 7); }

std::string period_text(const std::string& entity, Date date) { return "period " + month_text(date) + " of entity \"" + entity + "\""; }

/// `locked_after`: the last day that is locked.
Status check_change(const Context& context, const PeriodChange& change, PeriodState before, std::optional<Date> locked_after) {
    const auto what = period_text(change.entity, change.month);
    OWED_TRY(const auto* entity, context.books.entity(change.entity));
    static_cast<void>(entity);
    const auto month = month_of(change.month);
    if (month < first_month || month > last_month)
        return fail(Errc::invalid_argument, "a period lies outside of the years 1900 to 2999");
    if (change.by.empty()) return fail(Errc::invalid_argument, what + ": nobody is named who changes it");
    if (change.reason.empty()) return fail(Errc::invalid_argument, what + ": no reason is given for changing it");
    if (change.state < before && locked_after && month < month_of(*locked_after))
        return fail(Errc::period_closed, what + " lies before " + month_text(*locked_after) + ", which is locked", {},
                    "its closing balances would change: reopen " + month_text(*locked_after) + " first");
    if (before != PeriodState::locked || change.state == before) return {};
    if (change.approved_by.empty())
        return fail(Errc::approval_required, what + " is locked; " + change.by + " alone cannot reopen it", {}, "a second person approves");
    if (change.approved_by == change.by)
        return fail(Errc::refused, what + " is locked, and " + change.by + " cannot approve reopening it for " + change.by, {},
                    "a second person approves");
    return {};
}

std::string change_hash(std::int64_t id, const PeriodChange& change) {
    store::RowHash hash;
    hash.add("period_change").add(id).add(change.entity).add(month_of(change.month)).add(static_cast<std::int64_t>(change.before));
    hash.add(static_cast<std::int64_t>(change.state)).add(change.by).add(change.approved_by).add(change.reason);
    return hash.add(change.at.micros).bytes();
}

constexpr std::string_view change_columns = "entity, month, before, state, changed_by, approved_by, reason, recorded_at";

PeriodChange change_at(const store::Query& query) {
    return {.entity = query.text(0),
            .month = first_of(query.integer(1)),
            .state = static_cast<PeriodState>(query.integer(3)),
            .by = query.text(4),
            .approved_by = query.text(5),
            .reason = query.text(6),
            .before = static_cast<PeriodState>(query.integer(2)),
            .at = Instant{query.integer(7)}};
}

/// Months found open in this transaction: a file's documents are mostly of the same few.
class OpenMonths : public store::Memo {
  public:
    bool has(const std::string& entity, bool soft_too, std::int64_t month) const {
        return std::any_of(known_.begin(), known_.end(),
                           [&](const Known& one) { return one.month == month && one.entity == entity && one.soft_too == soft_too; });
    }
    void add(const std::string& entity, bool soft_too, std::int64_t month) {
        constexpr std::size_t known_max = 16;
        if (known_.size() == known_max) known_.clear();
        known_.push_back({entity, soft_too, month});
    }
    void begin_part() override {}
    void undo_part() override { known_.clear(); }
    void end_part() override {}

  private:
    struct Known {
        std::string entity;
        bool soft_too;                   ///< asked by somebody who may post into soft-closed ones
        std::int64_t month;
    };
    std::vector<Known> known_;
};
constexpr std::string_view open_months_key = "ledger.open_months";

class PersonActs : public store::Memo {
    void begin_part() override {}
    void undo_part() override {}
    void end_part() override {}
};
constexpr std::string_view on_its_day_key = "ledger.on_its_day";

}  // namespace

namespace detail {

Result<Date> first_open_day(store::Db& db, const Context& context, const Entity& entity, Date date) {
    const auto asked = month_of(date);
    if (asked < first_month || asked > last_month)
        return fail(Errc::invalid_argument, "a posting date lies outside of the years 1900 to 2999");
    auto& memo = db.memo(open_months_key);
    if (!memo) memo = std::make_shared<OpenMonths>();
    auto& known_open = static_cast<OpenMonths&>(*memo);
    const auto& named = entity.soft_close_roles;
    const bool soft_too = std::find_first_of(named.begin(), named.end(), context.roles.begin(), context.roles.end()) != named.end();
    if (known_open.has(entity.id, soft_too, asked)) return date;
    const auto locked = locked_through(db, entity.id);
    auto open = locked ? std::max(asked, month_of(*locked) + 1) : asked;
    auto query = db.query("SELECT month, state FROM period WHERE entity = ? AND month >= ? AND state <> 0 ORDER BY month");
    query.bind(entity.id, open);
    const auto fenced = [&](PeriodState state) { return state == PeriodState::locked || !soft_too; };
    while (query.step() && query.integer(0) == open && fenced(static_cast<PeriodState>(query.integer(1)))) ++open;
    if (open == asked) {
        known_open.add(entity.id, soft_too, asked);
        return date;
    }
    if (open > last_month)
        return fail(Errc::period_closed, "entity \"" + entity.id + "\" has no open period at or after " + to_text(date), {},
                    "open a period");
    return first_of(open);
}

bool stands_on_its_day(store::Db& db) { return db.memo(on_its_day_key) != nullptr; }

std::optional<std::string> before_a_locked_one(store::Db& db, const std::string& entity, Date date) {
    const auto locked = locked_through(db, entity);
    if (!locked || *locked < date || period_state(db, entity, date) == PeriodState::locked) return {};
    return "lies before " + month_text(*locked) + ", which is locked";
}

void check_period_changes(store::Db& db, const Differ& differ) {
    static const std::string sql = "SELECT " + std::string{change_columns} + ", id, hash FROM period_change ORDER BY id";
    auto query = db.query(sql);
    while (query.step())
        if (change_hash(query.integer(8), change_at(query)) != query.blob(9))
            differ("period change " + std::to_string(query.integer(8)) + ": row hash does not fit its fields");
    // The state that counts is the last change's: a period opened by hand is seen, by another state or by its missing row.
    auto states = db.query(
        "SELECT c.entity, c.month, c.state, p.state FROM period_change c LEFT JOIN period p ON p.entity = c.entity AND p.month = c.month "
        "WHERE c.id = (SELECT MAX(n.id) FROM period_change n WHERE n.entity = c.entity AND n.month = c.month)");
    while (states.step()) {
        if (!states.is_null(3) && states.integer(3) == states.integer(2)) continue;
        differ("period " + to_text(first_of(states.integer(1))).substr(0, 7) + " of entity \"" + states.text(0) + "\" is " +
               (states.is_null(3) ? std::string{"missing"} : std::string{name_of(static_cast<PeriodState>(states.integer(3)))}) +
               ", its last change says " + std::string{name_of(static_cast<PeriodState>(states.integer(2)))});
    }
}

}  // namespace detail

OnItsDay::OnItsDay(store::Tx& tx) : tx_{tx} { tx_.memo(on_its_day_key) = std::make_shared<PersonActs>(); }
OnItsDay::~OnItsDay() { tx_.memo(on_its_day_key).reset(); }

std::string_view name_of(PeriodState state) noexcept { return state_names[static_cast<std::size_t>(state)]; }

Status change_period(store::Tx& tx, const Context& context, const PeriodChange& asked) {
    auto change = asked;
    change.before = period_state(tx, asked.entity, asked.month);
    OWED_TRY_VOID(check_change(context, change, change.before, locked_through(tx, asked.entity)));
    if (change.before == change.state) return {};
    change.at = context.clock.now();
    const auto id = detail::next_row(tx.query("SELECT COALESCE(MAX(id), 0) FROM period_change"));
    auto record = tx.query("INSERT INTO period_change (id, entity, month, before, state, changed_by, approved_by, reason, recorded_at, hash) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    record.bind(id, change.entity, month_of(change.month), change.before, change.state, change.by, change.approved_by, change.reason,
                change.at.micros);
    record.set_blob(9, change_hash(id, change));
    record.run();
    tx.memo(open_months_key).reset();
    auto query = tx.query("INSERT INTO period (entity, month, state) VALUES (?, ?, ?) "
                          "ON CONFLICT (entity, month) DO UPDATE SET state = excluded.state");
    query.bind(change.entity, month_of(change.month), change.state);
    query.run();
    return {};
}

Status check_open(store::Db& db, const Context& context, const std::string& name, Date date) {
    OWED_TRY(const auto* entity, context.books.entity(name));
    OWED_TRY(const auto open, detail::first_open_day(db, context, *entity, date));
    if (open == date) return {};
    const auto state = detail::before_a_locked_one(db, name, date).value_or("is " + std::string{name_of(period_state(db, name, date))});
    const auto* advice = locked_through(db, name) >= date ? "reopen it with a second person" : "let one of its roles post, or reopen it";
    return fail(Errc::period_closed, period_text(name, date) + " " + state, {}, std::string{advice} + "; the first open day is " + to_text(open));
}

std::optional<Date> locked_through(store::Db& db, const std::string& entity) {
    auto query = db.query("SELECT MAX(month) FROM period WHERE entity = ? AND state = 2");
    query.bind(entity);
    if (!query.step() || query.is_null(0)) return {};
    return first_of(query.integer(0)).end_of_month();
}

PeriodState period_state(store::Db& db, const std::string& entity, Date month) {
    auto query = db.query("SELECT state FROM period WHERE entity = ? AND month = ?");
    query.bind(entity, month_of(month));
    return query.step() ? static_cast<PeriodState>(query.integer(0)) : PeriodState::open;
}

std::vector<PeriodChange> period_changes(store::Db& db, const std::optional<std::string>& entity) {
    static const std::string sql = "SELECT " + std::string{change_columns} + " FROM period_change ORDER BY id";
    auto query = db.query(sql);
    std::vector<PeriodChange> changes;
    while (query.step())
        if (!entity || query.text_view(0) == *entity) changes.push_back(change_at(query));
    return changes;
}

std::vector<Period> closed_periods(store::Db& db, const std::optional<std::string>& entity) {
    auto query = db.query("SELECT entity, month, state FROM period WHERE state <> 0 ORDER BY entity, month");
    std::vector<Period> periods;
    while (query.step())
        if (!entity || query.text_view(0) == *entity)
            periods.push_back({query.text(0), first_of(query.integer(1)), static_cast<PeriodState>(query.integer(2))});
    return periods;
}

}  // namespace owed::ledger
