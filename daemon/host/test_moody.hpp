// The plugin `moody` in its versions, for tests of reloads and upgrades.
#pragma once

#include "host/test_doors.hpp"

namespace owed::host::test {

/// A host over a plugin folder of its own, where files can be replaced as packages replace them.
struct MoodyBench : HostBench {
    TempFolder plugins;
    MoodyBench() {
        options.plugin_folder = plugins.path();
        options.allow_unlisted = true;
        options.drain = std::chrono::milliseconds{3'000};
        install("1");
    }
    /// A new file in the place of the old one, by a rename as package managers do.
    void install(const std::string& version) const {
        namespace fs = std::filesystem;
        fs::copy_file(zoo_folder() + "/moody-" + version + ".so", plugins.path("new"), fs::copy_options::overwrite_existing);
        fs::rename(plugins.path("new"), plugins.path("moody.so"));
    }
    static InstanceConfig moody(const std::string& name, const std::string& more = {}) {
        InstanceConfig config;
        config.name = name;
        config.plugin = "moody";
        config.entity = "emea";
        config.settings_json = R"({"out": "folder:out-)" + name + R"(")" + (more.empty() ? "" : ", " + more) + "}";
        config.where = "owed.yaml:12:5";
        config.limits.call_deadline = std::chrono::milliseconds{10'000};
        return config;
    }
    void start(std::vector<InstanceConfig> configs) {
        host = std::make_unique<PluginHost>(options, std::move(configs), clock, rng, log);
        host->start();
    }
    /// Switches, or answers what is wrong.
    tl::expected<Applied, std::vector<Error>> reload(std::vector<InstanceConfig> configs, StageRules rules = {}) {
        auto change = host->stage(std::move(configs), rules);
        if (!change) return tl::unexpected{std::move(change).error()};
        return host->apply(std::move(*change));
    }
    std::vector<std::int64_t> pids(const std::string& name) { return host->find(name)->report().pids; }
    InstanceReport report(const std::string& name) { return host->find(name)->report(); }
};

}  // namespace owed::host::test
