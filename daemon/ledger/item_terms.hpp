// Facts of an open item that payers may use: discount tiers, tolerance, disputed share; and what kind of claim it is.
// Source: DOMAIN sections 5 and 7. Set when the item is posted, never changed; reading: any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "owed/date.hpp"
#include "owed/decimal.hpp"
#include "owed/id.hpp"
#include "owed/money.hpp"
#include "store/store.hpp"

namespace owed::ledger {

/// A discount for paying until a day, grace not included.
struct DiscountTier {
    Date until;
    Decimal percent;                     ///< 3 for 3 %; of the gross
    Money amount;                        ///< of a full payment, rounded once when the item was posted
};
struct ItemTerms {
    std::string terms = {};              ///< name or text of the payment terms, as the source had it
    std::vector<DiscountTier> discounts = {};   ///< by `until`, earliest first
    std::optional<Money> tolerance = {}; ///< how much short the customer may pay; empty: as the policy says
    std::optional<Money> disputed = {};  ///< share disputed from the start
    std::optional<Date> expected_payment = {};  ///< due date moved to a banking day; interest uses the legal one
    std::string reason_code = {};        ///< of a deduction or chargeback
    std::optional<OpenItemId> source = {};      ///< the item it was split off or billed for
};

/// Due date of retained shares: they are never overdue before their release, whoever asks.
Date retained_until();

/// None: the item was posted without terms.
std::optional<ItemTerms> terms_of(store::Db& db, OpenItemId item);
/// All of open items, by item id, in one stream: for snapshots.
void each_terms(store::Db& db, const std::function<void(OpenItemId, const ItemTerms&)>& visit);

}  // namespace owed::ledger
