// What a month's end asks for: revaluation, reclass of customers' credits, provision (DOMAIN sections 10, 11 and 13). Each posts
// on the closing date what is missing to its target, so that a run again posts nothing twice. Writer strand.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "audit/audit.hpp"
#include "ledger/ledger.hpp"
#include "report/provision.hpp"
#include "report/report.hpp"

namespace owed::jobs {

/// A provision matrix as configured: a rate a bucket of the aging by due date.
struct ProvisionMatrix {
    std::vector<int> edges;                    ///< days: 30, 60, 90
    std::vector<Decimal> rates_percent;        ///< one more than edges and current: report::bucket_names(edges)
    /// Errors: invalid_argument (names that are no row of buckets: "current", "1-30", ..., "over-90"; a rate outside 0 to 100).
    static Result<ProvisionMatrix> make(const std::map<std::string, Decimal>& rates_by_bucket);
};

/// The matrix laid over the open debits of an entity.
struct ProvisionFigure {
    std::vector<report::ProvisionRow> rows;    ///< in the entity's currency
    report::Provision provision;
    Money existing;                            ///< allowance in the books on the day: a credit balance is positive
    std::vector<std::string> rates;            ///< of exchange, each once
};
/// Open debits of the day, credits not netted; foreign ones at the closing rate, else the day's spot rate. `memory` may be null.
/// Errors: not_found (entity; a rate is missing).
Result<ProvisionFigure> provision_of(store::Db& db, const ledger::Books& books, const ProvisionMatrix& matrix, const std::string& entity,
                                     Date as_of, report::Memory* memory);

/// The month's last day that a run of this day closes: the day itself when it is one, else that of the month before.
Date closing_of(Date day);

/// The kinds of job that this file runs.
bool is_month_end(std::string_view kind);
/// Runs "revaluation", "reclass" or "provision" for the month that `as_of` closes, audited; answers the outcome in a sentence.
/// Errors: as the ledger's functions; period_closed (the month is closed); not_found (no matrix for the entity).
Result<std::string> run_month_end(store::Store& store, const ledger::Context& context, const std::map<std::string, ProvisionMatrix>& matrices,
                                  std::string_view kind, const std::string& entity, Date as_of, const audit::Actor& by);

}  // namespace owed::jobs
