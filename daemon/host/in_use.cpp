#include "host/in_use.hpp"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "host/detail/entry_of_file.hpp"
#include "host/detail/safe_file.hpp"
#include "host/detail/slot.hpp"

namespace owed::host {
namespace {

using Verified = PluginInUse::Verified;

/// "python3" of a program that begins with #!/usr/bin/python3 or #!/usr/bin/env python3.
std::string interpreter_of(int fd) {
    char head[256];
    const auto length = ::pread(fd, head, sizeof head, 0);
    std::string_view line{head, length > 0 ? static_cast<std::size_t>(length) : 0};
    line = line.substr(0, line.find('\n'));
    if (!line.starts_with("#!")) return "program";
    line.remove_prefix(2);
    const auto next_word = [&] {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        const auto word = line.substr(0, line.find_first_of(" \t"));
        line.remove_prefix(word.size());
        return word.substr(word.rfind('/') + 1);
    };
    const auto first = next_word();
    const auto name = first == "env" ? next_word() : first;
    return name.empty() ? "program" : std::string{name};
}

Verified verified(const PluginFile& file) {
    if (!file.signed_comment().empty()) return Verified::by_signature;
    constexpr std::size_t lock_bytes_max = 1u << 20;
    const std::filesystem::path path{file.path()};
    const auto lock = read_own_text((path.parent_path() / "plugins.lock").string(), lock_bytes_max);
    if (!lock || !*lock) return Verified::by_nobody;
    const auto listed = locked_hash(**lock, path.filename().string());
    return listed && *listed == file.sha256() ? Verified::by_lock : Verified::by_nobody;
}

PluginInUse described(const PluginFile& file, const Manifest& manifest) {
    PluginInUse plugin;
    plugin.id = manifest.id;
    plugin.version = manifest.version;
    plugin.sdk = manifest.sdk;
    if (!file.is_program())
        if (auto boundary = boundary_of_file(file.fd(), file.path())) plugin.sdk = std::move(*boundary);
    plugin.path = file.path();
    plugin.sha256 = file.sha256();
    plugin.language = file.is_program() ? interpreter_of(file.fd()) : "native";
    plugin.kinds = manifest.kinds;
    plugin.verified = verified(file);
    return plugin;
}

}  // namespace

std::string_view name_of(Verified verified) noexcept {
    switch (verified) {
        case Verified::by_signature: return "signed";
        case Verified::by_lock: return "locked";
        case Verified::by_nobody: return "unlisted";
    }
    return "unlisted";
}

std::vector<PluginInUse> plugins_in_use(PluginHost& host) {
    std::map<std::pair<std::string, std::string>, PluginInUse> used, broken;   // by plugin and file, and by plugin and problem
    for (auto* connector : host.connectors()) {
        const auto* slot = dynamic_cast<Slot*>(connector);
        const auto instance = slot == nullptr ? nullptr : slot->instance();
        if (instance == nullptr) continue;   // it was removed
        const auto& config = instance->config();
        PluginInUse* plugin = nullptr;
        if (const auto loaded = instance->loaded()) {
            plugin = &used[{loaded->manifest.id, loaded->file.identity()}];
            if (plugin->id.empty()) *plugin = described(loaded->file, loaded->manifest);
        } else {
            const auto problem = instance->report().reason;
            plugin = &broken[{config.plugin, problem}];
            plugin->id = config.plugin;
            plugin->problem = problem.empty() ? "it is stopped" : problem;
        }
        plugin->instances.push_back(config.name);
        if (config.isolation == InstanceConfig::Isolation::none) plugin->in_process.push_back(config.name);
    }
    std::vector<PluginInUse> list;
    for (auto* all : {&used, &broken})
        for (auto& [key, plugin] : *all) list.push_back(std::move(plugin));
    return list;
}

}  // namespace owed::host
