// The ledger: the only writer of money. Journal entries, open items, applications, periods.
//
// Signs. A posting line's amount is signed: debit positive, credit negative. An open item's original and residual are
// positive for what a customer owes (invoice, debit memo, finance charge, deduction, chargeback) and negative for credits
// (receipt, credit memo, deposit). residual = original - applications - adjustments and never crosses zero.
//
// Every function that writes takes the caller's transaction; an Error leaves nothing behind once the caller passes it on.
// Events are idempotent by `event_key`: the same key with the same content answers as the first time (`repeated`), with
// other content is conflicting_repeat. Postings: DOMAIN section 12. Writer strand; reading functions: any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ledger/books.hpp"
#include "ledger/item_terms.hpp"
#include "owed/doors.hpp"
#include "owed/id.hpp"
#include "store/store.hpp"

namespace owed::ledger {

std::vector<store::Migration> migrations();

/// The source of a posting: a record ("record", "connector/external id"), a decision ("cash", receipt), a person.
struct Cause {
    std::string kind, id;
};

struct Line {
    std::string account;                 ///< code
    Money amount;                        ///< debit positive, credit negative; in the line's currency
    Money functional;                    ///< the same in the entity's currency
    std::optional<OpenItemId> item = {};
};

struct Entry {
    std::string entity;
    Date posting_date, document_date;
    Cause cause;
    std::string reason;                  ///< a sentence for a clerk
    std::string event_key;               ///< unique within the ledger
    std::vector<Line> lines;
    std::optional<EntryId> reverses = {};
};

struct Posted {
    EntryId entry;
    Date posting_date;                   ///< the first open day when the asked one was closed
    bool moved = false;                  ///< posting_date is later than the asked one, and the entry's reason says why
    bool repeated = false;               ///< this event was posted before; nothing was written
};

enum class ItemKind {
    invoice = 1, credit_memo, debit_memo, finance_charge, receipt, deposit, deduction, chargeback, erp_adjustment,
};
std::string_view name_of(ItemKind kind) noexcept;   ///< "invoice", ... as in JSON
bool is_debit(ItemKind kind) noexcept;              ///< erp_adjustment may be either: its sign decides

class Listener;

/// What the ledger's functions need besides the transaction. Lives as long as the daemon.
struct Context {
    const Books& books;
    Clock& clock;
    std::vector<Listener*> listeners;    ///< other rooms, registered by `main`; called in the same transaction
    std::vector<std::string> roles = {}; ///< of the acting person: Entity::soft_close_roles may post into soft-closed periods
};

/// What every event of DOMAIN section 12 says besides its figures.
struct Instruction {
    Date date;                           ///< asked posting date
    Cause cause;
    std::string reason;                  ///< a sentence for a clerk
    std::string event_key;
    std::string by = {};                 ///< who asks
    std::string approved_by = {};        ///< the second person; empty: within the limit of `by`, which the caller has checked
};

// ---------------------------------------------------------------- writing

/// The only writer of money: checks, then writes one balanced journal entry with its row hashes.
/// Checks in this order: entity known; at least 2 lines; no line zero in both currencies; accounts known; sums zero per
/// currency and functional; event key; what it reverses; period; then, for lines on control accounts, which must all name an
/// open item (and no others may): item known, of this entity and currency, standing on that account, residual staying between
/// zero and the original on the posting date and ever after. Errors: not_found, entry_not_balanced, unknown_account, conflicting_repeat,
/// amount_overflow, period_closed (no open period at or after the date), currency_mismatch, invalid_argument, wrong_customer,
/// application_exceeds_residual.
Result<Posted> post(store::Tx& tx, const Context& context, const Entry& entry);

/// Takes a posted entry back, line by line, on `date` or on the earliest later day that its items allow: a fee that was not
/// deserved, a write-off, a document typed twice. Its item ends settled. For applications there is `unapply`, for receipts
/// `return_receipt`. Errors: not_found, conflicting_repeat, invalid_argument (an entry of those kinds, or itself a reversal),
/// already_exists (reversed before), application_exceeds_residual (its item is partly settled: unapply first), as post.
Result<Posted> reverse(store::Tx& tx, const Context& context, EntryId entry, Date date, const Cause& cause,
                       const std::string& reason, const std::string& event_key);

struct PostDocument {
    std::string entity;
    std::optional<CustomerId> customer = {};
    ItemKind kind = ItemKind::invoice;   ///< invoice, debit_memo, credit_memo, finance_charge, erp_adjustment
    std::string document;                ///< number as printed
    Date document_date, due_date, posting_date;
    Money amount;                        ///< gross; positive (the kind says the side); erp_adjustment: signed
    std::optional<Money> tax = {};       ///< share of the gross
    std::optional<Money> open = {};      ///< less than `amount`: taken over partly settled; `opening` or authority erp only
    std::optional<Money> functional = {};///< of `amount`, when its currency is not the entity's; else the spot rate
    bool opening = false;                ///< cut-over: counterpart is opening_balance
    std::string payment_reference = {}, order = {};
    Cause cause;
    std::string reason, event_key;
    int instalment = 0;                  ///< 1, 2, ... when a document falls due in several parts, an item each
    std::optional<ItemTerms> terms = {}; ///< discount tiers and what else payers may take; currency of `amount`
    std::optional<Money> freight = {};   ///< share of the gross, beside the tax: freight_income instead of revenue (hub); not of a deposit
    bool interest = false;               ///< finance_charge: income is interest_income, else fee_income
    bool deposit = false;                ///< invoice billed in advance: contract_liability instead of revenue
};
struct PostedItem {
    OpenItemId item;
    Posted posted;
};
/// Invoice, debit memo: receivable / revenue + freight_income + tax (authority hub), erp_clearing (authority erp), opening_balance
/// (opening).
/// Credit memo: the reverse. Finance charge: receivable / fee_income or interest_income + tax (hub). Deposit invoice:
/// receivable / contract_liability + tax. erp_adjustment: receivable / erp_clearing. In a foreign currency without `functional`:
/// the spot rate of the document date, or the last earlier one, which the entry's reason then says (rates.hpp).
/// Errors, in this order: not_found, invalid_argument, currency_mismatch, conflicting_repeat, already_exists (same entity,
/// kind, document and instalment with another event key), then as post.
Result<PostedItem> post_document(store::Tx& tx, const Context& context, const PostDocument& document);

struct PostReceipt {
    std::string entity;
    std::string bank_gl;                 ///< GL code of the bank account it came in on
    std::optional<CustomerId> customer = {};///< empty: unidentified
    std::string document;                ///< our receipt number
    Date value_date, posting_date;
    Money amount;                        ///< positive: money in
    Cause cause;
    std::string reason, event_key;
    std::optional<Money> functional = {};///< of `amount`; else the spot rate of the value date, as for documents
    std::optional<OpenItemId> item = {}; ///< by take_receipt_id; empty: the next one
};
/// The id that a receipt will have which is posted later in this transaction; it must be posted then.
OpenItemId take_receipt_id(store::Tx& tx);
/// bank / unapplied_cash or unidentified_receipts. For credits taken over at cut-over `bank_gl` is the code of opening_balance.
/// Errors: as post_document.
Result<PostedItem> post_receipt(store::Tx& tx, const Context& context, const PostReceipt& receipt);

/// unidentified_receipts / unapplied_cash. Again for the same customer: `repeated`. Errors, in this order: not_found,
/// invalid_argument (not a receipt), wrong_customer (already another's), item_not_open.
Result<Posted> identify_receipt(store::Tx& tx, const Context& context, OpenItemId receipt, CustomerId customer, Date date,
                                const Cause& cause, const std::string& reason);

/// What is left of a receipt is not a receivable: unidentified or unapplied / suspense; the item is settled.
Result<Posted> mark_not_receivable(store::Tx& tx, const Context& context, OpenItemId receipt, Date date, const Cause& cause,
                                   const std::string& reason);

/// A short payment's claimed part, split off the debit into an item of its own (DOMAIN section 12).
struct DeductionPart {
    Money amount;                        ///< positive
    std::string reason_code;             ///< "pricing", "freight", "damage", "tax", "promotion", "unknown", or the company's own
    std::string document = {};           ///< the payer's number for it; empty: the debit's number and "/D" with the item's id
};
struct Apply {
    OpenItemId credit, debit;            ///< receipt, credit memo or deposit; invoice, debit memo, ...
    Money amount;                        ///< positive, in the debit's currency; taken from both sides
    std::optional<Money> discount = {};  ///< positive; closes that much more of the debit
    Date date;
    std::string stage;                   ///< "structured_reference", "document_number", "exact_amount", "manual", "agency"
    int confidence = 100;                ///< percent
    std::string reason;                  ///< a sentence for a clerk
    std::string by;                      ///< "cash" or a person
    Cause cause;
    std::string event_key;
    // What else the payment settles, in the same entry; positive, in the debit's currency, each closing that much more of it:
    std::optional<Money> tolerance = {};   ///< short within tolerance. Negative: paid too much, taken from the credit as a gain
    std::optional<Money> bank_charge = {}; ///< withheld by a bank on the way
    std::optional<Money> withholding = {}; ///< tax the payer withheld for the state
    std::optional<Money> write_off = {};   ///< the rest, to write_off
    std::optional<DeductionPart> deduction = {};
    /// What leaves the credit, when it is in another currency than the debit. No tolerance gain then.
    std::optional<Money> credit_amount = {};
    /// What `amount` is worth in the entity's currency on the day; empty: at the spot rate. Another currency only.
    std::optional<Money> day_value = {};
};
struct Applied {
    ApplicationId application;
    Posted posted;
    std::optional<OpenItemId> deduction = {};   ///< the item that a deduction was split off into
};
/// Receipt: unapplied_cash + sales_discount + tax_payable (the discount's share of the document's tax, authority hub) +
/// tolerance + bank_charges + withholding_tax + write_off / receivable; tolerance gain: unapplied_cash / tolerance_gain;
/// deduction: deductions (new item) / receivable. Credit memo: both sides are receivable, no GL effect but the items'
/// residuals, and the entry shows the transfer between them. Where the debit's currency is not the entity's, carrying amounts
/// leave pro rata and their difference is posted as fx_gain or fx_loss (DOMAIN section 10). Where the credit is in a third
/// currency the two meet on currency_exchange, and two differences are posted: what the payment was worth above `day_value`
/// (cross), and `day_value` above the carrying amount (realised).
/// The posting date is the earliest at or after `date` on which, and ever since, both sides had that much open: nothing is
/// applied before it exists, and no past day's residual crosses zero.
/// Errors, in this order: conflicting_repeat, not_found, invalid_argument (amount, a part, confidence, a side that is not one),
/// wrong_customer (receipt not identified, or credit and debit of different entities), currency_mismatch, item_not_open,
/// application_exceeds_residual, then as post.
Result<Applied> apply(store::Tx& tx, const Context& context, const Apply& application);

/// Reverses the application's entry on `date`, or on the application's own day if that is later; both residuals are restored
/// exactly, in both currencies. What followed from it is taken back before: the resolution of its deduction, the deposit that a
/// paid deposit invoice became, and the write-off of a settlement that rested on it (`what_follows` shows them). Errors: not_found, application_already_undone, item_not_open
/// (money of its deduction's chargeback was paid out).
Result<Posted> unapply(store::Tx& tx, const Context& context, ApplicationId application, Date date, const Cause& cause,
                       const std::string& reason, const std::string& by);

/// A returned payment: takes back all that became of it (applications, deposits, forwarding, marks), newest first, then
/// unapplied_cash or unidentified / bank on `date`. What had left of it before (refunded, escheated) does not come back by that: the
/// customer owes it again, as a chargeback due that day with the receipt's number, "/C" and the item's id (receivable / bank in the
/// same entry); what is left of a deposit of which a part was refunded goes too. In a foreign currency the bank's side and what is
/// owed again stand at that day's spot rate where one is known, the difference realised. Errors: not_found, invalid_argument (not a
/// receipt; one forwarded by another entity), conflicting_repeat, item_not_open (returned before; money of it has left by another
/// entity's books, or as a deposit that was billed), wrong_customer.
Result<Posted> return_receipt(store::Tx& tx, const Context& context, OpenItemId receipt, Date date, const std::string& bank_gl,
                              const Cause& cause, const std::string& reason, const std::string& event_key);

/// What an agency collected for one item (DOMAIN section 12, net remittance, until its transfer arrives in the bank):
/// agency_clearing (net) + agency_fees (fee) + input_tax / receivable, as a receipt that is applied at once: two entries, the
/// receipt's against unapplied_cash. `event_key` is the application's; the receipt's is the same with "/receipt".
struct AgencyCollected {
    OpenItemId debit;
    Money gross, fee_and_tax;            ///< positive
    Date date;
    std::string document;                ///< remittance number and line
    Cause cause;
    std::string reason, event_key;
    std::optional<Money> tax = {};       ///< input tax in fee_and_tax
    bool gross_remittance = false;       ///< the agency pays all of it and bills its fee: agency_fees + input_tax / agency_payable
};
Result<Applied> post_agency_collected(store::Tx& tx, const Context& context, const AgencyCollected& collected);

/// The agency's transfer on the bank statement: settles the receipt's residual against agency_clearing.
Result<Posted> settle_agency_transfer(store::Tx& tx, const Context& context, OpenItemId receipt, Date date, const Cause& cause,
                                      const std::string& reason);

/// The ERP confirmed (or the wait is over): clears the flag that `flag_in_flight` set. Authority erp, DESIGN section 5.
Status flag_in_flight(store::Tx& tx, ApplicationId application, bool in_flight);

// ---------------------------------------------------------------- events

struct ItemEvent {
    std::string entity;
    std::optional<CustomerId> customer = {};
    OpenItemId item;
    ItemKind kind;
};
struct ApplicationEvent {
    std::string entity;
    CustomerId customer;
    ApplicationId application;
    OpenItemId credit, debit;
    Money amount;
    bool debit_settled;
};
/// An item was changed by something else than an application: written off, refunded, waived, moved, taken back.
struct ItemChange {
    ItemEvent item;
    std::string act;                     ///< as in the journal: "write_off", "refund", "reversal", ...
    Money residual;                      ///< after it
};
/// Rooms of the next floors listen here; an Error from a listener fails the posting.
class Listener {
  public:
    virtual ~Listener() = default;
    virtual Status item_opened(store::Tx&, const ItemEvent&) { return {}; }
    virtual Status applied(store::Tx&, const ApplicationEvent&) { return {}; }
    virtual Status unapplied(store::Tx&, const ApplicationEvent&) { return {}; }
    virtual Status item_changed(store::Tx&, const ItemChange&) { return {}; }
};

// ---------------------------------------------------------------- reading

struct Item {
    OpenItemId id;
    std::string entity;
    std::optional<CustomerId> customer = {};
    ItemKind kind = ItemKind::invoice;
    std::string document, payment_reference, order;
    Date document_date, due_date, posting_date;
    Money original, residual;            ///< signed; residual as of the asked date
    bool in_flight = false;              ///< an application on it waits for the ERP's confirmation
    bool written_off = false;
    int instalment = 0;
    bool retained = false;               ///< withheld by contract: not due before its release (due_date is retained_until)
};
/// "open", "partly", "settled", "written_off", "in_flight".
std::string_view state_of(const Item& item);

struct ItemFilter {
    std::optional<std::string> entity = {};
    std::optional<CustomerId> customer = {};
    std::optional<Date> as_of = {};      ///< empty: everything that is posted, today's residual
    std::optional<Instant> known_at = {};
    bool open_only = false;              ///< residual not zero
    bool debits_only = false;
};
/// By customer (unidentified first), due date, id. As of A: items posted until A, with the residual that their posting lines
/// until A add up to, so an application undone on R counts while A < R; a receipt identified later is still without customer.
/// known_at T: only entries recorded until T. Flags (in_flight, written_off) are today's.
std::vector<Item> items(store::Db& db, const Books& books, const ItemFilter& filter);
/// Streams instead of collecting; same order.
void each_item(store::Db& db, const Books& books, const ItemFilter& filter, const std::function<void(const Item&)>& visit);
std::optional<Item> item(store::Db& db, OpenItemId id);

/// Document numbers compare by this: upper case, letters and digits only, leading zeros of each digit run dropped:
/// "INV-2024/0042" and "inv 2024 42" are the same.
std::string document_key(std::string_view document);
/// Debit items by document key within an entity, settled ones too. Several customers may have the same number.
std::vector<Item> find_by_document(store::Db& db, std::string_view entity, std::string_view key);
/// Open debit items whose residual is exactly this amount, oldest due date first: for proposals only.
std::vector<Item> find_open_by_amount(store::Db& db, std::string_view entity, Money residual, std::size_t limit_max);
std::vector<Item> find_by_payment_reference(store::Db& db, std::string_view entity, std::string_view normalised_reference);

struct Application {
    ApplicationId id;
    OpenItemId credit, debit;
    std::string entity, credit_document, debit_document;
    std::optional<CustomerId> customer = {};
    Money amount;
    std::optional<Money> discount = {};
    Date date;
    std::string stage, reason, by;
    int confidence = 0;
    Instant at;
    std::optional<Date> undone = {};
    bool in_flight = false;
    std::optional<Money> tolerance = {}, bank_charge = {}, withholding = {}, write_off = {}, deduction = {};   ///< as in Apply
    std::optional<OpenItemId> deduction_item = {};
    std::optional<Money> credit_amount = {};   ///< what left the credit, where that is not `amount`
    std::optional<Money> fx = {};        ///< realised difference in the entity's currency, gain positive; the cross one included
};
/// Undone ones too, by id. `since`: applied or undone on that posting date or later.
std::vector<Application> applications(store::Db& db, std::optional<Date> since, std::optional<OpenItemId> item);
std::optional<Application> application(store::Db& db, ApplicationId id);

struct BalanceRow {
    std::string entity, account, currency;
    std::int64_t debit = 0, credit = 0;          ///< minor units of currency
    std::int64_t functional = 0;                 ///< signed, entity currency
};
/// Entries with posting date <= as_of. By entity, account, currency.
std::vector<BalanceRow> trial_balance(store::Db& db, std::optional<std::string> entity, Date as_of, std::optional<Instant> known_at = {});

struct JournalRow {
    EntryId id;
    Entry entry;
    Instant recorded_at;
};
/// With posting date >= since; the last `limit_max`, newest last.
std::vector<JournalRow> journal(store::Db& db, const Books& books, std::optional<Date> since, std::size_t limit_max);

/// Codes of the control accounts of an entity (`is_control`), each once.
std::vector<std::string> control_accounts(const Entity& entity);

struct Difference {
    std::string what;   ///< names the entry, item or account and both figures
};
struct Verification {
    std::int64_t entries = 0, lines = 0, items = 0, applications = 0;
    std::vector<Difference> differences;
};
/// Recomputes everything from the journal and compares: row hashes of all tables, balance per entry and currency, residual of each item,
/// open items = control accounts per entity and currency, applications and reversals against their lines, gaps in ids.
/// Reads one snapshot, in a few streams. At most 1,000 differences are named; the last one then says how many more.
Verification verify(store::Db& db, const Books& books);

}  // namespace owed::ledger
