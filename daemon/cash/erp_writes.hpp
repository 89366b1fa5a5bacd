// Authority erp: what is applied here goes back to the ERP, each application once (DESIGN section 5).
//
// An application is queued in its own transaction, and so is its undoing. A connector that takes receipt_application then gets
// what waits for its entity: reserved in a commit before the first byte leaves, so that after a crash the outcome is unknown and
// is asked about by key, never sent again on a guess. What the ERP refuses is taken back here in the open.
//
//   waiting -> reserved -> sent -> confirmed        reserved -> refused, waiting (nothing was written), unknown
//   unknown -> sent, refused, waiting, confirmed    sent -> refused (a later answer)      waiting -> withdrawn, confirmed
//   withdrawn -> confirmed, waiting (a taking back): the ERP says later that the application stands there
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cash/cash.hpp"
#include "owed/hosts.hpp"

namespace owed::cash {

/// Hears of applications in entities under authority erp and queues them; those by which the books follow the ERP's own figure
/// (stage erp_open) are its own news and are left out. Writer strand. Lives as long as the ledger's context.
class ErpListener final : public ledger::Listener {
  public:
    ErpListener(const ledger::Books& books, Clock& clock) : books_{books}, clock_{clock} {}
    Status applied(store::Tx& tx, const ledger::ApplicationEvent& event) override;
    Status unapplied(store::Tx& tx, const ledger::ApplicationEvent& event) override;

  private:
    const ledger::Books& books_;
    Clock& clock_;
};

enum class ErpState { waiting, reserved, sent, unknown, refused, confirmed, withdrawn };
std::string_view name_of(ErpState state) noexcept;

struct ErpWrite {
    std::int64_t id = 0;
    std::string key;                     ///< idempotency key: the ERP sees it
    std::string entity, connector;       ///< connector: that it went to; empty: not yet
    ApplicationId application{0};
    bool reversal = false;               ///< takes the application back
    ErpState state = ErpState::waiting;
    int attempts = 0;
    Instant queued_at, changed_at;
    std::optional<Instant> written_at, next_at;
    std::string remote_id, detail;
};
/// By id. `connector`: of this one alone; `state`: by its name. Any thread.
std::vector<ErpWrite> erp_writes(store::Db& db, const std::optional<std::string>& connector = {}, const std::optional<std::string>& state = {});

struct ReservedWrite {
    std::int64_t id = 0;
    Record record;
};
/// What is due for the ERP of `entity` (empty: of every entity), in the order in which it happened, now reserved for `connector`.
/// An application waits while the taking back of an earlier one on the same receipt or document is on its way, and a taking back
/// until its application is known to stand there. What the ERP's own record has confirmed meanwhile is not written at all. What
/// another connector was given before is left to that one: it alone may know the key.
/// Errors: store_corrupt (a queued record is not the one that was queued), and what the wire form cannot say.
Result<std::vector<ReservedWrite>> reserve_erp_writes(store::Tx& tx, Clock& clock, const std::string& entity, const std::string& connector,
                                                      std::size_t limit_max);
/// Whose outcome `connector`, which serves `entity` (empty: each), is to be asked for now: what it was given, and what waited for
/// nobody yet when the database was restored.
std::vector<ErpWrite> erp_writes_to_ask(store::Db& db, const std::string& connector, const std::string& entity, Instant now, std::size_t limit_max);

/// What became of a reserved or unknown one; what was settled in between (an answer came first) stays.
/// sent: it stands there. retry: nothing was written; it is due again after 1, 2, 4 ... minutes, at most 4 hours. unknown: it is
/// asked about at the same pace. refused: an application is taken back here (reason "refused by ERP: ..."), its items are no longer
/// in flight, and its receipt becomes a question with the ERP's words; where the ERP's own record has confirmed it meanwhile the
/// refusal is of a second one, and it is confirmed. The refusal of a taking back is an alarm. Audited.
/// Errors: not_found; when refused also ledger::unapply's and apply's, and then nothing was noted.
Status note_erp_outcome(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::int64_t id, const SendReceipt& outcome);

/// The ERP's later word (a result file). Accepted: the application is confirmed. Refused: as above, also of a second one. False: it
/// said so before.
/// `entity`: that it may speak for; empty: each. Errors: not_found (no such key there), conflicting_repeat (it said the opposite before).
Result<bool> erp_answered(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptAnswer& answer,
                          std::string_view entity = {});

/// Confirms what is no longer in flight, since the ERP's own record came: sent, unknown, or not yet written. How many.
int confirm_erp_writes(store::Tx& tx, Clock& clock);
/// The same for one, which the caller has just found to stand there. False: it is not among those.
bool confirm_erp_write(store::Tx& tx, Clock& clock, ApplicationId application);

/// Whether the ERP cannot know it from us: it waits, so that nothing of it was written.
bool erp_never_told(store::Db& db, ApplicationId application);

/// At a start: what was reserved when owed stopped is unknown; after a restore also what waited, which may have been written since
/// the backup. How many.
int erp_writes_after_restart(store::Tx& tx, Clock& clock);

/// A person has looked at the ERP: an unknown one was written, or was not; a refused taking back was done there by hand.
/// What waits for a connector that is gone was done by hand, or goes to the one that takes now.
/// Errors: not_found, refused (its outcome is known), invalid_argument (no reason). Audited.
Status resolve_erp_write(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const std::string& key, bool was_written,
                         const std::string& why);
/// The ERP was mended: refused takings back of a connector wait again. Audited. How many.
Result<int> retry_refused_erp_writes(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& connector);

/// In sentences: what has waited for the ERP longer than `hours` where somebody takes it, what the ERP has not confirmed for as
/// long, what has been reserved for as long (its outcome could not be noted), what nobody knows the outcome of, what is for a
/// connector that does not take it any more, and refused takings back. `hours` 0: never for time.
std::vector<std::string> erp_alarms(store::Db& db, Instant now, int hours, const ErpTakers& takers);

/// What of the queue does not fit: records that are not those that were queued (states and outcomes have no hash), rows that
/// say otherwise than their application, and applications in flight that nothing is queued for. At most 1,000, in sentences.
std::vector<std::string> erp_differences(store::Db& db);

}  // namespace owed::cash
