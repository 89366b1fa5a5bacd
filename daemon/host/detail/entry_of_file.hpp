// The boundary that a shared object was built for, read from its file: nothing of it runs.
#pragma once

#include <string>

#include "owed/result.hpp"

namespace owed::host {

/// Of an open ELF file: looks up `owed_plugin_entry`, which is data, and holds its version against this host's. Errors: unsupported
/// (no such symbol, another boundary: both are named), plugin_bug, with `file` in where. What only loading can tell (a
/// missing library, say) it does not see.
Status check_entry_of_file(int fd, const std::string& file);
/// "0.9": the boundary of the SDK that it was built with. Errors: unsupported, as above.
Result<std::string> boundary_of_file(int fd, const std::string& file);

}  // namespace owed::host
