// From a decision to a finished message: facts, rendered bytes, delivery.
#pragma once

#include "jobs/jobs.hpp"

namespace owed::jobs::detail {

/// The business key of a dunning notice: one a customer, entity and date.
std::string notice_key(const collect::Decision& decision, Date as_of);
/// What people quote: "10004-20260331".
std::string notice_number(const collect::Decision& decision, Date as_of);

/// Makes every byte the recipient will see. Reads only. Errors: refused (pay-to details that are not approved),
/// not_found (no account to pay to, no template), and what render says.
Result<notify::NewNotice> compose(store::Db& db, const DunningSetup& setup, const collect::Decision& decision, Date as_of);

/// The decision as JSON, with its reasons: kept with the notice.
std::string decision_json(const collect::Decision& decision);

}  // namespace owed::jobs::detail
