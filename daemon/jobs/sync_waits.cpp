#include "jobs/sync_waits.hpp"

#include <algorithm>

namespace owed::jobs {
namespace {

/// A crash waits by the host's own rule, and what is full or locked here is nothing that the other side could cure.
bool passes(Errc code) { return code == Errc::transient || code == Errc::rate_limited || code == Errc::timed_out; }

}  // namespace

void SyncWaits::failed(const std::string& connector, const Error& error, std::optional<Instant> asked_until) {
    const std::lock_guard lock{mutex_};
    if (!passes(error.code)) {
        waits_.erase(connector);
        return;
    }
    auto& wait = waits_[connector];
    wait.error = error;
    const auto now = clock_.now();
    const Instant ours{now.micros + back_off_us(back_off, ++wait.failures, rng_.next("sync back-off"))};
    wait.until = std::max(ours, asked_until.value_or(ours));
    wait.own_try = wait.until.micros - now.micros <= back_off.longest_s * 1'000'000;
}

void SyncWaits::forget(const std::string& connector) {
    const std::lock_guard lock{mutex_};
    waits_.erase(connector);
}

std::optional<SyncWait> SyncWaits::find(const std::string& connector) const {
    const std::lock_guard lock{mutex_};
    const auto found = waits_.find(connector);
    return found == waits_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<SyncWait> SyncWaits::waiting(const std::string& connector) const {
    auto wait = find(connector);
    return wait && clock_.now() < wait->until ? wait : std::nullopt;
}

std::optional<Due> SyncWaits::due(const Job& job, std::optional<Due> scheduled) const {
    if (job.kind != "sync") return scheduled;
    const auto wait = find(job.subject);
    if (!wait) return scheduled;
    if (clock_.now() < wait->until) return {};
    if (scheduled || !wait->own_try) return scheduled;
    return Due{&job, wait->until, 0};
}

std::optional<Instant> SyncWaits::next_try(store::Db& db, const std::string& connector, const Job* job, Instant since) const {
    const auto wait = find(connector);
    if (!wait) return {};
    // An occurrence that came while it waits runs when the wait is over.
    if (job == nullptr || wait->own_try || !jobs::due(db, {*job}, wait->until, since).empty()) return wait->until;
    return job->schedule.next(wait->until, job->zone);
}

}  // namespace owed::jobs
