// Whether a plugin and this host speak the same boundary: the child asks that when it has loaded one, and the daemon's tools of a
// file that they do not load.
#pragma once

#include <string>
#include <string_view>

#include "owed/abi.h"
#include "owed/result.hpp"

namespace owed::host {

/// UTF-8 on one line, at most 1,000 bytes, whatever a plugin wrote.
std::string one_line(std::string_view text);
/// "0.9" of this host.
std::string our_version();

/// Both sides and the fix stand in every refusal. `size` and the version come first in every owed_entry there will ever be, so no
/// more of `entry` than that is read, and min_host_minor where it reaches so far. `built_by`: its `sdk`, where that could be read;
/// `creates`: whether it has a function create. Errors: unsupported, plugin_bug (no create), with `file` in where.
Status check_version(const owed_entry& entry, std::string_view built_by, bool creates, const std::string& file);

}  // namespace owed::host
