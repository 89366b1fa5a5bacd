// The host's services as C++ (plugin.hpp). Each function is one call through a table, checked for being there.
#include <cstddef>

#include "detail/host_core.hpp"

namespace owed::plugin {
namespace detail {

Error HostCore::missing(const char* id) const {
    const auto version = [](std::uint32_t minor) { return std::to_string(OWED_ABI_MAJOR) + "." + std::to_string(minor); };
    return {Errc::unsupported,
            std::string{"this host (boundary "} + version(host->abi_minor) + ") has no " + id + " as this plugin (built for boundary " +
                version(OWED_ABI_MINOR) + ") needs it",
            {}, "upgrade owed, or take an older version of the plugin"};
}

Error HostCore::error(owed_status status, std::string_view function) const {
    if (OWED_HAS(fail, last))
        if (const owed_failure* why = fail->last(host->self); why != nullptr)
            return {errc_of(status, view_of(why->code)), std::string{view_of(why->message)},
                    std::string{view_of(why->where)}, std::string{view_of(why->advice)}};
    return {errc_of(status, {}), "the host's " + std::string{function} + " answered " + std::string{name_of_status(status)},
            {}, {}};
}

Status HostCore::status(owed_status answer, std::string_view function) const {
    if (answer == OWED_OK) return {};
    return owed::fail(error(answer, function));
}

owed_status HostCore::raise(const Error& error) noexcept {
    const owed_status status = status_of(error.code);
    if (OWED_HAS(fail, raise)) {
        const owed_failure failure{sizeof(owed_failure),     status,
                                   text_of(error.what),      text_of(pending.detail),
                                   text_of(error.where),     text_of(pending.record),
                                   text_of(name_of(error.code)), text_of(error.advice),
                                   static_cast<std::uint64_t>(pending.retry_after.count())};
        fail->raise(host->self, &failure);
    }
    pending = {};
    return status;
}

owed_status HostCore::raise_bug(const char* what) noexcept {
    // No allocation: the exception may have been about memory.
    if (OWED_HAS(fail, raise)) {
        owed_failure failure{};
        failure.size = sizeof failure;
        failure.status = OWED_BUG;
        failure.message = text_of(what);
        failure.detail = text_of("exception stopped at the plugin boundary");
        fail->raise(host->self, &failure);
    }
    return OWED_BUG;
}

}  // namespace detail

void Log::write(std::int32_t level, std::string_view text) const {
    if (OWED_HAS(core_->log, write)) core_->log->write(core_->host->self, level, text_of(text));
}

Result<Instant> Clock::now() const {
    if (!OWED_HAS(core_->clock, now)) return fail(core_->missing(OWED_CLOCK_1));
    Instant instant;
    OWED_TRY_VOID(core_->status(core_->clock->now(core_->host->self, &instant.micros), "clock.now"));
    return instant;
}
std::chrono::milliseconds Clock::remaining() const {
    std::uint64_t millis = 0;
    if (!OWED_HAS(core_->clock, remaining) || core_->clock->remaining(core_->host->self, &millis) != OWED_OK)
        return std::chrono::milliseconds{0};
    return std::chrono::milliseconds{static_cast<std::int64_t>(millis)};
}
bool Clock::cancelled() const {
    return OWED_HAS(core_->clock, cancelled) && core_->clock->cancelled(core_->host->self) != 0;
}

Status Clock::wait(std::chrono::milliseconds time) const {
    if (!OWED_HAS(core_->clock, wait)) return fail(core_->missing(OWED_CLOCK_1));
    constexpr std::chrono::milliseconds piece_max{60'000};
    for (auto left = time; left.count() > 0; left -= std::min(left, piece_max)) {
        const auto piece = static_cast<std::uint64_t>(std::min(left, piece_max).count());
        OWED_TRY_VOID(core_->status(core_->clock->wait(core_->host->self, piece), "clock.wait"));
    }
    return {};
}

bool Secrets::has(std::string_view name) const {
    return OWED_HAS(core_->secrets, has) && core_->secrets->has(core_->host->self, text_of(name)) == OWED_OK;
}
void Metrics::count(std::string_view name, std::int64_t delta) const {
    if (OWED_HAS(core_->metrics, count)) core_->metrics->count(core_->host->self, text_of(name), delta);
}
void Metrics::gauge(std::string_view name, std::int64_t value) const {
    if (OWED_HAS(core_->metrics, gauge)) core_->metrics->gauge(core_->host->self, text_of(name), value);
}

Status Random::fill(std::string_view purpose, std::span<unsigned char> out) const {
    if (!OWED_HAS(core_->random, fill)) return fail(core_->missing(OWED_RANDOM_1));
    return core_->status(core_->random->fill(core_->host->self, text_of(purpose), out.data(), out.size()), "random.fill");
}

Result<std::optional<std::string>> State::get(std::string_view key) const {
    if (!OWED_HAS(core_->state, get)) return fail(core_->missing(OWED_STATE_1));
    owed_bytes value{};
    const auto status = core_->state->get(core_->host->self, text_of(key), &value);
    if (status == OWED_NOT_FOUND) return std::optional<std::string>{};
    OWED_TRY_VOID(core_->status(status, "state.get"));
    return std::optional<std::string>{view_of(value)};
}
Status State::put(std::string_view key, std::string_view value) const {
    if (!OWED_HAS(core_->state, put)) return fail(core_->missing(OWED_STATE_1));
    return core_->status(core_->state->put(core_->host->self, text_of(key), bytes_of(value)), "state.put");
}
Status State::remove(std::string_view key) const {
    if (!OWED_HAS(core_->state, remove)) return fail(core_->missing(OWED_STATE_1));
    return core_->status(core_->state->remove(core_->host->self, text_of(key)), "state.remove");
}

Result<std::vector<File>> Files::list(std::string_view folder, std::string_view glob) const {
    if (!OWED_HAS(core_->files, list)) return fail(core_->missing(OWED_FILES_1));
    std::vector<File> files;
    const auto found = [](void* context, const owed_file* file) {
        static_cast<std::vector<File>*>(context)->push_back(
            {std::string{view_of(file->name)}, file->length, Instant{file->modified_us},
             std::chrono::milliseconds{static_cast<std::int64_t>(file->age_ms)}, file->ready != 0});
    };
    OWED_TRY_VOID(core_->status(core_->files->list(core_->host->self, text_of(folder), text_of(glob), found, &files),
                                "files.list"));
    return files;
}
Result<std::size_t> Files::read(std::string_view folder, std::string_view name, std::uint64_t offset,
                                std::span<char> out) const {
    if (!OWED_HAS(core_->files, read)) return fail(core_->missing(OWED_FILES_1));
    std::uint64_t got = 0;
    OWED_TRY_VOID(core_->status(core_->files->read(core_->host->self, text_of(folder), text_of(name), offset, out.data(),
                                                   out.size(), &got),
                                "files.read"));
    return static_cast<std::size_t>(got);
}
Result<std::string> Files::read_all(std::string_view folder, std::string_view name, std::uint64_t size_max) const {
    constexpr std::size_t piece = 1u << 20;
    std::string bytes;
    for (;;) {
        const auto have = bytes.size();
        bytes.resize(have + piece);
        OWED_TRY(const auto got, read(folder, name, have, std::span{bytes}.subspan(have)));
        bytes.resize(have + got);
        if (bytes.size() > size_max)
            return fail(Errc::input_too_large, "the file has more than the allowed " + std::to_string(size_max) + " bytes",
                        std::string{name});
        if (got < piece) return bytes;
    }
}
Status Files::write_new(std::string_view folder, std::string_view name, std::string_view bytes) const {
    if (!OWED_HAS(core_->files, write_new)) return fail(core_->missing(OWED_FILES_1));
    return core_->status(
        core_->files->write_new(core_->host->self, text_of(folder), text_of(name), bytes_of(bytes)), "files.write_new");
}
Result<bool> Files::exists(std::string_view folder, std::string_view name) const {
    if (!OWED_HAS(core_->files, exists)) return fail(core_->missing(OWED_FILES_1));
    const auto status = core_->files->exists(core_->host->self, text_of(folder), text_of(name));
    if (status == OWED_NOT_FOUND) return false;
    OWED_TRY_VOID(core_->status(status, "files.exists"));
    return true;
}

namespace {

/// The C view of a Request: arrays that live as long as this does.
struct RequestView {
    explicit RequestView(const Request& request) {
        headers.reserve(request.headers.size());
        storage.reserve(request.headers.size() + 3);  // so that views into it stay put
        for (const auto& header : request.headers) headers.push_back({text_of(header.name), parts(header.value)});
        for (const auto& recipient : request.recipients) recipients.push_back(text_of(recipient));
        c.size = sizeof c;
        c.tls = request.plain_text ? OWED_TLS_NONE : OWED_TLS_REQUIRED;
        c.method = text_of(request.method);
        c.url = text_of(request.url);
        c.headers = headers.data();
        c.header_count = headers.size();
        c.body = parts(request.body);
        c.user = parts(request.user);
        c.password = parts(request.password);
        c.mail_from = text_of(request.mail_from);
        c.recipients = recipients.data();
        c.recipient_count = recipients.size();
        c.idempotency_key = text_of(request.idempotency_key);
        c.timeout_ms = static_cast<std::uint64_t>(request.timeout.count());
        c.response_max = request.response_max;
    }
    owed_parts parts(const std::vector<Part>& from) {
        auto& to = storage.emplace_back();
        for (const auto& part : from)
            to.push_back({static_cast<std::uint32_t>(part.is_secret ? OWED_SECRET : OWED_LITERAL),
                          static_cast<std::uint32_t>(part.encoding), bytes_of(part.value)});
        return {to.data(), to.size()};
    }
    owed_request c{};
    std::vector<owed_header> headers;
    std::vector<owed_text> recipients;
    std::vector<std::vector<owed_part>> storage;
};

}  // namespace

Result<Response> Transfer::perform(const Request& request) const {
    if (!OWED_HAS(core_->transfer, perform)) return fail(core_->missing(OWED_TRANSFER_1));
    const RequestView view{request};
    const owed_response* from = nullptr;
    const auto status = core_->transfer->perform(core_->host->self, &view.c, &from);
    if (from == nullptr) {
        OWED_TRY_VOID(core_->status(status, "transfer.perform"));
        return fail(Errc::plugin_bug, "the host's transfer.perform succeeded without a response");
    }
    Response to;
    if (from->outcome != OWED_OK) to.failure = errc_of(from->outcome, {});
    to.code = from->code;
    to.bytes_left = from->bytes_left != 0;
    to.retry_after = std::chrono::milliseconds{static_cast<std::int64_t>(from->retry_after_ms)};
    for (std::uint64_t i = 0; i < from->header_count; ++i)
        to.headers.emplace_back(view_of(from->headers[i].name), view_of(from->headers[i].value));
    to.body = view_of(from->body);
    to.message = view_of(from->message);
    return to;
}

std::string_view Host::instance_name() const { return core_->name; }
void Host::progress(std::uint64_t done, std::uint64_t total, std::string_view words) const {
    if (OWED_HAS(core_->progress, report)) core_->progress->report(core_->host->self, done, total, text_of(words));
}
void Host::add_to_failure(FailureDetail detail) const { core_->pending = std::move(detail); }

}  // namespace owed::plugin
