// Periods: calendar months of an entity, open until somebody says otherwise (DOMAIN section 13).
// A late event posts to the first open day and says so in its entry. Writing: writer strand; reading: any thread.
#pragma once

#include <string>
#include <vector>

#include "ledger/ledger.hpp"

namespace owed::ledger {

/// soft_closed: only persons whose role the entity names may post (Context::roles). locked: nobody, nor into any month before
/// it, which would change its closing balances.
enum class PeriodState { open, soft_closed, locked };
std::string_view name_of(PeriodState state) noexcept;   ///< "open", "soft_closed", "locked"

struct PeriodChange {
    std::string entity;
    Date month;                          ///< any day of it; read back as its first
    PeriodState state = PeriodState::open;
    std::string by;                      ///< who asks
    std::string approved_by = {};        ///< the second person
    std::string reason;
    PeriodState before = PeriodState::open;     ///< read back only
    Instant at = {};                            ///< read back only
};
/// Moves a period to another state and records it. The state it is in already: nothing is recorded. Leaving `locked` needs a
/// second person. Errors, in this order: not_found (entity), invalid_argument (nobody named, no reason, date out of range),
/// period_closed (opened while a later one is locked, whose balances would change), approval_required (locked, and nobody
/// approved), refused (approved by the one who asks).
Status change_period(store::Tx& tx, const Context& context, const PeriodChange& change);

/// As its last change left it; one that was never closed may still be fenced by `locked_through`.
PeriodState period_state(store::Db& db, const std::string& entity, Date month);

/// Last day of the latest locked month: nobody posts on it or before it.
std::optional<Date> locked_through(store::Db& db, const std::string& entity);

/// Every change, oldest first.
std::vector<PeriodChange> period_changes(store::Db& db, const std::optional<std::string>& entity);

/// Whether what the acting role posts on that day stands there, for what must not move to a later month: a figure of a period's
/// end. Errors: not_found (entity), invalid_argument (date out of range), period_closed.
Status check_open(store::Db& db, const Context& context, const std::string& entity, Date date);

struct Period {
    std::string entity;
    Date month;
    PeriodState state;
};
/// Months that are not open, by entity and month.
std::vector<Period> closed_periods(store::Db& db, const std::optional<std::string>& entity);

}  // namespace owed::ledger
