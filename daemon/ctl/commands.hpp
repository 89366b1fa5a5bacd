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
    bool csv = false;
    std::string csv_list;             ///< --csv=LIST: that list of the answer; empty: its first
};

struct Command {
    std::string verb;                 ///< "cash apply"
    boost::json::object arguments;    ///< named as the API names them
    bool names_one = false;           ///< has to say which thing: no list of them
};

/// Reads the command line; with --help only the verb, empty where none was named. Errors: invalid_argument with what was wrong and how it is meant.
Result<Command> parse(const std::vector<std::string>& words, Global& global);
/// One verb with its arguments; empty or unknown: all verbs, a line each.
std::string help(const std::string& verb = {});

}  // namespace owed::ctl
