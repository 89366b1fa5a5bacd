// The doors: time, randomness and log come in through these and nothing else (SIMULATION section 6.1), so that years of
// receivables run in seconds, deterministically. Rooms below `main` take them as arguments.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "owed/date.hpp"
#include "owed/result.hpp"

namespace owed {

/// Any thread.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Instant now() = 0;
};

/// Random streams, named by purpose so that one use never shifts another. Any thread.
class Rng {
  public:
    virtual ~Rng() = default;
    virtual std::uint64_t next(std::string_view purpose) = 0;
    virtual void fill(std::string_view purpose, std::span<unsigned char> out) = 0;
};

enum class LogLevel { debug, info, warn, error };

/// One event for operators. Values are escaped by the sink, never by the caller; no secrets. Any thread.
class Log {
  public:
    virtual ~Log() = default;
    virtual void write(LogLevel level, std::string_view room, std::string_view text) = 0;
    void info(std::string_view room, std::string_view text) { write(LogLevel::info, room, text); }
    void warn(std::string_view room, std::string_view text) { write(LogLevel::warn, room, text); }
    void error(std::string_view room, std::string_view text) { write(LogLevel::error, room, text); }
};

/// Durable files outside the store (artifacts, letters, exports), by paths relative to the data folder.
class Disk {
  public:
    virtual ~Disk() = default;
    /// Temporary file, fsync, rename without replacing, fsync of the folder (SECURITY 3.9): after it returns, a row may
    /// name the file. The same bytes at the same path already there is success; other bytes are already_exists.
    virtual Status write_new(std::string_view relative_path, std::string_view bytes) = 0;
    virtual Result<std::string> read(std::string_view relative_path, std::size_t size_max) = 0;
};

}  // namespace owed
