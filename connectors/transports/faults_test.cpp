// Network faults x schemes (SIMULATION G06, what lies below the protocols): whatever the line does, the outcome's class is
// right, nothing that did not leave is called unknown, nothing that may have left is called safe, and it ends in time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <set>

#include "transports/test_servers.hpp"
#include "transports/transfer.hpp"

namespace owed::transports {
namespace {

using std::chrono::milliseconds;
using Steady = std::chrono::steady_clock;

enum class Fault { refuses, no_such_name, never_accepts, closes, resets, is_silent, resets_after_words, drips, garbage, endless };
constexpr const char* name_of_fault[] = {"refuses", "no_such_name", "never_accepts", "closes", "resets", "is_silent", "resets_after_words", "drips", "garbage", "endless"};

/// A server that does one thing wrong, for every connection.
class FaultyServer {
  public:
    explicit FaultyServer(Fault fault) : fault_{fault}, fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
        EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length), 0);
        port_ = ntohs(address.sin_port);
        if (fault == Fault::refuses) return;   // bound, so that nobody else takes the port, and not listening
        EXPECT_EQ(::listen(fd_, fault == Fault::never_accepts ? 0 : 16), 0);
        if (fault == Fault::never_accepts) fill(address);
        else thread_ = std::thread{[this] { serve(); }};
    }
    ~FaultyServer() {
        over_ = true;
        if (thread_.joinable()) thread_.join();
        for (const int fd : fillers_) ::close(fd);
        ::close(fd_);
    }
    FaultyServer(const FaultyServer&) = delete;
    FaultyServer& operator=(const FaultyServer&) = delete;
    std::string place() const { return (fault_ == Fault::no_such_name ? "no-such-name.invalid:" : "localhost:") + std::to_string(port_); }

  private:
    /// The queue of connections that nobody accepts is full: a further one is not answered at all, as by a firewall.
    void fill(const sockaddr_in& address) {
        for (int i = 0; i < 4; ++i) {
            const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
            ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
            fillers_.push_back(fd);
        }
    }
    static bool ready(int fd, short events, int ms) {
        pollfd one{fd, events, 0};
        return ::poll(&one, 1, ms) > 0;
    }
    void serve() {
        while (!over_) {
            if (!ready(fd_, POLLIN, 20)) continue;
            const int client = ::accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (client < 0) continue;
            misbehave(client);
            ::close(client);
        }
    }
    void misbehave(int client) {
        char words[4096];
        switch (fault_) {
        case Fault::resets_after_words:
            for (int waited = 0; !over_ && waited < 20 && !ready(client, POLLIN, 20); ++waited) {}   // some wait for our greeting
            [[fallthrough]];
        case Fault::resets: {
            const linger at_once{1, 0};
            ::setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            return;
        }
        case Fault::garbage: {
            constexpr std::string_view garbage{"\x00\xff 999 \x1b[2J nonsense\r\n* * *\r\n\r\n", 31};
            [[maybe_unused]] const auto n = ::send(client, garbage.data(), garbage.size(), MSG_NOSIGNAL);
            return;
        }
        case Fault::is_silent:
            while (!over_ && !hung_up(client, words, sizeof words)) {}
            return;
        case Fault::drips:
            while (!over_ && !hung_up(client, words, sizeof words))
                if (::send(client, "x", 1, MSG_NOSIGNAL) < 0 && errno != EAGAIN) return;
            return;
        case Fault::endless: {
            const std::string much(65'536, 'x');
            while (!over_ && ready(client, POLLOUT, 20))
                if (::send(client, much.data(), much.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN) return;
            while (!over_ && !hung_up(client, words, sizeof words)) {}
            return;
        }
        case Fault::refuses:
        case Fault::no_such_name:
        case Fault::never_accepts:
        case Fault::closes: return;
        }
    }
    /// Takes what the client says for a moment.
    static bool hung_up(int client, char* words, std::size_t size) {
        return ready(client, POLLIN, 20) && ::recv(client, words, size, 0) <= 0;
    }

    const Fault fault_;
    const int fd_;
    int port_ = 0;
    std::atomic<bool> over_ = false;
    std::vector<int> fillers_;
    std::thread thread_;
};

struct Client {
    const char* name;
    const char* scheme;
    const char* method;
    const char* path;
    bool plain;
};
constexpr Client clients[] = {{"https_get", "https", "GET", "/", false},   {"https_post", "https", "POST", "/", false}, {"http_get", "http", "GET", "/", true},
                              {"http_post", "http", "POST", "/", true},    {"smtps", "smtps", "MAIL", "", false},       {"smtp_starttls", "smtp", "MAIL", "", false},
                              {"smtp_plain", "smtp", "MAIL", "", true},    {"sftp_put", "sftp", "PUT", "/in/x", false}, {"ftps_put", "ftps", "PUT", "/in/x", false},
                              {"ftp_auth_tls", "ftp", "PUT", "/in/x", false}, {"ftp_plain", "ftp", "PUT", "/in/x", true}, {"imaps_move", "imaps", "MOVE", "/INBOX", false},
                              {"imap_starttls", "imap", "MOVE", "/INBOX", false}, {"imap_plain", "imap", "MOVE", "/INBOX", true}};

constexpr std::uint32_t timeout_ms = 1'000;

Request request_of(const Client& client, const std::string& place) {
    Request request;
    request.method = client.method;
    request.url = std::string{client.scheme} + "://" + place + client.path;
    request.body = "words";
    request.encryption = client.plain ? Encryption::never_on_loopback : Encryption::required;
    request.timeout_ms = request.connect_timeout_ms = timeout_ms;
    request.reply_bytes_max = 64 << 10;
    const std::string scheme = client.scheme;
    if (!scheme.starts_with("http")) request.user = "desk", request.password = "s3cret";
    if (scheme == "sftp") request.host_key = "SHA256:" + std::string(43, 'A');
    if (scheme.starts_with("imap")) request.headers = {{"Uid", "3"}, {"Destination", "Done"}};
    if (scheme.starts_with("smtp")) {
        request.mail_from = "billing@example.test";
        request.recipients = {"ap@customer.test"};
    }
    if (std::string_view{client.method} == "GET" || scheme.starts_with("imap")) request.body.clear();
    return request;
}

/// Only plain http speaks first and has its effect by that: from the first word on nobody knows. All others wait for the
/// server's word, or for its certificate, before anything that matters leaves.
std::set<Outcome> right(const Client& client, Fault fault) {
    const bool posted = std::string_view{client.name} == "http_post";
    switch (fault) {
    case Fault::refuses:
    case Fault::no_such_name: return {Outcome::transient};
    case Fault::never_accepts: return {Outcome::timed_out, Outcome::transient};
    case Fault::closes:
    case Fault::resets:
        if (posted) return {Outcome::transient, Outcome::unknown_outcome};   // as far as it came
        break;
    case Fault::is_silent:
        if (posted) return {Outcome::unknown_outcome};
        if (client.plain) return {Outcome::timed_out};
        break;
    case Fault::drips:
    case Fault::resets_after_words:
    case Fault::garbage:
    case Fault::endless:
        if (posted) return {Outcome::unknown_outcome};
        break;
    }
    if (client.plain) return {Outcome::transient, Outcome::timed_out};
    return {Outcome::transient, Outcome::timed_out, Outcome::untrusted};
}

class Faults : public testing::TestWithParam<Fault> {};

TEST_P(Faults, have_their_class_by_every_scheme_and_end_in_time) {
    for (const auto& client : clients) {
        SCOPED_TRACE(client.name);
        const FaultyServer server{GetParam()};
        const auto began = Steady::now();
        const auto response = transfer(request_of(client, server.place()));
        const auto took = std::chrono::duration_cast<milliseconds>(Steady::now() - began);
        // A tenth of the deadline by design; the rest is for a busy machine.
        EXPECT_LT(took, milliseconds{timeout_ms + timeout_ms / 10 + 2'000});
        if (!response) {
            EXPECT_EQ(response.error().code, Errc::input_too_large) << to_text(response.error());
            EXPECT_TRUE(GetParam() == Fault::endless && std::string_view{client.name} != "http_post") << to_text(response.error());
            continue;
        }
        EXPECT_THAT(right(client, GetParam()), testing::Contains(response->outcome)) << name_of(response->outcome) << ": " << response->detail;
        EXPECT_FALSE(response->detail.empty());
        EXPECT_THAT(response->detail + response->reply, testing::Not(testing::HasSubstr("s3cret")));
        for (const char c : response->detail + response->reply) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20) << response->detail;
    }
}

INSTANTIATE_TEST_SUITE_P(OfTheLine, Faults,
                         testing::Values(Fault::refuses, Fault::no_such_name, Fault::never_accepts, Fault::closes, Fault::resets, Fault::is_silent, Fault::resets_after_words, Fault::drips, Fault::garbage,
                                         Fault::endless),
                         [](const auto& test) { return name_of_fault[static_cast<int>(test.param)]; });

}  // namespace
}  // namespace owed::transports
