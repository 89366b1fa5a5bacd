// Between the cash room's questions and the connectors that have a decider: who is asked, and what became of what was said.
#pragma once

#include <mutex>
#include <string>

#include "cash/decider_run.hpp"
#include "owed/doors.hpp"
#include "owed/hosts.hpp"

namespace owed::jobs {

/// Lives as long as the daemon: figures count from its start, over reloads. Any thread.
class Deciders {
  public:
    Deciders(Hosts& hosts, Log& log) : hosts_{hosts}, log_{log} {}

    /// Whether there is anybody to ask.
    bool any() const;
    /// Asks the decider of the receipt's entity, else the one that serves every entity. Blocks for its call.
    cash::DeciderWord ask(const MatchQuestion& question) const;
    /// Counts a run, and tells the log (info) what was refused and why, line by line, and how much more there is.
    void note(const cash::DeciderRuns& runs);
    /// Of a connector, since the daemon's start.
    cash::DeciderFigures figures(std::string_view connector) const;

  private:
    Hosts& hosts_;
    Log& log_;
    mutable std::mutex mutex_;
    std::map<std::string, cash::DeciderFigures, std::less<>> figures_;
};

}  // namespace owed::jobs
