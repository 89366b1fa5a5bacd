#include "main/daemon.hpp"

#include <sys/stat.h>

#include <boost/asio.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <future>

#include "api/migrations.hpp"
#include "api/server.hpp"
#include "main/doors.hpp"
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

const audit::Actor system_actor{audit::Actor::Kind::system, "owed", "owed", {}, {}};

/// Everything that lives as long as the daemon, in the order in which it is made and the reverse of which it ends.
class Daemon {
  public:
    Daemon(config::Settings settings, std::string effective, std::string data)
        : settings_{std::move(settings)}, effective_{std::move(effective)}, data_{std::move(data)}, log_{clock_},
          books_{ledger::Books::make(settings_.entities, settings_.accounts).value()}, ledger_{books_, clock_, {}},
          jobs_{jobs_of(settings_)} {}

    Status open(std::unique_ptr<host::PluginHost> host) {
        if (settings_.demo_start) OWED_TRY_VOID(start_demo_clock());
        store::OpenOptions options;
        options.folder = data_;
        options.migrations = api::all_migrations();
        OWED_TRY(store_, store::Store::open(std::move(options), clock_, log_));
        OWED_TRY(auto templates, load_templates(settings_.templates_folder));
        templates_ = std::make_unique<render::Templates>(std::move(templates));
        host_ = std::move(host);
        OWED_TRY_VOID(store_->write([&](store::Tx& tx) { return settle_start(tx); }));
        intake::Settings intake_settings;
        intake_settings.cash = settings_.cash;
        intake_ = std::make_unique<intake::Intake>(*store_, ledger_, intake_settings, rng_, log_);
        dunning_ = std::make_unique<jobs::DunningSetup>(jobs::DunningSetup{ledger_, *host_, log_, settings_.policies, *templates_, settings_.letterheads, intake::last_bank_day});
        make_app();
        return {};
    }

    int serve() {
        host_->start();
        started_ = clock_.now();
        auto server = api::Server::start(io_.get_executor(), workers_.get_executor(), *app_,
                                         settings_.socket.empty() ? data_ + "/owed.sock" : settings_.socket);
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

  private:
    Status start_demo_clock() {
        const auto& text = *settings_.demo_start;
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
    Status settle_start(store::Tx& tx) {
        OWED_TRY_VOID(audit::note_restores(tx, clock_));
        OWED_TRY(auto lost, notify::after_restart(tx, clock_));
        if (lost > 0) log_.warn("main", std::to_string(lost) + " sends were under way at the last stop; their outcome is unknown");
        for (const auto& account : books_.bank_accounts()) {
            if (!account.pay_to) continue;
            const parties::PayTo details{account.entity, account.iban, account.number, account.bank, account.bank_name, account.holder,
                                         std::string{account.currency.text()}};
            OWED_TRY(auto state, parties::register_pay_to(tx, clock_, details));
            if (state.pending)
                log_.error("main", "the pay-to details of " + account.entity + " in " + std::string{account.currency.text()} +
                                       " differ from the approved ones; no notice goes out until a second person approves them");
        }
        if (settings_.demo_start)
            for (const auto& shipped : settings_.policy_approvals) {
                if (audit::is_approved(tx, "policy", shipped.policy, shipped.sha256)) continue;
                const audit::Actor by{audit::Actor::Kind::person, shipped.by, shipped.by, {}, {}};
                OWED_TRY([[maybe_unused]] auto id, audit::approve(tx, clock_, by, "configuration", "policy", shipped.policy, shipped.sha256));
            }
        return {};
    }

    void make_app() {
        app_ = std::unique_ptr<api::App>{new api::App{.store = *store_, .books = books_, .ledger = ledger_, .clock = clock_, .rng = rng_, .log = log_,
                                                      .cash = settings_.cash, .credit = settings_.credit, .people = people_of(settings_), .demo = settings_.demo_start.has_value(),
                                                      .hosts = host_.get(), .intake = intake_.get(), .dunning = dunning_.get(), .jobs = &jobs_,
                                                      .run_job = {}, .sync = {}, .reload = {}, .advance_clock = {},
                                                      .effective_configuration = {}, .alarms = {}, .ready = true}};
        app_->run_job = [this](const std::string& name, std::optional<Date> as_of, const audit::Actor& by) { return run_named(name, as_of, by); };
        app_->sync = [this](const std::string& connector) { return sync(connector); };
        app_->reload = [this] { return reload(); };
        app_->advance_clock = [this](const std::string& local_time) -> Status {
            OWED_TRY(auto to, demo_instant(local_time));
            OWED_TRY_VOID(clock_.advance(to));
            run_due();
            return {};
        };
        app_->effective_configuration = [this] { return effective_; };
        app_->alarms = [this] { return alarms(); };
    }

    std::vector<std::string> alarms() {
        std::vector<std::string> all;
        for (auto* connector : host_->connectors()) {
            const auto report = connector->report();
            if (report.state == InstanceState::failed || report.state == InstanceState::quarantined)
                all.push_back("connector " + report.name + " is " + std::string{name_of(report.state)} + ": " + report.reason);
        }
        const std::lock_guard lock{alarm_mutex_};
        for (const auto& [connector, text] : sync_alarms_) all.push_back(text);
        for (const auto& [job, text] : job_alarms_) all.push_back(text);
        return all;
    }

    Result<std::map<std::string, api::Synced>> sync(const std::string& name) {
        std::map<std::string, api::Synced> all;
        std::vector<Connector*> wanted;
        if (name.empty()) {
            for (auto* connector : host_->connectors())
                if (connector->has("source") || connector->has("sink")) wanted.push_back(connector);
        } else {
            auto* connector = host_->find(name);
            if (connector == nullptr) return fail(Errc::not_found, "there is no connector " + name, {}, "see owectl connectors");
            if (!connector->has("source") && !connector->has("sink"))
                return fail(Errc::invalid_argument, "connector " + name + " sends only; there is nothing to read or to write back");
            wanted.push_back(connector);
        }
        std::optional<Error> first;
        for (auto* connector : wanted) {
            auto done = both_ways(*connector);
            note_sync(connector->name(), done ? std::nullopt : std::optional{done.error()});
            if (done)
                all[connector->name()] = *done;
            else if (!first)
                first = done.error();
        }
        if (first) return fail(*first);
        return all;
    }

    /// First what came in, then what the other system should know of it.
    Result<api::Synced> both_ways(Connector& connector) {
        api::Synced synced;
        if (connector.has("source")) {
            OWED_TRY(synced.read, intake_->sync(connector));
        }
        if (connector.has("sink")) {
            OWED_TRY(synced.written, jobs::write_back(*store_, ledger_, settings_.credit, connector));
        }
        return synced;
    }

    /// A sync that failed is an alarm until the next one of its connector works.
    void note_sync(const std::string& connector, const std::optional<Error>& error) {
        if (error) log_.error("main", "sync of " + connector + " failed: " + to_text(*error));
        const std::lock_guard lock{alarm_mutex_};
        if (error)
            sync_alarms_[connector] = "sync of " + connector + " failed at " + to_text(clock_.now()) + ": " + to_text(*error);
        else
            sync_alarms_.erase(connector);
    }

    Result<std::string> run_named(const std::string& name, std::optional<Date> as_of, const audit::Actor& by) {
        for (const auto& job : jobs_)
            if (job.name == name) {
                auto done = run(job, as_of, by);
                if (done) job_worked(name);
                return done;
            }
        return fail(Errc::not_found, "there is no job \"" + name + "\"", {}, "see owectl jobs");
    }

    Result<std::string> run(const jobs::Job& job, std::optional<Date> as_of, const audit::Actor& by) {
        if (job.kind == "sync") {
            OWED_TRY(auto done, sync(job.subject));
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
                OWED_TRY(done, cash::match_waiting(tx, ledger_, settings_.cash, by));
                return {};
            }));
            return std::to_string(done.looked_at) + " looked at, " + std::to_string(done.applied) + " applied, " + std::to_string(done.questions) + " questions";
        }
        if (job.kind == "outbox") {
            OWED_TRY_VOID(jobs::run_outbox(*store_, *dunning_));
            return std::string{"done"};
        }
        OWED_TRY(const auto* entity, books_.entity(job.subject));
        OWED_TRY(auto done, jobs::run_dunning(*store_, *dunning_, job.subject, as_of.value_or(entity->today(clock_.now())), by));
        return done.run.state + ": " + (done.run.reason.empty() ? std::to_string(done.run.notices) + " notices" : done.run.reason);
    }

    /// Jobs whose time has come, one after the other; each occurrence is claimed first, so it runs once.
    void run_due() {
        const std::lock_guard lock{tick_mutex_};
        std::vector<jobs::Due> due;
        const auto read = store_->read([&](store::Db& db) -> Status {
            due = jobs::due(db, jobs_, clock_.now(), started_);
            return {};
        });
        if (!read) return job_failed("schedule", read.error());
        job_worked("schedule");
        for (const auto& one : due) {
            if (stopping_) return;
            run_occurrence(one);
            notify_systemd("WATCHDOG=1");  // a long round of jobs is not a hang
        }
        store_->checkpoint_at_idle();
    }

    void run_occurrence(const jobs::Due& one) {
        const audit::Actor by{audit::Actor::Kind::job, one.job->name, one.job->name, {}, {}};
        bool mine = false;
        auto claimed = store_->write([&](store::Tx& tx) -> Status {
            OWED_TRY(mine, jobs::claim(tx, clock_, *one.job, one.nominal));
            return {};
        });
        if (!claimed) return job_failed(one.job->name, claimed.error());
        if (!mine) return;
        const auto as_of = one.job->zone.date_at(one.nominal);
        const auto outcome = run(*one.job, as_of, by);
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
            const auto done = reload();
            if (done)
                log_.info("main", *done);
            else
                log_.error("main", "reload: " + to_text(done.error()));
            wait_for_reload(signals);
        });
    }

    /// Reads and checks the configuration again. It is taken up at the next start; a bad one changes nothing and says why.
    Result<std::string> reload() {
        auto loaded = config::load(settings_.place.file, config::real_files());
        if (!loaded.problems.empty()) return fail(Errc::invalid_config, config::to_text(loaded.problems.front()) + (loaded.problems.size() > 1 ? " (and " + std::to_string(loaded.problems.size() - 1) + " more)" : ""));
        if (loaded.effective == effective_) return std::string{"the configuration is unchanged"};
        return std::string{"the configuration is good; restart owed to take it up"};
    }

    config::Settings settings_;
    std::string effective_, data_;
    SystemClock clock_;
    SystemRng rng_;
    JsonLog log_;
    ledger::Books books_;
    ledger::Context ledger_;
    std::vector<jobs::Job> jobs_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<render::Templates> templates_;
    std::unique_ptr<host::PluginHost> host_;
    std::unique_ptr<intake::Intake> intake_;
    std::unique_ptr<jobs::DunningSetup> dunning_;
    std::unique_ptr<api::App> app_;
    asio::io_context io_{1};
    asio::thread_pool workers_{4};
    asio::steady_timer tick_{io_};
    std::mutex tick_mutex_, alarm_mutex_;
    std::map<std::string, std::string> job_alarms_, sync_alarms_;  ///< by job, by connector; gone when the next run works
    Instant started_;
    std::atomic<bool> stopping_ = false;
};

std::unique_ptr<host::PluginHost> make_host(const config::Settings& settings, const Options& options, const std::string& data,
                                            Clock& clock, Rng& rng, Log& log) {
    host::HostOptions host;
    host.plugin_folder = !options.plugin_folder.empty() ? options.plugin_folder
                         : !settings.plugins_folder.empty() ? settings.plugins_folder : default_plugin_folder();
    host.child_program = child_program();
    host.folder_base = data;
    host.allow_unlisted = settings.allow_unlisted_plugins;
    host.package_folder = default_plugin_folder();
    if (!settings.trusted_keys.empty()) host.trusted_keys = settings.trusted_keys;
    if (settings.plugin_signatures == "require") host.signatures = host::Signatures::require;
    if (settings.plugin_signatures == "warn") host.signatures = host::Signatures::warn;
    if (settings.plugin_signatures == "off") host.signatures = host::Signatures::off;
    return std::make_unique<host::PluginHost>(host, instances_of(settings), clock, rng, log);
}

/// Every mistake in one pass: those of the files, then those that show only against plugins and templates.
int check(const config::Loaded& loaded, const Options& options) {
    for (const auto& problem : loaded.problems) std::fprintf(stderr, "%s\n", config::to_text(problem).c_str());
    if (loaded.effective.empty()) return exit_config;  // nothing could be read that the rest would be about
    SystemClock clock;
    SystemRng rng;
    JsonLog log{clock};
    const auto data = !options.data_folder.empty() ? options.data_folder : loaded.settings.data.empty() ? "." : loaded.settings.data;
    const auto host = make_host(loaded.settings, options, data, clock, rng, log);
    auto deeper = deeper_problems(loaded.settings, *host, Faults::all);
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
    std::signal(SIGXFSZ, SIG_IGN);  // a file-size limit is an error of the write, not the end of the daemon
    const auto settings = loaded.settings;
    Daemon daemon{std::move(loaded.settings), std::move(loaded.effective), data};
    auto host = make_host(settings, options, data, daemon.clock(), daemon.rng(), daemon.log());
    // A plugin file that is missing or damaged stops its connector, which the log and status name, and nothing else.
    const auto problems = deeper_problems(settings, *host, Faults::of_configuration);
    for (const auto& problem : problems) std::fprintf(stderr, "%s\n", problem.c_str());
    if (!problems.empty()) return exit_config;
    if (auto opened = daemon.open(std::move(host)); !opened) return refuse("owed: " + to_text(opened.error()), exit_code_for(opened.error()));
    return daemon.serve();
}

}  // namespace owed::daemon
