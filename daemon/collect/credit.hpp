// Credit holds (DOMAIN section 14): whether a customer's new orders wait, and the orders that wait for our word. Deciding is
// pure; what a person decided goes first until it lapses.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "collect/collect.hpp"

namespace owed::collect {

/// When a customer's orders are held without a person, besides an exposure above the credit limit. 0: never for this reason.
struct CreditPolicy {
    int hold_overdue_days = 0;           ///< the oldest open item is so many days past due, or more
    int hold_from_level = 0;             ///< an item has had a notice of this dunning level, or a later one
};

/// How a customer's account stands on a day, as far as credit goes.
struct CreditStanding {
    bool held_by_person = false;
    std::string why;                     ///< the person's words
    int oldest_days = 0, level = 0;
    std::optional<Money> limit = {}, exposure = {};   ///< what may be owed and ordered, and what is; one currency
};
struct CreditVerdict {
    bool hold = false;
    std::string reason;                  ///< a sentence for whoever waits for the order; empty when not held
};
/// Pure. Any thread.
CreditVerdict credit_verdict(const CreditPolicy& policy, const CreditStanding& standing);

/// An order as its system tells it, and what we said.
struct Order {
    OrderId id;
    std::string connector, entity, number, external_id, customer_number;
    CustomerId customer;
    std::optional<Date> date;
    std::optional<Money> amount;
    std::string status;                  ///< over there
    bool awaiting = false, on_hold = false;
    std::string decision;                ///< a person's: "hold", "release"; empty: none, or lapsed
    std::string decided_by, why;
    std::optional<Date> until;           ///< the person's word holds through this day; empty: until the next one
};
/// By (connector, number). Errors: invalid_argument (no number, no customer), amount_precision.
Result<parties::Upserted> take_order(store::Tx& tx, Clock& clock, const std::string& connector, const std::string& entity,
                                     const SalesOrder& order, const std::string& external_id);
std::vector<Order> orders(store::Db& db, std::optional<std::string> connector = {});
std::optional<Order> order(store::Db& db, OrderId id);

/// Whether this order waits: a person's word while it holds, else the customer's verdict. Pure.
CreditVerdict order_verdict(const Order& order, const CreditVerdict& customer, Date today);

/// A person stops an order or lets it go. Audited. Errors: not_found, invalid_argument (no reason; `until` is past).
Status decide_order(store::Tx& tx, Clock& clock, const audit::Actor& by, OrderId id, bool hold, const std::string& why,
                    std::optional<Date> until, Date today);

}  // namespace owed::collect
