// Which plugin files may be loaded: one open, no links, owned by root or the daemon's own user and writable by nobody
// else, and listed with their SHA-256 in plugins.lock. The descriptor that was checked is the one that is loaded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "owed/result.hpp"

namespace owed::host {

/// An open, checked file. Moves only; closes its descriptor.
class PluginFile {
  public:
    PluginFile() = default;
    PluginFile(int fd, std::string path, std::string sha256) : fd_{fd}, path_{std::move(path)}, sha256_{std::move(sha256)} {}
    ~PluginFile();
    PluginFile(PluginFile&& other) noexcept;
    PluginFile& operator=(PluginFile&& other) noexcept;

    PluginFile with_hash(std::string sha256) && {
        sha256_ = std::move(sha256);
        return std::move(*this);
    }
    int fd() const { return fd_; }
    const std::string& path() const { return path_; }
    const std::string& sha256() const { return sha256_; }  ///< lower-case hex

  private:
    int fd_ = -1;
    std::string path_, sha256_;
};

/// Opens FOLDER/NAME.so under the rules above. `allow_unlisted`: a plugin that plugins.lock does not name is taken; one
/// whose hash differs is refused all the same. Errors: not_found (with the names that are there), refused (rule and fix),
/// io. Any thread.
Result<PluginFile> open_plugin(const std::string& folder, const std::string& name, bool allow_unlisted);

/// Names of the plugins in a folder, in order. Errors: io.
Result<std::vector<std::string>> list_plugins(const std::string& folder);

/// `owectl plugin trust FILE`: adds the file's hash to FOLDER/plugins.lock, or replaces it. Errors: as open_plugin, io.
Status trust_plugin(const std::string& folder, const std::string& name);

/// plugins.lock: "<sha256>  NAME.so" a line, as sha256sum prints, '#' begins a comment. nullopt as empty text: not listed.
/// Errors: invalid_config with "plugins.lock:3" for a line that is neither.
Result<std::string> locked_hash(std::string_view lock_text, const std::string& file_name);

}  // namespace owed::host
