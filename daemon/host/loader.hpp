// Which plugin files may be loaded: one open, no links, owned by root or the daemon's own user and writable by nobody
// else, listed with their SHA-256 in plugins.lock, and signed once a key is configured (SECURITY 7.7). The bytes are
// copied into sealed memory first and checked there, so that what was checked is what is loaded, whatever happens to the file.
// A plugin is a shared object NAME.so, or a program: NAME, with NAME.manifest.json beside it (docs/reference/frames.md). Of a
// program both files are under all of these rules.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "owed/result.hpp"

namespace owed::host {

/// When a plugin needs a signature of a trusted key. A signature of such a key that does not fit its file is refused in all
/// of them but `off`.
enum class Signatures {
    by_default,  ///< without any key: off. Else `require` for isolation none and for files outside the package's folder, `warn` for the rest
    require,
    warn,        ///< load it, and say that nobody vouches for it
    off,
};

struct LoadRules {
    std::string folder;                 ///< where the plugins and plugins.lock lie
    bool allow_unlisted = false;        ///< a plugin that plugins.lock does not name is taken; one whose hash differs is not
    Signatures signatures = Signatures::by_default;
    std::string trusted_keys;           ///< folder of *.pub; empty or absent: no key
    std::string package_folder;         ///< empty: `folder` itself
    bool in_daemon = false;             ///< isolation none
};

/// The checked bytes. Copies share them.
class PluginFile {
  public:
    /// Memory of its own, sealed against every change; to read, map and dlopen by /proc/self/fd, or of a program to execute.
    /// The same content is the same descriptor while anybody holds it.
    int fd() const;
    bool is_program() const { return !manifest_text_.empty(); }
    const std::string& manifest_text() const { return manifest_text_; }    ///< of a program; a shared object holds its own
    const std::string& path() const { return path_; }      ///< of the file that it was read from
    const std::string& sha256() const;                     ///< lower-case hex
    /// What tells it from another file of the plugin: its hash, and of a program its manifest, which is a file of its own.
    std::string identity() const { return sha256() + manifest_text_; }
    /// The trusted comment of its signature, if a trusted key signed it.
    const std::string& signed_comment() const { return signed_comment_; }
    /// What a person should know although it may be loaded; whole sentences.
    const std::vector<std::string>& warnings() const { return warnings_; }

    struct Sealed;
    PluginFile(std::shared_ptr<const Sealed> sealed, std::string path) : sealed_{std::move(sealed)}, path_{std::move(path)} {}

  private:
    friend Result<PluginFile> open_plugin(const LoadRules& rules, const std::string& name);
    friend struct Opening;
    std::shared_ptr<const Sealed> sealed_;
    std::string path_, manifest_text_, signed_comment_;
    std::vector<std::string> warnings_;
};

/// Opens FOLDER/NAME.so, or the program FOLDER/NAME, under the rules. Errors: not_found (with the names that are there),
/// refused (rule and fix), unsupported (no program that could be started), malformed_input (a signature or key that is none), input_too_large, io. Any thread.
Result<PluginFile> open_plugin(const LoadRules& rules, const std::string& name);
/// The same without signatures.
Result<PluginFile> open_plugin(const std::string& folder, const std::string& name, bool allow_unlisted);

/// Names of the plugins in a folder, in order. Errors: io.
Result<std::vector<std::string>> list_plugins(const std::string& folder);

/// `owectl plugin trust FILE`: adds the file's hash to FOLDER/plugins.lock, or replaces it; of a program also its manifest's.
/// Nothing of the file runs. What can never load is not listed: no manifest, one of another plugin, a damaged file, another boundary.
/// Errors: as open_plugin, as read_manifest, unsupported, io.
Status trust_plugin(const std::string& folder, const std::string& name);

/// plugins.lock: "<sha256>  FILE" a line, as sha256sum prints, '#' begins a comment. nullopt as empty text: not listed.
/// Errors: invalid_config with "plugins.lock:3" for a line that is neither.
Result<std::string> locked_hash(std::string_view lock_text, const std::string& file_name);

}  // namespace owed::host
