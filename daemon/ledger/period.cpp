// Periods: calendar months of an entity. What is closed is fenced; late events post to the first open day (DOMAIN 13).
#include "ledger/detail/write.hpp"

namespace owed::ledger {
namespace {

constexpr std::int64_t last_month = 2999 * 12 + 11;   // where Date ends

std::int64_t month_of(Date date) { return std::int64_t{date.year()} * 12 + date.month() - 1; }

}  // namespace

namespace detail {

Result<Date> first_open_day(store::Db& db, const std::string& entity, Date date) {
    const auto asked = month_of(date);
    if (asked < 1900 * 12 || asked > last_month)
        return fail(Errc::invalid_argument, "a posting date lies outside of the years 1900 to 2999");
    auto query = db.query("SELECT month FROM period WHERE entity = ? AND month >= ? AND state <> 0 ORDER BY month");
    query.bind(entity, asked);
    auto open = asked;
    while (query.step() && query.integer(0) == open) ++open;
    if (open == asked) return date;
    if (open > last_month)
        return fail(Errc::period_closed, "entity \"" + entity + "\" has no open period at or after " + to_text(date), {},
                    "open a period");
    return Date::of(static_cast<int>(open / 12), static_cast<int>(open % 12) + 1, 1);
}

}  // namespace detail

Status set_period(store::Tx& tx, const std::string& entity, Date month, PeriodState state) {
    if (entity.empty()) return fail(Errc::invalid_argument, "a period needs an entity");
    auto query = tx.query("INSERT INTO period (entity, month, state) VALUES (?, ?, ?) "
                          "ON CONFLICT (entity, month) DO UPDATE SET state = excluded.state");
    query.bind(entity, month_of(month), state);
    query.run();
    return {};
}

PeriodState period_state(store::Db& db, const std::string& entity, Date month) {
    auto query = db.query("SELECT state FROM period WHERE entity = ? AND month = ?");
    query.bind(entity, month_of(month));
    return query.step() ? static_cast<PeriodState>(query.integer(0)) : PeriodState::open;
}

}  // namespace owed::ledger
