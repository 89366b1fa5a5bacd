// Month-end revaluation of open items in foreign currency (DOMAIN section 10): unrealised = open amount at the closing rate
// minus carrying amount, posted per currency with a row per item, reversed on the first day of the next period. The items'
// carrying amounts never change by it, so a later payment books its realised difference alone and nothing twice.
// Writing: writer strand; reading: any thread.
#pragma once

#include <string>
#include <vector>

#include "ledger/ledger.hpp"

namespace owed::ledger {

struct Revalue {
    std::string entity;
    Date closing;                        ///< last day of a month
    Cause cause;
    std::string reason;
};
struct RevaluedItem {
    OpenItemId item;
    Date closing;
    Money open;                          ///< signed, at the closing date
    Money carrying, at_closing;          ///< in the entity's currency
    Money unrealised;                    ///< what was posted for it, gain positive
};
struct RevaluationRun {
    std::vector<EntryId> entries, reversals;   ///< an entry and its reversal a currency; empty: nothing to post
    std::vector<RevaluedItem> items;
    std::vector<std::string> rates;      ///< "1 EUR = 1.0912 USD of 2026-03-31 (closing, ecb)"
};
/// Items on receivable, deductions and retainage_receivable; credits unapplied and deposits are advances and stay at their rate.
/// ar_revaluation / fx_unrealised for gains, the reverse for losses, closing rate or else the day's spot rate. A run again
/// posts the difference to what stands: nothing when nothing has changed. Errors, in this order: not_found (entity),
/// invalid_argument (not a month's last day), period_closed (to the acting role: it does not move to a later month), not_found (no rate), then as post.
Result<RevaluationRun> revalue(store::Tx& tx, const Context& context, const Revalue& asked);

/// What stands for a closing date, by item.
std::vector<RevaluedItem> revaluations(store::Db& db, const Books& books, const std::string& entity, Date closing);

}  // namespace owed::ledger
