#include "host/detail/tables.hpp"

#include <cstdio>
#include <cstring>
#include <list>
#include <new>

#include "owed/boundary.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {

struct ServiceTables::Work {
    owed_host host{};
    bool drafts = false;
    std::atomic<ServiceDoor*> door{nullptr};
    std::atomic<std::thread::id> thread{};
    Failure raised;
    Error last_error;              // behind `last`
    owed_failure last{};
    bool last_failed = false;
    bool gave_receipt = false;
    std::string state_value;       // what state.get handed out
    TransferReply reply;           // what transfer.perform handed out
    std::vector<owed_reply_header> reply_headers;
    owed_response response{};
};

namespace {

using Work = ServiceTables::Work;
Work& work_of(void* host) { return *static_cast<Work*>(host); }

/// The door, or nullptr when the plugin may not call now: outside of a call, or from a thread of its own.
ServiceDoor* door_of(void* host) {
    Work& work = work_of(host);
    ServiceDoor* door = work.door.load();
    if (door != nullptr && work.thread.load() == std::this_thread::get_id()) return door;
    // The author must learn of it, and there may be no call that could tell: stderr, which the daemon keeps of a child.
    static std::atomic<int> told{0};
    if (told.fetch_add(1) < 100)
        std::fputs(door == nullptr ? "owed: a host function was called while no call runs; it was refused\n"
                                   : "owed: a host function was called from a thread that is not the call's; it was refused\n", stderr);
    return nullptr;
}

owed_status note(Work& work, Error error) {
    work.last_error = std::move(error);
    work.last_failed = true;
    return status_of(work.last_error.code);
}

/// Every host function's body: checks that it may run, keeps our own exceptions from the plugin's frames, and remembers
/// why it failed for fail.last.
template <class Body>
owed_status serve(void* host, Body&& body) noexcept {
    Work& work = work_of(host);
    ServiceDoor* door = door_of(host);
    if (door == nullptr) return OWED_BUG;  // and `last` stays alone: it belongs to the call's thread
    try {
        work.last_failed = false;
        const Status status = body(*door, work);
        return status ? OWED_OK : note(work, status.error());
    } catch (const std::bad_alloc&) {
        return note(work, {Errc::transient, "out of memory", {}, {}});
    } catch (const std::exception& e) {
        return note(work, {Errc::transient, std::string{"the host failed: "} + e.what(), {}, {}});
    }
}

/// A text argument: {NULL, n} and what is not UTF-8 are the plugin's bug.
Result<std::string_view> text(owed_text value, const char* name) {
    if (value.ptr == nullptr && value.len != 0)
        return fail(Errc::plugin_bug, std::string{name} + " is a null pointer with a length");
    const auto view = view_of(value);
    if (!wire::is_text(view)) return fail(Errc::plugin_bug, std::string{name} + " is not UTF-8");
    return view;
}
/// A place where a host function puts its answer.
Status given(const void* place, const char* name) {
    if (place == nullptr) return fail(Errc::plugin_bug, std::string{name} + " is a null pointer");
    return {};
}
Result<std::string_view> bytes(owed_bytes value, const char* name) {
    if (value.ptr == nullptr && value.len != 0)
        return fail(Errc::plugin_bug, std::string{name} + " is a null pointer with a length");
    return view_of(value);
}

// ---- log, clock, random

void log_write(void* host, std::int32_t level, owed_text value) {
    serve(host, [&](ServiceDoor& door, Work&) -> Status {
        constexpr std::size_t length_max = 8192;
        door.log(level, cut(view_of(value), length_max));
        return {};
    });
}
const owed_log_1 log_table{sizeof(owed_log_1), 0, &log_write};

owed_status clock_now(void* host, std::int64_t* micros) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY_VOID(given(micros, "clock.now: micros"));
        OWED_TRY(const Instant instant, door.now());
        *micros = instant.micros;
        return {};
    });
}
owed_status clock_remaining(void* host, std::uint64_t* millis) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY_VOID(given(millis, "clock.remaining: millis"));
        *millis = door.remaining_ms();
        return {};
    });
}
std::int32_t clock_cancelled(void* host) {
    bool cancelled = true;
    serve(host, [&](ServiceDoor& door, Work&) -> Status {
        cancelled = door.cancelled();
        return {};
    });
    return cancelled ? 1 : 0;
}
owed_status clock_wait(void* host, std::uint64_t millis) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        if (millis > 60'000) return fail(Errc::data, "clock.wait waits at most 60,000 ms at a time");
        return door.wait(millis);
    });
}
const owed_clock_1 clock_table{sizeof(owed_clock_1), 0, &clock_now, &clock_remaining, &clock_cancelled, &clock_wait};

owed_status random_fill(void* host, owed_text purpose, void* out, std::uint64_t length) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        if (length != 0) OWED_TRY_VOID(given(out, "random.fill: out"));
        OWED_TRY(const auto name, text(purpose, "random.fill: purpose"));
        if (length > 4096) return fail(Errc::plugin_bug, "random.fill gives at most 4096 bytes at a time");
        OWED_TRY(const auto random, door.random(name, length));
        std::memcpy(out, random.data(), random.size());
        return {};
    });
}
const owed_random_1 random_table{sizeof(owed_random_1), 0, &random_fill};

// ---- state

owed_status state_get(void* host, owed_text key, owed_bytes* value) {
    return serve(host, [&](ServiceDoor& door, Work& work) -> Status {
        OWED_TRY_VOID(given(value, "state.get: value"));
        OWED_TRY(const auto name, text(key, "state.get: key"));
        OWED_TRY(work.state_value, door.state_get(name));
        *value = bytes_of(work.state_value);
        return {};
    });
}
owed_status state_put(void* host, owed_text key, owed_bytes value) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto name, text(key, "state.put: key"));
        OWED_TRY(const auto content, bytes(value, "state.put: value"));
        return door.state_put(name, content);
    });
}
owed_status state_remove(void* host, owed_text key) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto name, text(key, "state.remove: key"));
        return door.state_remove(name);
    });
}
const owed_state_1 state_table{sizeof(owed_state_1), 0, &state_get, &state_put, &state_remove};

// ---- files

owed_status files_list(void* host, owed_text folder, owed_text glob, void (*found)(void*, const owed_file*), void* context) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY_VOID(given(reinterpret_cast<const void*>(found), "files.list: found"));
        OWED_TRY(const auto where, text(folder, "files.list: folder"));
        OWED_TRY(const auto pattern, text(glob, "files.list: glob"));
        OWED_TRY(const auto files, door.files_list(where, pattern));
        for (const auto& file : files) {
            const owed_file c{sizeof(owed_file), file.ready ? 1u : 0u, text_of(file.name), file.length, file.modified_us,
                              file.age_ms};
            found(context, &c);
        }
        return {};
    });
}
owed_status files_read(void* host, owed_text folder, owed_text name, std::uint64_t offset, void* out, std::uint64_t length,
                       std::uint64_t* got) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY_VOID(given(got, "files.read: got"));
        if (length != 0) OWED_TRY_VOID(given(out, "files.read: out"));
        OWED_TRY(const auto where, text(folder, "files.read: folder"));
        OWED_TRY(const auto file, text(name, "files.read: name"));
        constexpr std::uint64_t piece_max = 16u << 20;  // a frame's worth; larger wants are met in pieces
        *got = 0;
        while (*got < length) {
            const auto want = std::min(length - *got, piece_max);
            OWED_TRY(const auto piece, door.files_read(where, file, offset + *got, want));
            if (piece.size() > want) return fail(Errc::internal, "the host read more than it was asked for");
            std::memcpy(static_cast<char*>(out) + *got, piece.data(), piece.size());
            *got += piece.size();
            if (piece.size() < want) break;
        }
        return {};
    });
}
owed_status files_write_new(void* host, owed_text folder, owed_text name, owed_bytes content) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto where, text(folder, "files.write_new: folder"));
        OWED_TRY(const auto file, text(name, "files.write_new: name"));
        OWED_TRY(const auto value, bytes(content, "files.write_new: bytes"));
        return door.files_write_new(where, file, value);
    });
}
owed_status files_exists(void* host, owed_text folder, owed_text name) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto where, text(folder, "files.exists: folder"));
        OWED_TRY(const auto file, text(name, "files.exists: name"));
        return door.files_exists(where, file);
    });
}
const owed_files_1 files_table{sizeof(owed_files_1), 0, &files_list, &files_read, &files_write_new, &files_exists};

// ---- emit

std::int32_t fate_of(ArtifactFate fate) {
    switch (fate) {
        case ArtifactFate::taken: return OWED_FATE_TAKEN;
        case ArtifactFate::duplicate: return OWED_FATE_DUPLICATE;
        case ArtifactFate::rejected: return OWED_FATE_REJECTED;
        case ArtifactFate::leave: return OWED_FATE_LEFT;
    }
    return OWED_FATE_LEFT;
}

owed_status emit_artifact(void* host, const owed_artifact* artifact, std::int32_t* fate) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY_VOID(given(fate, "emit.artifact: fate"));
        if (artifact == nullptr || artifact->size < sizeof(owed_artifact))
            return fail(Errc::plugin_bug, "emit.artifact: the struct's size is not set");
        OWED_TRY(const auto name, text(artifact->name, "emit.artifact: name"));
        OWED_TRY(const auto folder, text(artifact->folder, "emit.artifact: folder"));
        OWED_TRY(const auto content, bytes(artifact->bytes, "emit.artifact: bytes"));
        if (artifact->after != OWED_AFTER_LEAVE && artifact->after != OWED_AFTER_ARCHIVE)
            return fail(Errc::plugin_bug, "emit.artifact: `after` is neither leave nor archive");
        OWED_TRY(const auto answer, door.artifact({artifact->after, name, folder, content}));
        *fate = fate_of(answer);
        return {};
    });
}
owed_status emit_records(void* host, owed_bytes batch) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto content, bytes(batch, "emit.records: batch"));
        return door.records(content);
    });
}
owed_status emit_commit(void* host, owed_bytes cursor) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto content, bytes(cursor, "emit.commit: cursor"));
        return door.commit(content);
    });
}
owed_status emit_report(void* host, owed_bytes report) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto content, bytes(report, "emit.report"));
        return door.report(content);
    });
}
owed_status emit_receipt(void* host, owed_bytes receipt) {
    return serve(host, [&](ServiceDoor& door, Work& work) -> Status {
        OWED_TRY(const auto content, bytes(receipt, "emit.receipt"));
        OWED_TRY_VOID(door.receipt(content));
        work.gave_receipt = true;
        return {};
    });
}
owed_status emit_results(void* host, owed_bytes results) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto content, bytes(results, "emit.results"));
        return door.results(content);
    });
}
owed_status emit_answer(void* host, owed_bytes answer) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto content, bytes(answer, "emit.answer"));
        return door.answer(content);
    });
}
const owed_emit_1 emit_table{sizeof(owed_emit_1), 0,           &emit_artifact, &emit_records, &emit_commit,
                             &emit_report,        &emit_receipt, &emit_results, &emit_answer};

// ---- secrets, metrics, progress, trace

owed_status secrets_has(void* host, owed_text name) {
    return serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto wanted, text(name, "secrets.has: name"));
        return door.secret_has(wanted);
    });
}
const owed_secrets_1 secrets_table{sizeof(owed_secrets_1), 0, &secrets_has};

/// More than a name may have, so that one that is too long is still told of.
constexpr std::size_t metric_name_max = 256;

void metrics_count(void* host, owed_text name, std::int64_t delta) {
    serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto metric, text(name, "metrics.count: name"));
        door.metric(cut(metric, metric_name_max), delta, false);
        return {};
    });
}
void metrics_gauge(void* host, owed_text name, std::int64_t value) {
    serve(host, [&](ServiceDoor& door, Work&) -> Status {
        OWED_TRY(const auto metric, text(name, "metrics.gauge: name"));
        door.metric(cut(metric, metric_name_max), value, true);
        return {};
    });
}
const owed_metrics_1 metrics_table{sizeof(owed_metrics_1), 0, &metrics_count, &metrics_gauge};

void progress_report(void* host, std::uint64_t done, std::uint64_t total, owed_text words) {
    serve(host, [&](ServiceDoor& door, Work&) -> Status {
        door.progress(done, total, cut(view_of(words), 200));
        return {};
    });
}
const owed_progress_1 progress_table{sizeof(owed_progress_1), 0, &progress_report};

void trace_mark(void* host, owed_text name) {
    serve(host, [&](ServiceDoor& door, Work&) -> Status {
        door.trace(cut(view_of(name), 200));
        return {};
    });
}
const owed_trace_draft trace_table{sizeof(owed_trace_draft), 0, &trace_mark};

// ---- transfer

Result<std::vector<RequestPart>> parts_of(const owed_parts& parts, const char* name) {
    if (parts.ptr == nullptr && parts.count != 0)
        return fail(Errc::plugin_bug, std::string{name} + " is a null pointer with a count");
    std::vector<RequestPart> all;
    for (std::uint64_t i = 0; i < parts.count; ++i) {
        const owed_part& part = parts.ptr[i];
        if (part.kind > OWED_SECRET || part.encoding > OWED_BASE64)
            return fail(Errc::plugin_bug, std::string{name} + ": a part is of no known kind or encoding");
        OWED_TRY(const auto value, bytes(part.value, name));
        all.push_back({part.kind == OWED_SECRET, part.encoding, std::string{value}});
    }
    return all;
}

Result<TransferRequest> request_of(const owed_request* c) {
    if (c == nullptr || c->size < sizeof(owed_request))
        return fail(Errc::plugin_bug, "transfer.perform: the request's size is not set");
    TransferRequest request;
    request.tls = c->tls;
    OWED_TRY(request.method, text(c->method, "transfer.perform: method"));
    OWED_TRY(request.url, text(c->url, "transfer.perform: url"));
    if (c->header_count > 1000 || c->recipient_count > 10'000)
        return fail(Errc::plugin_bug, "transfer.perform: more than 1,000 headers or 10,000 recipients");
    if (c->header_count != 0) OWED_TRY_VOID(given(c->headers, "transfer.perform: headers"));
    if (c->recipient_count != 0) OWED_TRY_VOID(given(c->recipients, "transfer.perform: recipients"));
    for (std::uint64_t i = 0; i < c->header_count; ++i) {
        RequestHeader header;
        OWED_TRY(header.name, text(c->headers[i].name, "transfer.perform: header name"));
        OWED_TRY(header.value, parts_of(c->headers[i].value, "transfer.perform: header value"));
        request.headers.push_back(std::move(header));
    }
    OWED_TRY(request.body, parts_of(c->body, "transfer.perform: body"));
    OWED_TRY(request.user, parts_of(c->user, "transfer.perform: user"));
    OWED_TRY(request.password, parts_of(c->password, "transfer.perform: password"));
    OWED_TRY(request.mail_from, text(c->mail_from, "transfer.perform: mail_from"));
    for (std::uint64_t i = 0; i < c->recipient_count; ++i) {
        OWED_TRY(const auto recipient, text(c->recipients[i], "transfer.perform: recipient"));
        request.recipients.emplace_back(recipient);
    }
    OWED_TRY(request.idempotency_key, text(c->idempotency_key, "transfer.perform: idempotency_key"));
    request.timeout_ms = c->timeout_ms;
    request.response_max = c->response_max;
    return request;
}

owed_status transfer_perform(void* host, const owed_request* request, const owed_response** response) {
    owed_status outcome = OWED_OK;
    if (response != nullptr) *response = nullptr;
    const owed_status served = serve(host, [&](ServiceDoor& door, Work& work) -> Status {
        OWED_TRY_VOID(given(response, "transfer.perform: response"));
        OWED_TRY(const auto plain, request_of(request));
        OWED_TRY(work.reply, door.transfer(plain));
        work.reply_headers.clear();
        for (const auto& [name, value] : work.reply.headers) work.reply_headers.push_back({text_of(name), text_of(value)});
        work.response = {sizeof(owed_response),       work.reply.outcome,        work.reply.code,
                         work.reply.bytes_left ? 1u : 0u, work.reply.retry_after_ms, work.reply_headers.data(),
                         work.reply_headers.size(),   bytes_of(work.reply.body), text_of(work.reply.message)};
        *response = &work.response;
        outcome = work.reply.outcome;
        return {};
    });
    if (served != OWED_OK || outcome == OWED_OK) return served;
    Work& work = work_of(host);
    return note(work, {errc_of(outcome, {}), work.reply.message, {}, {}});
}
const owed_transfer_1 transfer_table{sizeof(owed_transfer_1), 0, &transfer_perform};

// ---- fail

void fail_raise(void* host, const owed_failure* failure) {
    // Not through serve: it must not disturb `last`, which the plugin may be passing on.
    if (door_of(host) == nullptr || failure == nullptr || failure->size < sizeof(owed_failure)) return;
    try {
        const auto kept = [](owed_text value) { return std::string{cut(view_of(value), 4096)}; };
        work_of(host).raised = {failure->status,     kept(failure->message), kept(failure->detail), kept(failure->where),
                                kept(failure->record), kept(failure->code),  kept(failure->advice), failure->retry_after_ms};
    } catch (const std::bad_alloc&) {
        work_of(host).raised.status = failure->status;  // without words rather than not at all
    }
}
const owed_failure* fail_last(void* host) {
    Work& work = work_of(host);
    if (door_of(host) == nullptr || !work.last_failed) return nullptr;
    const Error& error = work.last_error;
    work.last = {sizeof(owed_failure), status_of(error.code), text_of(error.what),          {},
                 text_of(error.where), {},                    text_of(owed::name_of(error.code)), text_of(error.advice), 0};
    return &work.last;
}
const owed_fail_1 fail_table{sizeof(owed_fail_1), 0, &fail_raise, &fail_last};

const void* service_of(std::string_view name, bool drafts) {
    if (name.starts_with("x.")) return drafts && name == OWED_TRACE_DRAFT ? &trace_table : nullptr;
    if (name == OWED_SECRETS_1) return &secrets_table;
    if (name == OWED_METRICS_1) return &metrics_table;
    if (name == OWED_PROGRESS_1) return &progress_table;
    if (name == OWED_LOG_1) return &log_table;
    if (name == OWED_CLOCK_1) return &clock_table;
    if (name == OWED_RANDOM_1) return &random_table;
    if (name == OWED_STATE_1) return &state_table;
    if (name == OWED_FILES_1) return &files_table;
    if (name == OWED_EMIT_1) return &emit_table;
    if (name == OWED_TRANSFER_1) return &transfer_table;
    if (name == OWED_FAIL_1) return &fail_table;
    return nullptr;
}
const void* service(void* host, owed_text id) { return service_of(view_of(id), work_of(host).drafts); }

}  // namespace

bool offers_service(std::string_view id, bool drafts) { return service_of(id, drafts) != nullptr; }

ServiceTables::ServiceTables(bool drafts) : work_{std::make_unique<Work>()} {
    work_->drafts = drafts;
    work_->host = {sizeof(owed_host), OWED_ABI_MINOR, work_.get(), &service};
}
ServiceTables::~ServiceTables() = default;

const owed_host& ServiceTables::host() const { return work_->host; }

void ServiceTables::begin(ServiceDoor& door) {
    work_->raised = {};
    work_->last_failed = work_->gave_receipt = false;
    work_->thread = std::this_thread::get_id();
    work_->door = &door;
}
Failure ServiceTables::end() {
    work_->door = nullptr;
    work_->thread = std::thread::id{};
    work_->state_value.clear();
    work_->reply = {};
    return std::move(work_->raised);
}

bool ServiceTables::gave_receipt() const { return work_->gave_receipt; }
owed_status ServiceTables::refuse(owed_status status, std::string message) {
    work_->raised = {};
    work_->raised.status = status;
    work_->raised.message = std::move(message);
    return status;
}

}  // namespace owed::host
