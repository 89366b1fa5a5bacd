// owed-bench-books: what the ledger costs, each rate with its baseline in the same run, printed as ratios.
//   intake:  invoices with double entry, open item, hashes and audit in one durable transaction, against the very rows it
//            wrote, inserted bare into the same tables in memory
//   apply:   receipts posted and applied in one durable transaction, against the rows that this added, written bare into a
//            copy of the same file
//   single:  one receipt, durable on its own, against a bare write and fdatasync
//   aging:   today, cold and warm, and a past day
//   verify:  `ledger verify` of the whole book, per journal line
// `--short` is what ./test runs, a hundredth of the size; `--scale X` is X times it; names of sections choose some of them.
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <set>

#include "audit/audit.hpp"
#include "ledger/ledger.hpp"
#include "parties/parties.hpp"
#include "report/report.hpp"
#include "store/test_store.hpp"

namespace owed::bench {
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

double seconds(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return Seconds{std::chrono::steady_clock::now() - start}.count();
}

ledger::Books books() {
    ledger::Entity entity;
    entity.id = "emea";
    entity.name = "Muster Industries GmbH";
    entity.currency = find_currency("EUR").value();
    entity.chart = ledger::Books::default_chart();
    return ledger::Books::make({entity}, {}).value();
}

const Date day = parse_date("2026-03-31").value();

struct Book {
    store::TestStore test{{audit::migrations(), parties::migrations(), ledger::migrations()}};
    ledger::Books own = books();
    ledger::Context context{own, test.clock, {}};
    Currency euro = own.entities().front().currency;
    std::vector<CustomerId> customers;
    int invoices = 0, receipts = 0;

    void must(const Status& done) const {
        if (done) return;
        std::fprintf(stderr, "owed-bench-books: %s\n", to_text(done.error()).c_str());
        std::exit(1);
    }
    void add_customers(int count) {
        must(test.store().write([&](store::Tx& tx) -> Status {
            for (int i = 0; i < count; ++i) {
                OWED_TRY(auto customer, parties::find_or_mention(tx, test.clock, "emea", std::to_string(10001 + i)));
                customers.push_back(customer);
            }
            return {};
        }));
    }
    Status post_invoice(store::Tx& tx) {
        const auto n = invoices++;
        const auto number = "RE-" + std::to_string(100000 + n);
        const auto dated = day.plus_days(-(n % 150));
        const ledger::PostDocument document{.entity = "emea",
                                            .customer = customers[static_cast<std::size_t>(n) % customers.size()],
                                            .document = number,
                                            .document_date = dated,
                                            .due_date = dated.plus_days(30),
                                            .posting_date = dated,
                                            .amount = Money::minor(10000 + n % 90000, euro),
                                            .tax = Money::minor((10000 + n % 90000) * 19 / 119, euro),
                                            .cause = {"record", "erp/" + number},
                                            .reason = "invoice " + number + " from erp",
                                            .event_key = "document/emea/invoice/" + number};
        OWED_TRY([[maybe_unused]] auto posted, ledger::post_document(tx, context, document));
        return {};
    }
    void post_invoices(int count) {
        must(test.store().write([&](store::Tx& tx) -> Status {
            for (int i = 0; i < count; ++i) OWED_TRY_VOID(post_invoice(tx));
            audit::Act act;
            act.actor.id = "bench";
            act.action = "intake.file";
            act.object_kind = "artifact";
            act.object_id = "bench";
            return audit::append(tx, test.clock, act);
        }));
    }
    /// A receipt for invoice n (1, 2, ...: its item's id) and its application.
    Status pay(store::Tx& tx, OpenItemId invoice, std::int64_t units, bool apply) {
        const auto n = std::to_string(++receipts);
        const ledger::PostReceipt receipt{.entity = "emea",
                                          .bank_gl = own.entities().front().chart.at(ledger::Role::suspense).code,
                                          .customer = customers[static_cast<std::size_t>(invoice.value - 1) % customers.size()],
                                          .document = "R-" + n,
                                          .value_date = day,
                                          .posting_date = day,
                                          .amount = Money::minor(units, euro),
                                          .cause = {"record", "bank/" + n},
                                          .reason = "credit on the bank account",
                                          .event_key = "receipt/DE89370400440532013000/" + n};
        OWED_TRY(auto posted, ledger::post_receipt(tx, context, receipt));
        if (!apply) return {};
        const ledger::Apply application{.credit = posted.item,
                                        .debit = invoice,
                                        .amount = receipt.amount,
                                        .date = day,
                                        .stage = "document_number",
                                        .reason = "the remittance text names the document, and the amount is exactly what is open",
                                        .by = "cash",
                                        .cause = {"cash", n},
                                        .event_key = "cash/" + n + "/" + std::to_string(invoice.value)};
        OWED_TRY([[maybe_unused]] auto applied, ledger::apply(tx, context, application));
        return {};
    }
};

// ---------------------------------------------------------------- the bare side

struct Raw {
    sqlite3* db = nullptr;
    explicit Raw(const std::string& path) {
        if (sqlite3_open(path.c_str(), &db) != SQLITE_OK) std::exit(1);
    }
    ~Raw() { sqlite3_close(db); }
    void run(const std::string& sql) {
        char* error = nullptr;
        if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, &error) != SQLITE_OK) {
            std::fprintf(stderr, "owed-bench-books: %s: %s\n", sql.c_str(), error);
            std::exit(1);
        }
    }
    sqlite3_stmt* prepare(const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(db, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) {
            std::fprintf(stderr, "owed-bench-books: %s: %s\n", sql.c_str(), sqlite3_errmsg(db));
            std::exit(1);
        }
        return statement;
    }
};

/// Rows of some tables, in memory, with a statement that writes one of them.
struct Rows {
    struct Table {
        std::string statement;
        int columns = 0;
        std::vector<sqlite3_value*> values;
    };
    std::vector<Table> tables;
    Rows() = default;
    Rows(const Rows&) = delete;
    Rows& operator=(const Rows&) = delete;
    ~Rows() {
        for (auto& table : tables)
            for (auto* value : table.values) sqlite3_value_free(value);
    }
    void take(Raw& from, const std::string& select, const std::string& verb, const std::string& after = {}) {
        Table table;
        auto* rows = from.prepare(select);
        table.columns = sqlite3_column_count(rows);
        table.statement = verb;
        if (after.empty()) {
            for (int i = 0; i < table.columns; ++i) table.statement += i == 0 ? " VALUES (?" : ", ?";
            table.statement += ")";
        } else {
            table.statement += after;
        }
        while (sqlite3_step(rows) == SQLITE_ROW)
            for (int i = 0; i < table.columns; ++i) table.values.push_back(sqlite3_value_dup(sqlite3_column_value(rows, i)));
        sqlite3_finalize(rows);
        tables.push_back(std::move(table));
    }
    void write(Raw& to) const {
        for (const auto& table : tables) {
            auto* statement = to.prepare(table.statement);
            for (std::size_t i = 0; i < table.values.size(); i += static_cast<std::size_t>(table.columns)) {
                for (int column = 0; column < table.columns; ++column)
                    sqlite3_bind_value(statement, column + 1, table.values[i + static_cast<std::size_t>(column)]);
                if (sqlite3_step(statement) != SQLITE_DONE) {
                    std::fprintf(stderr, "owed-bench-books: %s: %s\n", table.statement.c_str(), sqlite3_errmsg(to.db));
                    std::exit(1);
                }
                sqlite3_reset(statement);
            }
            sqlite3_finalize(statement);
        }
    }
};

std::string database_of(Book& book) { return book.test.store().folder() + "/owed.db"; }

/// The tables and indexes that `file` has, in a new database.
void same_tables(Raw& from, Raw& to) {
    auto* rows = from.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' AND type IN ('table', 'index') ORDER BY type DESC, rowid");
    while (sqlite3_step(rows) == SQLITE_ROW) to.run(reinterpret_cast<const char*>(sqlite3_column_text(rows, 0)));
    sqlite3_finalize(rows);
}

void take_ledger(Rows& rows, Raw& file, std::int64_t entries_before, std::int64_t items_before) {
    const auto after = std::to_string(entries_before);
    rows.take(file, "SELECT * FROM journal_entry WHERE id > " + after + " ORDER BY id", "INSERT INTO journal_entry");
    rows.take(file, "SELECT * FROM open_item WHERE id > " + std::to_string(items_before) + " ORDER BY id", "INSERT INTO open_item");
    rows.take(file, "SELECT * FROM posting_line WHERE entry > " + after + " ORDER BY entry, line", "INSERT INTO posting_line");
    rows.take(file, "SELECT * FROM application WHERE entry > " + after + " ORDER BY id", "INSERT INTO application");
}

/// The least that could be kept of an invoice (entry, two lines, item; narrow rows, four indexes) through SQLite's own interface, in
/// one durable transaction: what all that is kept beyond it costs.
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

/// Both sides in turn, the best of three each: other work on the machine then weighs on neither alone.
void intake(int count) {
    double ours = 0, bare = 0, narrow = 0;
    for (int round = 0; round < 3; ++round) {
        narrow = std::max(narrow, narrow_rate(count));
        Book book;
        book.add_customers(std::max(count / 10, 1));
        ours = std::max(ours, count / seconds([&] { book.post_invoices(count); }));
        Raw file{database_of(book)}, memory{":memory:"};
        same_tables(file, memory);
        Rows rows;
        take_ledger(rows, file, 0, 0);
        bare = std::max(bare, count / seconds([&] {
            memory.run("BEGIN");
            rows.write(memory);
            memory.run("COMMIT");
        }));
    }
    std::printf("intake, %d invoices with double entry, hashes and audit in one durable transaction\n"
                "  the same rows bare into memory %9.0f /s\n  posted by the ledger           %9.0f /s   ratio %.2f (goal 0.6)\n"
                "  narrow rows bare into a file   %9.0f /s                ratio %.2f\n",
                count, bare, ours, ours / bare, narrow, ours / narrow);
}

void apply(int items, int count) {
    Book book;
    book.add_customers(std::max(items / 10, 1));
    book.post_invoices(items);
    book.test.store().checkpoint_at_idle();
    store::TempFolder folder;
    const auto copy = folder.path() + "/copy.db";
    fs::copy_file(database_of(book), copy);
    std::int64_t entries = 0;
    book.test.read([&](store::Db& db) {
        auto query = db.query("SELECT MAX(id) FROM journal_entry");
        query.step();
        entries = query.integer(0);
    });
    std::vector<std::pair<OpenItemId, std::int64_t>> paid;
    for (int i = 0; i < count; ++i) {
        const auto n = static_cast<int>((static_cast<std::int64_t>(i) * 7919) % items);   // spread over the book
        paid.emplace_back(OpenItemId{n + 1}, 10000 + n % 90000);
    }
    const double ours = count / seconds([&] {
        book.must(book.test.store().write([&](store::Tx& tx) -> Status {
            for (const auto& [item, units] : paid) OWED_TRY_VOID(book.pay(tx, item, units, true));
            return {};
        }));
    });
    double bare = 0;
    {
        Raw file{database_of(book)}, target{copy};
        target.run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA foreign_keys=ON; PRAGMA cache_size=-131072");
        Rows rows;
        take_ledger(rows, file, entries, items);
        rows.take(file, "SELECT residual, functional_residual, last_date, version, hash, id FROM open_item WHERE residual = 0 AND id <= " + std::to_string(items),
                  "UPDATE open_item SET", " residual = ?, functional_residual = ?, last_date = ?, version = ?, hash = ? WHERE id = ?");
        bare = count / seconds([&] {
            target.run("BEGIN IMMEDIATE");
            rows.write(target);
            target.run("COMMIT");
        });
    }
    std::printf("apply, %d receipts posted and applied onto %d open items in one durable transaction\n"
                "  the same rows bare into the file %9.0f /s\n  by the ledger                    %9.0f /s   ratio %.2f (goal 0.5)\n",
                count, items, bare, ours, ours / bare);
}

void single(int items, int count) {
    Book book;
    book.add_customers(100);
    book.post_invoices(items);
    std::vector<double> ours, bare;
    store::TempFolder folder;
    const auto path = book.test.store().folder() + "/bare";
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const std::string page(4120, 'x');   // one WAL frame
    for (int i = 0; i < count; ++i) {
        bare.push_back(seconds([&] {
            if (::write(fd, page.data(), page.size()) < 0 || ::fdatasync(fd) != 0) std::exit(1);
        }));
        ours.push_back(seconds([&] {
            book.must(book.test.store().write([&](store::Tx& tx) { return book.pay(tx, OpenItemId{i + 1}, 10000 + i % 90000, false); }));
        }));
    }
    ::close(fd);
    std::sort(ours.begin(), ours.end());
    std::sort(bare.begin(), bare.end());
    const auto middle = static_cast<std::size_t>(count / 2);
    std::printf("single, one receipt posted and durable on its own, median of %d\n  bare write and fdatasync %7.0f us\n  posted by the ledger     %7.0f us   ratio %.2f (goal 1.5)\n",
                count, bare[middle] * 1e6, ours[middle] * 1e6, ours[middle] / bare[middle]);
}

void verify(int items) {
    Book book;
    book.add_customers(std::max(items / 10, 1));
    book.post_invoices(items);
    ledger::Verification found;
    const double took = seconds([&] { book.test.read([&](store::Db& db) { found = ledger::verify(db, book.own); }); });
    std::printf("verify, %lld journal lines: %.2f s, %zu differences; %.2f s per million (goal 5)\n", static_cast<long long>(found.lines), took,
                found.differences.size(), took * 1e6 / static_cast<double>(found.lines));
    if (!found.differences.empty()) std::exit(1);
}

/// A book of which half is paid, aged on its last day, on a day in its middle, and again.
void aging(int customers, int items) {
    Book book;
    book.add_customers(customers);
    book.post_invoices(items);
    book.must(book.test.store().write([&](store::Tx& tx) -> Status {
        for (int i = 0; i < items / 2; ++i) OWED_TRY_VOID(book.pay(tx, OpenItemId{2 * i + 1}, 10000 + (2 * i) % 90000, true));
        return {};
    }));
    book.test.store().checkpoint_at_idle();
    report::Memory memory;
    const auto aged = [&](Date as_of) {
        std::size_t rows = 0;
        const double took = seconds([&] {
            book.test.read([&](store::Db& db) {
                const auto report = report::aging(db, book.own, {.entity = "emea", .as_of = as_of, .known_at = {}}, &memory);
                rows = report.rows.size();
                for (const auto& [code, difference] : report.difference)
                    if (difference != 0) std::exit(1);
            });
        });
        return std::pair{took, rows};
    };
    const auto cold = aged(day), warm = aged(day), past = aged(day.plus_days(-60));
    std::printf("aging, %d customers and %d items, half of them paid: cold %.3f s (goal 0.25 at full size), warm %.3f s (0.05), a past date %.3f s (1.5); %zu rows\n",
                customers, items, cold.first, warm.first, past.first, cold.second);
}

}  // namespace
}  // namespace owed::bench

int main(int argc, char** argv) {
    ::setenv("TMPDIR", std::filesystem::temp_directory_path().c_str(), 1);   // on the disk: commits are to cost what they cost
    std::set<std::string> sections;
    double scale = 1;
    for (int i = 1; i < argc; ++i)
        if (std::string_view{argv[i]} == "--short") scale = 0.01;
        else if (std::string_view{argv[i]} == "--scale" && i + 1 < argc) scale = std::atof(argv[++i]);
        else sections.insert(argv[i]);
    const auto wanted = [&](const char* name) { return sections.empty() || sections.contains(name); };
    const auto sized = [&](int full) { return std::max(100, static_cast<int>(full * scale)); };
    if (wanted("intake")) owed::bench::intake(sized(200'000));
    if (wanted("apply")) owed::bench::apply(sized(1'000'000), sized(500'000));
    if (wanted("single")) owed::bench::single(sized(10'000), sized(2'000));
    if (wanted("verify")) owed::bench::verify(sized(350'000));
    if (wanted("aging")) owed::bench::aging(sized(100'000), sized(1'000'000));
    return 0;
}
