// What a plugin says about itself, read from its file without loading it (ELF section .owed_manifest), and the check of
// settings against its schema.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/result.hpp"

namespace owed::host {

/// {"id", "version", "title"?, "sdk"?, "kinds": [...], "channels"?: [...], "takes"?: [...], "permissions"?: [...], "urls"?: [...], "uses"?: [...], "settings": schema}.
struct Manifest {
    std::string id, version, title, sdk;
    std::vector<std::string> kinds;        ///< source, codec, sender, sink, agency, decider
    std::vector<std::string> channels;     ///< of a sender: email, letter, agency
    std::vector<std::string> takes;        ///< of a sink: kinds of records it writes; account_status and order_hold where it does not say
    std::vector<std::string> permissions;  ///< files, transfer; of a program also network (its own) and programs (starts others)
    /// Where it speaks to: patterns as in allow_urls ("https://*.example.com/"), or "settings:/login_url" for the server that
    /// this setting names. Not given: the hosts that stand in its settings.
    std::optional<std::vector<std::string>> urls;
    std::vector<std::string> uses;         ///< ids of services it cannot do without: "owed.transfer/1", "x.owed.trace/1"
    boost::json::object settings;          ///< the schema

    bool has_kind(std::string_view kind) const;
    bool has_channel(std::string_view channel) const;
    bool takes_kind(std::string_view kind) const;
    bool may(std::string_view permission) const;
};

/// Of an open file. Errors: unsupported (no ELF file, damaged, no manifest), invalid_config (a wrong manifest), with
/// `file` in `where`. Any thread.
Result<Manifest> read_manifest(int fd, const std::string& file);
/// The manifest's text, checked: unknown keys, kinds and schema words are errors. Any thread.
Result<Manifest> parse_manifest(std::string_view json, const std::string& file);

struct SettingsProblem {
    std::string pointer;  ///< RFC 6901: "/files/0/match"
    std::string what;     ///< found and allowed
    std::string advice;
};
/// What in `settings` breaks `schema`, in document order, and the settings with the schema's defaults filled in.
/// The subset: type (one or several), enum, required, properties, additionalProperties, items, pattern (RE2, anywhere in
/// the text), minLength, maxLength (bytes), minimum, maximum, minItems, maxItems, default, format ("folder": the value
/// is "folder:PATH"), title, description, examples. Any thread.
struct CheckedSettings {
    std::vector<SettingsProblem> problems;
    boost::json::value settings;
};
CheckedSettings check_settings(const boost::json::object& schema, const boost::json::value& settings);

/// Every value whose schema says `format: folder`, with its pointer.
struct FolderSetting {
    std::string pointer, value;
};
std::vector<FolderSetting> folder_settings(const boost::json::object& schema, const boost::json::value& settings);

}  // namespace owed::host
