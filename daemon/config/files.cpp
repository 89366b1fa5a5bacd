// The only file of this room that opens anything: configuration files and secrets, at start and at reload.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "config/secret_file.hpp"
#include "config/settings.hpp"

namespace owed::config {
namespace {

constexpr std::size_t file_max = 4 << 20;

Result<std::string> read_descriptor(int fd, const std::string& path) {
    std::string text;
    char buffer[16384];
    for (;;) {
        const auto n = ::read(fd, buffer, sizeof buffer);
        if (n == 0) return text;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail(Errc::io, "cannot read " + path + ": " + std::strerror(errno));
        text.append(buffer, static_cast<std::size_t>(n));
        if (text.size() > file_max) return fail(Errc::input_too_large, path + " is larger than 4 MiB");
    }
}

struct Descriptor {
    int fd;
    ~Descriptor() {
        if (fd >= 0) ::close(fd);
    }
};

Result<std::string> read_file(const std::string& path) {
    Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (file.fd < 0) return fail(Errc::not_found, "cannot open it: " + std::string{std::strerror(errno)});
    struct stat status{};
    if (::fstat(file.fd, &status) != 0 || !S_ISREG(status.st_mode)) return fail(Errc::io, "it is not a regular file");
    return read_descriptor(file.fd, path);
}

std::vector<std::string> yaml_files_in(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error})
        if (entry.is_regular_file() && entry.path().extension() == ".yaml") names.push_back(entry.path().string());
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

Files real_files() { return {read_file, yaml_files_in}; }

Result<std::string> secret_in_file(const std::string& path, SecretOwner owner) {
    Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    if (file.fd < 0) return fail(Errc::invalid_config, "cannot open the secret file " + path + ": " + std::strerror(errno));
    struct stat status{};
    if (::fstat(file.fd, &status) != 0 || !S_ISREG(status.st_mode))
        return fail(Errc::invalid_config, "the secret file " + path + " is not a regular file");
    if ((status.st_mode & 077) != 0)
        return fail(Errc::invalid_config, "the secret file " + path + " can be read by others", {}, "chmod 600 " + path);
    if (owner == SecretOwner::root_or_us && status.st_uid != 0 && status.st_uid != ::geteuid())
        return fail(Errc::invalid_config, "the secret file " + path + " belongs to someone else");
    OWED_TRY(auto text, read_descriptor(file.fd, path));
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

Result<std::string> resolve_secret(const std::string& reference) {
    const auto colon = reference.find(':');
    const auto kind = reference.substr(0, colon);
    const auto name = colon == std::string::npos ? std::string{} : reference.substr(colon + 1);
    if (kind == "file" && !name.empty()) return secret_in_file(name, SecretOwner::root_or_us);
    if (kind == "credential" && !name.empty()) {
        const char* folder = std::getenv("CREDENTIALS_DIRECTORY");
        if (folder == nullptr) return fail(Errc::invalid_config, "systemd has passed no credentials; LoadCredential=" + name + " is missing");
        return secret_in_file(std::string{folder} + "/" + name, SecretOwner::root_or_us);
    }
    if (kind == "env" && !name.empty()) {
        const char* value = std::getenv(name.c_str());
        if (value == nullptr) return fail(Errc::invalid_config, "the environment has no " + name);
        return std::string{value};
    }
    return fail(Errc::invalid_config, "a secret is named by reference: file:/path, credential:NAME or env:NAME");
}

Status replace_secret(const std::string& reference, std::string_view value) {
    if (!reference.starts_with("file:"))
        return fail(Errc::invalid_config, "only a secret of the form file:/path can be renewed, and this is " + reference.substr(0, reference.find(':')) + ":", {},
                    "keep the refresh token in a file that owed may write");
    const std::string path = reference.substr(5), fresh = path + ".new";
    const auto broken = [&](const char* what) { return fail(Errc::io, std::string{what} + ": " + std::strerror(errno), fresh, "let owed write to the file and its folder"); };
    Descriptor file{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (file.fd < 0) return broken("cannot make the file");
    if (::fchmod(file.fd, 0600) != 0) return broken("cannot keep the file to ourselves");
    if (::write(file.fd, value.data(), value.size()) != static_cast<ssize_t>(value.size()) || ::fsync(file.fd) != 0) return broken("cannot write the file");
    if (::rename(fresh.c_str(), path.c_str()) != 0) return broken("cannot put it in the old one's place");
    const auto slash = path.rfind('/');
    Descriptor folder{::open(slash == std::string::npos ? "." : path.substr(0, slash + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (folder.fd < 0 || ::fsync(folder.fd) != 0) return broken("cannot make it lasting");
    return {};
}

}  // namespace owed::config
