// From settings to rooms: what configuration says, in the form that each room takes.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/app.hpp"
#include "config/settings.hpp"
#include "host/host.hpp"
#include "main/daemon.hpp"
#include "render/template.hpp"

namespace owed::daemon {

/// Connectors as the files have them, by name. `effective`: the JSON of all files; what is no connector there is left out.
std::map<std::string, boost::json::object> connectors_of(const std::string& effective);
/// `effective`: the JSON of all files, from which each connector's own part tells a reload whether it changed.
std::vector<host::InstanceConfig> instances_of(const config::Settings& settings, const std::string& effective = {});

/// The highest version of each plugin that has worked here; the host asks, the daemon fills it from the store. Any thread.
class KnownVersions {
  public:
    void set(std::map<std::string, std::string> all);
    void put(const std::string& plugin, const std::string& version);
    std::optional<std::string> floor(std::string_view plugin) const;
    bool is_higher(const std::string& plugin, const std::string& version) const;   ///< than what is known, if anything is

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::string, std::less<>> all_;
};
std::string plugin_folder(const config::Settings& settings, const Options& options);
host::Signatures signatures_of(const config::Settings& settings);
std::unique_ptr<host::PluginHost> make_host(const config::Loaded& loaded, const Options& options, const std::string& data, Clock& clock,
                                            Rng& rng, Log& log, std::shared_ptr<KnownVersions> versions = {});
/// Schedules of connectors that read, of `jobs:`, and the outbox's own when none is configured. In the order in which jobs
/// that are due together run: sync, cash, outbox, dunning.
std::vector<jobs::Job> jobs_of(const config::Settings& settings);
std::vector<api::Person> people_of(const config::Settings& settings);
/// Reads the template folder as it is.
Result<std::vector<render::TemplateFile>> read_templates(const std::string& folder);
/// Reads and checks the template folder. Errors: invalid_config with the first finding.
Result<render::Templates> load_templates(const std::string& folder);
/// Problems of the configuration that need plugins and templates to be seen. `of_configuration` leaves out what is wrong
/// with plugin files themselves (missing, changed, damaged): those stop their connector, not the daemon.
enum class Faults { all, of_configuration };
/// Templates that are wrong, and policies that name none.
std::vector<std::string> template_problems(const config::Settings& settings);
/// "owed.yaml:12:5: what; what to do", one for each.
std::vector<std::string> texts_of(const std::vector<Error>& errors, const config::Settings& settings);
std::vector<std::string> deeper_problems(const config::Settings& settings, const host::PluginHost& host, Faults wanted);
/// Where plugins, the child program and shipped configuration lie: beside this binary (build tree) or where the package
/// puts them.
std::string default_plugin_folder();
std::string child_program();

}  // namespace owed::daemon
