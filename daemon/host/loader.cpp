#include "host/loader.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace owed::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t lock_bytes_max = 1u << 20;
constexpr const char* lock_name = "plugins.lock";

/// Root or ourselves, and nobody else can write. A sticky folder (/tmp) is fine as a parent: others cannot rename in it.
Status check_owner(const struct stat& status, const std::string& path) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return fail(Errc::refused, "it belongs to user " + std::to_string(status.st_uid) + "; root or the user that owed runs as must own it",
                    path, "chown root " + path);
    const bool sticky_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_folder)
        return fail(Errc::refused, "its group or everybody can write to it", path, "chmod go-w " + path);
    return {};
}

/// A folder without links in its path, and every parent checked.
Result<std::string> checked_folder(const std::string& folder) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (error) return fail(Errc::not_found, "the folder of plugins cannot be opened: " + error.message(), folder);
    for (fs::path at = real;; at = at.parent_path()) {
        struct stat status {};
        if (::lstat(at.c_str(), &status) != 0) return fail(Errc::io, std::strerror(errno), at.string());
        OWED_TRY_VOID(check_owner(status, at.string()));
        if (at == at.root_path()) return real.string();
    }
}

std::string hex(const unsigned char (&digest)[crypto_hash_sha256_BYTES]) {
    char text[2 * sizeof digest + 1];
    sodium_bin2hex(text, sizeof text, digest, sizeof digest);
    return text;
}

Result<std::string> hash_of(int fd, const std::string& path) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    std::vector<unsigned char> piece(1u << 18);
    for (off_t at = 0;;) {
        const auto n = ::pread(fd, piece.data(), piece.size(), at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(Errc::io, std::strerror(errno), path);
        if (n == 0) break;
        crypto_hash_sha256_update(&state, piece.data(), static_cast<unsigned long long>(n));
        at += n;
    }
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256_final(&state, digest);
    return hex(digest);
}

std::string names_text(const std::string& folder) {
    const auto names = list_plugins(folder);
    if (!names || names->empty()) return "there are none";
    std::string text = "there are ";
    for (const auto& name : *names) text += (&name == &names->front() ? "" : ", ") + name;
    return text;
}

/// Opened once; everything else looks at this descriptor.
Result<PluginFile> open_checked(const std::string& folder, const std::string& name) {
    if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
        return fail(Errc::invalid_config, "\"" + name + "\" is no name of a plugin; " + names_text(folder), folder);
    OWED_TRY(const auto real, checked_folder(folder));
    const std::string path = real + "/" + name + ".so";
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return fail(Errc::not_found, "there is no plugin \"" + name + "\"; " + names_text(folder), path, "correct the name, or install the plugin");
    if (fd < 0 && errno == ELOOP)
        return fail(Errc::refused, "it is a symbolic link; plugins are files", path, "copy the file itself into the folder");
    if (fd < 0) return fail(Errc::io, std::strerror(errno), path);
    PluginFile file{fd, path, {}};
    struct stat status {};
    if (::fstat(fd, &status) != 0) return fail(Errc::io, std::strerror(errno), path);
    if (!S_ISREG(status.st_mode)) return fail(Errc::refused, "it is no regular file", path);
    if (status.st_nlink != 1)
        return fail(Errc::refused, "the file has " + std::to_string(status.st_nlink) + " names (hard links); a plugin has one", path,
                    "copy the file into the folder instead of linking it");
    OWED_TRY_VOID(check_owner(status, path));
    OWED_TRY(auto hash, hash_of(fd, path));
    return std::move(file).with_hash(std::move(hash));
}

/// Empty when there is no lock file.
Result<std::string> lock_text(const std::string& folder) {
    const std::string path = folder + "/" + lock_name;
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT) return std::string{};
    if (fd < 0) return fail(Errc::io, std::strerror(errno), path);
    const PluginFile file{fd, path, {}};
    struct stat status {};
    if (::fstat(fd, &status) != 0) return fail(Errc::io, std::strerror(errno), path);
    OWED_TRY_VOID(check_owner(status, path));
    std::string text(lock_bytes_max + 1, '\0');
    const auto n = ::read(fd, text.data(), text.size());
    if (n < 0) return fail(Errc::io, std::strerror(errno), path);
    if (static_cast<std::size_t>(n) > lock_bytes_max) return fail(Errc::input_too_large, "it has more than 1 MiB", path);
    text.resize(static_cast<std::size_t>(n));
    return text;
}

/// Calls `each(line number, hash, name)` for each entry.
template <class Each>
Status for_each_entry(std::string_view text, Each each) {
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty() || line.front() == '#') continue;
        const bool hash_first = line.size() > 66 && line.substr(64, 2) == "  " &&
                                line.find_first_not_of("0123456789abcdef") == 64;
        if (!hash_first)
            return fail(Errc::invalid_config, "this line is no \"<sha256>  NAME.so\"", std::string{lock_name} + ":" + std::to_string(number),
                        "let the build or `owectl plugin trust` write the file");
        each(line.substr(0, 64), line.substr(66));
    }
    return {};
}

Status write_lock(const std::string& folder, const std::string& text) {
    const std::string path = folder + "/" + lock_name, fresh = path + ".new";
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0) return fail(Errc::io, std::strerror(errno), fresh);
    const PluginFile file{fd, fresh, {}};
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) return fail(Errc::io, std::strerror(errno), path);
    return {};
}

}  // namespace

PluginFile::~PluginFile() {
    if (fd_ >= 0) ::close(fd_);
}
PluginFile::PluginFile(PluginFile&& other) noexcept
    : fd_{std::exchange(other.fd_, -1)}, path_{std::move(other.path_)}, sha256_{std::move(other.sha256_)} {}
PluginFile& PluginFile::operator=(PluginFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(path_, other.path_);
    std::swap(sha256_, other.sha256_);
    return *this;
}

Result<std::string> locked_hash(std::string_view text, const std::string& file_name) {
    std::string found;
    OWED_TRY_VOID(for_each_entry(text, [&](std::string_view hash, std::string_view name) {
        if (name == file_name) found = hash;
    }));
    return found;
}

Result<PluginFile> open_plugin(const std::string& folder, const std::string& name, bool allow_unlisted) {
    OWED_TRY(auto file, open_checked(folder, name));
    OWED_TRY(const auto lock, lock_text(folder));
    OWED_TRY(const auto expected, locked_hash(lock, name + ".so"));
    if (expected.empty() && !allow_unlisted)
        return fail(Errc::refused, "plugins.lock does not list this plugin", file.path(),
                    "if you know where it comes from: owectl plugin trust " + file.path());
    if (!expected.empty() && expected != file.sha256())
        return fail(Errc::refused, "its SHA-256 is " + file.sha256().substr(0, 16) + "..., and plugins.lock says " + expected.substr(0, 16) + "...",
                    file.path(), "the file was changed since it was listed; reinstall it, or owectl plugin trust " + file.path());
    return file;
}

Result<std::vector<std::string>> list_plugins(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error))
        if (at->path().extension() == ".so") names.push_back(at->path().stem().string());
    if (error) return fail(Errc::io, error.message(), folder);
    std::sort(names.begin(), names.end());
    return names;
}

Status trust_plugin(const std::string& folder, const std::string& name) {
    OWED_TRY(const auto file, open_checked(folder, name));
    OWED_TRY(const auto before, lock_text(folder));
    std::string after;
    const std::string file_name = name + ".so";
    OWED_TRY_VOID(for_each_entry(before, [&](std::string_view hash, std::string_view listed) {
        if (listed != file_name) after += std::string{hash} + "  " + std::string{listed} + "\n";
    }));
    after += file.sha256() + "  " + file_name + "\n";
    return write_lock(folder, after);
}

}  // namespace owed::host
