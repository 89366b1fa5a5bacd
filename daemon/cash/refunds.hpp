// Money that leaves again for customers: refunds that were ordered, until the bank books them (DOMAIN section 12).
#pragma once

#include "cash/cash.hpp"

namespace owed::cash {

struct OrderedRefund {
    EntryId entry;                       ///< unapplied_cash / refunds_clearing
    OpenItemId receipt;
    std::string entity, account;         ///< where the money goes: IBAN or number
    Money amount;                        ///< positive
    Date ordered;
    std::optional<Date> paid = {};       ///< posting date of the bank's line
};
/// Remembers a refund that was posted in this transaction, and looks at its receipt anew: a question about money that is gone
/// is none any longer. Errors: not_found.
Status refund_ordered(store::Tx& tx, const OrderedRefund& refund);

/// All that went back of a receipt, oldest first.
std::vector<OrderedRefund> refunds_of(store::Db& db, OpenItemId receipt);

/// Not booked by the bank yet, oldest first.
std::vector<OrderedRefund> refunds_on_their_way(store::Db& db);

/// Money that left one of our accounts and is no return: the oldest refund of this amount on its way to that account is posted
/// refunds_clearing / bank. Where the bank does not tell the account: the only one of this amount that was ordered within 30 days.
/// nullopt: none fits, nothing is posted.
/// The same event again: the same answer.
std::optional<OrderedRefund> preview_refund_paid(store::Db& db, const NewReturn& outgoing);
Result<std::optional<OrderedRefund>> refund_paid(store::Tx& tx, const ledger::Context& context, const NewReturn& outgoing);

}  // namespace owed::cash
