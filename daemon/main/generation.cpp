#include "main/generation.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "jobs/erp_receipts.hpp"
#include "main/wiring.hpp"

namespace owed::daemon {
namespace {

namespace json = boost::json;

intake::Settings intake_settings(const config::Settings& settings) {
    intake::Settings to;
    to.cash = settings.cash;
    to.terms.by_name = settings.terms;
    for (const auto& entity : settings.entities)
        if (auto calendar = config::calendar_named(settings, entity.calendar)) to.terms.calendars.emplace(entity.id, *std::move(calendar));
    return to;
}

json::object parsed(const std::string& effective) {
    json::error_code broken;
    auto value = json::parse(effective, broken);
    return !broken && value.is_object() ? std::move(value.as_object()) : json::object{};
}

json::value member(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(json::string_view{key.data(), key.size()});
    return value == nullptr ? json::value{} : *value;
}

/// Entities as the books know them: a letterhead is no part of the books.
json::value without_letterheads(json::value entities) {
    if (auto* list = entities.if_array())
        for (auto& entity : *list)
            if (auto* object = entity.if_object()) object->erase("creditor");
    return entities;
}

json::value letterheads(const json::object& configuration) {
    json::array all;
    if (const auto entities = member(configuration, "entities"); entities.is_array())
        for (const auto& entity : entities.as_array())
            if (const auto* object = entity.if_object()) all.push_back(member(*object, "creditor"));
    return all;
}

std::vector<std::string> hashes(const config::Settings& settings) {
    std::vector<std::string> all;
    for (const auto& policy : settings.policies) all.push_back(policy.name + " " + policy.content_hash);
    return all;
}

std::vector<std::string> versions(const render::Templates& templates) {
    std::vector<std::string> all;
    for (const auto& language : templates.languages())
        for (const auto& name : templates.names()) all.push_back(language + " " + name + " " + templates.version(language, name));
    return all;
}

/// By what runs when; a line number is no difference.
std::vector<std::string> schedule(const std::vector<jobs::Job>& jobs) {
    std::vector<std::string> all;
    for (const auto& job : jobs) all.push_back(job.name + " " + job.kind + " " + job.subject + " " + job.schedule.text() + " " + std::string{job.zone.name()});
    return all;
}

/// Where the stages end in a question, the entity's decider plugin is asked; what it says passes the same gates. And who tells an
/// ERP what was applied.
config::Settings with_connectors(config::Settings settings, Hosts& hosts, jobs::Deciders& deciders) {
    settings.cash.beside = store::beside();
    settings.cash.has_decider = [&deciders] { return deciders.any(); };
    settings.cash.decider = [&deciders](const MatchQuestion& question) { return deciders.ask(question); };
    settings.cash.decider_ran = [&deciders](const cash::DeciderRuns& runs) { deciders.note(runs); };
    settings.cash.erp_takers = jobs::erp_takers(hosts);
    return settings;
}

}  // namespace

Generation::Generation(config::Settings settings_, std::string effective_, render::Templates templates_, const Lasting& lasting,
                       const std::map<std::string, Instant>& known_jobs)
    : settings{with_connectors(std::move(settings_), lasting.hosts, lasting.deciders)}, effective{std::move(effective_)}, templates{std::move(templates_)}, jobs{jobs_of(settings)},
      intake{lasting.store, lasting.ledger, intake_settings(settings), lasting.rng, lasting.log},
      dunning{lasting.ledger, lasting.hosts, lasting.log, settings.policies, templates, settings.letterheads, intake::last_bank_day},
      app{.store = lasting.store, .books = lasting.books, .ledger = lasting.ledger, .clock = lasting.clock, .rng = lasting.rng, .log = lasting.log,
          .cash = settings.cash, .credit = settings.credit, .people = people_of(settings), .demo = settings.demo_start.has_value(),
          .hosts = &lasting.hosts, .deciders = &lasting.deciders, .intake = &intake, .dunning = &dunning, .jobs = &jobs, .run_job = {}, .sync = {}, .reload = {},
          .advance_clock = {}, .effective_configuration = {}, .alarms = {}, .ready = true, .limits = settings.limits, .provision = settings.provision} {
    const auto now = lasting.clock.now();
    for (const auto& job : jobs) {
        const auto known = known_jobs.find(job.name);
        jobs_since[job.name] = known == known_jobs.end() ? now : known->second;
    }
    app.effective_configuration = [this] { return effective; };
}

const jobs::Job* Generation::job(const std::string& name) const {
    const auto found = std::find_if(jobs.begin(), jobs.end(), [&](const auto& job) { return job.name == name; });
    return found == jobs.end() ? nullptr : &*found;
}

std::vector<std::string> needs_restart(const std::string& now, const std::string& next) {
    const auto is = parsed(now), wanted = parsed(next);
    std::vector<std::string> keys;
    if (without_letterheads(member(is, "entities")) != without_letterheads(member(wanted, "entities"))) keys.emplace_back("entities");
    for (const char* key : {"accounts", "data", "socket", "plugins", "clock"})
        if (member(is, key) != member(wanted, key)) keys.emplace_back(key);
    return keys;
}

std::vector<std::string> changed_parts(const Generation& now, const Generation& next) {
    const auto is = parsed(now.effective), wanted = parsed(next.effective);
    const auto differs = [&](const char* key) { return member(is, key) != member(wanted, key); };
    std::vector<std::string> parts;
    if (differs("people")) parts.emplace_back("people");
    if (schedule(now.jobs) != schedule(next.jobs)) parts.emplace_back("jobs");
    if (differs("cash")) parts.emplace_back("cash");
    if (differs("credit")) parts.emplace_back("credit");
    if (differs("approvals")) parts.emplace_back("approval limits");
    if (differs("provision")) parts.emplace_back("provision");
    if (differs("terms")) parts.emplace_back("payment terms");
    if (differs("calendars")) parts.emplace_back("calendars");
    if (hashes(now.settings) != hashes(next.settings)) parts.emplace_back("dunning policies");
    if (versions(now.templates) != versions(next.templates)) parts.emplace_back("templates");
    if (letterheads(is) != letterheads(wanted)) parts.emplace_back("letterheads");
    return parts;
}

}  // namespace owed::daemon
