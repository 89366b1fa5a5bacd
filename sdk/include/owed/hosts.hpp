// The Hosts door: connector instances as the daemon's rooms see them. daemon/host implements it with real plugins,
// tests and the simulation with models. intake and notify know nothing else of plugins.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed {

/// A raw artifact that a source hands over: a file, a page of JSON.
struct ArrivedArtifact {
    std::string name;   ///< as the source calls it; data, never a path to open
    std::string bytes;
};

/// What became of an artifact, so that the host can archive or reject the file it came from. Only after the commit.
enum class ArtifactFate { taken, duplicate, rejected, leave };

/// Where a read puts what it finds. All calls on the worker thread of the read; each blocks until the store has it.
class ReadTarget {
  public:
    virtual ~ReadTarget() = default;
    /// Decides and commits one artifact. An Error is about the surroundings (store full), not about the artifact, and
    /// ends the read; the file stays where it is.
    virtual Result<ArtifactFate> artifact(const ArrivedArtifact& artifact) = 0;
    /// Records of a source that parses for itself, as one verified RecordBatch; kept until commit.
    virtual Status records(std::string_view record_batch) = 0;
    /// Everything handed over since the last commit, the instance's state changes and the cursor, in one transaction.
    virtual Status commit(std::string_view cursor, const std::map<std::string, std::string>& state_changes) = 0;
};

struct ReadRequest {
    std::string cursor;                          ///< empty at first
    std::map<std::string, std::string> state;    ///< the instance's key-value state
};

enum class SendState : std::uint8_t { sent, refused, retry, unknown };
std::string_view name_of(SendState state) noexcept;

struct DeliveryPart {
    std::string name, media_type, bytes;
};
/// Mirrors owed.wire.Delivery.
struct Delivery {
    std::string key, channel, sender_address;
    std::vector<std::string> recipients;
    std::string message;
    std::vector<DeliveryPart> parts;
    std::vector<std::string> addressee;
    std::string facts;
};
struct SendReceipt {
    SendState state = SendState::unknown;
    std::string provider_id;  ///< message id, file name, job number at the receiver
    std::string detail;       ///< one sentence
    std::uint64_t retry_after_ms = 0;
};

enum class InstanceState { starting, ok, degraded, failed, quarantined, stopped };
std::string_view name_of(InstanceState state) noexcept;

struct InstanceReport {
    std::string name, plugin, entity, isolation;
    InstanceState state = InstanceState::starting;
    std::string reason;        ///< why it is not ok: plugin, call and cause
    std::uint32_t retries = 0, restarts = 0;
    std::uint64_t rss_bytes = 0;
};

/// One configured connector. Calls of one instance never overlap: a second caller waits. Any thread; each call blocks.
class Connector {
  public:
    virtual ~Connector() = default;
    virtual const std::string& name() const = 0;
    virtual const std::string& entity() const = 0;          ///< empty when records name their entity
    virtual bool has(std::string_view kind) const = 0;      ///< "source", "codec", "sender"
    /// Credentials and folders, without effect.
    virtual Status check() = 0;
    virtual Status read(const ReadRequest& request, ReadTarget& target) = 0;
    /// Runs the instance's codec over a whole file, in its child. `format` empty: sniff; `profile` empty: the settings'.
    /// Error: the file is refused (malformed_input, unsupported_format, with the place) or the plugin failed.
    virtual Result<DecodeReport> decode(std::string_view file_name, std::string_view bytes, std::string_view format,
                                        std::string_view profile, RecordSink& sink) = 0;
    /// One delivery. An Error before any byte left is as it says; a crash or timeout after that is `unknown`.
    virtual Result<SendReceipt> send(const Delivery& delivery) = 0;
    /// Asks the receiver for a key. nullopt: it cannot tell. Error: could not ask.
    virtual Result<std::optional<SendReceipt>> lookup(std::string_view key) = 0;
    virtual InstanceReport report() const = 0;
};

class Hosts {
  public:
    virtual ~Hosts() = default;
    virtual std::vector<Connector*> connectors() = 0;
    virtual Connector* find(std::string_view name) = 0;     ///< nullptr: none of that name
    /// The first instance that offers `channel` as a sender ("email", "letter", "agency").
    virtual Connector* sender_for(std::string_view channel) = 0;
    /// The same for an entity: its own instance, else one that serves every entity, else nullptr.
    virtual Connector* sender_for(std::string_view channel, std::string_view entity) {
        auto* first = sender_for(channel);
        return first != nullptr && (first->entity().empty() || first->entity() == entity) ? first : nullptr;
    }
};

}  // namespace owed
