// What the plugin says of itself, and whether it is so.
#include <algorithm>
#include <functional>

#include "conformance/detail/check.hpp"
#include "conformance/detail/raw_host.hpp"
#include "conformance/detail/subject.hpp"

namespace owed::conformance {
namespace {

namespace json = boost::json;

std::string for_each_manifest(const Subject&) { return {}; }

/// Checks of what a sound manifest holds.
template <Verdict (*check)(const Subject&)>
Verdict sound(const Subject& subject, Mode) {
    return subject.manifest ? check(subject) : skip("the manifest cannot be read");
}

Verdict is_valid(const Subject& subject, Mode) {
    if (subject.manifest) return pass();
    return failed(subject.manifest_error.what);
}
Verdict id_matches(const Subject& subject) {
    return subject.plugin_name() == subject.manifest->id ? pass() : failed("the manifest says \"" + subject.manifest->id + "\", and the file is called " + subject.file_name);
}
Verdict id_form(const Subject& subject) {
    const auto& id = subject.manifest->id;
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (id.size() > 63 || id.front() < 'a' || id.front() > 'z' || !std::all_of(id.begin(), id.end(), fits)) return failed("the id is \"" + id + "\"");
    return pass();
}

/// MAJOR.MINOR.PATCH with an optional -PRERELEASE and +BUILD (semver 2.0.0, sections 2, 9 and 10).
bool is_semver(std::string_view text) {
    const auto extra = text.find_first_of("-+");
    auto core = text.substr(0, extra);
    for (int i = 0; i < 3; ++i) {
        const auto dot = core.find('.');
        const auto part = core.substr(0, dot);
        if (part.empty() || part.size() > 9 || part.find_first_not_of("0123456789") != part.npos || (part.size() > 1 && part.front() == '0')) return false;
        if (i < 2 && dot == core.npos) return false;
        if (i == 2 && dot != core.npos) return false;
        core = dot == core.npos ? std::string_view{} : core.substr(dot + 1);
    }
    if (extra == text.npos) return true;
    const auto rest = text.substr(extra + 1);
    return !rest.empty() && rest.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.+") == rest.npos;
}
Verdict version_form(const Subject& subject) {
    return is_semver(subject.manifest->version) ? pass(subject.manifest->version) : failed("the version is \"" + subject.manifest->version + "\"");
}
Verdict has_title(const Subject& subject) {
    const auto& title = subject.manifest->title;
    if (title.empty()) return failed("there is no title");
    if (title.size() > 100 || title.find('\n') != std::string::npos) return failed("the title has " + std::to_string(title.size()) + " bytes; one line of at most 100 fits a list");
    return pass();
}

const std::vector<std::pair<std::string, std::string>>& tables() {
    static const std::vector<std::pair<std::string, std::string>> all{{"source", OWED_SOURCE_1}, {"codec", OWED_CODEC_1},   {"sender", OWED_SENDER_1},
                                                                      {"sink", OWED_SINK_1},     {"agency", OWED_AGENCY_1}, {"decider", OWED_DECIDER_1}};
    return all;
}

/// Calls `each(kind, promised, offered)` for every kind.
Verdict compare_kinds(const Subject& subject, const std::function<std::string(const std::string&, bool, bool)>& each) {
    if (const auto why = subject.cannot_run(); !why.empty()) return skip(why);
    if (auto why = not_for_programs(subject); !why.empty()) return skip(why);
    auto plugin = open_raw(subject.plugins + "/" + subject.manifest->id + ".so");
    if (!plugin) return skip("it does not load");
    const RawHost host;
    const RawInstance instance{*plugin, host, "checked", json::serialize(subject.settings)};
    if (!instance.usable()) return skip("create failed");
    for (const auto& [kind, id] : tables())
        if (auto wrong = each(kind, subject.is(kind), instance.extension(id) != nullptr); !wrong.empty()) return failed(wrong);
    return pass();
}
Verdict kinds_offered(const Subject& subject, Mode) {
    return compare_kinds(subject, [](const std::string& kind, bool promised, bool offered) {
        return promised && !offered ? "the manifest says " + kind + ", and the instance has no table owed." + kind + "/1" : std::string{};
    });
}
Verdict kinds_complete(const Subject& subject, Mode) {
    return compare_kinds(subject, [](const std::string& kind, bool promised, bool offered) {
        return offered && !promised ? "the instance has a table owed." + kind + "/1, and the manifest does not say " + kind : std::string{};
    });
}

Verdict channels(const Subject& subject) {
    const auto& all = subject.manifest->channels;
    const bool sends = subject.is("sender") || subject.is("agency");
    if (!sends && !all.empty()) return failed("it has channels, and is no sender");
    static const std::vector<std::string> known{"email", "letter", "agency"};
    for (const auto& channel : all)
        if (std::find(known.begin(), known.end(), channel) == known.end()) return failed("nothing is sent by channel \"" + channel + "\"");
    for (auto at = all.begin(); at != all.end(); ++at)
        if (std::find(at + 1, all.end(), *at) != all.end()) return failed("channel \"" + *at + "\" stands there twice");
    return pass();
}

bool schema_has_folder(const json::object& schema) {
    if (schema.contains("format")) return true;
    if (const auto* properties = schema.if_contains("properties"); properties != nullptr)
        for (const auto& [key, property] : properties->get_object())
            if (schema_has_folder(property.get_object())) return true;
    const auto* items = schema.if_contains("items");
    return items != nullptr && schema_has_folder(items->get_object());
}
Verdict files_permission(const Subject& subject) {
    const bool has = schema_has_folder(subject.manifest->settings), may = subject.manifest->may("files");
    if (has && !may) return failed("a setting names a folder, and the permission \"files\" is not asked for");
    if (may && !has) return failed("it asks for the permission \"files\", and no setting names a folder (format: folder)");
    return pass();
}
Verdict permissions_once(const Subject& subject) {
    const auto& all = subject.manifest->permissions;
    for (auto at = all.begin(); at != all.end(); ++at)
        if (std::find(at + 1, all.end(), *at) != all.end()) return failed("permission \"" + *at + "\" stands there twice");
    return pass(all.empty() ? "none" : "");
}
Verdict urls_narrow(const Subject& subject) {
    if (!subject.manifest->may("transfer")) return skip("it does not speak to servers");
    if (!subject.manifest->urls) return pass("no urls: only the hosts that its settings name");
    for (const auto& url : *subject.manifest->urls)
        if (url.starts_with("http://") || url.starts_with("ftp://")) return failed(url + " is not encrypted");
    for (const auto& url : *subject.manifest->urls) {
        const auto host = url.find("://*.");
        if (host != std::string::npos && url.find('.', host + 5) == std::string::npos) return failed(url + " is half of the internet");
    }
    return pass();
}
Verdict urls_settings(const Subject& subject) {
    if (!subject.manifest->urls) return skip("it has no urls");
    const auto* properties = subject.manifest->settings.if_contains("properties");
    for (const auto& url : *subject.manifest->urls) {
        if (!url.starts_with("settings:/")) continue;
        const auto key = url.substr(10);
        if (properties == nullptr || !properties->get_object().contains(key.substr(0, key.find('/')))) return failed("urls has " + url + ", and there is no such setting");
    }
    return pass();
}
Verdict uses_known(const Subject& subject) {
    static const std::vector<std::string> known{OWED_LOG_1,  OWED_CLOCK_1,    OWED_RANDOM_1,  OWED_STATE_1,   OWED_FILES_1, OWED_EMIT_1,
                                                OWED_FAIL_1, OWED_TRANSFER_1, OWED_SECRETS_1, OWED_METRICS_1, OWED_PROGRESS_1};
    for (const auto& id : subject.manifest->uses) {
        if (id.starts_with("x.")) return failed("it uses " + id + ", a draft that a release host refuses");
        if (std::find(known.begin(), known.end(), id) == known.end()) return failed("it uses " + id + ", which this host does not have");
    }
    return pass();
}

// ---- schema

/// Walks every property; the first fault that `each` finds counts.
std::string walk(const json::object& schema, const std::string& pointer, const std::function<std::string(const std::string&, const json::object&)>& each) {
    if (const auto* properties = schema.if_contains("properties"); properties != nullptr)
        for (const auto& [key, property] : properties->get_object()) {
            const auto at = pointer + "/" + std::string{key};
            if (auto wrong = each(at, property.get_object()); !wrong.empty()) return wrong;
            if (auto wrong = walk(property.get_object(), at, each); !wrong.empty()) return wrong;
        }
    if (const auto* items = schema.if_contains("items"); items != nullptr) return walk(items->get_object(), pointer + "/0", each);
    return {};
}

Verdict schema_is_object(const Subject& subject) {
    const auto* type = subject.manifest->settings.if_contains("type");
    if (type == nullptr || !type->is_string() || type->get_string() != "object") return failed("the schema of the settings does not say \"type\": \"object\"");
    return pass();
}
Verdict schema_closed(const Subject& subject) {
    const auto* more = subject.manifest->settings.if_contains("additionalProperties");
    if (more == nullptr || !more->is_bool() || more->get_bool()) return failed("the schema does not say \"additionalProperties\": false, so a typo in a key is never seen");
    return pass();
}
Verdict schema_typed(const Subject& subject) {
    const auto wrong = walk(subject.manifest->settings, "", [](const std::string& at, const json::object& property) {
        return property.contains("type") || property.contains("enum") ? std::string{} : at + " has no type";
    });
    return wrong.empty() ? pass() : failed(wrong);
}
Verdict schema_described(const Subject& subject) {
    const auto* properties = subject.manifest->settings.if_contains("properties");
    if (properties == nullptr) return pass();
    std::string silent;
    for (const auto& [key, property] : properties->get_object()) {
        const auto& object = property.get_object();
        // What an enumeration, a truth value or a title says needs no sentence.
        if (!object.contains("description") && !object.contains("title") && !object.contains("enum")) silent += (silent.empty() ? "" : ", ") + std::string{key};
    }
    if (silent.empty()) return pass();
    return failed("without a description: " + silent);
}
Verdict schema_defaults(const Subject& subject) {
    const auto wrong = walk(subject.manifest->settings, "", [](const std::string& at, const json::object& property) {
        const auto* preset = property.if_contains("default");
        if (preset == nullptr) return std::string{};
        const auto checked = host::check_settings(property, *preset);
        return checked.problems.empty() ? std::string{} : "the default of " + at + " " + checked.problems.front().what;
    });
    return wrong.empty() ? pass() : failed(wrong);
}
Verdict schema_required(const Subject& subject) {
    const auto missing = [](const std::string& at, const json::object& schema) -> std::string {
        const auto* required = schema.if_contains("required");
        if (required == nullptr) return {};
        const auto* properties = schema.if_contains("properties");
        for (const auto& key : required->get_array())
            if (properties == nullptr || !key.is_string() || !properties->get_object().contains(key.get_string()))
                return (at.empty() ? "the schema" : at) + " requires " + json::serialize(key) + ", which is no property";
        return {};
    };
    auto wrong = missing("", subject.manifest->settings);
    if (wrong.empty()) wrong = walk(subject.manifest->settings, "", missing);
    return wrong.empty() ? pass() : failed(wrong);
}
/// A value that is secret stands nowhere in YAML: a setting names the secret, and the host fills it in.
Verdict schema_secrets(const Subject& subject) {
    static const std::vector<std::string> words{"password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "passphrase"};
    const auto wrong = walk(subject.manifest->settings, "", [](const std::string& at, const json::object& property) -> std::string {
        const auto key = at.substr(at.rfind('/') + 1);
        const auto* type = property.if_contains("type");
        if (type == nullptr || !type->is_string() || type->get_string() != "string" || property.contains("enum")) return {};
        const bool by_name = key.ends_with("_secret") || key == "secret" || key.ends_with("_url") || key.ends_with("_name");
        for (const auto& word : words)
            if (!by_name && key.find(word) != std::string::npos) return at + " looks like a secret itself; a setting names one (" + word + "_secret)";
        return {};
    });
    return wrong.empty() ? pass() : failed(wrong);
}

}  // namespace

Group manifest_checks() {
    const char* correct = "correct manifest.json";
    return {Group::When::once,
            &for_each_manifest,
            {{"manifest.valid", "the manifest is JSON that this host understands, word for word", correct, &is_valid},
             {"manifest.id-matches-file", "the id is the file's name without .so", "rename one of them", &sound<&id_matches>},
             {"manifest.id-form", "the id is 1 to 63 of a-z, 0-9 and -, a letter first", correct, &sound<&id_form>},
             {"manifest.version-form", "the version is MAJOR.MINOR.PATCH", correct, &sound<&version_form>},
             {"manifest.title", "a title says in one line what the plugin is", correct, &sound<&has_title>},
             {"manifest.kinds-offered", "the instance has a table for each kind of the manifest", "derive the class from that kind, or take the kind out of the manifest", &kinds_offered},
             {"manifest.kinds-complete", "the manifest names each kind that the instance has", "add the kind to the manifest", &kinds_complete},
             {"manifest.channels", "a sender names the channels that it sends by, and nobody else does", correct, &sound<&channels>},
             {"manifest.permission-files", "the permission files is asked for exactly where settings name folders", correct, &sound<&files_permission>},
             {"manifest.permissions-once", "no permission stands there twice", correct, &sound<&permissions_once>},
             {"manifest.urls-narrow", "urls are encrypted, and narrower than a top-level domain", correct, &sound<&urls_narrow>},
             {"manifest.urls-settings", "urls that a setting gives name a setting that there is", correct, &sound<&urls_settings>},
             {"manifest.uses-known", "the services that it cannot do without are there, and none is a draft", correct, &sound<&uses_known>},
             {"manifest.schema-object", "settings are a group of keys", correct, &sound<&schema_is_object>},
             {"manifest.schema-closed", "unknown settings are refused", correct, &sound<&schema_closed>},
             {"manifest.schema-typed", "each setting has a type or an enumeration", correct, &sound<&schema_typed>},
             {"manifest.schema-described", "each setting says what it is for", correct, &sound<&schema_described>},
             {"manifest.schema-defaults", "each default fits its own schema", correct, &sound<&schema_defaults>},
             {"manifest.schema-required", "what is required is a property", correct, &sound<&schema_required>},
             {"manifest.schema-secrets", "no setting holds a secret itself", "take the name of a secret, and send plugin::secret(name)", &sound<&schema_secrets>}}};
}

}  // namespace owed::conformance
