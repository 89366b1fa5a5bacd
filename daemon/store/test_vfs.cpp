#include <sqlite3.h>

#include <cstring>
#include <map>
#include <memory>

#include "store/detail/watching_vfs.hpp"

namespace owed::store {

namespace {

WatchingVfs* watching = nullptr;
sqlite3_vfs* real = nullptr;
sqlite3_vfs shim;
std::mutex files_mutex;
std::map<sqlite3_file*, bool> is_wal;                                                  // open files of interest
std::map<const sqlite3_io_methods*, std::unique_ptr<sqlite3_io_methods>> shim_methods;  // by the real ones
std::map<const sqlite3_io_methods*, const sqlite3_io_methods*> real_methods;            // by the shim ones

const sqlite3_io_methods* real_of(sqlite3_file* file) {
    std::lock_guard guard{files_mutex};
    return real_methods.at(file->pMethods);
}

int note(WatchingVfs::Operation operation, sqlite3_file* file) {
    bool wal = false;
    {
        std::lock_guard guard{files_mutex};
        wal = is_wal.at(file);
    }
    return watching ? watching->note(operation, wal) : SQLITE_OK;
}

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
    const int code = note(WatchingVfs::Operation::write, file);
    return code != SQLITE_OK ? code : real_of(file)->xWrite(file, bytes, size, offset);
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    const int code = note(WatchingVfs::Operation::truncate, file);
    return code != SQLITE_OK ? code : real_of(file)->xTruncate(file, size);
}

int sync(sqlite3_file* file, int flags) {
    const int code = note(WatchingVfs::Operation::sync, file);
    return code != SQLITE_OK ? code : real_of(file)->xSync(file, flags);
}

int close(sqlite3_file* file) {
    const auto* methods = real_of(file);
    {
        std::lock_guard guard{files_mutex};
        is_wal.erase(file);
    }
    return methods->xClose(file);
}

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    const int code = real->xOpen(real, name, file, flags, out_flags);
    if (code != SQLITE_OK || !file->pMethods || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return code;
    std::lock_guard guard{files_mutex};
    auto& methods = shim_methods[file->pMethods];
    if (!methods) {
        methods = std::make_unique<sqlite3_io_methods>(*file->pMethods);
        methods->xWrite = write;
        methods->xTruncate = truncate;
        methods->xSync = sync;
        methods->xClose = close;
        real_methods[methods.get()] = file->pMethods;
    }
    is_wal[file] = (flags & SQLITE_OPEN_WAL) != 0;
    file->pMethods = methods.get();
    return code;
}

}  // namespace

WatchingVfs::WatchingVfs() {
    real = sqlite3_vfs_find(nullptr);
    shim = *real;
    shim.zName = "owed-watching";
    shim.xOpen = open;
    shim.pNext = nullptr;
    watching = this;
    sqlite3_vfs_register(&shim, 1);
}

WatchingVfs::~WatchingVfs() {
    watching = nullptr;
    sqlite3_vfs_unregister(&shim);
    sqlite3_vfs_register(real, 1);
}

WatchingVfs::Seen WatchingVfs::seen() const {
    std::lock_guard guard{mutex_};
    return seen_;
}

void WatchingVfs::forget() {
    std::lock_guard guard{mutex_};
    seen_ = {};
}

int WatchingVfs::note(Operation operation, bool wal) {
    std::lock_guard guard{mutex_};
    if (operation == Operation::sync)
        ++seen_.syncs;
    else
        ++(wal ? seen_.wal_writes : seen_.database_writes);
    (wal ? seen_.wal_threads : seen_.database_threads).insert(std::this_thread::get_id());
    return failure ? failure(operation, wal) : SQLITE_OK;
}

}  // namespace owed::store
