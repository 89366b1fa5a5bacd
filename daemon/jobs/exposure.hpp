// What a customer owes and has ordered: what a credit limit is held against (DOMAIN section 14).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "collect/credit.hpp"
#include "ledger/books.hpp"

namespace owed::jobs {

/// Customers that were merged into another one, as they stand: what one owes and has ordered is the other's.
class Survivors {
  public:
    explicit Survivors(store::Db& db);
    CustomerId of(CustomerId customer) const;

  private:
    std::map<std::int64_t, std::int64_t> into_;
};

struct UnbilledOrder {
    CustomerId customer;
    Money amount;                        ///< positive
};
/// Orders, as connectors last told them, that no standing invoice of their customer names (ledger::orders_billed). Merged customers
/// are one, and the order is the survivor's. Costs what the customers with orders have of items.
std::vector<UnbilledOrder> unbilled_orders(store::Db& db, const ledger::Entity& entity, const Survivors& survivors);

/// Units of a customer's, and of those merged into him, open debit items and unbilled orders by currency, against the limit of the day, in the limit's
/// currency at that day's spot rate. nullopt: no limit. `without_rate` names currencies that could not be counted.
struct LimitUse {
    Money limit, exposure;
    std::string without_rate;
};
std::optional<LimitUse> limit_use(store::Db& db, CustomerId customer, const std::map<std::string, std::int64_t>& by_currency, Date day);

}  // namespace owed::jobs
