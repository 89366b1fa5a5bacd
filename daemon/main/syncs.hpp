// Syncs of connectors, by schedule, by hand and again after a failure that passes: what they did, and the alarms of those that
// failed.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "api/app.hpp"
#include "jobs/sync_waits.hpp"

namespace owed::daemon {

/// What stands about a connector that cannot be used, with what to do; nullopt: nothing.
std::optional<std::string> alarm_of(const InstanceReport& report);

/// Whether there is anything to read from it or to write back to it. Errors: invalid_argument (there is not), and what keeps one from
/// saying so: its plugin could not be loaded. Any thread.
Status can_be_synced(Connector& connector);

/// Lasts as long as the daemon. Any thread.
class Syncs {
  public:
    Syncs(const ledger::Context& ledger, Rng& rng, Log& log) : ledger_{ledger}, log_{log}, waits_{ledger.clock, rng} {}

    /// What a connector is synced with; changes with each configuration.
    struct With {
        store::Store& store;
        intake::Intake& intake;
        const collect::CreditPolicy& credit;
    };
    /// First what came in, then what the other system should know of it. While the connector waits (SyncWaits), and `force` does not
    /// say otherwise, it is not asked: the Error is the last failure's, and says when it is tried again.
    Result<api::Synced> one(const With& with, Connector& connector, bool force);
    /// Every source and sink. One that waits has Synced::waits and is not asked. Errors: the first connector's that failed, when all
    /// have been asked.
    Result<std::map<std::string, api::Synced>> all(const With& with, const std::vector<Connector*>& connectors, bool force);

    /// One for each connector whose last sync failed.
    std::vector<std::string> alarms() const;
    /// It is configured anew or gone: what was says nothing of it any more.
    void forget(const std::string& connector);
    jobs::SyncWaits& waits() { return waits_; }
    const jobs::SyncWaits& waits() const { return waits_; }

  private:
    Result<api::Synced> both_ways(const With& with, Connector& connector);
    void note(const Connector& connector, const Result<api::Synced>& done, bool died);

    const ledger::Context& ledger_;
    Log& log_;
    jobs::SyncWaits waits_;
    mutable std::mutex mutex_;
    std::map<std::string, std::string> alarms_;  ///< by connector; gone when its next sync works
};

}  // namespace owed::daemon
