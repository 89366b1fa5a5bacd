// The canonical AR records that cross the plugin boundary, as plain structs (DESIGN section 3).
// The wire form is FlatBuffers (sdk/schema/records.fbs); record_wire.hpp converts. Both change only by adding.
//
// Strings are UTF-8. An empty string means "the source does not say"; so does an empty optional. Nothing is guessed:
// what a source leaves out stays out, and the daemon fills it in from its own settings or asks a person.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "owed/date.hpp"
#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed {

/// An amount as a source gives it: units / 10^digits of `currency`. Where the currency is known, digits are its own minor
/// units; where the source names none (many CSV files), digits are as written and currency is empty.
struct Amount {
    std::int64_t units = 0;
    std::uint8_t digits = 2;
    std::string currency;  ///< ISO 4217, or empty
    bool operator==(const Amount&) const = default;

    static Amount of(Money money) {
        return {money.units(), money.currency().minor_digits, std::string{money.currency().text()}};
    }
    /// Errors: unknown_currency (also when empty), amount_precision.
    Result<Money> money() const;
};
/// "1234.50" at the amount's own digits.
std::string to_text(const Amount& amount);

struct Party {
    std::string name;
    std::string account;  ///< IBAN or local account number, without blanks
    std::string bank;     ///< BIC, routing number or bank name
};

/// One reference of a structured remittance: a payment reference (type scor, qrr, kid, ...) or a document number
/// (type document), with the figures a remittance line may carry.
struct RemittanceReference {
    std::string type;
    std::string value;
    std::optional<Amount> amount;  ///< paid for it (net)
    std::optional<Amount> gross, discount, adjustment;
    std::string reason;
};

enum class EntryStatus : std::uint8_t { booked, pending, information };

/// One line of a bank statement, or one transaction inside a batch entry. Amounts are signed from the account holder's
/// side: money in is positive. Only the parent's amount is bookable; details never change it (FORMATS section 1).
struct BankTransaction {
    std::optional<Date> booking_date, value_date;
    std::optional<Amount> amount;       ///< empty only in details without an amount of their own
    std::string amount_text;            ///< as the file writes it
    EntryStatus status = EntryStatus::booked;
    bool reversal = false;
    std::string code;                   ///< "PMNT/RCDT/ESCT", "NTRF", "165", "CREDIT"
    std::string entry_ref;              ///< the customer's or statement's reference of the entry
    std::string bank_ref;               ///< the bank's own reference
    std::string end_to_end_id, mandate_id;
    Party counterparty;
    std::vector<std::string> text;      ///< free remittance, the bank's line breaks kept as elements
    std::vector<RemittanceReference> references;
    std::string return_reason;
    std::optional<Amount> original_amount;
    std::string exchange_rate;          ///< decimal text as in the file
    std::vector<Amount> charges;
    std::vector<BankTransaction> details;
    std::string where;                  ///< "file:line" or field path, for messages
};

enum class Check : std::uint8_t { absent, ok, broken };

struct StatementAccount {
    std::string iban, id, bank, currency, name;
};
struct Balance {
    Amount amount;
    std::optional<Date> date;
};

/// A bank statement. Large ones come in parts: each part repeats the head and carries the next entries; `last` closes it,
/// and `closing` and the checks hold only there.
struct BankStatement {
    StatementAccount account;
    std::string id, sequence;
    std::optional<Date> from, to;
    std::optional<Balance> opening, closing;
    std::vector<BankTransaction> entries;
    Check balance_check = Check::absent;
    Check control_totals_check = Check::absent;
    std::uint32_t part = 0;
    bool last = true;
    bool intraday = false;  ///< camt.052/054, MT942, BAI2 intraday: repeats what a statement books; never posted
};

struct PostalAddress {
    std::vector<std::string> lines;  ///< street, building; without name, postcode and city
    std::string postcode, city, region;
    std::string country;             ///< ISO 3166-1 alpha-2
};

struct Customer {
    std::string number;              ///< unique within the entity
    std::string entity;              ///< empty: the connector's entity
    std::string name;
    std::string email;               ///< where notices go
    std::string language;            ///< BCP 47: "de", "en-US"
    std::string currency;
    std::string contact_name;
    PostalAddress address;
    std::string tax_id;
    std::optional<std::int32_t> terms_days;
    std::string segment;             ///< chooses the dunning policy
    std::string parent;              ///< number of the customer that pays for this one
    std::vector<std::string> accounts; ///< payer accounts known to be this customer's (IBAN or account number)
    std::string dunning_block;       ///< reason; empty: none
    std::string channel;             ///< preferred: "email" or "letter"; empty: by policy
};

/// An invoice, debit memo or credit memo as an ERP exports it. Amounts are positive; the kind says the side.
struct ArDocument {
    enum class Kind : std::uint8_t { invoice, credit_memo, debit_memo };
    Kind kind = Kind::invoice;
    std::string number;
    std::string entity;
    std::string customer;            ///< customer number
    std::optional<Date> document_date, due_date, posting_date;
    std::optional<Amount> amount;    ///< gross, required
    std::optional<Amount> tax;       ///< share of the gross amount
    std::optional<Amount> open;      ///< what is still open at the source, at the time of the export
    std::string order;               ///< the customer's purchase order
    std::string payment_reference;   ///< structured reference printed on the document
    std::string original_document;   ///< of a credit memo
    std::optional<std::int32_t> terms_days;
    std::optional<std::int32_t> dunning_level;   ///< at cut-over
    std::optional<Date> last_notice_date;        ///< at cut-over
    std::string text;
    /// A discount for paying in time, where the source gives dates and not terms.
    struct Discount {
        std::optional<Date> until;
        std::string percent;         ///< decimal text; empty: `amount` says it
        std::optional<Amount> amount;
    };
    std::string terms;               ///< payment terms: a name that configuration knows, or as people write them ("2/10 net 30")
    std::vector<Discount> discounts;
    std::string delivery, contract;  ///< delivery note and contract: what customers quote instead of our number
    std::optional<Amount> disputed;  ///< share that the customer contests
    std::optional<Amount> retained;  ///< of an invoice: share of `amount` that the customer withholds by contract until its release
    std::optional<Date> release_date;///< when that is expected; the share is not due before
    bool deposit = false;            ///< an invoice for money in advance: a liability until the final invoice, no revenue
    std::optional<Amount> freight;   ///< share of `amount` beside `tax`, net of it: freight income. Not of a deposit
};

/// A payment as an ERP knows it.
struct ErpPayment {
    struct Applied {
        std::string document;
        std::optional<Amount> amount;
    };
    std::string number, entity, customer;
    std::optional<Date> date;
    std::optional<Amount> amount;
    std::string reference;           ///< bank or check reference
    std::vector<Applied> applied;
};

/// A line of what an agency reports: money collected, or a change of state (DOMAIN section 15).
struct AgencyUpdate {
    std::string placement;           ///< our placement id, as the agency repeats it
    std::string agency, customer, document;
    std::string state;               ///< "paid", "partial", "recalled", "closed", ...
    std::optional<Date> date;
    std::optional<Amount> gross, fee, tax, net;
    std::string remittance;          ///< the agency's remittance number: one bank transfer
    std::string text;
    /// The agency transfers all of `gross` and bills its fee. Else it keeps fee and tax and transfers the rest. `net` is what it
    /// transfers, or gross less fee and tax.
    bool gross_remittance = false;
};

/// A person at a customer.
struct Contact {
    std::string number;              ///< the source's id
    std::string entity, customer;    ///< customer number
    std::string name, email, phone;
    std::string role;                ///< "accounts payable", as the source calls it
    std::string language;            ///< BCP 47
    bool no_email = false;           ///< has asked not to be written to
};

/// An order of a customer, before it is an invoice: what a credit hold stops.
struct SalesOrder {
    std::string number, entity, customer;
    std::optional<Date> date;
    std::optional<Amount> amount;
    std::string status;              ///< as the source calls it
    bool awaiting_authorisation = false;  ///< waits for our word whether it may go on
    bool on_hold = false;            ///< stopped at the source
    std::string text;
};

/// How a customer's account stands, for other systems (Salesforce, an ERP). The record's external_id is the key there.
struct AccountStatus {
    std::string customer, entity, name;
    std::optional<Date> as_of;       ///< in the entity's time zone
    std::optional<Amount> balance;   ///< open items less unapplied credits; negative: we owe
    std::optional<Amount> overdue;
    std::optional<std::int32_t> oldest_days;    ///< past due of the oldest open item; 0: none is
    std::optional<std::int32_t> dunning_level;  ///< 0: none
    bool hold = false;
    std::string hold_reason;
};

/// Stop an order, or let it go on.
struct OrderHold {
    std::string order, entity, customer;
    bool hold = false;
    std::string reason;              ///< a sentence for the person who waits for the order
    std::optional<Date> as_of;
};

/// `1 from = rate to` on `date`, as a central bank or a treasury system publishes it.
struct FxRate {
    std::string from, to;            ///< ISO 4217
    std::string type;                ///< "spot", "closing", "custom"; empty: spot
    std::optional<Date> date;
    std::string rate;                ///< decimal text, positive
    std::string source;              ///< "ecb"
};

/// A rate that interest refers to, in percent, from a day on.
struct ReferenceRate {
    std::string name;                ///< "ecb_main_refinancing", "de_base_rate"
    std::optional<Date> from;
    std::string percent;             ///< decimal text; may be negative
    std::string source;
};

/// What a payer says a payment is for: an e-mailed advice, a check stub, a lockbox detail. Joined to its receipt by number,
/// else by amount, date and payer.
struct RemittanceAdvice {
    std::string number;              ///< of the payment, check or transfer, as the bank line may show it
    std::string entity, customer;    ///< customer number, where the source knows it
    Party payer;
    std::optional<Date> date;        ///< of the payment
    std::optional<Amount> amount;    ///< of the payment
    std::vector<RemittanceReference> lines;
    std::string text;
};

/// Money found here and what it pays, for the system that keeps the books of record (authority erp). The record's external_id
/// is its idempotency key: over there it is booked once, however often it comes. Amounts are positive.
struct ReceiptApplication {
    /// What closes the document beside the money and the discount.
    struct Part {
        std::string reason;          ///< "tolerance", "bank_charge", "withholding", "write_off", "deduction: pricing"
        std::optional<Amount> amount;///< closes that much more; negative (tolerance only): paid too much, kept as a gain
    };
    struct Settled {
        std::string kind, document;  ///< "invoice", "debit_memo", ...; its number
        std::optional<std::int32_t> instalment;  ///< 1, 2, ... of a document that falls due in parts
        std::optional<Amount> amount;            ///< paid of it, in its currency
        std::optional<Amount> taken;             ///< what that took from the receipt, in the receipt's currency
        std::optional<Amount> discount;          ///< taken for paying early
        std::vector<Part> parts;
    };
    std::string entity, customer;
    std::string reverses;            ///< key of the application that is taken back; empty: this one applies
    std::string receipt;             ///< our number ("R-17"): one receipt over there, however many applications name it
    std::string credit_kind;         ///< "receipt"; "credit_memo": a credit is set off, and `receipt` is its number
    std::string reference, payer;    ///< the bank's reference, who paid
    std::optional<Date> value_date;  ///< of the receipt
    std::optional<Date> posting_date;///< of the application, or of its taking back
    std::optional<Amount> amount;    ///< of the whole receipt, in its currency
    std::string bank_account, bank_gl;  ///< ours, that it came in on; its account in the general ledger
    std::vector<Settled> documents;
    std::string reason;              ///< a sentence: why it was applied, or taken back
};

/// What that system made of a ReceiptApplication, where it says so later: a result file, a queue.
struct ReceiptAnswer {
    std::string key;                 ///< the application's external_id
    bool accepted = false;
    std::string reference;           ///< its own number for the booking
    std::string reason;              ///< why not, in its words
};

using RecordBody = std::variant<Customer, ArDocument, ErpPayment, BankStatement, AgencyUpdate, Contact, SalesOrder, AccountStatus, OrderHold,
                                FxRate, ReferenceRate, RemittanceAdvice, ReceiptApplication, ReceiptAnswer>;

struct Record {
    RecordBody body;
    std::string external_id;         ///< the source's stable id, if it has one
    std::string where;               ///< "customers.csv:4"
};

/// "customer", "invoice", "credit_memo", "debit_memo", "payment", "bank_statement", "agency_update", "contact",
/// "sales_order", "account_status", "order_hold", "fx_rate", "reference_rate", "remittance_advice", "receipt_application",
/// "receipt_answer".
std::string_view kind_of(const Record& record);

/// How far a reader trusts a file (FORMATS.md, top). Reject is an Error instead.
enum class Verdict : std::uint8_t { accept, warn, quarantine };
std::string_view name_of(Verdict verdict) noexcept;

/// `where`: "file:line:column" or a field path. `grave` ones make the verdict quarantine; others make it warn.
struct Warning {
    std::string where, what;
    bool grave = false;
};

/// A row that did not fit; the rest of its file was read (ERP files only).
struct RejectedRow {
    std::string where;  ///< "customers.csv:4 column email"
    std::string what;
    std::string raw;    ///< the row as it stood, at most 4 KiB
};

/// What a codec says when it is through.
struct DecodeReport {
    std::string format;  ///< "camt.053.001.08", "mt940", "bai2", "ofx1", "csv", "erp-csv"
    Verdict verdict = Verdict::accept;
    std::vector<Warning> warnings;
    std::vector<RejectedRow> rejected;
    std::uint64_t records = 0;
};

/// Where a reader puts what it finds. One thread; an Error from record() ends the reading with it.
class RecordSink {
  public:
    virtual ~RecordSink() = default;
    virtual Status record(Record record) = 0;
};

}  // namespace owed
