#include <algorithm>
#include <climits>
#include <filesystem>
#include <fstream>
#include <map>
#include <unistd.h>

#include "ctl/plugin_tools.hpp"
#include "ctl/templates.hpp"

namespace owed::ctl {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr const char* kinds = "source, sender, sink, agency, decider, codec";

std::string argument(const Command& command, const char* key, const char* otherwise = "") {
    const auto* value = command.arguments.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->as_string()} : std::string{otherwise};
}

Status check_name(const std::string& name) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    if (!name.empty() && name.size() <= 63 && name.front() >= 'a' && name.front() <= 'z' && name.back() != '-' && name.find("--") == std::string::npos &&
        std::all_of(name.begin(), name.end(), fits))
        return {};
    return fail(Errc::invalid_argument, "\"" + name + "\" is no name of a plugin", {}, "a name is 1 to 63 of a-z, 0-9 and -, a letter first: bank-feed");
}

bool has_kind(const std::string& kind) {
    return kind != "common" && kind.find('-') == std::string::npos && std::any_of(templates().begin(), templates().end(), [&](const Template& one) { return one.name.starts_with(kind + "/"); });
}

/// "bank-feed" as "BankFeed". A digit keeps its place: "erp2" is Erp2.
std::string class_of(const std::string& name) {
    std::string text;
    bool begins = true;
    for (const char c : name) {
        if (c == '-') {
            begins = true;
            continue;
        }
        text += begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
        begins = false;
    }
    return text;
}
std::string file_of(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

/// Where find_package looks besides its own places: the tree that this program was built in, or the prefix it is in.
std::string sdk_hint() {
    char path[PATH_MAX];
    const auto n = ::readlink("/proc/self/exe", path, sizeof path);
    const fs::path base = fs::path{std::string{path, n > 0 ? static_cast<std::size_t>(n) : 0}}.parent_path().parent_path();
    std::error_code error;
    if (fs::exists(base / "owed-sdk" / "owed-sdkConfig.cmake", error)) return "\n  HINTS \"" + (base / "owed-sdk").string() + "\"";
    const bool searched_anyway = base == "/usr" || base == "/usr/local";
    if (!searched_anyway && fs::exists(base / "lib/cmake/owed-sdk", error)) return "\n  HINTS \"" + (base / "lib/cmake/owed-sdk").string() + "\"";
    return {};
}

const char* yaml_of(const std::string& kind) {
    if (kind == "source") return "    schedule: \"*/15 * * * *\"\n    settings: {server: \"https://api.example.com\"}\n    secrets: {login: \"file:/etc/owed/credentials/api-token\"}";
    if (kind == "sender") return "    settings: {spool: \"folder:spool/letters\"}";
    if (kind == "sink") return "    settings: {server: \"https://crm.example.com\"}\n    secrets: {login: \"file:/etc/owed/credentials/crm-token\"}";
    if (kind == "agency") return "    schedule: \"0 6 * * *\"\n    settings: {server: \"https://agency.example.com\"}\n    secrets: {login: \"file:/etc/owed/credentials/agency-token\"}";
    return "    settings: {}";
}

std::string filled(std::string_view text, const std::map<std::string, std::string>& words) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto start = text.find('@', at);
        const auto end = start == text.npos ? text.npos : text.find('@', start + 1);
        if (end == text.npos) return out + std::string{text.substr(at)};
        const auto word = words.find(std::string{text.substr(start + 1, end - start - 1)});
        out += text.substr(at, start - at);
        if (word == words.end()) {
            out += '@';   // an address, not one of ours
            at = start + 1;
        } else {
            out += word->second;
            at = end + 1;
        }
    }
    return out;
}

Status write_file(const fs::path& path, const std::string& text) {
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out{path, std::ios::binary};
    out << text;
    out.close();
    if (!out) return fail(Errc::io, "the file cannot be written", path.string());
    return {};
}

std::map<std::string, std::string> words_for(const std::string& name, const std::string& kind) {
    const bool cassette = std::any_of(templates().begin(), templates().end(), [&](const Template& one) { return one.name == kind + "/check/server.cassette"; });
    const bool samples = std::any_of(templates().begin(), templates().end(), [&](const Template& one) { return one.name.starts_with(kind + "/check/samples/"); });
    std::string rows;
    if (cassette) rows += "| `check/server.cassette` | what the server says in them: `transfer: {record: FILE}` of a connector records one |\n";
    if (samples) rows += "| `check/samples/` | files that the codec must read |\n";
    return {{"NAME", name},
            {"KIND", kind},
            {"CLASS", class_of(name)},
            {"FILE", file_of(name)},
            {"SDK_VERSION", OWED_VERSION},
            {"SDK_HINT", sdk_hint()},
            {"CASSETTE", cassette ? " CASSETTE check/server.cassette" : ""},
            {"CHECK_CASSETTE", cassette ? " --cassette check/server.cassette" : ""},
            {"CHECK_ROWS", rows},
            {"YAML", yaml_of(kind)}};
}

}  // namespace

Result<Reply> plugin_new(const Command& command) {
    const auto name = argument(command, "name"), kind = argument(command, "kind"), language = argument(command, "language", "c++");
    OWED_TRY_VOID(check_name(name));
    if (!has_kind(kind)) return fail(Errc::invalid_argument, kind.empty() ? "say of which kind: --kind KIND" : "there is no kind \"" + kind + "\"", {}, std::string{"kinds: "} + kinds);
    if (language != "c++" && language != "python") return fail(Errc::invalid_argument, "there is no template in \"" + language + "\"", {}, "--language c++ or python; docs/integrators.md has other languages");
    const bool python = language == "python";
    const fs::path folder = fs::absolute(fs::path{argument(command, "dir", ".")} / name).lexically_normal();
    std::error_code error;
    if (fs::exists(fs::symlink_status(folder, error))) return fail(Errc::already_exists, "there is something of that name already", folder.string(), "choose another name or --dir");
    const auto words = words_for(name, kind);
    json::array files;
    for (const auto& one : templates()) {
        const auto slash = one.name.find('/');
        const auto group = one.name.substr(0, slash);
        std::string file{one.name.substr(slash + 1)};
        // Manifest and check/ are a kind's own, in whatever language.
        const bool wanted = group == (python ? "python-common" : "common") || (python && group == "python-" + kind) || (group == kind && !(python && file == "plugin.cpp"));
        if (!wanted) continue;
        if (file == "plugin.cpp") file = words.at("FILE") + ".cpp";
        OWED_TRY_VOID(write_file(folder / file, filled(one.text, words)));
        files.push_back(json::string{file});
    }
    return Reply{json::object{{"created", json::string{folder.string()}},
                              {"files", std::move(files)},
                              {"next", json::string{"cd " + folder.string() + " && cmake -B build && cmake --build build && ctest --test-dir build --output-on-failure"}}},
                 0};
}

}  // namespace owed::ctl
