// Backup and restore: whole files that were checked before they got their name.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "store/detail/backup.hpp"
#include "store/detail/connection.hpp"
#include "store/detail/folder.hpp"
#include "store/detail/schema.hpp"

namespace owed::store {

namespace fs = std::filesystem;

namespace {

constexpr const char* artifact_folder = "artifacts";

tl::unexpected<Error> file_error(const std::error_code& error, const std::string& doing, const std::string& path) {
    const bool full = error == std::errc::no_space_on_device || error == std::errc::file_too_large;
    return fail(full ? Errc::store_full : Errc::store_io, doing + ": " + error.message(), path);
}

/// A file or folder that is removed again unless it was given its final name.
class Partial {
  public:
    explicit Partial(std::string path) : path_{std::move(path)} { clear(); }
    ~Partial() {
        if (!path_.empty())
            clear();
    }
    const std::string& path() const { return path_; }
    /// Errors: already_exists; store_io.
    Status name_it(const std::string& final_path) {
        if (renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, final_path.c_str(), RENAME_NOREPLACE) != 0)
            return errno == EEXIST ? Status{fail(Errc::already_exists, "it is there already", final_path)}
                                   : Status{file_error({errno, std::generic_category()}, "cannot give it its name", final_path)};
        path_.clear();
        return sync_path(fs::path{final_path}.parent_path().string());
    }

  private:
    void clear() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
        fs::remove(path_ + "-journal", ignored);
        fs::remove(path_ + "-wal", ignored);
        fs::remove(path_ + "-shm", ignored);
    }
    std::string path_;
};

/// All pages in one read transaction, so that commits of the writer do not start the copy over.
void copy_pages(Connection& from, Connection& to) {
    sqlite3_backup* copy = sqlite3_backup_init(to.handle, "main", from.handle, "main");
    if (!copy)
        to.raise(sqlite3_errcode(to.handle), "begin a backup");
    const int stepped = sqlite3_backup_step(copy, -1);
    const int finished = sqlite3_backup_finish(copy);
    if (stepped != SQLITE_DONE)
        to.raise(finished != SQLITE_OK ? finished : stepped, "copy the database");
    to.check(finished, "end the copy of the database");
    if (to.text("PRAGMA journal_mode=DELETE") != "delete")  // one file, without a WAL beside it
        throw Failure{Errc::store_io, "the copy of the database does not leave WAL mode"};
}

/// A checked copy at `target`, not yet synced or named. Throws Failure.
Status copy_and_check(Connection& source, const std::string& target) {
    auto copy = Connection::open(target, Access::copy);
    copy_pages(source, *copy);
    OWED_TRY_VOID(check_integrity(*copy, target));
    if (schema_text(source) != schema_text(*copy))
        return fail(Errc::store_corrupt, "the copy's schema differs from the database's", target);
    return {};
}

/// Plain files of a tree; links and unfinished files stay out. Errors: store_full, store_io.
Status copy_tree(const std::string& from, const std::string& to) {
    std::error_code error;
    fs::create_directories(to, error);
    if (error)
        return file_error(error, "cannot make the folder", to);
    for (fs::recursive_directory_iterator at{from, error}, end; !error && at != end; at.increment(error)) {
        const auto target = fs::path{to} / fs::relative(at->path(), from, error);
        if (error)
            break;
        if (at->is_symlink(error) || at->path().extension() == ".tmp")
            continue;
        if (at->is_directory(error))
            fs::create_directory(target, error);
        else if (at->is_regular_file(error) && !fs::copy_file(at->path(), target, error) && !error)
            return fail(Errc::already_exists, "it is there already", target.string());
        if (error)
            return file_error(error, "cannot copy", at->path().string());
        OWED_TRY_VOID(sync_path(target.string()));
    }
    if (error)
        return file_error(error, "cannot copy the folder", from);
    return sync_path(to);
}

Status must_not_exist(const std::string& path) {
    return file_exists(path) ? Status{fail(Errc::already_exists, "it is there already", path, "choose another name")} : Status{};
}

template <class Body>
Status without_failure(const std::string& where, Body&& body) {
    try {
        return body();
    } catch (const Failure& failure) {
        return fail(failure.code(), failure.what(), where);
    }
}

std::string absolute(const std::string& path) { return fs::absolute(path).lexically_normal().string(); }

}  // namespace

Status copy_database(const std::string& source, const std::string& target) {
    return without_failure(target, [&]() -> Status {
        OWED_TRY_VOID(must_not_exist(target));
        Partial partial{target + ".partial"};
        {
            auto from = Connection::open(source, Access::reader);
            OWED_TRY_VOID(copy_and_check(*from, partial.path()));
        }
        OWED_TRY_VOID(sync_path(partial.path()));
        return partial.name_it(target);
    });
}

Status copy_store(const std::string& folder, const std::string& target_file) {
    const std::string target = absolute(target_file), files = target + ".files";
    OWED_TRY_VOID(must_not_exist(target));
    OWED_TRY_VOID(must_not_exist(files));
    return without_failure(target, [&]() -> Status {
        Partial database{target + ".partial"}, beside{files + ".partial"};
        {
            auto from = Connection::open(folder + "/" + database_name, Access::reader);
            OWED_TRY_VOID(copy_and_check(*from, database.path()));
        }
        OWED_TRY_VOID(sync_path(database.path()));
        // After the database: files come before the rows that name them, so this copy has every file that a row names.
        if (const auto artifacts = folder + "/" + artifact_folder; file_exists(artifacts)) {
            OWED_TRY_VOID(copy_tree(artifacts, beside.path() + "/" + artifact_folder));
            OWED_TRY_VOID(beside.name_it(files));
        }
        return database.name_it(target);
    });
}

namespace {

/// The schema must be the one that the steps it claims would make, letter by letter: a trigger or view that strangers
/// added would run as us (SECURITY T37).
Status check_foreign(const std::string& backup, const std::vector<Migration>& steps) {
    auto from = Connection::open(backup, Access::foreign);
    // SQLite reads what is missing of the last page as zeros, and its integrity check does not look into values.
    const auto bytes = static_cast<std::uint64_t>(from->integer("PRAGMA page_count") * from->integer("PRAGMA page_size"));
    if (bytes != file_size(backup))
        return fail(Errc::store_corrupt, "the backup has " + std::to_string(file_size(backup)) + " bytes, but by its own count it should have " +
                    std::to_string(bytes), backup, "it was cut off or added to: copy it again, or take an older one");
    OWED_TRY(const auto state, schema_state(*from, steps));
    if (state.fresh)
        return fail(Errc::store_corrupt, "the backup is an empty database", backup);
    if (schema_text(*from) != expected_schema_text(steps, state.applied))
        return fail(Errc::store_corrupt, "the backup's schema is not what owed's own steps make; it was changed by other means", backup,
                    "restore a backup that owed made");
    return check_integrity(*from, backup);
}

void begin_epoch(const std::string& database, const std::string& backup, Instant now) {
    auto copy = Connection::open(database, Access::copy);
    TransactionGuard transaction{*copy, "BEGIN IMMEDIATE"};
    Statement* statement = copy->prepare(
        "INSERT INTO store_epoch(epoch, installation_id, created_at, restored_from) "
        "SELECT epoch + 1, installation_id, ?, ? FROM store_epoch ORDER BY epoch DESC LIMIT 1");
    const std::string name = fs::path{backup}.filename().string();
    sqlite3_bind_int64(statement->handle, 1, now.micros);
    sqlite3_bind_text(statement->handle, 2, name.c_str(), -1, SQLITE_TRANSIENT);
    const int code = sqlite3_step(statement->handle);
    const bool one_row = sqlite3_changes(copy->handle) == 1;
    sqlite3_reset(statement->handle);
    statement->in_use = false;
    if (code != SQLITE_DONE)
        copy->raise(code, "begin an epoch");
    if (!one_row)
        throw Failure{Errc::store_corrupt, "the backup has no epoch: its table store_epoch is empty"};
    transaction.commit();
}

}  // namespace

Status restore(const std::string& backup_file, const std::string& data_folder, const std::vector<Migration>& migrations, Clock& clock) {
    const std::string backup = absolute(backup_file), database = data_folder + "/" + database_name;
    if (!fs::is_regular_file(backup))
        return fail(Errc::not_found, "there is no such backup", backup);
    OWED_TRY_VOID(make_folder(data_folder));
    OWED_TRY(const auto lock, FolderLock::take(data_folder, FolderLock::Mode::exclusive));
    OWED_TRY_VOID(check_file_system(data_folder));
    const std::string artifacts = data_folder + "/" + artifact_folder, files = backup + ".files/" + artifact_folder;
    const std::string advice = "a restore needs an empty data folder: move this one away";
    for (const auto& path : {database, database + "-wal", artifacts})
        if (file_exists(path))
            return fail(Errc::already_exists, "the data folder is not empty", path, advice);
    return without_failure(backup, [&]() -> Status {
        OWED_TRY(const auto steps, all_steps(migrations));
        OWED_TRY_VOID(check_foreign(backup, steps));
        Partial copy{database + ".partial"}, beside{artifacts + ".partial"};
        {
            auto from = Connection::open(backup, Access::foreign);
            OWED_TRY_VOID(copy_and_check(*from, copy.path()));
        }
        begin_epoch(copy.path(), backup, clock.now());
        OWED_TRY_VOID(sync_path(copy.path()));
        if (file_exists(files)) {
            OWED_TRY_VOID(copy_tree(files, beside.path()));
            OWED_TRY_VOID(beside.name_it(artifacts));
        }
        return copy.name_it(database);
    });
}

}  // namespace owed::store
