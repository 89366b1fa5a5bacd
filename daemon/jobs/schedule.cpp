// What is due: nominal occurrences, claimed once, caught up once.
#include "jobs/jobs.hpp"

namespace owed::jobs {
namespace {

constexpr std::string_view tables = R"sql(
CREATE TABLE job_run (
  job      TEXT NOT NULL,
  nominal  INTEGER NOT NULL,
  started  INTEGER NOT NULL,
  finished INTEGER,
  outcome  TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (job, nominal)
) STRICT;
)sql";

// The highest version of each plugin that has worked here.
constexpr std::string_view plugin_versions_table = R"sql(
CREATE TABLE plugin_version (
  plugin  TEXT NOT NULL PRIMARY KEY,
  version TEXT NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
)sql";

std::optional<Instant> last_nominal(store::Db& db, const std::string& job) {
    auto query = db.query("SELECT max(nominal) FROM job_run WHERE job = ?");
    query.bind(job);
    if (!query.step() || query.is_null(0)) return {};
    return Instant{query.integer(0)};
}

}  // namespace

std::vector<store::Migration> migrations() { return {{80, "jobs: runs", tables}, {81, "jobs: versions of plugins", plugin_versions_table}}; }

std::vector<Due> due(store::Db& db, const std::vector<Job>& jobs, Instant now, Instant started) {
    std::vector<Due> list;
    for (const auto& job : jobs) {
        const auto from = last_nominal(db, job.name).value_or(started);
        std::optional<Instant> latest;
        int missed = -1;
        // A job of every minute that slept for months needs no count of each: the latest occurrence stands for all.
        for (auto at = job.schedule.next(from, job.zone); at && *at <= now && missed < 1000; at = job.schedule.next(*at, job.zone)) {
            latest = at;
            ++missed;
        }
        if (latest && missed >= 1000)
            for (auto at = job.schedule.next(now.plus_seconds(-2 * 86'400), job.zone); at && *at <= now; at = job.schedule.next(*at, job.zone))
                latest = at;
        if (latest) list.push_back({&job, *latest, missed});
    }
    return list;
}

std::vector<JobRow> rows(store::Db& db, const std::vector<Job>& jobs, Instant now) {
    std::vector<JobRow> list;
    for (const auto& job : jobs) {
        JobRow row;
        row.name = job.name;
        row.schedule = job.schedule.text();
        row.next_run = job.schedule.next(now, job.zone);
        auto query = db.query("SELECT started, finished, outcome FROM job_run WHERE job = ? ORDER BY started DESC, nominal DESC LIMIT 1");
        query.bind(job.name);
        if (query.step()) {
            row.last_run = Instant{query.integer(0)};
            row.running = query.is_null(1);
            row.last_outcome = query.text(2);
        }
        list.push_back(std::move(row));
    }
    return list;
}

Result<bool> claim(store::Tx& tx, Clock& clock, const Job& job, Instant nominal) {
    tx.query("INSERT INTO job_run (job, nominal, started) VALUES (?, ?, ?) ON CONFLICT (job, nominal) DO NOTHING")
        .bind(job.name, nominal.micros, clock.now().micros)
        .run();
    return tx.changed_rows() == 1;
}

Status finish(store::Tx& tx, Clock& clock, const Job& job, Instant nominal, const std::string& outcome) {
    tx.query("UPDATE job_run SET finished = ?, outcome = ? WHERE job = ? AND nominal = ?")
        .bind(clock.now().micros, outcome, job.name, nominal.micros)
        .run();
    return {};
}

}  // namespace owed::jobs
