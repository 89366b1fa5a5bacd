// A refund that was ordered and is not to be paid after all.
#pragma once

#include "cash/refunds.hpp"

namespace owed::cash {

/// The refund that this entry ordered, while the bank has not booked it and nobody has taken it back. Errors: not_found (no such
/// refund), refused (the bank has booked it), already_exists (taken back before).
Result<OrderedRefund> refund_on_its_way(store::Db& db, EntryId entry);

/// Takes it back: the credit is the customer's again, the refund leaves the list of what treasury has to pay, and the receipt waits
/// for a person, since somebody wanted its money gone. Errors: as refund_on_its_way, then as ledger::reverse. The caller audits.
Result<ledger::Posted> void_refund(store::Tx& tx, const ledger::Context& context, EntryId entry, Date date, const ledger::Cause& cause,
                                   const std::string& reason, const std::string& event_key);

}  // namespace owed::cash
