#include "jobs/exposure.hpp"

#include "ledger/rates.hpp"
#include "parties/credit_limits.hpp"

namespace owed::jobs {

std::vector<UnbilledOrder> unbilled_orders(store::Db& db, const ledger::Books& books, const ledger::Entity& entity) {
    std::map<std::pair<std::int64_t, std::string>, Money> unbilled;
    for (const auto& order : collect::orders(db))
        if (order.entity == entity.id && order.amount && order.amount->is_positive()) unbilled.emplace(std::pair{order.customer.value, order.number}, *order.amount);
    if (unbilled.empty()) return {};
    ledger::ItemFilter filter;
    filter.entity = entity.id;
    ledger::each_item(db, books, filter, [&](const ledger::Item& item) {
        if (item.customer && !item.order.empty()) unbilled.erase({item.customer->value, item.order});
    });
    std::vector<UnbilledOrder> left;
    for (const auto& [key, amount] : unbilled) left.push_back({CustomerId{key.first}, amount});
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
