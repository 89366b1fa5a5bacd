// What the daemon and a child say to each other: frames {u32 len, u16 op, u16 flags, u32 call} over a socketpair, numbers
// in the machine's own order (both ends are one machine). A call goes down, requests for services come up and are
// answered one by one, `finished` ends the call. Payloads above 256 KiB travel as a memfd beside the frame. A program speaks
// the same on its stdin and stdout, after a hello and without memfds: docs/reference/frames.md has every byte of that.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "host/detail/door.hpp"

namespace owed::host {

inline constexpr std::uint32_t frame_payload_max = 64u << 20;   ///< of any payload that a child sends
inline constexpr std::uint32_t inline_payload_max = 256u << 10; ///< larger ones go by memfd
inline constexpr std::uint32_t call_payload_max = 1u << 30;     ///< of a call: a whole file for decode

enum class Op : std::uint16_t {
    call = 1,       ///< down: CallKind and arguments
    cancel = 2,     ///< down, no reply
    finished = 3,   ///< up: Outcome
    hello = 4,      ///< down to a program and back, first of all: the versions of both sides
    log = 16,       ///< up, no reply
    now, remaining, cancelled, random, state_get, state_put, state_remove, files_list, files_read, files_write_new,
    files_exists, artifact, records, commit, report, receipt, transfer, results, answer, sniffed, wait, secret_has,
    metric,         ///< up, no reply
    progress,       ///< up, no reply
    trace,          ///< up, no reply
};
/// As docs/reference/frames.md calls it; empty: there is no such op.
constexpr std::string_view name_of(Op op) {
    switch (op) {
        case Op::call: return "call";
        case Op::cancel: return "cancel";
        case Op::finished: return "finished";
        case Op::hello: return "hello";
        case Op::log: return "log";
        case Op::now: return "now";
        case Op::remaining: return "remaining";
        case Op::cancelled: return "cancelled";
        case Op::random: return "random";
        case Op::state_get: return "state_get";
        case Op::state_put: return "state_put";
        case Op::state_remove: return "state_remove";
        case Op::files_list: return "files_list";
        case Op::files_read: return "files_read";
        case Op::files_write_new: return "files_write_new";
        case Op::files_exists: return "files_exists";
        case Op::artifact: return "artifact";
        case Op::records: return "records";
        case Op::commit: return "commit";
        case Op::report: return "report";
        case Op::receipt: return "receipt";
        case Op::transfer: return "transfer";
        case Op::results: return "results";
        case Op::answer: return "answer";
        case Op::sniffed: return "sniffed";
        case Op::wait: return "wait";
        case Op::secret_has: return "secret_has";
        case Op::metric: return "metric";
        case Op::progress: return "progress";
        case Op::trace: return "trace";
    }
    return {};
}
/// Ops that nobody waits for an answer to.
constexpr bool is_one_way(Op op) { return op == Op::log || op == Op::metric || op == Op::progress || op == Op::trace; }

/// How many batches of records a child may have sent without having read their answers: the credits of its lane.
inline constexpr std::uint32_t record_credits = 8;
/// And how much in them (or one larger, of up to frame_payload_max): large batches lie in the child's memfd, which no limit of
/// its memory counts, and this is how large that may grow.
inline constexpr std::uint64_t record_bytes_ahead = 16u << 20;

enum FrameFlags : std::uint16_t { frame_reply = 1, frame_error = 2, frame_memfd = 4 };

struct FrameHead {
    std::uint32_t length;  ///< of what follows the head in the stream
    std::uint16_t op, flags;
    std::uint32_t call;    ///< number of the call it belongs to
};
static_assert(sizeof(FrameHead) == 12);

/// What follows the head of a frame with frame_memfd: where in the memfd its payload lies.
struct MemfdPlace {
    std::uint64_t length, begin;
};
static_assert(sizeof(MemfdPlace) == 16);

struct Frame {
    Op op{};
    std::uint16_t flags = 0;
    std::uint32_t call = 0;
    std::string payload;
    int fd = -1;           ///< memfd of a call's bytes: the receiver owns it
};

/// Appends values.
class Writer {
  public:
    template <class Number>
    Writer& number(Number value) {
        static_assert(std::is_arithmetic_v<Number> || std::is_enum_v<Number>);
        out_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    Writer& text(std::string_view value) {
        number(static_cast<std::uint32_t>(value.size()));
        out_.append(value);
        return *this;
    }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

/// Takes values; once something is missing, all that follows is empty and ok() is false.
class Reader {
  public:
    explicit Reader(std::string_view from) : from_{from} {}
    template <class Number>
    Number number() {
        Number value{};
        if (from_.size() < sizeof value) {
            good_ = false;
            from_ = {};
            return Number{};
        }
        std::memcpy(&value, from_.data(), sizeof value);
        from_.remove_prefix(sizeof value);
        return value;
    }
    std::string_view text() {
        const auto length = number<std::uint32_t>();
        if (from_.size() < length) {
            good_ = false;
            from_ = {};
            return {};
        }
        const auto value = from_.substr(0, length);
        from_.remove_prefix(length);
        return value;
    }
    bool good() const { return good_; }
    bool ended() const { return good_ && from_.empty(); }  ///< everything was there, and nothing more

  private:
    std::string_view from_;
    bool good_ = true;
};

std::string pack(const Error& error);
Error unpack_error(std::string_view payload);
std::string pack(const Outcome& outcome);
std::optional<Outcome> unpack_outcome(std::string_view payload);
std::string pack(const std::vector<FolderFile>& files);
std::optional<std::vector<FolderFile>> unpack_files(std::string_view payload);
std::string pack(const TransferRequest& request);
std::optional<TransferRequest> unpack_request(std::string_view payload);
std::string pack(const TransferReply& reply);
std::optional<TransferReply> unpack_reply(std::string_view payload);

/// Serves one request frame at `door`. nullopt: garbage (an unknown op, a payload that does not parse). The reply to a
/// one-way op is not sent.
std::optional<Frame> serve_request(const Frame& request, ServiceDoor& door);

}  // namespace owed::host
