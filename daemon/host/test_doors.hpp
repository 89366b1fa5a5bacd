// Doors for the host's tests: a clock that is set, a log that is kept, dice that are counted.
#pragma once

#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>
#include <vector>

#include "host/host.hpp"
#include "places/places.hpp"

namespace owed::host::test {

struct SetClock : Clock {
    Instant now() override { return {micros.load()}; }
    void advance_s(std::int64_t seconds) { micros += seconds * 1'000'000; }
    std::atomic<std::int64_t> micros{1'775'000'000'000'000};
};
struct CountingRng : Rng {
    std::uint64_t next(std::string_view) override { return ++count; }
    void fill(std::string_view, std::span<unsigned char> out) override {
        for (auto& byte : out) byte = static_cast<unsigned char>(++count);
    }
    std::uint64_t count = 0;
};
struct KeptLog : Log {
    void write(LogLevel, std::string_view, std::string_view text) override {
        const std::lock_guard lock{mutex};
        lines.emplace_back(text);
    }
    bool has(std::string_view part) {
        const std::lock_guard lock{mutex};
        for (const auto& line : lines)
            if (line.find(part) != std::string::npos) return true;
        return false;
    }
    std::mutex mutex;
    std::vector<std::string> lines;
};

/// A folder that goes away with the test.
class TempFolder {
  public:
    TempFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "owed-host-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~TempFolder() { std::filesystem::remove_all(path_); }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    std::string path(const std::string& name = {}) const { return name.empty() ? path_ : path_ + "/" + name; }
    void put(const std::string& name, const std::string& bytes) const {
        std::filesystem::create_directories(std::filesystem::path{path(name)}.parent_path());
        std::ofstream{path(name), std::ios::binary} << bytes;
    }
    std::string get(const std::string& name) const {
        std::ifstream in{path(name), std::ios::binary};
        return {std::istreambuf_iterator<char>{in}, {}};
    }
    bool has(const std::string& name) const { return std::filesystem::exists(path(name)); }

  private:
    std::string path_;
};

/// Now plus an hour: every file is old enough.
inline Instant an_hour_later() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return {std::chrono::duration_cast<std::chrono::microseconds>(now).count() + 3'600'000'000};
}

struct KeptRecords : RecordSink {
    Status record(Record record) override {
        records.push_back(std::move(record));
        return {};
    }
    std::vector<Record> records;
};

/// A ReadTarget that keeps everything and answers as it is told.
struct KeptTarget : ReadTarget {
    Result<ArtifactFate> artifact(const ArrivedArtifact& artifact) override {
        artifacts.push_back(artifact);
        if (on_artifact) return on_artifact(artifact);
        return ArtifactFate::taken;
    }
    Status records(std::string_view batch) override {
        batches.emplace_back(batch);
        return {};
    }
    Status commit(std::string_view cursor, const std::map<std::string, std::string>& changes) override {
        cursors.emplace_back(cursor);
        state_changes.push_back(changes);
        return {};
    }
    std::function<Result<ArtifactFate>(const ArrivedArtifact&)> on_artifact;
    std::vector<ArrivedArtifact> artifacts;
    std::vector<std::string> batches, cursors;
    std::vector<std::map<std::string, std::string>> state_changes;
};

inline std::string zoo_folder() { return owed::build_folder() + "/test-plugins"; }

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool sanitized_build = true;
#else
inline constexpr bool sanitized_build = false;
#endif

/// For calls that are to end by themselves: code under a sanitizer takes many times as long as it does without.
inline constexpr std::chrono::milliseconds ample_deadline{sanitized_build ? 60'000 : 5'000};

/// How a crash by memory looks from outside: a sanitizer in the child reports it and exits.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr const char* segv_text = "exit code 1";
#elif defined(__SANITIZE_THREAD__)
inline constexpr const char* segv_text = "exit code 66";
#else
inline constexpr const char* segv_text = "signal 11 (SIGSEGV)";
#endif

/// A host over the test plugins.
struct HostBench {
    HostOptions options = [] {
        HostOptions o;
        o.plugin_folder = zoo_folder();
        o.child_program = owed::build_folder() + "/bin/owed-plugin-host";
        o.file_now = an_hour_later;
        o.polite_end = std::chrono::milliseconds{100};
        o.kill_after = std::chrono::milliseconds{300};
        return o;
    }();
    TempFolder data;
    SetClock clock;
    CountingRng rng;
    KeptLog log;
    std::unique_ptr<PluginHost> host;

    HostBench() { options.folder_base = data.path(); }
    Connector& start(InstanceConfig config) {
        std::vector<InstanceConfig> all;
        all.push_back(std::move(config));
        host = std::make_unique<PluginHost>(options, std::move(all), clock, rng, log);
        host->start();
        return *host->connectors().front();
    }
    static InstanceConfig good(InstanceConfig::Isolation isolation = InstanceConfig::Isolation::process) {
        InstanceConfig config;
        config.name = "house-bank";
        config.plugin = "good";
        config.entity = "emea";
        config.isolation = isolation;
        config.settings_json = R"({"source": "folder:drop", "server": "smtp://mail.example.com:587"})";
        return config;
    }
    static InstanceConfig zoo(const std::string& what, const std::string& where = "read") {
        InstanceConfig config;
        config.name = "beast";
        config.plugin = "zoo";
        config.settings_json = R"({"do": ")" + what + R"(", "in": ")" + where + R"("})";
        config.limits.call_deadline = ample_deadline;
        return config;
    }
};

}  // namespace owed::host::test
