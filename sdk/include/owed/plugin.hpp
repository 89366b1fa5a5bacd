// The comfortable side of the plugin boundary: a plugin is a class with plain structs, and this header makes the C of
// abi.h out of it. Link owed_sdk (owed_add_plugin does) and write, for a complete plugin:
//
//   #include "owed/plugin.hpp"
//   class Feed : public owed::plugin::Source {
//     public:
//       static owed::Result<std::unique_ptr<Feed>> create(owed::plugin::Host host, std::string_view settings_json);
//       owed::Status check() override;
//       owed::Status read(std::string_view cursor, owed::plugin::Reader& out) override;
//   };
//   OWED_PLUGIN(Feed)
//
// A class may be several of Source, Codec, Sender, Sink, Agency and Decider at once. Its functions are called one at a time (abi.h: [call]). What they
// throw is stopped here and reported as the plugin's bug, with what() as the message. An Error that they return crosses
// with its code, sentence, place and advice. Settings come as JSON text, checked against the manifest's schema.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "owed/abi.h"
#include "owed/date.hpp"
#include "owed/decision.hpp"
#include "owed/hosts.hpp"
#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::plugin {

namespace detail {
struct HostCore;  // the service tables of one instance; owned by the instance, outlives what the author keeps
}

/// Events for operators. Never fails; no secrets.
class Log {
  public:
    void debug(std::string_view text) const { write(OWED_LOG_DEBUG, text); }
    void info(std::string_view text) const { write(OWED_LOG_INFO, text); }
    void warn(std::string_view text) const { write(OWED_LOG_WARN, text); }
    void error(std::string_view text) const { write(OWED_LOG_ERROR, text); }

  private:
    friend class Host;
    explicit Log(detail::HostCore& core) : core_{&core} {}
    void write(std::int32_t level, std::string_view text) const;
    detail::HostCore* core_;
};

/// The only clock a plugin has.
class Clock {
  public:
    Result<Instant> now() const;
    std::chrono::milliseconds remaining() const;  ///< of this call, in real time
    bool cancelled() const;                       ///< true: end soon; host functions fail by now
    /// Waits on the host's clock (a simulation may move it); Errors: cancelled as soon as the call should end.
    Status wait(std::chrono::milliseconds time) const;

  private:
    friend class Host;
    explicit Clock(detail::HostCore& core) : core_{&core} {}
    detail::HostCore* core_;
};

class Random {
  public:
    /// At most 4 KiB of the stream named `purpose`.
    Status fill(std::string_view purpose, std::span<unsigned char> out) const;

  private:
    friend class Host;
    explicit Random(detail::HostCore& core) : core_{&core} {}
    detail::HostCore* core_;
};

/// Key-value state, in read() only; changes are kept by the next Reader::commit.
class State {
  public:
    Result<std::optional<std::string>> get(std::string_view key) const;
    Status put(std::string_view key, std::string_view value) const;
    Status remove(std::string_view key) const;

  private:
    friend class Host;
    explicit State(detail::HostCore& core) : core_{&core} {}
    detail::HostCore* core_;
};

struct File {
    std::string name;
    std::uint64_t length = 0;
    Instant modified;
    std::chrono::milliseconds age{0};
    bool ready = false;  ///< complete by the drop-folder rule; leave the others for the next read
};

/// Folders that the configuration grants, by name (abi.h, owed_files_1).
class Files {
  public:
    /// In order of name. `glob`: * ? [a-z].
    Result<std::vector<File>> list(std::string_view folder, std::string_view glob) const;
    /// Bytes from `offset`; fewer than `out` only at the end. Errors: not_found, data.
    Result<std::size_t> read(std::string_view folder, std::string_view name, std::uint64_t offset,
                             std::span<char> out) const;
    /// The whole file. Errors: as read; input_too_large beyond size_max.
    Result<std::string> read_all(std::string_view folder, std::string_view name, std::uint64_t size_max) const;
    /// Whole and durable, or an Error. The same bytes there already is success; others are already_exists.
    Status write_new(std::string_view folder, std::string_view name, std::string_view bytes) const;
    Result<bool> exists(std::string_view folder, std::string_view name) const;

  private:
    friend class Host;
    explicit Files(detail::HostCore& core) : core_{&core} {}
    detail::HostCore* core_;
};

enum class Encoding : std::uint32_t { raw = OWED_RAW, xml = OWED_XML, json = OWED_JSON, form = OWED_FORM, base64 = OWED_BASE64 };

/// A piece of a request: bytes as they are, or the name of a secret that the host fills in when it sends.
struct Part {
    bool is_secret = false;
    Encoding encoding = Encoding::raw;
    std::string value;
};
inline Part literal(std::string bytes) { return {false, Encoding::raw, std::move(bytes)}; }
inline Part secret(std::string name, Encoding encoding = Encoding::raw) { return {true, encoding, std::move(name)}; }

struct Header {
    std::string name;
    std::vector<Part> value;
};
struct Request {
    std::string method;                  ///< "GET", "POST"; of smtp(s): "MAIL"
    std::string url;                     ///< without secrets
    bool plain_text = false;             ///< true: without TLS: to this machine alone, if the configuration allows it
    std::vector<Header> headers;
    std::vector<Part> body;
    std::vector<Part> user, password;
    std::string mail_from;
    std::vector<std::string> recipients;
    std::string idempotency_key;
    std::chrono::milliseconds timeout{0};  ///< 0: the configured one
    std::uint64_t response_max = 0;        ///< 0: the configured one
};
struct Response {
    std::optional<Errc> failure;         ///< empty: done (http 2xx, smtp 2xx); else the class, as the host judges it
    int code = 0;                        ///< HTTP status or last SMTP reply; 0: none came
    bool bytes_left = false;             ///< the effect may have happened
    std::chrono::milliseconds retry_after{0};
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;
    std::string message;                 ///< one sentence, or the SMTP reply's text
};

/// The network, through the host. Error only if nothing was tried (not allowed, cancelled, a wrong request).
class Transfer {
  public:
    Result<Response> perform(const Request& request) const;

  private:
    friend class Host;
    explicit Transfer(detail::HostCore& core) : core_{&core} {}
    detail::HostCore* core_;
};

/// Secrets by reference: whether the configuration gives one. Nothing tells its value; a request names it in a Part.
class Secrets {
  public:
    bool has(std::string_view name) const;

  private:
    friend class Host;
    explicit Secrets(detail::HostCore& core) : core_{&core} {}
    detail::HostCore* core_;
};

/// Figures for operators (abi.h, owed_metrics_1). Never fails.
class Metrics {
  public:
    void count(std::string_view name, std::int64_t delta = 1) const;
    void gauge(std::string_view name, std::int64_t value) const;

  private:
    friend class Host;
    explicit Metrics(detail::HostCore& core) : core_{&core} {}
    detail::HostCore* core_;
};

/// What an Error has no place for; added to the next failure of this call.
struct FailureDetail {
    std::string detail;                  ///< for engineers: the log only
    std::string record;                  ///< external id of the record at fault
    std::chrono::milliseconds retry_after{0};
};

/// The services of one instance: a cheap handle, to be kept by the author's class and used inside calls only.
class Host {
  public:
    explicit Host(detail::HostCore& core) : core_{&core} {}
    std::string_view instance_name() const;
    Log log() const { return Log{*core_}; }
    Clock clock() const { return Clock{*core_}; }
    Random random() const { return Random{*core_}; }
    State state() const { return State{*core_}; }
    Files files() const { return Files{*core_}; }
    Transfer transfer() const { return Transfer{*core_}; }
    Secrets secrets() const { return Secrets{*core_}; }
    Metrics metrics() const { return Metrics{*core_}; }
    /// How far the call is: `total` 0 when it is not known. Never fails.
    void progress(std::uint64_t done, std::uint64_t total, std::string_view words) const;
    void add_to_failure(FailureDetail detail) const;

  private:
    detail::HostCore* core_;
};

enum class After : std::int32_t { leave = OWED_AFTER_LEAVE, archive = OWED_AFTER_ARCHIVE };

/// Where a Source puts what it found. Records are gathered into batches; artifact and commit send them on.
class Reader {
  public:
    virtual ~Reader() = default;
    /// Bytes of the plugin's own making: a page of JSON. Returns when the host has decided and committed.
    virtual Result<ArtifactFate> artifact(std::string_view name, std::string_view bytes) = 0;
    /// A file of a granted folder, which the host reads itself; then it does `after`.
    virtual Result<ArtifactFate> file(std::string_view folder, std::string_view name, After after) = 0;
    virtual Status record(Record record) = 0;
    /// Everything since the last commit and this cursor, in one transaction.
    virtual Status commit(std::string_view cursor) = 0;
    virtual bool cancelled() const = 0;
};

class Source {
  public:
    virtual ~Source() = default;
    /// Are settings, credentials and folders usable? Without effect.
    virtual Status check() = 0;
    virtual Status read(std::string_view cursor, Reader& out) = 0;
    /// Any thread, while read() runs. Host functions fail by themselves then, so few need it.
    virtual void cancel() noexcept {}
};

using owed::Sniffed;
struct DecodeRequest {
    std::string_view file_name;
    std::string_view bytes;
    std::string_view format;   ///< empty: sniff
    std::string_view profile;  ///< JSON text; empty: the settings' own
};

/// Pure: no files, no network, no state.
class Codec {
  public:
    virtual ~Codec() = default;
    virtual Result<Sniffed> sniff(std::string_view file_name, std::string_view head) = 0;
    /// An Error refuses the file.
    virtual Result<DecodeReport> decode(const DecodeRequest& request, RecordSink& sink) = 0;
};

class Sender {
  public:
    virtual ~Sender() = default;
    virtual Status check() = 0;
    /// An Error says that nothing left, but for Errc::unknown_outcome.
    virtual Result<SendReceipt> send(const Delivery& delivery) = 0;
    /// nullopt: the receiver cannot tell.
    virtual Result<std::optional<SendReceipt>> lookup(std::string_view key) = 0;
};

/// Writes records into another system. A record's external_id is its key there; writing it again replaces.
class Sink {
  public:
    virtual ~Sink() = default;
    virtual Status check() = 0;
    /// One result for each record. Where `index` stays 0 throughout they are in the order of the records; else each index
    /// names its record, and a record without a result is unknown. An Error: the batch could not be tried at all, but for
    /// Errc::unknown_outcome.
    virtual Result<std::vector<WriteResult>> write(const std::vector<Record>& records) = 0;
    /// nullopt: the receiver cannot tell.
    virtual Result<std::optional<SendReceipt>> lookup(std::string_view) { return std::optional<SendReceipt>{}; }
};

/// A collection agency. Errors and receipts as of a Sender.
class Agency {
  public:
    virtual ~Agency() = default;
    virtual Status check() = 0;
    virtual Result<SendReceipt> place(const Delivery& delivery) = 0;
    virtual Result<SendReceipt> update(const Delivery& delivery) = 0;
    virtual Result<SendReceipt> recall(const Delivery& delivery) = 0;
    virtual Result<std::optional<SendReceipt>> lookup(std::string_view key) = 0;
    /// The agency's events since `cursor`: as Source::read.
    virtual Status fetch(std::string_view cursor, Reader& out) = 0;
};

/// Pure: no clock, files, network, state or randomness; the same question, the same answer.
class Decider {
  public:
    virtual ~Decider() = default;
    virtual Result<MatchAnswer> propose(const MatchQuestion& question) = 0;
};

namespace detail {

/// The author's object under its faces; those it lacks are null.
struct Faces {
    std::shared_ptr<void> object;  // one owner; shared_ptr only for its deleter
    Source* source = nullptr;
    Codec* codec = nullptr;
    Sender* sender = nullptr;
    Sink* sink = nullptr;
    Agency* agency = nullptr;
    Decider* decider = nullptr;
};
using Make = Result<Faces> (*)(Host host, std::string_view settings_json);

template <class T>
Result<Faces> make(Host host, std::string_view settings_json) {
    static_assert(std::is_base_of_v<Source, T> || std::is_base_of_v<Codec, T> || std::is_base_of_v<Sender, T> ||
                      std::is_base_of_v<Sink, T> || std::is_base_of_v<Agency, T> || std::is_base_of_v<Decider, T>,
                  "a plugin class derives from Source, Codec, Sender, Sink, Agency or Decider");
    OWED_TRY(std::unique_ptr<T> object, T::create(host, settings_json));
    Faces faces;
    if constexpr (std::is_base_of_v<Source, T>) faces.source = object.get();
    if constexpr (std::is_base_of_v<Codec, T>) faces.codec = object.get();
    if constexpr (std::is_base_of_v<Sender, T>) faces.sender = object.get();
    if constexpr (std::is_base_of_v<Sink, T>) faces.sink = object.get();
    if constexpr (std::is_base_of_v<Agency, T>) faces.agency = object.get();
    if constexpr (std::is_base_of_v<Decider, T>) faces.decider = object.get();
    faces.object = std::move(object);
    return faces;
}

owed_status create_instance(const owed_host* host, owed_text name, owed_text settings, owed_instance* out,
                            Make make) noexcept;

}  // namespace detail
}  // namespace owed::plugin

#ifndef OWED_VERSION
#define OWED_VERSION "unknown"
#endif
#define OWED_PLUGIN_SDK_TEXT "owed-sdk " OWED_VERSION ", compiler " __VERSION__

/// Once a plugin, at file level: exports the class.
#define OWED_PLUGIN(Class)                                                                                             \
    extern "C" {                                                                                                       \
    static owed_status owed_plugin_create(const owed_host* host, owed_text name, owed_text settings,                   \
                                          owed_instance* out) {                                                        \
        return ::owed::plugin::detail::create_instance(host, name, settings, out, &::owed::plugin::detail::make<Class>); \
    }                                                                                                                  \
    const owed_entry owed_plugin_entry = {sizeof(owed_entry),                                                          \
                                          OWED_ABI_MAJOR,                                                              \
                                          OWED_ABI_MINOR,                                                              \
                                          9,                                                                           \
                                          {OWED_PLUGIN_SDK_TEXT, sizeof(OWED_PLUGIN_SDK_TEXT) - 1},                    \
                                          &owed_plugin_create};                                                        \
    }                                                                                                                  \
    static_assert(true, "so that a semicolon may follow")
