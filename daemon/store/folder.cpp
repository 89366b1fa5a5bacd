#include "store/detail/folder.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "store/detail/connection.hpp"

namespace owed::store {

namespace {

std::string system_text() { return std::strerror(errno); }

/// The pid that the holder wrote, or 0. A pid left by a process that is gone is not the holder's.
int holder_of(int descriptor) {
    char text[16] = {};
    const ssize_t size = pread(descriptor, text, sizeof text - 1, 0);
    int pid = 0;
    if (size <= 0 || std::from_chars(text, text + size, pid).ec != std::errc{} || pid <= 0)
        return 0;
    return kill(pid, 0) == 0 || errno == EPERM ? pid : 0;
}

void write_holder(int descriptor) {
    const std::string text = std::to_string(getpid()) + "\n";
    // Only a help for whoever is refused; the lock itself does not need it.
    if (ftruncate(descriptor, 0) == 0)
        (void)!pwrite(descriptor, text.data(), text.size(), 0);
}

struct KnownFileSystem {
    std::uint32_t magic;
    const char* name;
};
// statfs(2) and linux/magic.h
constexpr KnownFileSystem untrusted_file_systems[] = {
    {0x6969, "NFS"},         {0x517B, "SMB"},        {0xFF534D42, "CIFS"},   {0xFE534D42, "SMB2"},  {0x65735546, "FUSE"},
    {0x00C36400, "Ceph"},    {0x5346414F, "AFS"},    {0x6B414653, "AFS"},    {0x73757245, "Coda"},  {0x564C, "NCP"},
    {0x01021997, "9P"},      {0x7461636F, "OCFS2"},  {0x01161970, "GFS2"},   {0x0BD00BD0, "Lustre"}, {0x47504653, "GPFS"},
    {0x19830326, "BeeGFS"},
};

}  // namespace

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_{std::exchange(other.descriptor_, -1)}, exclusive_{other.exclusive_} {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(exclusive_, other.exclusive_);
    return *this;
}

FolderLock::~FolderLock() {
    if (descriptor_ < 0)
        return;
    if (exclusive_)
        (void)!ftruncate(descriptor_, 0);
    close(descriptor_);
}

Result<FolderLock> FolderLock::take(const std::string& folder, Mode mode) {
    const std::string path = folder + "/lock";
    FolderLock lock;
    lock.descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock.descriptor_ < 0)
        return fail(Errc::store_io, "cannot open the lock file: " + system_text(), path);
    if (flock(lock.descriptor_, (mode == Mode::exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return fail(Errc::store_io, "cannot lock the data folder: " + system_text(), path);
        const int pid = holder_of(lock.descriptor_);
        return fail(Errc::store_locked,
                    pid ? "the data folder is in use by process " + std::to_string(pid)
                        : std::string{"the data folder is in use by another process that reads it"},
                    folder, "ask the running owed through owectl, or stop it first");
    }
    lock.exclusive_ = mode == Mode::exclusive;
    if (lock.exclusive_)
        write_holder(lock.descriptor_);
    return lock;
}

Status make_folder(const std::string& folder) {
    std::error_code error;
    if (std::filesystem::is_directory(folder, error))
        return {};
    const auto parent = std::filesystem::path{folder}.parent_path();
    if (!parent.empty())
        std::filesystem::create_directories(parent, error);
    if (error || (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST))
        return fail(Errc::store_io, "cannot make the data folder: " + (error ? error.message() : system_text()), folder);
    return {};
}

std::string_view untrusted_file_system(std::uint32_t magic) {
    for (const auto& known : untrusted_file_systems)
        if (known.magic == magic)
            return known.name;
    return {};
}

Status check_file_system(const std::string& folder) {
    struct statfs info {};
    if (statfs(folder.c_str(), &info) != 0)
        return fail(Errc::store_io, "cannot look at the file system of the data folder: " + system_text(), folder);
    if (const auto name = untrusted_file_system(static_cast<std::uint32_t>(info.f_type)); !name.empty())
        return fail(Errc::refused, "the data folder lies on " + std::string{name} + ", whose locks and syncs do not keep a database whole",
                    folder, "put the data folder on a local disk");
    return {};
}

Status check_free_space(const std::string& folder, std::uint64_t bytes_min) {
    struct statfs info {};
    if (statfs(folder.c_str(), &info) != 0)
        return fail(Errc::store_io, "cannot look at the free space of the data folder: " + system_text(), folder);
    const std::uint64_t free = static_cast<std::uint64_t>(info.f_bavail) * static_cast<std::uint64_t>(info.f_frsize);
    if (free < bytes_min)
        return fail(Errc::store_full, std::to_string(free >> 20) + " MiB are free on the disk of the data folder; owed needs " +
                    std::to_string(bytes_min >> 20) + " MiB", folder, "make room on the disk, then start again");
    return {};
}

bool file_exists(const std::string& path) {
    struct stat info {};
    return lstat(path.c_str(), &info) == 0;
}

std::uint64_t file_size(const std::string& path) {
    struct stat info {};
    return stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

Status sync_path(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0)
        return fail(Errc::store_io, "cannot open to sync: " + system_text(), path);
    if (fsync(descriptor) != 0)
        stop_after_failed_sync(path);
    close(descriptor);
    return {};
}

}  // namespace owed::store
