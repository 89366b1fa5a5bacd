// How often an instance may ask, and when it stops asking a server that does not answer. Pure: time is passed in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "owed/date.hpp"

namespace owed::host {

/// A bucket of tokens that fills evenly, `per_minute` of them; after a quiet time a tenth of these (at least one) may go at
/// once. Tokens are taken ahead: a request that comes too soon learns how long to wait for the one that it has.
class TokenBucket {
  public:
    /// 0: no limit.
    explicit TokenBucket(std::int64_t per_minute) : per_minute_{per_minute} {}

    /// Takes a token; milliseconds until it is there. More than `wait_max_ms`: none was taken.
    std::int64_t take(Instant now, std::int64_t wait_max_ms);

  private:
    std::int64_t per_minute_;
    std::int64_t micros_ahead_ = 0;  ///< from `last_` until the last token that was taken is earned
    std::optional<Instant> last_;
};

/// Closed: requests pass. After five failures in a row it opens: nobody asks for 30 s. Then one request may try; its
/// failure doubles the time, up to ten minutes, and any answer closes it (SIMULATION G06).
class Breaker {
  public:
    static constexpr int failures_max = 5;
    static constexpr std::int64_t first_s = 30, longest_s = 600;

    /// Milliseconds until a request may try; 0: now. A request that may try after an opening is the probe: others wait
    /// until it has reported.
    std::int64_t wait_ms(Instant now);
    void failed(Instant now, std::string why);
    void answered();
    bool open() const { return failures_ >= failures_max; }
    int failures() const { return failures_; }
    Instant until() const { return until_; }
    const std::string& why() const { return why_; }

  private:
    int failures_ = 0;
    std::int64_t pause_s_ = 0;
    Instant until_{};
    std::string why_;
};

}  // namespace owed::host
