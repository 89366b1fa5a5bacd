// For the tests of this room: a pass-through VFS that sees every write of SQLite and can make one fail.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>

namespace owed::store {

/// SQLite's default VFS while it lives; one at a time, made before the Store that it watches.
class WatchingVfs {
  public:
    WatchingVfs();
    ~WatchingVfs();
    WatchingVfs(const WatchingVfs&) = delete;
    WatchingVfs& operator=(const WatchingVfs&) = delete;

    enum class Operation { write, truncate, sync };
    struct Seen {
        std::set<std::thread::id> database_threads, wal_threads;  ///< that wrote, truncated or synced
        std::uint64_t database_writes = 0, wal_writes = 0, syncs = 0;
    };
    Seen seen() const;
    void forget();

    /// Asked before each operation on the database or its WAL; a SQLite code other than 0 is what the operation gives.
    std::function<int(Operation, bool is_wal)> failure;

    int note(Operation operation, bool is_wal);

  private:
    mutable std::mutex mutex_;
    Seen seen_;
};

}  // namespace owed::store
