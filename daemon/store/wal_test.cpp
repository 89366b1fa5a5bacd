// SQLite 3.7.0 to 3.51.2 loses commits when one connection checkpoints PASSIVE while another commits (SECURITY finding 1).
// These tests show that no second connection of ours can write, checkpoint or change the journal, whatever it is asked.
#include <sqlite3.h>

#include <random>
#include <thread>

#include "store/detail/watching_vfs.hpp"
#include "store/test_store.hpp"

namespace owed::store {
namespace {

std::vector<Migration> rows() {
    return {{900, "test: rows",
             "CREATE TABLE row(id INTEGER PRIMARY KEY, account INTEGER NOT NULL, units INTEGER NOT NULL, pad BLOB) STRICT;"
             "CREATE INDEX row_account ON row(account, units);"}};
}

struct Refused {
    const char *name, *sql;
};

void expect_refused(Db& db, std::initializer_list<Refused> cases) {
    for (const auto& c : cases) {
        try {
            auto query = db.query(c.sql);
            query.step();
            ADD_FAILURE() << c.name << ": " << c.sql << " was let through";
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), Errc::refused) << c.name << ": " << failure.what();
        }
    }
}

std::int64_t first_number(Db& db, std::string_view sql) {
    auto query = db.query(sql);
    query.step();
    return query.integer(0);
}

TEST(Wal, a_reader_can_neither_write_nor_checkpoint) {
    TestStore test{{rows()}};
    test.read([](Db& db) {
        EXPECT_EQ(first_number(db, "PRAGMA wal_autocheckpoint"), 0);
        EXPECT_EQ(first_number(db, "PRAGMA query_only"), 1);
        EXPECT_EQ(first_number(db, "PRAGMA cell_size_check"), 1);
        EXPECT_EQ(first_number(db, "PRAGMA trusted_schema"), 0);
        EXPECT_EQ(db.query("PRAGMA journal_mode").step(), true);
        expect_refused(db, {{"insert", "INSERT INTO row(account, units) VALUES(1, 1)"}, {"update", "UPDATE row SET units = 0"},
                            {"delete", "DELETE FROM row"}, {"create", "CREATE TABLE t(a) STRICT"}, {"temp", "CREATE TEMP TABLE t(a)"},
                            {"reindex", "REINDEX"}, {"analyze", "ANALYZE"},
                            {"checkpoint", "PRAGMA wal_checkpoint"}, {"checkpoint_truncate", "PRAGMA wal_checkpoint(TRUNCATE)"},
                            {"autocheckpoint", "PRAGMA wal_autocheckpoint=1000"}, {"query_only", "PRAGMA query_only=0"},
                            {"journal", "PRAGMA journal_mode=DELETE"}, {"writable_schema", "PRAGMA writable_schema=1"},
                            {"attach", "ATTACH ':memory:' AS other"}, {"commit", "COMMIT"}, {"savepoint", "SAVEPOINT s"}});
    });
}

TEST(Wal, the_writer_leaves_checkpoint_journal_and_schema_to_the_store) {
    TestStore test{{rows()}};
    test.write([](Tx& tx) -> Status {
        EXPECT_EQ(first_number(tx, "PRAGMA wal_autocheckpoint"), 0);
        EXPECT_EQ(first_number(tx, "PRAGMA synchronous"), 2) << "FULL";
        EXPECT_EQ(first_number(tx, "PRAGMA foreign_keys"), 1);
        auto journal = tx.query("PRAGMA journal_mode");
        journal.step();
        EXPECT_EQ(journal.text(0), "wal");
        expect_refused(tx, {{"checkpoint", "PRAGMA wal_checkpoint(PASSIVE)"}, {"autocheckpoint", "PRAGMA wal_autocheckpoint=1000"},
                            {"synchronous", "PRAGMA synchronous=OFF"}, {"journal", "PRAGMA journal_mode=MEMORY"},
                            {"commit", "COMMIT"}, {"rollback", "ROLLBACK"}, {"attach", "ATTACH 'x.db' AS other"},
                            {"create", "CREATE TABLE t(a) STRICT"}, {"drop", "DROP TABLE row"}, {"alter", "ALTER TABLE row ADD COLUMN b INTEGER"}});
        return {};
    });
}

TEST(Wal, only_the_writers_thread_ever_writes_and_nothing_is_lost) {
    constexpr int commits = 10'000, rows_a_commit = 2;
    WatchingVfs vfs;
    TestStore test{{rows()}};
    vfs.forget();
    std::atomic<bool> done = false;
    std::atomic<int> reads = 0, torn = 0, committed = 0;
    std::vector<std::thread> readers;
    for (int i = 0; i < 3; ++i)
        readers.emplace_back([&, i] {
            for (int seen = 0; !done; seen = committed) {
                committed.wait(seen);  // a read a commit at most: the writer needs the processor too
                const auto read = test.store().read([&](Db& db) -> Status {
                    // Each commit adds +n and -n: any other sum is a torn snapshot.
                    auto query = db.query("SELECT coalesce(sum(units), 0), count(*) FROM (SELECT units FROM row ORDER BY id DESC LIMIT ?)");
                    query.bind(i == 0 ? 1000 : 100);
                    query.step();
                    torn += query.integer(0) != 0 || query.integer(1) % rows_a_commit != 0;
                    return {};
                });
                torn += !read.has_value();
                ++reads;
            }
        });
    std::thread::id writer_id;
    std::string refused;
    std::thread writer{[&] {
        writer_id = std::this_thread::get_id();
        const std::string pad(300, 'x');
        for (int n = 1; n <= commits; ++n) {
            const auto done_one = test.store().write([&](Tx& tx) -> Status {
                for (const int units : {n, -n})
                    tx.query("INSERT INTO row(account, units, pad) VALUES(?, ?, ?)").set(0, n % 7).set(1, units).set_blob(2, pad).run();
                return {};
            });
            if (!done_one)
                refused += to_text(done_one.error()) + "\n";
            committed = n;
            committed.notify_all();
            if (n % 2'500 == 0)
                test.store().checkpoint_at_idle();
        }
    }};
    writer.join();
    done = true;
    ++committed;
    committed.notify_all();
    for (auto& reader : readers)
        reader.join();

    const auto seen = vfs.seen();
    EXPECT_EQ(refused, "");
    EXPECT_EQ(torn, 0);
    EXPECT_GT(reads, 0);
    EXPECT_EQ(seen.wal_threads, std::set{writer_id});
    EXPECT_EQ(seen.database_threads, std::set{writer_id}) << "only the writer's connection checkpoints";
    EXPECT_GT(seen.database_writes, 1'000U) << "checkpoints did happen";
    EXPECT_GE(seen.syncs, static_cast<std::uint64_t>(commits)) << "every commit was synced";
    EXPECT_LT(test.store().status().wal_bytes, 66U << 20);
    test.close();
    test.open();
    test.read([&](Db& db) {
        EXPECT_EQ(first_number(db, "SELECT count(*) FROM row NOT INDEXED"), commits * rows_a_commit);
        EXPECT_EQ(first_number(db, "SELECT sum(units) FROM row NOT INDEXED"), 0);
        auto check = db.query("PRAGMA integrity_check");
        check.step();
        EXPECT_EQ(check.text(0), "ok");
    });
}

TEST(Wal, closing_a_reader_last_does_not_checkpoint) {
    WatchingVfs vfs;
    TestStore test{{rows()}};
    test.write([](Tx& tx) -> Status { tx.query("INSERT INTO row(account, units) VALUES(1, 1)").run(); return {}; });
    const std::string copy = test.folder / "copy";
    std::filesystem::create_directory(copy);
    for (const char* name : {"owed.db", "owed.db-wal"})  // as a crash leaves it: a WAL that nobody has copied back
        std::filesystem::copy_file(test.folder / "data/" + name, copy + "/" + name);
    test.close();
    vfs.forget();
    auto options = test.options();
    options.folder = copy;
    options.read_only = true;
    {
        auto store = ok(Store::open(options, test.clock, test.log));
        ok(store->read([](Db& db) -> Status { EXPECT_EQ(first_number(db, "SELECT count(*) FROM row"), 1); return {}; }));
    }
    EXPECT_EQ(vfs.seen().database_writes, 0U);
    EXPECT_EQ(vfs.seen().wal_writes, 0U);
    EXPECT_GT(std::filesystem::file_size(copy + "/owed.db-wal"), 0U);
}

TEST(Wal, it_is_cut_back_at_idle) {
    TestStore test{{rows()}};
    test.write([](Tx& tx) -> Status { tx.query("INSERT INTO row(account, units) VALUES(1, 1)").run(); return {}; });
    EXPECT_GT(test.store().status().wal_bytes, 0U);
    test.store().checkpoint_at_idle();
    EXPECT_EQ(test.store().status().wal_bytes, 0U);
}

}  // namespace
}  // namespace owed::store
