// Schedules and what they run. Cron expressions in an entity's time zone; a missed run is caught up once (the latest
// only for dunning, all the same for imports, since one sync reads everything); each nominal occurrence runs at most once.
#pragma once

#include <array>
#include <bitset>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "cash/cash.hpp"
#include "collect/collect.hpp"
#include "notify/notify.hpp"
#include "render/notice.hpp"

namespace owed::jobs {

std::vector<store::Migration> migrations();

/// Five fields: minute hour day-of-month month day-of-week. Lists, ranges, steps, names (MON-FRI, JAN). Sunday is 0 or 7.
/// As in Vixie cron, when both day fields are restricted either may match.
class Cron {
  public:
    static Result<Cron> parse(std::string_view expression);   ///< malformed_input names the field and what it may hold
    /// The first occurrence after `after`, in the zone: a local time in a gap runs right after the gap, a repeated local
    /// time runs once (the first). nullopt: never (31 February).
    std::optional<Instant> next(Instant after, const Zone& zone) const;
    const std::string& text() const { return text_; }

  private:
    std::string text_;
    std::bitset<60> minutes_;
    std::bitset<24> hours_;
    std::bitset<32> days_;
    std::bitset<13> months_;
    std::bitset<8> weekdays_;
    bool any_day_ = true, any_weekday_ = true;
};

struct Job {
    std::string name;                    ///< "sync house-bank", "cash", "dunning emea"
    std::string kind;                    ///< "sync", "cash", "dunning", "outbox", "revaluation", "reclass", "provision"
    std::string subject;                 ///< connector or entity
    Cron schedule;
    Zone zone = Zone::utc();
    std::string schedule_where;          ///< file:line of the configuration
};

struct JobRow {
    std::string name, schedule, last_outcome;
    std::optional<Instant> last_run, next_run;
    bool running = false;
};

/// Which jobs are due at `now`: those with an occurrence after their last nominal run (or after `started`, for a job that
/// never ran) up to now. The nominal time is the latest such occurrence.
struct Due {
    const Job* job;
    Instant nominal;
    int missed = 0;                      ///< earlier occurrences that this one stands for
};
std::vector<Due> due(store::Db& db, const std::vector<Job>& jobs, Instant now, Instant started);
std::vector<JobRow> rows(store::Db& db, const std::vector<Job>& jobs, Instant now);
/// Claims the occurrence: false when it ran already. Written before the work.
Result<bool> claim(store::Tx& tx, Clock& clock, const Job& job, Instant nominal);
Status finish(store::Tx& tx, Clock& clock, const Job& job, Instant nominal, const std::string& outcome);

// ---------------------------------------------------------------- dunning, end to end

/// How an entity presents itself to its customers, from configuration.
struct Letterhead {
    render::Creditor creditor;
    std::string place, language = "en", layout = "din5008b";   ///< layout: din5008b, us10
    std::string from, reply_to;                                ///< addresses of notices
};

/// Everything a dunning run needs besides the store. Lives as long as the daemon.
struct DunningSetup {
    const ledger::Context& ledger;
    Hosts& hosts;
    Log& log;
    const std::vector<collect::Policy>& policies;
    const render::Templates& templates;
    const std::map<std::string, Letterhead>& letterheads;      ///< by entity
    /// The last day that bank data of an entity reaches to. `intake` knows; a sibling, so `main` passes it in.
    std::function<std::optional<Date>(store::Db& db, std::string_view entity)> last_bank_day;
};

struct DunningOutcome {
    collect::Run run;
    bool repeated = false;
    int sent = 0, refused = 0, unknown = 0, retry = 0, changed = 0;
    std::vector<std::string> problems;   ///< notices that could not be made, with their reason
    std::vector<collect::Decision> decisions;
};

/// Decisions only.
Result<std::vector<collect::Decision>> preview_dunning(store::Store& store, const DunningSetup& setup,
                                                       const std::string& entity, Date as_of);
/// Decide, record the run, and when the policy is approved: per customer decide again, render, reserve, send, record.
/// The same entity and date again sends nothing twice. Errors: approval_required is not one: the run then waits.
Result<DunningOutcome> run_dunning(store::Store& store, const DunningSetup& setup, const std::string& entity, Date as_of,
                                   const audit::Actor& by);
/// Goes on with a run that was approved, or that a crash cut short.
Result<DunningOutcome> continue_dunning(store::Store& store, const DunningSetup& setup, DunningRunId run, const audit::Actor& by);
/// A person decides an unknown outcome: sent, with all that follows from it, or not sent, and then it goes out again.
Status resolve_notice(store::Store& store, const DunningSetup& setup, const audit::Actor& by, NoticeId notice, bool was_sent,
                      std::string_view why);
/// Sends what waits: retries that are due, and unknown outcomes that a lookup can settle.
Status run_outbox(store::Store& store, const DunningSetup& setup);

}  // namespace owed::jobs
