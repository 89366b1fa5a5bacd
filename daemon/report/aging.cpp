#include <algorithm>

#include "report/report.hpp"

namespace owed::report {
namespace {

/// Rows by currency and customer id (0: unidentified), in order.
class Collected {
  public:
    explicit Collected(const AgingOptions& options) : options_{options} {}

    void add(std::int64_t customer, Currency currency, Date due_date, std::int64_t units) {
        auto& row = row_of(customer, currency);
        if (units < 0)
            row.credits += units;
        else
            row.buckets[bucket_of(days_between(due_date, options_.as_of), options_.edges)] += units;
        row.total += units;
    }
    std::vector<AgingRow> finish(const parties::Directory& directory) {
        std::vector<AgingRow> all;
        for (auto& [code, rows] : by_currency_)
            for (const auto& place : places_of(rows, directory)) {
                auto& row = rows[place.customer];
                if (const auto* entry = directory.find(static_cast<std::int64_t>(place.customer))) {
                    row.customer = entry->number;
                    row.name = entry->name;
                }
                all.push_back(std::move(row));
            }
        return all;
    }

  private:
    /// A row's place by the customer's number. `head` holds the number's first bytes, so that most comparisons need no more: the
    /// rows of a hundred thousand customers are large, and their numbers lie all over the memory.
    struct Place {
        std::uint64_t head = 0;
        std::string_view number;
        std::size_t customer = 0;
        auto operator<=>(const Place&) const = default;
    };
    static std::vector<Place> places_of(const std::vector<AgingRow>& rows, const parties::Directory& directory) {
        std::vector<Place> places;
        for (std::size_t customer = 0; customer < rows.size(); ++customer) {
            if (rows[customer].buckets.empty()) continue;
            Place place;
            place.customer = customer;
            if (const auto* entry = directory.find(static_cast<std::int64_t>(customer))) place.number = entry->number;
            for (std::size_t at = 0; at < sizeof place.head; ++at)
                place.head = place.head << 8U | (at < place.number.size() ? static_cast<unsigned char>(place.number[at]) : 0U);
            places.push_back(place);
        }
        std::sort(places.begin(), places.end());
        return places;
    }
    AgingRow& row_of(std::int64_t customer, Currency currency) {
        if (last_ == nullptr || last_currency_ != currency) {
            last_ = &by_currency_[std::string{currency.text()}];
            last_currency_ = currency;
        }
        const auto at = static_cast<std::size_t>(customer);
        if (last_->size() <= at) last_->resize(std::max(at + 1, last_->size() * 2));
        auto& row = (*last_)[at];
        if (row.buckets.empty()) {
            row.buckets.assign(options_.edges.size() + 2, 0);
            row.currency = std::string{currency.text()};
        }
        return row;
    }
    const AgingOptions& options_;
    std::map<std::string, std::vector<AgingRow>> by_currency_;   ///< each by customer id, which are small and dense
    std::vector<AgingRow>* last_ = nullptr;
    Currency last_currency_;
};

void add(AgingRow& into, const AgingRow& row) {
    if (into.buckets.empty()) into.buckets.assign(row.buckets.size(), 0);
    for (std::size_t i = 0; i < row.buckets.size(); ++i) into.buckets[i] += row.buckets[i];
    into.credits += row.credits;
    into.disputed += row.disputed;
    into.total += row.total;
    into.currency = row.currency;
}

}  // namespace


namespace {

/// With `known_at` the journal's recording times decide, which the open book does not hold.
void collect_known_then(store::Db& db, const ledger::Books& books, const AgingOptions& options, Collected& collected) {
    ledger::ItemFilter filter;
    filter.entity = options.entity;
    filter.as_of = options.as_of;
    filter.known_at = options.known_at;
    filter.open_only = true;
    ledger::each_item(db, books, filter, [&](const ledger::Item& item) {
        collected.add(item.customer ? item.customer->value : 0, item.residual.currency(), item.due_date, item.residual.units());
    });
}

}  // namespace

Aging aging(store::Db& db, const ledger::Books& books, const AgingOptions& options, Memory* memory) {
    Aging report;
    report.as_of = options.as_of;
    report.entity = options.entity;
    report.edges = options.edges;
    Memory own;
    if (memory == nullptr) memory = &own;

    Collected collected{options};
    if (options.known_at)
        collect_known_then(db, books, options, collected);
    else
        memory->open_items.each(db, options.entity, options.as_of, [&](const ledger::Residual& item) {
            collected.add(item.customer, item.currency, item.due_date, item.units);
        });
    report.rows = collected.finish(*memory->customers.at(db));
    for (const auto& row : report.rows) {
        auto at = std::find_if(report.totals.begin(), report.totals.end(), [&](auto& total) { return total.currency == row.currency; });
        if (at == report.totals.end()) at = report.totals.insert(report.totals.end(), AgingRow{});
        add(*at, row);
    }

    const auto* entity = books.find(options.entity);
    if (entity == nullptr) return report;
    const auto accounts = ledger::control_accounts(*entity);
    for (const auto& balance : ledger::trial_balance(db, options.entity, options.as_of, options.known_at))
        if (std::find(accounts.begin(), accounts.end(), balance.account) != accounts.end())
            report.control_account[balance.currency] += balance.debit - balance.credit;
    for (const auto& [currency, units] : report.control_account) report.difference[currency] = -units;
    for (const auto& total : report.totals) report.difference[total.currency] += total.total;
    return report;
}

}  // namespace owed::report
