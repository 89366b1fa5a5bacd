#include "main/daemon.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/asio.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <future>

#include "api/migrations.hpp"
#include "api/server.hpp"
#include "cash/erp_writes.hpp"
#include "collect/promises.hpp"
#include "host/in_use.hpp"
#include "host/version_floor.hpp"
#include "jobs/plugin_versions.hpp"
#include "main/doctor.hpp"
#include "main/doors.hpp"
#include "main/first_looks.hpp"
#include "main/generation.hpp"
#include "main/needs.hpp"
#include "main/syncs.hpp"
#include "main/wiring.hpp"

namespace owed::daemon {
namespace {

namespace asio = boost::asio;

constexpr int exit_config = 78, exit_disk = 74;

int refuse(const std::string& line, int code) {
    std::fprintf(stderr, "%s\n", line.c_str());
    return code;
}

int exit_code_for(const Error& error) {
    return error.code == Errc::store_io || error.code == Errc::store_full || error.code == Errc::store_corrupt ? exit_disk : exit_config;
}

api::Reloaded refused(std::vector<std::string> problems) {
    api::Reloaded none;
    none.problems = std::move(problems);
    return none;
}

api::Reloaded in_words(host::Applied applied, std::vector<std::string> parts) {
    api::Reloaded done;
    done.kept = std::move(applied.kept);
    done.switched = std::move(applied.switched);
    done.added = std::move(applied.added);
    done.removed = std::move(applied.removed);
    for (auto& one : applied.upgraded) done.upgraded.push_back({std::move(one.instance), std::move(one.plugin), std::move(one.from), std::move(one.to)});
    done.notes = std::move(applied.notes);
    done.parts = std::move(parts);
    return done;
}

std::vector<api::PluginRow> plugin_rows(std::vector<host::PluginInUse> used) {
    std::vector<api::PluginRow> rows;
    for (auto& one : used)
        rows.push_back({std::move(one.id), one.problem, std::move(one.version), std::move(one.sdk), std::move(one.language),
                        one.problem.empty() ? std::string{name_of(one.verified)} : std::string{}, std::move(one.path), std::move(one.sha256), std::move(one.kinds),
                        std::move(one.instances), std::move(one.in_process)});
    return rows;
}

std::string in_a_line(const api::Reloaded& done) {
    std::string line;
    const auto add = [&](const char* word, const std::vector<std::string>& names) {
        if (names.empty()) return;
        line += (line.empty() ? "" : "; ") + std::string{word};
        for (const auto& name : names) line += " " + name + (&name == &names.back() ? "" : ",");
    };
    add("switched", done.switched);
    add("added", done.added);
    add("removed", done.removed);
    add("also", done.parts);
    return line.empty() ? "nothing has changed" : line;
}

const audit::Actor system_actor{audit::Actor::Kind::system, "owed", "owed", {}, {}};

/// Everything that lives as long as the daemon, in the order in which it is made and the reverse of which it ends.
class Daemon {
  public:
    Daemon(Options options, const config::Settings& settings, std::string data)
        : options_{std::move(options)}, data_{std::move(data)}, log_{clock_},
          books_{ledger::Books::make(settings.entities, settings.accounts).value()}, erp_listener_{books_, clock_}, promise_listener_{books_, clock_},
          ledger_{books_, clock_, {&erp_listener_, &promise_listener_}},
          syncs_{ledger_, rng_, log_}, first_looks_{clock_, rng_, log_} {}

    Status open(config::Loaded loaded, std::unique_ptr<host::PluginHost> host) {
        const auto& settings = loaded.settings;
        if (settings.demo_start) OWED_TRY_VOID(start_demo_clock(*settings.demo_start));
        store::OpenOptions options;
        options.folder = data_;
        options.migrations = api::all_migrations();
        OWED_TRY(store_, store::Store::open(std::move(options), clock_, log_));
        OWED_TRY(auto templates, load_templates(settings.templates_folder));
        host_ = std::move(host);
        deciders_ = std::make_unique<jobs::Deciders>(*host_, log_);
        OWED_TRY_VOID(store_->write([&](store::Tx& tx) { return settle_start(tx, settings); }));
        OWED_TRY_VOID(store_->read([&](store::Db& db) -> Status {
            versions_->set(jobs::plugin_versions(db));
            return {};
        }));
        generation_ = make_generation(std::move(loaded), std::move(templates), {});
        return {};
    }

    int serve() {
        host_->start();
        const auto socket = current()->settings.socket;
        auto server = api::Server::start(io_.get_executor(), workers_.get_executor(), [this] { return current_app(); },
                                         socket.empty() ? data_ + "/owed.sock" : socket);
        if (!server) return refuse(to_text(server.error()), exit_config);
        asio::signal_set stop_signals{io_, SIGTERM, SIGINT}, reload_signals{io_, SIGHUP};
        stop_signals.async_wait([this](auto error, int) {
            if (!error) stopping_ = true, io_.stop();
        });
        wait_for_reload(reload_signals);
        schedule_tick();
        log_.info("main", "ready");
        notify_systemd("READY=1");
        io_.run();

        notify_systemd("STOPPING=1");
        log_.info("main", "stopping");
        (*server)->stop();
        host_->stop();
        workers_.join();
        server->reset();
        return 0;
    }

    Log& log() { return log_; }
    SystemClock& clock() { return clock_; }
    SystemRng& rng() { return rng_; }
    std::shared_ptr<KnownVersions> versions() { return versions_; }

  private:
    std::shared_ptr<Generation> current() const {
        const std::lock_guard lock{generation_mutex_};
        return generation_;
    }
    std::shared_ptr<api::App> current_app() const {
        auto generation = current();
        return {generation, &generation->app};
    }

    Status start_demo_clock(const std::string& text) {
        OWED_TRY(auto start, demo_instant(text));
        ::mkdir(data_.c_str(), 0700);
        return clock_.use_demo_offset(data_, start);
    }

    /// "2026-03-31T08:00" on the wall clock of the first entity.
    Result<Instant> demo_instant(const std::string& text) const {
        if (text.size() != 16 || text[10] != 'T' || text[13] != ':')
            return fail(Errc::invalid_config, "\"" + text + "\" is not a local time; expected YYYY-MM-DDTHH:MM");
        OWED_TRY(auto day, parse_date(text.substr(0, 10)));
        const int hour = std::atoi(text.substr(11, 2).c_str()), minute = std::atoi(text.substr(14, 2).c_str());
        if (hour > 23 || minute > 59) return fail(Errc::invalid_config, "\"" + text + "\" is not a time of the day");
        return books_.entities().front().zone.instant_of(day, hour * 60 + minute);
    }

    /// What a start owes to the last stop: sends that were under way are unknown, pay-to details are compared with the
    /// approved ones, and shipped approvals of a demo company are entered.
    Status settle_start(store::Tx& tx, const config::Settings& settings) {
        OWED_TRY_VOID(audit::note_restores(tx, clock_));
        OWED_TRY(auto lost, notify::after_restart(tx, clock_));
        if (lost > 0) log_.warn("main", std::to_string(lost) + " sends were under way at the last stop; their outcome is unknown");
        if (const auto unknown = cash::erp_writes_after_restart(tx, clock_); unknown > 0)
            log_.warn("main", std::to_string(unknown) + " applications were on their way to an ERP at the last stop; the ERP is asked about them");
        for (const auto& account : books_.bank_accounts()) {
            if (!account.pay_to) continue;
            const parties::PayTo details{account.entity, account.iban, account.number, account.bank, account.bank_name, account.holder,
                                         std::string{account.currency.text()}};
            OWED_TRY(auto state, parties::register_pay_to(tx, clock_, details));
            if (state.pending)
                log_.error("main", "the pay-to details of " + account.entity + " in " + std::string{account.currency.text()} +
                                       " differ from the approved ones; no notice goes out until a second person approves them");
        }
        return enter_shipped_approvals(tx, settings);
    }

    Status enter_shipped_approvals(store::Tx& tx, const config::Settings& settings) {
        if (!settings.demo_start) return {};
        for (const auto& shipped : settings.policy_approvals) {
            if (audit::is_approved(tx, "policy", shipped.policy, shipped.sha256)) continue;
            const audit::Actor by{audit::Actor::Kind::person, shipped.by, shipped.by, {}, {}};
            OWED_TRY([[maybe_unused]] auto id, audit::approve(tx, clock_, by, "configuration", "policy", shipped.policy, shipped.sha256));
        }
        return {};
    }

    std::shared_ptr<Generation> make_generation(config::Loaded loaded, render::Templates templates, const std::map<std::string, Instant>& known_jobs) {
        auto made = std::make_shared<Generation>(std::move(loaded.settings), std::move(loaded.effective), std::move(templates),
                                                 Lasting{*store_, books_, ledger_, clock_, rng_, log_, *host_, *deciders_}, known_jobs);
        auto& app = made->app;
        // A request holds its generation while these run.
        app.run_job = [this, generation = made.get()](const std::string& name, std::optional<Date> as_of, const audit::Actor& by) {
            return run_named(*generation, name, as_of, by);
        };
        app.sync = [this, generation = made.get()](const std::string& connector, bool force) { return sync(*generation, connector, force); };
        app.next_try = [this, generation = made.get()](store::Db& db, const std::string& connector) { return next_try(*generation, db, connector); };
        app.reload = [this](const audit::Actor& by, bool allow_downgrade) { return reload(by, allow_downgrade); };
        app.advance_clock = [this](const std::string& local_time) -> Status {
            OWED_TRY(auto to, demo_instant(local_time));
            OWED_TRY_VOID(clock_.advance(to));
            run_due();
            return {};
        };
        app.alarms = [this] { return alarms(); };
        app.release_plugin = [this](const std::string& connector) -> Status {
            OWED_TRY_VOID(host_->release(connector));
            syncs_.forget(connector);
            return {};
        };
        app.doctor = [this, generation = made.get()] { return diagnose({generation->settings, generation->effective, data_, plugin_folder(generation->settings, options_), host_.get(), clock_.now()}); };
        app.plugins = [this] { return plugin_rows(host::plugins_in_use(*host_)); };
        app.sandbox = sandbox_of_kernel();
        return made;
    }

    std::vector<std::string> alarms() {
        std::vector<std::string> all;
        for (auto* connector : host_->connectors())
            if (auto text = alarm_of(connector->report())) all.push_back(std::move(*text));
        for (auto& text : syncs_.alarms()) all.push_back(std::move(text));
        const std::lock_guard lock{alarm_mutex_};
        for (const auto& [job, text] : job_alarms_) all.push_back(text);
        return all;
    }

    Result<std::map<std::string, api::Synced>> sync(Generation& generation, const std::string& name, bool force) {
        const Syncs::With with{*store_, generation.intake, generation.settings.credit};
        if (name.empty()) return syncs_.all(with, host_->connectors(), force);
        auto* connector = host_->find(name);
        if (connector == nullptr) return fail(Errc::not_found, "there is no connector " + name, {}, "see owectl connectors");
        OWED_TRY_VOID(can_be_synced(*connector));
        OWED_TRY(auto done, syncs_.one(with, *connector, force));
        for (const auto& job : generation.jobs)   // its own alarm says what the sync's did
            if (job.kind == "sync" && job.subject == name) job_worked(job.name);
        return std::map<std::string, api::Synced>{{name, std::move(done)}};
    }

    Result<std::string> run_named(Generation& generation, const std::string& name, std::optional<Date> as_of, const audit::Actor& by) {
        const auto* job = generation.job(name);
        if (job == nullptr) return fail(Errc::not_found, "there is no job \"" + name + "\"", {}, "see owectl jobs");
        auto done = run(generation, *job, as_of, by);
        if (done) job_worked(name);
        return done;
    }

    Result<std::string> run(Generation& generation, const jobs::Job& job, std::optional<Date> as_of, const audit::Actor& by) {
        if (job.kind == "sync") {
            OWED_TRY(auto done, sync(generation, job.subject, false));
            const auto& synced = done[job.subject];
            const auto one = synced.read.value_or(intake::SyncSummary{});
            const auto written = synced.written.value_or(jobs::WritebackSummary{});
            const auto back = synced.written ? ", " + std::to_string(written.sent) + " written back, " + std::to_string(written.refused) + " refused, " +
                                                   std::to_string(written.retry + written.unknown) + " to be tried again"
                                             : std::string{};
            return std::to_string(one.artifacts) + " files, " + std::to_string(one.records) + " records, " + std::to_string(one.quarantined) +
                   " quarantined, " + std::to_string(one.rejected) + " rejected, " + std::to_string(one.duplicates) + " known already" + back;
        }
        if (job.kind == "cash") {
            cash::MatchSummary done;
            OWED_TRY_VOID(store_->write([&](store::Tx& tx) -> Status {
                OWED_TRY(done, cash::match_waiting(tx, ledger_, generation.settings.cash, by));
                return {};
            }));
            return std::to_string(done.looked_at) + " looked at, " + std::to_string(done.applied) + " applied, " + std::to_string(done.questions) + " questions";
        }
        if (job.kind == "outbox") {
            OWED_TRY_VOID(jobs::run_outbox(*store_, generation.dunning));
            return std::string{"done"};
        }
        OWED_TRY(const auto* entity, books_.entity(job.subject));
        if (jobs::is_month_end(job.kind))
            return jobs::run_month_end(*store_, ledger_, generation.settings.provision, job.kind, job.subject, as_of.value_or(entity->today(clock_.now())), by);
        OWED_TRY(auto done, jobs::run_dunning(*store_, generation.dunning, job.subject, as_of.value_or(entity->today(clock_.now())), by));
        return done.run.state + ": " + (done.run.reason.empty() ? std::to_string(done.run.notices) + " notices" : done.run.reason);
    }

    /// While the last sync of a connector has failed for a reason that passes.
    std::optional<Instant> next_try(const Generation& generation, store::Db& db, const std::string& connector) {
        const auto* job = generation.job("sync " + connector);
        return syncs_.waits().next_try(db, connector, job, job == nullptr ? clock_.now() : generation.jobs_since.at(job->name));
    }

    /// Jobs whose time has come, one after the other; each occurrence is claimed first, so it runs once. What a reload took
    /// away in between does not run, and what it changed runs as it is now.
    void run_due() {
        const std::lock_guard lock{tick_mutex_};
        const auto began = current();
        struct Occurrence {
            std::string job;
            Instant nominal;
            int missed;
        };
        std::vector<Occurrence> due;
        const auto read = store_->read([&](store::Db& db) -> Status {
            for (const auto& job : began->jobs) {
                const auto scheduled = jobs::due(db, {job}, clock_.now(), began->jobs_since.at(job.name));
                if (const auto one = syncs_.waits().due(job, scheduled.empty() ? std::nullopt : std::optional{scheduled.front()}))
                    due.push_back({job.name, one->nominal, one->missed});
            }
            return {};
        });
        if (!read) return job_failed("schedule", read.error());
        job_worked("schedule");
        for (const auto& one : due) {
            if (stopping_) return;
            const auto generation = current();
            if (const auto* job = generation->job(one.job)) run_occurrence(*generation, {job, one.nominal, one.missed});
            notify_systemd("WATCHDOG=1");  // a long round of jobs is not a hang
        }
        look_after_plugins();
        store_->checkpoint_at_idle();
    }

    /// Probations end or fail also when nobody calls; and what works is remembered as the version not to fall below.
    void look_after_plugins() {
        host_->tend();
        for (auto* connector : host_->connectors()) {
            const auto report = connector->report();
            if (!report.last_good || report.version.empty() || report.on_probation || !report.rolled_back.empty()) continue;
            if (!versions_->is_higher(report.plugin, report.version)) continue;
            const auto noted = store_->write([&](store::Tx& tx) { return jobs::note_plugin_version(tx, clock_, report.plugin, report.version); });
            if (noted) versions_->put(report.plugin, report.version);
        }
    }

    void run_occurrence(Generation& generation, const jobs::Due& one) {
        const audit::Actor by{audit::Actor::Kind::job, one.job->name, one.job->name, {}, {}};
        bool mine = false;
        auto claimed = store_->write([&](store::Tx& tx) -> Status {
            OWED_TRY(mine, jobs::claim(tx, clock_, *one.job, one.nominal));
            return {};
        });
        if (!claimed) return job_failed(one.job->name, claimed.error());
        if (!mine) return;
        const auto as_of = one.job->zone.date_at(one.nominal);
        const auto outcome = run(generation, *one.job, as_of, by);
        if (!outcome) job_failed(one.job->name, outcome.error());
        auto text = outcome ? *outcome : "failed: " + to_text(outcome.error());
        if (one.missed > 0) text += " (stands for " + std::to_string(one.missed) + " missed runs)";
        const auto finished = store_->write([&](store::Tx& tx) { return jobs::finish(tx, clock_, *one.job, one.nominal, text); });
        if (!finished) return job_failed(one.job->name, finished.error());
        if (outcome) job_worked(one.job->name);
    }

    void job_worked(const std::string& job) {
        const std::lock_guard lock{alarm_mutex_};
        job_alarms_.erase(job);
    }

    /// A job that a reload took away is nobody's trouble any more.
    void forget_alarms_of_other_jobs(const Generation& generation) {
        const std::lock_guard lock{alarm_mutex_};
        std::erase_if(job_alarms_, [&](const auto& alarm) { return alarm.first != "schedule" && generation.job(alarm.first) == nullptr; });
    }

    void job_failed(const std::string& job, const Error& error) {
        log_.error("jobs", job + ": " + to_text(error));
        const std::lock_guard lock{alarm_mutex_};
        job_alarms_[job] = "job " + job + " failed at " + to_text(clock_.now()) + ": " + to_text(error);
    }

    void schedule_tick() {
        tick_.expires_after(std::chrono::seconds{1});
        tick_.async_wait([this](auto error) {
            if (error || stopping_) return;
            // The watchdog is fed by a tick that reached the store, not by a timer alone.
            asio::post(workers_, [this] { first_looks_.look(host_->connectors(), [this] { return stopping_.load(); }); });   // a silent server holds up no job
            asio::post(workers_, [this] {
                run_due();
                notify_systemd("WATCHDOG=1");
                if (!stopping_) asio::post(io_, [this] { schedule_tick(); });
            });
        });
    }

    void wait_for_reload(asio::signal_set& signals) {
        signals.async_wait([this, &signals](auto error, int) {
            if (error) return;
            asio::post(workers_, [this] { reload(system_actor, false); });  // it starts processes and waits for them
            wait_for_reload(signals);
        });
    }

    /// SIGHUP, `owectl reload`: everything is read and proven first; then all of it is switched, or nothing.
    api::Reloaded reload(const audit::Actor& by, bool allow_downgrade) {
        const std::lock_guard one_at_a_time{reload_mutex_};
        notify_systemd("RELOADING=1");
        auto done = try_reload(by, allow_downgrade);
        notify_systemd("READY=1");
        for (const auto& problem : done.problems) log_.error("main", "reload: " + problem);
        for (const auto& note : done.notes) log_.warn("main", "reload: " + note);
        log_.info("main", done.problems.empty() ? "reloaded: " + in_a_line(done) : "nothing was changed by the reload");
        return done;
    }

    api::Reloaded try_reload(const audit::Actor& by, bool allow_downgrade) {
        const auto now = current();
        auto loaded = config::load(options_.config_file, config::real_files());
        auto problems = problems_of(loaded, *now);
        if (!problems.empty()) return refused(std::move(problems));
        auto templates = load_templates(loaded.settings.templates_folder);
        if (!templates) return refused({to_text(templates.error())});  // changed since it was checked just now
        auto change = host_->stage(instances_of(loaded.settings, loaded.effective), {allow_downgrade});
        if (!change) return refused(texts_of(change.error(), loaded.settings));
        auto next = make_generation(std::move(loaded), std::move(*templates), now->jobs_since);
        auto parts = changed_parts(*now, *next);
        // What must be in the books before the new configuration counts.
        const auto& outcome = (*change)->outcome();
        if (auto noted = store_->write([&](store::Tx& tx) { return note_reload(tx, by, *next, outcome, parts, allow_downgrade); }); !noted)
            return refused({to_text(noted.error())});
        host::Applied applied;
        {
            const std::lock_guard lock{generation_mutex_};
            applied = host_->apply(std::move(*change));
            generation_ = next;
        }
        for (const auto* names : {&applied.switched, &applied.added, &applied.removed})
            for (const auto& name : *names) syncs_.forget(name);
        forget_alarms_of_other_jobs(*next);
        if (allow_downgrade)
            for (const auto& upgrade : applied.upgraded)
                if (!versions_->is_higher(upgrade.plugin, upgrade.to)) versions_->put(upgrade.plugin, upgrade.to);
        return in_words(std::move(applied), std::move(parts));
    }

    /// Everything that is wrong with a configuration that is to be taken up while owed runs, in one pass.
    std::vector<std::string> problems_of(const config::Loaded& loaded, const Generation& now) {
        std::vector<std::string> problems;
        for (const auto& problem : loaded.problems) problems.push_back(config::to_text(problem));
        if (loaded.effective.empty()) return problems;
        if (!problems.empty()) {
            const auto host = make_host(loaded, options_, data_, clock_, rng_, log_);
            for (auto& problem : deeper_problems(loaded.settings, *host, Faults::of_configuration)) problems.push_back(std::move(problem));
            for (auto& problem : needs_problems(loaded, plugin_folder(loaded.settings, options_), &now.effective)) problems.push_back(std::move(problem));
            return problems;
        }
        for (const auto& key : needs_restart(now.effective, loaded.effective))
            problems.push_back(options_.config_file + ": \"" + key + "\" cannot change while owed runs; restart owed to take it up, or put it back");
        for (auto& problem : template_problems(loaded.settings)) problems.push_back(std::move(problem));
        for (auto& problem : needs_problems(loaded, plugin_folder(loaded.settings, options_), &now.effective)) problems.push_back(std::move(problem));
        return problems;
    }

    Status note_reload(store::Tx& tx, const audit::Actor& by, const Generation& next, const host::Applied& outcome, const std::vector<std::string>& parts, bool allow_downgrade) {
        OWED_TRY_VOID(enter_shipped_approvals(tx, next.settings));
        for (const auto& upgrade : outcome.upgraded) {
            const bool down = host::compare_versions(upgrade.to, upgrade.from) < 0 || (allow_downgrade && versions_->floor(upgrade.plugin) && !versions_->is_higher(upgrade.plugin, upgrade.to) && *versions_->floor(upgrade.plugin) != upgrade.to);
            OWED_TRY_VOID(note_act(tx, by, down ? "plugin.downgrade" : "plugin.upgrade", "connector", upgrade.instance, upgrade.plugin + " " + upgrade.from + " -> " + upgrade.to));
            if (down) OWED_TRY_VOID(jobs::note_plugin_version(tx, clock_, upgrade.plugin, upgrade.to));
        }
        if (outcome.switched.empty() && outcome.added.empty() && outcome.removed.empty() && parts.empty()) return {};
        return note_act(tx, by, "config.reload", "configuration", options_.config_file, in_a_line(in_words(outcome, parts)));
    }

    Status note_act(store::Tx& tx, const audit::Actor& by, const char* action, const char* kind, const std::string& id, const std::string& reason) {
        audit::Act act;
        act.actor = by;
        act.action = action;
        act.object_kind = kind;
        act.object_id = id;
        act.reason = reason;
        return audit::append(tx, clock_, act);
    }

    const Options options_;
    const std::string data_;
    SystemClock clock_;
    SystemRng rng_;
    JsonLog log_;
    ledger::Books books_;
    cash::ErpListener erp_listener_;
    collect::PromiseListener promise_listener_;
    ledger::Context ledger_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<host::PluginHost> host_;
    std::unique_ptr<jobs::Deciders> deciders_;
    Syncs syncs_;
    FirstLooks first_looks_;
    const std::shared_ptr<KnownVersions> versions_ = std::make_shared<KnownVersions>();
    mutable std::mutex generation_mutex_;
    std::shared_ptr<Generation> generation_;
    std::mutex reload_mutex_;
    asio::io_context io_{1};
    asio::thread_pool workers_{4};
    asio::steady_timer tick_{io_};
    std::mutex tick_mutex_, alarm_mutex_;
    std::map<std::string, std::string> job_alarms_;  ///< by job; gone when the next run works
    std::atomic<bool> stopping_ = false;
};

/// Secrets pass through this memory: it is not to end in a core file, nor to be read by other programs of our user.
void keep_memory_to_ourselves() {
    constexpr rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    ::prctl(PR_SET_DUMPABLE, 0);   // the leak sanitizer looks at us from outside
#endif
}

/// Every mistake in one pass: those of the files, then those that show only against plugins and templates.
int check(const config::Loaded& loaded, const Options& options) {
    for (const auto& problem : loaded.problems) std::fprintf(stderr, "%s\n", config::to_text(problem).c_str());
    if (loaded.effective.empty()) return exit_config;  // nothing could be read that the rest would be about
    SystemClock clock;
    SystemRng rng;
    JsonLog log{clock};
    const auto data = !options.data_folder.empty() ? options.data_folder : loaded.settings.data.empty() ? "." : loaded.settings.data;
    const auto host = make_host(loaded, options, data, clock, rng, log);
    auto deeper = deeper_problems(loaded.settings, *host, Faults::all);
    for (auto& problem : needs_problems(loaded, plugin_folder(loaded.settings, options), nullptr)) deeper.push_back(std::move(problem));
    if (loaded.problems.empty())
        if (const auto books = ledger::Books::make(loaded.settings.entities, loaded.settings.accounts); !books)
            deeper.push_back(options.config_file + ": " + to_text(books.error()));
    for (const auto& problem : deeper) std::fprintf(stderr, "%s\n", problem.c_str());
    if (!deeper.empty() || !loaded.problems.empty()) return exit_config;
    std::printf("%s: configuration is good (%zu entities, %zu connectors, %zu policies)\n", options.config_file.c_str(),
                loaded.settings.entities.size(), loaded.settings.connectors.size(), loaded.settings.policies.size());
    return 0;
}

}  // namespace

int run(const Options& options) {
    auto loaded = config::load(options.config_file, config::real_files());
    if (options.check_only || !loaded.problems.empty()) return check(loaded, options);
    auto data = !options.data_folder.empty() ? options.data_folder : loaded.settings.data;
    if (data.empty()) return refuse(options.config_file + ": there is no data folder; say --data DIR or data: in the configuration", exit_config);
    data = std::filesystem::absolute(data).lexically_normal().string();

    ::umask(077);
    keep_memory_to_ourselves();
    std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error of the write, not the end of the daemon
    Daemon daemon{options, loaded.settings, data};
    auto host = make_host(loaded, options, data, daemon.clock(), daemon.rng(), daemon.log(), daemon.versions());
    // A plugin file that is missing or damaged stops its connector, which the log and status name, and nothing else.
    const auto problems = deeper_problems(loaded.settings, *host, Faults::of_configuration);
    for (const auto& problem : problems) std::fprintf(stderr, "%s\n", problem.c_str());
    if (!problems.empty()) return exit_config;
    if (auto opened = daemon.open(std::move(loaded), std::move(host)); !opened) return refuse("owed: " + to_text(opened.error()), exit_code_for(opened.error()));
    return daemon.serve();
}

}  // namespace owed::daemon
