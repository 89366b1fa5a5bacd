// One SQLite connection and its prepared statements. Only this room sees it.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "store/store.hpp"

namespace owed::store {

/// What a connection may do; fixed when it is opened (SECURITY 3.1).
enum class Access {
    writer,      ///< the one connection that commits and checkpoints
    reader,      ///< SELECT alone
    copy,        ///< a single file of its own that nobody else has open: the making of a backup, restore
    foreign,     ///< a file that strangers may have made: reads, without triggers and views of its schema
};

struct Connection;

/// A cached or, when the cached one is in use, a passing prepared statement.
struct Statement {
    sqlite3_stmt* handle = nullptr;
    Connection* owner = nullptr;
    bool cached = false;
    bool in_use = false;
    bool clean = true;   ///< reset, and without parameters
};

/// Opened with the pragmas and limits of SECURITY 3.5. One thread at a time.
struct Connection {
    sqlite3* handle = nullptr;
    Access access = Access::reader;
    bool opening = true;          ///< the authorizer lets the pragmas of the opening pass
    bool in_transaction = false;  ///< one that Store opened: statements of the rooms cannot end it
    bool attempting = false;      ///< Tx::attempt is under way
    bool migrating = false;       ///< only then may the schema change
    int wal_pages = 0;            ///< pages in the WAL after the last commit
    std::vector<std::function<Status(Tx&)>> before_commit;
    std::vector<std::function<void()>> after_commit;
    std::map<std::string, std::shared_ptr<Memo>, std::less<>> memos;   ///< of the present transaction or snapshot
    std::map<std::string, std::int64_t, std::less<>> highest_ids;   ///< of the present transaction
    std::map<std::string, std::int64_t, std::less<>> taken_ids;     ///< by Tx::take_id; an attempt that is undone does not give them back

    /// Throws Failure: store_io, store_corrupt. `path` is absolute.
    static std::unique_ptr<Connection> open(const std::string& path, Access access);
    ~Connection();
    Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Statement* prepare(std::string_view sql);
    /// Runs SQL without rows; several statements may follow each other.
    void execute(const std::string& sql);
    std::int64_t integer(const std::string& sql);   ///< first column of the first row; 0 when there is none
    std::string text(const std::string& sql);
    /// Throws the Failure that `code` stands for; a failed fsync ends the process here (SECURITY 3.8).
    void check(int code, std::string_view doing);
    [[noreturn]] void raise(int code, std::string_view doing);

  private:
    void configure();
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, std::unique_ptr<Statement>, Hash, std::equal_to<>> statements_;
    /// The same by the address of the SQL, which mostly is a literal: hashing a long text costs more than comparing it.
    std::unordered_map<const char*, std::pair<std::string_view, Statement*>> by_address_;
};

struct Db::Impl {
    std::unique_ptr<Connection> connection;
};

/// BEGIN ... COMMIT around a piece of work; rolls back when it is left without commit().
class TransactionGuard {
  public:
    TransactionGuard(Connection& connection, const char* begin);
    ~TransactionGuard();
    TransactionGuard(const TransactionGuard&) = delete;
    TransactionGuard& operator=(const TransactionGuard&) = delete;
    void commit();

  private:
    Connection& connection_;
    bool open_ = true;
};

/// Says so on standard error and ends the process with exit 74: after a failed fsync the kernel may have dropped the
/// dirty pages, and a second fsync would lie (SECURITY 3.8). systemd restarts the unit.
[[noreturn]] void stop_after_failed_sync(std::string_view what);

}  // namespace owed::store
