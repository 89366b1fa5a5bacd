#include "jobs/deciders.hpp"

#include <algorithm>

namespace owed::jobs {
namespace {

void tell(Log& log, const std::string& connector, const cash::DeciderRun& run) {
    for (const auto& one : run.refusals) log.info("plugin", connector + ", " + one.receipt + ": " + one.reason);
    if (run.refusals_more > 0)
        log.info("plugin", connector + ": ... and " + std::to_string(run.refusals_more) + " more in this run; `owectl cash show RECEIPT` has each");
}

}  // namespace

bool Deciders::any() const {
    const auto all = hosts_.connectors();
    return std::any_of(all.begin(), all.end(), [](const auto* connector) { return connector->has("decider"); });
}

cash::DeciderWord Deciders::ask(const MatchQuestion& question) const {
    const auto all = hosts_.connectors();
    for (const std::string_view wanted : {std::string_view{question.receipt.entity}, std::string_view{}})   // its own before everybody's
        for (auto* connector : all)
            if (connector->has("decider") && connector->entity() == wanted) return {connector->name(), connector->propose(question)};
    return {{}, MatchAnswer{}};
}

void Deciders::note(const cash::DeciderRuns& runs) {
    for (const auto& [connector, run] : runs) tell(log_, connector, run);
    const std::lock_guard lock{mutex_};
    for (const auto& [connector, run] : runs) {
        auto& sum = figures_[connector];
        sum.asked += run.figures.asked;
        sum.proposed += run.figures.proposed;
        sum.accepted += run.figures.accepted;
        sum.refused += run.figures.refused;
        sum.late += run.figures.late;
    }
}

cash::DeciderFigures Deciders::figures(std::string_view connector) const {
    const std::lock_guard lock{mutex_};
    const auto found = figures_.find(connector);
    return found == figures_.end() ? cash::DeciderFigures{} : found->second;
}

}  // namespace owed::jobs
