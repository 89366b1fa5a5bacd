// Money that leaves again for customers: refunds that were ordered, until the bank books them (DOMAIN section 12).
#pragma once

#include "cash/cash.hpp"

namespace owed::cash {

struct OrderedRefund {
    EntryId entry;                       ///< unapplied_cash / refunds_clearing
    OpenItemId receipt;                  ///< or the credit memo or deposit that was refunded
    std::string entity, account;         ///< where the money goes: IBAN or number
    Money amount;                        ///< positive
    Date ordered;
    std::optional<Date> paid = {};       ///< posting date of the bank's line
};
/// Remembers a refund that was posted in this transaction, and looks at its receipt anew: a question about money that is gone
/// is none any longer.
Status refund_ordered(store::Tx& tx, const OrderedRefund& refund);

/// Part of a credit left us by an act of another verb in this transaction: its receipt is looked at anew, as after a refund. Of a
/// credit memo or deposit there is nothing to look at. `how`: "a refund".
Status money_left(store::Tx& tx, OpenItemId credit, Money amount, std::string_view how);

/// Where a credit's money may go back to, by account key: the account that paid a receipt, or the receipt that a deposit was held
/// from; of other credits those from which their customer has paid in that entity. Empty: no bank told.
std::vector<std::string> accounts_paid_from(store::Db& db, OpenItemId credit);

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
