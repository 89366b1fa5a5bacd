// Who is held, and why. Pure.
#include "collect/credit.hpp"

namespace owed::collect {
CreditVerdict credit_verdict(const CreditPolicy& policy, const CreditStanding& standing) {
    if (standing.held_by_person) return {true, "held by a person: " + standing.why};
    if (policy.hold_overdue_days > 0 && standing.oldest_days >= policy.hold_overdue_days)
        return {true, "the oldest open item is " + std::to_string(standing.oldest_days) + " days past due; orders are held from " +
                          std::to_string(policy.hold_overdue_days) + " days"};
    if (policy.hold_from_level > 0 && standing.level >= policy.hold_from_level)
        return {true, "notice " + std::to_string(standing.level) + " was sent; orders are held from notice " + std::to_string(policy.hold_from_level)};
    if (standing.limit && standing.exposure && standing.exposure->units() > standing.limit->units())
        return {true, "open items and orders of " + shown(*standing.exposure) + " are above the credit limit of " + shown(*standing.limit)};
    return {};
}

CreditVerdict order_verdict(const Order& order, const CreditVerdict& customer, Date today) {
    const bool lapsed = order.until && *order.until < today;
    if (order.decision.empty() || lapsed) return customer;
    const auto words = order.why + " (" + order.decided_by + (order.until ? ", until " + to_text(*order.until) : "") + ")";
    return {order.decision == "hold", words};
}

}  // namespace owed::collect
