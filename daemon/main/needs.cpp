#include "main/needs.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdlib>

#include "config/secret_file.hpp"
#include "host/reach.hpp"
#include "main/wiring.hpp"

namespace owed::daemon {
namespace {

namespace json = boost::json;

/// A PEM file that can be opened, is none of another kind, and is not empty.
Status look_at_file(const std::string& path) {
    const auto wrong = [](std::string what) { return fail(Errc::invalid_config, std::move(what), {}, "put a PEM file there, readable for owed's user"); };
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return wrong("cannot open " + path + ": " + ::strerror(errno));
    struct stat seen {};
    const bool plain = ::fstat(fd, &seen) == 0 && S_ISREG(seen.st_mode);
    ::close(fd);
    if (!plain) return wrong(path + " is not a regular file");
    return seen.st_size == 0 ? wrong(path + " is empty") : Status{};
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

}  // namespace

Status look_at_secret(const std::string& reference) {
    constexpr std::string_view file = "file:", credential = "credential:";
    if (reference.starts_with(credential) && reference.size() > credential.size() && std::getenv("CREDENTIALS_DIRECTORY") == nullptr) return {};
    const bool of_the_services_user = reference.starts_with(file) && ::geteuid() == 0;
    auto value = of_the_services_user ? config::secret_in_file(reference.substr(file.size()), config::SecretOwner::anybody) : config::resolve_secret(reference);
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
    const auto was = former == nullptr ? std::map<std::string, json::object>{} : connectors_of(*former), is = connectors_of(loaded.effective);
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
