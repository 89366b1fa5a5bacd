#include "main/doors.hpp"

#include <fcntl.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace owed::daemon {
namespace {

std::int64_t system_micros() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Instant SystemClock::now() {
    const std::lock_guard lock{mutex_};
    return {system_micros() + offset_micros_};
}

Status SystemClock::use_demo_offset(const std::string& data_folder, Instant start) {
    const std::lock_guard lock{mutex_};
    offset_file_ = data_folder + "/clock-offset";
    std::ifstream kept{offset_file_};
    std::string text;
    if (kept >> text) {
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset_micros_);
        if (error != std::errc{} || end != text.data() + text.size())
            return fail(Errc::store_corrupt, offset_file_ + " does not hold a number of microseconds", {}, "the demo folder is damaged; remove it and run again");
        return {};
    }
    offset_micros_ = start.micros - system_micros();
    return keep_offset();
}

Status SystemClock::advance(Instant to) {
    const std::lock_guard lock{mutex_};
    if (offset_file_.empty()) return fail(Errc::refused, "only the clock of a demo folder can be moved");
    const auto wanted = to.micros - system_micros();
    if (wanted < offset_micros_) return fail(Errc::refused, "the clock stands later than " + to_text(to) + " already; it never goes back");
    offset_micros_ = wanted;
    return keep_offset();
}

Status SystemClock::keep_offset() {
    const auto temporary = offset_file_ + ".tmp";
    const int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return fail(Errc::io, "cannot write " + temporary + ": " + std::strerror(errno));
    const auto text = std::to_string(offset_micros_) + "\n";
    const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
    ::close(fd);
    if (!written || ::rename(temporary.c_str(), offset_file_.c_str()) != 0)
        return fail(Errc::io, "cannot keep the demo clock in " + offset_file_ + ": " + std::strerror(errno));
    return {};
}

std::uint64_t SystemRng::next(std::string_view purpose) {
    std::uint64_t value = 0;
    fill(purpose, {reinterpret_cast<unsigned char*>(&value), sizeof value});
    return value;
}

void SystemRng::fill(std::string_view, std::span<unsigned char> out) {
    std::size_t done = 0;
    while (done < out.size()) {
        const auto n = ::getrandom(out.data() + done, out.size() - done, 0);
        if (n < 0 && errno == EINTR) continue;
        OWED_ASSERT(n > 0);
        done += static_cast<std::size_t>(n);
    }
}

struct JsonLog::Impl {
    std::shared_ptr<spdlog::logger> logger;
};

JsonLog::JsonLog(Clock& clock) : impl_{std::make_unique<Impl>()}, clock_{clock} {
    impl_->logger = std::make_shared<spdlog::logger>("owed", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    impl_->logger->set_pattern("%v");
    impl_->logger->flush_on(spdlog::level::info);
}
JsonLog::~JsonLog() = default;

void JsonLog::write(LogLevel level, std::string_view room, std::string_view text) {
    static constexpr const char* names[] = {"debug", "info", "warn", "error"};
    static constexpr spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn, spdlog::level::err};
    const auto at = static_cast<std::size_t>(level);
    const boost::json::object line{{"at", to_text(clock_.now())}, {"level", names[at]},
                                   {"room", boost::json::string_view{room.data(), room.size()}},
                                   {"text", boost::json::string_view{text.data(), text.size()}}};
    impl_->logger->log(levels[at], "{}", boost::json::serialize(line));
}

void notify_systemd(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || (path[0] != '/' && path[0] != '@')) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto length = std::strlen(path);
    if (length >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = 0;
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    // Nothing can be done about a notification that systemd does not take; the unit's start timeout shows it.
    [[maybe_unused]] const auto sent = ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr*>(&address), size);
    ::close(fd);
}

}  // namespace owed::daemon
