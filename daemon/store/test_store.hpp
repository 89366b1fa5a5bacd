// What tests of every room start from: a store in a fresh folder, a clock that stands still, randomness from a seed and a
// log that can be read. For tests only.
//
//   struct LedgerTest : ::testing::Test {
//       store::TestStore test{{audit::migrations(), parties::migrations(), ledger::migrations()}};
//   };
//   ok(test.store().write([&](store::Tx& tx) { return ledger::post(tx, test.clock, ...); }));
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "owed/doors.hpp"
#include "store/store.hpp"

namespace owed::store {

/// Stands still until it is moved.
class FixedClock : public Clock {
  public:
    explicit FixedClock(std::string_view rfc3339 = "2026-03-31T08:00:00Z") : now_{*parse_instant(rfc3339)} {}
    Instant now() override { return now_; }
    void set(std::string_view rfc3339) { now_ = *parse_instant(rfc3339); }
    void pass_seconds(std::int64_t seconds) { now_ = now_.plus_seconds(seconds); }

  private:
    Instant now_;
};

/// splitmix64 per purpose: one use never shifts another.
class SeededRng : public Rng {
  public:
    explicit SeededRng(std::uint64_t seed = 1) : seed_{seed} {}
    std::uint64_t next(std::string_view purpose) override {
        auto [at, fresh] = states_.try_emplace(std::string{purpose}, seed_);
        if (fresh)
            for (const char c : purpose)
                at->second = (at->second ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
        std::uint64_t z = (at->second += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    void fill(std::string_view purpose, std::span<unsigned char> out) override {
        for (auto& byte : out)
            byte = static_cast<unsigned char>(next(purpose));
    }

  private:
    std::uint64_t seed_;
    std::map<std::string, std::uint64_t> states_;
};

class CollectingLog : public Log {
  public:
    void write(LogLevel level, std::string_view room, std::string_view text) override {
        std::lock_guard guard{mutex_};
        const char* name = level == LogLevel::debug ? "debug" : level == LogLevel::info ? "info" : level == LogLevel::warn ? "warn" : "error";
        lines_.push_back(std::string{name} + " " + std::string{room} + ": " + std::string{text});
    }
    std::vector<std::string> lines() const {
        std::lock_guard guard{mutex_};
        return lines_;
    }
    bool has(std::string_view part) const {
        for (const auto& line : lines())
            if (line.find(part) != line.npos)
                return true;
        return false;
    }

  private:
    mutable std::mutex mutex_;
    std::vector<std::string> lines_;
};

/// A folder of its own below the system's temporary one, removed at the end. In memory where there is room, unless TMPDIR
/// says otherwise: thousands of commits wait for a busy disk else, and no test cuts the power.
class TempFolder {
  public:
    TempFolder() {
        std::error_code none;
        const bool in_memory = !getenv("TMPDIR") && std::filesystem::space("/dev/shm", none).available >= (1ULL << 30) && !none;
        const auto parent = in_memory ? std::filesystem::path{"/dev/shm"} : std::filesystem::temp_directory_path();
        std::string name = (parent / "owed-test-XXXXXX").string();
        if (!mkdtemp(name.data()))
            throw std::runtime_error{"cannot make a temporary folder: " + name};
        path_ = name;
    }
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    const std::string& path() const { return path_; }
    std::string operator/(std::string_view name) const { return path_ + "/" + std::string{name}; }

  private:
    std::string path_;
};

/// A store with the schema of the given rooms, lower floors first.
class TestStore {
  public:
    explicit TestStore(std::initializer_list<std::vector<Migration>> rooms = {}) {
        for (const auto& room : rooms)
            migrations.insert(migrations.end(), room.begin(), room.end());
        open();
    }
    OpenOptions options() const {
        OpenOptions options;
        options.folder = folder / "data";
        options.migrations = migrations;
        options.free_bytes_min = 0;
        options.installation_id = "00112233445566778899aabbccddeeff";
        return options;
    }
    void open() {
        auto opened = Store::open(options(), clock, log);
        if (!opened)
            throw std::runtime_error{to_text(opened.error())};
        store_ = std::move(*opened);
    }
    void close() { store_.reset(); }
    bool store_is_open() const { return store_ != nullptr; }
    Store& store() { return *store_; }

    /// Runs `body` in a write transaction; a test failure when the write is refused.
    void write(const std::function<Status(Tx&)>& body) {
        const auto done = store_->write(body);
        ASSERT_TRUE(done.has_value()) << to_text(done.error());
    }
    void read(const std::function<void(Db&)>& body) {
        const auto done = store_->read([&](Db& db) -> Status { body(db); return {}; });
        ASSERT_TRUE(done.has_value()) << to_text(done.error());
    }

    TempFolder folder;
    FixedClock clock;
    SeededRng rng;
    CollectingLog log;
    std::vector<Migration> migrations;

  private:
    std::unique_ptr<Store> store_;
};

/// Runs SQL on the closed database behind the store's back, as a person with root could: to see what verify finds.
/// In the library `owed_store_testing`: `USES ledger store_testing`. Throws std::runtime_error.
void tamper(const std::string& data_folder, const std::string& sql);

/// `ok(store.write(...))`: a test failure with the error's text.
inline void ok(const Status& status) { ASSERT_TRUE(status.has_value()) << to_text(status.error()); }
/// The value, or a test that stops with the error's text.
template <class T>
T ok(Result<T> result) {
    if (!result)
        throw std::runtime_error{to_text(result.error())};
    return std::move(*result);
}

}  // namespace owed::store
