#include "host/detail/services.hpp"

#include "host/detail/transfer_service.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

constexpr std::size_t state_key_max = 256, state_value_max = 1u << 20, state_keys_max = 10'000, cursor_max = 64u << 10;
constexpr std::uint64_t log_lines_max = 1'000;  // of one call: a plugin in a loop must not fill the disk

/// Records into the target's door as they are, after the check that they can be read at all.
struct Counted : RecordSink {
    Status record(Record) override { return {}; }
};

/// UTF-8 without what a terminal would obey. The log's sink escapes too; this keeps a line one line.
std::string printable(std::string_view text) {
    std::string out;
    const bool good = wire::is_text(text);
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f || (!good && byte >= 0x80) ? '?' : c;
    }
    return out;
}

}  // namespace

CallServices::CallServices(ServiceContext& context, CallKind kind, Deadline& deadline, const std::atomic<bool>& cancelled)
    : context_{context}, kind_{kind}, deadline_{deadline}, cancelled_{cancelled} {}

Status CallServices::may(std::string_view service, bool allowed) {
    if (cancelled_) return fail(Errc::cancelled, "owed is stopping, and with it this call");
    if (deadline_.over())
        return fail(Errc::cancelled, "the call is past its deadline of " + std::to_string(context_.config.limits.call_deadline.count()) + " ms");
    if (allowed) return {};
    return fail(Errc::unsupported, std::string{service} + " cannot be used in " + std::string{name_of(kind_)});
}

void CallServices::log(std::int32_t level, std::string_view text) {
    if (++log_lines_ > log_lines_max) return;
    const auto line = context_.config.name + ": " + printable(text);
    const LogLevel levels[] = {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error};
    context_.log.write(level >= OWED_LOG_DEBUG && level <= OWED_LOG_ERROR ? levels[level] : LogLevel::info, "plugin", line);
    if (log_lines_ == log_lines_max)
        context_.log.warn("plugin", context_.config.name + ": more than 1,000 lines in one call; the rest of this call's is dropped");
}

Result<Instant> CallServices::now() {
    OWED_TRY_VOID(may("the clock", true));
    return context_.clock.now();
}
std::uint64_t CallServices::remaining_ms() {
    return cancelled_ ? 0 : static_cast<std::uint64_t>(deadline_.remaining().count());
}
bool CallServices::cancelled() { return cancelled_ || deadline_.over(); }

Result<std::string> CallServices::random(std::string_view purpose, std::uint64_t length) {
    OWED_TRY_VOID(may("random", kind_ != CallKind::decode));  // decode is pure: the same file, the same records
    if (length > 4096) return fail(Errc::plugin_bug, "random gives at most 4096 bytes at a time");
    std::string bytes(static_cast<std::size_t>(length), '\0');
    context_.rng.fill("plugin/" + context_.config.name + "/" + std::string{purpose},
                      {reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()});
    return bytes;
}

// ---- state

Status CallServices::state_allowed(std::string_view key) {
    OWED_TRY_VOID(may("state", kind_ == CallKind::read));
    if (key.empty() || key.size() > state_key_max) return fail(Errc::data, "a key of the state has 1 to 256 bytes");
    return {};
}
Result<std::string> CallServices::state_get(std::string_view key) {
    OWED_TRY_VOID(state_allowed(key));
    const auto found = state.find(std::string{key});
    if (found == state.end()) return fail(Errc::not_found, "no such key in the state");
    return found->second;
}
Status CallServices::state_put(std::string_view key, std::string_view value) {
    OWED_TRY_VOID(state_allowed(key));
    if (value.empty()) return fail(Errc::data, "a value of the state is not empty; remove the key instead");
    if (value.size() > state_value_max) return fail(Errc::data, "a value of the state has at most 1 MiB");
    if (state.size() >= state_keys_max && !state.contains(std::string{key})) return fail(Errc::data, "the state has at most 10,000 keys");
    state[std::string{key}] = state_changes[std::string{key}] = value;
    return {};
}
Status CallServices::state_remove(std::string_view key) {
    OWED_TRY_VOID(state_allowed(key));
    if (state.erase(std::string{key}) != 0) state_changes[std::string{key}].clear();
    return {};
}

// ---- files

Status CallServices::files_allowed() {
    OWED_TRY_VOID(may("files", kind_ != CallKind::decode && kind_ != CallKind::create));
    if (context_.may_files) return {};
    return fail(Errc::invalid_config, "the plugin's manifest does not ask for the permission \"files\"");
}
Result<std::vector<FolderFile>> CallServices::files_list(std::string_view folder, std::string_view glob) {
    OWED_TRY_VOID(files_allowed());
    const HostTime time{deadline_};
    return context_.folders.list(folder, glob);
}
Result<std::string> CallServices::files_read(std::string_view folder, std::string_view name, std::uint64_t offset,
                                             std::uint64_t length) {
    OWED_TRY_VOID(files_allowed());
    if (length > (16u << 20)) return fail(Errc::plugin_bug, "files.read gives at most 16 MiB at a time");
    const HostTime time{deadline_};
    return context_.folders.read(folder, name, offset, length);
}
Status CallServices::files_write_new(std::string_view folder, std::string_view name, std::string_view bytes) {
    OWED_TRY_VOID(files_allowed());
    if (kind_ != CallKind::send) return fail(Errc::unsupported, "files are written in send alone");
    const HostTime time{deadline_};
    auto written = context_.folders.write_new(folder, name, bytes);
    if (written) effect_possible = true;
    return written;
}
Status CallServices::files_exists(std::string_view folder, std::string_view name) {
    OWED_TRY_VOID(files_allowed());
    return context_.folders.exists(folder, name);
}

// ---- emit

Status CallServices::note_surroundings(Status status) {
    if (!status) surroundings = status.error();
    return status;
}

Result<ArtifactFate> CallServices::offer_to_target(const ArrivedArtifact& artifact) {
    auto fate = target->artifact(artifact);
    if (!fate) surroundings = fate.error();
    return fate;
}

Result<ArtifactFate> CallServices::artifact(const ArtifactOffer& offer) {
    OWED_TRY_VOID(may("emit.artifact", kind_ == CallKind::read && target != nullptr));
    const HostTime time{deadline_};
    if (!offer.folder.empty()) return from_folder(offer);
    if (offer.after != OWED_AFTER_LEAVE) return fail(Errc::plugin_bug, "emit.artifact: only a file can be archived");
    if (offer.bytes.size() > context_.config.limits.artifact_bytes_max)
        return fail(Errc::input_too_large, "the artifact has " + std::to_string(offer.bytes.size()) + " bytes; at most " +
                                               std::to_string(context_.config.limits.artifact_bytes_max) + " are taken", std::string{offer.name});
    return offer_to_target({std::string{offer.name}, std::string{offer.bytes}});
}

Result<ArtifactFate> CallServices::from_folder(const ArtifactOffer& offer) {
    OWED_TRY_VOID(files_allowed());
    if (!offer.bytes.empty()) return fail(Errc::plugin_bug, "emit.artifact: a file of a folder comes without bytes");
    OWED_TRY(auto taken, context_.folders.take(offer.folder, offer.name));
    OWED_TRY(const auto fate, offer_to_target({std::string{offer.name}, std::move(taken.bytes)}));
    if (offer.after == OWED_AFTER_LEAVE || fate == ArtifactFate::leave) return fate;
    // After the commit: if the move fails, the file is seen again and found to be a duplicate.
    const bool rejected = fate == ArtifactFate::rejected;
    const auto reason = rejected ? context_.last_refusal() : std::string{};
    const auto moved = context_.folders.move(offer.folder, offer.name, taken, rejected ? "rejected" : "archive", reason);
    if (!moved)
        context_.log.warn("host", context_.config.name + ": " + std::string{offer.name} + " was " + (rejected ? "refused" : "read") +
                                      ", but could not be moved away: " + to_text(moved.error()));
    return fate;
}

Status CallServices::records(std::string_view batch) {
    OWED_TRY_VOID(may("emit.records", (kind_ == CallKind::read && target != nullptr) || (kind_ == CallKind::decode && sink != nullptr)));
    const HostTime time{deadline_};
    if (kind_ == CallKind::decode) {
        if (decoded) return fail(Errc::plugin_bug, "records came after the report");
        return wire::decode_batch(batch, {}, *sink);
    }
    Counted counted;
    OWED_TRY_VOID(wire::decode_batch(batch, {}, counted));
    return note_surroundings(target->records(batch));
}

Status CallServices::commit(std::string_view cursor) {
    OWED_TRY_VOID(may("emit.commit", kind_ == CallKind::read && target != nullptr));
    if (cursor.size() > cursor_max) return fail(Errc::data, "a cursor has at most 64 KiB");
    const HostTime time{deadline_};
    OWED_TRY_VOID(note_surroundings(target->commit(cursor, state_changes)));
    state_changes.clear();
    return {};
}

Status CallServices::report(std::string_view report) {
    OWED_TRY_VOID(may("emit.report", kind_ == CallKind::decode));
    if (decoded) return fail(Errc::plugin_bug, "a second report");
    OWED_TRY(decoded, wire::decode_report(report, {}));
    return {};
}

Status CallServices::receipt(std::string_view receipt) {
    OWED_TRY_VOID(may("emit.receipt", kind_ == CallKind::send || kind_ == CallKind::lookup));
    if (sent) return fail(Errc::plugin_bug, "a second receipt");
    OWED_TRY(sent, wire::decode_receipt(receipt, {}));
    return {};
}

// ---- transfer

Result<TransferReply> CallServices::transfer(const TransferRequest& request) {
    OWED_TRY_VOID(may("transfer", kind_ != CallKind::decode && kind_ != CallKind::create));
    if (!context_.may_transfer)
        return fail(Errc::invalid_config, "the plugin's manifest does not ask for the permission \"transfer\"");
    OWED_TRY_VOID(check_allowed(request.url, context_.config.transfer, context_.settings_hosts));
    OWED_TRY(auto outgoing, transport_request(request, context_.config));
    outgoing.timeout_ms = static_cast<std::uint32_t>(std::clamp<std::int64_t>(deadline_.remaining().count(), 1, outgoing.timeout_ms));
    outgoing.cancelled = [this] { return cancelled_.load(); };
    const HostTime time{deadline_};
    const auto response = context_.transfer(outgoing);
    wipe(outgoing);
    if (!response) return fail(response.error());
    if (response->outcome == transports::Outcome::unknown_outcome || response->outcome == transports::Outcome::ok)
        effect_possible = effect_transfer = true;
    return reply_of(*response);
}

}  // namespace owed::host
