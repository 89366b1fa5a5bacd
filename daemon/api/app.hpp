// What the verbs work on: the rooms, wired by `main` (or by owectl when it opens the store itself).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/audit.hpp"
#include "cash/cash.hpp"
#include "collect/credit.hpp"
#include "intake/intake.hpp"
#include "jobs/deciders.hpp"
#include "jobs/jobs.hpp"
#include "jobs/month_end.hpp"
#include "jobs/sync_waits.hpp"
#include "jobs/writeback.hpp"
#include "ledger/ledger.hpp"
#include "notify/notify.hpp"
#include "notify/writeback.hpp"
#include "owed/hosts.hpp"
#include "parties/parties.hpp"
#include "report/report.hpp"
#include "store/store.hpp"

namespace owed::api {

/// A person as configured; roles as in SECURITY 7.5.
struct Person {
    std::string user, name;
    std::vector<std::string> roles, entities;
};

/// Both ways of one connector: what came in, and what went back to the system behind it.
struct Synced {
    std::optional<intake::SyncSummary> read;
    std::optional<jobs::WritebackSummary> written;
    std::optional<jobs::SyncWait> waits;   ///< it was not asked
};

/// What a reload did; with problems it did nothing.
struct Reloaded {
    struct Upgrade {
        std::string connector, plugin, from, to;
    };
    std::vector<std::string> kept, switched, added, removed;   ///< connectors
    std::vector<Upgrade> upgraded;
    std::vector<std::string> parts;                            ///< what else was switched: "people", "dunning policies", ...
    std::vector<std::string> notes;
    std::vector<std::string> problems;                         ///< "owed.yaml:12:5: what; what to do"
};

/// What confines plugins on this machine, each in a sentence.
struct Sandbox {
    bool complete = false;
    int landlock_level = 0;
    bool seccomp = false;
    std::string landlock_text, seccomp_text;
};

/// One finding of `doctor`.
struct Finding {
    enum class State { ok, warn, fail };
    std::string check;                                         ///< "data folder"
    State state = State::ok;
    std::string what, fix;                                     ///< no fix when it is ok
};

/// A plugin file that connectors run, or a plugin that they cannot run.
struct PluginRow {
    std::string plugin;
    std::string problem;                                       ///< why it cannot be used; then the others but for connectors are empty
    std::string version, sdk, language, verified, file, sha256;
    std::vector<std::string> kinds, connectors, in_process;    ///< connectors: all; in_process: those that run inside the daemon
};

struct App {
    store::Store& store;
    const ledger::Books& books;
    const ledger::Context& ledger;
    Clock& clock;
    Rng& rng;
    Log& log;
    cash::Settings cash;
    collect::CreditPolicy credit = {};
    std::vector<Person> people;
    bool demo = false;                               ///< --as NAME and `clock advance` are allowed

    // Only with a running daemon; a verb that needs one of these and finds none answers that it needs the daemon.
    Hosts* hosts = nullptr;
    const jobs::Deciders* deciders = nullptr;
    intake::Intake* intake = nullptr;
    const jobs::DunningSetup* dunning = nullptr;
    const std::vector<jobs::Job>* jobs = nullptr;
    /// Runs a job by name now, as of its entity's today or a missed scheduled date; answers its outcome in a sentence.
    std::function<Result<std::string>(const std::string& name, std::optional<Date> as_of, const audit::Actor& by)> run_job;
    /// Reads a connector now (all when empty), on a worker, and writes back to it where it is a sink; answers when it is through.
    /// One that waits after a failure is not asked, unless `force`.
    std::function<Result<std::map<std::string, Synced>>(const std::string& connector, bool force)> sync;
    /// SIGHUP's work: checks the new configuration and plugin files, switches what changed. `allow_downgrade`: plugins may
    /// be older than what has run here.
    std::function<Reloaded(const audit::Actor& by, bool allow_downgrade)> reload;
    /// Demo folders only: moves the clock forward to a local wall-clock time of the first entity ("2026-04-07T08:00").
    std::function<Status(const std::string& local_time)> advance_clock;
    std::function<std::string()> effective_configuration;   ///< JSON, secrets by reference
    std::function<std::vector<std::string>()> alarms;
    bool ready = true;
    /// Ends a connector's quarantine. Errors: not_found.
    std::function<Status(const std::string& connector)> release_plugin = {};
    std::function<std::vector<Finding>()> doctor = {};
    std::function<std::vector<PluginRow>()> plugins = {};
    /// When a connector is asked again whose last sync failed for a reason that passes; nullopt: it does not wait.
    std::function<std::optional<Instant>(store::Db& db, const std::string& connector)> next_try = {};
    std::optional<Sandbox> sandbox = {};
    /// What one person may give up alone, by kind ("write_off", "waive", "refund", "deduction") and currency; not named: nothing.
    std::map<std::string, std::map<std::string, Money>> limits = {};
    std::map<std::string, jobs::ProvisionMatrix> provision = {};   ///< by entity
    std::shared_ptr<report::Memory> figures = std::make_shared<report::Memory>();
};
/// The person configuration names so; nullptr when it names none.
const Person* person_named(const App& app, std::string_view user);

}  // namespace owed::api
