// What owectl does without a daemon: inspect, config check, plugin trust, restore, and the reading verbs on a store that
// nobody else has open.
#pragma once

#include "ctl/client.hpp"

namespace owed::ctl {

/// True for verbs that never ask a daemon.
bool is_local(const std::string& verb);
Result<Reply> run_local(const Command& command, const Global& global);
/// A verb marked * in INTERFACES on --data DIR, with the store opened here for reading. Errors: store_locked when a daemon
/// has it, unsupported for verbs that need one.
Result<Reply> run_offline(const Command& command, const Global& global);

/// `doctor` of a machine on which owed does not run: everything but the connectors' own checks.
Result<Reply> doctor_here(const Global& global);

/// `inspect`: prints by itself, since a decoded file has a shape of its own. Returns the exit code.
int run_inspect(const Command& command, const Global& global);

/// `calc TOPIC`: stdin to stdout. Returns the exit code: 0, 1 for an impossible question, 2 for an unknown topic.
int run_calc(const Command& command, const Global& global);

}  // namespace owed::ctl
