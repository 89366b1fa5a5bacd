#include "host/detail/messages.hpp"

namespace owed::host {

std::string pack(const Error& error) {
    return Writer{}.number(static_cast<std::int32_t>(error.code)).text(error.what).text(error.where).text(error.advice).take();
}
Error unpack_error(std::string_view payload) {
    Reader in{payload};
    Error error;
    error.code = static_cast<Errc>(in.number<std::int32_t>());
    error.what = in.text();
    error.where = in.text();
    error.advice = in.text();
    return error;
}

std::string pack(const Outcome& outcome) {
    const Failure& f = outcome.failure;
    return Writer{}
        .number(outcome.status)
        .text(f.message).text(f.detail).text(f.where).text(f.record).text(f.code).text(f.advice)
        .number(f.retry_after_ms)
        .take();
}
std::optional<Outcome> unpack_outcome(std::string_view payload) {
    Reader in{payload};
    Outcome outcome;
    Failure& f = outcome.failure;
    outcome.status = f.status = in.number<owed_status>();
    for (auto* text : {&f.message, &f.detail, &f.where, &f.record, &f.code, &f.advice}) *text = in.text();
    f.retry_after_ms = in.number<std::uint64_t>();
    return in.ended() ? std::optional{std::move(outcome)} : std::nullopt;
}

std::string pack(const std::vector<FolderFile>& files) {
    Writer out;
    out.number(static_cast<std::uint32_t>(files.size()));
    for (const auto& file : files)
        out.text(file.name).number(file.length).number(file.modified_us).number(file.age_ms).number<std::uint8_t>(file.ready);
    return out.take();
}
std::optional<std::vector<FolderFile>> unpack_files(std::string_view payload) {
    Reader in{payload};
    std::vector<FolderFile> files;
    for (auto n = in.number<std::uint32_t>(); n > 0 && in.good(); --n) {
        auto& file = files.emplace_back();
        file.name = in.text();
        file.length = in.number<std::uint64_t>();
        file.modified_us = in.number<std::int64_t>();
        file.age_ms = in.number<std::uint64_t>();
        file.ready = in.number<std::uint8_t>() != 0;
    }
    return in.ended() ? std::optional{std::move(files)} : std::nullopt;
}

namespace {

void put(Writer& out, const std::vector<RequestPart>& parts) {
    out.number(static_cast<std::uint32_t>(parts.size()));
    for (const auto& part : parts) out.number<std::uint8_t>(part.is_secret).number(part.encoding).text(part.value);
}
void take(Reader& in, std::vector<RequestPart>& parts) {
    for (auto n = in.number<std::uint32_t>(); n > 0 && in.good(); --n) {
        auto& part = parts.emplace_back();
        part.is_secret = in.number<std::uint8_t>() != 0;
        part.encoding = in.number<std::uint32_t>();
        part.value = in.text();
    }
}

}  // namespace

std::string pack(const TransferRequest& request) {
    Writer out;
    out.number(request.tls).text(request.method).text(request.url);
    out.number(static_cast<std::uint32_t>(request.headers.size()));
    for (const auto& header : request.headers) {
        out.text(header.name);
        put(out, header.value);
    }
    put(out, request.body);
    put(out, request.user);
    put(out, request.password);
    out.text(request.mail_from).number(static_cast<std::uint32_t>(request.recipients.size()));
    for (const auto& recipient : request.recipients) out.text(recipient);
    return out.text(request.idempotency_key).number(request.timeout_ms).number(request.response_max).take();
}
std::optional<TransferRequest> unpack_request(std::string_view payload) {
    Reader in{payload};
    TransferRequest request;
    request.tls = in.number<std::uint32_t>();
    request.method = in.text();
    request.url = in.text();
    for (auto n = in.number<std::uint32_t>(); n > 0 && in.good(); --n) {
        auto& header = request.headers.emplace_back();
        header.name = in.text();
        take(in, header.value);
    }
    take(in, request.body);
    take(in, request.user);
    take(in, request.password);
    request.mail_from = in.text();
    for (auto n = in.number<std::uint32_t>(); n > 0 && in.good(); --n) request.recipients.emplace_back(in.text());
    request.idempotency_key = in.text();
    request.timeout_ms = in.number<std::uint64_t>();
    request.response_max = in.number<std::uint64_t>();
    return in.ended() ? std::optional{std::move(request)} : std::nullopt;
}

std::string pack(const TransferReply& reply) {
    Writer out;
    out.number(reply.outcome).number(reply.code).number<std::uint8_t>(reply.bytes_left).number(reply.retry_after_ms);
    out.number(static_cast<std::uint32_t>(reply.headers.size()));
    for (const auto& [name, value] : reply.headers) out.text(name).text(value);
    return out.text(reply.body).text(reply.message).take();
}
std::optional<TransferReply> unpack_reply(std::string_view payload) {
    Reader in{payload};
    TransferReply reply;
    reply.outcome = in.number<owed_status>();
    reply.code = in.number<std::int32_t>();
    reply.bytes_left = in.number<std::uint8_t>() != 0;
    reply.retry_after_ms = in.number<std::uint64_t>();
    for (auto n = in.number<std::uint32_t>(); n > 0 && in.good(); --n) {
        const auto name = in.text();
        reply.headers.emplace_back(name, in.text());
    }
    reply.body = in.text();
    reply.message = in.text();
    return in.ended() ? std::optional{std::move(reply)} : std::nullopt;
}

namespace {

Frame reply_to(const Frame& request, std::string payload, std::uint16_t flags = 0) {
    return {request.op, static_cast<std::uint16_t>(frame_reply | flags), request.call, std::move(payload), -1};
}
Frame error_to(const Frame& request, const Error& error) { return reply_to(request, pack(error), frame_error); }

Frame answer(const Frame& request, const Status& status) {
    return status ? reply_to(request, {}) : error_to(request, status.error());
}
Frame answer(const Frame& request, Result<std::string> value) {
    return value ? reply_to(request, std::move(*value)) : error_to(request, value.error());
}

}  // namespace

std::optional<Frame> serve_request(const Frame& request, ServiceDoor& door) {
    Reader in{request.payload};
    switch (request.op) {
        case Op::metric: {
            const auto name = in.text();
            const auto value = in.number<std::int64_t>();
            const bool is_gauge = in.number<std::uint8_t>() != 0;
            if (!in.ended()) return std::nullopt;
            door.metric(name, value, is_gauge);
            return reply_to(request, {});
        }
        case Op::progress: {
            const auto done = in.number<std::uint64_t>(), total = in.number<std::uint64_t>();
            const auto words = in.text();
            if (!in.ended()) return std::nullopt;
            door.progress(done, total, words);
            return reply_to(request, {});
        }
        case Op::trace: {
            const auto name = in.text();
            if (!in.ended()) return std::nullopt;
            door.trace(name);
            return reply_to(request, {});
        }
        case Op::results: return answer(request, door.results(request.payload));
        case Op::answer: return answer(request, door.answer(request.payload));
        case Op::sniffed: {
            const auto score = in.number<std::int32_t>();
            const auto format = in.text();
            return in.ended() ? std::optional{answer(request, door.sniffed(score, format))} : std::nullopt;
        }
        case Op::wait: {
            const auto millis = in.number<std::uint64_t>();
            return in.ended() ? std::optional{answer(request, door.wait(millis))} : std::nullopt;
        }
        case Op::secret_has: {
            const auto name = in.text();
            return in.ended() ? std::optional{answer(request, door.secret_has(name))} : std::nullopt;
        }
        case Op::log: {
            const auto level = in.number<std::int32_t>();
            const auto text = in.text();
            if (!in.ended()) return std::nullopt;
            door.log(level, text);
            return reply_to(request, {});
        }
        case Op::now: {
            if (!in.ended()) return std::nullopt;
            const auto now = door.now();
            return now ? reply_to(request, Writer{}.number(now->micros).take()) : error_to(request, now.error());
        }
        case Op::remaining: return in.ended() ? std::optional{reply_to(request, Writer{}.number(door.remaining_ms()).take())} : std::nullopt;
        case Op::cancelled:
            return in.ended() ? std::optional{reply_to(request, Writer{}.number<std::uint8_t>(door.cancelled()).take())} : std::nullopt;
        case Op::random: {
            const auto purpose = in.text();
            const auto length = in.number<std::uint64_t>();
            return in.ended() ? std::optional{answer(request, door.random(purpose, length))} : std::nullopt;
        }
        case Op::state_get: {
            const auto key = in.text();
            return in.ended() ? std::optional{answer(request, door.state_get(key))} : std::nullopt;
        }
        case Op::state_put: {
            const auto key = in.text(), value = in.text();
            return in.ended() ? std::optional{answer(request, door.state_put(key, value))} : std::nullopt;
        }
        case Op::state_remove: {
            const auto key = in.text();
            return in.ended() ? std::optional{answer(request, door.state_remove(key))} : std::nullopt;
        }
        case Op::files_list: {
            const auto folder = in.text(), glob = in.text();
            if (!in.ended()) return std::nullopt;
            const auto files = door.files_list(folder, glob);
            return files ? reply_to(request, pack(*files)) : error_to(request, files.error());
        }
        case Op::files_read: {
            const auto folder = in.text(), name = in.text();
            const auto offset = in.number<std::uint64_t>(), length = in.number<std::uint64_t>();
            return in.ended() ? std::optional{answer(request, door.files_read(folder, name, offset, length))} : std::nullopt;
        }
        case Op::files_write_new: {
            const auto folder = in.text(), name = in.text(), bytes = in.text();
            return in.ended() ? std::optional{answer(request, door.files_write_new(folder, name, bytes))} : std::nullopt;
        }
        case Op::files_exists: {
            const auto folder = in.text(), name = in.text();
            return in.ended() ? std::optional{answer(request, door.files_exists(folder, name))} : std::nullopt;
        }
        case Op::artifact: {
            const auto after = in.number<std::int32_t>();
            const auto name = in.text(), folder = in.text(), bytes = in.text();
            if (!in.ended() || (after != OWED_AFTER_LEAVE && after != OWED_AFTER_ARCHIVE)) return std::nullopt;
            const auto fate = door.artifact({after, name, folder, bytes});
            return fate ? reply_to(request, Writer{}.number(static_cast<std::uint8_t>(*fate)).take()) : error_to(request, fate.error());
        }
        case Op::records: return answer(request, door.records(request.payload));
        case Op::commit: return answer(request, door.commit(request.payload));
        case Op::report: return answer(request, door.report(request.payload));
        case Op::receipt: return answer(request, door.receipt(request.payload));
        case Op::transfer: {
            const auto wanted = unpack_request(request.payload);
            if (!wanted) return std::nullopt;
            const auto reply = door.transfer(*wanted);
            return reply ? reply_to(request, pack(*reply)) : error_to(request, reply.error());
        }
        case Op::call:
        case Op::cancel:
        case Op::finished:
        case Op::hello: return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace owed::host
