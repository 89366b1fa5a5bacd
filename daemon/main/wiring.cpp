#include "main/wiring.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

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

}  // namespace

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

std::vector<host::InstanceConfig> instances_of(const config::Settings& settings) {
    std::vector<host::InstanceConfig> all;
    for (const auto& connector : settings.connectors) {
        host::InstanceConfig instance;
        instance.name = connector.name;
        instance.plugin = connector.plugin;
        instance.entity = connector.entity;
        instance.isolation = connector.isolation == "none" ? host::InstanceConfig::Isolation::none : host::InstanceConfig::Isolation::process;
        instance.settings_json = connector.settings_json;
        for (const auto& [pointer, place] : connector.settings_places) instance.settings_where[pointer] = config::to_text(place);
        instance.where = config::to_text(connector.place);
        wire_reach(connector, instance);
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
        files.push_back({fs::relative(entry.path(), folder).string(), text.str()});
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
    for (const auto& error : host.check()) {
        if (wanted == Faults::of_configuration && error.code != Errc::invalid_config) continue;
        problems.push_back((error.where.empty() ? settings.place.file : error.where) + ": " + error.what +
                           (error.advice.empty() ? "" : "; " + error.advice));
    }
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
