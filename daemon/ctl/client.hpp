// Speaks to the daemon's Unix socket.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "ctl/commands.hpp"

namespace owed::ctl {

struct Reply {
    boost::json::value json;
    int exit = 0;
};
/// Errors: not_found when nobody answers there (exit 3), io when the connection breaks in between.
Result<Reply> ask(const std::string& socket, const Command& command, const std::string& as);

}  // namespace owed::ctl
