// Files that hold a secret each.
#pragma once

#include <string>

#include "owed/result.hpp"

namespace owed::config {

/// Whose a secret's file may be. To root, which looks at what a service of another user is given, it may be anybody's.
enum class SecretOwner { root_or_us, anybody };

/// What stands in a secret's file, without the line's end. The file is regular, no link, and readable for its owner alone (mode 0600
/// or stricter; SECURITY 7.10). Errors: invalid_config, input_too_large (more than 4 MiB). Any thread.
Result<std::string> secret_in_file(const std::string& path, SecretOwner owner);

}  // namespace owed::config
