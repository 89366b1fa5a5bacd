// Notices and the outbox (DESIGN principle 3): every byte that a recipient sees is made and stored before it is sent;
// a send is reserved in a commit of its own before any byte leaves; an unknown outcome is never sent again by itself.
//
//   planned -> approved -> reserved -> sent -> confirmed
//                             |-> refused | retry -> reserved ... | unknown -> (lookup, or a person) sent | retry
//   sent -> undelivered (bounce);  planned, approved, retry -> withdrawn
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "ledger/ledger.hpp"
#include "owed/hosts.hpp"
#include "owed/id.hpp"
#include "parties/parties.hpp"

namespace owed::notify {

std::vector<store::Migration> migrations();

enum class State { planned, approved, reserved, sent, confirmed, refused, retry, unknown, undelivered, withdrawn };
std::string_view name_of(State state) noexcept;
/// The one place that knows which change is allowed. Terminal: confirmed, refused, undelivered, withdrawn.
bool may_become(State from, State to) noexcept;

struct NoticeItem {
    OpenItemId item;
    std::string document;
    Money residual;
    int days_overdue = 0, level = 0;
};

/// A finished message, ready to reserve.
struct NewNotice {
    std::string key;             ///< business key, unique: "dun/emea/10004/2026-03-31"
    std::optional<DunningRunId> run;
    std::string entity;
    CustomerId customer;
    std::string kind;            ///< "dunning", "statement", "placement"
    std::string channel, language, template_name, template_version;
    int level = 0;
    Money total;
    std::vector<NoticeItem> items;
    std::optional<OpenItemId> fee_item;      ///< posted in the same transaction
    std::string decision;        ///< JSON of the decision, with its reasons
    Delivery delivery;           ///< the archived bytes are the sent bytes; delivery.key is derived by `reserve`
    std::string message_id, subject;
};

/// Stores the notice and reserves its first attempt, in the caller's transaction. Idempotency key = base32(SHA-256(channel,
/// key, payload))[:32]. Errors: already_exists (same business key).
Result<NoticeId> reserve(store::Tx& tx, Clock& clock, const NewNotice& notice);
/// Reserves another attempt of a notice in `retry` that is due. Errors: refused (state does not allow it).
Status reserve_again(store::Tx& tx, Clock& clock, NoticeId notice);

struct Outgoing {
    NoticeId notice;
    int attempt = 1;
    std::string channel;
    Delivery delivery;
};
std::optional<Outgoing> outgoing(store::Db& db, NoticeId notice);
/// Reserved now, by id; after a restart these are unknown first (see `after_restart`).
std::vector<NoticeId> reserved(store::Db& db);
/// In retry with the time come.
std::vector<NoticeId> due_for_retry(store::Db& db, Instant now);

/// Writes the attempt's outcome and the notice's new state. Audited.
Result<State> record_outcome(store::Tx& tx, Clock& clock, NoticeId notice, const SendReceipt& receipt);
/// Every reserved attempt of an earlier life of the process becomes unknown. Returns how many.
Result<int> after_restart(store::Tx& tx, Clock& clock);
/// A person (or a lookup) decides an unknown outcome.
Status resolve(store::Tx& tx, Clock& clock, const audit::Actor& by, NoticeId notice, bool was_sent, std::string_view why);
/// What has not gone out and is not due any more: paid meanwhile, held, decided otherwise. Errors: refused (state).
Status withdraw(store::Tx& tx, Clock& clock, const audit::Actor& by, NoticeId notice, std::string_view why);

struct Notice {
    NoticeId id;
    std::optional<DunningRunId> run;
    std::string entity, kind, channel, language, subject, message_id, outcome, key, decision;
    CustomerId customer;
    int level = 0, attempts = 0;
    std::vector<NoticeItem> items;
    Money total;
    State state = State::planned;
    std::optional<Instant> sent_at;
    std::optional<OpenItemId> fee_item;
};
std::vector<Notice> notices(store::Db& db, std::optional<State> state);
std::optional<Notice> notice(store::Db& db, NoticeId id);
/// The archived message or document, for people to look at.
std::optional<Delivery> archived(store::Db& db, NoticeId id);

struct OutboxStatus {
    int unknown = 0, waiting = 0;
    std::int64_t oldest_seconds = 0;
};
OutboxStatus outbox_status(store::Db& db, Instant now);

}  // namespace owed::notify
