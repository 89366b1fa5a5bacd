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

/// Reads the command line; with --help only the verb, empty where none was named. Errors: invalid_argument with what was wrong and how it is meant.
Result<Command> parse(const std::vector<std::string>& words, Global& global);
/// One verb with its arguments; empty or unknown: all verbs, a line each.
std::string help(const std::string& verb = {});

}  // namespace owed::ctl
