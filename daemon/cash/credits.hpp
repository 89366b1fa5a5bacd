// What a person does with money and credits besides applying a receipt: a credit memo or deposit is used, a receipt is held as a
// deposit, or forwarded to the entity of ours that it was for (DOMAIN sections 7 and 12). Every act is audited; nothing is half done.
#pragma once

#include "cash/cash.hpp"

namespace owed::cash {

/// Applies a credit memo, deposit or other credit item to open items of the same entity; under authority erp it is in flight until
/// the ERP knows it. `wanted`: as of apply_by_hand. Errors: not_found, invalid_argument (nothing wanted, no credit, a receipt: that
/// is apply_by_hand's), wrong_customer, item_not_open, application_exceeds_residual, then as ledger::apply.
Status apply_credit_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, OpenItemId credit, const std::vector<Wanted>& wanted);

struct NewDeposit {
    std::optional<Money> amount = {};    ///< empty: all that is left of the receipt
    std::string document;                ///< number of the deposit; empty: the receipt's with "-D"
    std::string why;
};
/// A prepayment is kept for the final invoice: customer_deposits, out of reach of matching (ledger::hold_deposit). Answers the
/// deposit's item. Errors: not_found, item_not_open, then as ledger::hold_deposit.
Result<OpenItemId> hold_deposit_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, const NewDeposit& wanted);

/// A deposit of a receipt is none after all: its money is the receipt's again, which waits for a person. Answers the receipt's item.
/// Errors: not_found, invalid_argument (no deposit, or none that was held of a receipt), item_not_open, then as ledger::reverse:
/// what used a part of it is taken back first.
Result<OpenItemId> release_deposit_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, OpenItemId deposit, const std::string& why);

struct Forward {
    std::string entity;                  ///< that the money is for
    CustomerId customer;                 ///< of that entity
    std::optional<Money> amount = {};    ///< empty: all that is left; of an unidentified receipt always all
    std::string why;
};
/// Money that one entity's bank got for another one: due_to_entities here, due_from_entities there, in one transaction
/// (ledger::forward_receipt). Answers the receipt there, which is matched as any other. Errors: not_found, item_not_open,
/// invalid_argument, then as ledger::forward_receipt.
Result<OpenItemId> forward_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, const Forward& wanted);
/// Takes it back in both entities, with what was applied of it there. `receipt` is the one there. Errors: not_found (no such
/// receipt, or nobody forwarded it), then as ledger::take_back_forwarded.
Status take_back_forward(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, const std::string& why);

}  // namespace owed::cash
