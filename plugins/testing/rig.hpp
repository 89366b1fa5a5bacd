// One plugin under the real host, in a temporary folder: for the tests of the plugins.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "owed/doors.hpp"
#include "places/places.hpp"
#include "tests/standins/standin.hpp"

namespace owed::plugins::testing {

class StillClock : public Clock {
  public:
    Instant now() override { return Instant{1'774'944'000'000'000}; }  // 2026-03-31T08:00Z
};
class SeededRng : public Rng {
  public:
    std::uint64_t next(std::string_view) override { return engine_(); }
    void fill(std::string_view, std::span<unsigned char> out) override {
        for (unsigned char& byte : out) byte = static_cast<unsigned char>(engine_());
    }

  private:
    std::mt19937_64 engine_{7};
};
class KeptLog : public Log {
  public:
    void write(LogLevel, std::string_view room, std::string_view text) override {
        const std::lock_guard lock{mutex_};
        text_ += std::string{room} + ": " + std::string{text} + "\n";
    }
    std::string text() const {
        const std::lock_guard lock{mutex_};
        return text_;
    }

  private:
    mutable std::mutex mutex_;
    std::string text_;
};

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// A host with one instance, "x". Folders of the settings lie below folder().
class Rig {
  public:
    using Isolation = host::InstanceConfig::Isolation;

    Rig(const std::string& plugin, const std::string& settings_json, Isolation isolation,
        const std::function<void(host::InstanceConfig&)>& adjust = {},
        const std::function<void(host::HostOptions&)>& adjust_host = {}) {
        host::InstanceConfig config;
        config.name = "x";
        config.plugin = plugin;
        config.entity = "emea";
        config.isolation = isolation;
        config.settings_json = settings_json;
        config.transfer.plain_text_on_loopback = true;
        config.limits.call_deadline = std::chrono::seconds{10};
        if (sanitized) config.limits.memory_mib = 0;
        if (adjust) adjust(config);
        host::HostOptions options;
        options.plugin_folder = owed::build_folder() + "/plugins";
        options.child_program = owed::build_folder() + "/bin/owed-plugin-host";
        options.folder_base = files_.path().string();
        options.allow_unlisted = true;
        if (adjust_host) adjust_host(options);
        host_ = std::make_unique<host::PluginHost>(options, std::vector{config}, clock_, rng_, log_);
        host_->start();
    }
    ~Rig() { host_->stop(); }

    Connector& connector() { return *host_->find("x"); }
    host::PluginHost& host() { return *host_; }
    std::filesystem::path folder() const { return files_.path(); }
    std::string log() const { return log_.text(); }

    void put(const std::string& name, const std::string& bytes) const {
        std::filesystem::create_directories((folder() / name).parent_path());
        std::ofstream{folder() / name, std::ios::binary} << bytes;
        // Older than the five seconds after which a file is complete.
        std::filesystem::last_write_time(folder() / name, std::filesystem::file_time_type::clock::now() - std::chrono::minutes{1});
    }
    /// Names of the plain files of a folder, in order.
    std::vector<std::string> names(const std::string& sub) const {
        std::vector<std::string> found;
        if (!std::filesystem::exists(folder() / sub)) return found;
        for (const auto& entry : std::filesystem::directory_iterator{folder() / sub})
            if (entry.is_regular_file()) found.push_back(entry.path().filename().string());
        std::sort(found.begin(), found.end());
        return found;
    }

  private:
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    static constexpr bool sanitized = true;
#else
    static constexpr bool sanitized = false;
#endif
    standins::TempFolder files_;
    StillClock clock_;
    SeededRng rng_;
    KeptLog log_;
    std::unique_ptr<host::PluginHost> host_;
};

/// Children of this process that run owed-plugin-host.
inline std::vector<pid_t> plugin_children() {
    std::vector<pid_t> found;
    for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
        std::ifstream list{task.path() / "children"};
        for (pid_t pid = 0; list >> pid;)
            if (read_file("/proc/" + std::to_string(pid) + "/cmdline").find("owed-plugin-host") != std::string::npos) found.push_back(pid);
    }
    return found;
}

/// Takes every artifact and keeps it; names in `rejected` are refused.
class KeptArtifacts : public ReadTarget {
  public:
    Result<ArtifactFate> artifact(const ArrivedArtifact& artifact) override {
        artifacts.push_back(artifact);
        if (artifact.name == rejected) return ArtifactFate::rejected;
        return ArtifactFate::taken;
    }
    Status records(std::string_view) override { return fail(Errc::internal, "no record was expected"); }
    Status commit(std::string_view, const std::map<std::string, std::string>&) override { return {}; }

    std::vector<ArrivedArtifact> artifacts;
    std::string rejected;
};

class KeptRecords : public RecordSink {
  public:
    Status record(Record record) override {
        records.push_back(std::move(record));
        return {};
    }
    std::vector<Record> records;
};

}  // namespace owed::plugins::testing
