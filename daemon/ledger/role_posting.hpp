// A posting line before it has an account code: what the pure rules answer, for the caller to post or to show.
#pragma once

#include <string>

#include "owed/money.hpp"

namespace owed::ledger {

/// `account` is the name of a role of the chart ("receivable", "unapplied_cash", "tolerance"), not a code: codes are the
/// company's own. One of `debit` and `credit` is zero, the other positive.
struct RolePosting {
    std::string account;
    Money debit, credit;

    /// Positive is a debit, negative a credit.
    static RolePosting of(std::string account, Money signed_amount) {
        const auto zero = Money::zero(signed_amount.currency());
        if (signed_amount.is_negative()) return {std::move(account), zero, signed_amount.negated()};
        return {std::move(account), signed_amount, zero};
    }
    bool operator==(const RolePosting&) const = default;
};

}  // namespace owed::ledger
