// The provision matrix: what the allowance for expected losses should be (DOMAIN section 11). Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "owed/decimal.hpp"
#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed::report {

/// A loss rate is 0 to 100 percent, with as many decimals as it has.
bool is_loss_rate(Decimal percent);

struct ProvisionRow {
    std::string bucket;                   ///< bucket or segment, as the matrix names it
    Money balance;                        ///< negative lowers the target
    Decimal rate_percent;                 ///< history, unrounded; 0 to 100
    Decimal factor = Decimal::of(1, 0);   ///< forward-looking, >= 0
};
struct Provision {
    std::vector<Money> by_bucket;         ///< parts of the total, rounded; the largest takes the rest
    Money total;                          ///< target: sum of balance x rate x factor, rounded once
    Money adjustment;                     ///< target - existing: increase positive, release negative
};
/// `existing`: the allowance in the books, a credit balance positive; a debit balance is negative and adds.
/// Errors: invalid_argument (no row, a rate or factor outside its range; `where` "rows[2]"), currency_mismatch, amount_overflow.
Result<Provision> provision_matrix(const std::vector<ProvisionRow>& rows, Money existing);

/// Percent of sales: the period's charge, whatever the allowance holds already. Errors: invalid_argument, amount_overflow.
Result<Money> provision_of_sales(Money sales, Decimal rate_percent);

}  // namespace owed::report
