// Which receipt pays which items, and why (DESIGN section 6, DOMAIN section 7). Deciding is pure; acting writes through
// the ledger. What is not certain becomes a question with ranked proposals: a wrong application costs more than a question.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "ledger/ledger.hpp"
#include "owed/id.hpp"
#include "owed/record.hpp"
#include "parties/parties.hpp"

namespace owed::cash {

std::vector<store::Migration> migrations();

// ---------------------------------------------------------------- settings

/// Money that is no receivable, recognised before any customer is looked for. Every given part must match.
struct NotReceivableRule {
    std::string name;            ///< why, for people: "interest credited by the bank"
    std::string code;            ///< bank transaction code, exact or with a trailing '*'
    std::string payer_account;
    std::string text;            ///< words that occur in the remittance text, case-insensitive
};
/// An agency's own transfers to us: settle agency_clearing (DOMAIN section 12).
struct AgencyPayer {
    std::string agency, account, name;
};
struct Settings {
    std::vector<NotReceivableRule> not_receivable;
    std::vector<AgencyPayer> agencies;
    int proposals_max = 3;
};

// ---------------------------------------------------------------- deciding (pure)

/// What a receipt says of itself.
struct ReceiptFacts {
    OpenItemId item{};
    std::string entity;
    Money amount;                        ///< what is still unapplied, positive
    Date value_date;
    std::optional<CustomerId> customer;  ///< when a person or an earlier run has identified it
    std::string payer_name, payer_account, code;
    std::vector<std::string> text;
    std::vector<RemittanceReference> references;
};

/// An open or settled debit item a receipt may be about.
struct Candidate {
    OpenItemId item;
    CustomerId customer;
    std::string customer_number, customer_name, document, payment_reference, order;
    Date due_date;
    Money residual;                      ///< positive; zero when settled
    std::string settled_by;              ///< when settled: "receipt R-17 of 2026-03-31"
};

/// What the books know, gathered for one receipt by `gather`.
struct Candidates {
    std::vector<Candidate> by_reference; ///< payment_reference equals a valid structured reference
    std::vector<Candidate> by_document;  ///< document number stands in the remittance text, as a whole token
    std::vector<CustomerId> by_account;  ///< owners of the payer's account
    std::vector<CustomerId> by_name;     ///< customers of exactly that name, or by a learned alias
    std::vector<Candidate> of_payer;     ///< open items of the one identified customer
    std::vector<Candidate> same_amount;  ///< open items of exactly this amount, for proposals only
};

struct ProposedItem {
    OpenItemId item;
    std::string document;
    Money amount;
};
struct Proposal {
    std::optional<CustomerId> customer;
    std::string customer_number;
    std::vector<ProposedItem> items;
    int confidence = 0;                  ///< percent
    std::vector<std::string> evidence, against;   ///< sentences
};

enum class Outcome { apply, question, not_receivable, agency_transfer };

struct Decision {
    Outcome outcome = Outcome::question;
    std::optional<CustomerId> customer;          ///< identified, also for a question
    std::string stage;                           ///< "structured_reference", "document_number", "exact_amount"
    int confidence = 0;
    std::vector<ProposedItem> applications;      ///< for apply
    std::string reason;                          ///< a sentence for a clerk: why, or what the question is
    std::vector<Proposal> proposals;             ///< for question, best first
};

/// Stages in order, first certain answer wins: not-receivable rules, agency transfer, structured reference, document
/// numbers, one exact open item of the identified payer; all else is a question. A short payment of one named document
/// is applied in part; more than is open, two candidates, or a payer who is another customer is asked. Any thread.
Decision decide(const ReceiptFacts& receipt, const Candidates& candidates, const Settings& settings);

/// Whole tokens of a remittance text that may be document numbers, as document keys, and joined neighbours
/// ("INV 2024 0042"). Never a substring of a token: "12" is not in "1234".
std::vector<std::string> document_keys_in(const std::vector<std::string>& text);

Candidates gather(store::Db& db, const ledger::Context& context, const ReceiptFacts& receipt);

// ---------------------------------------------------------------- acting

struct NewReceipt {
    std::string entity, account;         ///< our bank account (IBAN or number)
    std::string bank_gl;
    Money amount;                        ///< positive
    Date value_date, posting_date;
    BankTransaction transaction;         ///< as read: payer, text, references, code, references of the bank
    std::string connector, artifact;     ///< where it came from
    std::string event_key;               ///< unique: account, bank reference or content and ordinal
};
/// Posts the receipt (unidentified) and queues it. Repeated event: the same id again.
Result<OpenItemId> receive(store::Tx& tx, const ledger::Context& context, const NewReceipt& receipt);

enum class State { applied, partly, queued, unidentified, on_account, returned, not_receivable };
std::string_view name_of(State state) noexcept;

struct MatchSummary {
    int looked_at = 0, applied = 0, questions = 0, not_receivable = 0;
};
/// Decides and acts on every receipt that is queued or waits with a question, by receipt id. Idempotent.
/// In the caller's transaction; one audit record for the run.
Result<MatchSummary> match_waiting(store::Tx& tx, const ledger::Context& context, const Settings& settings,
                                   const audit::Actor& by);

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
};
std::vector<Receipt> receipts(store::Db& db, std::optional<std::string> state);
std::optional<Receipt> receipt(store::Db& db, std::string_view number);   ///< "R-17" or the bare id
/// Receipts with an open question.
std::vector<Receipt> pending(store::Db& db);

/// What collection must know: items that an open question would cover. Nobody is chased for these.
std::vector<OpenItemId> items_in_question(store::Db& db);

/// A person's decisions. Errors: not_found, item_not_open, application_exceeds_residual, wrong_customer. Each audited.
struct Wanted {
    std::string document_or_item;        ///< a document number of the customer, or an item id
    std::string amount;                  ///< decimal text
};
Status apply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                     const std::vector<Wanted>& wanted);
/// Also learns the payer's account as an alias of the customer.
Status identify_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                        CustomerId customer);
Status not_receivable_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                              const std::string& why);
Status unapply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, ApplicationId application,
                       const std::string& why);

}  // namespace owed::cash
