// Speaks to the daemon's Unix socket.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "ctl/commands.hpp"

namespace owed::ctl {

struct Reply {
    boost::json::value json;
    int exit = 0;
    std::string text = {};               ///< with Wanted::text: the answer as it came, and `json` is null
};
/// For --json the answer is passed on as it came: twenty megabytes need not be taken apart and put together again.
enum class Wanted { value, text };
/// Errors: not_found when nobody answers there (exit 3), io when the connection breaks in between.
Result<Reply> ask(const std::string& socket, const Command& command, const std::string& as, Wanted wanted = Wanted::value);

}  // namespace owed::ctl
