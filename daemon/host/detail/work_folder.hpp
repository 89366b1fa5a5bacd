// The folder that one child may write to: empty at its start, gone with it.
#pragma once

#include <cstdint>
#include <string>

#include "owed/result.hpp"

namespace owed::host {

class WorkFolder {
  public:
    WorkFolder() = default;
    /// A folder "owed-plugin-PID-XXXXXX" (0700) below `base`, or below the folder for temporary files if that is empty.
    /// Errors: io.
    static Result<WorkFolder> make(const std::string& base);
    ~WorkFolder();
    WorkFolder(WorkFolder&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    WorkFolder& operator=(WorkFolder&& other) noexcept {
        std::swap(path_, other.path_);
        return *this;
    }

    const std::string& path() const { return path_; }
    struct Contents {
        std::uint64_t files = 0, bytes = 0;  ///< bytes: what they take on disk, so that holes do not count
    };
    /// Looks at no more than `files_max` + 1 files. What disappears meanwhile is not counted.
    Contents contents(std::uint64_t files_max) const;

    /// Removes those that daemons which are gone left behind.
    static void sweep(const std::string& base);

  private:
    std::string path_;
};

}  // namespace owed::host
