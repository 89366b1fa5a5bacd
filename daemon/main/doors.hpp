// The real doors: system clock, kernel randomness, spdlog.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "owed/doors.hpp"

namespace owed::daemon {

/// UTC by the system clock, plus an offset in demo folders that is kept in DATA/clock-offset and only ever grows.
class SystemClock : public Clock {
  public:
    Instant now() override;
    /// Demo folders: at the first start the clock stands at `start`; later starts go on from the kept offset.
    Status use_demo_offset(const std::string& data_folder, Instant start);
    /// Moves a demo clock forward to `to`. Errors: refused (not a demo folder, or backwards).
    Status advance(Instant to);
    bool is_demo() const { return !offset_file_.empty(); }

  private:
    Status keep_offset();
    std::mutex mutex_;
    std::int64_t offset_micros_ = 0;
    std::string offset_file_;
};

/// getrandom; purposes share the kernel's pool.
class SystemRng : public Rng {
  public:
    std::uint64_t next(std::string_view purpose) override;
    void fill(std::string_view purpose, std::span<unsigned char> out) override;
};

/// One JSON object a line on standard error: journald keeps the lines, and a newline in a customer's name stays one event.
class JsonLog : public Log {
  public:
    explicit JsonLog(Clock& clock);
    ~JsonLog() override;
    void write(LogLevel level, std::string_view room, std::string_view text) override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    Clock& clock_;
};

/// sd_notify(3) without the library: "READY=1", "STOPPING=1", "WATCHDOG=1". Does nothing outside systemd.
void notify_systemd(std::string_view state);

}  // namespace owed::daemon
