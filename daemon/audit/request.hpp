// Maker and checker: an act that needs a second person waits as a request until somebody else approves or rejects it
// (DESIGN section 7, O2C-04). What was asked for is kept word for word, so that what is approved is what is done.
// Writing: writer strand, in the caller's transaction; reading: any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"

namespace owed::audit {

store::Migration request_migration();   ///< number 12

struct Request {
    std::int64_t id = 0;             ///< among approvals: each number is given once
    std::string kind;                ///< "write_off", "refund", "period_reopen"
    std::string entity;
    std::string subject;             ///< what it is about: "item 17", "2026-03"
    std::string summary;             ///< a sentence for the person who decides
    std::string payload;             ///< JSON of the act's arguments
    std::string state = "open";      ///< open, approved, rejected
    std::string made_by, made_by_name;
    Instant made_at;
    std::string decided_by;
    std::optional<Instant> decided_at;
    std::string why;                 ///< of a rejection, or what the approver wants said
};

/// Puts the act before a second person. The same act asked for again while it is open answers with the first id. Errors:
/// refused (not a person).
Result<std::int64_t> ask(store::Tx& tx, Clock& clock, const Actor& by, const Request& request);

/// Approves or rejects; the approval binds the SHA-256 of the payload. The caller does the act in the same transaction.
/// Errors, in this order: not_found, refused (not a person; decided before), refused (maker is not checker),
/// invalid_argument (a rejection without a reason).
Result<Request> decide(store::Tx& tx, Clock& clock, const Actor& by, std::int64_t id, bool approve, const std::string& why);

/// By id.
std::vector<Request> requests(store::Db& db);

}  // namespace owed::audit
