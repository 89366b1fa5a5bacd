#include "store/detail/connection.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <unistd.h>

namespace owed::store {

namespace {

constexpr std::size_t cached_statements_max = 512;
constexpr int lock_wait_ms = 5000;
constexpr int text_and_blob_bytes_max = 64 << 20;

Errc code_of(int extended, int system_error) {
    switch (extended & 0xff) {
        case SQLITE_CONSTRAINT: return Errc::constraint_violated;
        case SQLITE_FULL: return Errc::store_full;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB: return Errc::store_corrupt;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
        case SQLITE_PROTOCOL: return Errc::store_locked;
        case SQLITE_TOOBIG: return Errc::input_too_large;
        case SQLITE_READONLY:
        case SQLITE_AUTH:
        case SQLITE_PERM: return Errc::refused;
        case SQLITE_CANTOPEN: return Errc::store_io;
        case SQLITE_IOERR:
            // SQLite knows ENOSPC as SQLITE_FULL; a quota or a file size limit is as full for whoever stands before it.
            return system_error == EDQUOT || system_error == EFBIG || system_error == ENOSPC ? Errc::store_full : Errc::store_io;
        default: return Errc::internal;
    }
}

bool is_failed_sync(int extended) {
    return extended == SQLITE_IOERR_FSYNC || extended == SQLITE_IOERR_DIR_FSYNC;
}

bool one_of(const char* name, std::initializer_list<const char*> names) {
    for (const char* candidate : names)
        if (sqlite3_stricmp(name, candidate) == 0)
            return true;
    return false;
}

/// Statements of the rooms, as they are prepared. The transaction, the journal and the checkpoint belong to Store alone:
/// that is what makes the WAL-reset race of SQLite < 3.51.3 impossible (SECURITY finding 1), so it is refused here and
/// not left to manners.
int authorize(void* context, int action, const char* first, const char* second, const char*, const char*) {
    const auto& connection = *static_cast<const Connection*>(context);
    if (connection.opening || connection.access == Access::copy)
        return SQLITE_OK;
    switch (action) {
        case SQLITE_SELECT:
        case SQLITE_READ:
        case SQLITE_FUNCTION:
        case SQLITE_RECURSIVE: return SQLITE_OK;
        case SQLITE_TRANSACTION: return connection.in_transaction ? SQLITE_DENY : SQLITE_OK;
        case SQLITE_ATTACH:
        case SQLITE_DETACH: return SQLITE_DENY;
        case SQLITE_PRAGMA:
            if (one_of(first, {"integrity_check", "quick_check", "foreign_key_check", "table_list", "table_info", "table_xinfo",
                               "index_list", "foreign_key_list", "defer_foreign_keys"}))
                return SQLITE_OK;
            if (connection.migrating && one_of(first, {"application_id", "foreign_keys"}))
                return SQLITE_OK;
            return !second && one_of(first, {"application_id", "cell_size_check", "data_version", "foreign_keys", "journal_mode",
                                             "page_count", "page_size", "query_only", "synchronous", "trusted_schema", "wal_autocheckpoint"})
                       ? SQLITE_OK
                       : SQLITE_DENY;
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
        case SQLITE_SAVEPOINT: return connection.access == Access::writer ? SQLITE_OK : SQLITE_DENY;
        default: return connection.migrating ? SQLITE_OK : SQLITE_DENY;  // CREATE, DROP, ALTER: steps of the schema alone
    }
}

int note_wal_pages(void* context, sqlite3*, const char*, int pages) {
    static_cast<Connection*>(context)->wal_pages = pages;
    return SQLITE_OK;
}

}  // namespace

void stop_after_failed_sync(std::string_view what) {
    std::fprintf(stderr, "owed: store: fsync failed (%.*s: %s); stopping, because what was written may be lost and cannot be "
                 "written again safely. Check the disk, then start owed again.\n",
                 static_cast<int>(what.size()), what.data(), std::strerror(errno));
    std::fflush(stderr);
    _exit(74);
}

namespace {
/// Counting every allocation of SQLite takes a lock that all connections share. Its totals are used nowhere.
void configure_library() {
    static std::once_flag once;
    std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}
}  // namespace

std::unique_ptr<Connection> Connection::open(const std::string& path, Access access) {
    configure_library();
    auto connection = std::make_unique<Connection>();
    connection->access = access;
    const bool writes = access == Access::writer || access == Access::copy;
    const int flags = (writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    connection->check(sqlite3_open_v2(path.c_str(), &connection->handle, flags, nullptr), "open " + path);
    connection->configure();
    connection->opening = false;
    return connection;
}

Connection::~Connection() {
    for (auto& [sql, statement] : statements_)
        sqlite3_finalize(statement->handle);
    sqlite3_close_v2(handle);
}

void Connection::configure() {
    const bool foreign = access == Access::foreign;
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, foreign ? 0 : 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, foreign ? 0 : 1, nullptr);
    // Without this the last connection to close would checkpoint, reader or not (SECURITY 3.1).
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, text_and_blob_bytes_max);
    sqlite3_limit(handle, SQLITE_LIMIT_EXPR_DEPTH, 100);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    // The writer waits at BEGIN alone (TransactionGuard). A reader may meet the recovery after a crash, which is short.
    sqlite3_busy_timeout(handle, access == Access::writer ? 0 : lock_wait_ms);
    execute("PRAGMA cell_size_check=ON; PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0; PRAGMA foreign_keys=ON; "
            "PRAGMA recursive_triggers=ON");  // so that INSERT OR REPLACE meets the triggers that forbid a deletion
    switch (access) {
        case Access::writer:
            execute("PRAGMA application_id");  // reads page 1: "not a database" is said here
            if (text("PRAGMA journal_mode=WAL") != "wal")
                throw Failure{Errc::store_io, "the database does not take WAL mode: the file system lacks shared memory or locks"};
            // A file of many thousand receipts touches pages all over the book in one transaction. With SQLite's 2 MiB a page
            // is spilt to the WAL and read back again and again. 384 MiB hold what applying touches in a book of 1,000,000 items; memory
            // is taken only as far as pages are touched, and given back at idle.
            execute("PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA cache_size=-393216");
            sqlite3_wal_hook(handle, note_wal_pages, this);
            break;
        case Access::copy: execute("PRAGMA synchronous=EXTRA; PRAGMA wal_autocheckpoint=0"); break;
        case Access::reader:
        case Access::foreign: execute("PRAGMA wal_autocheckpoint=0; PRAGMA query_only=ON"); break;
    }
    sqlite3_set_authorizer(handle, authorize, this);
}

Statement* Connection::prepare(std::string_view sql) {
    if (auto near = by_address_.find(sql.data()); near != by_address_.end() && near->second.first == sql && !near->second.second->in_use) {
        near->second.second->in_use = true;
        return near->second.second;
    }
    if (auto found = statements_.find(sql); found != statements_.end() && !found->second->in_use) {
        found->second->in_use = true;
        if (by_address_.size() > 2 * cached_statements_max) by_address_.clear();   // SQL that was put together lies anywhere
        by_address_.insert_or_assign(sql.data(), std::pair{std::string_view{found->first}, found->second.get()});
        return found->second.get();
    }
    sqlite3_stmt* prepared = nullptr;
    const char* tail = nullptr;
    check(sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &prepared, &tail), sql);
    if (!prepared)
        throw Failure{Errc::internal, "empty SQL statement"};
    auto statement = std::make_unique<Statement>(Statement{prepared, this, false, true, true});
    // A statement that calls itself (a query inside the loop over the same query) gets a passing twin.
    if (statements_.contains(sql) || statements_.size() >= cached_statements_max)
        return statement.release();
    statement->cached = true;
    return statements_.emplace(std::string{sql}, std::move(statement)).first->second.get();
}

void Connection::execute(const std::string& sql) { check(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), sql); }

std::int64_t Connection::integer(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr), sql);
    const int code = sqlite3_step(statement);
    const std::int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        raise(code, sql);
    return value;
}

std::string Connection::text(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(handle, sql.c_str(), -1, &statement, nullptr), sql);
    const int code = sqlite3_step(statement);
    std::string value;
    if (code == SQLITE_ROW)
        if (const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)))
            value.assign(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, 0)));
    sqlite3_finalize(statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        raise(code, sql);
    return value;
}

void Connection::check(int code, std::string_view doing) {
    if (code != SQLITE_OK)
        raise(code, doing);
}

void Connection::raise(int code, std::string_view doing) {
    const int left_errno = errno;  // a COMMIT that fails leaves it only here, not in sqlite3_system_errno
    const int extended = handle ? sqlite3_extended_errcode(handle) : code;
    const int noted_errno = handle ? sqlite3_system_errno(handle) : 0;
    const int system_error = noted_errno != 0 ? noted_errno : (code & 0xff) == SQLITE_IOERR ? left_errno : 0;
    if (is_failed_sync(code) || is_failed_sync(extended)) {
        errno = system_error;
        stop_after_failed_sync("database");
    }
    std::string what = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    if ((code & 0xff) == SQLITE_IOERR)
        what += " " + std::to_string(extended);  // which operation it was: sqlite.org/rescode.html
    if (system_error != 0 && ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN))
        what += std::string{" ("} + std::strerror(system_error) + ")";
    // Values are bound and never stand in the SQL, so its beginning may be shown.
    std::string statement{doing.substr(0, 160)};
    for (char& c : statement)
        if (c == '\n' || c == '\r')
            c = ' ';
    throw Failure{code_of(code, system_error), "database: " + what + " [" + statement + "]"};
}

TransactionGuard::TransactionGuard(Connection& connection, const char* begin) : connection_{connection} {
    // A reader that meets the WAL's header half written takes the write lock for a moment to read it again, and BEGIN
    // IMMEDIATE finds it taken. Nowhere else does the writer wait: a checkpoint would wait for readers.
    sqlite3_busy_timeout(connection_.handle, lock_wait_ms);
    connection_.execute(begin);
    connection_.highest_ids.clear();
    connection_.taken_ids.clear();
    connection_.memos.clear();
    if (connection_.access == Access::writer)
        sqlite3_busy_timeout(connection_.handle, 0);
    connection_.in_transaction = true;
}

TransactionGuard::~TransactionGuard() {
    connection_.in_transaction = false;
    // SQLite may have rolled back by itself (disk full, I/O error); then there is nothing left to do.
    if (open_ && sqlite3_get_autocommit(connection_.handle) == 0)
        sqlite3_exec(connection_.handle, "ROLLBACK", nullptr, nullptr, nullptr);
}

void TransactionGuard::commit() {
    connection_.in_transaction = false;
    errno = 0;
    connection_.execute("COMMIT");
    open_ = false;
}

}  // namespace owed::store
