// Opening: the lock, the file system, the schema.
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "store/detail/folder.hpp"
#include "store/test_store.hpp"

namespace owed::store {
namespace {

Migration step(int number, std::string_view sql) { return {number, "test: step", sql}; }
const Migration first = step(900, "CREATE TABLE a(id INTEGER PRIMARY KEY, n INTEGER) STRICT;");
const Migration second = step(910, "ALTER TABLE a ADD COLUMN t TEXT; CREATE TABLE b(id INTEGER PRIMARY KEY) STRICT;");

struct OpenTest : ::testing::Test {
    TestStore test{{{first}}};
    Result<std::unique_ptr<Store>> open_with(std::vector<Migration> migrations, bool read_only = false) {
        auto options = test.options();
        options.migrations = std::move(migrations);
        options.read_only = read_only;
        return Store::open(options, test.clock, test.log);
    }
    void expect_error(Result<std::unique_ptr<Store>> opened, Errc code, std::string_view part) {
        ASSERT_FALSE(opened.has_value());
        EXPECT_EQ(opened.error().code, code) << to_text(opened.error());
        EXPECT_NE(to_text(opened.error()).find(part), std::string::npos) << to_text(opened.error());
    }
};

TEST_F(OpenTest, a_second_opener_is_told_the_pid_of_the_first) {
    expect_error(open_with({first}), Errc::store_locked, "process " + std::to_string(getpid()));
    expect_error(open_with({first}, true), Errc::store_locked, "process " + std::to_string(getpid()));
    test.close();

    int ready[2], stop[2];
    ASSERT_EQ(pipe(ready), 0);
    ASSERT_EQ(pipe(stop), 0);
    const pid_t child = fork();
    if (child == 0) {
        close(stop[1]);
        auto opened = open_with({first});
        char byte = opened ? 'y' : 'n';
        (void)!write(ready[1], &byte, 1);
        (void)!read(stop[0], &byte, 1);
        _exit(0);  // as a crash: the pid stays in the file
    }
    close(ready[1]);
    close(stop[0]);
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    ASSERT_EQ(byte, 'y');
    expect_error(open_with({first}), Errc::store_locked, "process " + std::to_string(child));
    close(stop[1]);
    close(ready[0]);
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(open_with({first}).has_value()) << "the lock ends with its process";
}

TEST_F(OpenTest, many_may_look_while_nobody_writes) {
    test.close();
    auto one = ok(open_with({first}, true)), two = ok(open_with({first}, true));
    const auto refused = one->write([](Tx&) -> Status { return {}; });
    EXPECT_EQ(refused.error().code, Errc::refused);
    expect_error(open_with({first}), Errc::store_locked, "reads");
    one.reset();
    two.reset();
    EXPECT_TRUE(open_with({first}).has_value());
}

TEST_F(OpenTest, looking_needs_a_database_of_this_schema) {
    test.close();
    expect_error(open_with({first, second}, true), Errc::refused, "older than this program");
    auto options = test.options();
    options.folder = test.folder / "nothing";
    options.read_only = true;
    EXPECT_EQ(Store::open(options, test.clock, test.log).error().code, Errc::not_found);
    EXPECT_FALSE(std::filesystem::exists(options.folder));
}

/// A parent with a child that refers to it, and the parent built anew under its own name.
const Migration family = step(902, "CREATE TABLE parent(id INTEGER PRIMARY KEY, n INTEGER CHECK(n IN (1, 2, 3))) STRICT;"
                                   "CREATE TABLE child(id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parent(id)) STRICT;"
                                   "INSERT INTO parent VALUES(1, 1), (2, 3); INSERT INTO child VALUES(1, 1), (2, 2);");
Migration rebuilt(std::string_view rows) {
    static std::vector<std::string> kept;
    kept.reserve(8);
    return step(903, kept.emplace_back("CREATE TABLE parent_anew(id INTEGER PRIMARY KEY, n INTEGER CHECK(n BETWEEN 1 AND 3)) STRICT;"
                                       "INSERT INTO parent_anew " + std::string{rows} + ";"
                                       "DROP TABLE parent; ALTER TABLE parent_anew RENAME TO parent;"));
}

TEST_F(OpenTest, a_step_may_build_a_table_anew_that_others_refer_to) {
    test.close();
    ok(open_with({first, family})).reset();
    auto opened = ok(open_with({first, family, rebuilt("SELECT id, n FROM parent")}));
    ok(opened->write([](Tx& tx) -> Status {
        auto children = tx.query("SELECT count(*) FROM child JOIN parent ON parent.id = child.parent");
        EXPECT_TRUE(children.step());
        EXPECT_EQ(children.integer(0), 2);
        return {};
    }));
    const auto orphan = opened->write([](Tx& tx) -> Status { tx.query("INSERT INTO child VALUES(3, 7)").run(); return {}; });
    ASSERT_FALSE(orphan.has_value()) << "references are followed again after the steps";
    EXPECT_EQ(orphan.error().code, Errc::constraint_violated);
}

TEST_F(OpenTest, a_table_built_anew_without_a_row_that_others_refer_to_is_refused) {
    test.close();
    ok(open_with({first, family})).reset();
    expect_error(open_with({first, family, rebuilt("SELECT id, n FROM parent WHERE id = 1")}), Errc::internal, "child refers to a row that is not there");
    auto opened = ok(open_with({first, family}));
    ok(opened->read([](Db& db) -> Status {
        auto parents = db.query("SELECT count(*) FROM parent");
        EXPECT_TRUE(parents.step());
        EXPECT_EQ(parents.integer(0), 2) << "nothing of the step is left";
        return {};
    }));
}

TEST_F(OpenTest, a_new_step_is_applied_after_a_verified_backup) {
    test.write([](Tx& tx) -> Status { tx.query("INSERT INTO a(n) VALUES(7)").run(); return {}; });
    EXPECT_EQ(test.store().status().schema, 900);
    test.close();
    test.migrations.push_back(second);
    test.open();
    EXPECT_EQ(test.store().status().schema, 910);
    test.write([](Tx& tx) -> Status { tx.query("UPDATE a SET t = 'x' WHERE n = 7").run(); return {}; });
    test.close();
    std::vector<std::string> backups;
    for (const auto& entry : std::filesystem::directory_iterator(test.folder / "data/backups"))
        backups.push_back(entry.path());
    ASSERT_EQ(backups.size(), 1U);
    EXPECT_NE(backups[0].find("before-step-910-2026-03-31T08-00-00Z.db"), std::string::npos) << backups[0];

    std::filesystem::rename(backups[0], test.folder / "old.db");
    std::filesystem::remove_all(test.folder / "data");
    ok(restore(test.folder / "old.db", test.folder / "data", {first}, test.clock));
    auto old = ok(open_with({first}));
    ok(old->read([](Db& db) -> Status {
        auto row = db.query("SELECT n FROM a");
        EXPECT_TRUE(row.step() && row.integer(0) == 7);
        return {};
    }));
}

TEST_F(OpenTest, a_step_that_fails_changes_nothing) {
    test.close();
    struct Case {
        const char *name, *sql, *part;
    };
    for (const auto& c : {Case{"broken_sql", "CREATE TABLE c(id INTEGER PRIMARY KEY) STRICT; CREATE TABEL d;", "step 920"},
                          Case{"not_strict", "CREATE TABLE c(id INTEGER PRIMARY KEY);", "table c is not STRICT"},
                          Case{"commits_by_itself", "CREATE TABLE c(id INTEGER PRIMARY KEY) STRICT; COMMIT;", "not authorized"},
                          Case{"breaks_a_reference", "CREATE TABLE c(id INTEGER PRIMARY KEY, a INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED) STRICT;"
                                                     "INSERT INTO c VALUES(1, 99);", "refers to a row that is not there"}}) {
        expect_error(open_with({first, step(920, c.sql)}), std::string_view{c.name} == "commits_by_itself" ? Errc::refused : Errc::internal, c.part);
        auto again = open_with({first});
        ASSERT_TRUE(again.has_value()) << c.name << ": " << to_text(again.error());
        ok((*again)->read([&](Db& db) -> Status {
            EXPECT_FALSE(db.query("SELECT 1 FROM sqlite_schema WHERE name = 'c'").step()) << c.name;
            return {};
        }));
    }
}

TEST_F(OpenTest, a_newer_database_is_refused) {
    test.close();
    ok(open_with({first, second}));
    expect_error(open_with({first}), Errc::store_corrupt, "newer than this program: it has schema step 910");
}

TEST_F(OpenTest, a_released_step_that_reads_otherwise_is_refused) {
    test.close();
    expect_error(open_with({step(900, "CREATE TABLE a(id INTEGER PRIMARY KEY, n TEXT) STRICT;")}), Errc::store_corrupt, "other SQL");
    expect_error(open_with({first, first}), Errc::internal, "listed twice");
}

TEST_F(OpenTest, what_is_not_a_database_of_owed_is_refused) {
    struct Case {
        const char *name, *bytes_or_sql, *part;
    };
    test.close();
    for (const auto& c : {Case{"text", nullptr, "not a database"}, Case{"other_program", "DROP TABLE store_migration", "not made by owed"},
                          Case{"other_id", "PRAGMA application_id = 7", "not made by owed"}}) {
        std::filesystem::remove_all(test.folder / "data");
        ok(open_with({first}));
        if (c.bytes_or_sql)
            tamper(test.folder / "data", c.bytes_or_sql);
        else
            std::ofstream{test.folder / "data/owed.db"} << std::string(5000, 'x');
        expect_error(open_with({first}), Errc::store_corrupt, c.part);
    }
}

TEST_F(OpenTest, too_little_room_is_said_before_anything_is_written) {
    test.close();
    auto options = test.options();
    options.free_bytes_min = 1ULL << 60;
    const auto opened = Store::open(options, test.clock, test.log);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, Errc::store_full);
}

TEST(FileSystem, network_file_systems_are_known) {
    // statfs(2): f_type of each.
    for (const auto& [magic, name] : std::initializer_list<std::pair<std::uint32_t, std::string_view>>{
             {0x6969, "NFS"}, {0xFF534D42, "CIFS"}, {0xFE534D42, "SMB2"}, {0x65735546, "FUSE"}})
        EXPECT_EQ(untrusted_file_system(magic), name);
    for (const std::uint32_t magic : {0xEF53U, 0x58465342U, 0x9123683EU, 0x01021994U})  // ext4, xfs, btrfs, tmpfs
        EXPECT_EQ(untrusted_file_system(magic), "");
}

TEST(Epochs, the_first_has_the_given_installation_id) {
    TestStore test;
    test.read([&](Db& db) {
        const auto all = epochs(db);
        ASSERT_EQ(all.size(), 1U);
        EXPECT_EQ(all[0].installation_id, test.options().installation_id);
        EXPECT_EQ(all[0].created, test.clock.now());
        EXPECT_FALSE(all[0].restored_from);
    });
    TempFolder other;
    auto options = test.options();
    options.folder = other / "data";
    options.installation_id.clear();
    auto store = ok(Store::open(options, test.clock, test.log));
    ok(store->read([](Db& db) -> Status { EXPECT_EQ(epochs(db).front().installation_id.size(), 32U); return {}; }));
}

}  // namespace
}  // namespace owed::store
