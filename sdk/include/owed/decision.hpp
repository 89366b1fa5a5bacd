// What a decider is asked and answers: which open items a receipt pays (DESIGN sections 4 and 6). Mirrors
// owed.wire.MatchQuestion and MatchAnswer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "owed/date.hpp"
#include "owed/record.hpp"

namespace owed {

/// An item that the receipt may pay, as it stands on the question's day.
struct OpenItem {
    std::string item;                ///< our id, which the answer repeats
    std::string document;            ///< "INV-4711"
    std::string customer, customer_name;
    std::string kind;                ///< invoice, debit_memo, credit_memo, finance_charge, ...
    std::optional<Date> document_date, due_date;
    Amount original, residual;       ///< credits are negative
    std::string order;               ///< the customer's purchase order
    std::string payment_reference;   ///< structured reference printed on it
};

struct ReceiptFacts {
    std::string receipt, entity;
    std::optional<Date> value_date;
    Amount amount;                   ///< what of it is not applied yet
    Party payer;
    std::string customer;            ///< number, where the payer is known
    std::vector<std::string> text;   ///< remittance as the bank gave it
    std::vector<RemittanceReference> references;
};

struct MatchQuestion {
    ReceiptFacts receipt;
    std::vector<OpenItem> items;     ///< at most 500 open ones in its currency: of likely payers, those its text names, those of its amount
    std::optional<Date> as_of;
};

struct MatchedItem {
    std::string item;
    Amount amount;                   ///< positive: paid; negative: a credit that is used
};
struct MatchProposal {
    std::vector<MatchedItem> items;  ///< together no more than the receipt
    std::uint16_t confidence_permille = 0;  ///< 1000: certain
    std::vector<std::string> evidence;      ///< sentences for a clerk
};
struct MatchAnswer {
    std::vector<MatchProposal> proposals;   ///< best first; none: no opinion
    std::string reason;              ///< why there is none, or how it was found
};

}  // namespace owed
