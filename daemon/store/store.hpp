// The store: one data folder, one database, one writer. Other rooms see connections, transactions and queries, never
// SQLite. Rules: DESIGN section 8, SECURITY section 3.
//
// Threads. `write` runs on the caller's thread under the writer's mutex: the daemon calls it from the writer strand
// only, so writes are in order. `read` may be called from any thread; each read has a read-only connection and a snapshot
// of its own. Never call `write` inside `write`, nor keep a Db, Tx or Query beyond the function that got it.
//
// Errors. A constraint that a row breaks, a full disk, a broken file: the Query functions throw Failure, which `write`
// and `read` turn into an Error after rolling back. Rooms therefore write SQL in straight lines, and return Result for
// what the domain refuses; an Error returned from the function rolls back too. A failed fsync ends the process (exit 74).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "owed/doors.hpp"
#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed::store {

/// Thrown by Query and Db only; stops at the edge of `write` and `read`.
class Failure : public std::runtime_error {
  public:
    Failure(Errc code, const std::string& what) : std::runtime_error{what}, code_{code} {}
    Errc code() const { return code_; }

  private:
    Errc code_;
};

class Db;

/// Marks bytes that are bound as a blob and not as text, in `Query::write`.
struct Blob {
    std::string_view bytes;
};

/// A prepared statement, borrowed from the connection that caches it. Parameters and columns count from 0.
/// `auto query = db.query("SELECT id FROM customer WHERE entity = ? AND number = ?"); query.bind(entity, number);`
class Query {
  public:
    Query(Query&&) noexcept;
    Query& operator=(Query&&) = delete;
    ~Query();  ///< resets the statement and clears its parameters

    Query& set(int parameter, std::int64_t value);
    Query& set(int parameter, std::string_view text);
    Query& set(int parameter, const std::string& text) { return set(parameter, std::string_view{text}); }
    Query& set(int parameter, const char* text) { return set(parameter, std::string_view{text}); }
    Query& set_blob(int parameter, std::string_view bytes);
    Query& set_null(int parameter);
    template <class T>
    Query& set(int parameter, const std::optional<T>& value) {
        return value ? set(parameter, *value) : set_null(parameter);
    }
    /// All parameters in order: integers (also bool, enums by their number), text, optionals of them.
    template <class... T>
    Query& bind(const T&... values) {
        int at = 0;
        (set_any(at++, values), ...);
        return *this;
    }

    /// As `bind`, but texts and blobs are not copied: they must live, unchanged, until the query is reset or gone.
    template <class... T>
    Query& lend(const T&... values) {
        int at = 0;
        (lend_any(at++, values), ...);
        return *this;
    }
    /// Binds all parameters in order and runs a statement without rows: an INSERT or UPDATE in one expression.
    template <class... T>
    void write(const T&... values) {
        lend(values...);
        run();
    }

    bool step();   ///< true: a row is there
    void run();    ///< for statements without rows; resets afterwards, so that it can be bound and run again
    void reset();

    std::int64_t integer(int column) const;
    std::string text(int column) const;                    ///< empty for NULL
    std::string_view text_view(int column) const;          ///< lives until the next step
    std::string blob(int column) const;
    bool is_null(int column) const;
    std::optional<std::int64_t> maybe_integer(int column) const;
    std::optional<std::string> maybe_text(int column) const;

  private:
    friend class Db;
    explicit Query(void* statement) : statement_{statement} {}
    template <class T>
    void set_any(int at, const T& value) {
        if constexpr (std::is_enum_v<T>)
            set(at, static_cast<std::int64_t>(value));
        else if constexpr (std::is_integral_v<T>)
            set(at, static_cast<std::int64_t>(value));
        else
            set(at, value);
    }
    template <class T>
    void lend_any(int at, const T& value) {
        if constexpr (std::is_same_v<T, Blob>)
            lend_blob(at, value.bytes);
        else if constexpr (std::is_convertible_v<T, std::string_view>)
            lend_text(at, value);
        else
            set_any(at, value);
    }
    void lend_text(int parameter, std::string_view text);
    void lend_blob(int parameter, std::string_view bytes);
    void* statement_;
};

/// What a room keeps in memory beside a transaction. It follows when a part of the transaction is taken back (Tx::attempt).
class Memo {
  public:
    virtual ~Memo() = default;
    virtual void begin_part() = 0;
    virtual void undo_part() = 0;   ///< to where it stood at begin_part; when it is younger than that, to empty
    virtual void end_part() = 0;    ///< also after undo_part
};

/// A connection inside a snapshot: what reading functions take.
class Db {
  public:
    Db(const Db&) = delete;
    Db& operator=(const Db&) = delete;
    /// Prepared once per connection and cached by its text; SQL is a literal, values are always bound.
    Query query(std::string_view sql);

    /// What a room remembers until the snapshot or the transaction ends, by a key of its own; null at first.
    std::shared_ptr<Memo>& memo(std::string_view key);

  protected:
    friend class Store;
    struct Impl;
    explicit Db(Impl* impl) : impl_{impl} {}
    Impl* impl_;
};

/// The one open write transaction: what writing functions take.
class Tx : public Db {
  public:
    std::int64_t last_id() const;        ///< rowid of the last insert
    std::int64_t changed_rows() const;   ///< of the last statement
    /// Does what `body` does, or nothing of it: an Error takes back what it wrote and the transaction goes on. Not within
    /// itself. Passes the Error on.
    Status attempt(const std::function<Status()>& body);
    bool attempting() const;
    /// The highest id of a table whose rows are never deleted, 0 when it is empty: asked once, then counted along with
    /// `inserted`. So its rows get ids without gaps, and a gap later means that a row is missing.
    std::int64_t highest_id(std::string_view table);
    void inserted(std::string_view table, std::int64_t id);
    /// The next id, kept for a row that this transaction inserts later: others get the ids after it. It must be inserted.
    std::int64_t take_id(std::string_view table);
    /// Runs when the body is through and before the commit, in the order of the calls: for sums that are cheaper written once.
    void before_commit(std::function<Status(Tx&)> action);
    /// Runs after the commit is durable, on the writer's thread; not at all after a rollback.
    void after_commit(std::function<void()> action);

  private:
    friend class Store;
    using Db::Db;
};

/// One numbered step of the schema. Steps of all rooms form one sequence, in the order that `all_migrations` (daemon/api)
/// lists them. Forward only; the SQL of a released step never changes.
struct Migration {
    int number;
    std::string_view name;  ///< "ledger: open items"
    std::string_view sql;   ///< several statements
};

struct OpenOptions {
    std::string folder;              ///< DATA; created 0700 when `create`
    bool create = true;
    bool read_only = false;          ///< shared lock, no migration: for verbs that only look, without a daemon
    std::vector<Migration> migrations;
    std::uint64_t free_bytes_min = 512ULL << 20;  ///< refuse to start with less room
    int reader_count_max = 8;
    std::string installation_id;     ///< for a new folder; empty: 128 random bits. Tests and the simulation give one.
};

/// One life of the data: the installation, then each restore of a backup (SECURITY 7.6). The last one is the present.
struct Epoch {
    std::int64_t number = 1;
    std::string installation_id;                ///< the same in all epochs
    Instant created;
    std::optional<std::string> restored_from;   ///< the backup file's name; none for the first epoch
};
/// In order; never empty.
std::vector<Epoch> epochs(Db& db);

struct StoreStatus {
    std::string kind, version;       ///< "sqlite", "3.40.1"
    std::uint64_t size_bytes = 0, wal_bytes = 0;
    int schema = 0;                  ///< number of the last migration
};

class Store {
  public:
    /// Takes the exclusive flock on DATA/lock (store_locked names the pid that has it), checks file system and free
    /// space, opens, migrates (a verified backup is taken first when there is data), starts the readers.
    /// Errors: store_locked, store_full, store_corrupt (also: newer than this binary), store_io, refused (network file system).
    static Result<std::unique_ptr<Store>> open(OpenOptions options, Clock& clock, Log& log);
    ~Store();  ///< checkpoints and closes

    /// BEGIN IMMEDIATE, `body`, COMMIT. Rolled back when `body` returns an Error or throws. BrokenInvariant passes through.
    Status write(const std::function<Status(Tx&)>& body);
    Status read(const std::function<Status(Db&)>& body) const;

    /// PASSIVE after 1,000 pages happens by itself after commits; this is the TRUNCATE at idle.
    void checkpoint_at_idle();
    StoreStatus status() const;
    const std::string& folder() const;

    /// Files below DATA with the durability of SECURITY 3.9.
    Disk& disk();

    /// Online copy through a read-only connection, then opened, checked (integrity, schema text, row hashes are for
    /// ledger verify) and synced. The target must not exist. Errors: already_exists, store_io, store_corrupt.
    Status backup(const std::string& target_file) const;

  private:
    struct Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Lays a backup into an empty data folder: opens it defensively, compares its schema with ours text by text, checks
/// integrity, copies artifact files if the backup carries them, and marks the folder as restored (a row in `store_epoch`),
/// which turns every reserved send into unknown at the next start. Errors: as open, already_exists, store_corrupt.
Status restore(const std::string& backup_file, const std::string& data_folder, const std::vector<Migration>& migrations,
               Clock& clock);

/// Helpers that several rooms need for their rows.
Money money_at(const Query& query, int units_column, int currency_column);
/// SHA-256 over length-prefixed fields: the row hash of SECURITY 3.10. Field order is the caller's and never changes.
class RowHash {
  public:
    RowHash() { fields_.reserve(512); }
    RowHash& add(std::string_view text);
    RowHash& add(std::int64_t number);
    std::string bytes();  ///< 32 bytes; ends the hash
  private:
    std::string fields_;  // as they are hashed: one update of many bytes costs less than many of few
};
std::string sha256(std::string_view bytes);      ///< 32 raw bytes
std::string hex(std::string_view bytes);

}  // namespace owed::store
