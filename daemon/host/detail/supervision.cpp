#include "host/detail/supervision.hpp"

#include <algorithm>

namespace owed::host {

void Supervision::died(Instant now, std::string reason, std::uint64_t dice, const char* kind) {
    reason_ = std::move(reason);
    ++deaths_total_;
    ++by_kind_[kind];
    down_ = true;
    back_off_us_ = back_off_us(back_off, ++in_a_row_, dice);
    deaths_.push_back(now);
    if (deaths_.size() > deaths_max) deaths_.pop_front();
    if (deaths_.size() == deaths_max && now.micros - deaths_.front().micros <= window_s * 1'000'000) quarantined_ = true;
}

void Supervision::release() {
    quarantined_ = down_ = false;
    in_a_row_ = 0;
    back_off_us_ = 0;
    deaths_.clear();
}

std::int64_t Supervision::wait_s(Instant now) const {
    if (deaths_.empty()) return 0;
    const auto elapsed_us = now.micros - deaths_.back().micros;
    const auto left_us = back_off_us_ - std::max<std::int64_t>(elapsed_us, 0);
    return left_us <= 0 ? 0 : (left_us + 999'999) / 1'000'000;
}

}  // namespace owed::host
