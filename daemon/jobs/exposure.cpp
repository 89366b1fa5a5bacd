#include "jobs/exposure.hpp"

#include <set>

#include "ledger/rates.hpp"
#include "ledger/standing.hpp"
#include "parties/credit_limits.hpp"
#include "parties/relations.hpp"

namespace owed::jobs {

Survivors::Survivors(store::Db& db) {
    for (const auto& merge : parties::merges(db))
        if (!merge.split_at) into_[merge.from.value] = merge.into.value;
}

CustomerId Survivors::of(CustomerId customer) const {
    for (auto at = into_.find(customer.value); at != into_.end(); at = into_.find(at->second)) customer = CustomerId{at->second};
    return customer;
}

std::vector<UnbilledOrder> unbilled_orders(store::Db& db, const ledger::Entity& entity, const Survivors& survivors) {
    std::map<std::pair<std::int64_t, std::string>, Money> ordered;
    for (const auto& order : collect::orders(db))
        if (order.entity == entity.id && order.amount && order.amount->is_positive())
            ordered.emplace(std::pair{survivors.of(order.customer).value, order.number}, *order.amount);
    std::vector<UnbilledOrder> left;
    CustomerId customer{};
    std::set<std::string> billed;
    for (const auto& [key, amount] : ordered) {   // by customer
        if (customer.value != key.first) {
            customer = CustomerId{key.first};
            billed.clear();
            for (const auto member : parties::merged_family(db, customer)) billed.merge(ledger::orders_billed(db, member));
        }
        if (!billed.contains(key.second)) left.push_back({customer, amount});
    }
    return left;
}

std::optional<LimitUse> limit_use(store::Db& db, CustomerId customer, const std::map<std::string, std::int64_t>& by_currency, Date day) {
    const auto limit = parties::credit_limit(db, customer, day);
    if (!limit) return {};
    const auto currency = limit->amount->currency();
    LimitUse use{*limit->amount, Money::zero(currency), {}};
    for (const auto& [code, units] : by_currency) {
        const auto own = find_currency(code);
        const auto amount = Money::minor(units, own.value_or(currency));
        const auto worth = ledger::convert(db, amount, currency, ledger::RateType::spot, day);
        if (!own || !worth)
            use.without_rate += (use.without_rate.empty() ? "" : ", ") + code;
        else if (const auto sum = add(use.exposure, worth->amount))
            use.exposure = *sum;
    }
    return use;
}

}  // namespace owed::jobs
