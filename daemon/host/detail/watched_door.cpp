#include "host/detail/watched_door.hpp"

#include "owed/boundary.hpp"

namespace owed::host {

Status WatchedDoor::ask(std::string_view service, std::string_view subject) {
    if (!watch_) return {};
    if (auto fault = watch_({instance_, call_, service, subject, ++requests_, true})) return fail(std::move(*fault));
    return {};
}
void WatchedDoor::tell(std::string_view service, std::string_view subject) {
    if (watch_) watch_({instance_, call_, service, subject, requests_, false});
}

void WatchedDoor::log(std::int32_t level, std::string_view text) {
    tell("log.write", text);
    door_.log(level, text);
}
void WatchedDoor::metric(std::string_view name, std::int64_t value, bool is_gauge) {
    tell(is_gauge ? "metrics.gauge" : "metrics.count", name);
    door_.metric(name, value, is_gauge);
}
void WatchedDoor::progress(std::uint64_t done, std::uint64_t total, std::string_view words) {
    tell("progress.report", words);
    door_.progress(done, total, words);
}

Result<Instant> WatchedDoor::now() {
    OWED_TRY_VOID(ask("clock.now", {}));
    return door_.now();
}
Status WatchedDoor::wait(std::uint64_t millis) {
    OWED_TRY_VOID(ask("clock.wait", {}));
    return door_.wait(millis);
}
Result<std::string> WatchedDoor::random(std::string_view purpose, std::uint64_t length) {
    OWED_TRY_VOID(ask("random.fill", purpose));
    return door_.random(purpose, length);
}
Result<std::string> WatchedDoor::state_get(std::string_view key) {
    OWED_TRY_VOID(ask("state.get", key));
    return door_.state_get(key);
}
Status WatchedDoor::state_put(std::string_view key, std::string_view value) {
    OWED_TRY_VOID(ask("state.put", key));
    return door_.state_put(key, value);
}
Status WatchedDoor::state_remove(std::string_view key) {
    OWED_TRY_VOID(ask("state.remove", key));
    return door_.state_remove(key);
}
Result<std::vector<FolderFile>> WatchedDoor::files_list(std::string_view folder, std::string_view glob) {
    OWED_TRY_VOID(ask("files.list", folder));
    return door_.files_list(folder, glob);
}
Result<std::string> WatchedDoor::files_read(std::string_view folder, std::string_view name, std::uint64_t offset, std::uint64_t length) {
    OWED_TRY_VOID(ask("files.read", name));
    return door_.files_read(folder, name, offset, length);
}
Status WatchedDoor::files_write_new(std::string_view folder, std::string_view name, std::string_view bytes) {
    OWED_TRY_VOID(ask("files.write_new", name));
    return door_.files_write_new(folder, name, bytes);
}
Status WatchedDoor::files_exists(std::string_view folder, std::string_view name) {
    OWED_TRY_VOID(ask("files.exists", name));
    return door_.files_exists(folder, name);
}
Result<ArtifactFate> WatchedDoor::artifact(const ArtifactOffer& offer) {
    OWED_TRY_VOID(ask("emit.artifact", offer.name));
    return door_.artifact(offer);
}
Status WatchedDoor::records(std::string_view batch) {
    OWED_TRY_VOID(ask("emit.records", {}));
    return door_.records(batch);
}
Status WatchedDoor::commit(std::string_view cursor) {
    OWED_TRY_VOID(ask("emit.commit", cursor));
    return door_.commit(cursor);
}
Status WatchedDoor::report(std::string_view report) {
    OWED_TRY_VOID(ask("emit.report", {}));
    return door_.report(report);
}
Status WatchedDoor::receipt(std::string_view receipt) {
    OWED_TRY_VOID(ask("emit.receipt", {}));
    return door_.receipt(receipt);
}
Status WatchedDoor::results(std::string_view results) {
    OWED_TRY_VOID(ask("emit.results", {}));
    return door_.results(results);
}
Status WatchedDoor::answer(std::string_view answer) {
    OWED_TRY_VOID(ask("emit.answer", {}));
    return door_.answer(answer);
}
Status WatchedDoor::secret_has(std::string_view name) {
    OWED_TRY_VOID(ask("secrets.has", name));
    return door_.secret_has(name);
}

/// As a real fault of an exchange comes: a response that says how it ended. Only what ends a call before anything is tried
/// (cancelled, a bug) comes without one (abi.h, owed_transfer_1).
Result<TransferReply> WatchedDoor::transfer(const TransferRequest& request) {
    const auto asked = ask("transfer.perform", request.url);
    if (asked) return door_.transfer(request);
    const Error& fault = asked.error();
    const auto outcome = status_of(fault.code);
    if (outcome == OWED_CANCELLED || outcome == OWED_BUG) return fail(fault);
    TransferReply reply;
    reply.outcome = outcome;
    reply.message = fault.what;
    reply.bytes_left = outcome == OWED_UNKNOWN_OUTCOME;
    reply.retry_after_ms = outcome == OWED_RATE_LIMITED ? 1500 : 0;
    return reply;
}

}  // namespace owed::host
