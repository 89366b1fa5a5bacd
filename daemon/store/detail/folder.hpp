// The data folder as the file system sees it: who has it, what it lies on, how much room is left.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "owed/result.hpp"

namespace owed::store {

inline constexpr const char* database_name = "owed.db";

/// flock on FOLDER/lock, held until destroyed. flock and not fcntl: a fcntl lock falls with any close of the file in the
/// process (SECURITY 3.3, 3.4).
class FolderLock {
  public:
    FolderLock() = default;
    FolderLock(FolderLock&& other) noexcept;
    FolderLock& operator=(FolderLock&& other) noexcept;
    ~FolderLock();

    enum class Mode { exclusive, shared };
    /// Errors: store_locked, with the pid of the holder; store_io.
    static Result<FolderLock> take(const std::string& folder, Mode mode);

  private:
    int descriptor_ = -1;
    bool exclusive_ = false;
};

/// Makes the folder (0700), and its parents, when it is not there. Errors: store_io.
Status make_folder(const std::string& folder);
/// Errors: refused for NFS, SMB, FUSE and other file systems whose locks or fsync cannot be trusted.
Status check_file_system(const std::string& folder);
/// Errors: store_full when fewer than `bytes_min` are free for this process.
Status check_free_space(const std::string& folder, std::uint64_t bytes_min);

/// The name of a file system that is refused, by its f_type in statfs(2); empty for the others.
std::string_view untrusted_file_system(std::uint32_t magic);

bool file_exists(const std::string& path);
std::uint64_t file_size(const std::string& path);  ///< 0 when there is none
/// fsync of a file or folder; ends the process when it fails (SECURITY 3.8). Errors: store_io when it cannot be opened.
Status sync_path(const std::string& path);

}  // namespace owed::store
