// Runs checks in a process of their own. Private to this room.
#pragma once

#include <chrono>
#include <vector>

#include "conformance/detail/check.hpp"

namespace owed::conformance {

struct Finished {
    Finding finding;
    std::string fingerprint;
};

/// Runs `checks` one after the other, in `mode`, each in order; a process that dies or hangs costs its running check and is
/// replaced. `limit`: of one check.
std::vector<Finished> run_in_worker(const Subject& subject, Mode mode, const std::vector<const Check*>& checks, std::chrono::seconds limit);

}  // namespace owed::conformance
