// Opening + booked = closing, and the statement's own totals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "formats/camt/detail/draft.hpp"
#include "formats/findings.hpp"
#include "owed/record.hpp"

namespace owed::formats::camt {

/// Counts and exact sums over entries as they pass. Sums add amounts whatever their currency, as TxsSummry does.
class Tally {
  public:
    void add(const BankTransaction& entry, const WrittenAmount& amount);

    struct Side {
        std::uint64_t count = 0;
        Nano sum = 0;  ///< not negative
    };
    struct Sums {
        Side credits, debits;
        Nano net() const { return credits.sum - debits.sum; }
        std::uint64_t count() const { return credits.count + debits.count; }
    };
    Sums all, booked;
    Nano booked_reversals = 0;  ///< signed
    std::string currency;       ///< of the booked entries
    bool mixed_currencies = false;
};

/// The balances that open and close the statement: OPBD (else PRCD) of the first day and CLBD of the last. A page of a
/// longer statement (not of an intraday report) may open or close with an interim balance (ITBD, or the sub-type INTM).
struct ChosenBalances {
    struct Chosen {
        Balance balance;
        Nano exact = 0;
    };
    std::optional<Chosen> opening, closing;
};
/// Reports a balance without CdtDbtInd (unless zero) or currency, and leaves it out.
ChosenBalances choose_balances(const DraftStatement& statement, bool intraday, Findings& findings);

/// Broken ones are graves. An intraday message or one without both balances: absent.
Check check_balance(const DraftStatement& statement, const ChosenBalances& balances, const Tally& tally, bool intraday, Findings& findings);

/// TxsSummry against the entries; banks count either all entries or the booked ones, so both are right.
Check check_totals(const DraftStatement& statement, const Tally& tally, Findings& findings);

}  // namespace owed::formats::camt
