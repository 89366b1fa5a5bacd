#include "transports/detail/imap_line.hpp"

#include <poll.h>

#include "transports/guard.hpp"

namespace owed::transports::detail {
namespace {

constexpr std::size_t line_max = 1u << 20;         // SEARCH answers in one line: 100,000 numbers
constexpr std::size_t literals_max = 1'000;        // of one answer

}  // namespace

bool Answered::ok() const {
    const auto space = tagged.find(' ');
    return broken == Broken::no && space != std::string::npos && tagged.compare(space + 1, 2, "OK") == 0;
}

Broken ImapLine::wait(short events) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    if (curl_easy_getinfo(easy_, CURLINFO_ACTIVESOCKET, &socket) != CURLE_OK || socket == CURL_SOCKET_BAD) return why_ = "the line is closed", Broken::closed;
    if (cancelled_ && cancelled_()) return Broken::cancelled;
    if (std::chrono::steady_clock::now() >= deadline_) return Broken::late;
    pollfd watched{socket, events, 0};
    ::poll(&watched, 1, 100);
    return Broken::no;
}

Broken ImapLine::send(std::string_view bytes) {
    while (!bytes.empty()) {
        std::size_t sent = 0;
        const auto code = curl_easy_send(easy_, bytes.data(), bytes.size(), &sent);
        if (code != CURLE_OK && code != CURLE_AGAIN) return why_ = curl_easy_strerror(code), Broken::closed;
        bytes.remove_prefix(sent);
        if (code == CURLE_AGAIN)
            if (const auto broken = wait(POLLOUT); broken != Broken::no) return broken;
    }
    return Broken::no;
}

/// More bytes, at least one.
Broken ImapLine::fill() {
    in_.erase(0, at_);
    at_ = 0;
    char buffer[16 * 1024];
    for (;;) {
        std::size_t got = 0;
        const auto code = curl_easy_recv(easy_, buffer, sizeof buffer, &got);
        if (code == CURLE_AGAIN) {
            if (const auto broken = wait(POLLIN); broken != Broken::no) return broken;
            continue;
        }
        if (code != CURLE_OK) return why_ = curl_easy_strerror(code), Broken::closed;
        if (got == 0) return why_ = "the server closed the line", Broken::closed;
        if (got > left_) return Broken::too_large;
        // A server that never stops talking is late, too, though there is always something to read.
        if (std::chrono::steady_clock::now() >= deadline_) return Broken::late;
        if (cancelled_ && cancelled_()) return Broken::cancelled;
        left_ -= got;
        in_.append(buffer, got);
        return Broken::no;
    }
}

Broken ImapLine::take_line(std::string& line) {
    for (std::size_t from = at_;;) {
        const auto end = in_.find('\n', from);
        if (end != std::string::npos) {
            line.append(in_, at_, end - at_);
            at_ = end + 1;
            if (line.ends_with('\r')) line.pop_back();
            return Broken::no;
        }
        if (in_.size() - at_ > line_max) return why_ = "an answer has a line without an end", Broken::garbled;
        const auto seen = in_.size() - at_;
        if (const auto broken = fill(); broken != Broken::no) return broken;
        from = at_ + seen;
    }
}

Broken ImapLine::take_bytes(std::size_t length, std::string& bytes) {
    while (bytes.size() < length) {
        if (at_ == in_.size())
            if (const auto broken = fill(); broken != Broken::no) return broken;
        const auto some = std::min(length - bytes.size(), in_.size() - at_);
        bytes.append(in_, at_, some);
        at_ += some;
    }
    return Broken::no;
}

Broken ImapLine::take_answer(std::string& line, std::vector<std::string>& literals) {
    for (;;) {
        if (const auto broken = take_line(line); broken != Broken::no) return broken;
        const auto literal = literal_at_end(line);
        if (!literal) return Broken::no;
        // Refused when it is announced: nothing is kept for bytes that would be too many.
        if (*literal > left_ + (in_.size() - at_)) return Broken::too_large;
        if (literals.size() == literals_max || line.size() > line_max) return why_ = "an answer does not end", Broken::garbled;
        if (const auto broken = take_bytes(*literal, literals.emplace_back()); broken != Broken::no) return broken;
    }
}

Answered ImapLine::ask(const std::string& command) {
    Answered answered;
    const std::string tag = "A" + std::to_string(++number_);
    const auto end = [&](Broken broken) -> Answered {
        answered.broken = broken;
        answered.why = std::exchange(why_, {});
        return std::move(answered);
    };
    if (const auto broken = send(tag + " " + command + "\r\n"); broken != Broken::no) return end(broken);
    for (;;) {
        std::string line;
        std::vector<std::string> literals;
        if (const auto broken = take_answer(line, literals); broken != Broken::no) return end(broken);
        if (line.starts_with(tag + " ")) {
            answered.tagged = std::move(line);
            return answered;
        }
        if (line.starts_with("* BYE")) return why_ = printable(line.substr(2)), end(Broken::closed);
        if (!line.starts_with("* ")) return why_ = "it answered \"" + printable(line, 80) + "\", which is no IMAP", end(Broken::garbled);
        if (line.starts_with("* OK")) {
            if (answered.codes.size() < 100) answered.codes.push_back(code_of(line));
            continue;
        }
        auto tokens = tokens_of(line, literals);
        if (!tokens) return why_ = tokens.error().what, end(Broken::garbled);
        answered.untagged.push_back(std::move(*tokens));
    }
}

void ImapLine::leave() {
    std::size_t sent = 0;
    curl_easy_send(easy_, "A0 LOGOUT\r\n", 11, &sent);
}

}  // namespace owed::transports::detail
