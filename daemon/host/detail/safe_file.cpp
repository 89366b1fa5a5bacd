#include "host/detail/safe_file.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace owed::host {

namespace fs = std::filesystem;

Status check_owner(const struct stat& status, const std::string& path) {
    if (status.st_uid != 0 && status.st_uid != ::geteuid())
        return fail(Errc::refused, "it belongs to user " + std::to_string(status.st_uid) + "; root or the user that owed runs as must own it",
                    path, "chown root " + path);
    const bool sticky_folder = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_folder)
        return fail(Errc::refused, "its group or everybody can write to it", path, "chmod go-w " + path);
    return {};
}

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

Result<Fd> open_without_links(const std::string& path) {
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    how.resolve = RESOLVE_NO_SYMLINKS;
    Fd fd{static_cast<int>(::syscall(SYS_openat2, AT_FDCWD, path.c_str(), &how, sizeof how))};
    // Linux before 5.6, or a filter that does not know it: the last part is checked all the same, the parents were before.
    if (!fd.valid() && (errno == ENOSYS || errno == EPERM)) fd = Fd{::open(path.c_str(), static_cast<int>(how.flags))};
    if (fd.valid()) return fd;
    if (errno == ENOENT) return fail(Errc::not_found, "there is no such file", path);
    if (errno == ELOOP) return fail(Errc::refused, "it is a symbolic link; plugins are files", path, "copy the file itself into the folder");
    return fail(Errc::io, std::strerror(errno), path);
}

Result<std::optional<std::string>> read_own_text(const std::string& path, std::size_t bytes_max) {
    const auto fd = open_without_links(path);
    if (!fd && fd.error().code == Errc::not_found) return std::optional<std::string>{};
    if (!fd) return fail(fd.error());
    struct stat status {};
    if (::fstat(fd->get(), &status) != 0) return fail(Errc::io, std::strerror(errno), path);
    if (!S_ISREG(status.st_mode)) return fail(Errc::refused, "it is no regular file", path);
    OWED_TRY_VOID(check_owner(status, path));
    std::string text(bytes_max + 1, '\0');
    const auto n = ::read(fd->get(), text.data(), text.size());
    if (n < 0) return fail(Errc::io, std::strerror(errno), path);
    if (static_cast<std::size_t>(n) > bytes_max)
        return fail(Errc::input_too_large, "it has more than " + std::to_string(bytes_max >> 10) + " KiB", path);
    text.resize(static_cast<std::size_t>(n));
    return std::optional{std::move(text)};
}

}  // namespace owed::host
