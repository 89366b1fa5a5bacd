#include "main/first_looks.hpp"

#include <algorithm>

#include "owed/back_off.hpp"

namespace owed::daemon {
namespace {

constexpr BackOff again_after{60, 3600};

}  // namespace

bool FirstLooks::is_due(const Connector& connector) {
    if (connector.has("source") || connector.has("sink")) return false;   // its next sync tells
    const auto report = connector.report();
    const auto failed = failed_.find(connector.name());
    if (failed == failed_.end()) return report.state == InstanceState::starting;
    if (report.last_call == failed->second.last_call) return clock_.now() >= failed->second.next;
    failed_.erase(failed);   // somebody else has called it; or it was configured anew, and is `starting` again
    return report.state == InstanceState::starting;
}

void FirstLooks::check(Connector& connector) {
    const auto& name = connector.name();
    const auto done = connector.check();
    if (done || !retryable(done.error().code)) failed_.erase(name);
    if (done) return;
    log_.warn("main", "connector " + name + " was asked for the first time, and does not work: " + to_text(done.error()));
    if (!retryable(done.error().code)) return;
    const auto report = connector.report();
    auto& failed = failed_[name];
    const Instant ours{clock_.now().micros + back_off_us(again_after, ++failed.times, rng_.next("first look back-off"))};
    failed.next = std::max(ours, report.asked_until.value_or(ours));
    failed.last_call = report.last_call;
}

void FirstLooks::look(const std::vector<Connector*>& connectors, const std::function<bool()>& stopping) {
    const std::unique_lock lock{one_at_a_time_, std::try_to_lock};
    if (!lock) return;
    for (auto* connector : connectors) {
        if (stopping()) return;
        if (is_due(*connector)) check(*connector);
    }
}

}  // namespace owed::daemon
