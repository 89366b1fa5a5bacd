// Tells an ERP that keeps the books of record what was applied here (DESIGN section 5; the queue is cash/erp_writes.hpp).
#pragma once

#include "cash/erp_writes.hpp"

namespace owed::jobs {

/// Whether its plugin is there: one that could not be loaded, or is being loaded, is of no kind at all. Any thread.
bool says_what_it_is(const Connector& connector);

/// The connector that takes receipt_application for an entity: its name; empty: none. Where none does, one of the entity that
/// cannot say what it takes, since its plugin is broken or starting: it may be the one, and then the ERP does hear of what is
/// applied, only not now. Any thread.
std::string erp_sink_of(Hosts& hosts, const std::string& entity);

/// The same for the alarms, and of each connector by itself. `hosts` outlives it.
cash::ErpTakers erp_takers(Hosts& hosts);

struct ErpSummary {
    int asked = 0;                       ///< unknown ones that the ERP was asked about
    int sent = 0, refused = 0, retry = 0, unknown = 0;
};

/// Asks about what is unknown, then writes what is due, in batches of 200, through a sink that takes receipt_application. Each
/// batch is reserved in a commit before its first byte leaves, and each one's outcome commits on its own, so that a refusal takes
/// back no more than itself. Where the sink cannot tell what stands there, the unknown waits for a person. A key that cannot be
/// asked about is asked about later (three in a row end the asking), and a refusal that cannot be followed here, since something
/// rests on the application, is unknown with the ERP's words; neither keeps the rest waiting. A batch that could not be tried at
/// all waits for its next time and ends the writing. Errors: the first that there was: the store's, the sink's, ledger::unapply's.
Result<ErpSummary> write_receipts(store::Store& store, const ledger::Context& ledger, Connector& sink);

}  // namespace owed::jobs
