// The configuration, typed. `load` reads the files, checks everything it can without running anything, and reports every
// problem in one pass with file:line:column. Only `main` and `ctl` use this room.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cash/cash.hpp"
#include "collect/collect.hpp"
#include "config/yaml.hpp"
#include "jobs/jobs.hpp"
#include "ledger/books.hpp"

namespace owed::config {

struct Person {
    std::string user, name;
    std::vector<std::string> roles, entities;   ///< roles of SECURITY 7.5: viewer, collector, cash_applier, supervisor,
                                                ///< approver, integrator, admin, auditor. No entities: all.
};

/// One connector instance as configured.
struct Connector {
    std::string name, plugin, entity;
    std::string isolation = "process";          ///< process, none
    std::optional<jobs::Cron> schedule;
    std::string settings_json = "{}";
    /// Where each setting stands: JSON pointer ("/files/0/match") -> place, for errors of the plugin's schema.
    std::map<std::string, Place> settings_places;
    std::map<std::string, std::string> secrets; ///< name -> reference: file:/path, credential:NAME, env:NAME
    std::vector<std::string> allow_urls;        ///< narrows the manifest's list
    std::int64_t call_deadline_seconds = 60, memory_mib = 512;
    Place place;
};

struct PolicyApproval {
    std::string policy, sha256, by;
    std::optional<Date> on;
};

struct ScheduledJob {
    std::string name, kind, subject;
    jobs::Cron schedule;
    Zone zone = Zone::utc();
    Place place;
};

struct Settings {
    std::vector<ledger::Entity> entities;
    std::vector<ledger::BankAccount> accounts;
    std::map<std::string, jobs::Letterhead> letterheads;  ///< by entity
    std::vector<Person> people;
    std::vector<Connector> connectors;
    std::vector<collect::Policy> policies;
    std::vector<PolicyApproval> policy_approvals;
    cash::Settings cash;
    std::vector<ScheduledJob> jobs;
    std::string data;                                  ///< may be empty: the command line says
    std::string templates_folder;                      ///< absolute
    std::string plugins_folder;                        ///< absolute; empty: beside the binary
    bool allow_unlisted_plugins = false;
    std::string socket;                                ///< empty: DATA/owed.sock
    std::optional<std::string> demo_start;             ///< "2026-03-31T08:00", local to the first entity
    Place place;                                       ///< the main file
};

/// Reads a file, or a folder's *.yaml names in order. Given by the caller, so that this room opens nothing itself.
struct Files {
    std::function<Result<std::string>(const std::string& path)> read;
    std::function<std::vector<std::string>(const std::string& folder)> yaml_files_in;
};
Files real_files();

struct Loaded {
    Settings settings;
    std::vector<Problem> problems;
    std::string effective;   ///< JSON of all files together, references of secrets only: `config show`
};
/// `main_file`, then conf.d/*.yaml beside it (lists are joined, maps merged, a value given twice is a problem), then the
/// policies it names.
Loaded load(const std::string& main_file, const Files& files);

/// `profile: NAME` of a connector or `inspect --profile NAME|FILE`: the JSON of config/profiles/NAME.yaml or of a file.
Result<std::string> profile_json(const std::string& name_or_file, const std::string& profiles_folder, const Files& files);

/// file:/path (regular, mode 0600 or 0400, owner root or us, no link), credential:NAME (systemd), env:NAME.
Result<std::string> resolve_secret(const std::string& reference);

}  // namespace owed::config
