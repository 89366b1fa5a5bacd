#include "report/buckets.hpp"

namespace owed::report {

std::vector<std::string> bucket_names(const std::vector<int>& edges) {
    std::vector<std::string> names{"current"};
    int from = 1;
    for (int edge : edges) {
        names.push_back(std::to_string(from) + "-" + std::to_string(edge));
        from = edge + 1;
    }
    names.push_back("over-" + std::to_string(edges.empty() ? 0 : edges.back()));
    return names;
}

std::size_t bucket_of(int days, const std::vector<int>& edges) {
    if (days <= 0) return 0;
    std::size_t bucket = 1;
    for (int edge : edges) {
        if (days <= edge) return bucket;
        ++bucket;
    }
    return bucket;
}

Status check_edges(const std::vector<int>& edges) {
    if (edges.size() > 24) return fail(Errc::invalid_argument, "at most 24 bucket edges", "edges");
    int last = 0;
    for (int edge : edges) {
        if (edge <= last) return fail(Errc::invalid_argument, "bucket edges are positive and ascending, here " + std::to_string(edge) + " after " + std::to_string(last), "edges");
        last = edge;
    }
    return {};
}

Result<Money> open_on(const AgedItem& item, Date as_of) {
    const auto currency = item.amount.currency();
    if (as_of < item.gl_date) return Money::zero(currency);
    auto left = item.amount.absolute();
    for (const auto& application : item.applications) {
        if (!application.amount.is_positive()) return fail(Errc::invalid_argument, "an application must be positive");
        if (application.date > as_of || (application.undone && *application.undone <= as_of)) continue;
        OWED_TRY(left, subtract(left, application.amount));
    }
    if (left.is_negative())
        return fail(Errc::application_exceeds_residual, "applications until " + to_text(as_of) + " take " + to_text(left.absolute()) + " more than the item's " + to_text(item.amount.absolute()));
    return item.amount.is_negative() ? left.negated() : left;
}

Result<AgedTotals> age(const std::vector<AgedItem>& items, Currency currency, Date as_of, AgeBasis basis, const std::vector<int>& edges, CreditColumn credits) {
    OWED_TRY_VOID(check_edges(edges));
    const auto zero = Money::zero(currency);
    AgedTotals totals{.buckets = std::vector<Money>(edges.size() + 2, zero), .credits = zero, .disputed = zero, .total = zero};
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& item = items[i];
        auto open = open_on(item, as_of);
        if (!open) {
            open.error().where = "items[" + std::to_string(i) + "]";
            return fail(std::move(open).error());
        }
        const int days = item.retainage ? 0 : days_between(basis == AgeBasis::due_date ? item.due_date : item.document_date, as_of);
        const bool apart = open->is_negative() && credits == CreditColumn::separate;
        const bool now = open->is_negative() && credits == CreditColumn::current;
        auto& column = apart ? totals.credits : totals.buckets[now ? 0 : bucket_of(days, edges)];
        OWED_TRY(column, add(column, *open));
        OWED_TRY(totals.total, add(totals.total, *open));
        // What was paid is not disputed any more.
        if (item.disputed && open->is_positive()) {
            const auto part = item.disputed->units() < open->units() ? *item.disputed : *open;
            OWED_TRY(totals.disputed, add(totals.disputed, part));
        }
    }
    return totals;
}

}  // namespace owed::report
