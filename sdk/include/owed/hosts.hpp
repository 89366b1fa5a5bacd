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

#include "owed/date.hpp"
#include "owed/decision.hpp"
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
    std::string action = {};  ///< of an agency: "place", "update", "recall"; empty elsewhere
};
struct SendReceipt {
    SendState state = SendState::unknown;
    std::string provider_id;  ///< message id, file name, job number at the receiver
    std::string detail;       ///< one sentence
    std::uint64_t retry_after_ms = 0;
};

/// What became of one record that a sink was to write. Mirrors owed.wire.WriteResult.
struct WriteResult {
    std::uint32_t index = 0;  ///< of the record in its batch
    SendState state = SendState::unknown;
    std::string remote_id;    ///< the record's id over there
    std::string detail;       ///< one sentence: why not
    std::string field;        ///< over there, when one is at fault
    bool created = false;     ///< it was not there before
};

struct Sniffed {
    int score = 0;            ///< 0 not mine, 100 certain
    std::string format;       ///< at most 31 bytes
};

enum class InstanceState { starting, ok, degraded, failed, quarantined, stopped };
std::string_view name_of(InstanceState state) noexcept;

struct InstanceReport {
    std::string name, plugin, entity, isolation;
    InstanceState state = InstanceState::starting;
    std::string reason;        ///< why it is not ok: plugin, call and cause
    std::string version;       ///< of the plugin, from its manifest
    std::uint32_t retries = 0, restarts = 0;     ///< since the daemon's start, over reloads and upgrades
    std::map<std::string, std::uint32_t> deaths; ///< the restarts by what killed it: "crash", "deadline", "garbage"
    std::string trouble;                         ///< servers that are not asked at the moment (breaker), and why; empty: none
    /// The other side, or requests_per_minute, asked to be left alone until then: of a call that failed, and never more than a
    /// day after it. It may be over.
    std::optional<Instant> asked_until;
    std::string rolled_back;                     ///< a newer plugin file that crashed here and was given up, in a sentence; empty: none
    bool on_probation = false;                   ///< its plugin file is new, and the former one is still kept
    std::uint64_t rss_bytes = 0;
    std::vector<std::int64_t> pids;              ///< of its processes that run now
    std::string running;                         ///< the call that runs now: "read"; empty: none
    std::string progress;                        ///< "300 of 1200: accounts, page 3"; empty: none told
    std::optional<Instant> last_call, last_good; ///< when a call last ended, and last ended well
    std::map<std::string, std::int64_t> counters, gauges;  ///< of owed.metrics/1, since the daemon's start
};

/// One configured connector. Calls of one instance never overlap: a second caller waits. Any thread; each call blocks.
class Connector {
  public:
    virtual ~Connector() = default;
    virtual const std::string& name() const = 0;
    virtual const std::string& entity() const = 0;          ///< empty when records name their entity
    /// "source", "codec", "sender", "sink", "agency", "decider". What is an agency can also be read and sent to.
    virtual bool has(std::string_view kind) const = 0;
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
    /// How likely the instance's codec reads this. `head`: the first 4 KiB.
    virtual Result<Sniffed> sniff(std::string_view file_name, std::string_view head);
    /// Whether records of this kind are to be written to it: what its manifest `takes`; account_status and order_hold where that says nothing.
    virtual bool takes(std::string_view kind) const;
    /// Writes records into the system behind a sink: results in the order of `records`, one each. An Error: nothing can be
    /// said of any of them. Writing the same external_id again replaces, so unknown ones may be repeated.
    virtual Result<std::vector<WriteResult>> write(const std::vector<Record>& records);
    /// Asks a decider. The proposals are a stranger's: the caller checks each against the books.
    virtual Result<MatchAnswer> propose(const MatchQuestion& question);
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
