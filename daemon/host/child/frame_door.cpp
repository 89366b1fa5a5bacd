#include "host/child/frame_door.hpp"

#include <unistd.h>

namespace owed::host {
namespace {

/// The daemon is gone or speaks nonsense: nothing that this child could still do matters to anyone.
[[noreturn]] void leave() { ::_exit(3); }

}  // namespace

Result<std::string> FrameDoor::value(Op op, std::string_view payload) {
    if (payload.size() > frame_payload_max)
        return fail(Errc::input_too_large, "more than 64 MiB in one call of the host");
    while (!socket_.has_room(payload.size())) take_records_reply();
    if (!socket_.send(op, 0, call_, payload)) leave();
    while (!ahead_.empty()) take_records_reply();  // answers come in the order of the requests
    auto frame = reply_to(op);
    socket_.was_read(payload.size());
    if ((frame.flags & frame_error) != 0) return fail(unpack_error(frame.payload));
    return std::move(frame.payload);
}

/// The next frame, which must be the reply to `op`; an order to cancel may come before it.
Frame FrameDoor::reply_to(Op op) {
    for (;;) {
        auto frame = socket_.receive();
        if (!frame) leave();
        if (frame->op == Op::cancel) {
            on_cancel_();
            continue;
        }
        if (frame->op != op || (frame->flags & frame_reply) == 0) leave();
        return std::move(*frame);
    }
}

void FrameDoor::take_records_reply() {
    const auto frame = reply_to(Op::records);
    socket_.was_read(ahead_.front());
    bytes_ahead_ -= ahead_.front();
    ahead_.pop_front();
    // The first fault counts: the daemon refuses what follows it.
    if ((frame.flags & frame_error) != 0 && records_fault_) records_fault_ = fail(unpack_error(frame.payload));
}

Status FrameDoor::records(std::string_view batch) {
    if (batch.size() > frame_payload_max) return fail(Errc::input_too_large, "more than 64 MiB in one call of the host");
    while (ahead_.size() >= record_credits || (!ahead_.empty() && bytes_ahead_ + batch.size() > record_bytes_ahead) || !socket_.has_room(batch.size()))
        take_records_reply();
    OWED_TRY_VOID(records_fault_);
    if (!socket_.send(Op::records, 0, call_, batch)) leave();
    ahead_.push_back(batch.size());
    bytes_ahead_ += batch.size();
    return {};
}

Status FrameDoor::settle() {
    while (!ahead_.empty()) take_records_reply();
    return records_fault_;
}

Status FrameDoor::commit(std::string_view cursor) {
    OWED_TRY_VOID(settle());
    return ask(Op::commit, cursor);
}
Status FrameDoor::report(std::string_view report) {
    OWED_TRY_VOID(settle());
    return ask(Op::report, report);
}

/// What nobody answers is short: a large payload's place in the memfd would never be free again.
void FrameDoor::tell(Op op, std::string_view payload) {
    if (payload.size() > inline_payload_max || !socket_.send(op, 0, call_, payload)) leave();
}
Status FrameDoor::sniffed(std::int32_t score, std::string_view format) {
    return ask(Op::sniffed, Writer{}.number(score).text(format).take());
}
Status FrameDoor::wait(std::uint64_t millis) { return ask(Op::wait, Writer{}.number(millis).take()); }
Status FrameDoor::secret_has(std::string_view name) { return ask(Op::secret_has, Writer{}.text(name).take()); }
void FrameDoor::metric(std::string_view name, std::int64_t content, bool is_gauge) {
    tell(Op::metric, Writer{}.text(name).number(content).number<std::uint8_t>(is_gauge).take());
}
void FrameDoor::progress(std::uint64_t done, std::uint64_t total, std::string_view words) {
    tell(Op::progress, Writer{}.number(done).number(total).text(words).take());
}
void FrameDoor::trace(std::string_view name) { tell(Op::trace, Writer{}.text(name).take()); }

Status FrameDoor::ask(Op op, std::string_view payload) {
    OWED_TRY_VOID(value(op, payload));
    return {};
}

void FrameDoor::log(std::int32_t level, std::string_view text) {
    tell(Op::log, Writer{}.number(level).text(text).take());
}
Result<Instant> FrameDoor::now() {
    OWED_TRY(const auto reply, value(Op::now, {}));
    return Instant{Reader{reply}.number<std::int64_t>()};
}
std::uint64_t FrameDoor::remaining_ms() {
    const auto reply = value(Op::remaining, {});
    return reply ? Reader{*reply}.number<std::uint64_t>() : 0;
}
bool FrameDoor::cancelled() {
    const auto reply = value(Op::cancelled, {});
    return !reply || Reader{*reply}.number<std::uint8_t>() != 0;
}
Result<std::string> FrameDoor::random(std::string_view purpose, std::uint64_t length) {
    return value(Op::random, Writer{}.text(purpose).number(length).take());
}
Result<std::string> FrameDoor::state_get(std::string_view key) { return value(Op::state_get, Writer{}.text(key).take()); }
Status FrameDoor::state_put(std::string_view key, std::string_view content) {
    return ask(Op::state_put, Writer{}.text(key).text(content).take());
}
Status FrameDoor::state_remove(std::string_view key) { return ask(Op::state_remove, Writer{}.text(key).take()); }
Result<std::vector<FolderFile>> FrameDoor::files_list(std::string_view folder, std::string_view glob) {
    OWED_TRY(const auto reply, value(Op::files_list, Writer{}.text(folder).text(glob).take()));
    auto files = unpack_files(reply);
    if (!files) leave();
    return std::move(*files);
}
Result<std::string> FrameDoor::files_read(std::string_view folder, std::string_view name, std::uint64_t offset,
                                          std::uint64_t length) {
    return value(Op::files_read, Writer{}.text(folder).text(name).number(offset).number(length).take());
}
Status FrameDoor::files_write_new(std::string_view folder, std::string_view name, std::string_view bytes) {
    return ask(Op::files_write_new, Writer{}.text(folder).text(name).text(bytes).take());
}
Status FrameDoor::files_exists(std::string_view folder, std::string_view name) {
    return ask(Op::files_exists, Writer{}.text(folder).text(name).take());
}
Result<ArtifactFate> FrameDoor::artifact(const ArtifactOffer& offer) {
    OWED_TRY(const auto reply,
             value(Op::artifact, Writer{}.number(offer.after).text(offer.name).text(offer.folder).text(offer.bytes).take()));
    return static_cast<ArtifactFate>(Reader{reply}.number<std::uint8_t>());
}
Result<TransferReply> FrameDoor::transfer(const TransferRequest& request) {
    OWED_TRY(const auto payload, value(Op::transfer, pack(request)));
    auto reply = unpack_reply(payload);
    if (!reply) leave();
    return std::move(*reply);
}

}  // namespace owed::host
