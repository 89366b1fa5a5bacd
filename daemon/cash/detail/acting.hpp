// Carrying out a decision about one receipt: what it writes to the ledger and beside it.
#pragma once

#include <functional>
#include <vector>

#include "audit/audit.hpp"
#include "cash/detail/ahead.hpp"

namespace owed::cash::detail {

/// What all decisions of a run are carried out with.
struct Acting {
    store::Tx& tx;
    const ledger::Context& context;
    const Settings& settings;
    const audit::Actor& by;
    std::function<void(OpenItemId)> reopened = {};   ///< told of each item whose earlier application was taken back, before the new one posts
};
struct CarriedOut {
    bool changed = false;
    std::vector<OpenItemId> again;       ///< earlier receipts whose applications moved: they wait again
    int moved = 0;                       ///< applications that were taken back for it
};
/// A receipt that just comes in is posted first: as its customer's when the decision names one, so that nothing moves from the
/// unidentified afterwards (DOMAIN section 12: "receipt, unapplied" and "receipt, customer unknown" are one event or the other).
Result<CarriedOut> carry_out(const Acting& acting, const Decided& one);

/// A receipt that comes in: posted as the customer's or nobody's, and its row beside it, which says how it will stand. `why`: whose it
/// is, for the posting; may be empty.
Status post_incoming(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, const std::optional<CustomerId>& customer,
                     const std::string& why);

}  // namespace owed::cash::detail
