#include "main/syncs.hpp"

#include "jobs/erp_receipts.hpp"

namespace owed::daemon {

std::optional<std::string> alarm_of(const InstanceReport& report) {
    const auto connector = "connector " + report.name;
    if (report.state == InstanceState::quarantined)
        return connector + " is quarantined: " + report.reason + "; owectl plugin release " + report.name + " lets it start again";
    if (report.state == InstanceState::failed) return connector + " is failed: " + report.reason;
    if (!report.rolled_back.empty()) return connector + ": " + report.rolled_back;
    return {};
}

Status can_be_synced(Connector& connector) {
    if (connector.has("source") || connector.has("sink")) return {};
    if (!jobs::says_what_it_is(connector)) OWED_TRY_VOID(connector.check());
    return fail(Errc::invalid_argument, "connector " + connector.name() + " neither reads nor writes back; there is nothing to sync");
}

Result<api::Synced> Syncs::one(const With& with, Connector& connector, bool force) {
    const auto& name = connector.name();
    if (const auto wait = waits_.waiting(name); wait && !force)
        return fail(wait->error.code, "connector " + name + " is not asked before " + to_text(wait->until) + "; its last sync failed: " + to_text(wait->error), {},
                    "wait until then, or owectl sync " + name + " --force");
    const auto deaths = connector.report().restarts;
    auto done = both_ways(with, connector);
    note(connector, done, connector.report().restarts != deaths);
    return done;
}

Result<std::map<std::string, api::Synced>> Syncs::all(const With& with, const std::vector<Connector*>& connectors, bool force) {
    std::map<std::string, api::Synced> all;
    std::optional<Error> first;
    for (auto* connector : connectors) {
        if (!connector->has("source") && !connector->has("sink")) continue;
        if (auto wait = waits_.waiting(connector->name()); wait && !force) {
            all[connector->name()].waits = std::move(wait);
            continue;
        }
        auto done = one(with, *connector, force);
        if (done) all[connector->name()] = std::move(*done);
        else if (!first) first = done.error();
    }
    if (first) return fail(*first);
    return all;
}

Result<api::Synced> Syncs::both_ways(const With& with, Connector& connector) {
    api::Synced synced;
    if (connector.has("source")) {
        OWED_TRY(synced.read, with.intake.sync(connector));
    }
    if (!connector.has("sink")) return synced;
    OWED_TRY(synced.written, jobs::write_back(with.store, ledger_, with.credit, connector));
    if (!connector.takes("receipt_application")) return synced;
    OWED_TRY(const auto told, jobs::write_receipts(with.store, ledger_, connector));
    synced.written->sent += told.sent;
    synced.written->refused += told.refused;
    synced.written->retry += told.retry;
    synced.written->unknown += told.unknown;
    return synced;
}

void Syncs::note(const Connector& connector, const Result<api::Synced>& done, bool died) {
    const auto& name = connector.name();
    const auto report = connector.report();
    if (!done) {
        log_.error("main", "sync of " + name + " failed: " + to_text(done.error()));
        // A plugin that died waits by the host's own rule, which counts towards its quarantine.
        if (died) waits_.forget(name);
        else waits_.failed(name, done.error(), report.asked_until);
        const std::lock_guard lock{mutex_};
        alarms_[name] = "sync of " + name + " failed at " + to_text(ledger_.clock.now()) + ": " + to_text(done.error());
        return;
    }
    // Records that wait for their next time do not fail a sync; the other side's wish to be left alone holds all the same.
    const bool cut_short = done->written && done->written->retry + done->written->unknown > 0 && report.asked_until && ledger_.clock.now() < *report.asked_until;
    if (cut_short) waits_.failed(name, {Errc::rate_limited, report.reason, {}, {}}, report.asked_until);
    else waits_.forget(name);
    const std::lock_guard lock{mutex_};
    alarms_.erase(name);
}

std::vector<std::string> Syncs::alarms() const {
    const std::lock_guard lock{mutex_};
    std::vector<std::string> all;
    for (const auto& [connector, text] : alarms_) all.push_back(text);
    return all;
}

void Syncs::forget(const std::string& connector) {
    waits_.forget(connector);
    const std::lock_guard lock{mutex_};
    alarms_.erase(connector);
}

}  // namespace owed::daemon
