// The bare side of owed-bench-books: the very rows that the ledger wrote, through SQLite's own interface, and seconds that count
// the writing alone.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>
#include <vector>

namespace owed::bench {

struct Raw {
    sqlite3* db = nullptr;
    explicit Raw(const std::string& path);
    ~Raw() { sqlite3_close(db); }
    Raw(const Raw&) = delete;
    Raw& operator=(const Raw&) = delete;
    void run(const std::string& sql);
    sqlite3_stmt* prepare(const std::string& sql);
    std::int64_t integer(const std::string& sql);
    /// A durable file like the store's, with as much cache.
    void like_the_store();
};

/// The tables and indexes that `from` has, in a new database.
void same_tables(Raw& from, Raw& to);

/// One table's part: rows that `select` finds for journal entries from ?1 to ?2, and the statement that writes one of them.
struct BareTable {
    std::string select, write;
};
/// "INSERT INTO table" of all columns. `as` replaces what is read for some of them: {{"residual", "original"}}.
BareTable inserted(Raw& from, const std::string& table, const std::string& of_entries,
                   const std::vector<std::pair<std::string, std::string>>& as = {});
/// What posting keeps of entries: they themselves, items, lines, applications; and the new residuals of the items applied to
/// that were there before (`item_max` and below).
std::vector<BareTable> ledger_tables(Raw& from, std::int64_t item_max);

/// Reads the rows of entries first..last from `from`, some thousand at a time, and writes them to `to` in one transaction.
/// Answers the seconds of the writing, begin and commit included.
double write_bare(Raw& from, Raw& to, const std::vector<BareTable>& tables, std::int64_t first, std::int64_t last);

/// Invoices a second, of each the least that could be kept (entry, two lines, item; narrow rows, four indexes), into a file of
/// its own in one durable transaction: what all that is kept beyond it costs.
double narrow_rate(int invoices);

}  // namespace owed::bench
