#include "host/detail/services.hpp"

#include <algorithm>
#include <thread>

#include "host/detail/transfer_service.hpp"
#include "owed/record_wire.hpp"
#include "transports/guard.hpp"

namespace owed::host {
namespace {

constexpr std::size_t state_key_max = 256, state_value_max = 1u << 20, state_keys_max = 10'000, cursor_max = 64u << 10;
constexpr std::uint64_t detail_lines_max = 60;    // of one failure: a traceback
constexpr std::size_t detail_bytes_max = 16 << 10;
constexpr std::uint64_t log_lines_max = 1'000;  // of one call: a plugin in a loop must not fill the disk

/// Records into the target's door as they are, after the check that they can be read at all.
struct Counted : RecordSink {
    Status record(Record) override { return {}; }
};

/// Calls that may depend on nothing but their arguments.
bool is_pure(CallKind kind) { return kind == CallKind::decode || kind == CallKind::propose || kind == CallKind::sniff; }

/// Real time, in steps short enough for a cancel to be prompt. False: `stop` ended it.
bool sleep_here(std::uint64_t millis, const std::function<bool()>& stop) {
    constexpr std::chrono::milliseconds step{20};
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{millis};
    while (std::chrono::steady_clock::now() < end) {
        if (stop()) return false;
        std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(step, end - std::chrono::steady_clock::now()));
    }
    return true;
}

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
    const auto line = context_.config.name + ": " + printable(cut(text, 8192));  // the child may be other code than ours
    const LogLevel levels[] = {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error};
    context_.log.write(level >= OWED_LOG_DEBUG && level <= OWED_LOG_ERROR ? levels[level] : LogLevel::info, "plugin", line);
    if (log_lines_ == log_lines_max)
        context_.log.warn("plugin", context_.config.name + ": more than 1,000 lines in one call; the rest of this call's is dropped");
}

void CallServices::log_detail(const Failure& failure) {
    std::string_view rest = cut(failure.detail, detail_bytes_max);
    for (std::uint64_t lines = 0; !rest.empty(); ++lines) {
        if (lines == detail_lines_max) return context_.log.warn("plugin", context_.config.name + ": ... and more, which is dropped");
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (!line.empty()) context_.log.warn("plugin", context_.config.name + ", " + std::string{name_of(kind_)} + " failed, detail: " + printable(line));
    }
}

Result<Instant> CallServices::now() {
    OWED_TRY_VOID(may("the clock", kind_ != CallKind::propose));
    return context_.clock.now();
}
std::uint64_t CallServices::remaining_ms() {
    return cancelled_ ? 0 : static_cast<std::uint64_t>(deadline_.remaining().count());
}
bool CallServices::cancelled() { return cancelled_ || deadline_.over(); }

Result<std::string> CallServices::random(std::string_view purpose, std::uint64_t length) {
    OWED_TRY_VOID(may("random", !is_pure(kind_) && kind_ != CallKind::create));  // the same file, the same records
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
    OWED_TRY_VOID(may("files", !is_pure(kind_) && kind_ != CallKind::create));
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
    if (kind_ != CallKind::send && kind_ != CallKind::write) return fail(Errc::unsupported, "files are written in send and write alone");
    const HostTime time{deadline_};
    auto done = context_.folders.write_new(folder, name, bytes);
    if (done) effect_possible = true;
    return done;
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
    if (records_fault) return fail(*records_fault);
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
    if (records_fault) return fail(*records_fault);
    const HostTime time{deadline_};
    auto taken = take_records(batch);
    if (!taken) {
        records_fault = taken.error();
        context_.log.warn("plugin", context_.config.name + ": a batch of records is refused: " + to_text(taken.error()));
    }
    return taken;
}

Status CallServices::take_records(std::string_view batch) {
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
    if (records_fault) return fail(*records_fault);
    const HostTime time{deadline_};
    OWED_TRY_VOID(note_surroundings(target->commit(cursor, state_changes)));
    state_changes.clear();
    return {};
}

Status CallServices::report(std::string_view report) {
    OWED_TRY_VOID(may("emit.report", kind_ == CallKind::decode));
    if (decoded) return fail(Errc::plugin_bug, "a second report");
    if (records_fault) return fail(*records_fault);
    OWED_TRY(decoded, wire::decode_report(report, {}));
    return {};
}

Status CallServices::receipt(std::string_view receipt) {
    OWED_TRY_VOID(may("emit.receipt", kind_ == CallKind::send || kind_ == CallKind::lookup));
    if (sent) return fail(Errc::plugin_bug, "a second receipt");
    OWED_TRY(sent, wire::decode_receipt(receipt, {}));
    return {};
}

Status CallServices::results(std::string_view results) {
    OWED_TRY_VOID(may("emit.results", kind_ == CallKind::write));
    if (written) return fail(Errc::plugin_bug, "results were given twice");
    OWED_TRY(written, wire::decode_results(results, {}));
    return {};
}

Status CallServices::answer(std::string_view answer) {
    OWED_TRY_VOID(may("emit.answer", kind_ == CallKind::propose));
    if (answered) return fail(Errc::plugin_bug, "a second answer");
    OWED_TRY(answered, wire::decode_answer(answer, {}));
    return {};
}

Status CallServices::sniffed(std::int32_t score, std::string_view format) {
    OWED_TRY_VOID(may("sniffed", kind_ == CallKind::sniff));
    if (score < 0 || score > 100) return fail(Errc::plugin_bug, "sniff scores 0 to 100, not " + std::to_string(score));
    if (format.size() > 31 || !wire::is_text(format)) return fail(Errc::plugin_bug, "sniff names a format of at most 31 bytes");
    sniff = Sniffed{score, std::string{format}};
    return {};
}

// ---- wait, secrets, figures

Status CallServices::wait(std::uint64_t millis) {
    OWED_TRY_VOID(may("clock.wait", !is_pure(kind_) && kind_ != CallKind::create));
    if (millis > 60'000) return fail(Errc::data, "clock.wait waits at most 60,000 ms at a time");
    const auto stop = [this] { return cancelled_ || deadline_.over(); };
    if (context_.sleep ? context_.sleep(millis, stop) : sleep_here(millis, stop)) return {};
    return may("clock.wait", true);  // says why it ended early
}

Status CallServices::secret_has(std::string_view name) {
    OWED_TRY_VOID(may("secrets", !is_pure(kind_)));
    if (context_.config.oauth.contains(name) || (context_.config.has_secret && context_.config.has_secret(name))) return {};
    return fail(Errc::not_found, "the connector has no secret of that name");
}

void CallServices::metric(std::string_view name, std::int64_t value, bool is_gauge) {
    if (!context_.figures.metric(name, value, is_gauge) && !figure_dropped_) {
        figure_dropped_ = true;
        context_.log.warn("plugin", context_.config.name + ": the metric \"" + printable(name.substr(0, 64)) +
                                        "\" is dropped: a name is 1 to 64 of a-z, 0-9 and _, a counter only grows, and there are at most 64");
    }
}
void CallServices::progress(std::uint64_t done, std::uint64_t total, std::string_view words) {
    context_.figures.progress(figures_call, std::to_string(done) + (total != 0 ? " of " + std::to_string(total) : "") + (words.empty() ? "" : ": ") +
                              printable(cut(words, 200)));
}
void CallServices::trace(std::string_view name) {
    if (++log_lines_ <= log_lines_max) context_.log.write(LogLevel::debug, "plugin", context_.config.name + ": trace " + printable(cut(name, 200)));
}

bool Figures::metric(std::string_view name, std::int64_t value, bool is_gauge) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
    if (name.empty() || name.size() > 64 || name.front() < 'a' || name.front() > 'z' || !std::all_of(name.begin(), name.end(), fits)) return false;
    if (!is_gauge && value < 0) return false;
    const std::lock_guard lock{mutex_};
    auto& mine = is_gauge ? gauges_ : counters_;
    const auto& other = is_gauge ? counters_ : gauges_;
    const std::string key{name};
    if (other.contains(key) || (!mine.contains(key) && mine.size() + other.size() >= names_max)) return false;
    if (is_gauge)
        mine[key] = value;
    else if (__builtin_add_overflow(mine[key], value, &mine[key]))
        mine[key] = INT64_MAX;
    return true;
}
std::uint64_t Figures::begin(std::string_view call) {
    const std::lock_guard lock{mutex_};
    running_[++calls_].call = call;
    return calls_;
}
void Figures::progress(std::uint64_t call, std::string text) {
    const std::lock_guard lock{mutex_};
    if (const auto found = running_.find(call); found != running_.end()) found->second.progress = std::move(text);
}
void Figures::end(std::uint64_t call, Instant now, bool good) {
    const std::lock_guard lock{mutex_};
    running_.erase(call);
    last_call_ = now;
    if (good) last_good_ = now;
}
void Figures::fill(InstanceReport& report) const {
    const std::lock_guard lock{mutex_};
    report.counters = counters_;
    report.gauges = gauges_;
    if (!running_.empty()) {
        report.running = running_.begin()->second.call;
        report.progress = running_.begin()->second.progress;
    }
    report.last_call = last_call_;
    report.last_good = last_good_;
}

// ---- transfer

Result<TransferReply> CallServices::transfer(const TransferRequest& request) {
    OWED_TRY_VOID(may("transfer", !is_pure(kind_) && kind_ != CallKind::create));
    if (!context_.may_transfer)
        return fail(Errc::invalid_config, "the plugin's manifest does not ask for the permission \"transfer\"");
    const HostTime time{deadline_};
    auto reply = context_.transfers.perform(request, deadline_.remaining(), [this] { return cancelled_.load(); });
    const bool only_looks = transports::only_looks(request.method);
    const bool put_off = reply && (reply->outcome == OWED_RATE_LIMITED || reply->outcome == OWED_TRANSIENT) && reply->retry_after_ms > 0;
    put_off_until = put_off ? std::optional{later(context_.clock.now(), reply->retry_after_ms)} : std::nullopt;
    if (reply && reply->bytes_left && !only_looks) effect_possible = effect_transfer = true;
    return reply;
}

}  // namespace owed::host
