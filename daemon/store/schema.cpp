#include "store/detail/schema.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <set>

namespace owed::store {

namespace {

// The list of steps is there before the first step, and its shape never changes.
constexpr const char* migration_table =
    "CREATE TABLE store_migration("
    "position INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, name TEXT NOT NULL, sql_sha256 BLOB NOT NULL, "
    "applied_at INTEGER NOT NULL) STRICT";

const std::vector<Migration>& own_steps() {
    // Times are microseconds UTC. restored_from names the backup an epoch began with; the first epoch has none.
    static const std::vector<Migration> steps = {{1, "store: installation and epochs",
        "CREATE TABLE store_epoch(epoch INTEGER PRIMARY KEY CHECK(epoch > 0), installation_id TEXT NOT NULL, "
        "created_at INTEGER NOT NULL, restored_from TEXT) STRICT;"}};
    return steps;
}

std::string random_id() {
    std::string bytes(16, '\0');
    OWED_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size())) == 1, "no random bytes");
    return hex(bytes);
}

void record_step(Connection& connection, const Migration& step, std::size_t position, Instant now) {
    Statement* statement = connection.prepare(
        "INSERT INTO store_migration(position, number, name, sql_sha256, applied_at) VALUES(?, ?, ?, ?, ?)");
    const std::string hash = sha256(step.sql);
    sqlite3_bind_int64(statement->handle, 1, static_cast<sqlite3_int64>(position));
    sqlite3_bind_int64(statement->handle, 2, step.number);
    sqlite3_bind_text64(statement->handle, 3, step.name.data(), step.name.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    sqlite3_bind_blob64(statement->handle, 4, hash.data(), hash.size(), SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement->handle, 5, now.micros);
    const int code = sqlite3_step(statement->handle);
    sqlite3_reset(statement->handle);
    statement->in_use = false;
    if (code != SQLITE_DONE)
        connection.raise(code, "record a schema step");
}

void begin_first_epoch(Connection& connection, Instant now, const std::string& installation_id) {
    Statement* statement = connection.prepare("INSERT INTO store_epoch(epoch, installation_id, created_at) VALUES(1, ?, ?)");
    sqlite3_bind_text(statement->handle, 1, installation_id.c_str(), -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement->handle, 2, now.micros);
    const int code = sqlite3_step(statement->handle);
    sqlite3_reset(statement->handle);
    statement->in_use = false;
    if (code != SQLITE_DONE)
        connection.raise(code, "begin the first epoch");
}

Status check_result(Connection& connection) {
    if (const auto loose = connection.text("SELECT name FROM pragma_table_list WHERE schema='main' AND type='table' AND strict=0 "
                                           "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' LIMIT 1"); !loose.empty())
        return fail(Errc::internal, "table " + loose + " is not STRICT; every table of the store is");
    if (const auto broken = connection.text("PRAGMA foreign_key_check"); !broken.empty())
        return fail(Errc::internal, "after the schema steps a row of " + broken + " refers to a row that is not there");
    return {};
}

}  // namespace

Result<std::vector<Migration>> all_steps(const std::vector<Migration>& migrations) {
    std::vector<Migration> steps = own_steps();
    steps.insert(steps.end(), migrations.begin(), migrations.end());
    std::set<int> numbers;
    for (const auto& step : steps)
        if (!numbers.insert(step.number).second)
            return fail(Errc::internal, "schema step " + std::to_string(step.number) + " is listed twice (" + std::string{step.name} + ")");
    return steps;
}

Result<SchemaState> schema_state(Connection& connection, const std::vector<Migration>& steps) {
    SchemaState state;
    state.fresh = connection.integer("SELECT count(*) FROM sqlite_schema") == 0;
    if (state.fresh) {
        state.pending = steps;
        return state;
    }
    if (connection.integer("PRAGMA application_id") != application_id ||
        connection.integer("SELECT count(*) FROM sqlite_schema WHERE name='store_migration'") != 1)
        return fail(Errc::store_corrupt, "the database was not made by owed");
    std::set<int> applied;
    Statement* rows = connection.prepare("SELECT number, sql_sha256, name FROM store_migration ORDER BY position");
    int code = SQLITE_OK;
    Status verdict;
    while (verdict && (code = sqlite3_step(rows->handle)) == SQLITE_ROW) {
        const int number = sqlite3_column_int(rows->handle, 0);
        const std::string hash{static_cast<const char*>(sqlite3_column_blob(rows->handle, 1)),
                               static_cast<std::size_t>(sqlite3_column_bytes(rows->handle, 1))};
        const auto* name = reinterpret_cast<const char*>(sqlite3_column_text(rows->handle, 2));
        const std::string which = std::to_string(number) + " (" + (name ? name : "") + ")";
        const auto step = std::find_if(steps.begin(), steps.end(), [&](const auto& s) { return s.number == number; });
        if (step == steps.end())
            verdict = fail(Errc::store_corrupt, "the database is newer than this program: it has schema step " + which +
                           ", which owed " OWED_VERSION " does not know", "", "use the newer owed, or restore an older backup");
        else if (sha256(step->sql) != hash)
            verdict = fail(Errc::store_corrupt, "schema step " + which + " was applied with other SQL than this program has", "",
                           "use the build of owed that made the database");
        applied.insert(number);
        state.applied.push_back(number);
    }
    sqlite3_reset(rows->handle);
    rows->in_use = false;
    OWED_TRY_VOID(std::move(verdict));
    if (code != SQLITE_DONE)
        connection.raise(code, "read the schema steps");
    for (const auto& step : steps)
        if (!applied.contains(step.number))
            state.pending.push_back(step);
    return state;
}

namespace {

/// A step may build a table anew: rows into a new one, the old one dropped, the new one renamed. SQLite does that only while it does
/// not follow references, which cannot be switched within a transaction (sqlite.org/lang_altertable.html, section 7).
/// check_result looks at all of them before the commit.
class WithoutReferences {
  public:
    explicit WithoutReferences(Connection& connection) : connection_{connection} { connection.execute("PRAGMA foreign_keys=OFF"); }
    ~WithoutReferences() { sqlite3_exec(connection_.handle, "PRAGMA foreign_keys=ON", nullptr, nullptr, nullptr); }
    WithoutReferences(const WithoutReferences&) = delete;
    WithoutReferences& operator=(const WithoutReferences&) = delete;

  private:
    Connection& connection_;
};

}  // namespace

Status apply(Connection& writer, const SchemaState& state, Clock& clock, const std::string& installation_id) {
    if (state.pending.empty())
        return {};
    const Instant now = clock.now();
    writer.migrating = true;
    struct Reset {
        Connection& connection;
        ~Reset() { connection.migrating = false; }
    } reset{writer};
    const WithoutReferences rebuilding{writer};
    TransactionGuard transaction{writer, "BEGIN IMMEDIATE"};
    if (state.fresh) {
        writer.execute("PRAGMA application_id=" + std::to_string(application_id));
        writer.execute(migration_table);
    }
    std::size_t position = state.applied.size();
    for (const auto& step : state.pending) {
        try {
            writer.execute(std::string{step.sql});
        } catch (const Failure& failure) {
            return fail(failure.code(), failure.what(), "schema step " + std::to_string(step.number) + " (" + std::string{step.name} + ")");
        }
        record_step(writer, step, ++position, now);
    }
    if (state.fresh)
        begin_first_epoch(writer, now, installation_id.empty() ? random_id() : installation_id);
    OWED_TRY_VOID(check_result(writer));
    transaction.commit();
    return {};
}

std::string schema_text(Connection& connection) {
    return connection.text("SELECT coalesce(group_concat(type || ' ' || name || ' ' || tbl_name || ' ' || coalesce(sql, ''), char(10)), '') "
                           "FROM (SELECT * FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\' ORDER BY type, name)");
}

std::string expected_schema_text(const std::vector<Migration>& steps, const std::vector<int>& applied) {
    auto empty = Connection::open(":memory:", Access::copy);
    empty->execute(migration_table);
    for (const int number : applied)
        for (const auto& step : steps)
            if (step.number == number)
                empty->execute(std::string{step.sql});
    return schema_text(*empty);
}

Status check_integrity(Connection& connection, const std::string& where) {
    if (const auto found = connection.text("PRAGMA integrity_check(1)"); found != "ok")
        return fail(Errc::store_corrupt, "the database fails SQLite's integrity check: " + found, where);
    if (const auto broken = connection.text("PRAGMA foreign_key_check"); !broken.empty())
        return fail(Errc::store_corrupt, "a row of " + broken + " refers to a row that is not there", where);
    return {};
}

}  // namespace owed::store
