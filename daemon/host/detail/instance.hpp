// A configured connector: owed::Connector over its two lanes.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "host/detail/lane.hpp"
#include "host/detail/url_rules.hpp"
#include "host/host.hpp"

namespace owed::host {

/// What is known of an instance before any plugin code runs.
struct Prepared {
    PluginFile file;
    Manifest manifest;
    std::string settings;                                   ///< JSON, defaults filled in
    std::map<std::string, Folders::Grant, std::less<>> grants;
    UrlRules urls;
};
/// All that is wrong comes back at once, each with its place.
struct Preparation {
    std::optional<Prepared> prepared;
    std::vector<Error> errors;
    std::vector<std::string> warnings;                      ///< about the plugin's file; it may be used all the same
};
enum class MissingFolders { leave, make };
/// What to take in place of the plugin folder's file and of the rule against older versions.
struct PrepareAs {
    std::optional<PluginFile> file;   ///< checked earlier, and kept
    bool any_version = false;
};
Preparation prepare(const InstanceConfig& config, const HostOptions& options, MissingFolders missing, const PrepareAs& as = {});

/// What instances share.
struct HostDoors {
    const HostOptions& options;
    Clock& clock;
    Rng& rng;
    Log& log;
    Spawner& spawner;
};

class Instance : public Connector {
  public:
    Instance(InstanceConfig config, const HostDoors& doors, PrepareAs as = {});
    ~Instance() override;

    /// Opens the plugin and checks the settings. An error is kept as the instance's state.
    void start();
    void stop();
    void release();
    /// Starts the plugin and, with isolation process, lets it check credentials and folders, before anybody relies on it.
    /// `doubt`: a check that failed for a reason that passes by itself. Errors: with the connector's place.
    Status trial(std::optional<Error>& doubt);
    /// Five deaths in ten minutes.
    bool quarantined() const;
    /// Of the loaded file; nullopt: the instance cannot be used.
    std::optional<PluginFile> file() const;
    struct Loaded {
        PluginFile file;
        Manifest manifest;
    };
    std::optional<Loaded> loaded() const;   ///< the file and what it says of itself
    const InstanceConfig& config() const { return config_; }
    std::string stderr_text() const;
    bool sends(std::string_view channel) const;

    const std::string& name() const override { return config_.name; }
    const std::string& entity() const override { return config_.entity; }
    bool has(std::string_view kind) const override;
    bool takes(std::string_view kind) const override;
    Status check() override;
    Status read(const ReadRequest& request, ReadTarget& target) override;
    Result<DecodeReport> decode(std::string_view file_name, std::string_view bytes, std::string_view format,
                                std::string_view profile, RecordSink& sink) override;
    Result<SendReceipt> send(const Delivery& delivery) override;
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override;
    Result<Sniffed> sniff(std::string_view file_name, std::string_view head) override;
    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override;
    Result<MatchAnswer> propose(const MatchQuestion& question) override;
    InstanceReport report() const override;

  private:
    struct Live;
    Result<std::shared_ptr<Live>> live(std::string_view kind) const;
    void note(const Lane::Ended& ended, const CallServices& services);
    Lane::Ended run(Live& self, Lane& lane, const Call& call, CallServices& services, Deadline& deadline);

    const InstanceConfig config_;
    const HostDoors& doors_;
    const PrepareAs as_;
    mutable std::mutex mutex_;
    std::shared_ptr<Live> live_;        ///< shared with running calls, so that stop() never pulls it from under them
    std::optional<Error> broken_;       ///< why it cannot be used
    std::optional<Error> last_error_;   ///< of the last call, if it failed
    std::optional<Instant> asked_until_; ///< InstanceReport::asked_until
    std::uint32_t retries_ = 0;
    bool stopped_ = false;
};

}  // namespace owed::host
