// Giving up receivables, and getting them after all: write-off, reinstatement, recovery, settlement, provision (DOMAIN sections
// 11 and 12). A write-off keeps the claim collectable: it is reinstated by `reverse`ing its entry, or recovered. What was
// recovered of a write-off that is taken back afterwards goes with it.
// Errors of all, in this order: invalid_argument (no event key), conflicting_repeat, refused (approved by the one who asks),
// not_found, invalid_argument, currency_mismatch, item_not_open, application_exceeds_residual, then as post.
#pragma once

#include <optional>
#include <string>

#include "ledger/ledger.hpp"

namespace owed::ledger {

/// allowance: against what was provided for. direct: bad debt expense.
enum class WriteOffMethod { allowance, direct };

struct WriteOff {
    OpenItemId item;                     ///< a debit: old credits are never taken to income
    std::optional<Money> amount = {};    ///< empty: all that is open
    WriteOffMethod method = WriteOffMethod::direct;
    std::optional<Money> tax_relief = {};///< where the law gives the tax back; at most the item's share of it
    Instruction instruction;
};
/// allowance or write_off + tax_payable (relief) / the item's account.
Result<Posted> write_off(store::Tx& tx, const Context& context, const WriteOff& asked);

struct Recover {
    OpenItemId item;
    Money amount;                        ///< at most what is written off of it
    WriteOffMethod method = WriteOffMethod::direct;   ///< allowance: back to the allowance; direct: recovery_income
    std::optional<Money> tax = {};       ///< relief that is owed again; at most what was taken for the item and is not owed yet
    Instruction instruction;
};
/// The item's account / allowance or recovery_income + tax_payable: the item is owed again, and a receipt is applied to it as
/// to any other ("AR, then bank").
Result<Posted> recover(store::Tx& tx, const Context& context, const Recover& asked);

/// What is written off of an item and neither reinstated nor recovered, by applications too.
Money written_off_of(store::Db& db, const Item& item);

struct Settle {
    OpenItemId item;
    Money agreed;                        ///< what the customer was to pay
    Date agreed_on;                      ///< receipts applied on or after this day count
    WriteOffMethod method = WriteOffMethod::direct;
    Instruction instruction;
};
/// Writes off the rest once the agreed money has arrived and is applied. When it is returned, the rest is owed again (unapply).
/// Errors as above; besides refused: less has arrived, both figures are said.
Result<Posted> settle(store::Tx& tx, const Context& context, const Settle& asked);

struct ProvisionMovement {
    std::string entity;
    Money movement;                      ///< in the entity's currency: increase positive, release negative
    Instruction instruction;
};
/// credit_loss / allowance, or the reverse. It makes up what is missing at its date, so it does not move to a later
/// month. Errors, in this order: not_found, invalid_argument (zero), those of all, then as post; period_closed when the month is
/// closed to the acting role.
Result<Posted> post_provision(store::Tx& tx, const Context& context, const ProvisionMovement& asked);

}  // namespace owed::ledger
