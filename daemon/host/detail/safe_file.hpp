// Opening what decides which code runs: no links anywhere on the way, and nobody else can have written it.
#pragma once

#include <sys/stat.h>

#include <string>

#include "host/detail/frame_socket.hpp"

namespace owed::host {

/// Root or ourselves own it, and nobody else can write to it. A sticky folder (/tmp) is fine: others cannot rename in it.
/// Errors: refused, with the command that mends it.
Status check_owner(const struct stat& status, const std::string& path);

/// The folder's real path, which holds no link, and every parent of it checked by check_owner. Errors: not_found, refused.
Result<std::string> checked_folder(const std::string& folder);

/// Opens a file for reading by openat2(RESOLVE_NO_SYMLINKS): a link that takes the place of any part of the path after
/// checked_folder looked at it is refused too. Never waits (a FIFO). Errors: not_found, refused (a link), io.
Result<Fd> open_without_links(const std::string& path);

/// The text of a small file that nobody else can write; nullopt: there is none. Errors: refused, input_too_large, io.
Result<std::optional<std::string>> read_own_text(const std::string& path, std::size_t bytes_max);

}  // namespace owed::host
