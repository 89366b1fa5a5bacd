// Money that one entity received for another (DOMAIN section 12): both entities' books change in one transaction, each balanced.
#pragma once

#include <optional>
#include <string>

#include "ledger/ledger.hpp"

namespace owed::ledger {

struct ForwardReceipt {
    OpenItemId receipt;                  ///< of the entity whose bank got the money; identified or not
    std::optional<Money> amount = {};    ///< empty: all that is open
    std::string entity;                  ///< for which it is
    CustomerId customer;                 ///< that entity's customer
    std::string document;                ///< receipt number there
    std::optional<Money> functional = {};///< in that entity's currency; else at the spot rate of the receipt's value date
    Instruction instruction;
};
struct Forwarded {
    Posted here;
    PostedItem there;                    ///< a receipt of the other entity, applied by `apply` as any other
};
/// Here: the receipt's account / due_to_entities. There: due_from_entities / unapplied_cash (new receipt). Errors, in this order:
/// invalid_argument (no event key), conflicting_repeat, refused, not_found, invalid_argument (not a receipt, the same entity),
/// currency_mismatch, item_not_open, application_exceeds_residual, invalid_argument (a part of an unidentified one), then as post.
Result<Forwarded> forward_receipt(store::Tx& tx, const Context& context, const ForwardReceipt& asked);

/// Takes it back in both books, applications of the receipt there before. `here` is the entry of the first entity. Errors:
/// not_found, invalid_argument (not such an entry), already_exists (taken back before), item_not_open (refunded there).
Result<Posted> take_back_forwarded(store::Tx& tx, const Context& context, EntryId here, Date date, const Cause& cause,
                                   const std::string& reason);

}  // namespace owed::ledger
