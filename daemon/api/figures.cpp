#include "api/detail/figures.hpp"

#include <algorithm>

#include "ledger/standing.hpp"

namespace owed::api::detail {
namespace {

constexpr int months_max = 36;

int months_before(Date month, Date to) { return (to.year() - month.year()) * 12 + to.month() - month.month(); }

/// Positive for what is billed, negative for credit memos; zero for what is no sale.
std::int64_t sale_of(const ledger::Item& item) {
    using ledger::ItemKind;
    const auto sold = item.kind == ItemKind::invoice || item.kind == ItemKind::debit_memo || item.kind == ItemKind::credit_memo;
    return sold ? item.original.units() : 0;
}

CurrencyFigures::Month& month_at(CurrencyFigures& figures, std::size_t index, Date to) {
    while (figures.months.size() <= index) {
        const auto last = to.plus_months(-static_cast<int>(figures.months.size()));
        figures.months.push_back({figures.months.empty() ? to.day() : last.end_of_month().day(), 0});
    }
    return figures.months[index];
}

Decimal decimal(std::int64_t units, Currency currency) { return Decimal::of(units, currency.minor_digits); }

}  // namespace

const char* const figures_convention =
    "receivables: open debit items, credits not netted; sales: invoices and debit memos less credit memos by posting date, tax included; "
    "an item due on the day is not past due; days: calendar days";

std::map<std::string, CurrencyFigures> figures_of(store::Db& db, const App& app, const ledger::Entity& entity, Span span) {
    std::map<std::string, CurrencyFigures> all;
    const auto of = [&](Currency currency) -> CurrencyFigures& {
        return all.try_emplace(std::string{currency.text()}, CurrencyFigures{.currency = currency}).first->second;
    };
    auto& book = app.figures->open_items;
    book.each(db, entity.id, span.from.plus_days(-1), [&](const ledger::Residual& one) {
        if (one.units > 0) of(one.currency).opening_ar += one.units;
    });
    book.each(db, entity.id, span.to, [&](const ledger::Residual& one) {
        if (one.units <= 0) return;
        auto& figures = of(one.currency);
        figures.closing_ar += one.units;
        if (one.due_date >= span.to) figures.not_due_ar += one.units;
    });
    const auto taken_back = ledger::documents_taken_back(db, span.to);
    ledger::ItemFilter filter;
    filter.entity = entity.id;
    ledger::each_item(db, app.books, filter, [&](const ledger::Item& item) {
        const auto sale = sale_of(item);
        if (sale == 0 || item.posting_date > span.to || taken_back.contains(item.id)) return;
        auto& figures = of(item.original.currency());
        if (item.posting_date >= span.from) figures.sales += sale;
        if (const auto index = months_before(item.posting_date, span.to); index < months_max) month_at(figures, static_cast<std::size_t>(index), span.to).sales += sale;
    });
    return all;
}

report::MeasureQuestion question_of(const CurrencyFigures& figures, Span span) {
    report::MeasureQuestion question;
    const auto put = [&](const char* name, std::int64_t units) { question.figures.insert_or_assign(name, decimal(units, figures.currency)); };
    put("opening_ar", figures.opening_ar);
    put("closing_ar", figures.closing_ar);
    put("not_due_ar", figures.not_due_ar);
    put("credit_sales", figures.sales);
    question.figures.insert_or_assign("days", Decimal::of(span.days(), 0));
    for (const auto& month : figures.months)
        question.rows.push_back({{"credit_sales", decimal(month.sales, figures.currency)}, {"days", Decimal::of(month.days, 0)}});
    return question;
}

}  // namespace owed::api::detail
