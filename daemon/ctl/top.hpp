// `owectl top`: the connectors as they run, looked at again and again.
#pragma once

#include <string>

#include "ctl/commands.hpp"

namespace owed::ctl {

/// Until Ctrl-C, or one look with --once or --json. Colours on a terminal, unless NO_COLOR is set. Answers the exit code.
int run_top(const Command& command, const Global& global, const std::string& socket);

}  // namespace owed::ctl
