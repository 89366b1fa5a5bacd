// Connectors whose sync failed for a reason that passes by itself: until when they are left alone, and whether they are tried
// again without a word of their schedule.
#pragma once

#include <map>
#include <mutex>

#include "jobs/jobs.hpp"
#include "owed/back_off.hpp"

namespace owed::jobs {

struct SyncWait {
    Instant until;                       ///< not asked before
    bool own_try = false;                ///< tried again right then; false: the first time of its schedule after that
    int failures = 0;                    ///< in a row
    Error error;                         ///< of the last one
};

/// Errors that pass are transient, rate_limited and timed_out: after one, a connector is left alone for 30 s, doubled with each
/// further one in a row up to 15 minutes, less up to a quarter by chance; and for as long as the other side asked, if that is
/// longer. Where that is more than 15 minutes, its schedule decides when to go on. All other errors wait for the schedule alone.
/// In memory: a restart forgets it. Any thread.
class SyncWaits {
  public:
    static constexpr BackOff back_off{30, 15 * 60};

    SyncWaits(Clock& clock, Rng& rng) : clock_{clock}, rng_{rng} {}

    /// `asked_until`: InstanceReport::asked_until.
    void failed(const std::string& connector, const Error& error, std::optional<Instant> asked_until);
    /// It worked; or it is configured anew, or released by a person: what was, says nothing of it any more.
    void forget(const std::string& connector);

    /// nullopt: it may be asked now.
    std::optional<SyncWait> waiting(const std::string& connector) const;
    /// What of a sync job is due now: `scheduled` (of jobs::due), but nothing while its connector waits, and a try of our own,
    /// whose nominal time is the end of the wait, when that is over. Other jobs: `scheduled`.
    std::optional<Due> due(const Job& job, std::optional<Due> scheduled) const;
    /// When a connector whose last sync failed so is asked again. `job`: its own sync; nullptr: it has none, and may be asked from
    /// then on. `since`: from when the job counts, as in jobs::due. nullopt: it does not wait for anything.
    std::optional<Instant> next_try(store::Db& db, const std::string& connector, const Job* job, Instant since) const;

  private:
    std::optional<SyncWait> find(const std::string& connector) const;

    Clock& clock_;
    Rng& rng_;
    mutable std::mutex mutex_;
    std::map<std::string, SyncWait> waits_;
};

}  // namespace owed::jobs
