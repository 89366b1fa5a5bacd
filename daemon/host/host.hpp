// The host room: finds, loads, isolates and supervises plugins, and serves what the SDK promises them (DESIGN section 4).
// Everything else of the daemon sees plugins through owed/hosts.hpp.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/loader.hpp"
#include "host/manifest.hpp"
#include "owed/doors.hpp"
#include "owed/hosts.hpp"
#include "transports/transfer.hpp"

namespace owed::host {

/// What one instance may reach and how much it may use.
struct InstanceLimits {
    std::chrono::milliseconds call_deadline{60'000};  ///< of one call, not counting what the host itself takes for it
    std::uint64_t memory_mib = 512;                   ///< address space of the child (sanitizer builds have no limit)
    std::uint64_t files_max = 64;                     ///< open descriptors of the child
    std::uint64_t artifact_bytes_max = 256u << 20;    ///< of one file or page that a source hands over
};

struct TransferGrants {
    /// "smtps://mail.example.com:465", "https://*.example.com/api/": scheme and host must equal (a leading "*." stands for
    /// any labels), a port too if one is given, and the path must begin so. Empty: the hosts that stand in the settings.
    std::vector<std::string> allow_urls;
    bool plain_text_on_loopback = true;      ///< the transport lets plain text reach this machine alone
    std::string ca_file, proxy, helo;
};

/// One connector as configured.
struct InstanceConfig {
    std::string name, plugin, entity;
    enum class Isolation { process, none } isolation = Isolation::process;
    std::string settings_json = "{}";
    /// JSON pointer into settings ("", "/files/0/match") -> "owed.yaml:12:5"; the nearest parent serves for what is missing.
    std::map<std::string, std::string> settings_where;
    std::string where;                       ///< of the instance itself
    TransferGrants transfer;
    /// The value of a secret by its name. Called when a request is sent, on the worker thread. Errors: invalid_config.
    std::function<Result<std::string>(std::string_view name)> secret;
    InstanceLimits limits;
};

struct HostOptions {
    std::string plugin_folder;               ///< where NAME.so and plugins.lock lie
    std::string child_program;               ///< owed-plugin-host; empty: beside this program
    std::string folder_base;                 ///< relative `folder:` settings lie below it; missing ones there are made
    bool allow_unlisted = false;             ///< load plugins that plugins.lock does not list
    std::function<Result<transports::Response>(const transports::Request&)> transfer;  ///< empty: transports::transfer
    /// Time of the file system, for the age of files; empty: the machine's clock. Apart from Clock, which may be simulated.
    std::function<Instant()> file_now;
    std::chrono::milliseconds polite_end{500};  ///< between a deadline and SIGTERM, for plugins that listen
    std::chrono::milliseconds kill_after{2000}; ///< between SIGTERM and SIGKILL
};

/// Clock decides back-off and quarantine and is what plugins see. Any thread, but start and stop on one.
class PluginHost : public Hosts {
  public:
    PluginHost(HostOptions options, std::vector<InstanceConfig> configs, Clock& clock, Rng& rng, Log& log);
    ~PluginHost() override;

    /// Manifests and settings of all instances, without running any plugin code and without effect. Each error has its place.
    std::vector<Error> check() const;
    /// Makes instances usable. One whose plugin or settings are wrong is reported as failed with the reason, and the others
    /// work. Processes start with the first call.
    void start();
    /// Ends running calls (they fail as cancelled) and the children.
    void stop();

    std::vector<Connector*> connectors() override;
    Connector* find(std::string_view name) override;
    Connector* sender_for(std::string_view channel) override;
    Connector* sender_for(std::string_view channel, std::string_view entity) override;

    /// Ends an instance's quarantine and back-off. Errors: not_found.
    Status release(std::string_view name);
    /// The last 64 KiB that the instance's children wrote to stderr.
    std::string stderr_of(std::string_view name) const;

  private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace owed::host
