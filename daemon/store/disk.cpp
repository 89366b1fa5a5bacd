#include "store/detail/disk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "store/detail/connection.hpp"
#include "store/detail/folder.hpp"

namespace owed::store {

namespace {

class Descriptor {
  public:
    explicit Descriptor(int value = -1) : value_{value} {}
    Descriptor(Descriptor&& other) noexcept : value_{std::exchange(other.value_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(value_, other.value_);
        return *this;
    }
    ~Descriptor() {
        if (value_ >= 0)
            close(value_);
    }
    int get() const { return value_; }
    explicit operator bool() const { return value_ >= 0; }

  private:
    int value_;
};

tl::unexpected<Error> io_error(int number, std::string_view doing, std::string_view path) {
    const bool full = number == ENOSPC || number == EDQUOT || number == EFBIG;
    return fail(full ? Errc::store_full : number == ENOENT ? Errc::not_found : Errc::store_io,
                std::string{doing} + ": " + std::strerror(number), std::string{path});
}

Result<std::vector<std::string>> components_of(std::string_view path) {
    std::vector<std::string> parts;
    const auto refuse = [&](const char* why) { return fail(Errc::invalid_argument, std::string{"not a path below the data folder: "} + why, std::string{path}); };
    if (path.size() > 1024 || path.find('\0') != path.npos)
        return refuse("too long, or with a zero byte");
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const auto part = path.substr(begin, end - begin);
        if (part.empty() || part == "." || part == "..")
            return refuse("it has an empty name, \".\" or \"..\"");
        if (part.size() > 200)
            return refuse("a name is longer than 200 bytes");
        parts.emplace_back(part);
        begin = end + 1;
    }
    if (parts.size() == 1 && (parts[0] == "lock" || parts[0].starts_with(database_name)))
        return refuse("the database and its lock are not for others to open");
    return parts;
}

/// The folder that holds the last component, reached without following links. With `make`, missing ones are made and
/// synced into their parents.
Result<Descriptor> open_parent(const std::string& root, const std::vector<std::string>& parts, bool make, std::string_view path) {
    Descriptor at{open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!at)
        return io_error(errno, "cannot open the data folder", root);
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
        if (make) {
            if (mkdirat(at.get(), parts[i].c_str(), 0700) == 0) {
                if (fsync(at.get()) != 0)
                    stop_after_failed_sync(root);
            } else if (errno != EEXIST) {
                return io_error(errno, "cannot make the folder " + parts[i], path);
            }
        }
        Descriptor next{openat(at.get(), parts[i].c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
        if (!next)
            return io_error(errno, "cannot open the folder " + parts[i], path);
        at = std::move(next);
    }
    return at;
}

Status write_all(int descriptor, std::string_view bytes, std::string_view path) {
    while (!bytes.empty()) {
        const ssize_t written = write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return io_error(errno, "cannot write", path);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> read_all(int folder, const std::string& name, std::size_t size_max, std::string_view path) {
    Descriptor file{openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)};
    if (!file)
        return io_error(errno, "cannot open", path);
    struct stat info {};
    if (fstat(file.get(), &info) != 0)
        return io_error(errno, "cannot look at", path);
    if (!S_ISREG(info.st_mode))
        return fail(Errc::invalid_argument, "not a plain file", std::string{path});
    if (static_cast<std::uint64_t>(info.st_size) > size_max)
        return fail(Errc::input_too_large, "the file has " + std::to_string(info.st_size) + " bytes; at most " +
                    std::to_string(size_max) + " are read here", std::string{path});
    std::string bytes(static_cast<std::size_t>(info.st_size), '\0');
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return io_error(errno, "cannot read", path);
        if (got == 0)
            break;
        filled += static_cast<std::size_t>(got);
    }
    bytes.resize(filled);
    return bytes;
}

/// The target is there already. The same bytes: made durable once more, in case the writer before us died before its sync.
Status accept_same_bytes(int folder, const std::string& name, std::string_view bytes, std::string_view path) {
    auto present = read_all(folder, name, bytes.size(), path);
    if (!present && present.error().code != Errc::input_too_large)
        return fail(std::move(present).error());
    if (!present || *present != bytes)
        return fail(Errc::already_exists, "a file with other content is there already", std::string{path});
    Descriptor file{openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
    if (!file || fsync(file.get()) != 0 || fsync(folder) != 0)
        stop_after_failed_sync(path);
    return {};
}

}  // namespace

Status FolderDisk::write_new(std::string_view relative_path, std::string_view bytes) {
    OWED_TRY(const auto parts, components_of(relative_path));
    OWED_TRY(const auto folder, open_parent(folder_, parts, true, relative_path));
    const std::string& name = parts.back();

    static std::atomic<unsigned> counter{0};
    const std::string temporary = "." + std::to_string(getpid()) + "-" + std::to_string(counter++) + ".tmp";
    unlinkat(folder.get(), temporary.c_str(), 0);  // of a process that died and had our pid
    Descriptor file{openat(folder.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!file)
        return io_error(errno, "cannot make a file", relative_path);
    struct Remove {
        int folder;
        const std::string& name;
        bool wanted = true;
        ~Remove() {
            if (wanted)
                unlinkat(folder, name.c_str(), 0);
        }
    } remove{folder.get(), temporary};
    OWED_TRY_VOID(write_all(file.get(), bytes, relative_path));
    if (fsync(file.get()) != 0)
        stop_after_failed_sync(relative_path);
    if (renameat2(folder.get(), temporary.c_str(), folder.get(), name.c_str(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST)
            return accept_same_bytes(folder.get(), name, bytes, relative_path);
        return io_error(errno, "cannot give the file its name", relative_path);
    }
    remove.wanted = false;
    if (fsync(folder.get()) != 0)
        stop_after_failed_sync(relative_path);
    return {};
}

Result<std::string> FolderDisk::read(std::string_view relative_path, std::size_t size_max) {
    OWED_TRY(const auto parts, components_of(relative_path));
    OWED_TRY(const auto folder, open_parent(folder_, parts, false, relative_path));
    return read_all(folder.get(), parts.back(), size_max, relative_path);
}

}  // namespace owed::store
