// How long something that failed waits before it is tried again: the one rule of all who wait here.
#pragma once

#include <cstdint>

namespace owed {

/// Seconds: after the first failure, and the most.
struct BackOff {
    std::int64_t first_s, longest_s;
};

/// Microseconds between the `failures`-th failure in a row (1 and less: the first) and the next try: first_s, doubled each
/// time, at most longest_s. `dice` takes up to a quarter of it away, so that many who failed together do not come back
/// together; 0 takes nothing. Any thread.
constexpr std::int64_t back_off_us(const BackOff& rule, std::int64_t failures, std::uint64_t dice = 0) {
    std::int64_t seconds = rule.first_s;
    for (std::int64_t i = 1; i < failures && seconds < rule.longest_s; ++i) seconds *= 2;
    const std::int64_t whole = (seconds < rule.longest_s ? seconds : rule.longest_s) * 1'000'000;
    return whole - static_cast<std::int64_t>(dice % static_cast<std::uint64_t>(whole / 4));
}

}  // namespace owed
