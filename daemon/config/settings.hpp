// The configuration, typed. `load` reads the files, checks everything it can without running anything, and reports every
// problem in one pass with file:line:column. Only `main` and `ctl` use this room.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cash/cash.hpp"
#include "collect/credit.hpp"
#include "config/yaml.hpp"
#include "jobs/jobs.hpp"
#include "jobs/month_end.hpp"
#include "ledger/books.hpp"
#include "owed/calendar.hpp"
#include "owed/terms.hpp"

namespace owed::config {

struct Person {
    std::string user, name;
    std::vector<std::string> roles, entities;   ///< roles of SECURITY 7.5: viewer, collector, cash_applier, supervisor,
                                                ///< approver, integrator, admin, auditor. No entities: all.
};

/// An access token that the host fetches: `oauth2:` of a secret. References as in Secret.
struct OAuth2 {
    std::string grant, token_url, client_id;    ///< grant: jwt_bearer, client_credentials, refresh_token
    std::string client_secret, private_key, refresh_token;
    std::string audience, subject, scope, key_id;
    std::string client_auth = "body";           ///< body, basic
    Place place;
};
/// One of `secrets:`.
struct Secret {
    std::string reference;                      ///< file:/path, credential:NAME, env:NAME; empty with oauth2
    std::optional<OAuth2> oauth2;
    std::vector<std::string> urls;              ///< that it is bound to; empty: wherever the connector may speak
    Place place;
};
/// `transfer:` of a connector.
struct Transfer {
    std::optional<bool> plain_text_on_loopback; ///< not given: by `security: none` in the settings
    std::string ca_file, client_certificate;    ///< absolute paths
    std::string client_key;                     ///< reference
    std::string proxy, helo;
    std::string host_key, ssh_key;              ///< of sftp: "SHA256:..."; reference
    std::int64_t requests_per_minute = 0, timeout_seconds = 0, response_mib = 8;  ///< 0: no limit; the default
    std::string record;                         ///< absolute path of a cassette
};

/// One connector instance as configured.
struct Connector {
    std::string name, plugin, entity;
    std::string isolation = "process";          ///< process, none
    bool own_network = false;                   ///< network: own; of a plugin that is a program
    std::vector<std::string> programs;          ///< what such a plugin may start
    std::optional<jobs::Cron> schedule;
    std::string settings_json = "{}";
    /// Where each setting stands: JSON pointer ("/files/0/match") -> place, for errors of the plugin's schema.
    std::map<std::string, Place> settings_places;
    std::map<std::string, Secret> secrets;
    Transfer transfer;
    std::vector<std::string> allow_urls;        ///< narrows the manifest's list
    bool allow_drafts = false;                  ///< ids of the SDK that begin with "x." may be used
    std::int64_t call_deadline_seconds = 60, memory_mib = 512, rss_mib = 448, cpu_seconds = 120, file_mib = 256, threads = 32;
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
    std::map<std::string, Terms> terms;                ///< payment terms by name
    std::map<std::string, Calendar> calendars;         ///< by name; those that `terms` and entities use besides the built-in ones
    cash::Settings cash;
    collect::CreditPolicy credit;
    /// `approvals:` what one person may give up alone, by kind (write_off, waive, refund, deduction) and currency code.
    std::map<std::string, std::map<std::string, Money>> limits;
    std::map<std::string, jobs::ProvisionMatrix> provision;   ///< by entity
    std::vector<ScheduledJob> jobs;
    std::string data;                                  ///< may be empty: the command line says
    std::string templates_folder;                      ///< absolute
    std::string plugins_folder;                        ///< absolute; empty: beside the binary
    bool allow_unlisted_plugins = false;
    std::string plugin_signatures;                     ///< require, warn, off; empty: as soon as a key is configured
    std::string trusted_keys;                          ///< absolute folder of *.pub; empty: /etc/owed/trusted-keys.d
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

/// The calendar of that name: configured, built in, or for a country without one (two capital letters) its weekends; no name:
/// weekends. nullopt: there is none.
std::optional<Calendar> calendar_named(const Settings& settings, const std::string& name);

/// file:/path (regular, mode 0600 or 0400, owner root or us, no link), credential:NAME (systemd), env:NAME.
Result<std::string> resolve_secret(const std::string& reference);

/// Puts a new value in the place of a secret that a server has renewed: file:/path alone, by a new file beside it (mode 0600)
/// and a rename. Errors: invalid_config for other references, io.
Status replace_secret(const std::string& reference, std::string_view value);

}  // namespace owed::config
