// What a decider plugin was asked in a run of matching and what became of its words, for those who look after it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "owed/decision.hpp"
#include "owed/result.hpp"

namespace owed::cash {

/// A decider's word about one receipt, and the connector whose word it is. No connector: there was none to be asked.
struct DeciderWord {
    std::string connector;
    Result<MatchAnswer> answer;
};

/// Each counts on its own: a question may be answered by several proposals, or by none.
struct DeciderFigures {
    std::int64_t asked = 0;      ///< questions, one a receipt and run
    std::int64_t proposed = 0;   ///< proposals that came back
    std::int64_t accepted = 0;   ///< of those: passed the gates, so they were applied or shown to a person
    std::int64_t refused = 0;    ///< of those: refused by a gate
    std::int64_t late = 0;       ///< questions without an answer by the deadline
};

/// A proposal that a gate refused, or an answer that did not come.
struct DeciderRefusal {
    std::string receipt;         ///< "R-17"
    std::string reason;          ///< the gate's
};

struct DeciderRun {
    DeciderFigures figures;
    std::vector<DeciderRefusal> refusals;   ///< the first refusals_kept of them, in the order of the receipts
    std::int64_t refusals_more = 0;         ///< that are not kept
};
/// Of a run: enough to see what is wrong with a plugin, and a plugin that is always wrong fills no log.
constexpr std::size_t refusals_kept = 20;

using DeciderRuns = std::map<std::string, DeciderRun, std::less<>>;   ///< by connector

}  // namespace owed::cash
