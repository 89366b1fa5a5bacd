// Customers' credits: refunded, reported as unclaimed, held as deposits, shown as a liability (DOMAIN sections 11 and 12).
// Errors of all unless said otherwise, in this order: invalid_argument (no event key), conflicting_repeat, refused (approved by
// the one who asks), not_found, invalid_argument, wrong_customer (not identified), currency_mismatch, item_not_open,
// application_exceeds_residual, already_exists, then as post.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"

namespace owed::ledger {

struct Refund {
    OpenItemId credit;                   ///< receipt, credit memo or deposit: of what is unapplied only
    std::optional<Money> amount = {};    ///< empty: all that is open
    std::string bank_gl = {};            ///< empty: refunds_clearing, until the bank has booked the transfer
    Instruction instruction;
};
/// The credit's account / bank or refunds_clearing. `reverse` of its entry voids it and restores the credit. A refunded receipt
/// is not returned any more: its money would leave twice.
Result<Posted> refund(store::Tx& tx, const Context& context, const Refund& asked);

struct Escheat {
    OpenItemId credit;
    std::optional<Money> amount = {};    ///< empty: all that is open
    Instruction instruction;
};
/// The credit's account / unclaimed_property.
Result<Posted> escheat(store::Tx& tx, const Context& context, const Escheat& asked);

struct RemitUnclaimed {
    std::string entity;
    Money amount;                        ///< positive, in the entity's currency
    std::string bank_gl;
    Instruction instruction;
};
/// unclaimed_property / bank.
Result<Posted> remit_unclaimed(store::Tx& tx, const Context& context, const RemitUnclaimed& asked);

struct HoldDeposit {
    OpenItemId receipt;
    std::optional<Money> amount = {};    ///< empty: all that is open
    std::string document;                ///< number of the deposit
    Instruction instruction;
};
/// A prepayment: unapplied_cash / customer_deposits (new deposit item), applied to the final invoice by `apply`. An advance: it
/// keeps its rate and is not revalued.
Result<PostedItem> hold_deposit(store::Tx& tx, const Context& context, const HoldDeposit& asked);

struct ReleaseDeposit {
    OpenItemId deposit_invoice;          ///< posted with PostDocument::deposit
    std::optional<Money> amount = {};    ///< empty: all that is paid of it and not released
    std::string document;                ///< number of the credit
    Instruction instruction;
};
/// A paid deposit invoice is set off against the final one: contract_liability + tax_payable / customer_deposits (new deposit
/// item), which `apply` then takes to the final invoice. Besides: application_exceeds_residual when more is asked than was paid.
Result<PostedItem> release_deposit(store::Tx& tx, const Context& context, const ReleaseDeposit& asked);

struct ReclassCredits {
    std::string entity;
    Date closing;                        ///< last day of a month
    Cause cause;
    std::string reason;
};
/// Customers whose items add up to a credit at the closing date, per currency: credit_reclass / credit_presentation, reversed
/// the next day. Deposits on an account of their own are left out: that is a liability already. credit_reclass is shown with the customers' credits; those are control accounts, on which nothing stands but
/// items. A run again posts the difference. Empty: nothing to post. Errors, in this order: not_found (entity),
/// invalid_argument (not a month's last day), period_closed (to the acting role: it does not move to a later month), then as
/// post.
Result<std::vector<Posted>> reclass_credits(store::Tx& tx, const Context& context, const ReclassCredits& asked);

}  // namespace owed::ledger
