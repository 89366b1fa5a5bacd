// What can be said about an instance without running plugin code: is its plugin there and sound, do its settings fit, are
// its folders there.
#include <filesystem>

#include "host/detail/instance.hpp"
#include "host/detail/url_rules.hpp"
#include "host/signature.hpp"
#include "host/version_floor.hpp"

namespace owed::host {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// The place of a pointer, or of its nearest parent that has one.
std::string place_of(const InstanceConfig& config, std::string pointer) {
    for (;;) {
        if (const auto found = config.settings_where.find(pointer); found != config.settings_where.end()) return found->second;
        if (pointer.empty()) return config.where;
        pointer.resize(pointer.rfind('/'));
    }
}

std::string key_path(const std::string& pointer) { return pointer.empty() ? "settings" : "settings" + pointer; }

/// "folder:drop/bank" as a path below the base.
Result<std::string> folder_path(const std::string& value, const std::string& base, MissingFolders missing) {
    const fs::path named = value.substr(std::string_view{"folder:"}.size());
    if (named.is_absolute()) return named.string();
    if (base.empty()) return fail(Errc::invalid_config, "a relative folder needs a data folder; write the whole path");
    const fs::path path = fs::path{base} / named;
    std::error_code error;
    if (missing == MissingFolders::make) fs::create_directories(path, error);  // below our own base they are ours
    if (error) return fail(Errc::invalid_config, "the folder " + path.string() + " cannot be made: " + error.message());
    return path.string();
}

/// Everything that the plugin says it cannot do without must be here: both sides are named, and the fix.
Status check_uses(const Manifest& manifest, const InstanceConfig& config) {
    const std::string ours = std::to_string(OWED_ABI_MAJOR) + "." + std::to_string(OWED_ABI_MINOR);
    for (const auto& id : manifest.uses) {
        const bool draft = id.starts_with("x.");
        const std::string plugin = "plugin " + manifest.id + " " + manifest.version + " uses " + id;
        if (draft && !config.allow_drafts)
            return fail(Errc::unsupported, plugin + ", a draft whose shape may still change; this host (boundary " + ours + ") takes drafts only where they are allowed, and connector " +
                                             config.name + " allows none", {},
                        "set allow_drafts: true for this connector, or take a plugin that does without");
        if (!offers_service(id, config.allow_drafts))
            return fail(Errc::unsupported, plugin + ", and this host (boundary " + ours + ") has no such service", {}, "upgrade owed, or take an older version of the plugin");
    }
    return {};
}

/// What only a program can be given, and what the configuration has to grant.
Status check_sandbox(const PluginFile& file, const Manifest& manifest, const InstanceConfig& config) {
    const std::string plugin = "plugin " + manifest.id, connector = "connector " + config.name;
    if (file.is_program() && config.isolation == InstanceConfig::Isolation::none)
        return fail(Errc::invalid_config, plugin + " is a program, which cannot run inside the daemon", {}, "set isolation: process");
    const struct {
        const char* permission;
        bool granted;
        const char* advice;
    } rights[] = {{"network", config.own_network, "set network: own for this connector if you trust the plugin with a network of its own"},
                  {"programs", !config.programs.empty(), "list under programs: for this connector what it may start, as in [/opt/taps/tap-example]"}};
    for (const auto& right : rights) {
        const std::string name = right.permission;
        if (manifest.may(name) && !file.is_program())
            return fail(Errc::unsupported, plugin + " asks for \"" + name + "\", which only a plugin that is a program can be given", {}, "take a program, or remove the permission from its manifest");
        if (manifest.may(name) && !right.granted) return fail(Errc::invalid_config, plugin + " needs the grant \"" + name + "\", and " + connector + " does not give it", {}, right.advice);
        if (right.granted && !manifest.may(name))
            return fail(Errc::invalid_config, connector + " grants \"" + name + "\", which the manifest of " + plugin + " does not ask for", {}, "remove the grant");
    }
    for (const auto& path : config.programs)
        if (!fs::path{path}.is_absolute()) return fail(Errc::invalid_config, connector + ", programs: \"" + path + "\" is no whole path", {}, "begin it with /");
    return {};
}

/// Hosts that the settings name, by themselves ("mail.example.com") or in a URL.
void collect_hosts(const json::value& value, std::set<std::string>& hosts) {
    if (value.is_string()) {
        const std::string text{value.get_string()};
        auto host = host_of_url(text.find("://") == std::string::npos ? "any://" + text : text);
        if (!host.empty()) hosts.insert(std::move(host));
    } else if (value.is_object()) {
        for (const auto& [key, member] : value.get_object()) collect_hosts(member, hosts);
    } else if (value.is_array()) {
        for (const auto& member : value.get_array()) collect_hosts(member, hosts);
    }
}

/// Where the instance may speak to; wrong patterns of the configuration are reported.
void add_urls(const InstanceConfig& config, const json::value& settings, Prepared& prepared, std::vector<Error>& errors) {
    UrlRules& rules = prepared.urls;
    rules.asks_for_urls = prepared.manifest.urls.has_value();
    for (const auto& url : prepared.manifest.urls.value_or(std::vector<std::string>{})) {
        const auto pointer = setting_named_by(url);
        if (!pointer) rules.manifest.push_back(url);
        else if (const auto server = server_in_setting(settings, *pointer)) rules.manifest.push_back(*server + "/");
    }
    rules.allow_urls = config.transfer.allow_urls;
    for (const auto& pattern : rules.allow_urls)
        if (auto good = check_pattern(pattern); !good)
            errors.push_back({Errc::invalid_config, "connector " + config.name + ", allow_urls: " + good.error().what, config.where, good.error().advice});
    for (const auto& [secret, patterns] : config.secret_urls)
        for (const auto& pattern : patterns)
            if (auto good = check_pattern(pattern); !good)
                errors.push_back({Errc::invalid_config, "connector " + config.name + ", urls of secret \"" + secret + "\": " + good.error().what, config.where, good.error().advice});
    collect_hosts(settings, rules.settings_hosts);
}

LoadRules load_rules(const InstanceConfig& config, const HostOptions& options) {
    return {options.plugin_folder, options.allow_unlisted, options.signatures, options.trusted_keys, options.package_folder,
            config.isolation == InstanceConfig::Isolation::none};
}

}  // namespace

Preparation prepare(const InstanceConfig& config, const HostOptions& options, MissingFolders missing, const PrepareAs& as) {
    Preparation result;
    const auto refuse = [&](Error error) {
        if (!config.where.empty()) error.where = config.where + (error.where.empty() ? "" : " (" + error.where + ")");
        result.errors.push_back(std::move(error));
    };
    auto file = as.file ? Result<PluginFile>{*as.file} : open_plugin(load_rules(config, options), config.plugin);
    if (!file) {
        refuse(file.error());
        return result;
    }
    auto manifest = file->is_program() ? parse_manifest(file->manifest_text(), file->path() + ".manifest.json") : read_manifest(file->fd(), file->path());
    if (!manifest) {
        refuse(manifest.error());
        return result;
    }
    if (manifest->id != config.plugin) {
        refuse({Errc::invalid_config, "the file's manifest says it is plugin \"" + manifest->id + "\"", file->path(), "rename the file to " + manifest->id + (file->is_program() ? "" : ".so")});
        return result;
    }
    if (auto meant = check_comment(file->signed_comment(), manifest->id, manifest->version, file->path()); !meant) {
        refuse(meant.error());
        return result;
    }
    if (auto usable = check_uses(*manifest, config); !usable) {
        refuse(usable.error());
        return result;
    }
    if (auto granted = check_sandbox(*file, *manifest, config); !granted) {
        refuse(granted.error());
        return result;
    }
    if (const auto floor = options.version_floor && !as.any_version ? options.version_floor(manifest->id) : std::nullopt)
        if (auto allowed = check_version_floor(manifest->id, manifest->version, *floor, file->path()); !allowed) {
            refuse(std::move(allowed).error());
            return result;
        }
    result.warnings = file->warnings();
    json::error_code broken;
    const auto settings = json::parse(config.settings_json, broken);
    if (broken) {
        refuse({Errc::invalid_config, "the settings are no JSON: " + broken.message(), {}, {}});
        return result;
    }
    auto checked = check_settings(manifest->settings, settings);
    for (auto& problem : checked.problems)
        result.errors.push_back({Errc::invalid_config, "connector " + config.name + ", " + key_path(problem.pointer) + " " + problem.what,
                                 place_of(config, problem.pointer), problem.advice});
    if (!result.errors.empty()) return result;

    Prepared prepared{std::move(*file), std::move(*manifest), json::serialize(checked.settings), {}, {}};
    for (const auto& folder : folder_settings(prepared.manifest.settings, checked.settings)) {
        auto path = folder_path(folder.value, options.folder_base, missing);
        if (path) {
            // Least rights: only what sends or writes makes files.
            const bool sends = prepared.manifest.has_kind("sender") || prepared.manifest.has_kind("sink") || prepared.manifest.has_kind("agency");
            prepared.grants[folder.value] = {std::move(*path), sends};
        } else {
            auto error = path.error();
            error.what = "connector " + config.name + ", " + key_path(folder.pointer) + ": " + error.what;
            error.where = place_of(config, folder.pointer);
            result.errors.push_back(std::move(error));
        }
    }
    add_urls(config, checked.settings, prepared, result.errors);
    if (result.errors.empty()) result.prepared = std::move(prepared);
    return result;
}

}  // namespace owed::host
