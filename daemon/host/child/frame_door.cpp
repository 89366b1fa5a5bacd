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
    if (!socket_.send(op, 0, call_, payload)) leave();
    for (;;) {
        auto frame = socket_.receive();
        if (!frame) leave();
        if (frame->op == Op::cancel) {
            on_cancel_();
            continue;
        }
        if (frame->op != op || (frame->flags & frame_reply) == 0) leave();
        if ((frame->flags & frame_error) != 0) return fail(unpack_error(frame->payload));
        return std::move(frame->payload);
    }
}

Status FrameDoor::ask(Op op, std::string_view payload) {
    OWED_TRY_VOID(value(op, payload));
    return {};
}

void FrameDoor::log(std::int32_t level, std::string_view text) {
    if (!socket_.send(Op::log, 0, call_, Writer{}.number(level).text(text).take())) leave();
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
