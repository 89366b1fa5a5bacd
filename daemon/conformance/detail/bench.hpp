// One instance of the plugin under the real host, in a world that the kit holds in its hands: folders, server, clock, dice,
// log, secrets. Private to this room.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "conformance/detail/check.hpp"
#include "conformance/detail/subject.hpp"
#include "host/host.hpp"
#include "transports/transfer.hpp"

namespace owed::conformance {

/// A folder that goes away with it.
class TempFolder {
  public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    const std::string& path() const { return path_; }

  private:
    std::string path_;
};

struct HeldClock : Clock {
    static constexpr std::int64_t start = 1'774'944'000'000'000;  // 2026-03-31T08:00Z
    Instant now() override;
    std::atomic<std::int64_t> micros{start};
    std::atomic<std::int64_t> step{0};   ///< added at every look
};

/// The same bytes for the same purpose and place in its stream.
struct SeededRng : Rng {
    explicit SeededRng(std::uint64_t seed_) : seed{seed_} {}
    std::uint64_t next(std::string_view purpose) override;
    void fill(std::string_view purpose, std::span<unsigned char> out) override;
    std::uint64_t seed;
    std::mutex mutex;
    std::map<std::string, std::uint64_t, std::less<>> places;
};

struct HeldLog : Log {
    void write(LogLevel level, std::string_view room, std::string_view text) override;
    std::vector<std::string> lines() const;
    mutable std::mutex mutex;
    std::vector<std::string> kept;
};

/// What a plugin asked of the host.
struct Seen {
    std::string call, service, subject;
};

/// The kit's server, or its cassette.
class Server {
  public:
    explicit Server(const Subject& subject) : subject_{subject} {}
    Result<transports::Response> answer(const transports::Request& request);

    /// In place of an answer, when it is set.
    std::function<std::optional<transports::Response>(const transports::Request&)> instead;
    std::vector<transports::Request> requests() const;
    /// What has had an effect: mails taken, bodies put, by what identifies them.
    std::map<std::string, std::string> effects() const;
    bool missed() const { return missed_; }   ///< the cassette had no answer

  private:
    Result<transports::Response> from_tape(const transports::Request& request);
    transports::Response keep(const transports::Request& request);

    const Subject& subject_;
    mutable std::mutex mutex_;
    std::size_t place_ = 0;
    bool missed_ = false;
    std::vector<transports::Request> requests_;
    std::map<std::string, std::string> kept_, mails_;
};

class Bench {
  public:
    using Adjust = std::function<void(host::InstanceConfig&, host::HostOptions&)>;
    Bench(const Subject& subject, Mode mode, const Adjust& adjust = {});
    ~Bench();
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    Connector& plugin() { return *host_->connectors().front(); }
    host::PluginHost& host() { return *host_; }
    /// Empty: the instance can be used; else why not.
    std::string broken();
    std::string folder(const std::string& name = {}) const { return files_.path() + (name.empty() ? "" : "/" + name); }
    /// Every plain file below the folder of the world, with its bytes; archived ones too.
    std::map<std::string, std::string> files() const;
    std::vector<Seen> seen() const;
    std::size_t seen_count(std::string_view service) const;
    void forget_seen();
    /// What the plugin wrote to stdout and stderr.
    std::string printed();
    /// A process that died is not kept waiting.
    void let_time_pass();

    const Subject& subject;
    const Mode mode;
    HeldClock clock;
    SeededRng rng;
    HeldLog log;
    Server server;
    /// Asked in front of each service.
    host::ServiceWatch on_request;

  private:
    TempFolder files_;
    mutable std::mutex mutex_;
    std::vector<Seen> seen_;
    std::int64_t printed_before_ = 0;
    std::unique_ptr<host::PluginHost> host_;
};

/// The value of every secret, and how it could look if it had leaked: 13 forms.
std::string canary(const std::string& name);
std::vector<std::string> forms_of(const std::string& secret);

/// stdout and stderr of this process go to a memfd from here on: what a plugin prints with isolation none.
void catch_output();
std::string caught_output();

std::string fingerprint_of(std::string_view bytes);
std::string shown(std::string_view text, std::size_t length_max = 160);

}  // namespace owed::conformance
