// Query and Db: what the rooms hold of SQLite.
#include <algorithm>

#include "owed/currency.hpp"
#include "store/detail/connection.hpp"

namespace owed::store {

namespace {
Statement& of(void* statement) { return *static_cast<Statement*>(statement); }

void bound(Statement& statement, int code, int parameter) {
    statement.clean = false;
    if (code == SQLITE_OK) return;
    if (code == SQLITE_RANGE)
        throw Failure{Errc::internal, "parameter " + std::to_string(parameter) + " is not in the SQL: " + sqlite3_sql(statement.handle)};
    statement.owner->check(code, sqlite3_sql(statement.handle));
}
}  // namespace

Query::Query(Query&& other) noexcept : statement_{std::exchange(other.statement_, nullptr)} {}

Query::~Query() {
    if (!statement_)
        return;
    Statement& statement = of(statement_);
    reset();
    statement.in_use = false;
    if (!statement.cached) {
        sqlite3_finalize(statement.handle);
        delete &statement;
    }
}

Query& Query::set(int parameter, std::int64_t value) {
    bound(of(statement_), sqlite3_bind_int64(of(statement_).handle, parameter + 1, value), parameter);
    return *this;
}

Query& Query::set(int parameter, std::string_view text) {
    // A view without bytes may have a null pointer, which SQLite would take for NULL.
    bound(of(statement_), sqlite3_bind_text64(of(statement_).handle, parameter + 1, text.data() ? text.data() : "", text.size(),
                                              SQLITE_TRANSIENT, SQLITE_UTF8), parameter);
    return *this;
}

Query& Query::set_blob(int parameter, std::string_view bytes) {
    bound(of(statement_), sqlite3_bind_blob64(of(statement_).handle, parameter + 1, bytes.data() ? bytes.data() : "", bytes.size(),
                                              SQLITE_TRANSIENT), parameter);
    return *this;
}

void Query::lend_text(int parameter, std::string_view text) {
    bound(of(statement_), sqlite3_bind_text64(of(statement_).handle, parameter + 1, text.data() ? text.data() : "", text.size(),
                                              SQLITE_STATIC, SQLITE_UTF8), parameter);
}

void Query::lend_blob(int parameter, std::string_view bytes) {
    bound(of(statement_), sqlite3_bind_blob64(of(statement_).handle, parameter + 1, bytes.data() ? bytes.data() : "", bytes.size(),
                                              SQLITE_STATIC), parameter);
}

Query& Query::set_null(int parameter) {
    bound(of(statement_), sqlite3_bind_null(of(statement_).handle, parameter + 1), parameter);
    return *this;
}

bool Query::step() {
    Statement& statement = of(statement_);
    statement.clean = false;
    const int code = sqlite3_step(statement.handle);
    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        statement.owner->raise(code, sqlite3_sql(statement.handle));
    return false;
}

void Query::run() {
    if (step())
        throw Failure{Errc::internal, std::string{"a statement that was run gave a row: "} + sqlite3_sql(of(statement_).handle)};
    reset();
}

void Query::reset() {
    Statement& statement = of(statement_);
    if (statement.clean) return;
    sqlite3_reset(statement.handle);
    sqlite3_clear_bindings(statement.handle);
    statement.clean = true;
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(of(statement_).handle, column); }

std::string_view Query::text_view(int column) const {
    sqlite3_stmt* handle = of(statement_).handle;
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle, column));
    if (!bytes)
        return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle, column))};
}

std::string Query::text(int column) const {
    sqlite3_stmt* handle = of(statement_).handle;
    // Through column_text, so that a number is given as its digits.
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle, column));
    return bytes ? std::string{bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle, column))} : std::string{};
}

std::string Query::blob(int column) const { return std::string{text_view(column)}; }
bool Query::is_null(int column) const { return sqlite3_column_type(of(statement_).handle, column) == SQLITE_NULL; }

std::optional<std::int64_t> Query::maybe_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional{integer(column)};
}
std::optional<std::string> Query::maybe_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional{text(column)};
}

std::shared_ptr<Memo>& Db::memo(std::string_view key) {
    auto& memos = impl_->connection->memos;
    if (const auto found = memos.find(key); found != memos.end()) return found->second;
    return memos[std::string{key}];
}
Query Db::query(std::string_view sql) { return Query{impl_->connection->prepare(sql)}; }

std::int64_t Tx::last_id() const { return sqlite3_last_insert_rowid(impl_->connection->handle); }
std::int64_t Tx::changed_rows() const { return sqlite3_changes64(impl_->connection->handle); }

std::int64_t Tx::highest_id(std::string_view table) {
    auto& known = impl_->connection->highest_ids;
    if (const auto found = known.find(table); found != known.end()) return found->second;
    auto query = this->query("SELECT COALESCE(MAX(id), 0) FROM " + std::string{table});
    query.step();
    const auto& taken = impl_->connection->taken_ids;
    const auto last_taken = taken.find(table);
    return known.emplace(std::string{table}, std::max(query.integer(0), last_taken == taken.end() ? 0 : last_taken->second)).first->second;
}
void Tx::inserted(std::string_view table, std::int64_t id) {
    auto& known = impl_->connection->highest_ids;
    if (const auto found = known.find(table); found != known.end()) found->second = std::max(found->second, id);
}
std::int64_t Tx::take_id(std::string_view table) {
    const auto id = highest_id(table) + 1;
    inserted(table, id);
    impl_->connection->taken_ids.insert_or_assign(std::string{table}, id);
    return id;
}

Status Tx::attempt(const std::function<Status()>& body) {
    auto& connection = *impl_->connection;
    OWED_CHECK(!connection.attempting, "an attempt within an attempt");
    struct Attempting {
        bool& now;
        ~Attempting() { now = false; }
    } attempting{connection.attempting = true};
    const auto each_memo = [&](void (Memo::*told)()) {
        for (const auto& [key, memo] : connection.memos)
            if (memo) (memo.get()->*told)();   // one that was asked for and never set is none
    };
    query("SAVEPOINT attempt").run();
    each_memo(&Memo::begin_part);
    auto done = body();
    if (!done) {
        query("ROLLBACK TO attempt").run();
        each_memo(&Memo::undo_part);
        connection.highest_ids.clear();
    }
    query("RELEASE attempt").run();
    each_memo(&Memo::end_part);
    return done;
}
bool Tx::attempting() const { return impl_->connection->attempting; }

void Tx::before_commit(std::function<Status(Tx&)> action) { impl_->connection->before_commit.push_back(std::move(action)); }
void Tx::after_commit(std::function<void()> action) { impl_->connection->after_commit.push_back(std::move(action)); }

Money money_at(const Query& query, int units_column, int currency_column) {
    const auto currency = find_currency(query.text(currency_column));
    if (!currency)
        throw Failure{Errc::store_corrupt, "a row has the currency \"" + query.text(currency_column) + "\", which there is not"};
    return Money::minor(query.integer(units_column), *currency);
}

}  // namespace owed::store
