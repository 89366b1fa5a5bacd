// The host services of abi.h as one C++ interface. The daemon implements it (services.hpp), the child passes it on over
// its socket (child/frame_door.hpp), and tables.hpp shows it to a plugin as C. Small and without the daemon's libraries,
// since the child links it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "owed/abi.h"
#include "owed/date.hpp"
#include "owed/hosts.hpp"
#include "owed/result.hpp"

namespace owed::host {

struct FolderFile {
    std::string name;
    std::uint64_t length = 0;
    std::int64_t modified_us = 0;
    std::uint64_t age_ms = 0;
    bool ready = false;
};

struct ArtifactOffer {
    std::int32_t after = OWED_AFTER_LEAVE;
    std::string_view name, folder, bytes;
};

struct RequestPart {
    bool is_secret = false;
    std::uint32_t encoding = OWED_RAW;
    std::string value;
};
struct RequestHeader {
    std::string name;
    std::vector<RequestPart> value;
};
struct TransferRequest {
    std::uint32_t tls = OWED_TLS_REQUIRED;
    std::string method, url;
    std::vector<RequestHeader> headers;
    std::vector<RequestPart> body, user, password;
    std::string mail_from;
    std::vector<std::string> recipients;
    std::string idempotency_key;
    std::uint64_t timeout_ms = 0, response_max = 0;
};
struct TransferReply {
    owed_status outcome = OWED_OK;
    std::int32_t code = 0;
    bool bytes_left = false;
    std::uint64_t retry_after_ms = 0;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body, message;
};

/// At most `length` bytes, and not the half of a character at the end.
inline std::string_view cut(std::string_view text, std::size_t length) {
    if (text.size() <= length) return text;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80) --length;
    return text.substr(0, length);
}

/// What a plugin says about its failure; the texts are not yet checked.
struct Failure {
    owed_status status = OWED_OK;
    std::string message, detail, where, record, code, advice;
    std::uint64_t retry_after_ms = 0;
};

/// One call into a plugin.
enum class CallKind : std::uint16_t { create = 1, check = 2, read = 3, decode = 4, send = 5, lookup = 6, write = 7, propose = 8, sniff = 9 };
constexpr std::string_view name_of(CallKind kind) {
    switch (kind) {
        case CallKind::create: return "create";
        case CallKind::check: return "check";
        case CallKind::read: return "read";
        case CallKind::decode: return "decode";
        case CallKind::send: return "send";
        case CallKind::lookup: return "lookup";
        case CallKind::write: return "write";
        case CallKind::propose: return "propose";
        case CallKind::sniff: return "sniff";
    }
    return "call";
}

/// Its arguments; views live until the call returns. create: name, settings in `bytes`, "drafts" in `format` where draft
/// ids are allowed. read: the cursor in `bytes`. decode: all. send: the delivery in `bytes`, an agency's action in `format`.
/// lookup: the key in `name`. write: the batch in `bytes`. propose: the question in `bytes`. sniff: name and `bytes`.
struct Call {
    CallKind kind = CallKind::check;
    std::string_view name, bytes, format, profile;
};
/// Its outcome. What the plugin found came through the door.
struct Outcome {
    owed_status status = OWED_OK;
    Failure failure;  ///< when status is not OWED_OK
};

/// All functions on the thread of the running call. Errors: the code becomes the status that the plugin sees.
class ServiceDoor {
  public:
    virtual ~ServiceDoor() = default;
    virtual void log(std::int32_t level, std::string_view text) = 0;
    virtual Result<Instant> now() = 0;
    virtual std::uint64_t remaining_ms() = 0;
    virtual bool cancelled() = 0;
    virtual Result<std::string> random(std::string_view purpose, std::uint64_t length) = 0;
    virtual Result<std::string> state_get(std::string_view key) = 0;  ///< not_found
    virtual Status state_put(std::string_view key, std::string_view value) = 0;
    virtual Status state_remove(std::string_view key) = 0;
    virtual Result<std::vector<FolderFile>> files_list(std::string_view folder, std::string_view glob) = 0;
    virtual Result<std::string> files_read(std::string_view folder, std::string_view name, std::uint64_t offset,
                                           std::uint64_t length) = 0;
    virtual Status files_write_new(std::string_view folder, std::string_view name, std::string_view bytes) = 0;
    virtual Status files_exists(std::string_view folder, std::string_view name) = 0;  ///< not_found
    virtual Result<ArtifactFate> artifact(const ArtifactOffer& offer) = 0;
    virtual Status records(std::string_view batch) = 0;
    virtual Status commit(std::string_view cursor) = 0;
    virtual Status report(std::string_view report) = 0;
    virtual Status receipt(std::string_view receipt) = 0;
    virtual Status results(std::string_view results) = 0;
    virtual Status answer(std::string_view answer) = 0;
    virtual Status sniffed(std::int32_t score, std::string_view format) = 0;  ///< of sniff: what the plugin filled in
    virtual Status wait(std::uint64_t millis) = 0;
    virtual Status secret_has(std::string_view name) = 0;  ///< not_found
    virtual void metric(std::string_view name, std::int64_t value, bool is_gauge) = 0;
    virtual void progress(std::uint64_t done, std::uint64_t total, std::string_view words) = 0;
    virtual void trace(std::string_view name) = 0;
    virtual Result<TransferReply> transfer(const TransferRequest& request) = 0;
};

}  // namespace owed::host
