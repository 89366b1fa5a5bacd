#include "host/reach.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "host/detail/url_rules.hpp"
#include "host/manifest.hpp"

namespace owed::host {
namespace {

namespace json = boost::json;

class Reach {
  public:
    explicit Reach(const ReachCheck& check) : check_{check}, config_{check.config} {}

    std::vector<Error> look() {
        for (const auto& needed : check_.needed)
            if (const auto seen = needed.look(); !seen)
                add(needed.what + ": " + seen.error().what + (seen.error().where.empty() ? "" : " (" + seen.error().where + ")"), needed.where, seen.error().advice);
        if (const auto manifest = read(); manifest && settings_.is_object()) {
            secrets(settings_.get_object(), {});
            servers(*manifest);
        }
        return std::move(errors_);
    }

  private:
    void add(const std::string& what, const std::string& where, const std::string& advice) {
        errors_.push_back({Errc::invalid_config, "connector " + config_.name + ", " + what, where.empty() ? config_.where : where, advice});
    }

    /// The manifest, and the settings with its defaults.
    std::optional<Manifest> read() {
        const auto file = open_plugin(check_.rules, config_.plugin);
        if (!file) return {};
        auto manifest = file->is_program() ? parse_manifest(file->manifest_text(), file->path()) : read_manifest(file->fd(), file->path());
        json::error_code broken;
        const auto given = json::parse(config_.settings_json, broken);
        if (!manifest || broken) return {};
        auto checked = check_settings(manifest->settings, given);
        if (!checked.problems.empty()) return {};
        settings_ = std::move(checked.settings);
        return std::move(*manifest);
    }

    std::string place_of(std::string pointer) const {
        for (;; pointer.resize(pointer.rfind('/'))) {
            if (const auto found = config_.settings_where.find(pointer); found != config_.settings_where.end()) return found->second;
            if (pointer.empty()) return config_.where;
        }
    }

    void secrets(const json::object& settings, const std::string& pointer) {
        for (const auto& [key_view, value] : settings) {
            const std::string key{key_view}, at = pointer + "/" + key;
            if (value.is_object()) secrets(value.get_object(), at);
            if (!key.ends_with("_secret") || !value.is_string() || value.get_string().empty()) continue;
            const std::string name{value.get_string()};
            if (std::find(check_.secret_names.begin(), check_.secret_names.end(), name) != check_.secret_names.end()) continue;
            std::string known;
            for (const auto& one : check_.secret_names) known += (known.empty() ? "" : ", ") + one;
            add("settings" + at + " names the secret \"" + name + "\", and " + (known.empty() ? "it has no secrets" : "its secrets are " + known), place_of(at),
                "add it under secrets:, or correct the name");
        }
    }

    /// A pattern of allow_urls may narrow the path; here it is about the server.
    bool may_speak_to(const std::string& place) const {
        const auto& allowed = config_.transfer.allow_urls;
        return allowed.empty() || std::any_of(allowed.begin(), allowed.end(), [&](const std::string& pattern) {
                   const auto host = pattern.find("://");
                   const auto path = host == pattern.npos ? host : pattern.find('/', host + 3);
                   return fits_any(place + "/", {pattern.substr(0, path) + "/"});
               });
    }

    void servers(const Manifest& manifest) {
        for (const auto& url : manifest.urls.value_or(std::vector<std::string>{})) {
            const auto named = setting_named_by(url);
            if (!named) continue;
            const std::string pointer{*named};
            if (const auto server = server_in_setting(settings_, pointer); server && !may_speak_to(*server))
                add("settings" + pointer + " names " + *server + ", which its allow_urls does not have", place_of(pointer), "if that is right, add \"" + *server + "/\" to allow_urls");
        }
    }

    const ReachCheck& check_;
    const InstanceConfig& config_;
    json::value settings_;
    std::vector<Error> errors_;
};

}  // namespace

std::vector<Error> check_reach(const ReachCheck& check) { return Reach{check}.look(); }

}  // namespace owed::host
