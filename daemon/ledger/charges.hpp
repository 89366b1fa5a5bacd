// Charges: of the bank, for returned payments, and what is waived of our own (DOMAIN sections 6, 9 and 12).
#pragma once

#include <optional>
#include <string>

#include "ledger/ledger.hpp"

namespace owed::ledger {

struct BankCharge {
    std::string entity;
    Money amount;                        ///< positive, tax included; in the bank account's currency
    std::optional<Money> tax = {};       ///< input tax in it
    std::string bank_gl;
    Instruction instruction;
};
/// Charged apart from any receipt: bank_charges + input_tax / bank; in a foreign currency at that day's spot rate. Errors: not_found
/// (also: no rate), invalid_argument, currency_mismatch, as post.
Result<Posted> post_bank_charge(store::Tx& tx, const Context& context, const BankCharge& asked);

struct OutgoingPayment {
    std::string entity;
    Money amount;                        ///< positive; in the bank account's currency
    std::string bank_gl;
    Instruction instruction;
};
/// Money that left the bank and that nobody ordered here, until the GL says what it was: suspense / bank, so that the bank's account
/// agrees with its statements; in a foreign currency at that day's spot rate. Errors: as post_bank_charge.
Result<Posted> post_outgoing(store::Tx& tx, const Context& context, const OutgoingPayment& asked);

struct OutgoingCharge {
    EntryId outgoing;                    ///< of post_outgoing
    Instruction instruction;
};
/// It was a charge of the bank: bank_charges / suspense, at the rate it was booked at. Errors: not_found, invalid_argument (another
/// entry), already_exists (taken back before), as post.
Result<Posted> charge_outgoing(store::Tx& tx, const Context& context, const OutgoingCharge& asked);

/// A fee billed to the customer for his returned payment.
struct RebilledFee {
    Money amount;                        ///< gross
    std::optional<Money> tax = {};
    std::string document;
    Date due_date;
};
struct ReturnedPayment {
    OpenItemId receipt;
    std::string bank_gl;                 ///< the bank account it left from
    std::optional<Money> bank_fee = {};  ///< what our bank takes for it, in its account's currency
    std::optional<RebilledFee> rebilled = {};
    Instruction instruction;             ///< its event key is the return's, so that two files with the same return post once
};
struct PostedReturn {
    Posted posted;
    std::optional<OpenItemId> chargeback = {};   ///< what had left of it before, owed again
    std::optional<Posted> bank_fee = {};
    std::optional<PostedItem> rebilled = {};
};
/// A payment comes back, from the bank or as a card chargeback: `return_receipt`, the bank's fee (bank_charges / bank, key with
/// "/fee"), and the fee rebilled (receivable / fee_income, key with "/rebilled"). Items reopen with their own due date, the
/// discount taken is withdrawn, and listeners hear `unapplied` for each, from which dunning takes up where it stood.
/// Errors as return_receipt, post_bank_charge, post_document; wrong_customer when a fee is rebilled to nobody.
Result<PostedReturn> post_returned_payment(store::Tx& tx, const Context& context, const ReturnedPayment& asked);

struct Waive {
    OpenItemId charge;                   ///< a finance charge
    std::optional<Money> amount = {};    ///< empty: all that is open
    Instruction instruction;
};
/// interest_income or fee_income + tax, as it was billed / receivable. Limits are the caller's to check; a second person is
/// named in `approved_by`. Errors as of write_offs.hpp.
Result<Posted> waive(store::Tx& tx, const Context& context, const Waive& asked);

struct AgencyFee {
    std::string entity;
    Money fee_and_tax;                   ///< positive, in the entity's currency
    std::optional<Money> tax = {};       ///< input tax in it
    Instruction instruction;
};
/// A fee the agency bills: after a gross remittance, or because the debtor paid us directly (the payment itself is a receipt as
/// any other): agency_fees + input_tax / agency_payable. Errors: not_found, invalid_argument, currency_mismatch, as post.
Result<Posted> post_agency_fee(store::Tx& tx, const Context& context, const AgencyFee& asked);

}  // namespace owed::ledger
