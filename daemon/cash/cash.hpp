// Which receipt pays which items, and why (DESIGN section 6, DOMAIN section 7). Deciding is pure; acting writes through
// the ledger. What is not certain becomes a question with ranked proposals: a wrong application costs more than a question.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "cash/decision.hpp"
#include "ledger/ledger.hpp"
#include "owed/id.hpp"
#include "owed/record.hpp"
#include "parties/parties.hpp"

namespace owed::cash {

std::vector<store::Migration> migrations();

/// Whole tokens of a remittance text that may be document numbers, as document keys, and joined neighbours
/// ("INV 2024 0042"). Never a substring of a token: "12" is not in "1234".
std::vector<std::string> document_keys_in(const std::vector<std::string>& text);

// ---------------------------------------------------------------- acting

struct NewReceipt {
    std::string entity, account;         ///< our bank account (IBAN or number)
    std::string bank_gl;
    Money amount;                        ///< positive
    Date value_date, posting_date;
    BankTransaction transaction;         ///< as read: payer, text, references, code, references of the bank
    std::string connector, artifact;     ///< where it came from
    std::string event_key;               ///< unique: account, bank reference or content and ordinal
    std::optional<Money> functional = {};///< of a foreign amount; empty: at the spot rate
};
enum class State { applied, partly, queued, unidentified, on_account, returned, not_receivable };
std::string_view name_of(State state) noexcept;

/// Further numbers by which a payer may name a document: his purchase order, our delivery note, the contract. Empty ones and
/// those known already are skipped. The document's own order number counts without it.
void note_numbers(store::Tx& tx, OpenItemId item, const std::vector<std::string>& numbers);

/// What the payer says he pays, sent apart from the money. Joined to its receipt when that is decided: by payment number, or by
/// amount, date and payer; it may come before the money or after it. Errors: invalid_argument (no lines, lines that do not add
/// up to the amount). The same advice again answers with its id (`event_key`).
Result<std::int64_t> add_advice(store::Tx& tx, const ledger::Context& context, const Advice& advice, const std::string& event_key);
/// Whether an advice was taken under this key.
bool knows_advice(store::Db& db, const std::string& event_key);

/// A payment that came back: money out, by the bank's code or reason.
struct NewReturn {
    std::string entity, account, bank_gl;
    Money amount;                        ///< positive: what went out
    Date value_date, posting_date;
    BankTransaction transaction;
    std::string original_reference = {};///< the bank's or the payer's reference of the payment that is returned
    std::string event_key;
};
struct Returned {
    std::optional<OpenItemId> receipt;   ///< what it undid; empty: a question
    std::string reason;
};
/// Finds the receipt by reference (the bank's, end-to-end id), else by amount and payer within 60 days or by amount and a document in
/// the line's text, when only one fits, and posts its return. What of it had been refunded or escheated the customer owes again
/// (ledger::return_receipt); a refund that the bank has not booked is taken back before, so that nobody pays it. What it does not find
/// is kept as a question. The same event again: the same answer.
/// A fee that the customer has agreed to (`fees`) is billed with it, under authority hub: "F-" and the receipt's number, due by his terms.
Result<Returned> receive_return(store::Tx& tx, const ledger::Context& context, const NewReturn& returned, const audit::Actor& by,
                                const std::vector<ReturnFee>& fees = {});
/// The one receipt it would undo, without doing it.
std::optional<OpenItemId> preview_return(store::Db& db, const NewReturn& returned);
struct ReturnQuestion {
    std::int64_t id = 0;
    std::string entity, payer_name, reference, why;
    Money amount;
    Date value_date;
};
std::vector<ReturnQuestion> returns_in_question(store::Db& db);
/// A person says which receipt it undoes. `rest_is_fee`: what went back above the receipt is what the banks took for it
/// (bank_charges / bank), at most the `bank_fee_max` of its currency: an expense of any size is no cash applier's to book
/// (SECURITY section 7). Errors: not_found, invalid_argument (another amount or currency than the receipt's; more than a fee), as
/// ledger::post_returned_payment. Audited, with the fee.
Status return_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::int64_t id, std::string_view receipt,
                      bool rest_is_fee = false, const Limits& bank_fee_max = {}, const std::vector<ReturnFee>& fees = {});
/// A person says that it undoes no receipt of ours; nothing is posted. Errors: not_found, invalid_argument (no reason). Audited.
Status close_return(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::int64_t id, const std::string& why);

struct MatchSummary {
    int looked_at = 0, applied = 0, questions = 0, not_receivable = 0;
    int on_account = 0;                  ///< paid twice: left as the customer's credit on purpose
    int waiting = 0;                     ///< known payers whose document is not in the books yet
    int moved = 0;                       ///< earlier applications undone for a stronger fact; their receipts were decided anew
};
/// Decides and acts on every receipt that is queued or waits with a question, by receipt id. Idempotent.
/// In the caller's transaction; one audit record for the run.
Result<MatchSummary> match_waiting(store::Tx& tx, const ledger::Context& context, const Settings& settings,
                                   const audit::Actor& by);

/// Money as it comes in, receipt by receipt. Each is decided before it is posted, so that one whose payer is known stands on his
/// account at once (DOMAIN section 12: "receipt, unapplied"), and is nobody's only while nobody knows better.
///
/// Who waits is decided first, in the order of coming. In the caller's transaction, which it all belongs to; what is passed in must
/// outlive it. Receipts are posted by `drain` at the latest: until then nobody else may open or change items in this transaction.
class Arrivals {
  public:
    Arrivals(store::Tx& tx, const ledger::Context& context, const Settings& settings, const audit::Actor& by);
    ~Arrivals();
    Arrivals(const Arrivals&) = delete;
    Arrivals& operator=(const Arrivals&) = delete;

    /// Answers the item that the receipt is or will be. An event that was posted before: its item again. Errors: invalid_argument
    /// (not positive), and those of posting what came before.
    Result<OpenItemId> receive(NewReceipt receipt);
    /// All that came so far is decided, posted and applied: before something else is written that may undo or pay it.
    Status drain();
    /// After a `drain`, others have posted: a return undid this receipt; anything at all.
    void returned(OpenItemId receipt);
    void others_posted();
    /// Drains, and decides anew what waits when others have posted. Once, at the end; one audit record for the run.
    Result<MatchSummary> finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct Receipt {
    OpenItemId id;
    std::string number;                  ///< "R-17"
    std::string entity, account, payer_name, payer_account, text, state_name;
    State state = State::queued;
    Date value_date;
    Money amount, unapplied;             ///< positive
    std::optional<CustomerId> customer;
    std::string connector, artifact, bank_reference, question;
    std::vector<Proposal> proposals;
    std::string evidence = {};           ///< evidence_json of the last decision; empty: not decided yet
};
std::vector<Receipt> receipts(store::Db& db, std::optional<std::string> state);
std::optional<Receipt> receipt(store::Db& db, std::string_view number);   ///< "R-17" or the bare id
/// Receipts with an open question.
std::vector<Receipt> pending(store::Db& db);

/// What collection must know: items that an open question would cover. Nobody is chased for these.
std::vector<OpenItemId> items_in_question(store::Db& db);

/// A person's decisions. Errors: not_found, item_not_open, application_exceeds_residual, wrong_customer. Each audited.
struct Wanted {
    std::string document_or_item;        ///< a document number of the customer ("INV-7/2" for an instalment), or an item: "#17", "17"
    std::string amount;                  ///< decimal text, in the document's currency
    /// What the payment settles besides (ledger::Apply), decimal text; empty: nothing. Only apply_by_hand has these.
    struct Parts {
        std::string discount = {}, tolerance = {}, bank_charge = {}, withholding = {}, deduction = {};
        std::string reason = {};         ///< of the deduction: pricing, freight, damage, tax, promotion, or the company's own; empty: unknown
        std::string takes = {};          ///< what leaves the receipt, where its currency is not the document's
    };
    Parts parts = {};
};
/// The second person of an act, and the request that was approved.
struct Approval {
    std::string by, request;
};
/// What is left is the customer's credit, and no run applies it. Errors besides: malformed_input, amount_precision, invalid_argument
/// (amounts), currency_mismatch (another currency, and it is not said what leaves the receipt), in the order of ledger::apply. What
/// a person may grant alone is the caller's to ask (by_hand.hpp: beyond_policy).
/// With `teach` it is an answer about the payer too, where all the items are one customer's and nothing speaks for another:
/// counted as identify_by_hand counts, each receipt once. `why`: the person's own words, for the applications and the audit trail.
Status apply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                     const std::vector<Wanted>& wanted, const Settings* teach = nullptr, const Approval& approval = {}, std::string_view why = {});
/// Posts a proposal of the receipt's question, by its number, exactly as proposed: discounts, tolerance, bank charges, tax withheld
/// and deductions with it. What it leaves of the money stays on the customer's account. Teaches as apply_by_hand does. Errors
/// besides: invalid_argument (no such proposal); item_not_open, application_exceeds_residual (an item was paid since, named with the
/// figures); refused (a share above what the settings allow today: bank_fee_max, tolerance, withholding_percent, discounts on offer).
Status accept_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, std::int64_t proposal,
                      const Settings& settings);
/// Also learns: the payer's account and name become aliases of the customer after Settings::learn_account_after and
/// learn_name_after such answers (parties::aliases lists them, revoke_alias takes one back).
Status identify_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                        CustomerId customer, const Settings& settings = {});
/// Takes back what was learned, and the answers that it was learned of: the next answer is the first again. Errors: not_found (no
/// such alias in force). Audited.
Status revoke_alias(store::Tx& tx, Clock& clock, const audit::Actor& by, std::int64_t alias);
/// With `teach` the payer's account, or his name where the account does not say it, becomes a rule after
/// Settings::learn_not_receivable_after such answers, each receipt one: never one of a customer, or of who pays for one.
Status not_receivable_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                              const std::string& why, const Settings* teach = nullptr);
/// A payer whose money is no receivable, learned from people's answers. It decides where nothing points to a customer or a document
/// of ours; in force until it is revoked, or contradicted by receivable_by_hand.
struct LearnedRule {
    std::int64_t id = 0;
    std::string entity, kind, value, why, by;   ///< kind: "account", "name"
    Instant at;
};
/// Those in force, by id.
std::vector<LearnedRule> learned_rules(store::Db& db);
/// Takes it back, and the answers that it was learned of. Errors: not_found. Audited.
Status revoke_rule(store::Tx& tx, Clock& clock, const audit::Actor& by, std::int64_t rule);
/// It was a customer's money after all: takes back what a rule or a person had said (ledger::mark_not_receivable), and what was
/// learned of it: the answer does not count, a learned rule that fits this payer is revoked. Errors: not_found,
/// invalid_argument (nothing to take back; no reason). Audited.
Status receivable_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, const std::string& why);
/// What undoing an application would bring about, before it is done.
struct UnapplyPreview {
    ApplicationId application;
    std::string receipt, document;
    Money amount;                        ///< what was applied
    Money goes_back;                     ///< to the receipt or credit, in its currency: with what was paid too much and kept
    Money residual_after;                ///< of the document, with what follows taken back too
    std::optional<Money> discount_withdrawn;
    /// What the application closed besides, and what is owed again without it; tolerance negative: a gain that goes back.
    std::optional<Money> tolerance = {}, bank_charge = {}, withholding = {}, write_off = {}, deduction = {};
    std::optional<OpenItemId> deduction_item = {};
    std::string deduction_document = {}, deduction_reason = {}, deduction_state = {};   ///< of the item that vanishes
    bool overdue_again = false;          ///< the document's due date is past: dunning resumes where it stood
    std::vector<std::string> sentences;  ///< all of it for a person, one consequence each
};
Result<UnapplyPreview> unapply_preview(store::Db& db, const ledger::Context& context, ApplicationId application);
Status unapply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, ApplicationId application,
                       const std::string& why);

/// One transfer for several customers that no relation joins: each part is applied to that customer's item. Parts name their
/// item by id. Errors: as apply_by_hand; nothing is applied when one part fails.
Status split_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                     const std::vector<Wanted>& parts, const Settings* teach = nullptr);

/// Credit that a customer might get back: what is left of identified receipts, from `refund_min` of its currency up.
struct RefundProposal {
    std::string receipt;
    CustomerId customer;
    std::string customer_number, payer_account;   ///< refunds go to the account the money came from (DOMAIN section 11)
    Money amount;
    bool review = false;                 ///< above refund_review: a second pair of eyes
    std::string why;
};
std::vector<RefundProposal> refund_proposals(store::Db& db, const Settings& settings);

/// Asks once and keeps what a run of `match_waiting` would decide, without acting.
Decision preview(store::Tx& tx, const ledger::Context& context, const Settings& settings, OpenItemId receipt);

}  // namespace owed::cash
