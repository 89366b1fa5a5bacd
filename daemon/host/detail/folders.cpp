#include "host/detail/folders.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "host/detail/frame_socket.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

constexpr std::uint64_t old_enough_ms = 5'000;    // INTERFACES, "Configuration": older files are complete
constexpr std::int64_t look_apart_us = 1'000'000; // two looks in one breath say nothing about a writer
constexpr std::size_t files_max = 100'000;
constexpr std::string_view marker = ".done";

tl::unexpected<Error> os_error(std::string_view what, std::string_view path) {
    const int code = errno;
    const Errc errc = code == ENOSPC || code == EDQUOT ? Errc::store_full : code == ENOENT ? Errc::not_found : Errc::io;
    return fail(errc, std::string{what} + ": " + std::strerror(code), std::string{path});
}

/// A name that stays inside its folder and can be shown: no slash, no leading dot, UTF-8 without control bytes.
bool is_file_name(std::string_view name) {
    return !name.empty() && name.size() <= 255 && name.front() != '.' && name.find('/') == std::string_view::npos &&
           wire::is_text(name) &&
           std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}
Status check_name(std::string_view name) {
    if (is_file_name(name)) return {};
    return fail(Errc::plugin_bug, "\"" + std::string{name.substr(0, 100)} + "\" is no name of a file in a granted folder");
}

Result<Fd> open_folder(const std::string& path) {
    Fd fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (fd.valid()) return fd;
    return fail(Errc::invalid_config, std::string{"the folder cannot be opened: "} + std::strerror(errno), path,
                "make it, or let owed's user read it");
}

/// The rule against links, devices and files that have a second name elsewhere (SECURITY T11).
bool is_plain(const struct stat& status) { return S_ISREG(status.st_mode) && status.st_nlink == 1; }

std::int64_t micros(const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000 + t.tv_nsec / 1000; }

Result<Fd> open_plain(int folder, const std::string& name, struct stat& status) {
    Fd fd{::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    if (!fd.valid() && errno == ELOOP) return fail(Errc::data, "it is a symbolic link; only plain files are read", name);
    if (!fd.valid()) return os_error("the file cannot be opened", name);
    if (::fstat(fd.get(), &status) != 0) return os_error("fstat", name);
    if (!is_plain(status)) return fail(Errc::data, "it is no plain file with one name; links and devices are not read", name);
    return fd;
}

Result<std::string> read_at(int fd, std::uint64_t offset, std::uint64_t length, const std::string& name) {
    std::string bytes(static_cast<std::size_t>(length), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const auto n = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return os_error("the file cannot be read", name);
        if (n == 0) break;
        done += static_cast<std::size_t>(n);
    }
    bytes.resize(done);
    return bytes;
}

Status write_all(int fd, const std::string& name, std::string_view bytes) {
    for (std::size_t done = 0; done < bytes.size();) {
        const auto n = ::write(fd, bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return os_error("the file cannot be written", name);
        done += static_cast<std::size_t>(n);
    }
    return ::fsync(fd) == 0 ? Status{} : os_error("fsync", name);
}

/// A finished file under `name`, replacing what was there.
Status write_over(int folder, const std::string& name, std::string_view bytes) {
    const Fd fd{::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640)};
    if (!fd.valid()) return os_error("the file cannot be made", name);
    return write_all(fd.get(), name, bytes);
}

/// Renames without ever replacing. Errors: already_exists.
Status rename_new(int from_folder, const std::string& from, int to_folder, const std::string& to) {
    if (::renameat2(from_folder, from.c_str(), to_folder, to.c_str(), RENAME_NOREPLACE) == 0) return {};
    if (errno == EEXIST) return fail(Errc::already_exists, "a file of that name is there already", to);
    return os_error("the file cannot be renamed", from);
}

/// On file systems without nameless files (NFS, CIFS): under a name that begins with a dot, which no list shows. What a killed
/// run leaves there is written over when the same file is written again.
Status write_hidden(int folder, const std::string& name, std::string_view bytes) {
    const std::string hidden = ".owed-" + std::to_string(std::hash<std::string>{}(name)) + ".part";
    OWED_TRY_VOID(write_over(folder, hidden, bytes));
    auto renamed = rename_new(folder, hidden, folder, name);
    if (!renamed) ::unlinkat(folder, hidden.c_str(), 0);
    return renamed;
}

/// A new file, whole or not there at all: it has no name until its bytes are on the disk, so a killed run leaves nothing.
/// Errors: already_exists; store_full, io.
Status write_nameless(int folder, const std::string& name, std::string_view bytes) {
    const Fd fd{::openat(folder, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0640)};
    if (!fd.valid() && (errno == EOPNOTSUPP || errno == EISDIR)) return write_hidden(folder, name, bytes);
    if (!fd.valid()) return os_error("the file cannot be made", name);
    OWED_TRY_VOID(write_all(fd.get(), name, bytes));
    const auto self = "/proc/self/fd/" + std::to_string(fd.get());
    if (::linkat(AT_FDCWD, self.c_str(), folder, name.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
    if (errno == EEXIST) return fail(Errc::already_exists, "a file of that name is there already", name);
    return os_error("the file cannot be given its name", name);
}

}  // namespace

Folders::Folders(std::map<std::string, Grant, std::less<>> grants, std::function<Instant()> file_now,
                 std::uint64_t file_bytes_max)
    : grants_{std::move(grants)}, file_now_{std::move(file_now)}, file_bytes_max_{file_bytes_max} {}

Result<const Folders::Grant*> Folders::grant(std::string_view folder, bool write) const {
    const auto found = grants_.find(folder);
    if (found == grants_.end())
        return fail(Errc::invalid_config, "the configuration grants no folder \"" + std::string{folder} + "\" to this plugin", {},
                    "name it in a setting of the connector");
    if (write && !found->second.write)
        return fail(Errc::invalid_config, "this plugin may only read \"" + std::string{folder} + "\"", {},
                    "only a sender or a sink writes files");
    return &found->second;
}

bool Folders::stands_still(const std::string& key, const FolderFile& file, std::int64_t now_us) {
    const std::lock_guard lock{mutex_};
    Look& look = looks_[key];
    if (look.length != file.length || look.modified_us != file.modified_us || look.first_seen_us == 0) {
        look = {file.length, file.modified_us, now_us};
        return false;
    }
    return now_us - look.first_seen_us >= look_apart_us;
}

Result<std::vector<FolderFile>> Folders::list(std::string_view folder, std::string_view glob) {
    OWED_TRY(const Grant* granted, grant(folder, false));
    OWED_TRY(Fd fd, open_folder(granted->path));
    const std::unique_ptr<DIR, int (*)(DIR*)> dir{::fdopendir(fd.get()), &::closedir};
    if (!dir) return os_error("the folder cannot be read", granted->path);
    fd.release();  // closedir closes it

    std::vector<FolderFile> files;
    std::set<std::string> markers;
    const std::string pattern{glob};
    const auto now_us = file_now_().micros;
    while (const dirent* entry = ::readdir(dir.get())) {
        const std::string name = entry->d_name;
        struct stat status {};
        if (!is_file_name(name) || ::fstatat(::dirfd(dir.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 || !is_plain(status))
            continue;
        if (name.ends_with(marker)) markers.insert(name);
        if (::fnmatch(pattern.c_str(), name.c_str(), FNM_PERIOD | FNM_NOESCAPE) != 0) continue;
        if (files.size() == files_max)
            return fail(Errc::input_too_large, "the folder holds more than 100,000 files", granted->path, "archive what is done");
        const auto modified = micros(status.st_mtim);
        files.push_back({name, static_cast<std::uint64_t>(status.st_size), modified,
                         static_cast<std::uint64_t>(std::max<std::int64_t>(now_us - modified, 0) / 1000), false});
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    std::set<std::string> names;
    for (const auto& file : files) names.insert(file.name);
    // A marker says something about the file beside it and is none itself.
    std::erase_if(files, [&](const FolderFile& file) {
        return file.name.ends_with(marker) && names.contains(file.name.substr(0, file.name.size() - marker.size()));
    });
    for (auto& file : files)
        file.ready = file.age_ms >= old_enough_ms || markers.contains(file.name + std::string{marker}) ||
                     stands_still(std::string{folder} + "/" + file.name, file, now_us);
    const std::lock_guard lock{mutex_};
    std::erase_if(looks_, [&](const auto& look) {
        const auto slash = look.first.rfind('/');
        return look.first.substr(0, slash) == folder && !names.contains(look.first.substr(slash + 1)) &&
               ::fnmatch(pattern.c_str(), look.first.c_str() + slash + 1, FNM_PERIOD | FNM_NOESCAPE) == 0;
    });
    return files;
}

Result<std::string> Folders::read(std::string_view folder, std::string_view name, std::uint64_t offset, std::uint64_t length) {
    OWED_TRY(const Grant* granted, grant(folder, false));
    OWED_TRY_VOID(check_name(name));
    OWED_TRY(const Fd at, open_folder(granted->path));
    struct stat status {};
    const std::string file{name};
    OWED_TRY(const Fd fd, open_plain(at.get(), file, status));
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > file_bytes_max_)
        return fail(Errc::input_too_large, "the file has " + std::to_string(size) + " bytes; at most " + std::to_string(file_bytes_max_) + " are read", file);
    if (offset >= size) return std::string{};
    return read_at(fd.get(), offset, std::min(length, size - offset), file);
}

Result<TakenFile> Folders::take(std::string_view folder, std::string_view name) {
    OWED_TRY(const Grant* granted, grant(folder, false));
    OWED_TRY_VOID(check_name(name));
    OWED_TRY(const Fd at, open_folder(granted->path));
    struct stat before {}, after {};
    const std::string file{name};
    OWED_TRY(const Fd fd, open_plain(at.get(), file, before));
    const auto size = static_cast<std::uint64_t>(before.st_size);
    if (size > file_bytes_max_)
        return fail(Errc::input_too_large, "the file has " + std::to_string(size) + " bytes; at most " + std::to_string(file_bytes_max_) + " are taken", file,
                    "split it, or raise the connector's limit");
    TakenFile taken{{}, before.st_dev, before.st_ino};
    OWED_TRY(taken.bytes, read_at(fd.get(), 0, size, file));
    if (::fstat(fd.get(), &after) != 0) return os_error("fstat", file);
    if (taken.bytes.size() != size || after.st_size != before.st_size || micros(after.st_mtim) != micros(before.st_mtim))
        return fail(Errc::data, "the file changed while it was read; it is still being written", file, "it is looked at again with the next read");
    return taken;
}

Status Folders::write_new(std::string_view folder, std::string_view name, std::string_view bytes) {
    OWED_TRY(const Grant* granted, grant(folder, true));
    OWED_TRY_VOID(check_name(name));
    if (bytes.size() > file_bytes_max_) return fail(Errc::input_too_large, "the file would have " + std::to_string(bytes.size()) + " bytes", std::string{name});
    OWED_TRY(const Fd at, open_folder(granted->path));
    const std::string file{name};
    struct stat status {};
    if (::fstatat(at.get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        OWED_TRY(const Fd there, open_plain(at.get(), file, status));
        OWED_TRY(const auto same, read_at(there.get(), 0, bytes.size() + 1, file));
        if (same == bytes) return {};
        return fail(Errc::already_exists, "another file of this name is there already", file);
    }
    OWED_TRY_VOID(write_nameless(at.get(), file, bytes));
    return ::fsync(at.get()) == 0 ? Status{} : os_error("fsync", granted->path);
}

Status Folders::exists(std::string_view folder, std::string_view name) {
    OWED_TRY(const Grant* granted, grant(folder, false));
    OWED_TRY_VOID(check_name(name));
    OWED_TRY(const Fd at, open_folder(granted->path));
    struct stat status {};
    if (::fstatat(at.get(), std::string{name}.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return os_error("no such file", name);
    return is_plain(status) ? Status{} : fail(Errc::not_found, "it is no plain file", std::string{name});
}

Result<std::string> Folders::move(std::string_view folder, std::string_view name, const TakenFile& taken, const char* into,
                                  std::string_view reason) {
    OWED_TRY(const Grant* granted, grant(folder, false));
    const std::string file{name};
    OWED_TRY(const Fd at, open_folder(granted->path));
    if (::mkdirat(at.get(), into, 0750) != 0 && errno != EEXIST) return os_error("the folder cannot be made", granted->path + "/" + into);
    const Fd target{::openat(at.get(), into, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    if (!target.valid()) return os_error("the folder cannot be opened", granted->path + "/" + into);

    struct stat now {};
    if (::fstatat(at.get(), file.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0) return os_error("the file is gone", file);
    if (now.st_ino != taken.inode || now.st_dev != taken.device)
        return fail(Errc::data, "another file has taken its place; it stays for the next read", file);
    std::string got = file;
    for (int n = 1;; ++n) {
        auto renamed = rename_new(at.get(), file, target.get(), got);
        if (renamed) break;
        if (renamed.error().code != Errc::already_exists || n > 10'000) return fail(renamed.error());
        got = file + "." + std::to_string(n);
    }
    ::unlinkat(at.get(), (file + std::string{marker}).c_str(), 0);
    if (!reason.empty()) {
        const std::string note = got + ".reason";
        OWED_TRY_VOID(write_over(target.get(), note, std::string{reason} + "\n"));
    }
    if (::fsync(target.get()) != 0 || ::fsync(at.get()) != 0) return os_error("fsync", granted->path);
    return got;
}

}  // namespace owed::host
