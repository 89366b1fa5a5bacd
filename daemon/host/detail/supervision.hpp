// When an instance may start again after a death: back-off and quarantine. Pure; times come from the caller's clock.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "owed/back_off.hpp"
#include "owed/date.hpp"

namespace owed::host {

/// 1 s after the first death in a row, then 2, 4 ... at most 300 s, each less up to a quarter by chance, so that instances
/// that died together do not start together; five deaths within ten minutes end in quarantine,
/// which only a person lifts. One thread at a time.
class Supervision {
  public:
    static constexpr BackOff back_off{1, 300};
    static constexpr std::int64_t window_s = 600;
    static constexpr std::size_t deaths_max = 5;

    /// `dice`: a random number, for the jitter. `kind`: "crash", "deadline" or "garbage", for the counts.
    void died(Instant now, std::string reason, std::uint64_t dice, const char* kind = "crash");
    /// A call went well: the next death counts as the first in a row again.
    void worked() {
        in_a_row_ = 0;
        down_ = false;
    }
    void release();

    bool quarantined() const { return quarantined_; }
    bool down() const { return down_; }                   ///< it died, and no call has gone well since
    /// Seconds until a start is allowed, rounded up; 0: now. A clock that went back does not lock an instance out for
    /// longer than the back-off itself.
    std::int64_t wait_s(Instant now) const;
    const std::string& reason() const { return reason_; }  ///< of the last death
    std::uint32_t deaths() const { return deaths_total_; }
    const std::map<std::string, std::uint32_t>& deaths_by_kind() const { return by_kind_; }

  private:
    std::deque<Instant> deaths_;
    std::map<std::string, std::uint32_t> by_kind_;
    std::uint32_t in_a_row_ = 0, deaths_total_ = 0;
    std::int64_t back_off_us_ = 0;
    bool quarantined_ = false, down_ = false;
    std::string reason_;
};

}  // namespace owed::host
