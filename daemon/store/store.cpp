// Opening, the writer and its checkpoints, the readers.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "store/detail/backup.hpp"
#include "store/detail/connection.hpp"
#include "store/detail/disk.hpp"
#include "store/detail/folder.hpp"
#include "store/detail/schema.hpp"
#include "store/memory.hpp"

namespace owed::store {

namespace {
constexpr int pages_between_checkpoints = 1'000;
constexpr int wal_pages_max = 16'000;  // 64 MiB: then the WAL is cut back, not only copied
constexpr std::chrono::milliseconds longest_wait_for_readers{500};
}  // namespace

struct Store::Impl {
    OpenOptions options;
    Log& log;
    FolderLock lock;
    std::string database;
    int schema = 0;
    FolderDisk disk;

    std::mutex write_mutex;                        // guards the two below
    Db::Impl writer;
    int pages_at_checkpoint = 0;
    std::atomic<std::thread::id> writing_thread{};  // to catch write inside write, which would wait for itself

    mutable std::mutex readers_mutex;              // guards the three below
    mutable std::vector<std::unique_ptr<Connection>> idle_readers;
    mutable int reader_count = 0;                  // idle and borrowed
    mutable bool readers_wait = false;             // the writer cuts the WAL back
    mutable std::condition_variable reader_is_back;

    Impl(OpenOptions o, Log& l, FolderLock taken)
        : options{std::move(o)}, log{l}, lock{std::move(taken)}, database{options.folder + "/" + database_name}, disk{options.folder} {}

    Status open_database(Clock& clock);
    Status open_for_reading();
    void checkpoint(int mode);
    void truncate_without_readers();
    void checkpoint_if_due();
    std::unique_ptr<Connection> borrow_reader() const;
    void give_back(std::unique_ptr<Connection> reader) const;
};

namespace {

/// Failure becomes the Error that it stands for; everything else passes.
template <class Body>
Status without_failure(Body&& body) {
    try {
        return body();
    } catch (const Failure& failure) {
        return fail(failure.code(), failure.what());
    }
}

std::string backup_name_before(const SchemaState& state, const std::string& folder, Instant now) {
    std::string time = to_text(now);
    for (char& c : time)
        if (c == ':')
            c = '-';
    return folder + "/backups/before-step-" + std::to_string(state.pending.front().number) + "-" + time + ".db";
}

}  // namespace

Status Store::Impl::open_database(Clock& clock) {
    return without_failure([&]() -> Status {
        OWED_TRY(const auto steps, all_steps(options.migrations));
        writer.connection = Connection::open(database, Access::writer);
        OWED_TRY(const auto state, schema_state(*writer.connection, steps));
        if (!state.pending.empty()) {
            std::string kept;
            if (!state.fresh) {
                kept = backup_name_before(state, options.folder, clock.now());
                OWED_TRY_VOID(make_folder(options.folder + "/backups"));
                OWED_TRY_VOID(copy_database(database, kept));
                log.info("store", "the database was copied to " + kept + " before its schema changes");
            }
            if (auto applied = apply(*writer.connection, state, clock, options.installation_id); !applied) {
                // Nothing has changed; a unit that restarts again and again must not fill the disk with copies.
                if (!kept.empty())
                    unlink(kept.c_str());
                return applied;
            }
            checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
            log.info("store", "applied " + std::to_string(state.pending.size()) + " schema steps");
        }
        schema = steps.back().number;
        return {};
    });
}

Status Store::Impl::open_for_reading() {
    return without_failure([&]() -> Status {
        OWED_TRY(const auto steps, all_steps(options.migrations));
        auto reader = borrow_reader();
        OWED_TRY(const auto state, schema_state(*reader, steps));
        give_back(std::move(reader));
        if (!state.pending.empty())
            return fail(Errc::refused, "the database is older than this program and must be brought up to date first", database,
                        "start owed once on this data folder");
        schema = state.applied.back();
        return {};
    });
}

Result<std::unique_ptr<Store>> Store::open(OpenOptions options, Clock& clock, Log& log) {
    const std::string database = options.folder + "/" + database_name;
    if (options.create && !options.read_only)
        OWED_TRY_VOID(make_folder(options.folder));
    if (!file_exists(database) && (!options.create || options.read_only))
        return fail(Errc::not_found, "there is no database in the data folder", options.folder);
    OWED_TRY(auto lock, FolderLock::take(options.folder, options.read_only ? FolderLock::Mode::shared : FolderLock::Mode::exclusive));
    OWED_TRY_VOID(check_file_system(options.folder));
    if (!options.read_only)
        OWED_TRY_VOID(check_free_space(options.folder, std::max(options.free_bytes_min, 2 * file_size(database + "-wal"))));
    const bool read_only = options.read_only;
    auto impl = std::make_unique<Impl>(std::move(options), log, std::move(lock));
    if (auto opened = read_only ? impl->open_for_reading() : impl->open_database(clock); !opened) {
        Error error = std::move(opened).error();
        if (error.where.empty())
            error.where = database;
        return fail(std::move(error));
    }
    return std::unique_ptr<Store>{new Store{std::move(impl)}};
}

Store::Store(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}

Store::~Store() {
    impl_->idle_readers.clear();
    if (impl_->writer.connection)
        checkpoint_at_idle();
}

Status Store::write(const std::function<Status(Tx&)>& body) {
    Impl& self = *impl_;
    if (!self.writer.connection)
        return fail(Errc::refused, "the store was opened for reading only", self.database);
    OWED_CHECK(self.writing_thread.load() != std::this_thread::get_id(), "Store::write was called inside Store::write");
    std::vector<std::function<void()>> actions;
    {
        std::lock_guard guard{self.write_mutex};
        Connection& connection = *self.writer.connection;
        self.writing_thread = std::this_thread::get_id();
        struct Clear {
            Impl& impl;
            ~Clear() {
                impl.writing_thread = std::thread::id{};
                impl.writer.connection->before_commit.clear();
                impl.writer.connection->after_commit.clear();
                impl.writer.connection->memos.clear();
            }
        } clear{self};
        auto done = without_failure([&]() -> Status {
            TransactionGuard transaction{connection, "BEGIN IMMEDIATE"};
            Tx tx{&self.writer};
            OWED_TRY_VOID(body(tx));
            for (std::size_t i = 0; i < connection.before_commit.size(); ++i) {
                const auto action = std::move(connection.before_commit[i]);   // it may ask for another one
                OWED_TRY_VOID(action(tx));
            }
            transaction.commit();
            return {};
        });
        if (!done)
            return done;
        actions = std::move(connection.after_commit);
        self.checkpoint_if_due();
    }
    for (const auto& action : actions)
        action();
    return {};
}

void Store::Impl::checkpoint(int mode) {
    int in_wal = 0, copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(writer.connection->handle, nullptr, mode, &in_wal, &copied);
    // Busy: a reader's snapshot still needs the WAL. Locked: cannot be, no statement of ours is open. Both only wait.
    if (code != SQLITE_OK && code != SQLITE_BUSY && code != SQLITE_LOCKED)
        writer.connection->raise(code, "checkpoint");
    if (mode == SQLITE_CHECKPOINT_TRUNCATE && code == SQLITE_OK)
        writer.connection->wal_pages = 0;
    pages_at_checkpoint = writer.connection->wal_pages;
}

/// Readers that overlap without end would keep the WAL from ever beginning anew: so new ones wait a moment. Bounded,
/// because a long report may be under way; then the next commits try again.
void Store::Impl::truncate_without_readers() {
    {
        std::unique_lock guard{readers_mutex};
        readers_wait = true;
        reader_is_back.wait_for(guard, longest_wait_for_readers,
                                [&] { return static_cast<std::size_t>(reader_count) == idle_readers.size(); });
    }
    struct LetReadersGo {
        Impl& impl;
        ~LetReadersGo() {
            {
                std::lock_guard guard{impl.readers_mutex};
                impl.readers_wait = false;
            }
            impl.reader_is_back.notify_all();
        }
    } let_go{*this};
    checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
}

void Store::Impl::checkpoint_if_due() {
    const int pages = writer.connection->wal_pages;
    if (pages < pages_at_checkpoint)  // the WAL began anew
        pages_at_checkpoint = 0;
    if (pages - pages_at_checkpoint < pages_between_checkpoints)
        return;
    // The commit is durable already: a checkpoint that fails for lack of room is a matter for the log and the next try.
    try {
        if (pages >= wal_pages_max)
            truncate_without_readers();
        else
            checkpoint(SQLITE_CHECKPOINT_PASSIVE);
    } catch (const Failure& failure) {
        pages_at_checkpoint = pages;
        log.error("store", std::string{"checkpoint failed, the next commits try again: "} + failure.what());
    }
}

namespace {

/// Pages of a large transaction go back to the allocator, and then, if they were many, from there to the machine.
void give_back_memory(Connection& writer) {
    constexpr int many_bytes = 32 << 20;
    int used = 0, unused = 0;
    sqlite3_db_status(writer.handle, SQLITE_DBSTATUS_CACHE_USED, &used, &unused, 0);
    sqlite3_db_release_memory(writer.handle);
    if (used > many_bytes) give_free_memory_back();
}

}  // namespace

void Store::checkpoint_at_idle() {
    if (!impl_->writer.connection)
        return;
    std::lock_guard guard{impl_->write_mutex};
    try {
        impl_->checkpoint(SQLITE_CHECKPOINT_TRUNCATE);
        give_back_memory(*impl_->writer.connection);
    } catch (const Failure& failure) {
        impl_->log.error("store", std::string{"checkpoint failed: "} + failure.what());
    }
}

std::unique_ptr<Connection> Store::Impl::borrow_reader() const {
    {
        std::unique_lock guard{readers_mutex};
        reader_is_back.wait(guard, [&] {
            return !readers_wait && (!idle_readers.empty() || reader_count < options.reader_count_max);
        });
        if (!idle_readers.empty()) {
            auto reader = std::move(idle_readers.back());
            idle_readers.pop_back();
            return reader;
        }
        ++reader_count;
    }
    try {
        return Connection::open(database, Access::reader);
    } catch (...) {
        give_back(nullptr);
        throw;
    }
}

void Store::Impl::give_back(std::unique_ptr<Connection> reader) const {
    {
        std::lock_guard guard{readers_mutex};
        if (reader)
            idle_readers.push_back(std::move(reader));
        else
            --reader_count;
    }
    reader_is_back.notify_all();  // a waiting reader, and a writer that waits for the last one
}

Status Store::read(const std::function<Status(Db&)>& body) const {
    return without_failure([&]() -> Status {
        Db::Impl borrowed{impl_->borrow_reader()};
        struct Return {
            const Impl& impl;
            Db::Impl& borrowed;
            ~Return() { impl.give_back(std::move(borrowed.connection)); }
        } give_back{*impl_, borrowed};
        TransactionGuard snapshot{*borrowed.connection, "BEGIN"};
        Db db{&borrowed};
        return body(db);
    });
}

StoreStatus Store::status() const {
    return {.kind = "sqlite", .version = sqlite3_libversion(), .size_bytes = file_size(impl_->database),
            .wal_bytes = file_size(impl_->database + "-wal"), .schema = impl_->schema};
}

const std::string& Store::folder() const { return impl_->options.folder; }
Disk& Store::disk() { return impl_->disk; }
Status Store::backup(const std::string& target_file) const { return copy_store(impl_->options.folder, target_file); }

std::vector<Epoch> epochs(Db& db) {
    std::vector<Epoch> all;
    auto rows = db.query("SELECT epoch, installation_id, created_at, restored_from FROM store_epoch ORDER BY epoch");
    while (rows.step())
        all.push_back({rows.integer(0), rows.text(1), Instant{rows.integer(2)}, rows.maybe_text(3)});
    if (all.empty())
        throw Failure{Errc::store_corrupt, "the store has no epoch: the table store_epoch is empty"};
    return all;
}

}  // namespace owed::store
