// What a customer owes and has ordered: what a credit limit is held against (DOMAIN section 14).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "collect/credit.hpp"

namespace owed::jobs {

struct UnbilledOrder {
    CustomerId customer;
    Money amount;                        ///< positive
};
/// Orders, as connectors last told them, that no document of their customer names.
std::vector<UnbilledOrder> unbilled_orders(store::Db& db, const ledger::Books& books, const ledger::Entity& entity);

/// Units of a customer's open debit items and unbilled orders by currency, against the limit of the day, in the limit's
/// currency at that day's spot rate. nullopt: no limit. `without_rate` names currencies that could not be counted.
struct LimitUse {
    Money limit, exposure;
    std::string without_rate;
};
std::optional<LimitUse> limit_use(store::Db& db, CustomerId customer, const std::map<std::string, std::int64_t>& by_currency, Date day);

}  // namespace owed::jobs
