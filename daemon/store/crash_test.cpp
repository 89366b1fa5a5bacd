// Kill, full disk, failed sync: what was acknowledged stays, what was not is as if it had never been.
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <random>

#include "store/detail/watching_vfs.hpp"
#include "store/test_store.hpp"

namespace owed::store {
namespace {

std::vector<Migration> pairs() {
    return {{900, "test: pairs", "CREATE TABLE pair(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, side INTEGER NOT NULL, pad BLOB) STRICT;"
                                 "CREATE INDEX pair_n ON pair(n);"}};
}

Status add_pair(Tx& tx, std::int64_t n, std::size_t pad_bytes) {
    const std::string pad(pad_bytes, 'p');
    for (const int side : {1, -1})
        tx.query("INSERT INTO pair(n, side, pad) VALUES(?, ?, ?)").set(0, n).set(1, side).set_blob(2, pad).run();
    return {};
}

struct Found {
    std::int64_t pairs = 0, largest = 0;
};

/// Every pair whole, integrity ok.
Found look(Store& store) {
    Found found;
    ok(store.read([&](Db& db) -> Status {
        auto counted = db.query("SELECT count(*), coalesce(max(n), 0), coalesce(sum(side), 0) FROM pair NOT INDEXED");
        counted.step();
        EXPECT_EQ(counted.integer(0) % 2, 0) << "half a transaction";
        EXPECT_EQ(counted.integer(2), 0);
        found = {counted.integer(0) / 2, counted.integer(1)};
        auto check = db.query("PRAGMA integrity_check");
        check.step();
        EXPECT_EQ(check.text(0), "ok");
        return {};
    }));
    return found;
}

/// Commits pair after pair and says each number to the pipe, until it is killed.
[[noreturn]] void commit_until_killed(const TestStore& test, std::int64_t from, int pipe_end) {
    FixedClock clock;
    CollectingLog log;
    auto store = Store::open(test.options(), clock, log);
    if (!store)
        _exit(3);
    for (std::int64_t n = from;; ++n) {
        if (!(*store)->write([&](Tx& tx) { return add_pair(tx, n, 200); }))
            _exit(4);
        if (n % 50 == 0)
            (*store)->checkpoint_at_idle();
        if (write(pipe_end, &n, sizeof n) != sizeof n)
            _exit(5);
    }
}

TEST(Crash, acknowledged_commits_survive_kill_9) {
    const auto seed = std::random_device{}();
    RecordProperty("seed", std::to_string(seed));
    std::mt19937 random{seed};
    TestStore test{{pairs()}};
    test.close();
    std::int64_t acknowledged = 0;
    for (int round = 0; round < 20; ++round) {
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            close(ends[0]);
            commit_until_killed(test, acknowledged + 1, ends[1]);
        }
        close(ends[1]);
        // After so many acknowledgements, wherever the child then is.
        const auto stop_after = acknowledged + 1 + static_cast<std::int64_t>(random() % 150);
        std::int64_t n = 0;
        while (acknowledged < stop_after && read(ends[0], &n, sizeof n) == sizeof n)
            acknowledged = n;
        kill(child, SIGKILL);
        while (read(ends[0], &n, sizeof n) == sizeof n)
            acknowledged = n;
        close(ends[0]);
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << "child ended by itself with " << WEXITSTATUS(status);

        test.open();
        const auto found = look(test.store());
        EXPECT_GE(found.pairs, acknowledged) << "seed " << seed << " round " << round;
        EXPECT_EQ(found.pairs, found.largest) << "a hole: seed " << seed << " round " << round;
        EXPECT_LE(found.pairs, acknowledged + 1);
        acknowledged = found.pairs;
        test.close();
    }
    EXPECT_GT(acknowledged, 100);
}

TEST(Crash, a_full_disk_at_any_write_leaves_nothing_half_done) {
    // Fails the first write of the transaction, then the second, and so on until it passes untouched.
    bool passed = false;
    int failures = 0;
    for (int at = 1; at <= 200 && !passed; ++at) {
        WatchingVfs vfs;
        TestStore test{{pairs()}};
        test.write([](Tx& tx) { return add_pair(tx, 1, 3000); });
        int writes = 0;
        vfs.failure = [&](WatchingVfs::Operation operation, bool) {
            return operation == WatchingVfs::Operation::write && ++writes == at ? SQLITE_FULL : SQLITE_OK;
        };
        const auto done = test.store().write([](Tx& tx) -> Status {
            for (std::int64_t n = 2; n <= 11; ++n)
                OWED_TRY_VOID(add_pair(tx, n, 3000));
            return {};
        });
        vfs.failure = nullptr;
        passed = done.has_value();
        if (!passed) {
            ++failures;
            EXPECT_EQ(done.error().code, Errc::store_full) << to_text(done.error());
        }
        EXPECT_EQ(look(test.store()).pairs, passed ? 11 : 1) << "write " << at;
        test.write([](Tx& tx) { return add_pair(tx, 12, 10); });
        test.close();
        test.open();
        EXPECT_EQ(look(test.store()).pairs, passed ? 12 : 2) << "write " << at;
    }
    EXPECT_TRUE(passed);
    EXPECT_GT(failures, 5);
}

TEST(Crash, a_checkpoint_that_finds_the_disk_full_loses_nothing) {
    WatchingVfs vfs;
    TestStore test{{pairs()}};
    vfs.failure = [](WatchingVfs::Operation operation, bool is_wal) {
        return operation == WatchingVfs::Operation::write && !is_wal ? SQLITE_FULL : SQLITE_OK;
    };
    for (std::int64_t n = 1; n <= 400; ++n)  // more than 1,000 pages
        test.write([&](Tx& tx) { return add_pair(tx, n, 8000); });
    EXPECT_TRUE(test.log.has("error store: checkpoint failed"));
    vfs.failure = nullptr;
    test.store().checkpoint_at_idle();
    EXPECT_EQ(test.store().status().wal_bytes, 0U);
    EXPECT_EQ(look(test.store()).pairs, 400);
}

/// Ends with 0 when filling a store under a file size limit of 1 MiB is answered with store_full.
[[noreturn]] void fill_under_a_file_size_limit(TestStore& test) {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    limit.rlim_cur = limit.rlim_max = 1 << 20;
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        _exit(2);
    test.open();
    Status done;
    for (std::int64_t n = 1; done && n < 1000; ++n)
        done = test.store().write([&](Tx& tx) { return add_pair(tx, n, 20'000); });
    std::fprintf(stderr, "%s\n", done ? "no error" : to_text(done.error()).c_str());
    _exit(!done && done.error().code == Errc::store_full ? 0 : 1);
}

TEST(CrashDeathTest, a_file_size_limit_is_a_full_store) {
    TestStore test{{pairs()}};
    test.close();
    EXPECT_EXIT(fill_under_a_file_size_limit(test), ::testing::ExitedWithCode(0), "store_full");
    test.open();
    EXPECT_GT(look(test.store()).pairs, 5);
}

[[noreturn]] void fail_a_sync(TestStore& test, bool of_wal) {
    WatchingVfs vfs;
    test.open();
    vfs.failure = [&](WatchingVfs::Operation operation, bool is_wal) {
        errno = EIO;
        return operation == WatchingVfs::Operation::sync && is_wal == of_wal ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    };
    (void)test.store().write([](Tx& tx) { return add_pair(tx, 1, 10); });
    test.store().checkpoint_at_idle();
    _exit(0);
}

TEST(CrashDeathTest, a_failed_fsync_ends_the_process_with_74) {
    TestStore test{{pairs()}};
    test.close();
    EXPECT_EXIT(fail_a_sync(test, true), ::testing::ExitedWithCode(74), "fsync failed") << "of a commit";
    EXPECT_EXIT(fail_a_sync(test, false), ::testing::ExitedWithCode(74), "fsync failed") << "of a checkpoint";
}

}  // namespace
}  // namespace owed::store
