// What the measures are fed with: receivables and sales of an entity, by currency, from the ledger's items.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "api/detail/json.hpp"
#include "report/measures.hpp"

namespace owed::api::detail {

/// Days `from` to `to`, both included.
struct Span {
    Date from, to;
    int days() const { return days_between(from, to) + 1; }
};
/// Minor units of the currency.
struct CurrencyFigures {
    Currency currency;
    std::int64_t opening_ar = 0;         ///< open debits on the day before `from`
    std::int64_t closing_ar = 0;         ///< open debits on `to`
    std::int64_t not_due_ar = 0;         ///< of these, not past due on `to`
    std::int64_t sales = 0;              ///< of the span
    struct Month {
        int days = 0;                    ///< calendar days, until `to`
        std::int64_t sales = 0;
    };
    std::vector<Month> months = {};      ///< latest first, back to the first sale, at most 36
};
/// Says how the figures are made, for people.
extern const char* const figures_convention;

/// By currency code. Sales: invoices and debit memos less credit memos by posting date, tax included as receivables include it;
/// documents taken back are left out. Receivables: debit items, credits not netted.
std::map<std::string, CurrencyFigures> figures_of(store::Db& db, const App& app, const ledger::Entity& entity, Span span);

/// The figures under the names of report/measures.hpp, amounts with their decimals.
report::MeasureQuestion question_of(const CurrencyFigures& figures, Span span);

}  // namespace owed::api::detail
