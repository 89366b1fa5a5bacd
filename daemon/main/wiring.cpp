#include "main/wiring.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "host/version_floor.hpp"
#include "main/reach.hpp"

namespace owed::daemon {
namespace {

namespace fs = std::filesystem;

fs::path own_folder() {
    std::error_code error;
    const auto self = fs::read_symlink("/proc/self/exe", error);
    return error ? fs::path{"."} : self.parent_path();
}

int order_of(const std::string& kind) {
    if (kind == "sync") return 0;
    if (kind == "cash") return 1;
    if (kind == "outbox") return 2;
    return 3;
}

Zone zone_of(const config::Settings& settings, const std::string& entity) {
    for (const auto& known : settings.entities)
        if (entity.empty() || known.id == entity) return known.zone;
    return Zone::utc();
}

/// Each connector as the files have it, by name; without what changes nothing in its instance.
std::map<std::string, std::string> connector_parts(const std::string& effective) {
    std::map<std::string, std::string> parts;
    for (auto& [key, part] : connectors_of(effective)) {
        for (const char* elsewhere : {"schedule", "settings", "profile"}) part.erase(elsewhere);  // jobs; compared with defaults and profiles filled in
        std::map<std::string, std::string> sorted;  // the order of keys is no difference
        for (const auto& member : part) sorted[std::string{member.key()}] = boost::json::serialize(member.value());
        for (const auto& [word, value] : sorted) parts[key] += word + "=" + value + "\n";
    }
    return parts;
}

}  // namespace

std::map<std::string, boost::json::object> connectors_of(const std::string& effective) {
    std::map<std::string, boost::json::object> all;
    boost::system::error_code broken;
    const auto parsed = boost::json::parse(effective, broken);
    const auto* list = !broken && parsed.is_object() ? parsed.as_object().if_contains("connectors") : nullptr;
    if (list == nullptr || !list->is_array()) return all;
    for (const auto& one : list->as_array())
        if (const auto* name = one.is_object() ? one.as_object().if_contains("name") : nullptr; name != nullptr && name->is_string())
            all[std::string{name->as_string()}] = one.as_object();
    return all;
}

std::string default_plugin_folder() {
    const auto beside = own_folder() / ".." / "plugins";
    if (fs::exists(beside)) return fs::weakly_canonical(beside).string();
    return (own_folder() / OWED_PLUGIN_FOLDER).lexically_normal().string();
}

std::string child_program() {
    const auto beside = own_folder() / "owed-plugin-host";
    if (fs::exists(beside)) return beside.string();
    return (own_folder() / OWED_LIBEXEC_FOLDER / "owed-plugin-host").lexically_normal().string();
}

void KnownVersions::set(std::map<std::string, std::string> all) {
    const std::lock_guard lock{mutex_};
    all_.clear();
    all_.insert(all.begin(), all.end());
}
void KnownVersions::put(const std::string& plugin, const std::string& version) {
    const std::lock_guard lock{mutex_};
    all_[plugin] = version;
}
std::optional<std::string> KnownVersions::floor(std::string_view plugin) const {
    const std::lock_guard lock{mutex_};
    const auto known = all_.find(plugin);
    return known == all_.end() ? std::nullopt : std::optional{known->second};
}
bool KnownVersions::is_higher(const std::string& plugin, const std::string& version) const {
    const auto known = floor(plugin);
    return !known || host::compare_versions(version, *known) > 0;
}

std::string plugin_folder(const config::Settings& settings, const Options& options) {
    if (!options.plugin_folder.empty()) return options.plugin_folder;
    return settings.plugins_folder.empty() ? default_plugin_folder() : settings.plugins_folder;
}

host::Signatures signatures_of(const config::Settings& settings) {
    if (settings.plugin_signatures == "require") return host::Signatures::require;
    if (settings.plugin_signatures == "warn") return host::Signatures::warn;
    return settings.plugin_signatures == "off" ? host::Signatures::off : host::Signatures::by_default;
}

std::unique_ptr<host::PluginHost> make_host(const config::Loaded& loaded, const Options& options, const std::string& data, Clock& clock,
                                            Rng& rng, Log& log, std::shared_ptr<KnownVersions> versions) {
    const auto& settings = loaded.settings;
    host::HostOptions host;
    host.plugin_folder = plugin_folder(settings, options);
    host.child_program = child_program();
    host.folder_base = data;
    host.allow_unlisted = settings.allow_unlisted_plugins;
    host.package_folder = default_plugin_folder();
    if (!settings.trusted_keys.empty()) host.trusted_keys = settings.trusted_keys;
    host.signatures = signatures_of(settings);
    if (versions) host.version_floor = [versions](std::string_view plugin) { return versions->floor(plugin); };
    return std::make_unique<host::PluginHost>(host, instances_of(settings, loaded.effective), clock, rng, log);
}

std::vector<host::InstanceConfig> instances_of(const config::Settings& settings, const std::string& effective) {
    const auto own_parts = connector_parts(effective);
    std::vector<host::InstanceConfig> all;
    for (const auto& connector : settings.connectors) {
        host::InstanceConfig instance;
        instance.name = connector.name;
        instance.plugin = connector.plugin;
        instance.entity = connector.entity;
        instance.isolation = connector.isolation == "none" ? host::InstanceConfig::Isolation::none : host::InstanceConfig::Isolation::process;
        instance.own_network = connector.own_network;
        instance.programs = connector.programs;
        instance.settings_json = connector.settings_json;
        for (const auto& [pointer, place] : connector.settings_places) instance.settings_where[pointer] = config::to_text(place);
        instance.where = config::to_text(connector.place);
        wire_reach(connector, instance);
        if (const auto part = own_parts.find(connector.name); part != own_parts.end()) instance.fingerprint = part->second;
        instance.allow_drafts = connector.allow_drafts;
        instance.limits.cpu = std::chrono::seconds{connector.cpu_seconds};
        instance.limits.file_bytes = static_cast<std::uint64_t>(connector.file_mib) << 20;
        instance.limits.threads_max = static_cast<std::uint64_t>(connector.threads);
        instance.limits.call_deadline = std::chrono::seconds{connector.call_deadline_seconds};
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        instance.limits.memory_mib = instance.limits.rss_mib = 0;  // sanitizers map terabytes
#else
        instance.limits.rss_mib = static_cast<std::uint64_t>(connector.rss_mib);
        instance.limits.memory_mib = static_cast<std::uint64_t>(connector.memory_mib);
#endif
        all.push_back(std::move(instance));
    }
    return all;
}

std::vector<jobs::Job> jobs_of(const config::Settings& settings) {
    std::vector<jobs::Job> all;
    for (const auto& connector : settings.connectors)
        if (connector.schedule)
            all.push_back({"sync " + connector.name, "sync", connector.name, *connector.schedule, zone_of(settings, connector.entity),
                           config::to_text(connector.place)});
    for (const auto& job : settings.jobs)
        all.push_back({job.name, job.kind, job.subject, job.schedule, job.zone, config::to_text(job.place)});
    if (std::none_of(all.begin(), all.end(), [](auto& job) { return job.kind == "outbox"; }))
        all.push_back({"outbox", "outbox", "", jobs::Cron::parse("*/5 * * * *").value(), Zone::utc(), "built in"});
    std::stable_sort(all.begin(), all.end(), [](auto& a, auto& b) { return order_of(a.kind) < order_of(b.kind); });
    return all;
}

std::vector<api::Person> people_of(const config::Settings& settings) {
    std::vector<api::Person> all;
    for (const auto& person : settings.people) all.push_back({person.user, person.name, person.roles, person.entities});
    return all;
}

Result<std::vector<render::TemplateFile>> read_templates(const std::string& folder) {
    std::vector<render::TemplateFile> files;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator{folder, error}) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in{entry.path(), std::ios::binary};
        std::ostringstream text;
        text << in.rdbuf();
        files.push_back({entry.path().lexically_relative(folder).string(), text.str()});
    }
    if (error) return fail(Errc::invalid_config, "cannot read the template folder: " + error.message(), folder);
    return files;
}

Result<render::Templates> load_templates(const std::string& folder) {
    OWED_TRY(auto files, read_templates(folder));
    return render::Templates::load(std::move(files));
}

std::vector<std::string> deeper_problems(const config::Settings& settings, const host::PluginHost& host, Faults wanted) {
    std::vector<std::string> problems;
    auto errors = host.check();
    if (wanted == Faults::of_configuration) std::erase_if(errors, [](const Error& error) { return error.code != Errc::invalid_config; });
    problems = texts_of(errors, settings);
    for (auto& problem : template_problems(settings)) problems.push_back(std::move(problem));
    return problems;
}

std::vector<std::string> texts_of(const std::vector<Error>& errors, const config::Settings& settings) {
    std::vector<std::string> texts;
    for (const auto& error : errors)
        texts.push_back((error.where.empty() ? settings.place.file : error.where) + ": " + error.what + (error.advice.empty() ? "" : "; " + error.advice));
    return texts;
}

std::vector<std::string> template_problems(const config::Settings& settings) {
    std::vector<std::string> problems;
    auto templates = load_templates(settings.templates_folder);
    if (!templates) {
        problems.push_back(templates.error().where + ": " + templates.error().what);
        return problems;
    }
    const auto names = templates->names();
    for (const auto& policy : settings.policies)
        for (const auto& level : policy.levels)
            if (!level.template_name.empty() && std::find(names.begin(), names.end(), level.template_name) == names.end())
                problems.push_back(settings.place.file + ": policy \"" + policy.name + "\" names template \"" + level.template_name +
                                   "\", and there is none of that name in " + settings.templates_folder);
    return problems;
}

}  // namespace owed::daemon
