// The host room: finds, loads, isolates and supervises plugins, and serves what the SDK promises them (DESIGN section 4).
// Everything else of the daemon sees plugins through owed/hosts.hpp.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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
    std::uint64_t rss_mib = 448;                      ///< of that in memory; looked at every supervise_every, sanitizer builds have no limit
    std::uint64_t files_max = 64;                     ///< open descriptors of the child
    std::uint64_t threads_max = 32;                   ///< of the child; looked at every supervise_every
    /// What the kernel allows when the child wants one more thread: it counts all threads of owed's user. Not for root.
    std::uint64_t tasks_max = 192;
    std::chrono::seconds cpu{120};                    ///< of one call, or between two calls; looked at every supervise_every
    std::uint64_t file_bytes = 256u << 20;            ///< of its work folder, and of any one file; at least 64 MiB (a batch of records)
    std::uint64_t work_files_max = 1000;              ///< files in its work folder
    std::uint64_t artifact_bytes_max = 256u << 20;    ///< of one file or page that a source hands over
};

struct TransferGrants {
    /// "smtps://mail.example.com:465", "https://*.example.com/api/": scheme and host must equal (a leading "*." stands for
    /// any labels), a port too if one is given (http and https: else the usual one), and the path must begin so, at a slash.
    /// Empty: the hosts that stand in the settings. Where the manifest has `urls`, both must allow it.
    std::vector<std::string> allow_urls;
    bool plain_text_on_loopback = true;      ///< the transport lets plain text reach this machine alone
    std::string ca_file, proxy, helo;
    std::string client_certificate;          ///< PEM file
    std::function<Result<std::string>()> client_key;  ///< its key as PEM; empty: none
    std::string host_key;                    ///< of an sftp server: "SHA256:..."
    std::function<Result<std::string>()> ssh_key;  ///< private key for sftp; empty: by password
    std::int64_t requests_per_minute = 0;    ///< 0: as many as the plugin likes
    std::uint32_t timeout_ms = 0;            ///< of one exchange, at most; 0: a minute, or up to ten if the plugin asks
    std::uint64_t response_bytes_max = 8u << 20;
    std::string record;                      ///< cassette file that every exchange is added to (cassette.hpp); empty: none
};

/// A secret that the host fetches itself: an OAuth 2.0 access token (RFC 6749; RFC 7523 for JWT bearer, RS256).
struct OAuthClient {
    enum class Grant { jwt_bearer, client_credentials, refresh_token } grant = Grant::client_credentials;
    enum class ClientAuth { body, basic } client_auth = ClientAuth::body;  ///< where client_id and client_secret stand
    std::string token_url;                   ///< allowed by standing in the configuration, for this purpose alone
    std::string client_id;
    std::string audience, subject;           ///< of the JWT; no audience: token_url
    std::string scope, key_id;               ///< may be empty
    std::function<Result<std::string>()> client_secret, private_key, refresh_token;  ///< empty: there is none
    std::string where;                       ///< "owed.yaml:12:5"
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
    /// Whether the configuration gives a secret of that name; does not read it. Empty: it gives none.
    std::function<bool(std::string_view name)> has_secret;
    /// Everything that the configuration says of it, as one text, references of secrets and never their values: what tells
    /// a reload that something changed that the other members cannot tell (functions). May be empty. A secret that has a new
    /// value behind the same reference is read at its next use, and is no change.
    std::string fingerprint;
    /// Of a plugin that is a program, beyond its sandbox; its manifest must ask for the permissions "network" and "programs".
    bool own_network = false;                ///< TCP and UDP of its own: nothing that the host says about transfers binds it
    std::vector<std::string> programs;       ///< files and folders that it may read and start programs from, beside /usr
    bool allow_drafts = false;               ///< ids that begin with "x." may be used
    std::map<std::string, OAuthClient, std::less<>> oauth;  ///< secrets that are access tokens, by name; they come first
    /// By secret: patterns as in allow_urls that it is bound to. Not in here: wherever the instance may speak.
    std::map<std::string, std::vector<std::string>, std::less<>> secret_urls;
    /// Keeps the new refresh token that a server handed out in place of secret `name`'s old one; empty: it is kept in memory
    /// alone, and lost with the process.
    std::function<Status(std::string_view name, std::string_view refresh_token)> store_secret;
    InstanceLimits limits;
};

/// A request of a plugin to the host, as it comes: for the conformance kit and for tests.
struct ServiceRequest {
    std::string_view instance, call;   ///< "house-bank", "read"
    std::string_view service;          ///< "files.list", "emit.commit", "log.write", ...
    /// What it is about: a log line as the plugin wrote it, a folder, a file's name, a URL, a cursor, a key. May be empty.
    std::string_view subject;
    std::uint64_t nth = 0;             ///< of this call's requests that can fail, from 1
    bool can_fail = true;              ///< false: log, metrics and progress; an answer to them is ignored
};
/// Sees each request before it is served; an Error is what the plugin gets in its place, and nothing is done. A transfer
/// fails as exchanges do, with a response that says how. On the worker thread of the call. Views live until it returns.
using ServiceWatch = std::function<std::optional<Error>(const ServiceRequest&)>;

struct HostOptions {
    std::string plugin_folder;               ///< where NAME.so and plugins.lock lie
    std::string child_program;               ///< owed-plugin-host; empty: beside this program
    std::string folder_base;                 ///< relative `folder:` settings lie below it; missing ones there are made
    bool allow_unlisted = false;             ///< load plugins that plugins.lock does not list
    /// In place of the network, secrets filled in: a CassettePlayer, a test. Empty: each instance has a transports::Session.
    std::function<Result<transports::Response>(const transports::Request&)> transfer;
    /// Time of the file system, for the age of files; empty: the machine's clock. Apart from Clock, which may be simulated.
    std::function<Instant()> file_now;
    /// How clock.wait waits: false as soon as `stop` does. Empty: real time.
    std::function<bool(std::uint64_t millis, const std::function<bool()>& stop)> sleep;
    /// In front of every host service; empty: nobody looks.
    ServiceWatch watch;
    /// Where each child gets an empty folder of its own, removed with it; empty: the folder for temporary files.
    std::string work_folder;
    std::chrono::milliseconds polite_end{300};  ///< between a deadline and SIGTERM, for plugins that listen
    std::chrono::milliseconds kill_after{500};  ///< between SIGTERM and SIGKILL; with polite_end under 1 s, so that a hang ends soon after its deadline
    std::chrono::milliseconds supervise_every{1000};  ///< memory, CPU, threads and work folder of the children are looked at

    /// How long an instance that a reload replaced may go on with its call; then the call is stopped.
    std::chrono::milliseconds drain{120'000};
    /// How long the former file of an upgraded plugin is kept, to go back to after a crash loop; by `clock`.
    std::chrono::seconds probation{600};

    // ---- which plugins may be loaded: the rules of loader.hpp
    std::string trusted_keys = "/etc/owed/trusted-keys.d";  ///< *.pub, as minisign writes them; none there: no key is configured
    Signatures signatures = Signatures::by_default;
    std::string package_folder;              ///< where the package installs plugins; empty: plugin_folder
    /// The highest version of a plugin that has run here, by its id; nullopt or empty function: none is known.
    std::function<std::optional<std::string>(std::string_view id)> version_floor;
};

/// What a reload did.
struct Applied {
    std::vector<std::string> kept, switched, added, removed;   ///< names of instances; `kept` ones have kept their processes
    struct Upgrade {
        std::string instance, plugin, from, to;                ///< versions; the same one when only the file's bytes differ
    };
    std::vector<Upgrade> upgraded;                             ///< among the switched ones: those with another plugin file
    std::vector<std::string> notes;                            ///< what a person should know, a sentence each
};
struct StageRules {
    bool allow_downgrade = false;   ///< HostOptions::version_floor does not count this time
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

    /// A new set of instances, proven and not yet in effect. Dropped, it leaves nothing behind but folders of ours that it made.
    class Change {
      public:
        ~Change();
        const Applied& outcome() const;   ///< what apply() would do

      private:
        friend class PluginHost;
        struct Work;
        explicit Change(std::unique_ptr<Work> work);
        std::unique_ptr<Work> work_;
    };
    /// Reads manifests, settings and plugin files of `configs`; then starts each instance that is new or whose configuration
    /// or plugin file changed beside the running one, and lets it check credentials and folders. Errors: all of them, with
    /// their places, and nothing has changed. A check that fails for a reason that passes by itself (a server that is
    /// down) is a note. An instance that could not be used before and is configured as before is no error. Blocks for as
    /// long as the plugins take. One at a time, between start and stop.
    tl::expected<std::unique_ptr<Change>, std::vector<Error>> stage(std::vector<InstanceConfig> configs, const StageRules& rules = {});
    /// Switches, at once and without error. Running calls end where they began: the former instance finishes them, calls
    /// that come meanwhile wait, and then it ends. After an upgrade that ends in quarantine within HostOptions::probation the
    /// former file is taken again, and InstanceReport::rolled_back says so.
    Applied apply(std::unique_ptr<Change> change);
    /// Looks whether a probation is over or failed. Calls do that too; this is for instances that nobody calls.
    void tend();
    /// Waits until the instances that were replaced or removed have ended.
    void wait_drained();

    /// What these hand out stays valid until the host ends; a connector that was removed answers not_found.
    std::vector<Connector*> connectors() override;
    Connector* find(std::string_view name) override;
    Connector* sender_for(std::string_view channel) override;
    Connector* sender_for(std::string_view channel, std::string_view entity) override;

    /// Ends an instance's quarantine and back-off, and lets a reload try a plugin file again that was rolled back. Errors: not_found.
    Status release(std::string_view name);
    /// The last 64 KiB that the instance's children wrote to stderr.
    std::string stderr_of(std::string_view name) const;

  private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace owed::host
