// Early-payment discounts: what a payment earns, and what the offer costs in a year (DOMAIN section 5).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "owed/date.hpp"
#include "owed/decimal.hpp"
#include "owed/money.hpp"
#include "owed/terms.hpp"

namespace owed {

struct DiscountQuestion {
    Money amount;                        ///< the invoice, gross; not negative
    Money payment;                       ///< >= 0
    Date payment_date;
    std::vector<DiscountOffer> offers;   ///< from due_dates()
    bool partial = true;                 ///< a payment below the invoice earns its share (option, default on)
    std::optional<Money> tax = {};       ///< the invoice's tax: corrected in proportion where the law has it so
};
struct DiscountAnswer {
    std::optional<DiscountOffer> offer;  ///< the best one that is still open on the payment date; none: too late
    Money discount;                      ///< what this payment earns
    Money tax;                           ///< share of the discount that is tax: round(discount x tax / amount)
    Money credited;                      ///< payment applied + discount: what the invoice goes down by
    Money open;                          ///< amount - credited, never below zero
    Money unapplied;                     ///< of the payment, beyond what the invoice needed
};
/// A payment that covers amount - round(amount x p) earns the whole discount; a smaller one, with `partial`,
/// round(payment x p / (1 - p)). Both rounded once, half away from zero; grace days extend each tier.
/// Errors: invalid_argument, currency_mismatch, amount_overflow. Any thread.
Result<DiscountAnswer> discount_for(const DiscountQuestion& question);

/// What not taking the discount costs the customer in a year, as fractions with `digits` decimals, rounded half away from
/// zero: "0.367347" is 36.7 %.
struct AnnualCost {
    std::string nominal;                 ///< p / (1 - p) x year / (net - discount days)
    std::string effective;               ///< (1 + p / (1 - p)) ^ (365 / (net - discount days)) - 1
};
/// `days`: net days less discount days, at least 1. `year`: 360 or 365 days, for the nominal figure.
/// Errors: invalid_argument. Any thread.
Result<AnnualCost> annual_cost(Decimal percent, int days, int year = 365, int digits = 6);

}  // namespace owed
