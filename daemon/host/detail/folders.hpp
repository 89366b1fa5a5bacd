// The brokered folders of one instance: the only files that a plugin can reach, by the host's hands.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "host/detail/door.hpp"
#include "owed/date.hpp"

namespace owed::host {

/// A file taken out of a folder: its bytes, and which file it was, so that it is the one that is moved later.
struct TakenFile {
    std::string bytes;
    std::uint64_t device = 0, inode = 0;
};

class Folders {
  public:
    struct Grant {
        std::string path;
        bool write = false;
    };
    /// `file_now`: time of the file system. `file_bytes_max`: of any file that is read or written.
    Folders(std::map<std::string, Grant, std::less<>> grants, std::function<Instant()> file_now, std::uint64_t file_bytes_max);

    // As owed_files_1 has it. Errors: invalid_config (no grant, folder missing), not_found, data, store_full, io.
    Result<std::vector<FolderFile>> list(std::string_view folder, std::string_view glob);
    Result<std::string> read(std::string_view folder, std::string_view name, std::uint64_t offset, std::uint64_t length);
    Status write_new(std::string_view folder, std::string_view name, std::string_view bytes);
    Status exists(std::string_view folder, std::string_view name);

    /// A whole file for intake. Errors: as read; input_too_large.
    Result<TakenFile> take(std::string_view folder, std::string_view name);
    /// Moves a taken file to `into` ("archive", "rejected") below its folder, under a name of its own if that one is used
    /// there (NAME.1, NAME.2 ...), with its marker removed; with a `reason`, NAME.reason beside it. A file that was replaced
    /// meanwhile stays. Result: the name it got.
    Result<std::string> move(std::string_view folder, std::string_view name, const TakenFile& taken, const char* into,
                             std::string_view reason);

  private:
    struct Look {
        std::uint64_t length = 0;
        std::int64_t modified_us = 0, first_seen_us = 0;
    };
    Result<const Grant*> grant(std::string_view folder, bool write) const;
    bool stands_still(const std::string& key, const FolderFile& file, std::int64_t now_us);

    std::map<std::string, Grant, std::less<>> grants_;
    std::function<Instant()> file_now_;
    std::uint64_t file_bytes_max_;
    std::mutex mutex_;
    std::map<std::string, Look> looks_;
};

}  // namespace owed::host
