// For authors of plugins: plugin new, plugin check. No daemon, no data.
#pragma once

#include "ctl/client.hpp"

namespace owed::ctl {

/// Writes a plugin that builds and passes its checks into DIR/NAME. Errors: invalid_argument (name, kind, language),
/// already_exists (the folder is there), io.
Result<Reply> plugin_new(const Command& command);

/// `plugin check`: prints by itself, since the report has formats of its own. Returns the exit code.
int run_plugin_check(const Command& command, const Global& global);

}  // namespace owed::ctl
