// Credit limits: how much a customer may owe and order before new orders wait (DOMAIN O2C-02, section 14). A limit is trust, so
// two persons set it (DESIGN section 7); the verbs see to the second one. Every change stays.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "owed/date.hpp"
#include "owed/id.hpp"
#include "owed/money.hpp"

namespace owed::parties {

struct CreditLimit {
    CustomerId customer{};
    std::optional<Money> amount;         ///< zero: nothing on credit; empty: no limit from then on
    Date from;                           ///< it holds from this day
    std::string set_by, approved_by, why;
    Instant at{};
};

/// Holds from `from` until the next one. `approval`: the number of the request that was approved. Errors: invalid_argument
/// (negative, no reason), not_found, approval_required (approved by nobody, or by who set it). Audited.
Status set_credit_limit(store::Tx& tx, Clock& clock, const audit::Actor& by, const CreditLimit& limit, const std::string& approval = {});

/// The limit that holds on a day; nullopt: none was ever set, or it was lifted.
std::optional<CreditLimit> credit_limit(store::Db& db, CustomerId customer, Date day);
/// All changes of one customer, or of all, oldest first.
std::vector<CreditLimit> credit_limits(store::Db& db, std::optional<CustomerId> customer = {});

}  // namespace owed::parties
