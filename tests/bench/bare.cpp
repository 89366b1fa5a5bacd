#include "bare.hpp"

#include <cstdio>
#include <cstdlib>

#include "book.hpp"

namespace owed::bench {
namespace {

[[noreturn]] void stop(const std::string& sql, const char* why) {
    std::fprintf(stderr, "owed-bench-books: %s: %s\n", sql.c_str(), why);
    std::exit(1);
}

/// Rows of one statement in memory, until they are written.
class Rows {
  public:
    Rows(Raw& from, Raw& to, const BareTable& table) : sql_{table.write}, to_{to}, select_{from.prepare(table.select)}, write_{to.prepare(table.write)} {
        columns_ = sqlite3_column_count(select_);
    }
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() {
        clear();
        sqlite3_finalize(select_);
        sqlite3_finalize(write_);
    }
    void read(std::int64_t first, std::int64_t last) {
        clear();
        sqlite3_bind_int64(select_, 1, first);
        sqlite3_bind_int64(select_, 2, last);
        while (sqlite3_step(select_) == SQLITE_ROW)
            for (int i = 0; i < columns_; ++i) values_.push_back(sqlite3_value_dup(sqlite3_column_value(select_, i)));
        sqlite3_reset(select_);
    }
    void write() {
        for (std::size_t i = 0; i < values_.size(); i += static_cast<std::size_t>(columns_)) {
            for (int column = 0; column < columns_; ++column) sqlite3_bind_value(write_, column + 1, values_[i + static_cast<std::size_t>(column)]);
            if (sqlite3_step(write_) != SQLITE_DONE) stop(sql_, sqlite3_errmsg(to_.db));
            sqlite3_reset(write_);
        }
    }

  private:
    void clear() {
        for (auto* value : values_) sqlite3_value_free(value);
        values_.clear();
    }
    std::string sql_;
    Raw& to_;
    sqlite3_stmt *select_, *write_;
    int columns_ = 0;
    std::vector<sqlite3_value*> values_;
};

}  // namespace

Raw::Raw(const std::string& path) {
    if (sqlite3_open(path.c_str(), &db) != SQLITE_OK) stop("open " + path, sqlite3_errmsg(db));
}

void Raw::run(const std::string& sql) {
    if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) stop(sql, sqlite3_errmsg(db));
}

sqlite3_stmt* Raw::prepare(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) stop(sql, sqlite3_errmsg(db));
    return statement;
}

std::int64_t Raw::integer(const std::string& sql) {
    auto* statement = prepare(sql);
    sqlite3_step(statement);
    const auto value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

void Raw::like_the_store() {
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; PRAGMA cache_size=-393216");
}

void same_tables(Raw& from, Raw& to) {
    auto* rows = from.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND type IN ('table', 'index') ORDER BY type DESC, rowid");
    while (sqlite3_step(rows) == SQLITE_ROW) to.run(reinterpret_cast<const char*>(sqlite3_column_text(rows, 0)));
    sqlite3_finalize(rows);
}

BareTable inserted(Raw& from, const std::string& table, const std::string& of_entries,
                   const std::vector<std::pair<std::string, std::string>>& as) {
    std::string columns, values, marks;
    auto* info = from.prepare("SELECT name FROM pragma_table_info('" + table + "')");
    while (sqlite3_step(info) == SQLITE_ROW) {
        const std::string name = reinterpret_cast<const char*>(sqlite3_column_text(info, 0));
        auto value = table + "." + name;
        for (const auto& [column, instead] : as)
            if (column == name) value = instead;
        const auto* comma = columns.empty() ? "" : ", ";
        columns += comma + name;
        values += comma + value;
        marks += std::string{comma} + "?";
    }
    sqlite3_finalize(info);
    return {"SELECT " + values + " FROM " + of_entries, "INSERT INTO " + table + " (" + columns + ") VALUES (" + marks + ")"};
}

std::vector<BareTable> ledger_tables(Raw& from, std::int64_t item_max) {
    return {inserted(from, "journal_entry", "journal_entry WHERE id BETWEEN ?1 AND ?2 ORDER BY id"),
            inserted(from, "open_item", "open_item WHERE entry BETWEEN ?1 AND ?2 ORDER BY id"),
            inserted(from, "posting_line", "posting_line WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry, line"),
            inserted(from, "application", "application WHERE entry BETWEEN ?1 AND ?2 ORDER BY entry"),
            {"SELECT i.residual, i.functional_residual, i.last_date, i.version, i.hash, i.id FROM application a JOIN open_item i ON i.id = a.debit "
             "WHERE a.entry BETWEEN ?1 AND ?2 AND i.id <= " + std::to_string(item_max) + " ORDER BY a.entry",
             "UPDATE open_item SET residual = ?, functional_residual = ?, last_date = ?, version = ?, hash = ? WHERE id = ?"}};
}

double write_bare(Raw& from, Raw& to, const std::vector<BareTable>& tables, std::int64_t first, std::int64_t last) {
    constexpr std::int64_t entries_at_once = 5'000;
    std::vector<std::unique_ptr<Rows>> parts;
    for (const auto& table : tables) parts.push_back(std::make_unique<Rows>(from, to, table));
    double took = seconds([&] { to.run("BEGIN IMMEDIATE"); });
    for (auto begin = first; begin <= last; begin += entries_at_once) {
        for (auto& part : parts) part->read(begin, std::min(begin + entries_at_once - 1, last));
        took += seconds([&] {
            for (auto& part : parts) part->write();
        });
    }
    return took + seconds([&] { to.run("COMMIT"); });
}

double narrow_rate(int invoices) {
    store::TempFolder folder;
    sqlite3* db = nullptr;
    sqlite3_open((folder.path() + "/bare.db").c_str(), &db);
    sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
                     "CREATE TABLE e(id INTEGER PRIMARY KEY, entity TEXT, day INT, doc INT, at INT, kind TEXT, cause TEXT, reason TEXT, key TEXT UNIQUE, hash BLOB) STRICT;"
                     "CREATE TABLE l(entry INT, line INT, account TEXT, currency TEXT, amount INT, functional INT, item INT, PRIMARY KEY(entry, line)) STRICT;"
                     "CREATE TABLE i(id INTEGER PRIMARY KEY, entity TEXT, customer INT, document TEXT, due INT, currency TEXT, original INT, residual INT, hash BLOB) STRICT;"
                     "CREATE INDEX id1 ON i(entity, document); CREATE INDEX id2 ON i(customer, due);", nullptr, nullptr, nullptr);
    const char* sql[] = {"INSERT INTO e VALUES(?,'emea',20543,20543,1,'document','record','invoice from the bench',?,x'0000000000000000000000000000000000000000000000000000000000000000')",
                         "INSERT INTO l VALUES(?,?,'1200','EUR',?,?,?)",
                         "INSERT INTO i VALUES(?,'emea',1,?,20573,'EUR',?,?,x'0000000000000000000000000000000000000000000000000000000000000000')"};
    sqlite3_stmt* statement[3];
    for (int i = 0; i < 3; ++i) sqlite3_prepare_v2(db, sql[i], -1, &statement[i], nullptr);
    const auto run = [&](sqlite3_stmt* one) {
        sqlite3_step(one);
        sqlite3_reset(one);
    };
    const auto start = std::chrono::steady_clock::now();
    sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr);
    for (int i = 1; i <= invoices; ++i) {
        const auto number = "RE-" + std::to_string(i), key = "document/emea/invoice/" + number;
        sqlite3_bind_int64(statement[0], 1, i);
        sqlite3_bind_text(statement[0], 2, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
        run(statement[0]);
        for (int line = 1; line <= 2; ++line) {
            sqlite3_bind_int64(statement[1], 1, i);
            sqlite3_bind_int64(statement[1], 2, line);
            sqlite3_bind_int64(statement[1], 3, line == 1 ? 10000 + i : -10000 - i);
            sqlite3_bind_int64(statement[1], 4, line == 1 ? 10000 + i : -10000 - i);
            sqlite3_bind_int64(statement[1], 5, i);
            run(statement[1]);
        }
        sqlite3_bind_int64(statement[2], 1, i);
        sqlite3_bind_text(statement[2], 2, number.data(), static_cast<int>(number.size()), SQLITE_STATIC);
        sqlite3_bind_int64(statement[2], 3, 10000 + i);
        sqlite3_bind_int64(statement[2], 4, 10000 + i);
        run(statement[2]);
    }
    sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
    const double rate = invoices / Seconds{std::chrono::steady_clock::now() - start}.count();
    for (auto* one : statement) sqlite3_finalize(one);
    sqlite3_close(db);
    return rate;
}

}  // namespace owed::bench
