// Receipts as rows, shared by the files of this room.
#pragma once

#include "cash/cash.hpp"

namespace owed::cash::detail {

/// What posting a receipt takes that nobody asks for later.
struct Unposted {
    Date posting_date;
    std::string event_key;
    std::optional<Money> functional = {};
};
/// What is stored of a receipt besides the ledger's item.
struct ReceiptRow {
    Receipt receipt;
    std::string bank_gl, code;
    std::vector<std::string> text;
    std::vector<RemittanceReference> references;
    std::string end_to_end_id;
    std::optional<Unposted> unposted = {};   ///< it is just coming in: not in the books yet
    std::optional<Money> instructed = {};    ///< of one that is coming in: what the payer ordered, in another currency
    bool person_said = false;            ///< whose it is, if it is somebody's: a person said so
};
/// What the payer ordered, as the bank says, where that is in another currency than what came.
std::optional<Money> instructed(store::Db& db, const ReceiptRow& row);
/// A person has said whose money it is.
void note_person_said(store::Tx& tx, OpenItemId receipt);

std::string text_to_json(const std::vector<std::string>& text);
std::vector<std::string> text_from_json(std::string_view json);
std::string references_to_json(const std::vector<RemittanceReference>& references);
std::vector<RemittanceReference> references_from_json(std::string_view json);
std::string proposals_to_json(const std::vector<Proposal>& proposals);
std::vector<Proposal> proposals_from_json(std::string_view json, Currency currency);

std::optional<ReceiptRow> row(store::Db& db, OpenItemId id);
/// The row of a receipt that comes in, under an id taken for it.
ReceiptRow row_of(NewReceipt receipt, OpenItemId id);
/// Beside its item, which is posted.
void insert(store::Tx& tx, const ReceiptRow& row, std::string_view event_key);
/// "R-17" or "17".
std::optional<OpenItemId> id_of(std::string_view number);
std::string number_of(OpenItemId id);

void insert_evidence(store::Tx& tx, OpenItemId receipt, const std::string& evidence);
/// Writes state, question and proposals after the ledger has changed; the unapplied amount is the ledger's. Answers
/// whether anything differed.
bool update(store::Tx& tx, const ReceiptRow& before, const std::string& question, const std::vector<Proposal>& proposals,
            std::optional<State> forced = {}, const std::string& evidence = {});

std::string advice_lines_to_json(const std::vector<AdviceLine>& lines);
std::vector<AdviceLine> advice_lines_from_json(std::string_view json);

ReceiptFacts facts_of(const ReceiptRow& row);
Result<Date> today_of(const ledger::Context& context, const std::string& entity);
Status identify(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, CustomerId customer, Date date,
                const std::string& reason);
/// Who applies, by what means and why: what all applications of one decision share.
struct By {
    std::string stage, reason, by, cause_kind;
    int confidence = 100;
};
/// Posts the shares: credit memos first, against the documents in order, then the receipt; a document's discount and other
/// parts go with its last application.
Status post_shares(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, const std::vector<ProposedItem>& shares,
                   const By& by, Date date);
/// One application; under authority erp it is in flight until the ERP's own record confirms it (DESIGN section 5). The event key is
/// made here: the same two items may be applied, undone and applied again.
Status post_application(store::Tx& tx, const ledger::Context& context, ledger::Apply application);
/// Who takes an application back, by what and why.
struct Undoing {
    Date date;
    ledger::Cause cause;
    std::string reason, by;
};
/// Takes it back with no other application in its place: an adjustment of the ERP's open amount that it had kept out comes in.
Status unapply_for_good(store::Tx& tx, const ledger::Context& context, const ledger::Application& application, const Undoing& how);
/// The debit item that a clerk means, of the customer if that is known: a document number, "INV-7/2" for one instalment, "#17" or "17"
/// for an item. Of several items of one number the only open one. Errors: not_found, wrong_customer (it is another's, who is named),
/// invalid_argument (another entity's; several customers' or instalments, each is named), item_not_open (it was written off).
Result<ledger::Item> wanted_item(store::Db& db, const ledger::Books& books, const std::string& entity, std::optional<CustomerId> customer, const std::string& name);
/// What a clerk asks for as an application of the item; credit, date, reason, by and cause are the caller's. Errors: malformed_input,
/// amount_precision, invalid_argument.
Result<ledger::Apply> application_wanted(const ledger::Item& item, Currency of_receipt, const Wanted& wanted);
Result<ReceiptRow> open_receipt(store::Db& db, std::string_view number);
/// "INV-1=20.00, INV-2=5.00", of many the first: what a person asked for, as the audit keeps it.
std::string listed(const std::vector<Wanted>& wanted);
Status audit_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row,
                     std::string action, std::string reason, const Approval& approval = {});

}  // namespace owed::cash::detail
