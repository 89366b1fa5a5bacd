#include "api/metrics.hpp"

#include <algorithm>
#include <initializer_list>

namespace owed::api {
namespace {

constexpr Metric all[] = {
    {"owed_build_info", "gauge", "version", "1; the version of the daemon"},
    {"owed_ready", "gauge", "", "1 when the daemon takes work"},
    {"owed_plugin_state", "gauge", "connector,plugin,state", "1 for the state that the connector is in, 0 for the others"},
    {"owed_plugin_restarts_total", "counter", "connector,reason", "deaths of its process, by crash, deadline or garbage"},
    {"owed_plugin_retries_total", "counter", "connector", "calls that failed for a reason that passes"},
    {"owed_plugin_memory_bytes", "gauge", "connector", "resident memory of its processes"},
    {"owed_plugin_processes", "gauge", "connector", "its processes"},
    {"owed_plugin_running", "gauge", "connector", "1 while a call runs"},
    {"owed_plugin_blocked", "gauge", "connector", "1 while a server of it is not asked because it failed too often"},
    {"owed_plugin_probation", "gauge", "connector", "1 while its plugin file is new and the former one is kept"},
    {"owed_plugin_rolled_back", "gauge", "connector", "1 after its new plugin file crashed and was given up"},
    {"owed_plugin_last_call_timestamp_seconds", "gauge", "connector", "when a call last ended"},
    {"owed_plugin_last_good_timestamp_seconds", "gauge", "connector", "when a call last ended well"},
    {"owed_plugin_counter_total", "counter", "connector,name", "a counter of the plugin itself"},
    {"owed_plugin_gauge", "gauge", "connector,name", "a figure of the plugin itself"},
    {"owed_decider_asked_total", "counter", "connector", "receipts that its decider was asked about, once in each run"},
    {"owed_decider_proposed_total", "counter", "connector", "proposals that it made"},
    {"owed_decider_accepted_total", "counter", "connector", "of those: passed the gates, and were applied or shown to a person"},
    {"owed_decider_refused_total", "counter", "connector", "of those: refused by a gate; the log says which"},
    {"owed_decider_late_total", "counter", "connector", "questions without an answer by the deadline"},
    {"owed_source_records_total", "counter", "connector", "records taken"},
    {"owed_source_rejected_total", "counter", "connector", "records that did not fit"},
    {"owed_source_lag_seconds", "gauge", "connector", "since the last run"},
    {"owed_source_next_try_timestamp_seconds", "gauge", "connector", "when it is asked again, after a sync that failed for a reason that passes"},
    {"owed_job_lateness_seconds", "gauge", "job", "how long an occurrence that is due has been waiting"},
    {"owed_job_last_run_timestamp_seconds", "gauge", "job", "when it last began"},
    {"owed_outbox_unknown", "gauge", "", "sends whose outcome nobody knows"},
    {"owed_outbox_waiting", "gauge", "", "sends that are not settled"},
    {"owed_outbox_oldest_seconds", "gauge", "", "age of the oldest one"},
    {"owed_cash_questions", "gauge", "", "receipts that wait for a person"},
    {"owed_alarms", "gauge", "", "alarms that stand now"},
    {"owed_store_size_bytes", "gauge", "", "of the database"},
    {"owed_store_wal_bytes", "gauge", "", "of its write-ahead log"},
};

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Samples, grouped by metric as the format wants them.
class Samples {
  public:
    void add(std::string_view name, Labels labels, std::int64_t value) {
        auto& lines = lines_[std::string{name}];
        lines += name;
        char separator = '{';
        for (const auto& [label, text] : labels) {
            lines += separator;
            lines += label;
            lines += "=\"" + escaped(text) + "\"";
            separator = ',';
        }
        if (labels.size() > 0) lines += '}';
        lines += " " + std::to_string(value) + "\n";
    }
    std::string text() const {
        std::string text;
        for (const auto& metric : all) {
            const auto found = lines_.find(metric.name);
            if (found == lines_.end()) continue;
            for (const auto& [word, value] : {std::pair{"HELP", metric.help}, {"TYPE", metric.type}})
                text += std::string{"# "} + word + " " + std::string{metric.name} + " " + std::string{value} + "\n";
            text += found->second;
        }
        return text;
    }

  private:
    static std::string escaped(std::string_view text) {
        std::string out;
        for (const char c : text) {
            if (c == '\\' || c == '"') out += '\\';
            if (c == '\n') out += "\\n";
            else out += c;
        }
        return out;
    }
    std::map<std::string, std::string, std::less<>> lines_;
};

void add_connector(Samples& to, const InstanceReport& report) {
    const std::string_view name = report.name;
    for (const auto state : {InstanceState::starting, InstanceState::ok, InstanceState::degraded, InstanceState::failed, InstanceState::quarantined, InstanceState::stopped})
        to.add("owed_plugin_state", {{"connector", name}, {"plugin", report.plugin}, {"state", name_of(state)}}, report.state == state ? 1 : 0);
    for (const char* reason : {"crash", "deadline", "garbage"}) {
        const auto found = report.deaths.find(reason);
        to.add("owed_plugin_restarts_total", {{"connector", name}, {"reason", reason}}, found == report.deaths.end() ? 0 : found->second);
    }
    const Labels of = {{"connector", name}};
    to.add("owed_plugin_retries_total", of, report.retries);
    to.add("owed_plugin_memory_bytes", of, static_cast<std::int64_t>(report.rss_bytes));
    to.add("owed_plugin_processes", of, static_cast<std::int64_t>(report.pids.size()));
    to.add("owed_plugin_running", of, report.running.empty() ? 0 : 1);
    to.add("owed_plugin_blocked", of, report.trouble.empty() ? 0 : 1);
    to.add("owed_plugin_probation", of, report.on_probation ? 1 : 0);
    to.add("owed_plugin_rolled_back", of, report.rolled_back.empty() ? 0 : 1);
    if (report.last_call) to.add("owed_plugin_last_call_timestamp_seconds", of, report.last_call->micros / 1'000'000);
    if (report.last_good) to.add("owed_plugin_last_good_timestamp_seconds", of, report.last_good->micros / 1'000'000);
    for (const auto& [figure, value] : report.counters) to.add("owed_plugin_counter_total", {{"connector", name}, {"name", figure}}, value);
    for (const auto& [figure, value] : report.gauges) to.add("owed_plugin_gauge", {{"connector", name}, {"name", figure}}, value);
}

void add_decider(Samples& to, const std::string& name, const cash::DeciderFigures& figures) {
    const Labels of = {{"connector", name}};
    to.add("owed_decider_asked_total", of, figures.asked);
    to.add("owed_decider_proposed_total", of, figures.proposed);
    to.add("owed_decider_accepted_total", of, figures.accepted);
    to.add("owed_decider_refused_total", of, figures.refused);
    to.add("owed_decider_late_total", of, figures.late);
}

void add_source(Samples& to, store::Db& db, const std::string& name, Instant now) {
    const auto counts = intake::counts(db, name);
    to.add("owed_source_records_total", {{"connector", name}}, counts.records);
    to.add("owed_source_rejected_total", {{"connector", name}}, counts.rejected);
    if (counts.last_run) to.add("owed_source_lag_seconds", {{"connector", name}}, std::max<std::int64_t>(0, (now.micros - counts.last_run->micros) / 1'000'000));
}

void add_jobs(Samples& to, App& app, store::Db& db, Instant now) {
    for (const auto& row : jobs::rows(db, *app.jobs, now)) {
        if (row.last_run) to.add("owed_job_last_run_timestamp_seconds", {{"job", row.name}}, row.last_run->micros / 1'000'000);
    }
    // A job that never ran is late from now on only: nobody knows here since when it has been configured.
    std::map<std::string, std::int64_t> late;
    for (const auto& job : *app.jobs) late[job.name] = 0;
    for (const auto& due : jobs::due(db, *app.jobs, now, now)) late[due.job->name] = (now.micros - due.nominal.micros) / 1'000'000;
    for (const auto& [job, seconds] : late) to.add("owed_job_lateness_seconds", {{"job", job}}, seconds);
}

}  // namespace

std::span<const Metric> metrics() { return all; }

Result<std::string> metrics_text(App& app) {
    Samples samples;
    const auto now = app.clock.now();
    samples.add("owed_build_info", {{"version", OWED_VERSION}}, 1);
    samples.add("owed_ready", {}, app.ready ? 1 : 0);
    const auto store = app.store.status();
    samples.add("owed_store_size_bytes", {}, static_cast<std::int64_t>(store.size_bytes));
    samples.add("owed_store_wal_bytes", {}, static_cast<std::int64_t>(store.wal_bytes));
    if (app.alarms) samples.add("owed_alarms", {}, static_cast<std::int64_t>(app.alarms().size()));
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        if (app.hosts != nullptr)
            for (auto* connector : app.hosts->connectors()) {
                const auto report = connector->report();
                add_connector(samples, report);
                if (app.deciders != nullptr && connector->has("decider")) add_decider(samples, report.name, app.deciders->figures(connector->name()));
                if (connector->has("source")) add_source(samples, db, report.name, now);
                if (const auto at = app.next_try ? app.next_try(db, report.name) : std::nullopt)
                    samples.add("owed_source_next_try_timestamp_seconds", {{"connector", report.name}}, at->micros / 1'000'000);
            }
        if (app.jobs != nullptr) add_jobs(samples, app, db, now);
        const auto outbox = notify::outbox_status(db, now);
        samples.add("owed_outbox_unknown", {}, outbox.unknown);
        samples.add("owed_outbox_waiting", {}, outbox.waiting);
        samples.add("owed_outbox_oldest_seconds", {}, outbox.oldest_seconds);
        samples.add("owed_cash_questions", {}, static_cast<std::int64_t>(cash::pending(db).size()));
        return {};
    }));
    return samples.text();
}

}  // namespace owed::api
