// Aging, pure: what was open on a day, and which bucket it stands in (DOMAIN section 3). Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "owed/date.hpp"
#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed::report {

/// "current", "1-30", "31-60", "61-90", "over-90": days <= 0 is current, buckets are closed on the right.
std::vector<std::string> bucket_names(const std::vector<int>& edges);
/// Index into bucket_names. Never the absolute value of days: due in 20 days is current.
std::size_t bucket_of(int days, const std::vector<int>& edges);
/// Errors: invalid_argument: edges that are not positive and ascending, or more than 24.
Status check_edges(const std::vector<int>& edges);

enum class AgeBasis { due_date, document_date };
/// separate: credits have their own column; own_bucket: they stand in the bucket of their own age; current: all in current.
enum class CreditColumn { separate, own_bucket, current };

struct AgedApplication {
    Date date;                            ///< GL date
    Money amount;                         ///< positive: takes from what is left, on either side
    std::optional<Date> undone = {};      ///< counts while as_of is before it
};
struct AgedItem {
    Money amount;                         ///< owed to us positive, credits negative
    Date document_date, due_date;
    Date gl_date;                         ///< the item does not exist before it
    std::vector<AgedApplication> applications = {};
    std::optional<Money> disputed = {};   ///< totalled besides; stays in its bucket
    bool retainage = false;               ///< withheld by contract: not aged as overdue, current until released
};
/// amount less the applications that count on the day. Errors: invalid_argument (an application not positive), amount_overflow,
/// application_exceeds_residual (they cross zero).
Result<Money> open_on(const AgedItem& item, Date as_of);

struct AgedTotals {
    std::vector<Money> buckets;           ///< by bucket_names(edges)
    Money credits;                        ///< the separate column; zero for the other two options
    Money disputed;
    Money total;                          ///< the same whatever the options; equals the control account
};
/// Errors: invalid_argument (edges), currency_mismatch, and of open_on with `where` "items[3]".
Result<AgedTotals> age(const std::vector<AgedItem>& items, Currency currency, Date as_of, AgeBasis basis, const std::vector<int>& edges, CreditColumn credits);

}  // namespace owed::report
