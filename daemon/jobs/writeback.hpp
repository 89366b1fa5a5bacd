// Keeps other systems informed: computes what each sink ought to show (account status, order holds) and writes what differs.
#pragma once

#include <string>

#include "collect/credit.hpp"
#include "notify/writeback.hpp"

namespace owed::jobs {

struct WritebackSummary {
    int wanted = 0;                      ///< records that changed since they were last wanted
    int sent = 0, refused = 0, retry = 0, unknown = 0;
};

/// How a customer's account stands in the entity's today. One currency: the only one that is owed in, else the entity's with
/// every other one named in `mixed`, since one figure over several needs exchange rates.
struct ComposedStatus {
    AccountStatus status;
    std::string mixed;                   ///< "EUR, USD"; empty: one currency
};
/// Every customer of the entity that is known by name. Pure reading. Any thread.
std::vector<ComposedStatus> account_statuses(store::Db& db, const ledger::Context& ledger, const collect::CreditPolicy& policy,
                                             const ledger::Entity& entity);

/// Decides what `sink` ought to show, of the kinds that it takes, and writes what does not stand there, in batches of 200. The decision commits before
/// the first byte leaves; each batch's results commit after it. Writing stops at the first batch that fails as a whole.
/// Keys: of a customer its number, before it the entity and "/" where the connector serves several; of an order the key its
/// system gave. Errors: the store's; the sink's when nothing could be written.
Result<WritebackSummary> write_back(store::Store& store, const ledger::Context& ledger, const collect::CreditPolicy& policy, Connector& sink);

}  // namespace owed::jobs
