#include "conformance/detail/bench.hpp"

#include <sodium.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "conformance/detail/damage.hpp"
#include "host/cassette.hpp"
#include "transports/guard.hpp"

namespace owed::conformance {
namespace {

namespace fs = std::filesystem;

int output_fd = -1;

/// Far enough ahead that every file is older than the drop-folder rule wants.
Instant an_hour_later() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return {(std::int64_t{now.tv_sec} + 3600) * 1'000'000};
}

bool is_mail(const transports::Request& request) { return request.url.starts_with("smtp"); }

}  // namespace

// ---- world

TempFolder::TempFolder() {
    std::string pattern = (fs::temp_directory_path() / "owed-check-XXXXXX").string();
    const char* made = ::mkdtemp(pattern.data());
    OWED_CHECK(made != nullptr, "no temporary folder can be made at " + pattern);
    path_ = pattern;
}
TempFolder::~TempFolder() {
    std::error_code error;
    fs::remove_all(path_, error);
}

Instant HeldClock::now() { return {micros.fetch_add(step)}; }

std::uint64_t SeededRng::next(std::string_view purpose) {
    const std::lock_guard lock{mutex};
    auto place = places.find(purpose);
    if (place == places.end()) place = places.emplace(std::string{purpose}, 0).first;
    Dice dice{seed + std::hash<std::string_view>{}(purpose) + ++place->second};
    return dice.next();
}
void SeededRng::fill(std::string_view purpose, std::span<unsigned char> out) {
    Dice dice{next(purpose)};
    for (auto& byte : out) byte = static_cast<unsigned char>(dice.next());
}

void HeldLog::write(LogLevel, std::string_view room, std::string_view text) {
    const std::lock_guard lock{mutex};
    kept.push_back(std::string{room} + ": " + std::string{text});
}
std::vector<std::string> HeldLog::lines() const {
    const std::lock_guard lock{mutex};
    return kept;
}

std::string canary(const std::string& name) {
    // Bytes that each encoding writes in another way.
    return "cAnAry/" + name + "+\"<&>%=" + fingerprint_of(name).substr(0, 16);
}

std::string fingerprint_of(std::string_view bytes) {
    unsigned char digest[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(digest, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    char text[2 * sizeof digest + 1];
    sodium_bin2hex(text, sizeof text, digest, sizeof digest);
    return text;
}

std::string shown(std::string_view text, std::size_t length_max) {
    std::string out;
    for (const char c : text.substr(0, length_max)) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte >= 0x7f ? '?' : c;
    }
    return text.size() > length_max ? out + "..." : out;
}

void catch_output() {
    output_fd = ::memfd_create("output", MFD_CLOEXEC);
    OWED_CHECK(output_fd >= 0, "no memfd for the plugin's output");
    ::dup2(output_fd, STDOUT_FILENO);
    ::dup2(output_fd, STDERR_FILENO);
}
std::string caught_output() {
    if (output_fd < 0) return {};
    std::fflush(nullptr);
    struct stat status {};
    if (::fstat(output_fd, &status) != 0) return {};
    std::string text(static_cast<std::size_t>(std::min<off_t>(status.st_size, 1 << 20)), '\0');
    const auto n = ::pread(output_fd, text.data(), text.size(), std::max<off_t>(0, status.st_size - (1 << 20)));
    text.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    return text;
}

// ---- Server

std::vector<transports::Request> Server::requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
}
std::map<std::string, std::string> Server::effects() const {
    const std::lock_guard lock{mutex_};
    auto all = kept_;
    all.insert(mails_.begin(), mails_.end());
    return all;
}

Result<transports::Response> Server::answer(const transports::Request& request) {
    const std::lock_guard lock{mutex_};
    requests_.push_back(request);
    if (instead)
        if (auto response = instead(request)) return std::move(*response);
    if (subject_.has_tape) return from_tape(request);
    return keep(request);
}

/// The next exchange that is this request's, from where the tape stands; then from its beginning, for a read that begins
/// again.
Result<transports::Response> Server::from_tape(const transports::Request& request) {
    Error nearest{Errc::conflicting_repeat, "the cassette is empty", {}, {}};
    for (std::size_t i = 0; i < subject_.tape.size(); ++i) {
        const std::size_t at = (place_ + i) % subject_.tape.size();
        OWED_TRY(const auto player, host::CassettePlayer::parse(subject_.tape[at], "cassette"));
        auto response = player(request);
        if (response) {
            place_ = at + 1;
            return response;
        }
        if (i == 0) nearest = response.error();
    }
    // What the plugin writes need not be on the tape: the kit's own server keeps it and gives it back.
    const bool writes = request.method == "PUT" || request.method == "POST" || request.method == "PATCH" || request.method == "DELETE";
    if (is_mail(request) || writes || kept_.contains(request.url)) return keep(request);
    missed_ = true;
    return fail(nearest);
}

transports::Response Server::keep(const transports::Request& request) {
    transports::Response response;
    response.outcome = transports::Outcome::ok;
    if (is_mail(request)) {
        response.status = 250;
        response.reply = "250 2.0.0 taken";
        mails_["mail " + std::to_string(mails_.size() + 1)] = request.body;
        return response;
    }
    response.status = 200;
    response.headers = {{"Content-Type", "application/json"}};
    if (transports::only_looks(request.method)) {
        const auto found = kept_.find(request.url);
        if (found == kept_.end()) {
            response.outcome = transports::Outcome::refused;
            response.status = 404;
            response.detail = "GET " + shown(request.url) + ": 404";
        } else if (request.method == "GET") {
            response.body = found->second;
        }
        return response;
    }
    if (request.method == "DELETE") {
        kept_.erase(request.url);
        return response;
    }
    const bool fresh = kept_.emplace(request.url, request.body).second;
    kept_[request.url] = request.body;
    response.status = fresh ? 201 : 200;
    response.body = "{}";
    return response;
}

// ---- Bench

Bench::Bench(const Subject& subject_, Mode mode_, const Adjust& adjust)
    : subject{subject_}, mode{mode_}, rng{subject_.seed}, server{subject_} {
    for (const auto& name : subject.folders()) fs::create_directories(folder(name));
    for (const auto& input : subject.inputs) std::ofstream{folder(input.folder) + "/" + input.name, std::ios::binary} << input.bytes;
    host::InstanceConfig config;
    config.name = "checked";
    config.plugin = subject.manifest->id;
    config.entity = "example";
    config.isolation = mode == Mode::none ? host::InstanceConfig::Isolation::none : host::InstanceConfig::Isolation::process;
    config.settings_json = boost::json::serialize(subject.settings);
    config.secret = [](std::string_view name) -> Result<std::string> { return canary(std::string{name}); };
    config.has_secret = [](std::string_view) { return true; };
    config.limits.call_deadline = std::chrono::seconds{20};
    if (subject.manifest->urls) {
        // The configuration narrows what the manifest asks for; here it grants all of it.
        for (const auto& url : *subject.manifest->urls)
            if (!url.starts_with("settings:")) config.transfer.allow_urls.push_back(url);
        if (config.transfer.allow_urls.size() != subject.manifest->urls->size()) config.transfer.allow_urls.clear();
    }
    host::HostOptions options;
    options.plugin_folder = subject.plugins;
    options.child_program = subject.child_program;
    options.folder_base = files_.path();
    options.allow_unlisted = true;
    options.transfer = [this](const transports::Request& request) { return server.answer(request); };
    options.file_now = an_hour_later;
    options.sleep = [this](std::uint64_t millis, const std::function<bool()>& stop) {
        clock.micros += static_cast<std::int64_t>(millis) * 1000;
        return !stop();
    };
    options.polite_end = std::chrono::milliseconds{1000};
    options.kill_after = std::chrono::milliseconds{1000};
    options.watch = [this](const host::ServiceRequest& request) -> std::optional<Error> {
        {
            const std::lock_guard lock{mutex_};
            seen_.push_back({std::string{request.call}, std::string{request.service}, std::string{request.subject.substr(0, 4096)}});
        }
        return on_request ? on_request(request) : std::nullopt;
    };
    if (adjust) adjust(config, options);
    printed_before_ = static_cast<std::int64_t>(caught_output().size());
    host_ = std::make_unique<host::PluginHost>(std::move(options), std::vector{std::move(config)}, clock, rng, log);
    host_->start();
}
Bench::~Bench() { host_->stop(); }

std::string Bench::broken() {
    const auto report = plugin().report();
    return report.state == InstanceState::failed ? report.reason : std::string{};
}

std::map<std::string, std::string> Bench::files() const {
    std::map<std::string, std::string> all;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator{files_.path(), error}) {
        if (!entry.is_regular_file()) continue;
        std::ifstream in{entry.path(), std::ios::binary};
        all[fs::relative(entry.path(), files_.path()).string()] = {std::istreambuf_iterator<char>{in}, {}};
    }
    return all;
}

std::vector<Seen> Bench::seen() const {
    const std::lock_guard lock{mutex_};
    return seen_;
}
std::size_t Bench::seen_count(std::string_view service) const {
    const std::lock_guard lock{mutex_};
    std::size_t count = 0;
    for (const auto& request : seen_) count += request.service == service ? 1 : 0;
    return count;
}
void Bench::forget_seen() {
    const std::lock_guard lock{mutex_};
    seen_.clear();
}

std::string Bench::printed() {
    if (mode == Mode::process) return host_->stderr_of("checked");
    const auto all = caught_output();
    return static_cast<std::size_t>(printed_before_) < all.size() ? all.substr(static_cast<std::size_t>(printed_before_)) : std::string{};
}

void Bench::let_time_pass() {
    host_->release("checked").map_error([](const Error&) { return 0; });
    clock.micros += std::int64_t{3600} * 1'000'000;
}

}  // namespace owed::conformance
