// What one configuration makes of the daemon, as far as a reload can change it: a value that is never changed once it is
// made. Requests and jobs hold the one that they began with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/app.hpp"
#include "config/settings.hpp"
#include "jobs/deciders.hpp"
#include "render/template.hpp"

namespace owed::daemon {

/// What lasts over all of them.
struct Lasting {
    store::Store& store;
    const ledger::Books& books;
    const ledger::Context& ledger;
    Clock& clock;
    Rng& rng;
    Log& log;
    Hosts& hosts;
    jobs::Deciders& deciders;
};

struct Generation {
    /// `known_jobs`: since when the jobs of the generation before have been configured; those that are new count from now.
    Generation(config::Settings settings, std::string effective, render::Templates templates, const Lasting& lasting,
               const std::map<std::string, Instant>& known_jobs);
    Generation(const Generation&) = delete;
    Generation& operator=(const Generation&) = delete;

    const config::Settings settings;
    const std::string effective;             ///< JSON of all files
    const render::Templates templates;
    const std::vector<jobs::Job> jobs;
    std::map<std::string, Instant> jobs_since;
    intake::Intake intake;
    const jobs::DunningSetup dunning;
    api::App app;                            ///< its functions are for `main` to fill in

    const jobs::Job* job(const std::string& name) const;
};

/// Keys of the configuration that only a restart can change and that differ, each with why. Compares effective JSON.
std::vector<std::string> needs_restart(const std::string& now, const std::string& next);
/// Parts beside connectors that differ, in words for people: "people", "jobs", "cash", "credit", "approval limits", "provision",
/// "payment terms", "calendars", "dunning policies", "templates", "letterheads".
std::vector<std::string> changed_parts(const Generation& now, const Generation& next);

}  // namespace owed::daemon
