#include "host/detail/slot.hpp"

#include <algorithm>

namespace owed::host {
namespace {

using Steady = std::chrono::steady_clock;

/// The turns of this thread, the latest last: a read hands over files that are decoded before it goes on.
thread_local std::vector<std::pair<const Slot*, std::shared_ptr<Seat>>> turns;

}  // namespace

// ---- Roster

Roster::Roster() : thread_{[this] { run(); }} {}

Roster::~Roster() {
    {
        const std::lock_guard lock{mutex};
        over_ = hurry_ = true;
    }
    changed.notify_all();
    thread_.join();
}

void Roster::retire(std::shared_ptr<Seat> seat, std::chrono::milliseconds patience) {
    seat->until = Steady::now() + patience;
    leaving_.push_back(std::move(seat));
    changed.notify_all();
}

void Roster::settle(bool hurry) {
    std::unique_lock lock{mutex};
    hurry_ = hurry_ || hurry;
    changed.notify_all();
    changed.wait(lock, [this] { return leaving_.empty() && ending_now_ == 0; });
    hurry_ = over_;
}

void Roster::run() {
    std::unique_lock lock{mutex};
    for (;;) {
        auto next = Steady::time_point::max();
        const auto may_end = [&](const std::shared_ptr<Seat>& seat) {
            next = std::min(next, seat->until);
            return seat->calls == 0 || hurry_ || seat->until <= Steady::now();
        };
        const auto found = std::find_if(leaving_.begin(), leaving_.end(), may_end);
        if (found == leaving_.end()) {
            if (over_) return;
            if (leaving_.empty()) changed.wait(lock);
            else changed.wait_until(lock, next);
            continue;
        }
        auto seat = std::move(*found);
        leaving_.erase(found);
        ++ending_now_;
        lock.unlock();
        seat->instance->stop();  // a call that is still on fails as cancelled
        seat.reset();
        lock.lock();
        --ending_now_;
        changed.notify_all();
    }
}

// ---- Turn

/// One call's hold on an instance.
class Slot::Turn {
  public:
    Turn(Slot& slot, Wait wait) : roster_{slot.roster_} {
        std::unique_lock lock{roster_.mutex};
        const auto mine = std::find_if(turns.rbegin(), turns.rend(), [&](const auto& turn) { return turn.first == &slot; });
        if (mine != turns.rend()) {
            seat_ = mine->second;  // within a read of this very instance
        } else {
            if (wait == Wait::for_the_former) roster_.changed.wait(lock, [&] { return !slot.former_is_busy(); });
            slot.tend_locked();
            seat_ = slot.seat_;
        }
        if (seat_ == nullptr) return;
        ++seat_->calls;
        turns.emplace_back(&slot, seat_);
    }
    ~Turn() {
        if (seat_ == nullptr) return;
        turns.pop_back();
        const std::lock_guard lock{roster_.mutex};
        if (--seat_->calls == 0) roster_.changed.notify_all();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    Instance* instance() const { return seat_ == nullptr ? nullptr : seat_->instance.get(); }

  private:
    Roster& roster_;
    std::shared_ptr<Seat> seat_;
};

// ---- Slot

tl::unexpected<Error> Slot::gone() const {
    return fail(Errc::not_found, "connector " + name_ + " is not configured any more", {}, "see owectl connectors");
}

bool Slot::former_is_busy() {
    std::erase_if(leaving_, [](const auto& seat) { return seat->calls == 0; });
    return !leaving_.empty();
}

void Slot::seat(std::shared_ptr<Instance> next) {
    entity_ = &*entities_.insert(next->entity()).first;
    seat_ = std::make_shared<Seat>(Seat{std::move(next), 0, {}});
}

void Slot::retire_seated() {
    if (seat_ == nullptr) return;
    const auto last = seat_->instance->report();
    past_retries_ += last.retries;
    past_restarts_ += last.restarts;
    for (const auto& [kind, count] : last.deaths) past_deaths_[kind] += count;
    leaving_.push_back(seat_);
    roster_.retire(std::exchange(seat_, nullptr), doors_.options.drain);
}

void Slot::put(std::shared_ptr<Instance> next) {
    const std::lock_guard lock{roster_.mutex};
    former_.reset();
    given_up_.reset();
    if (seat_ != nullptr) {
        const auto was = seat_->instance->file(), is = next->file();
        // A file that did not even get through its own probation is nothing to go back to.
        if (was && is && was->identity() != is->identity() && !seat_->instance->quarantined())
            former_ = Former{seat_->instance->config(), *was, seat_->instance->report().version, {doors_.clock.now().micros + doors_.options.probation.count() * 1'000'000}};
    }
    retire_seated();
    seat(std::move(next));
}

void Slot::clear() {
    const std::lock_guard lock{roster_.mutex};
    former_.reset();
    given_up_.reset();
    retire_seated();
}

std::shared_ptr<Instance> Slot::instance() const {
    const std::lock_guard lock{roster_.mutex};
    return seat_ == nullptr ? nullptr : seat_->instance;
}

void Slot::tend() {
    const std::lock_guard lock{roster_.mutex};
    tend_locked();
}

void Slot::tend_locked() {
    if (!former_ || seat_ == nullptr) return;
    if (seat_->instance->quarantined()) {
        const auto failed = seat_->instance->report();
        const auto file = seat_->instance->file();
        given_up_ = GivenUp{file ? file->identity() : std::string{},
                            "version " + failed.version + " of plugin " + failed.plugin + " crashed again and again and was rolled back to version " + former_->version +
                                "; install another file and reload, or owectl plugin release " + name_ + " and reload to try it once more; the last: " + failed.reason};
        doors_.log.error("host", "connector " + name_ + ": " + given_up_->sentence);
        auto next = std::make_shared<Instance>(former_->config, doors_, PrepareAs{former_->file, true});
        next->start();
        former_.reset();
        retire_seated();
        seat(std::move(next));
    } else if (doors_.clock.now().micros >= former_->until.micros) {
        former_.reset();
    }
}

void Slot::release() {
    std::shared_ptr<Instance> here;
    {
        const std::lock_guard lock{roster_.mutex};
        given_up_.reset();
        if (seat_ != nullptr) here = seat_->instance;
    }
    if (here) here->release();
}

std::string Slot::given_up() const {
    const std::lock_guard lock{roster_.mutex};
    return given_up_ ? given_up_->identity : std::string{};
}

const std::string& Slot::entity() const {
    static const std::string none;
    const std::lock_guard lock{roster_.mutex};
    return entity_ == nullptr ? none : *entity_;
}

bool Slot::has(std::string_view kind) const {
    const auto here = instance();
    return here != nullptr && here->has(kind);
}
bool Slot::takes(std::string_view kind) const {
    const auto here = instance();
    return here != nullptr && here->takes(kind);
}
bool Slot::sends(std::string_view channel) const {
    const auto here = instance();
    return here != nullptr && here->sends(channel);
}

Status Slot::check() {
    const Turn turn{*this, Wait::for_the_former};
    if (turn.instance() == nullptr) return gone();
    return turn.instance()->check();
}
Status Slot::read(const ReadRequest& request, ReadTarget& target) {
    const Turn turn{*this, Wait::for_the_former};
    if (turn.instance() == nullptr) return gone();
    return turn.instance()->read(request, target);
}
Result<DecodeReport> Slot::decode(std::string_view file_name, std::string_view bytes, std::string_view format, std::string_view profile, RecordSink& sink) {
    const Turn turn{*this, Wait::not_at_all};
    if (turn.instance() == nullptr) return gone();
    return turn.instance()->decode(file_name, bytes, format, profile, sink);
}
Result<SendReceipt> Slot::send(const Delivery& delivery) {
    const Turn turn{*this, Wait::for_the_former};
    if (turn.instance() == nullptr) return gone();
    return turn.instance()->send(delivery);
}
Result<std::optional<SendReceipt>> Slot::lookup(std::string_view key) {
    const Turn turn{*this, Wait::for_the_former};
    if (turn.instance() == nullptr) return gone();
    return turn.instance()->lookup(key);
}
Result<Sniffed> Slot::sniff(std::string_view file_name, std::string_view head) {
    const Turn turn{*this, Wait::not_at_all};
    if (turn.instance() == nullptr) return gone();
    return turn.instance()->sniff(file_name, head);
}
Result<std::vector<WriteResult>> Slot::write(const std::vector<Record>& records) {
    const Turn turn{*this, Wait::for_the_former};
    if (turn.instance() == nullptr) return gone();
    return turn.instance()->write(records);
}
Result<MatchAnswer> Slot::propose(const MatchQuestion& question) {
    const Turn turn{*this, Wait::not_at_all};
    if (turn.instance() == nullptr) return gone();
    return turn.instance()->propose(question);
}

InstanceReport Slot::report() const {
    std::unique_lock lock{roster_.mutex};
    const auto here = seat_ == nullptr ? nullptr : seat_->instance;
    const auto given_up = given_up_;
    const bool on_probation = former_.has_value();
    const auto retries = past_retries_, restarts = past_restarts_;
    const auto deaths = past_deaths_;
    lock.unlock();
    InstanceReport report;
    if (here != nullptr) report = here->report();
    else report.state = InstanceState::stopped, report.reason = "it is not configured any more";
    report.name = name_;
    report.retries += retries;
    report.restarts += restarts;
    for (const auto& [kind, count] : deaths) report.deaths[kind] += count;
    report.on_probation = on_probation;
    if (!given_up) return report;
    report.rolled_back = given_up->sentence;
    if (report.state == InstanceState::ok || report.state == InstanceState::starting) report.state = InstanceState::degraded;
    report.reason += (report.reason.empty() ? "" : "; ") + given_up->sentence;
    return report;
}

}  // namespace owed::host
