#include "store/store.hpp"

#include "store/test_store.hpp"

namespace owed::store {
namespace {

std::vector<Migration> shelf() {
    return {{900, "test: shelf",
             "CREATE TABLE shelf(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER CHECK(size > 0)) STRICT;"
             "CREATE TABLE book(id INTEGER PRIMARY KEY, shelf INTEGER NOT NULL REFERENCES shelf, title TEXT) STRICT;"}};
}

std::int64_t count(Store& store, std::string_view sql) {
    std::int64_t n = -1;
    ok(store.read([&](Db& db) -> Status {
        auto query = db.query(sql);
        query.step();
        n = query.integer(0);
        return {};
    }));
    return n;
}

Status add(Tx& tx, std::string_view name, std::optional<std::int64_t> size = {}) {
    tx.query("INSERT INTO shelf(name, size) VALUES(?, ?)").bind(name, size).run();
    return {};
}

TEST(Store, what_is_written_is_read_after_reopening) {
    TestStore test{{shelf()}};
    test.write([](Tx& tx) { return add(tx, "grün", 3); });
    test.close();
    test.open();
    test.read([](Db& db) {
        auto row = db.query("SELECT id, name, size FROM shelf");
        ASSERT_TRUE(row.step());
        EXPECT_EQ(row.integer(0), 1);
        EXPECT_EQ(row.text(1), "grün");
        EXPECT_EQ(row.maybe_integer(2), 3);
        EXPECT_FALSE(row.step());
    });
}

TEST(Store, values_come_back_as_they_were_given) {
    TestStore test{{{{900, "test", "CREATE TABLE v(id INTEGER PRIMARY KEY, i INTEGER, t TEXT, b BLOB) STRICT;"}}}};
    const std::string bytes{"\0\xff\x01", 3}, with_zero{"a\0b", 3};
    test.write([&](Tx& tx) -> Status {
        auto insert = tx.query("INSERT INTO v(i, t, b) VALUES(?, ?, ?)");
        insert.set(0, INT64_MIN).set(1, with_zero).set_blob(2, bytes).run();
        insert.set(0, INT64_MAX).set(1, std::string_view{}).set_blob(2, {}).run();
        insert.set_null(0).set_null(1).set_null(2).run();
        EXPECT_EQ(tx.last_id(), 3);
        EXPECT_EQ(tx.changed_rows(), 1);
        return {};
    });
    test.read([&](Db& db) {
        auto row = db.query("SELECT i, t, b FROM v ORDER BY id");
        ASSERT_TRUE(row.step());
        EXPECT_EQ(row.integer(0), INT64_MIN);
        EXPECT_EQ(row.text(1), with_zero);
        EXPECT_EQ(row.blob(2), bytes);
        ASSERT_TRUE(row.step());
        EXPECT_EQ(row.integer(0), INT64_MAX);
        EXPECT_FALSE(row.is_null(1)) << "an empty text is not NULL";
        EXPECT_FALSE(row.is_null(2));
        ASSERT_TRUE(row.step());
        EXPECT_EQ(row.maybe_integer(0), std::nullopt);
        EXPECT_EQ(row.maybe_text(1), std::nullopt);
        EXPECT_TRUE(row.is_null(2));
    });
}

TEST(Store, an_error_rolls_everything_back) {
    TestStore test{{shelf()}};
    const auto refused = test.store().write([](Tx& tx) -> Status {
        OWED_TRY_VOID(add(tx, "a"));
        return fail(Errc::period_closed, "closed");
    });
    EXPECT_EQ(refused.error().code, Errc::period_closed);
    const auto broken = test.store().write([](Tx& tx) -> Status {
        OWED_TRY_VOID(add(tx, "b"));
        return add(tx, "b");
    });
    EXPECT_EQ(broken.error().code, Errc::constraint_violated);
    EXPECT_THROW((void)test.store().write([](Tx& tx) -> Status {
        OWED_TRY_VOID(add(tx, "c"));
        throw BrokenInvariant{"stop"};
    }), BrokenInvariant);
    EXPECT_EQ(count(test.store(), "SELECT count(*) FROM shelf"), 0);
    test.write([](Tx& tx) { return add(tx, "d"); });
    EXPECT_EQ(count(test.store(), "SELECT count(*) FROM shelf"), 1);
}

TEST(Store, constraints_hold) {
    TestStore test{{shelf()}};
    struct Case {
        const char *name, *sql;
    };
    for (const auto& c : {Case{"check", "INSERT INTO shelf(name, size) VALUES('x', 0)"}, Case{"not_null", "INSERT INTO shelf(size) VALUES(1)"},
                          Case{"foreign_key", "INSERT INTO book(shelf, title) VALUES(77, 't')"},
                          Case{"strict", "INSERT INTO shelf(name, size) VALUES('x', 'many')"}}) {
        const auto done = test.store().write([&](Tx& tx) -> Status { tx.query(c.sql).run(); return {}; });
        ASSERT_FALSE(done.has_value()) << c.name;
        EXPECT_EQ(done.error().code, Errc::constraint_violated) << c.name << ": " << done.error().what;
    }
}

TEST(Store, a_query_inside_the_loop_over_the_same_query) {
    TestStore test{{shelf()}};
    test.write([](Tx& tx) -> Status { (void)add(tx, "a"); (void)add(tx, "b"); return add(tx, "c"); });
    int pairs = 0;
    test.read([&](Db& db) {
        auto outer = db.query("SELECT name FROM shelf");
        while (outer.step())
            for (auto inner = db.query("SELECT name FROM shelf"); inner.step();)
                ++pairs;
    });
    EXPECT_EQ(pairs, 9);
}

struct Noted : Memo {
    std::vector<std::string>* said;
    explicit Noted(std::vector<std::string>* to) : said{to} {}
    void begin_part() override { said->push_back("begin"); }
    void undo_part() override { said->push_back("undo"); }
    void end_part() override { said->push_back("end"); }
};

TEST(Store, an_attempt_that_fails_leaves_nothing_and_the_rest_commits) {
    TestStore test{{shelf()}};
    std::vector<std::string> said;
    test.write([&](Tx& tx) -> Status {
        tx.memo("noted") = std::make_shared<Noted>(&said);
        EXPECT_EQ(tx.highest_id("shelf"), 0);
        const auto insert = [&](int id) {
            tx.query("INSERT INTO shelf(id, name) VALUES(?, ?)").write(id, "shelf " + std::to_string(id));
            tx.inserted("shelf", id);
        };
        insert(1);
        const auto failed = tx.attempt([&]() -> Status {
            EXPECT_TRUE(tx.attempting());
            insert(2);
            return fail(Errc::refused, "no");
        });
        EXPECT_FALSE(failed);
        EXPECT_FALSE(tx.attempting());
        EXPECT_EQ(tx.highest_id("shelf"), 1) << "the id that was taken back is given again";
        EXPECT_TRUE(tx.attempt([&]() -> Status {
            insert(2);
            return {};
        }));
        return {};
    });
    EXPECT_EQ(count(test.store(), "SELECT count(*) FROM shelf"), 2);
    EXPECT_EQ(said, (std::vector<std::string>{"begin", "undo", "end", "begin", "end"}));
}

TEST(Store, a_taken_id_is_kept_for_its_row_whatever_comes_between) {
    TestStore test{{shelf()}};
    test.write([&](Tx& tx) -> Status {
        const auto insert = [&](std::int64_t id) {
            tx.query("INSERT INTO shelf(id, name) VALUES(?, ?)").write(id, "shelf " + std::to_string(id));
            tx.inserted("shelf", id);
        };
        EXPECT_EQ(tx.take_id("shelf"), 1);
        EXPECT_EQ(tx.take_id("shelf"), 2);
        insert(3);
        insert(1);
        EXPECT_EQ(tx.highest_id("shelf"), 3) << "not the one inserted last";
        EXPECT_EQ(tx.take_id("shelf"), 4);
        EXPECT_FALSE(tx.attempt([&]() -> Status { return fail(Errc::refused, "no"); }));
        EXPECT_EQ(tx.highest_id("shelf"), 4) << "still taken";
        insert(4);
        insert(2);
        return {};
    });
    EXPECT_FALSE(test.store().write([&](Tx& tx) -> Status {
        EXPECT_EQ(tx.take_id("shelf"), 5) << "of a new transaction";
        return fail(Errc::refused, "no");
    }));
}

TEST(Store, a_memo_that_nobody_filled_is_passed_over_by_an_attempt) {
    TestStore test{{shelf()}};
    test.write([&](Tx& tx) -> Status {
        EXPECT_EQ(tx.memo("asked for, never set"), nullptr);
        EXPECT_TRUE(tx.attempt([]() -> Status { return {}; }));
        EXPECT_FALSE(tx.attempt([]() -> Status { return fail(Errc::refused, "no"); }));
        return {};
    });
}

TEST(Store, what_waits_for_the_commit_is_written_with_it_or_not_at_all) {
    TestStore test{{shelf()}};
    const auto put = [](Tx& tx) -> Status {
        tx.query("INSERT INTO shelf(name) SELECT 'late ' || count(*) FROM shelf").run();
        return {};
    };
    test.write([&](Tx& tx) -> Status {
        tx.before_commit([&](Tx& last) -> Status {
            last.before_commit(put);
            return put(last);
        });
        return {};
    });
    EXPECT_EQ(count(test.store(), "SELECT count(*) FROM shelf"), 2);
    EXPECT_FALSE(test.store().write([&](Tx& tx) -> Status {
        tx.before_commit(put);
        tx.before_commit([](Tx&) -> Status { return fail(Errc::refused, "no"); });
        return {};
    }));
    EXPECT_EQ(count(test.store(), "SELECT count(*) FROM shelf"), 2);
}

TEST(Store, after_commit_runs_after_the_commit_and_only_then) {
    TestStore test{{shelf()}};
    int seen = -1;
    test.write([&](Tx& tx) -> Status {
        tx.after_commit([&] { seen = static_cast<int>(count(test.store(), "SELECT count(*) FROM shelf")); });
        return add(tx, "a");
    });
    EXPECT_EQ(seen, 1);
    seen = -1;
    (void)test.store().write([&](Tx& tx) -> Status {
        tx.after_commit([&] { seen = 99; });
        return fail(Errc::refused, "no");
    });
    test.write([](Tx& tx) { return add(tx, "b"); });
    EXPECT_EQ(seen, -1);
}

TEST(Store, a_read_keeps_its_snapshot_while_others_commit) {
    TestStore test{{shelf()}};
    test.read([&](Db& db) {
        auto query = db.query("SELECT count(*) FROM shelf");
        query.step();
        EXPECT_EQ(query.integer(0), 0);
        query.reset();
        test.write([](Tx& tx) { return add(tx, "a"); });
        query.step();
        EXPECT_EQ(query.integer(0), 0);
    });
    EXPECT_EQ(count(test.store(), "SELECT count(*) FROM shelf"), 1);
}

TEST(Store, write_inside_write_is_caught) {
    TestStore test{{shelf()}};
    EXPECT_THROW((void)test.store().write([&](Tx&) { return test.store().write([](Tx&) -> Status { return {}; }); }), BrokenInvariant);
}

TEST(RowHash, known_value) {
    // SHA-256 of 03000000 616263 08000000 ffffffffffffffff, computed with Python's hashlib.
    EXPECT_EQ(hex(RowHash{}.add("abc").add(std::int64_t{-1}).bytes()), hex(sha256(std::string{"\x03\0\0\0abc\x08\0\0\0", 11} + std::string(8, '\xff'))));
    EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_NE(RowHash{}.add("a").add("bc").bytes(), RowHash{}.add("ab").add("c").bytes());
}

}  // namespace
}  // namespace owed::store
