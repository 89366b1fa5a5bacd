// Verbs about connector instances and the daemon itself: how they are, reload, release, metrics, doctor.

#include "api/detail/cash_rules.hpp"
#include "api/detail/json.hpp"
#include "api/metrics.hpp"

namespace owed::api::detail {
namespace {

json::array numbers(const std::vector<std::int64_t>& values) { return json::array(values.begin(), values.end()); }
template <class Number> json::object figures(const std::map<std::string, Number>& values) {
    json::object object;
    for (const auto& [name, value] : values) object[text(name)] = value;
    return object;
}

json::value next_run_of(const App& app, store::Db& db, const std::string& connector) {
    if (app.jobs == nullptr) return nullptr;
    for (const auto& row : jobs::rows(db, *app.jobs, app.clock.now()))
        if (row.name == "sync " + connector) return instant(row.next_run);
    return nullptr;
}

json::value decider_of(const App& app, const Connector& connector) {
    if (app.deciders == nullptr || !connector.has("decider")) return nullptr;
    const auto figures = app.deciders->figures(connector.name());
    return json::object{{"asked", figures.asked}, {"proposed", figures.proposed}, {"accepted", figures.accepted}, {"refused", figures.refused}, {"late", figures.late}};
}

Result<Answer> connectors(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    if (app.hosts == nullptr) return needs_daemon("connectors");
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (auto* connector : app.hosts->connectors()) {
            auto report = connector->report();
            const auto counts = intake::counts(db, report.name);
            if ((report.state == InstanceState::ok || report.state == InstanceState::starting) && !counts.last_error.empty()) {
                report.state = InstanceState::degraded;
                report.reason = counts.last_error;
            }
            const auto lag = counts.last_run ? (app.clock.now().micros - counts.last_run->micros) / 1'000'000 : 0;
            list.push_back(json::object{{"name", text(report.name)}, {"plugin", text(report.plugin)}, {"entity", maybe(report.entity)}, {"isolation", text(report.isolation)},
                                        {"state", text(name_of(report.state))}, {"reason", maybe(report.reason)}, {"last_run", instant(counts.last_run)},
                                        {"next_run", next_run_of(app, db, report.name)},
                                        {"next_try", app.next_try ? instant(app.next_try(db, report.name)) : json::value(nullptr)}, {"lag_seconds", counts.last_run ? json::value(lag) : json::value(nullptr)},
                                        {"records", counts.records}, {"rejected", counts.rejected}, {"retries", report.retries}, {"restarts", report.restarts},
                                        {"rss_bytes", report.rss_bytes}, {"version", maybe(report.version)}, {"pids", numbers(report.pids)}, {"running", maybe(report.running)},
                                        {"progress", maybe(report.progress)}, {"last_call", instant(report.last_call)}, {"last_good", instant(report.last_good)},
                                        {"deaths", figures(report.deaths)}, {"trouble", maybe(report.trouble)}, {"on_probation", report.on_probation},
                                        {"rolled_back", maybe(report.rolled_back)}, {"decider", decider_of(app, *connector)}, {"counters", figures(report.counters)}, {"gauges", figures(report.gauges)}});
        }
        return json::object{{"connectors", list}, {"as_of", date(today(app))}};
    });
}

/// Every problem, as `owed --check` prints them; the first one is the error.
Answer not_reloaded(const std::vector<std::string>& problems) {
    auto json = error_json({Errc::invalid_config, problems.front(), {}, "nothing was changed; mend it and reload again"}).as_object();
    json["problems"] = texts(problems);
    return {std::move(json), false, exit_code(Errc::invalid_config)};
}

Result<Answer> reload(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    const bool allow_downgrade = arguments.flag("allow_downgrade");
    OWED_TRY_VOID(arguments.done());
    if (!app.reload) return needs_daemon("reload");
    if (allow_downgrade && !caller.has("admin"))
        return fail(Errc::refused, "only an administrator may let a plugin go back to an older version", {}, "ask somebody with the role admin");
    const auto done = app.reload(caller.actor, allow_downgrade);
    if (!done.problems.empty()) return not_reloaded(done.problems);
    json::array upgraded;
    for (const auto& one : done.upgraded)
        upgraded.push_back(json::object{{"connector", text(one.connector)}, {"plugin", text(one.plugin)}, {"from", maybe(one.from)}, {"to", text(one.to)}});
    return Answer{json::object{{"reload", json::object{{"switched", texts(done.switched)}, {"kept", texts(done.kept)}, {"removed", texts(done.removed)},
                                                       {"added", texts(done.added)}, {"upgraded", upgraded}, {"parts", texts(done.parts)}, {"notes", texts(done.notes)}}}},
                  true};
}

Result<Answer> plugin_release(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto name, arguments.required("connector", "which connector"));
    OWED_TRY_VOID(arguments.done());
    if (!app.release_plugin || app.hosts == nullptr) return needs_daemon("plugin release");
    auto* connector = app.hosts->find(name);
    const auto before = connector == nullptr ? InstanceReport{} : connector->report();
    OWED_TRY_VOID(app.release_plugin(name));
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) {
        audit::Act act;
        act.actor = caller.actor;
        act.action = "plugin.release";
        act.object_kind = "connector";
        act.object_id = name;
        act.reason = "was " + std::string{name_of(before.state)};
        return audit::append(tx, app.clock, act);
    }));
    return Answer{json::object{{"released", text(name)}, {"was", text(name_of(before.state))}, {"reason", maybe(before.reason)},
                               {"state", text(name_of(app.hosts->find(name)->report().state))}}, true};
}

Result<Answer> metrics(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    OWED_TRY(const auto all, metrics_text(app));
    return Answer{json::object{{"metrics", text(all)}}, true};
}

Result<Answer> doctor(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    if (!app.doctor) return needs_daemon("doctor");
    auto findings = app.doctor();
    OWED_TRY_VOID(reading(app, [&](store::Db& db) -> Result<json::value> {
        for (auto& one : unused_cash_rules(db, app.cash)) findings.push_back(std::move(one));
        return json::value{};
    }));
    return doctor_answer(findings);
}

constexpr Verb supervision_table[] = {
    {"connectors", false, false, "", connectors},
    {"reload", true, false, "admin|integrator", reload},
    {"plugin release", true, false, "admin|integrator|supervisor", plugin_release},
    {"metrics", false, false, "", metrics},
    {"doctor", false, false, "", doctor},
};

}  // namespace

std::span<const Verb> supervision_verbs() { return supervision_table; }

}  // namespace owed::api::detail

namespace owed::api {

Answer doctor_answer(const std::vector<Finding>& findings) {
    using detail::text;
    Answer answer;
    boost::json::array list;
    for (const auto& one : findings) {
        const char* state = one.state == Finding::State::ok ? "ok" : one.state == Finding::State::warn ? "warn" : "fail";
        answer.ok = answer.ok && one.state != Finding::State::fail;
        list.push_back(boost::json::object{{"check", text(one.check)}, {"state", state}, {"what", text(one.what)}, {"do", detail::maybe(one.fix)}});
    }
    answer.json = boost::json::object{{"ok", answer.ok}, {"doctor", std::move(list)}};
    return answer;
}

}  // namespace owed::api
