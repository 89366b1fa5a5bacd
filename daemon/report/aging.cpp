#include <algorithm>
#include <unordered_map>

#include "report/report.hpp"

namespace owed::report {
namespace {

struct Collected {
    std::map<std::pair<std::string, std::int64_t>, AgingRow> rows;  ///< currency, customer id (0: unidentified)
};

AgingRow& row_for(Collected& collected, store::Db& db, const ledger::Item& item, std::size_t bucket_count,
                  std::unordered_map<std::int64_t, std::pair<std::string, std::string>>& names) {
    const auto customer = item.customer ? item.customer->value : 0;
    auto& row = collected.rows[{std::string{item.residual.currency().text()}, customer}];
    if (!row.buckets.empty()) return row;
    row.buckets.assign(bucket_count, 0);
    row.currency = std::string{item.residual.currency().text()};
    if (item.customer) {
        auto [at, fresh] = names.try_emplace(customer);
        if (fresh)
            if (auto found = parties::find(db, *item.customer)) at->second = {found->customer.number, found->customer.name};
        row.customer = at->second.first;
        row.name = at->second.second;
    }
    return row;
}

void add(AgingRow& into, const AgingRow& row) {
    if (into.buckets.empty()) into.buckets.assign(row.buckets.size(), 0);
    for (std::size_t i = 0; i < row.buckets.size(); ++i) into.buckets[i] += row.buckets[i];
    into.credits += row.credits;
    into.disputed += row.disputed;
    into.total += row.total;
    into.currency = row.currency;
}

}  // namespace

Aging aging(store::Db& db, const ledger::Books& books, const AgingOptions& options) {
    Aging report;
    report.as_of = options.as_of;
    report.entity = options.entity;
    report.edges = options.edges;
    const auto bucket_count = options.edges.size() + 2;

    Collected collected;
    std::unordered_map<std::int64_t, std::pair<std::string, std::string>> names;
    ledger::ItemFilter filter;
    filter.entity = options.entity;
    filter.as_of = options.as_of;
    filter.known_at = options.known_at;
    filter.open_only = true;
    ledger::each_item(db, books, filter, [&](const ledger::Item& item) {
        auto& row = row_for(collected, db, item, bucket_count, names);
        const auto units = item.residual.units();
        if (units < 0)
            row.credits += units;
        else
            row.buckets[bucket_of(days_between(item.due_date, options.as_of), options.edges)] += units;
        row.total += units;
    });

    for (auto& [key, row] : collected.rows) {
        auto at = std::find_if(report.totals.begin(), report.totals.end(), [&](auto& total) { return total.currency == row.currency; });
        if (at == report.totals.end()) at = report.totals.insert(report.totals.end(), AgingRow{});
        add(*at, row);
        report.rows.push_back(std::move(row));
    }
    std::sort(report.rows.begin(), report.rows.end(), [](const AgingRow& a, const AgingRow& b) {
        return std::tie(a.currency, a.customer) < std::tie(b.currency, b.customer);
    });

    const auto* entity = books.find(options.entity);
    if (entity == nullptr) return report;
    const auto accounts = ledger::control_accounts(*entity);
    for (const auto& balance : ledger::trial_balance(db, options.entity, options.as_of))
        if (std::find(accounts.begin(), accounts.end(), balance.account) != accounts.end())
            report.control_account[balance.currency] += balance.debit - balance.credit;
    for (const auto& [currency, units] : report.control_account) report.difference[currency] = -units;
    for (const auto& total : report.totals) report.difference[total.currency] += total.total;
    return report;
}

}  // namespace owed::report
