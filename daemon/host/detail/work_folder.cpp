#include "host/detail/work_folder.hpp"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace owed::host {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view prefix = "owed-plugin-";

fs::path base_of(const std::string& base) {
    if (!base.empty()) return base;
    std::error_code error;
    const auto temporary = fs::temp_directory_path(error);
    return error ? fs::path{"/tmp"} : temporary;
}

}  // namespace

Result<WorkFolder> WorkFolder::make(const std::string& base) {
    const auto folder = base_of(base);
    std::error_code error;
    fs::create_directories(folder, error);
    std::string pattern = (folder / (std::string{prefix} + std::to_string(::getpid()) + "-XXXXXX")).string();
    if (::mkdtemp(pattern.data()) == nullptr)
        return fail(Errc::io, std::string{"a plugin's work folder cannot be made: "} + std::strerror(errno), folder.string(),
                    "give owed's user the right to write there");
    WorkFolder made;
    made.path_ = std::move(pattern);
    return made;
}

WorkFolder::~WorkFolder() {
    std::error_code ignored;  // a leftover is swept at the next start
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

WorkFolder::Contents WorkFolder::contents(std::uint64_t files_max) const {
    Contents contents;
    std::error_code error;
    for (fs::directory_iterator at{path_, error}, end; !error && at != end && contents.files <= files_max; at.increment(error)) {
        struct stat status {};
        if (::lstat(at->path().c_str(), &status) != 0) continue;
        ++contents.files;
        contents.bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
    }
    return contents;
}

void WorkFolder::sweep(const std::string& base) {
    std::error_code error;
    for (fs::directory_iterator at{base_of(base), error}, end; !error && at != end; at.increment(error)) {
        const auto name = at->path().filename().string();
        if (!name.starts_with(prefix)) continue;
        struct stat status {};
        if (::lstat(at->path().c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) continue;
        const auto owner = std::strtol(name.c_str() + prefix.size(), nullptr, 10);
        const bool gone = owner > 0 && ::kill(static_cast<pid_t>(owner), 0) != 0 && errno == ESRCH;
        std::error_code ignored;
        if (gone) fs::remove_all(at->path(), ignored);
    }
}

}  // namespace owed::host
