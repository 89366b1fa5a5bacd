// What later entries say about earlier ones: what rests on an application, and what was recorded late.
#pragma once

#include <string>
#include <vector>

#include "ledger/ledger.hpp"

namespace owed::ledger {

struct FollowUp {
    EntryId entry;
    std::string act;                     ///< "deduction_accepted", "settlement", ...
    Date posting_date;
    std::string reason;
    Money amount;                        ///< of the item's change, positive
    OpenItemId item;
};
/// Standing entries that `unapply` takes back with the application, newest first: shown before a person decides. Empty: none.
std::vector<FollowUp> what_follows(store::Db& db, ApplicationId application);

/// Entries with a posting date at or before `as_of` that were recorded after `known_at`: why a report of then gives other
/// figures today (DOMAIN section 3). By id.
std::vector<JournalRow> late_entries(store::Db& db, const std::optional<std::string>& entity, Date as_of, Instant known_at);

/// What such entries changed of a customer's items (nullopt: of money that is nobody's), in the currency's minor units.
struct LateSum {
    std::optional<CustomerId> customer;
    std::string currency;
    std::int64_t amount = 0, entries = 0;
};
/// Of entries recorded after `known_at` and, if it is given, not after `until`; by customer and currency. Reads the journal from
/// the first such entry on.
std::vector<LateSum> late_sums(store::Db& db, const std::string& entity, Date as_of, Instant known_at, std::optional<Instant> until = {});

}  // namespace owed::ledger
