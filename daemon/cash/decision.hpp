// What is decided about one receipt: pure types, and the pure function `decide` (DESIGN section 6).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cash/lookup.hpp"
#include "cash/settings.hpp"
#include "owed/id.hpp"
#include "owed/record.hpp"

namespace owed::cash {

/// What a receipt says of itself.
struct ReceiptFacts {
    OpenItemId item{};
    std::string entity;
    Money amount;                        ///< what is still unapplied, positive
    Date value_date;
    std::optional<CustomerId> customer;  ///< when a person or an earlier run has identified it
    bool person_said = true;             ///< that a person did; what a run concluded is worth what it was concluded from
    std::string payer_name, payer_account, code;
    std::vector<std::string> text;
    std::vector<RemittanceReference> references;
    std::string bank_reference = {}, end_to_end_id = {};
    bool asked_before = false;           ///< a question already: payer and amount alone decide it no more
};

/// What one item gets. The item closes by amount + discount + tolerance + bank_charge + withholding + deduction; what is
/// then left of it stays open. Minor units of amount's currency.
struct ProposedItem {
    OpenItemId item;
    std::string document;
    Money amount;                        ///< of the receipt; negative: a credit memo that is used up with it
    std::int64_t discount = 0;           ///< granted: in time, or late within the grace
    std::int64_t tolerance = 0;          ///< let go (negative: paid too much and kept)
    std::int64_t bank_charge = 0;        ///< kept by a bank on the way
    std::int64_t withholding = 0;        ///< tax that the customer paid to his own treasury for us
    std::int64_t deduction = 0;          ///< claimed by the customer, becomes an item of its own
    std::string reason = {};             ///< of the deduction: pricing, freight, damage, tax, promotion, unknown
    std::optional<Money> takes = {};     ///< what leaves the receipt, where `amount` is in another currency, the item's. Only ever proposed
};

struct Proposal {
    std::optional<CustomerId> customer;
    std::string customer_number;
    std::vector<ProposedItem> items;     ///< none: the money stays on the customer's account
    int confidence = 0;                  ///< percent
    std::vector<std::string> evidence, against;   ///< sentences
    std::string stage = {};
    std::int64_t doubt_ppm = 1'000'000;  ///< wrong ones expected in a million such readings
    int number = 0;                      ///< in its question, from 1; it stays when another one has been paid since
};

/// waits: the payer is known and names a document or order that is not in the books yet; looked at again when documents come.
enum class Outcome { apply, on_account, waits, question, not_receivable, agency_transfer };

struct Decision {
    Outcome outcome = Outcome::question;
    std::optional<CustomerId> customer;          ///< identified, also for a question
    std::string stage;                           ///< which means decided it: see stages below
    int confidence = 0;                          ///< percent
    std::vector<ProposedItem> applications;      ///< for apply
    std::string reason;                          ///< a sentence for a clerk: why, or what the question is
    std::vector<Proposal> proposals;             ///< for question, best first
    std::int64_t doubt_ppm = 1'000'000;
    std::int64_t doubt_ppb = 1'000'000'000;      ///< the same, finer: to rank good decisions
    std::vector<std::string> read = {};          ///< numbers and references found in what the payer wrote
    std::vector<std::string> lost = {};          ///< readings that were considered, and why they lost
    std::vector<OpenItemId> reopen = {};         ///< settled by an earlier, weaker automatic application, which moves
    std::optional<std::int64_t> advice = {};     ///< the remittance advice that was joined
};

/// Stages: "structured_reference", "remittance_advice", "document_number", "near_number", "order_number", "notice",
/// "exact_amount", "subset", and the AutoCash rules by name. Each reading of the receipt (these items, by these means, at
/// this amount) carries a doubt: the product of the factors in detail/doubt.hpp. The best reading applies when its doubt is
/// within Settings::doubt_max_ppm and no rival with other items comes near it; else it is a question with ranked proposals.
/// Pure: the same receipt, books and settings give the same decision. Any thread (the lookup's own rules aside).
Decision decide(const ReceiptFacts& receipt, const Lookup& lookup, const Settings& settings);

/// The evidence as JSON: {"stage", "doubt_ppm", "read", "reason", "lost"}.
std::string evidence_json(const Decision& decision);

}  // namespace owed::cash
