// Dunning runs: one per entity and date, decided, perhaps waiting for a second person, then done.
#include "collect/collect.hpp"

namespace owed::collect {
namespace {

constexpr std::string_view run_columns =
    "SELECT id, entity, as_of, state, started_by, approved_by, notices, waits, stops, escalations, policy_hash, reason "
    "FROM dunning_run ";

Run row(const store::Query& query) {
    Run run;
    run.id = DunningRunId{query.integer(0)};
    run.entity = query.text(1);
    run.as_of = Date::from_days(static_cast<std::int32_t>(query.integer(2)));
    run.state = query.text(3);
    run.by = query.text(4);
    run.approved_by = query.text(5);
    run.notices = static_cast<int>(query.integer(6));
    run.waits = static_cast<int>(query.integer(7));
    run.stops = static_cast<int>(query.integer(8));
    run.escalations = static_cast<int>(query.integer(9));
    run.policy_hash = query.text(10);
    run.reason = query.text(11);
    return run;
}

std::optional<Run> run_of(store::Db& db, const std::string& entity, Date as_of) {
    auto query = db.query(std::string{run_columns} + "WHERE entity = ? AND as_of = ?");
    query.bind(entity, as_of.days());
    if (!query.step()) return {};
    return row(query);
}

Status audit_run(store::Tx& tx, Clock& clock, const audit::Actor& by, const Run& run, std::string action, std::string reason) {
    audit::Act act;
    act.actor = by;
    act.entity = run.entity;
    act.action = std::move(action);
    act.object_kind = "dunning_run";
    act.object_id = std::to_string(run.id.value);
    act.reason = std::move(reason);
    act.policy_version = run.policy_hash;
    return audit::append(tx, clock, act);
}

}  // namespace

Result<StartedRun> start_run(store::Tx& tx, Clock& clock, const audit::Actor& by, const std::string& entity, Date as_of,
                             const std::vector<Decision>& decisions, std::string state, std::string policy_hash,
                             std::string reason) {
    if (auto known = run_of(tx, entity, as_of); known && known->state != "held") return StartedRun{*known, true};
    int count[4] = {0, 0, 0, 0};
    for (const auto& decision : decisions) ++count[static_cast<int>(decision.verdict)];
    tx.query("INSERT INTO dunning_run (entity, as_of, state, started_by, notices, waits, stops, escalations, policy_hash, reason) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (entity, as_of) DO UPDATE SET state = excluded.state, "
             "started_by = excluded.started_by, notices = excluded.notices, waits = excluded.waits, stops = excluded.stops, "
             "escalations = excluded.escalations, policy_hash = excluded.policy_hash, reason = excluded.reason")
        .bind(entity, as_of.days(), state, audit::to_text(by), count[0], count[1], count[2], count[3], policy_hash, reason)
        .run();
    auto started = run_of(tx, entity, as_of);
    OWED_CHECK(started.has_value(), "the run just written is there");
    OWED_TRY_VOID(audit_run(tx, clock, by, *started, "dunning.run." + state, reason));
    return StartedRun{*started, false};
}

Status finish_run(store::Tx& tx, DunningRunId id, std::string state, std::string reason) {
    tx.query("UPDATE dunning_run SET state = ?, reason = ? WHERE id = ?").bind(state, reason, id.value).run();
    if (tx.changed_rows() == 0) return fail(Errc::not_found, "there is no dunning run " + std::to_string(id.value));
    return {};
}

Status approve_run(store::Tx& tx, Clock& clock, const audit::Actor& by, DunningRunId id) {
    const auto known = run(tx, id);
    if (!known) return fail(Errc::not_found, "there is no dunning run " + std::to_string(id.value), {}, "see owectl dunning runs");
    if (known->state != "awaiting_approval")
        return fail(Errc::refused, "run " + std::to_string(id.value) + " is " + known->state + ", not waiting for approval");
    if (by.kind != audit::Actor::Kind::person) return fail(Errc::refused, "a dunning run is approved by a person, not by " + audit::to_text(by));
    if (known->by == audit::to_text(by))
        return fail(Errc::refused, "the person who started a run does not approve it", {}, "ask a second person");
    tx.query("UPDATE dunning_run SET state = 'approved', approved_by = ? WHERE id = ?").bind(audit::to_text(by), id.value).run();
    return audit_run(tx, clock, by, *known, "dunning.approve", "approved");
}

std::vector<Run> runs(store::Db& db) {
    std::vector<Run> all;
    auto query = db.query(std::string{run_columns} + "ORDER BY as_of, id");
    while (query.step()) all.push_back(row(query));
    return all;
}

std::optional<Run> run(store::Db& db, DunningRunId id) {
    auto query = db.query(std::string{run_columns} + "WHERE id = ?");
    query.bind(id.value);
    if (!query.step()) return {};
    return row(query);
}

}  // namespace owed::collect
