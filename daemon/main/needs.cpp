#include "main/needs.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdlib>

#include "host/reach.hpp"
#include "main/wiring.hpp"

namespace owed::daemon {
namespace {

namespace json = boost::json;

/// A file that can be opened, is none of another kind, and is not empty.
Status readable(const std::string& path, bool is_secret) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | (is_secret ? O_NOFOLLOW : 0));
    if (fd < 0) return fail(Errc::invalid_config, "cannot open " + path + ": " + ::strerror(errno));
    struct stat seen {};
    const bool plain = ::fstat(fd, &seen) == 0 && S_ISREG(seen.st_mode);
    ::close(fd);
    if (!plain) return fail(Errc::invalid_config, path + " is not a regular file");
    if (is_secret && (seen.st_mode & 077) != 0) return fail(Errc::invalid_config, path + " can be read by others", {}, "chmod 600 " + path);
    if (seen.st_size == 0) return fail(Errc::invalid_config, path + " is empty");
    return {};
}

Status look_at_file(const std::string& path) {
    auto seen = readable(path, false);
    if (seen) return {};
    return fail(Errc::invalid_config, seen.error().what, {}, "put a PEM file there, readable for owed's user");
}

std::vector<host::Needed> needed_by(const config::Connector& connector) {
    std::vector<host::Needed> all;
    const auto secret = [&](const std::string& what, const std::string& reference, const config::Place& place) {
        if (!reference.empty()) all.push_back({what, config::to_text(place), [reference] { return look_at_secret(reference); }});
    };
    const auto file = [&](const char* key, const std::string& path) {
        if (!path.empty()) all.push_back({std::string{"transfer: "} + key, config::to_text(connector.place), [path] { return look_at_file(path); }});
    };
    for (const auto& [name, one] : connector.secrets) {
        const auto what = "secret \"" + name + "\"";
        secret(what, one.reference, one.place);
        if (!one.oauth2) continue;
        secret(what + ", client_secret", one.oauth2->client_secret, one.oauth2->place);
        secret(what + ", private_key", one.oauth2->private_key, one.oauth2->place);
        secret(what + ", refresh_token", one.oauth2->refresh_token, one.oauth2->place);
    }
    secret("transfer: client_key", connector.transfer.client_key, connector.place);
    secret("transfer: ssh_key", connector.transfer.ssh_key, connector.place);
    file("ca_file", connector.transfer.ca_file);
    file("client_certificate", connector.transfer.client_certificate);
    return all;
}

/// Connectors as the files have them, by name.
std::map<std::string, json::value> connectors_of(const std::string& effective) {
    std::map<std::string, json::value> all;
    json::error_code broken;
    const auto parsed = json::parse(effective, broken);
    const auto* list = !broken && parsed.is_object() ? parsed.as_object().if_contains("connectors") : nullptr;
    if (list == nullptr || !list->is_array()) return all;
    for (const auto& one : list->as_array())
        if (const auto* name = one.is_object() ? one.as_object().if_contains("name") : nullptr; name != nullptr && name->is_string())
            all[std::string{name->as_string()}] = one;
    return all;
}

}  // namespace

Status look_at_secret(const std::string& reference) {
    constexpr std::string_view file = "file:", credential = "credential:";
    if (reference.starts_with(credential) && reference.size() > credential.size() && std::getenv("CREDENTIALS_DIRECTORY") == nullptr) return {};
    if (reference.starts_with(file) && ::geteuid() == 0) return readable(reference.substr(file.size()), true);
    auto value = config::resolve_secret(reference);
    if (!value) return fail(std::move(value).error());
    const bool empty = value->empty();
    ::explicit_bzero(value->data(), value->size());
    return empty ? Status{fail(Errc::invalid_config, "it is empty")} : Status{};
}

host::LoadRules load_rules_of(const config::Settings& settings, const std::string& plugin_folder, bool in_daemon) {
    host::LoadRules rules;
    rules.folder = plugin_folder;
    rules.allow_unlisted = settings.allow_unlisted_plugins;
    rules.signatures = signatures_of(settings);
    rules.trusted_keys = settings.trusted_keys.empty() ? host::HostOptions{}.trusted_keys : settings.trusted_keys;
    rules.package_folder = default_plugin_folder();
    rules.in_daemon = in_daemon;
    return rules;
}

std::vector<std::string> needs_problems(const config::Loaded& loaded, const std::string& plugin_folder, const std::string* former) {
    const auto& settings = loaded.settings;
    const auto was = former == nullptr ? std::map<std::string, json::value>{} : connectors_of(*former), is = connectors_of(loaded.effective);
    const auto instances = instances_of(settings, loaded.effective);
    std::vector<Error> errors;
    for (std::size_t i = 0; i < settings.connectors.size(); ++i) {
        const auto& connector = settings.connectors[i];
        const auto before = was.find(connector.name), now = is.find(connector.name);
        if (before != was.end() && now != is.end() && before->second == now->second) continue;
        host::ReachCheck check{instances[i], load_rules_of(settings, plugin_folder, connector.isolation == "none"), needed_by(connector), {}};
        for (const auto& [name, secret] : connector.secrets) check.secret_names.push_back(name);
        for (auto& error : host::check_reach(check)) errors.push_back(std::move(error));
    }
    return texts_of(errors, settings);
}

}  // namespace owed::daemon
