#include "host/manifest.hpp"

#include <gelf.h>
#include <libelf.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>

#include "host/detail/url_rules.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

using namespace std::string_view_literals;

namespace json = boost::json;

constexpr std::size_t manifest_bytes_max = 256 * 1024;

/// The section's bytes. libelf checks bounds against the file, so a truncated one ends here and not in dlopen.
Result<std::string> manifest_section(int fd, const std::string& file) {
    const std::string damaged_advice = "reinstall the plugin; the file may be truncated";
    elf_version(EV_CURRENT);
    const std::unique_ptr<Elf, int (*)(Elf*)> elf{elf_begin(fd, ELF_C_READ, nullptr), &elf_end};
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF)
        return fail(Errc::unsupported, "this is no ELF shared object", file, damaged_advice);
    GElf_Ehdr head;
    if (gelf_getehdr(elf.get(), &head) == nullptr || head.e_type != ET_DYN)
        return fail(Errc::unsupported, "this is no ELF shared object", file, damaged_advice);
    std::size_t names = 0;
    if (elf_getshdrstrndx(elf.get(), &names) != 0)
        return fail(Errc::unsupported, "the file is damaged: its table of sections is missing", file, damaged_advice);
    Elf_Scn* section = nullptr;
    while ((section = elf_nextscn(elf.get(), section)) != nullptr) {
        GElf_Shdr header;
        if (gelf_getshdr(section, &header) == nullptr) break;
        const char* name = elf_strptr(elf.get(), names, header.sh_name);
        if (name == nullptr || std::string_view{name} != ".owed_manifest") continue;
        if (header.sh_size > manifest_bytes_max)
            return fail(Errc::unsupported, "its manifest has more than 256 KiB", file);
        const Elf_Data* data = elf_rawdata(section, nullptr);
        if (data == nullptr || data->d_buf == nullptr || header.sh_type == SHT_NOBITS)
            return fail(Errc::unsupported, "the file is damaged: its manifest cannot be read", file, damaged_advice);
        return std::string{static_cast<const char*>(data->d_buf), data->d_size};
    }
    return fail(Errc::unsupported, "the shared object has no .owed_manifest section, so it is no owed plugin, or it is damaged",
                file, "build it with owed_add_plugin(), or reinstall it");
}

tl::unexpected<Error> wrong(const std::string& file, const std::string& pointer, std::string what) {
    return fail(Errc::invalid_config, "manifest: " + pointer + " " + std::move(what), file, "correct the plugin's manifest.json");
}

Result<std::string> text_of(const json::object& object, const char* key, const std::string& file, bool required) {
    const auto* value = object.if_contains(key);
    if (value == nullptr && !required) return std::string{};
    if (value == nullptr || !value->is_string() || (required && value->get_string().empty()))
        return wrong(file, std::string{"/"} + key, value == nullptr ? "is missing" : "must be a text");
    return std::string{value->get_string()};
}

Result<std::vector<std::string>> words_of(const json::object& object, const char* key, const std::string& file,
                                          std::span<const std::string_view> allowed) {
    std::vector<std::string> words;
    const auto* value = object.if_contains(key);
    if (value == nullptr) return words;
    const std::string pointer = std::string{"/"} + key;
    if (!value->is_array()) return wrong(file, pointer, "must be a list of texts");
    for (const auto& word : value->get_array()) {
        if (!word.is_string()) return wrong(file, pointer, "must be a list of texts");
        const std::string_view text{word.get_string()};
        if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), text) == allowed.end()) {
            std::string known;
            for (const auto a : allowed) known += (known.empty() ? "" : ", ") + std::string{a};
            return wrong(file, pointer, "has \"" + std::string{text} + "\"; this host knows " + known);
        }
        words.emplace_back(text);
    }
    return words;
}

constexpr std::array<std::string_view, 6> types{"object", "array", "string", "integer", "boolean", "null"};

Status check_types(const json::value& type, const std::string& file, const std::string& pointer) {
    const auto known = [](const json::value& name) {
        return name.is_string() && std::find(types.begin(), types.end(), std::string_view{name.get_string()}) != types.end();
    };
    const bool good = type.is_array() ? std::all_of(type.get_array().begin(), type.get_array().end(), known) : known(type);
    if (good) return {};
    // No "number": settings have no use for binary fractions, and rates are exact decimals in a text.
    return wrong(file, pointer + "/type", "must be object, array, string, integer, boolean or null, or a list of these");
}

/// The words that check_settings understands, so that a typo in a schema is seen when the plugin is built and not never.
Status check_schema(const json::value& value, const std::string& file, const std::string& pointer, int depth) {
    if (!value.is_object()) return wrong(file, pointer, "must be a schema (an object)");
    if (depth > 16) return wrong(file, pointer, "lies deeper than 16 levels");
    for (const auto& [key_view, word] : value.get_object()) {
        const std::string key{key_view};
        const std::string at = pointer + "/" + key;
        if (key == "type") {
            OWED_TRY_VOID(check_types(word, file, pointer));
        } else if (key == "properties") {
            if (!word.is_object()) return wrong(file, at, "must be an object");
            for (const auto& [name, schema] : word.get_object())
                OWED_TRY_VOID(check_schema(schema, file, at + "/" + std::string{name}, depth + 1));
        } else if (key == "items") {
            OWED_TRY_VOID(check_schema(word, file, at, depth + 1));
        } else if (key == "additionalProperties") {
            if (!word.is_bool()) OWED_TRY_VOID(check_schema(word, file, at, depth + 1));
        } else if (key == "pattern") {
            if (!word.is_string() || !re2::RE2{std::string{word.get_string()}, re2::RE2::Quiet}.ok())
                return wrong(file, at, "must be a regular expression that RE2 takes");
        } else if (key == "required" || key == "enum") {
            if (!word.is_array()) return wrong(file, at, "must be a list");
        } else if (key == "minLength" || key == "maxLength" || key == "minimum" || key == "maximum" || key == "minItems" ||
                   key == "maxItems") {
            if (!word.is_int64()) return wrong(file, at, "must be a whole number");
        } else if (key == "format") {
            if (!word.is_string() || word.get_string() != "folder") return wrong(file, at, "must be \"folder\"");
        } else if (key != "default" && key != "title" && key != "description" && key != "examples") {
            return wrong(file, at, "is no word of the schema subset that owed understands");
        }
    }
    return {};
}

Status check_urls(const Manifest& manifest, const std::string& file) {
    if (!manifest.may("transfer")) return wrong(file, "/urls", "needs the permission \"transfer\"");
    for (const auto& url : *manifest.urls) {
        if (url.starts_with("settings:/")) continue;
        if (auto good = check_pattern(url); !good) return wrong(file, "/urls", "has " + good.error().what + "; " + good.error().advice);
    }
    return {};
}

}  // namespace

bool Manifest::has_kind(std::string_view kind) const { return std::find(kinds.begin(), kinds.end(), kind) != kinds.end(); }
bool Manifest::has_channel(std::string_view channel) const {
    return std::find(channels.begin(), channels.end(), channel) != channels.end();
}
bool Manifest::takes_kind(std::string_view kind) const { return std::find(takes.begin(), takes.end(), kind) != takes.end(); }
bool Manifest::may(std::string_view permission) const {
    return std::find(permissions.begin(), permissions.end(), permission) != permissions.end();
}

Result<Manifest> parse_manifest(std::string_view text, const std::string& file) {
    static constexpr std::array<std::string_view, 6> kinds{"source", "codec", "sender", "sink", "agency", "decider"};
    static constexpr std::array<std::string_view, 4> permissions{"files", "transfer", "network", "programs"};
    static constexpr std::array<std::string_view, 3> written{"account_status", "order_hold", "receipt_application"};
    static constexpr std::array keys{"id"sv, "version"sv, "title"sv, "sdk"sv, "description"sv, "kinds"sv, "channels"sv, "takes"sv, "permissions"sv, "uses"sv, "urls"sv, "settings"sv};
    json::error_code error;
    const auto value = json::parse(text, error);
    if (error || !value.is_object())
        return fail(Errc::invalid_config, "manifest: it is no JSON object: " + error.message(), file, "correct the plugin's manifest.json");
    const auto& object = value.get_object();
    for (const auto& [key, unused] : object)
        if (std::find(keys.begin(), keys.end(), std::string_view{key}) == keys.end())
            return wrong(file, "/" + std::string{key}, "is an unknown key");
    Manifest manifest;
    OWED_TRY(manifest.id, text_of(object, "id", file, true));
    OWED_TRY(manifest.version, text_of(object, "version", file, true));
    OWED_TRY(manifest.title, text_of(object, "title", file, false));
    OWED_TRY(manifest.sdk, text_of(object, "sdk", file, false));
    OWED_TRY(manifest.kinds, words_of(object, "kinds", file, kinds));
    if (manifest.kinds.empty()) return wrong(file, "/kinds", "names no kind; a plugin is a source, codec, sender, sink, agency or decider");
    OWED_TRY(manifest.channels, words_of(object, "channels", file, {}));
    if (manifest.has_kind("sender") && manifest.channels.empty())
        return wrong(file, "/channels", "is empty; a sender says what it sends: email, letter, agency");
    if (manifest.has_kind("agency") && !manifest.has_channel("agency")) manifest.channels.emplace_back("agency");
    OWED_TRY(manifest.takes, words_of(object, "takes", file, written));
    if (object.contains("takes") && (manifest.takes.empty() || !manifest.has_kind("sink")))
        return wrong(file, "/takes", manifest.takes.empty() ? "names no kind of record; leave it out, or say what the sink writes" : "is for a sink, and this is none");
    if (manifest.has_kind("sink") && manifest.takes.empty()) manifest.takes = {"account_status", "order_hold"};
    OWED_TRY(manifest.uses, words_of(object, "uses", file, {}));
    OWED_TRY(manifest.permissions, words_of(object, "permissions", file, permissions));
    if (object.contains("urls")) {
        OWED_TRY(manifest.urls, words_of(object, "urls", file, {}));
        OWED_TRY_VOID(check_urls(manifest, file));
    }
    if (const auto* settings = object.if_contains("settings")) {
        OWED_TRY_VOID(check_schema(*settings, file, "/settings", 0));
        manifest.settings = settings->get_object();
    } else {
        manifest.settings = {{"type", "object"}, {"additionalProperties", false}};
    }
    return manifest;
}

Result<Manifest> read_manifest(int fd, const std::string& file) {
    OWED_TRY(const auto text, manifest_section(fd, file));
    return parse_manifest(text, file);
}

}  // namespace owed::host
