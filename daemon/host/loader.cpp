#include "host/loader.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "host/detail/entry_of_file.hpp"
#include "host/detail/safe_file.hpp"
#include "host/detail/sealed_file.hpp"
#include "host/detail/start_line.hpp"
#include "host/manifest.hpp"
#include "host/signature.hpp"

namespace owed::host {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t lock_bytes_max = 1u << 20, signature_bytes_max = 4096, manifest_file_max = 256u << 10;
constexpr const char* lock_name = "plugins.lock";
constexpr std::string_view manifest_ending = ".manifest.json";

std::string names_text(const std::string& folder) {
    const auto names = list_plugins(folder);
    if (!names || names->empty()) return "there are none";
    std::string text = "there are ";
    for (const auto& name : *names) text += (&name == &names->front() ? "" : ", ") + name;
    return text;
}

/// Empty when there is no lock file.
Result<std::string> lock_text(const std::string& folder) {
    OWED_TRY(auto text, read_own_text(folder + "/" + lock_name, lock_bytes_max));
    return std::move(text).value_or("");
}

/// A regular file of one name that nobody else can write to.
Result<Fd> open_checked(const std::string& path, const std::string& folder, const std::string& name) {
    auto fd = open_without_links(path);
    if (!fd && fd.error().code == Errc::not_found)
        return fail(Errc::not_found, "there is no plugin \"" + name + "\"; " + names_text(folder), path, "correct the name, or install the plugin");
    if (!fd) return fail(fd.error());
    struct stat status {};
    if (::fstat(fd->get(), &status) != 0) return fail(Errc::io, std::strerror(errno), path);
    if (!S_ISREG(status.st_mode)) return fail(Errc::refused, "it is no regular file", path);
    if (status.st_nlink != 1)
        return fail(Errc::refused, "the file has " + std::to_string(status.st_nlink) + " names (hard links); a plugin has one", path,
                    "copy the file into the folder instead of linking it");
    OWED_TRY_VOID(check_owner(status, path));
    return fd;
}

/// Calls `each(line number, hash, name)` for each entry.
template <class Each>
Status for_each_entry(std::string_view text, Each each) {
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (line.empty() || line.front() == '#') continue;
        const bool hash_first = line.size() > 66 && line.substr(64, 2) == "  " &&
                                line.find_first_not_of("0123456789abcdef") == 64;
        if (!hash_first)
            return fail(Errc::invalid_config, "this line is no \"<sha256>  FILE\"", std::string{lock_name} + ":" + std::to_string(number),
                        "let the build or `owectl plugin trust` write the file");
        each(line.substr(0, 64), line.substr(66));
    }
    return {};
}

Status write_lock(const std::string& folder, const std::string& text) {
    const std::string path = folder + "/" + lock_name, fresh = path + ".new";
    const Fd fd{::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!fd.valid()) return fail(Errc::io, std::strerror(errno), fresh);
    const bool written = ::write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd.get()) == 0;
    if (!written || ::rename(fresh.c_str(), path.c_str()) != 0) return fail(Errc::io, std::strerror(errno), path);
    return {};
}

}  // namespace

int PluginFile::fd() const { return sealed_->fd.get(); }
const std::string& PluginFile::sha256() const { return sealed_->sha256; }

namespace {

bool there(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

/// Which of the two it is. What is not there at all is reported as a missing shared object.
Result<bool> is_program_there(const std::string& base) {
    const bool program = there(base) && there(base + std::string{manifest_ending});
    if (program && there(base + ".so"))
        return fail(Errc::refused, "there are two plugins of this name, " + base + ".so and the program " + base, base, "remove one of them");
    return program;
}

using Sealed = std::shared_ptr<const PluginFile::Sealed>;

/// The sealed bytes of one file. `plugin`: for messages.
Result<Sealed> checked_bytes(const std::string& path, const std::string& folder, const std::string& plugin, bool is_program) {
    OWED_TRY(const Fd file, open_checked(path, folder, plugin));
    if (struct stat status {}; is_program && (::fstat(file.get(), &status) != 0 || (status.st_mode & S_IXUSR) == 0))
        return fail(Errc::refused, "it has a manifest beside it, so it is a program, but it is not executable", path, "chmod 755 " + path);
    return sealed_file(file.get(), path, is_program);
}

/// One file of a plugin as the rules look at it.
struct Part {
    std::string path;
    Sealed sealed;
    MappedBytes bytes;

    static Result<Part> of(std::string path, Sealed sealed) {
        OWED_TRY(auto bytes, MappedBytes::of(sealed->fd.get(), path));
        return Part{std::move(path), std::move(sealed), std::move(bytes)};
    }
};

Status check_listed(const LoadRules& rules, const std::string& plugin_path, const Part& part) {
    OWED_TRY(const auto lock, lock_text(rules.folder));
    OWED_TRY(const auto expected, locked_hash(lock, fs::path{part.path}.filename().string()));
    if (expected.empty() && !rules.allow_unlisted)
        return fail(Errc::refused, "plugins.lock does not list this plugin", part.path,
                    "if you know where it comes from: owectl plugin trust " + plugin_path);
    if (!expected.empty() && expected != part.sealed->sha256)
        return fail(Errc::refused, "its SHA-256 is " + part.sealed->sha256.substr(0, 16) + "..., and plugins.lock says " + expected.substr(0, 16) + "...",
                    part.path, "the file was changed since it was listed; reinstall it, or owectl plugin trust " + plugin_path);
    return {};
}

/// What the policy asks of this file. Never by_default.
Signatures asked_of(const LoadRules& rules, bool any_key, const std::string& path) {
    if (rules.signatures != Signatures::by_default) return rules.signatures;
    if (!any_key) return Signatures::off;
    std::error_code error;
    const auto package = fs::canonical(rules.package_folder.empty() ? rules.folder : rules.package_folder, error);
    const bool packaged = !error && fs::path{path}.parent_path() == package;
    return rules.in_daemon || !packaged ? Signatures::require : Signatures::warn;
}

/// How a file stands to the trusted keys: signed by one (then its trusted comment), or why not.
struct Standing {
    bool is_signed = false;
    std::string text;
};
Result<Standing> standing_of(const Part& part, std::span<const TrustedKey> keys, const std::string& keys_folder) {
    const auto path = part.path + ".minisig";
    OWED_TRY(const auto text, read_own_text(path, signature_bytes_max));
    if (!text) return Standing{false, "it has no signature (" + fs::path{path}.filename().string() + " beside it)"};
    if (keys.empty()) return Standing{false, "no key is configured that could vouch for it (*.pub in " + keys_folder + ")"};
    OWED_TRY(const auto signature, parse_signature(*text, path));
    OWED_TRY(const TrustedKey* key, verify(signature, keys, part.bytes.span(), part.path, [&] { return part.sealed->prehash(part.bytes.span()); }));
    if (key == nullptr) return Standing{false, "it is signed by key " + key_id_text(signature.key_id) + ", which is not in " + keys_folder};
    return Standing{true, signature.trusted_comment};
}

}  // namespace

/// A plugin's bytes and what the rules look at; nothing is decided yet.
struct Opening {
    PluginFile file;
    std::vector<Part> parts;        ///< the plugin itself first; of a program, then its manifest

    static Result<Opening> of(const std::string& folder, const std::string& name) {
        if (name.empty() || name.front() == '.' || name.find('/') != std::string::npos)
            return fail(Errc::invalid_config, "\"" + name + "\" is no name of a plugin; " + names_text(folder), folder);
        OWED_TRY(const auto real, checked_folder(folder));
        const std::string base = real + "/" + name;
        OWED_TRY(const bool is_program, is_program_there(base));
        const std::string path = is_program ? base : base + ".so";
        OWED_TRY(auto sealed, checked_bytes(path, folder, name, is_program));
        Opening opening{PluginFile{sealed, path}, {}};
        OWED_TRY(auto part, Part::of(path, std::move(sealed)));
        opening.parts.push_back(std::move(part));
        if (is_program) OWED_TRY_VOID(opening.add_manifest(base + std::string{manifest_ending}, folder, name));
        return opening;
    }

  private:
    Status add_manifest(const std::string& path, const std::string& folder, const std::string& name) {
        OWED_TRY(const auto start, start_of_program(file.fd()));
        if (!start.problem.empty()) return fail(Errc::unsupported, start.problem, file.path(), start.advice);
        OWED_TRY(auto sealed, checked_bytes(path, folder, name, false));
        OWED_TRY(auto manifest, Part::of(path, std::move(sealed)));
        const auto text = manifest.bytes.span();
        if (text.empty() || text.size() > manifest_file_max)
            return fail(Errc::unsupported, "its manifest is empty, or has more than 256 KiB", path);
        file.manifest_text_.assign(reinterpret_cast<const char*>(text.data()), text.size());
        parts.push_back(std::move(manifest));
        return {};
    }
};

Result<std::string> locked_hash(std::string_view text, const std::string& file_name) {
    std::string found;
    OWED_TRY_VOID(for_each_entry(text, [&](std::string_view hash, std::string_view name) {
        if (name == file_name) found = hash;
    }));
    return found;
}

Result<PluginFile> open_plugin(const LoadRules& rules, const std::string& name) {
    OWED_TRY(auto opening, Opening::of(rules.folder, name));
    auto& file = opening.file;
    for (const auto& part : opening.parts) OWED_TRY_VOID(check_listed(rules, file.path(), part));
    if (rules.signatures == Signatures::off) return std::move(file);
    OWED_TRY(const auto keys, trusted_keys(rules.trusted_keys));
    const auto asked = asked_of(rules, !keys.empty(), file.path());
    if (asked == Signatures::off) return std::move(file);
    for (const auto& part : opening.parts) {   // a program's manifest says what it may do: it needs a signature as well
        OWED_TRY(auto standing, standing_of(part, keys, rules.trusted_keys));
        if (standing.is_signed) {
            if (file.signed_comment_.empty()) file.signed_comment_ = std::move(standing.text);
            continue;
        }
        if (asked == Signatures::require)
            return fail(Errc::refused, standing.text + "; a trusted signature is required" + (rules.in_daemon ? " for isolation: none" : ""), part.path,
                        "take the plugin from where it is signed and put that key's .pub into " + rules.trusted_keys);
        file.signed_comment_.clear();
        file.warnings_.push_back("plugin " + name + ": " + standing.text + "; it is loaded all the same");
        break;
    }
    return std::move(file);
}

Result<PluginFile> open_plugin(const std::string& folder, const std::string& name, bool allow_unlisted) {
    LoadRules rules;
    rules.folder = folder;
    rules.allow_unlisted = allow_unlisted;
    rules.signatures = Signatures::off;
    return open_plugin(rules, name);
}

Result<std::vector<std::string>> list_plugins(const std::string& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator at{folder, error}, end; !error && at != end; at.increment(error)) {
        auto name = at->path().filename().string();
        if (at->path().extension() == ".so") names.push_back(at->path().stem().string());
        else if (there(at->path().string() + std::string{manifest_ending})) names.push_back(std::move(name));
    }
    if (error) return fail(Errc::io, error.message(), folder);
    std::sort(names.begin(), names.end());
    return names;
}

/// What no configuration and no later moment makes loadable is not listed at all, in the loader's words. Nothing of it runs.
static Status check_could_load(const PluginFile& file, const std::string& name) {
    OWED_TRY(const auto manifest, file.is_program() ? parse_manifest(file.manifest_text(), file.path() + std::string{manifest_ending}) : read_manifest(file.fd(), file.path()));
    if (manifest.id != name)
        return fail(Errc::invalid_config, "the file's manifest says it is plugin \"" + manifest.id + "\"", file.path(), "rename the file to " + manifest.id + (file.is_program() ? "" : ".so"));
    return file.is_program() ? Status{} : check_entry_of_file(file.fd(), file.path());
}

Status trust_plugin(const std::string& folder, const std::string& name) {
    OWED_TRY(const auto opening, Opening::of(folder, name));
    OWED_TRY_VOID(check_could_load(opening.file, name));
    OWED_TRY(const auto before, lock_text(folder));
    std::string after, added;
    std::vector<std::string> files;
    for (const auto& part : opening.parts) {
        files.push_back(fs::path{part.path}.filename().string());
        added += part.sealed->sha256 + "  " + files.back() + "\n";
    }
    OWED_TRY_VOID(for_each_entry(before, [&](std::string_view hash, std::string_view listed) {
        if (std::find(files.begin(), files.end(), listed) == files.end()) after += std::string{hash} + "  " + std::string{listed} + "\n";
    }));
    return write_lock(folder, after + added);
}

}  // namespace owed::host
