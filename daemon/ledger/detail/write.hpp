// The one way by which money is written: every posting rule makes a Draft, `write` checks and stores it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/detail/rows.hpp"

namespace owed::ledger::detail {

/// What becomes of an entry in a period that is closed to the acting role.
enum class WhenClosed {
    moved,     ///< it posts on the first open day (DOMAIN section 13)
    refused,   ///< period_closed: a figure of a period's end would be missing there
};

struct Draft {
    Entry entry;                        ///< posting_date: the earliest day that is possible; see `asked`
    std::string act;                    ///< "document", "application", ...
    Date asked;                         ///< the day the caller wanted
    std::string content;                ///< hash of what the caller asked for, 32 bytes
    std::string moved_because;          ///< why entry.posting_date is later than `asked`, when it is
    std::vector<ItemRow> items;         ///< rows that the lines name, as far as the caller has them; updated by `write`
    std::optional<ItemRow> opens;       ///< a new item: id, account and all but sums and entry are set
    WhenClosed when_closed = WhenClosed::moved;
    bool known_new = false;             ///< the caller has asked `repeated` already
    std::optional<ItemTerms> terms = {};     ///< of the new item
    std::optional<std::string> moves_to;   ///< identification: the tagged lines move the item to this control account
};

/// Checks in the order that `post` documents, from the entity to the period, then writes the entry, its lines, and the
/// items' residuals. A known event key with the same content answers `repeated` and writes nothing.
Result<Posted> write(store::Tx& tx, const Context& context, Draft& draft);

/// What was posted under this event key, when its content is the same. Errors: conflicting_repeat.
Result<std::optional<Posted>> repeated(store::Db& db, std::string_view event_key, std::string_view content);

/// First day at or after `date` whose month is open for the entity, to the acting role. Errors: period_closed, invalid_argument
/// (date out of range).
Result<Date> first_open_day(store::Db& db, const Context& context, const Entity& entity, Date date);

/// "lies before 2026-03, which is locked": of a day whose own month nobody locked.
std::optional<std::string> before_a_locked_one(store::Db& db, const std::string& entity, Date date);

/// The earliest day at or after `date` from which on, on every later day too, `units` (positive) of the item are open on its
/// present account. What is back-dated must not make a residual cross zero on a day in between, nor may an item be settled
/// before it exists. The caller has checked that so much is open today.
Date earliest_day_with(store::Db& db, const ItemRow& item, std::int64_t units, Date date);

/// Part of an item's carrying amount that leaves with `units` of its residual (both positive): pro rata, rounded half away
/// from zero; the last part takes the rest, so that both currencies end at exactly zero (DOMAIN section 10).
std::int64_t carrying_part(const ItemRow& item, std::int64_t units);
/// total * part / whole for non-negative numbers, rounded half away from zero.
std::int64_t pro_rata(std::int64_t total, std::int64_t part, std::int64_t whole);

/// What the next `units` of a whole take of a total when `done` of it have taken theirs: as they are rounded at both ends, the
/// parts add up to the total however it is cut.
std::int64_t next_share(std::int64_t total, std::int64_t done, std::int64_t units, std::int64_t whole);

/// A draft that takes an entry back, line by line, on its own day or on `date` if that is later. Errors: not_found.
Result<Draft> reversal_of(store::Db& db, const Context& context, EntryId entry, Date date);

/// Errors: already_exists, naming the entry that has taken it back.
Status check_not_reversed(store::Db& db, EntryId entry);
/// An entry that says it reverses another must take back exactly that one, and once. Errors: not_found, already_exists,
/// invalid_argument.
Status check_reversal(store::Db& db, const Entry& entry);

const std::string& code_of(const Entity& entity, Role role);
bool is_control_account(const Entity& entity, std::string_view code);

}  // namespace owed::ledger::detail
