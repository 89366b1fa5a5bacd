// Files below the data folder, written so that a row may name them (SECURITY 3.9).
#pragma once

#include "owed/doors.hpp"

namespace owed::store {

/// Paths are relative, by '/', of plain names: no "..", no symbolic link on the way, not the database itself (opening and
/// closing it would drop SQLite's locks, SECURITY 3.4). Any thread.
class FolderDisk : public Disk {
  public:
    explicit FolderDisk(std::string folder) : folder_{std::move(folder)} {}
    /// Errors: invalid_argument (path), already_exists (other bytes), store_full, store_io.
    Status write_new(std::string_view relative_path, std::string_view bytes) override;
    /// Errors: invalid_argument, not_found, input_too_large, store_io.
    Result<std::string> read(std::string_view relative_path, std::size_t size_max) override;

  private:
    std::string folder_;
};

}  // namespace owed::store
