// One payment over one or more invoices: does it close them, which discounts does it take, what stays open, and where?
// Source: DOMAIN section 7, "Tolerance and late discount". Pure: no store, no clock. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/role_posting.hpp"
#include "owed/date.hpp"
#include "owed/decimal.hpp"
#include "owed/money.hpp"

namespace owed::cash {

/// An invoice (or a credit memo) as the rule sees it. Signs: what the customer owes is positive, a credit memo's amount and
/// its discount are negative (it carries the discount that its invoice enjoyed, DOMAIN section 5).
struct ToleranceInvoice {
    Money amount;                                 ///< open before this payment; not zero
    std::optional<Money> discount = {};           ///< on offer, of amount's sign, at most the amount
    std::optional<Date> discount_date = {};       ///< last day it is earned; needed when there is a discount
    std::optional<Decimal> tolerance_percent = {};///< of the amount, 1 is 1 %; with tolerance_max the smaller one wins
    std::optional<Money> tolerance_max = {};      ///< >= 0. Neither given: this invoice allows none
};

/// What becomes of a discount when the payment is too little to close its invoice. DOMAIN sections 5 and 7 leave room; all
/// three keep what was paid + taken + still open = the invoice.
enum class ShortDiscount {
    whole,         ///< the discount stands, the rest below it stays open (section 7 to the letter; the default)
    in_proportion, ///< round(paid x p / (1 - p)), as a partial payment in section 5
    none,          ///< only a payment that closes the invoice takes its discount
};
std::string_view name_of(ShortDiscount how) noexcept;

struct ToleranceQuestion {
    Money payment;                                ///< >= 0
    Date date;                                    ///< day the payment counts (value date)
    std::vector<ToleranceInvoice> invoices;       ///< 1 to 1,000, in the order in which money is to fill them
    int grace_days = 0;                           ///< 0 to 366, after the discount date
    bool accept_late_discount = false;            ///< user or policy: a discount within the grace is granted
    bool tolerance_allowed = true;                ///< false for customers on oldest_first (DOMAIN section 7)
    ShortDiscount short_discount = ShortDiscount::whole;
};

/// What one invoice gets. amount = applied + discount + tolerance + open, exactly.
struct ToleranceShare {
    Money applied;                                ///< of the payment (a credit memo's is negative: it gives)
    Money discount;                               ///< taken, in time or accepted late
    bool discount_late = false;                   ///< accepted within the grace, not earned
    Money tolerance;                              ///< positive: let go (loss); negative: paid too much and kept (gain)
    Money open;                                   ///< stays on the invoice
};

struct ToleranceAnswer {
    bool closes = false;                          ///< every invoice is closed and nothing stays on the payment
    Money need;                                   ///< sum of amounts less discounts in time and late ones accepted
    Money allowed;                                ///< tol: sum of the invoices' tolerances
    Money difference;                             ///< payment - need; with `closes` it is what the tolerance account gets
    std::vector<ToleranceShare> shares;           ///< one per invoice, in the same order
    Money on_account;                             ///< stays on the payment; payment = sum of applied + on_account
    std::vector<ledger::RolePosting> posts;       ///< balanced; roles unapplied_cash, sales_discount, tolerance or
                                                  ///< tolerance_gain, receivable
};

/// |payment - need| <= tol closes everything: the difference is split by the invoices' own tolerances, each part rounded half
/// away from zero, the last invoice that allows any takes the rest. Otherwise a payment that is too large fills every
/// invoice (an accepted late discount is taken all the same) and keeps the rest; one that is too small fills them in order,
/// and an invoice that gets nothing takes no discount.
/// Errors, in this order: invalid_argument (number of invoices, grace, payment, then invoice by invoice, `where` "invoices[2]"),
/// currency_mismatch, amount_overflow, invalid_argument (credit memos above the invoices).
Result<ToleranceAnswer> settle(const ToleranceQuestion& question);

}  // namespace owed::cash
