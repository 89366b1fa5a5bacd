// From settings to rooms: what configuration says, in the form that each room takes.
#pragma once

#include <string>
#include <vector>

#include "api/app.hpp"
#include "config/settings.hpp"
#include "host/host.hpp"
#include "render/template.hpp"

namespace owed::daemon {

std::vector<host::InstanceConfig> instances_of(const config::Settings& settings);
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
std::vector<std::string> deeper_problems(const config::Settings& settings, const host::PluginHost& host, Faults wanted);
/// Where plugins, the child program and shipped configuration lie: beside this binary (build tree) or where the package
/// puts them.
std::string default_plugin_folder();
std::string child_program();

}  // namespace owed::daemon
