// A plugin that was replaced by an older one: an old hole comes back, or state that the newer one wrote is misread.
#pragma once

#include <string>
#include <string_view>

#include "owed/result.hpp"

namespace owed::host {

/// Compares versions as Semantic Versioning 2.0.0 does (numbers by value, "1.2.0-rc.1" below "1.2.0", what follows '+' does
/// not count); parts that are missing count as 0. Negative: `left` is older.
int compare_versions(std::string_view left, std::string_view right);

/// Refuses a plugin below the highest version that has run here. Errors: refused, at `file`.
Status check_version_floor(const std::string& id, const std::string& version, const std::string& floor, const std::string& file);

}  // namespace owed::host
