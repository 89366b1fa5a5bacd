// What the events beyond documents and applications share: an amount leaves an item to other accounts or to a new item, or
// comes back to it; then the listeners hear of it.
#pragma once

#include <string>
#include <vector>

#include "ledger/detail/write.hpp"

namespace owed::ledger::detail {

/// The other side of a change: units are positive, their sum is the change.
struct Counter {
    std::string account;
    std::int64_t units;
};

/// One event: its name in the journal, who asks, and the hash of what was asked.
struct Act {
    const char* name;
    const Instruction& instruction;
    std::string content;
};

/// What was posted under the instruction's event key before; then that the second person is one. Errors, in this order:
/// invalid_argument (no event key), conflicting_repeat, refused (approved by the one who asks).
Result<std::optional<Posted>> begin(store::Db& db, const Act& act);

/// `units` (positive) of the item leave to the counters; carrying amounts pro rata, the last counter takes the rest.
Draft settling(store::Db& db, const Entity& entity, const Act& act, ItemRow item, std::int64_t units,
               const std::vector<Counter>& counters);
/// Lines that settle `units` (positive) of an item: its control account, then the counters, of which the last takes the rest.
std::vector<Line> settling_lines(const Entity& entity, const ItemRow& item, std::int64_t units, const std::vector<Counter>& counters);
/// `units` of the item move onto a new one, with their carrying amount. `to`: kind, customer, document, dates, account are set.
Draft moving(store::Db& db, const Entity& entity, const Act& act, ItemRow from, std::int64_t units, ItemRow to);
/// A new item against the counters, whose units add up to its original.
Draft opening(const Entity& entity, const Act& act, ItemRow item, const std::vector<Counter>& counters);
/// `units` come back onto the item from the counters, with this carrying amount; earliest when there is room for them.
Draft raising(store::Db& db, const Entity& entity, const Act& act, ItemRow item, std::int64_t units, std::int64_t functional,
              const std::vector<Counter>& counters);

/// What every act on an item hashes: its name, the item, the amount, the day, and `more`.
Act act_of(const char* name, OpenItemId item, const std::optional<Money>& amount, const Instruction& instruction, const std::string& more = {});

/// Listeners hear of an item that was opened; that was changed by something else than an application.
Status tell_opened(store::Tx& tx, const Context& context, const ItemRow& item);
Status tell_changed(store::Tx& tx, const Context& context, const ItemRow& item, const std::string& act);
/// Writes, then tells the listeners of the item it opened and of those it changed.
Result<Posted> carry_out(store::Tx& tx, const Context& context, Draft& draft);

/// A row with the next id and what a new item always has; amounts signed, `functional` 0 when it is not known yet.
ItemRow new_item(store::Tx& tx, const Entity& entity, ItemKind kind, Currency currency, std::int64_t original,
                 std::int64_t functional);

/// As earliest_day_with, for amounts that come back: from that day on the residual plus `units` stays within the original.
Date earliest_day_with_room(store::Db& db, const ItemRow& item, std::int64_t units, Date date);

/// An amount that is a part of what is open of an item (none: all of it): of its currency, positive, not above its residual.
/// Errors, in this order: invalid_argument, currency_mismatch, item_not_open, application_exceeds_residual.
Status check_open_part(const ItemRow& item, const std::optional<Money>& amount, const char* what);
/// Errors: already_exists (an item of its entity and kind has the number and instalment; that item and its event are named).
Status check_number_is_new(store::Db& db, const ItemRow& item);
/// The item that an entry opened. Errors: store_corrupt.
Result<PostedItem> item_opened_by(store::Db& db, const Posted& posted);
Result<EntryRow> load_entry(store::Db& db, EntryId id);   ///< not_found

/// An entry without items. Errors as begin, then as post.
Result<Posted> post_lines(store::Tx& tx, const Context& context, const char* act, const Entity& entity, const Instruction& instruction,
                          std::vector<Line> lines, WhenClosed when_closed = WhenClosed::moved);
/// An entry of a period's last day, refused when it cannot stand there, that is taken back on the next one.
struct ForADay {
    Posted entry, reversal;
};
Result<ForADay> post_for_a_day(store::Tx& tx, const Context& context, const char* act, const Entity& entity,
                               const Instruction& instruction, std::vector<Line> lines);
/// Errors: invalid_argument (not the last day of a month), period_closed (that month is closed to the acting role).
Status check_closing(store::Db& db, const Context& context, const std::string& entity, Date closing);

/// An amount in the entity's currency, and the rate that made it when it was looked up here.
struct Booked {
    Money amount;
    std::string rate = {};

    std::string said(const std::string& reason) const { return rate.empty() ? reason : reason + " (" + rate + ")"; }
};
/// A foreign document that does not say its functional amount, at the spot rate of its day, to be shared out to its parts. None: it
/// is in the entity's currency, or says it. Errors: not_found (entity), as post_document.
Result<std::optional<Booked>> booked_whole(store::Db& db, const Context& context, const PostDocument& document);
/// post_document on any control account. `share`: what the document books of a whole that was converted before.
Result<PostedItem> post_document_on(store::Tx& tx, const Context& context, const PostDocument& document, Role control,
                                    const std::optional<Booked>& share = {});

/// Accounts opposite to the item's in its opening entry with their units (positive), for what goes back where it came from.
std::vector<Counter> counters_of(store::Db& db, const ItemRow& item);
/// `units` over `counters` by their weight, after `done` were shared out before: their parts add up to the counters.
std::vector<Counter> shared_out(const std::vector<Counter>& counters, std::int64_t done, std::int64_t units);

/// Of a deposit invoice: what is applied to it, less what was released for the final one; negative when a payment has gone since.
std::int64_t releasable_deposit(store::Db& db, OpenItemId invoice);
/// Deposit items released from it that stand, newest first.
std::vector<ItemRow> released_deposits(store::Db& db, OpenItemId invoice);
/// Those of them that are not paid for any more without this application, newest first.
std::vector<ItemRow> unpaid_deposits_without(store::Db& db, const ApplicationRow& undone);

/// Taking back, with all that followed from it.
///
/// Entries that changed an item after it was opened and stand (not reversed, themselves no reversal), newest first.
std::vector<EntryRow> followers(store::Db& db, const ItemRow& item);
/// Takes back all followers of an item, so that its residual is its original again. Errors: item_not_open (money was paid out).
Status reopen(store::Tx& tx, const Context& context, OpenItemId item, Date date, const Cause& cause, const std::string& reason);
/// As reopen, for money that the bank has taken back: what was refunded or escheated stays as it is, everything else is taken back.
/// Adds to `held` the items on which something is left then: deposits of which a part has left, each with its rest, and the credit
/// itself, last. Errors: item_not_open (returned before; money has left by another entity's books or as a deposit that was billed).
Status reopen_what_is_here(store::Tx& tx, const Context& context, OpenItemId credit, Date date, const Cause& cause, const std::string& reason,
                           std::vector<OpenItemId>& held);
/// The item that an entry opened. nullopt: none.
std::optional<OpenItemId> opened_by(store::Db& db, EntryId entry);
/// Takes back one entry; what followed from the item it opened, before. Errors as reopen.
Result<Posted> undo(store::Tx& tx, const Context& context, const EntryRow& entry, Date date, const Cause& cause,
                    const std::string& reason);
/// Standing recoveries of an item, newest first, that would be more than what stays written off of it once `units` of that are
/// taken back.
std::vector<EntryRow> recoveries_beyond(store::Db& db, const ItemRow& item, std::int64_t units);
/// After a write-off was taken back: what was recovered of it goes too, though it was paid since; the payment then counts
/// against the debt itself.
Status take_back_recoveries(store::Tx& tx, const Context& context, OpenItemId item, Date date, const Cause& cause,
                            const std::string& reason);
/// As take_back_recoveries for the items of an entry that was reversed, when it wrote something off.
Status take_back_recoveries(store::Tx& tx, const Context& context, const EntryRow& reversed, Date date, const Cause& cause,
                            const std::string& reason);
/// The draft of a reversal on the earliest day that its items allow, their written-off flags mended.
Result<Draft> fitting_reversal(store::Db& db, const Context& context, EntryId entry, Date date);
/// Takes back later entries, newest first, until the items of an entry can take its reversal: what a receipt paid on an invoice
/// that had come back, say.
Status make_room(store::Tx& tx, const Context& context, EntryId entry, Date date, const Cause& cause, const std::string& reason);

}  // namespace owed::ledger::detail
