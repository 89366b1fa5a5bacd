#include "host/detail/instance.hpp"

#include <time.h>

#include "host/detail/transfer_service.hpp"
#include "owed/record_wire.hpp"

namespace owed::host {
namespace {

Instant machine_now() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return {std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000};
}

/// Why results cannot be matched with their records: one number that fits none puts all of them in doubt.
std::optional<std::string> misnumbered(const std::vector<WriteResult>& given, std::size_t records) {
    std::vector<bool> seen(records);
    for (const auto& result : given) {
        const auto number = std::to_string(result.index);
        if (result.index >= records) return "the plugin gave a result for record " + number + " of a batch of " + std::to_string(records) + ", counted from 0";
        if (seen[result.index]) return "the plugin gave two results for record " + number;
        seen[result.index] = true;
    }
    return {};
}

/// A sink's results in the order of the records; one that has none is unknown.
std::vector<WriteResult> one_for_each(std::vector<WriteResult> given, std::size_t records, const Status& status) {
    std::string why = status ? "the plugin gave no result for this record" : to_text(status.error());
    if (auto doubt = misnumbered(given, records)) {
        why = std::move(*doubt);
        given.clear();
    }
    std::vector<WriteResult> all(records);
    for (std::size_t i = 0; i < records; ++i) {
        all[i].index = static_cast<std::uint32_t>(i);
        all[i].detail = why;
    }
    for (auto& result : given) all[result.index] = std::move(result);
    return all;
}

/// An agency is read for its events and sent its placements.
bool serves(const Manifest& manifest, std::string_view kind) {
    return manifest.has_kind(kind) || ((kind == "source" || kind == "sender") && manifest.has_kind("agency"));
}

}  // namespace

/// Everything of an instance whose plugin and settings are sound. Members refer to each other, so it never moves.
struct Instance::Live {
    Live(const InstanceConfig& config, const HostDoors& doors, Prepared prepared_)
        : prepared{std::move(prepared_)},
          folders{prepared.grants, doors.options.file_now ? doors.options.file_now : machine_now, config.limits.artifact_bytes_max},
          transfers{config, prepared.urls, {doors.clock, doors.rng, doors.log, doors.options.transfer, doors.options.sleep}},
          services{config, doors.clock, doors.rng, doors.log, folders, prepared.manifest.may("files"), prepared.manifest.may("transfer"),
                   transfers, [this] { return refusal(); }, figures, doors.options.sleep, doors.options.watch},
          main{context(config, doors)},
          codec{context(config, doors)} {}

    LaneContext context(const InstanceConfig& config, const HostDoors& doors) {
        return {config, prepared.manifest, prepared.settings, prepared.file,
                child_options(config, doors.options, prepared.file),
                services, doors.spawner, supervision, supervision_mutex};
    }
    std::string refusal() {
        const std::lock_guard lock{refusal_mutex};
        return last_refusal.empty() ? "owed refused this file; `owectl inbox list` says why" : last_refusal;
    }

    Prepared prepared;
    Folders folders;
    TransferService transfers;
    Figures figures;
    Supervision supervision;
    std::mutex supervision_mutex;
    std::mutex refusal_mutex;
    std::string last_refusal;  ///< of the last decode
    ServiceContext services;
    Lane main, codec;
};

Instance::Instance(InstanceConfig config, const HostDoors& doors, PrepareAs as) : config_{std::move(config)}, doors_{doors}, as_{std::move(as)} {}
Instance::~Instance() = default;

void Instance::start() {
    auto preparation = prepare(config_, doors_.options, MissingFolders::make, as_);
    const std::lock_guard lock{mutex_};
    stopped_ = false;
    broken_.reset();
    for (const auto& warning : preparation.warnings) doors_.log.warn("host", config_.name + ": " + warning);
    if (preparation.prepared) {
        live_ = std::make_shared<Live>(config_, doors_, std::move(*preparation.prepared));
        return;
    }
    broken_ = preparation.errors.front();
    if (preparation.errors.size() > 1) broken_->what += " (and " + std::to_string(preparation.errors.size() - 1) + " more)";
    for (const auto& error : preparation.errors) doors_.log.error("host", config_.name + " cannot be used: " + to_text(error));
}

void Instance::stop() {
    std::shared_ptr<Live> live;
    {
        const std::lock_guard lock{mutex_};
        stopped_ = true;
        live = std::exchange(live_, nullptr);
    }
    if (!live) return;
    live->codec.stop();
    live->main.stop();
}

void Instance::release() {
    const std::lock_guard lock{mutex_};
    last_error_.reset();
    asked_until_.reset();
    if (!live_) return;
    const std::lock_guard supervision{live_->supervision_mutex};
    live_->supervision.release();
}

bool Instance::quarantined() const {
    const std::lock_guard lock{mutex_};
    if (!live_) return false;
    const std::lock_guard supervision{live_->supervision_mutex};
    return live_->supervision.quarantined();
}

std::optional<PluginFile> Instance::file() const {
    const std::lock_guard lock{mutex_};
    return live_ ? std::optional{live_->prepared.file} : std::nullopt;
}

std::optional<Instance::Loaded> Instance::loaded() const {
    const std::lock_guard lock{mutex_};
    return live_ ? std::optional{Loaded{live_->prepared.file, live_->prepared.manifest}} : std::nullopt;
}

Status Instance::trial(std::optional<Error>& doubt) {
    const auto placed = [this](Error error) {
        if (error.where.find(config_.where) == std::string::npos) error.where = config_.where + (error.where.empty() ? "" : " (" + error.where + ")");
        return fail(std::move(error));
    };
    const auto self = live({});
    if (!self) return placed(self.error());
    if (auto started = (*self)->main.trial(); !started) return placed(std::move(started).error());
    // In the daemon itself nothing runs before it is wanted.
    if (config_.isolation == InstanceConfig::Isolation::none) return {};
    auto checked = check();
    if (checked) return {};
    if (!retryable(checked.error().code)) return placed(std::move(checked).error());
    doubt = checked.error();
    return {};
}

std::string Instance::stderr_text() const {
    const std::lock_guard lock{mutex_};
    return live_ ? live_->main.stderr_text() + live_->codec.stderr_text() : std::string{};
}

bool Instance::has(std::string_view kind) const {
    const std::lock_guard lock{mutex_};
    return live_ && serves(live_->prepared.manifest, kind);
}
bool Instance::takes(std::string_view kind) const {
    const std::lock_guard lock{mutex_};
    return live_ && live_->prepared.manifest.takes_kind(kind);
}
bool Instance::sends(std::string_view channel) const {
    const std::lock_guard lock{mutex_};
    return live_ && serves(live_->prepared.manifest, "sender") && live_->prepared.manifest.has_channel(channel);
}

Result<std::shared_ptr<Instance::Live>> Instance::live(std::string_view kind) const {
    const std::lock_guard lock{mutex_};
    if (broken_) return fail(*broken_);
    if (!live_) return fail(Errc::cancelled, "connector " + config_.name + " is stopped");
    if (!kind.empty() && !serves(live_->prepared.manifest, kind))
        return fail(Errc::unsupported, "connector " + config_.name + ": plugin " + config_.plugin + " is no " + std::string{kind}, config_.where);
    return live_;
}

void Instance::note(const Lane::Ended& ended, const CallServices& services) {
    const std::lock_guard lock{mutex_};
    if (ended.status) {
        last_error_.reset();
        return;
    }
    last_error_ = ended.status.error();
    if (!retryable(last_error_->code)) return;
    ++retries_;
    // What one call was told holds for the next: it stays until it is over or a read works, whatever other calls are told meanwhile.
    asked_until_ = std::max(asked_until_, services.put_off_until);
    if (ended.retry_after_ms > 0) asked_until_ = std::max(asked_until_, std::optional{later(doors_.clock.now(), ended.retry_after_ms)});
}

Lane::Ended Instance::run(Live& self, Lane& lane, const Call& call, CallServices& services, Deadline& deadline) {
    services.figures_call = self.figures.begin(name_of(call.kind));
    auto ended = lane.run(call, services, deadline);
    // What the plugin makes of a refused batch is its own affair: a call that went on as if nothing was is no success.
    if (ended.status && services.records_fault) ended.status = fail(*services.records_fault);
    self.figures.end(services.figures_call, doors_.clock.now(), ended.status.has_value());
    return ended;
}

Status Instance::check() {
    OWED_TRY(const auto self, live({}));
    Deadline deadline{config_.limits.call_deadline};
    CallServices services{self->services, CallKind::check, deadline, self->main.cancelled()};
    auto ended = run(*self, self->main, {CallKind::check, {}, {}, {}, {}}, services, deadline);
    note(ended, services);
    return std::move(ended.status);
}

Status Instance::read(const ReadRequest& request, ReadTarget& target) {
    OWED_TRY(const auto self, live("source"));
    Deadline deadline{config_.limits.call_deadline};
    CallServices services{self->services, CallKind::read, deadline, self->main.cancelled()};
    services.target = &target;
    services.state = request.state;
    auto ended = run(*self, self->main, {CallKind::read, {}, request.cursor, {}, {}}, services, deadline);
    if (services.surroundings) ended.status = fail(*services.surroundings);
    note(ended, services);
    if (ended.status) {   // it was served: an older wish to be left alone is none any more
        const std::lock_guard lock{mutex_};
        asked_until_.reset();
    }
    return std::move(ended.status);
}

Result<DecodeReport> Instance::decode(std::string_view file_name, std::string_view bytes, std::string_view format,
                                      std::string_view profile, RecordSink& sink) {
    OWED_TRY(const auto self, live("codec"));
    if (bytes.size() > config_.limits.artifact_bytes_max)
        return fail(Errc::input_too_large, "the file has " + std::to_string(bytes.size()) + " bytes; at most " + std::to_string(config_.limits.artifact_bytes_max) + " are read",
                    std::string{file_name});
    Deadline deadline{config_.limits.call_deadline};
    CallServices services{self->services, CallKind::decode, deadline, self->codec.cancelled()};
    services.sink = &sink;
    auto ended = run(*self, self->codec, {CallKind::decode, file_name, bytes, format, profile}, services, deadline);
    if (ended.status && !services.decoded)
        ended.status = fail(Errc::plugin_bug, "plugin " + config_.plugin + ", instance " + config_.name + ", decode: it ended without a report", std::string{file_name});
    if (ended.died) note(ended, services);  // a refused file says nothing about the instance, a death does
    {
        const std::lock_guard lock{self->refusal_mutex};
        self->last_refusal = ended.status ? std::string{} : to_text(ended.status.error());
    }
    if (!ended.status) return fail(ended.status.error());
    return std::move(*services.decoded);
}

Result<SendReceipt> Instance::send(const Delivery& delivery) {
    OWED_TRY(const auto self, live("sender"));
    OWED_TRY(const auto bytes, wire::encode_delivery(delivery));
    Deadline deadline{config_.limits.call_deadline};
    CallServices services{self->services, CallKind::send, deadline, self->main.cancelled()};
    auto ended = run(*self, self->main, {CallKind::send, {}, bytes, delivery.action, {}}, services, deadline);
    note(ended, services);
    const auto unknown = [](std::string why) { return SendReceipt{SendState::unknown, {}, std::move(why), 0}; };
    if (ended.status) {
        if (services.sent) return std::move(*services.sent);
        const auto text = "plugin " + config_.plugin + ", instance " + config_.name + ", send: it ended without a receipt";
        if (services.effect_possible) return unknown(text);
        return fail(Errc::plugin_bug, text);
    }
    const Error& error = ended.status.error();
    // "Nothing left" is the plugin's word; where the host itself saw it leave, the host knows better.
    const bool may_have_left = error.code == Errc::unknown_outcome || services.effect_transfer || (ended.died && services.effect_possible);
    if (may_have_left) return unknown(to_text(error));
    return fail(error);
}

Result<std::optional<SendReceipt>> Instance::lookup(std::string_view key) {
    OWED_TRY(const auto self, live(has("sink") ? "sink" : "sender"));
    Deadline deadline{config_.limits.call_deadline};
    CallServices services{self->services, CallKind::lookup, deadline, self->main.cancelled()};
    auto ended = run(*self, self->main, {CallKind::lookup, key, {}, {}, {}}, services, deadline);
    note(ended, services);
    if (!ended.status) return fail(ended.status.error());
    return std::move(services.sent);
}

Result<Sniffed> Instance::sniff(std::string_view file_name, std::string_view head) {
    OWED_TRY(const auto self, live("codec"));
    Deadline deadline{config_.limits.call_deadline};
    CallServices services{self->services, CallKind::sniff, deadline, self->codec.cancelled()};
    auto ended = run(*self, self->codec, {CallKind::sniff, file_name, head.substr(0, 4096), {}, {}}, services, deadline);
    if (ended.died) note(ended, services);
    if (!ended.status) return fail(ended.status.error());
    return services.sniff.value_or(Sniffed{});
}

Result<std::vector<WriteResult>> Instance::write(const std::vector<Record>& records) {
    OWED_TRY(const auto self, live("sink"));
    if (records.empty()) return std::vector<WriteResult>{};
    if (records.size() > wire::Limits{}.records_max)
        return fail(Errc::input_too_large, std::to_string(records.size()) + " records are more than a batch holds", {},
                    "write at most " + std::to_string(wire::Limits{}.records_max) + " at a time");
    wire::BatchBuilder batch;
    for (const auto& record : records) OWED_TRY_VOID(batch.add(record));
    const auto bytes = batch.finish();
    Deadline deadline{config_.limits.call_deadline};
    CallServices services{self->services, CallKind::write, deadline, self->main.cancelled()};
    auto ended = run(*self, self->main, {CallKind::write, {}, bytes, {}, {}}, services, deadline);
    note(ended, services);
    // Results that came before a failure stand; a record without one may or may not be written, which an upsert bears.
    auto results = services.written.value_or(std::vector<WriteResult>{});
    // "Could not be tried at all" is the plugin's word, and not after its death or after the host saw something leave or be written.
    const bool may_have_left = !ended.status && (ended.died || services.effect_possible || ended.status.error().code == Errc::unknown_outcome);
    if (!ended.status && results.empty() && !may_have_left) return fail(ended.status.error());
    return one_for_each(std::move(results), records.size(), ended.status);
}

Result<MatchAnswer> Instance::propose(const MatchQuestion& question) {
    OWED_TRY(const auto self, live("decider"));
    OWED_TRY(const auto bytes, wire::encode_question(question));
    Deadline deadline{config_.limits.call_deadline};
    CallServices services{self->services, CallKind::propose, deadline, self->codec.cancelled()};
    auto ended = run(*self, self->codec, {CallKind::propose, {}, bytes, {}, {}}, services, deadline);
    note(ended, services);
    if (!ended.status) return fail(ended.status.error());
    if (!services.answered) return fail(Errc::plugin_bug, "plugin " + config_.plugin + ", instance " + config_.name + ", propose: it ended without an answer");
    return std::move(*services.answered);
}

InstanceReport Instance::report() const {
    std::shared_ptr<Live> self;
    InstanceReport report;
    report.name = config_.name;
    report.plugin = config_.plugin;
    report.entity = config_.entity;
    report.isolation = config_.isolation == InstanceConfig::Isolation::none ? "none" : "process";
    {
        const std::lock_guard lock{mutex_};
        self = live_;
        report.retries = retries_;
        report.asked_until = asked_until_;
        report.state = stopped_ ? InstanceState::stopped : InstanceState::ok;
        if (broken_) {
            report.state = InstanceState::failed;
            report.reason = to_text(*broken_);
        } else if (!live_ && !stopped_) {
            report.state = InstanceState::starting;
        } else if (last_error_ && !stopped_) {
            const bool transient = retryable(last_error_->code);
            report.state = transient ? InstanceState::degraded : InstanceState::failed;
            report.reason = to_text(*last_error_);
        }
    }
    if (!self) return report;
    report.version = self->prepared.manifest.version;
    self->figures.fill(report);
    for (const auto pid : {self->main.pid(), self->codec.pid()})
        if (pid > 0) report.pids.push_back(pid);
    report.rss_bytes = self->main.rss_bytes() + self->codec.rss_bytes();
    report.trouble = self->transfers.trouble();
    if (const auto& trouble = report.trouble; !trouble.empty() && report.state != InstanceState::stopped) {
        if (report.state == InstanceState::ok) report.state = InstanceState::degraded;
        report.reason += (report.reason.empty() ? "" : "; ") + trouble;
    }
    const std::lock_guard lock{self->supervision_mutex};
    report.restarts = self->supervision.deaths();
    report.deaths = self->supervision.deaths_by_kind();
    if (self->supervision.quarantined()) {
        report.state = InstanceState::quarantined;
        report.reason = self->supervision.reason();
    } else if (self->supervision.down() && report.state == InstanceState::ok) {
        report.state = InstanceState::failed;  // it died between two calls
        report.reason = self->supervision.reason();
    }
    // Nothing is known to work before something has.
    if (report.state == InstanceState::ok && !report.last_call) report.state = InstanceState::starting;
    return report;
}

}  // namespace owed::host
