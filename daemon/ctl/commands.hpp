// owectl's verbs as people type them, and the arguments that they become.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "owed/result.hpp"

namespace owed::ctl {

struct Global {
    std::string config = "/etc/owed/owed.yaml", data, socket, as;
    bool json = false, help = false, version = false;
};

struct Command {
    std::string verb;                 ///< "cash apply"
    boost::json::object arguments;    ///< named as the API names them
};

/// Reads the command line. Errors: invalid_argument with what was wrong and how it is meant.
Result<Command> parse(const std::vector<std::string>& words, Global& global);
/// All verbs with their arguments, a line each.
std::string help();

}  // namespace owed::ctl
