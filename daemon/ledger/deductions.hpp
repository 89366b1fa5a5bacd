// Deductions: what a customer claims and keeps back, split off his invoice until it is resolved (DOMAIN sections 7 and 12).
// A payment splits one off by `Apply::deduction`; here is the rest of its life. Each of these can be taken back by `reverse`.
// Errors of all, in this order: invalid_argument (no event key), conflicting_repeat, refused (approved by the one who asks),
// not_found, invalid_argument, currency_mismatch, item_not_open, application_exceeds_residual, already_exists, then as post.
#pragma once

#include <optional>
#include <string>

#include "ledger/ledger.hpp"

namespace owed::ledger {

struct SplitDeduction {
    OpenItemId debit;
    Money amount;                        ///< positive
    std::string reason_code;
    std::string document = {};           ///< the payer's number; empty: the debit's and "/D" with the item's id
    Instruction instruction;
};
/// deductions (new item) / the debit's account: a claim without a payment, such as a debit note of the customer's.
Result<PostedItem> split_deduction(store::Tx& tx, const Context& context, const SplitDeduction& asked);

struct AcceptDeduction {
    OpenItemId deduction;
    std::optional<Money> amount = {};    ///< empty: all that is open
    bool against_revenue = false;        ///< the price was wrong: revenue instead of sales_allowance
    Instruction instruction;
};
/// sales_allowance or revenue + tax_payable (the share of the invoice's tax) / deductions.
Result<Posted> accept_deduction(store::Tx& tx, const Context& context, const AcceptDeduction& asked);

struct RejectDeduction {
    OpenItemId deduction;
    std::optional<Money> amount = {};    ///< empty: all that is open
    Instruction instruction;
};
/// The debit it was split off / deductions: the invoice is owed again, with its own due date.
Result<Posted> reject_deduction(store::Tx& tx, const Context& context, const RejectDeduction& asked);

struct ChargeBack {
    OpenItemId deduction;
    std::optional<Money> amount = {};    ///< empty: all that is open
    std::string document;                ///< number of the chargeback
    Date due_date;
    Instruction instruction;
};
/// receivable (new chargeback item) / deductions: the invoice stays closed, the claim is billed anew.
Result<PostedItem> charge_back(store::Tx& tx, const Context& context, const ChargeBack& asked);

}  // namespace owed::ledger
