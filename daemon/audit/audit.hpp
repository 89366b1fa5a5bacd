// Who did what, why and under whose approval: an append-only chain, written in the transaction of the act.
// Format and rules: SECURITY section 7.6. The record format cannot change; new kinds of act are new action codes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "owed/doors.hpp"
#include "store/store.hpp"

namespace owed::audit {

/// Who acts. (The braces let an initialiser name the members it needs and leave the rest.)
struct Actor {
    enum class Kind { person, job, connector, system };
    Kind kind = Kind::system;
    std::string id{};        ///< Unix user, job name, connector name
    std::string name{};      ///< for people to read
    std::string session{};   ///< session, token or peer ("uid:1000"); may be empty
    std::string address{};
};
std::string to_text(const Actor& actor);  ///< "person anna", "job dunning"

/// The fields of a record, in their canonical order (SECURITY 7.6).
struct Act {
    Actor actor{};
    std::string on_behalf_of{};
    std::string entity{};
    std::string action{};         ///< "cash.apply", "dunning.approve", "artifact.taken"
    std::string object_kind{}, object_id{};
    std::int64_t version_before = 0, version_after = 0;
    std::string before_hash{}, after_hash{};   ///< SHA-256 of the states, raw; empty when there is none
    std::string reason{};         ///< text id or sentence; personal values only as commitments
    std::string approval{};       ///< approval id
    std::string request{};        ///< request or idempotency key
    std::string policy_version{};
};

/// Migrations of this room, numbers 10 to 19 (audit_record, audit_head, audit_subject_key, audit_epoch, approval, approval_request).
std::vector<store::Migration> migrations();

/// Appends in the caller's transaction. The sequence is contiguous from 1. Writer strand.
Status append(store::Tx& tx, Clock& clock, const Act& act);

/// HMAC-SHA-256 of a personal value under the subject's own key (made at first use), hex. Deleting the key makes the value
/// unprovable while the chain still verifies (SECURITY finding 9). `subject`: "customer:emea:4711".
std::string commit_personal(store::Tx& tx, Rng& rng, std::string_view subject, std::string_view value);

/// Deletes the subject's key, so that its values in the chain can no longer be proven, and records that it was done
/// ("subject.erased"). Errors: not_found when the subject has no key.
Status erase_subject(store::Tx& tx, Clock& clock, const Actor& by, std::string_view subject, std::string_view reason);

/// Records each restore of the store that has no record yet ("store.restored", the hash of the old head as the state
/// before). Called at every start, before anything else is written.
Status note_restores(store::Tx& tx, Clock& clock);

struct Listed {
    std::int64_t seq;
    Instant at;
    Act act;
    std::string hash;           ///< hex
};
/// Newest last. `since` compares with `at`.
std::vector<Listed> list(store::Db& db, std::optional<Instant> since, std::size_t limit_max);

struct Verified {
    std::int64_t records = 0;
    std::int64_t bad_seq = 0;   ///< 0: the chain holds
    std::string what;
    std::string head;           ///< hex
};
/// Walks the chain from genesis over the stored bytes; nothing is re-serialised. Then the row hashes of the approvals and of
/// approval_request (bad_seq stays 0 and `what` names the row). A chain whose end was cut off together with audit_head, or that was
/// computed anew to its end, holds by itself: only a head kept elsewhere (`head`) finds that.
Verified verify(store::Db& db);

/// JSON Lines: {"format","installation_id","created_at","genesis"} first, then a line a record {"seq","bytes" (base64),
/// "prev","hash" (hex),"decoded":{...}}. docs/reference/audit_verify.py checks it without our code. An Error from `visit`
/// ends the export with it.
Status export_jsonl(store::Db& db, const std::function<Status(std::string_view line)>& visit);

/// Approvals: maker and checker (policies, dunning runs). An approval binds the SHA-256 of what it approves.
struct Approval {
    std::int64_t id = 0;
    std::string kind;           ///< "policy", "dunning_run", "pay_to"
    std::string subject;        ///< policy name, run id
    std::string content_hash;   ///< hex SHA-256
    std::string state;          ///< "approved", "rejected", "open"
    std::string by;
    Instant at;
};
/// Errors: refused when `by` made it (maker is not checker) or is not a person; invalid_argument when the hash is not one.
/// `maker_id` is empty when nobody knows who made it (an edited file). Approving twice gives the first id again.
/// Appends the audit record itself ("policy.approve", the content's hash as the state after).
Result<std::int64_t> approve(store::Tx& tx, Clock& clock, const Actor& by, const std::string& maker_id, std::string_view kind,
                             std::string_view subject, std::string_view content_hash);
bool is_approved(store::Db& db, std::string_view kind, std::string_view subject, std::string_view content_hash);
std::vector<Approval> approvals(store::Db& db);

}  // namespace owed::audit
