#include <fstream>
#include <random>
#include <thread>

#include "store/test_store.hpp"

namespace owed::store {
namespace {

struct BackupTest : ::testing::Test {
    TestStore test{{{{900, "test", "CREATE TABLE a(id INTEGER PRIMARY KEY, n INTEGER, pad BLOB) STRICT; CREATE INDEX a_n ON a(n);"}}}};
    std::string target = test.folder / "monday.db";

    void add(int count) {
        test.write([&](Tx& tx) -> Status {
            for (int i = 1; i <= count; ++i)
                tx.query("INSERT INTO a(n, pad) VALUES(?, zeroblob(500))").bind(i).run();
            return {};
        });
    }
    Status restore_to(const std::string& name) { return restore(target, test.folder / name, test.migrations, test.clock); }
    void rebuilt(const std::string& name, const std::function<void(Store&)>& look) {
        auto options = test.options();
        options.folder = test.folder / name;
        auto store = ok(Store::open(options, test.clock, test.log));
        look(*store);
    }
    std::vector<std::string> names(const std::string& folder) {
        std::vector<std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            all.push_back(entry.path().filename());
        std::sort(all.begin(), all.end());
        return all;
    }
};

std::int64_t count(Store& store) {
    std::int64_t n = 0;
    ok(store.read([&](Db& db) -> Status {
        auto query = db.query("SELECT count(*) FROM a");
        query.step();
        n = query.integer(0);
        return {};
    }));
    return n;
}

TEST_F(BackupTest, is_one_file_and_the_artifacts_and_comes_back) {
    add(100);
    ok(test.store().disk().write_new("artifacts/ab/abcdef", "raw bytes"));
    std::ofstream{test.folder / "data/artifacts/ab/.1-2.tmp"} << "unfinished";
    ok(test.store().backup(target));
    EXPECT_EQ(names(test.folder.path()), (std::vector<std::string>{"data", "monday.db", "monday.db.files"}));
    EXPECT_EQ(names(target + ".files/artifacts/ab"), std::vector<std::string>{"abcdef"});
    add(5);
    test.clock.pass_seconds(60);
    ok(restore_to("new"));
    EXPECT_EQ(names(test.folder / "new"), (std::vector<std::string>{"artifacts", "lock", "owed.db"}));
    rebuilt("new", [&](Store& store) {
        EXPECT_EQ(count(store), 100);
        EXPECT_EQ(ok(store.disk().read("artifacts/ab/abcdef", 100)), "raw bytes");
        ok(store.read([&](Db& db) -> Status {
            const auto all = epochs(db);
            EXPECT_EQ(all.size(), 2U);
            EXPECT_EQ(all.back().number, 2);
            EXPECT_EQ(all.back().restored_from, "monday.db");
            EXPECT_EQ(all.back().created, test.clock.now());
            EXPECT_EQ(all.back().installation_id, all.front().installation_id);
            return {};
        }));
        ok(store.write([](Tx& tx) -> Status { tx.query("INSERT INTO a(n) VALUES(1)").run(); return {}; }));
    });
}

TEST_F(BackupTest, never_overwrites) {
    add(1);
    ok(test.store().backup(target));
    EXPECT_EQ(test.store().backup(target).error().code, Errc::already_exists);
    std::filesystem::remove(target);
    std::filesystem::create_directory(target + ".files");
    EXPECT_EQ(test.store().backup(target).error().code, Errc::already_exists);
    std::filesystem::remove(target + ".files");
    ok(test.store().backup(target));
    EXPECT_EQ(restore(target, test.folder / "data", test.migrations, test.clock).error().code, Errc::store_locked);
    test.close();
    EXPECT_EQ(restore(target, test.folder / "data", test.migrations, test.clock).error().code, Errc::already_exists);
    EXPECT_EQ(test.store_is_open(), false);
}

TEST_F(BackupTest, into_a_folder_that_is_not_there_is_an_error_that_names_it) {
    const auto done = test.store().backup(test.folder / "none/monday.db");
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, Errc::store_io);
    EXPECT_NE(done.error().where.find("none/monday.db"), std::string::npos);
}

TEST_F(BackupTest, is_a_snapshot_while_commits_go_on) {
    add(2'000);
    std::atomic<bool> done = false;
    std::thread writer{[&] {
        while (!done)
            (void)test.store().write([](Tx& tx) -> Status {
                for (int i = 0; i < 10; ++i)
                    tx.query("INSERT INTO a(n, pad) VALUES(?, zeroblob(500))").bind(i).run();
                return {};
            });
    }};
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(test.store().backup(target + std::to_string(i)).has_value());
    done = true;
    writer.join();
    target += "4";
    ok(restore_to("new"));
    rebuilt("new", [](Store& store) { EXPECT_EQ(count(store) % 10, 0) << "whole transactions"; });
}

TEST_F(BackupTest, a_restore_refuses_what_owed_did_not_make) {
    add(50);
    ok(test.store().backup(target));
    const std::string good = test.folder / "good.db";
    std::filesystem::copy_file(target, good);
    struct Case {
        const char *name, *sql;
    };
    std::filesystem::create_directory(test.folder / "bad");
    const std::string bad = test.folder / "bad/owed.db";
    for (const auto& c : {Case{"trigger", "CREATE TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM a; END"}, Case{"view", "CREATE VIEW v AS SELECT 1"},
                          Case{"table", "CREATE TABLE x(a)"}, Case{"index_gone", "DROP INDEX a_n"}, Case{"no_epoch", "DELETE FROM store_epoch"},
                          Case{"other_program", "PRAGMA application_id = 1"}, Case{"virtual", "CREATE VIRTUAL TABLE f USING fts5(x)"},
                          Case{"newer", "INSERT INTO store_migration VALUES(99, 99, 'x', x'00', 0)"},
                          Case{"schema_text", "PRAGMA writable_schema=1; UPDATE sqlite_schema SET sql = replace(sql, 'STRICT', '') WHERE name='a'"}}) {
        std::filesystem::copy_file(good, bad, std::filesystem::copy_options::overwrite_existing);
        tamper(test.folder / "bad", c.sql);
        const auto done = restore(bad, test.folder / "into", test.migrations, test.clock);
        ASSERT_FALSE(done.has_value()) << c.name;
        EXPECT_EQ(done.error().code, Errc::store_corrupt) << c.name << ": " << to_text(done.error());
        EXPECT_EQ(names(test.folder / "into"), std::vector<std::string>{"lock"}) << c.name;
    }
    EXPECT_EQ(restore(test.folder / "no.db", test.folder / "into", test.migrations, test.clock).error().code, Errc::not_found);
}

TEST_F(BackupTest, cut_and_flipped_backups_are_refused_or_whole) {
    add(200);
    ok(test.store().backup(target));
    std::ifstream in{target, std::ios::binary};
    const std::string good{std::istreambuf_iterator<char>{in}, {}};
    const auto seed = std::random_device{}();
    std::mt19937_64 random{seed};
    int refused = 0;
    for (int i = 0; i < 80; ++i) {
        std::string bytes = good;
        const bool cut = i % 4 == 0;
        if (cut)
            bytes.resize(random() % bytes.size());
        else
            for (std::uint64_t flips = 1 + random() % 4; flips > 0; --flips)
                bytes[random() % bytes.size()] ^= static_cast<char>(1 << random() % 8);
        std::ofstream{test.folder / "bad.db", std::ios::binary} << bytes;
        std::filesystem::remove_all(test.folder / "into");
        const auto done = restore(test.folder / "bad.db", test.folder / "into", test.migrations, test.clock);
        refused += !done.has_value();
        EXPECT_FALSE(cut && done.has_value()) << "seed " << seed << " case " << i;
        EXPECT_EQ(std::filesystem::exists(test.folder / "into/owed.db"), done.has_value()) << "seed " << seed << " case " << i;
    }
    EXPECT_GT(refused, 20) << "seed " << seed;
}

}  // namespace
}  // namespace owed::store
