// Verbs of operation: connectors, sync, jobs, status, backup, the demo clock.

#include <algorithm>
#include <map>

#include "api/detail/json.hpp"
#include "cash/erp_writes.hpp"
#include "cash/outgoing.hpp"
#include "intake/cursor.hpp"

namespace owed::api::detail {
namespace {

Result<Answer> connectors_check(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto name = arguments.text("connector");
    OWED_TRY_VOID(arguments.done());
    if (app.hosts == nullptr) return needs_daemon("connectors check");
    Answer answer;
    json::array list;
    for (auto* connector : app.hosts->connectors()) {
        if (name && connector->name() != *name) continue;
        const auto done = connector->check();
        answer.ok = answer.ok && done.has_value();
        list.push_back(json::object{{"name", text(connector->name())}, {"ok", done.has_value()}, {"what", done ? json::value(nullptr) : json::value(text(to_text(done.error())))}});
    }
    if (list.empty()) return fail(Errc::not_found, "there is no connector " + name.value_or(""), {}, "see owectl connectors");
    answer.json = json::object{{"checks", list}, {"as_of", date(today(app))}};
    return answer;
}

json::value written_json(const std::optional<jobs::WritebackSummary>& written) {
    if (!written) return nullptr;
    return json::object{{"changed", written->wanted}, {"sent", written->sent}, {"refused", written->refused}, {"retry", written->retry}, {"unknown", written->unknown}};
}

Result<Answer> sync(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto name = arguments.text("connector").value_or("");
    // A sync is answered when it is through, with or without --wait.
    arguments.flag("wait");
    const bool force = arguments.flag("force");
    OWED_TRY_VOID(arguments.done());
    if (!app.sync) return needs_daemon("sync");
    OWED_TRY(auto done, app.sync(name, force));
    json::array list;
    for (const auto& [connector, synced] : done) {
        const auto one = synced.read.value_or(intake::SyncSummary{});
        list.push_back(json::object{{"connector", text(connector)}, {"artifacts", one.artifacts}, {"duplicates", one.duplicates}, {"quarantined", one.quarantined},
                                    {"rejected", one.rejected}, {"records", one.records}, {"rejected_rows", one.rejected_rows},
                                    {"written", written_json(synced.written)}, {"next_try", synced.waits ? instant(synced.waits->until) : json::value(nullptr)},
                                    {"waits_for", synced.waits ? text(to_text(synced.waits->error)) : json::value(nullptr)}});
    }
    return Answer{json::object{{"sync", list}, {"as_of", date(today(app))}}, true};
}

Result<Answer> connector_reset(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("connector", "which connector"));
    OWED_TRY(const auto why, arguments.required("why", "why it is to read again: --why W"));
    const auto to = arguments.text("to");
    OWED_TRY_VOID(arguments.done());
    if (app.hosts == nullptr) return needs_daemon("connector reset");
    auto* connector = app.hosts->find(name);
    if (connector == nullptr) return fail(Errc::not_found, "there is no connector " + name, {}, "see owectl connectors");
    if (connector->report().running == "read")
        return fail(Errc::refused, "connector " + name + " is being read, and that would set its cursor after you", {}, "try again when owectl connectors shows that it is over");
    std::string was;
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(was, intake::reset_cursor(tx, app.clock, caller.actor, name, to, why));
        return {};
    }));
    return Answer{json::object{{"reset", text(name)}, {"was", text(was)}, {"cursor", text(to.value_or(""))}}, true};
}

/// "process" or "none", as in the configuration; "process, none" where connectors differ.
std::string isolation_of(const PluginRow& row) {
    if (row.in_process.empty()) return "process";
    return row.in_process.size() == row.connectors.size() ? "none" : "process, none";
}

Result<Answer> plugins(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    if (!app.plugins) return needs_daemon("plugins");
    json::array list;
    for (const auto& row : app.plugins())
        list.push_back(json::object{{"plugin", text(row.plugin)}, {"version", maybe(row.version)}, {"kinds", texts(row.kinds)}, {"sdk", maybe(row.sdk)},
                                    {"language", maybe(row.language)}, {"isolation", text(isolation_of(row))}, {"verified", maybe(row.verified)},
                                    {"instances", texts(row.connectors)}, {"in_process", texts(row.in_process)}, {"file", maybe(row.file)},
                                    {"sha256", maybe(row.sha256)}, {"problem", maybe(row.problem)}});
    return Answer{json::object{{"plugins", list}, {"as_of", date(today(app))}}, true};
}

Result<Answer> jobs_list(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    if (app.jobs == nullptr) return needs_daemon("jobs");
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        auto job = app.jobs->begin();   // rows() answers in their order
        for (const auto& row : jobs::rows(db, *app.jobs, app.clock.now())) {
            const bool may_wait = app.next_try && job->kind == "sync";
            list.push_back(json::object{{"job", text(row.name)}, {"schedule", text(row.schedule)}, {"last_run", instant(row.last_run)}, {"next_run", instant(row.next_run)},
                                        {"next_try", may_wait ? instant(app.next_try(db, job->subject)) : json::value(nullptr)}, {"running", row.running},
                                        {"outcome", maybe(row.last_outcome)}});
            ++job;
        }
        return json::object{{"jobs", list}, {"as_of", date(today(app))}};
    });
}

Result<Answer> job_run(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto name, arguments.required("job", "which job"));
    OWED_TRY(auto as_of, arguments.date("as_of"));
    OWED_TRY_VOID(arguments.done());
    if (!app.run_job || app.jobs == nullptr) return needs_daemon("job run");
    if (as_of)
        for (const auto& job : *app.jobs)
            if (job.name == name && (job.kind == "dunning" || jobs::is_month_end(job.kind))) {
                OWED_TRY(const auto* entity, app.books.entity(job.subject));
                OWED_TRY_VOID(may_act_as_of(app, *entity, *as_of, job.kind));
            }
    OWED_TRY(auto outcome, app.run_job(name, as_of, caller.actor));
    return Answer{json::object{{"job", text(name)}, {"outcome", text(outcome)}}, true};
}

/// "file feb.mt940 of house-bank"; "records of 2026-03-31T06:00:00Z of crm" where there never was a file.
std::string artifact_named(const intake::Artifact& artifact) {
    return (artifact.format == intake::records_format ? "" : "file ") + artifact.name + " of " + artifact.connector;
}

std::vector<std::string> standing_alarms(App& app, store::Db& db) {
    std::vector<std::string> alarms = app.alarms ? app.alarms() : std::vector<std::string>{};
    constexpr std::int64_t told_for_micros = 7LL * 24 * 3600 * 1'000'000;   // then `owectl rejects` alone says it
    for (const auto& artifact : intake::artifacts(db)) {
        if (artifact.state == "quarantined")
            alarms.push_back(artifact_named(artifact) + " is quarantined: " + artifact.reason + "; owectl inbox release " +
                             std::to_string(artifact.id.value) + " --why W posts it");
        if (artifact.state == "rejected") alarms.push_back(artifact_named(artifact) + " was rejected: " + artifact.reason);
        else if (artifact.rejected > 0 && app.clock.now().micros - artifact.received_at.micros < told_for_micros)
            alarms.push_back(std::to_string(artifact.rejected) + (artifact.rejected == 1 ? " row" : " rows") + " of " + artifact_named(artifact) +
                             " did not fit and " + (artifact.rejected == 1 ? "is" : "are") + " not in the books: owectl rejects, then inbox replay " + std::to_string(artifact.id.value));
    }
    for (const auto& entity : app.books.entities())
        if (const auto state = parties::pay_to(db, entity.id, entity.currency.text()); state && state->pending)
            alarms.push_back("the pay-to details of " + entity.id + " differ from the approved ones; no notice goes out");
    for (const auto& one : cash::returns_in_question(db))
        alarms.push_back("a payment of " + to_text(one.amount) + " " + std::string{one.amount.currency().text()} + (one.payer_name.empty() ? "" : " by " + one.payer_name) +
                         " was returned on " + to_text(one.value_date) + ", and nobody knows which: owectl cash return " + std::to_string(one.id) + " RECEIPT says it");
    std::map<std::pair<std::string, std::string>, std::pair<int, Money>> unexplained;   // by entity and currency
    for (const auto& one : cash::outgoing_in_question(db)) {
        auto& [count, sum] = unexplained.try_emplace({one.entity, std::string{one.amount.currency().text()}}, 0, Money::zero(one.amount.currency())).first->second;
        ++count;
        if (const auto more = add(sum, one.amount)) sum = *more;
    }
    for (const auto& [where, what] : unexplained)
        alarms.push_back(std::to_string(what.first) + (what.first == 1 ? " payment" : " payments") + " of " + to_text(what.second) + " " + where.second + " left the bank of " +
                         where.first + ", and nobody ordered " + (what.first == 1 ? "it" : "them") + " here: owectl cash outgoing, then cash explain OUTGOING says what it was");
    for (auto& alarm : cash::erp_alarms(db, app.clock.now(), app.cash.erp_alarm_hours, app.cash.erp_takers))
        alarms.push_back(std::move(alarm));
    for (const auto& run : collect::runs(db))
        if (run.state == "awaiting_approval" || run.state == "held")
            alarms.push_back("dunning run " + std::to_string(run.id.value) + " of " + run.entity + " for " + to_text(run.as_of) + " is " + run.state + ": " + run.reason);
    return alarms;
}

json::value sandbox_json(const App& app) {
    if (!app.sandbox) return nullptr;
    const auto& sandbox = *app.sandbox;
    return json::object{{"complete", sandbox.complete}, {"landlock_level", sandbox.landlock_level}, {"seccomp", sandbox.seccomp},
                        {"landlock", text(sandbox.landlock_text)}, {"filter", text(sandbox.seccomp_text)}};
}

Result<Answer> status(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    const auto store = app.store.status();
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        const auto outbox = notify::outbox_status(db, app.clock.now());
        json::object states;
        if (app.hosts != nullptr)
            for (auto* connector : app.hosts->connectors()) states[connector->name()] = text(name_of(connector->report().state));
        json::array alarms;
        if (outbox.unknown > 0) alarms.push_back(text(std::to_string(outbox.unknown) + " sends have an unknown outcome; see owectl outbox"));
        for (const auto& alarm : standing_alarms(app, db)) alarms.push_back(text(alarm));
        return json::object{{"version", OWED_VERSION}, {"ready", app.ready}, {"clock", text(to_text(app.clock.now()))}, {"date", date(today(app))},
                            {"store", json::object{{"kind", text(store.kind)}, {"version", text(store.version)}, {"schema", store.schema},
                                                   {"size_bytes", store.size_bytes}, {"wal_bytes", store.wal_bytes}}},
                            {"connectors", states}, {"outbox", json::object{{"unknown", outbox.unknown}, {"waiting", outbox.waiting}, {"oldest_seconds", outbox.oldest_seconds}}},
                            {"questions", cash::pending(db).size()}, {"alarms", alarms}, {"sandbox", sandbox_json(app)}};
    });
}

Result<Answer> backup(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto file, arguments.required("file", "where to write the backup"));
    OWED_TRY_VOID(arguments.done());
    if (file.front() != '/') return fail(Errc::invalid_argument, "name the backup by its full path", "file");
    OWED_TRY_VOID(app.store.backup(file));
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) {
        audit::Act act;
        act.actor = caller.actor;
        act.action = "store.backup";
        act.object_kind = "file";
        act.object_id = file;
        return audit::append(tx, app.clock, act);
    }));
    return Answer{json::object{{"backup", text(file)}, {"verified", true}}, true};
}

Result<Answer> config_show(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    if (!app.effective_configuration) return needs_daemon("config show");
    return Answer{json::parse(app.effective_configuration()), true};
}

Result<Answer> clock_advance(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    OWED_TRY(auto to, arguments.required("to", "the local time to move the demo clock to"));
    OWED_TRY_VOID(arguments.done());
    if (!app.demo || !app.advance_clock) return fail(Errc::refused, "only the clock of a demo folder can be moved");
    OWED_TRY_VOID(app.advance_clock(to));
    return Answer{json::object{{"clock", text(to_text(app.clock.now()))}}, true};
}

constexpr Verb operation_table[] = {
    {"connectors check", false, false, "", connectors_check},
    {"sync", true, false, "integrator|supervisor|cash_applier|admin", sync},
    {"connector reset", true, false, "admin", connector_reset},
    {"plugins", false, false, "", plugins},
    {"jobs", false, false, "", jobs_list},
    {"job run", true, false, "supervisor|admin", job_run},
    {"status", false, false, "", status},
    {"backup", true, false, "admin", backup},
    {"config show", false, false, "", config_show},
    {"clock advance", true, false, "admin|supervisor", clock_advance},
};

}  // namespace

std::span<const Verb> operation_verbs() { return operation_table; }

}  // namespace owed::api::detail
