#include "host/detail/pacing.hpp"

#include <algorithm>

namespace owed::host {

std::int64_t TokenBucket::take(Instant now, std::int64_t wait_max_ms) {
    if (per_minute_ <= 0) return 0;
    const std::int64_t each = 60'000'000 / per_minute_;
    const std::int64_t at_once = std::max<std::int64_t>(1, per_minute_ / 10) * each;
    // A clock that was set back earns nothing, and costs nothing either.
    const std::int64_t passed = last_ ? std::max<std::int64_t>(0, now.micros - last_->micros) : 0;
    const std::int64_t ahead = std::max<std::int64_t>(0, micros_ahead_ - passed);
    const std::int64_t wait_ms = (std::max<std::int64_t>(0, ahead + each - at_once) + 999) / 1000;
    micros_ahead_ = wait_ms > wait_max_ms ? ahead : ahead + each;
    last_ = now;
    return wait_ms;
}

std::int64_t Breaker::wait_ms(Instant now) {
    if (!open()) return 0;
    // The clock was set back: the pause is never longer than it was meant.
    if (until_.micros - now.micros > pause_s_ * 1'000'000) until_ = now.plus_seconds(pause_s_);
    if (now.micros < until_.micros) return (until_.micros - now.micros + 999) / 1000;
    until_ = now.plus_seconds(pause_s_);  // this one may try; the next waits for what it says
    return 0;
}

void Breaker::failed(Instant now, std::string why) {
    failures_ = std::min(failures_ + 1, 1'000'000);
    why_ = std::move(why);
    if (!open()) return;
    pause_s_ = pause_s_ == 0 ? first_s : std::min(pause_s_ * 2, longest_s);
    until_ = now.plus_seconds(pause_s_);
}

void Breaker::answered() {
    failures_ = 0;
    pause_s_ = 0;
    why_.clear();
}

}  // namespace owed::host
