// What a session keeps between exchanges, and what it never repeats.
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/standins/standin.hpp"
#include "transports/detail/retry_after.hpp"
#include "transports/guard.hpp"
#include "transports/transfer.hpp"

namespace owed::transports {
namespace {

using standins::Certificates;
using standins::StandIn;
using Steady = std::chrono::steady_clock;

Request plain(const StandIn& server, const std::string& method, const std::string& path) {
    return {.method = method, .url = "http://127.0.0.1:" + server.port() + path, .encryption = Encryption::never_on_loopback, .timeout_ms = 5000};
}
Request tls(const StandIn& server, const std::string& method, const std::string& path) {
    return {.method = method, .url = "https://localhost:" + server.port() + path, .ca_file = Certificates::made().file("ca.pem"), .timeout_ms = 5000};
}
std::set<std::int64_t> connections(const StandIn& server) {
    std::set<std::int64_t> numbers;
    for (const auto& event : server.events("request")) numbers.insert(event.at("connection").as_int64());
    return numbers;
}

TEST(Session, reuses_a_connection_and_a_single_transfer_does_not) {
    ASSERT_TRUE(Certificates::made().ready());
    const StandIn server{"http_lossy.py", Certificates::made().serve("good")};
    ASSERT_TRUE(server.ready());
    constexpr int count = 50;
    const auto rate = [&](const std::function<Result<Response>(const Request&)>& exchange) {
        const auto start = Steady::now();
        for (int i = 0; i < count; ++i) {
            const auto response = exchange(tls(server, i % 2 == 0 ? "GET" : "POST", "/echo"));
            EXPECT_TRUE(response && response->outcome == Outcome::ok);
            EXPECT_EQ(response ? response->http_version : 0, 11);
        }
        const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - start).count();
        return static_cast<int>(std::int64_t{count} * 1'000'000 / std::max<std::int64_t>(1, micros));
    };
    Session session;
    const int reused = rate([&](const Request& request) { return session.transfer(request); });
    EXPECT_EQ(connections(server).size(), 1u);
    const int fresh = rate([](const Request& request) { return transfer(request); });
    EXPECT_EQ(connections(server).size(), 1u + count);
    RecordProperty("requests_per_second_reused", reused);
    RecordProperty("requests_per_second_fresh", fresh);
    EXPECT_GT(reused, fresh);
}

TEST(Session, speaks_http2_over_one_connection) {
    ASSERT_TRUE(Certificates::made().ready());
    const StandIn server{"http2.py", Certificates::made().serve("good")};
    ASSERT_TRUE(server.ready());
    Session session;
    for (const char* method : {"GET", "POST", "GET", "DELETE"}) {
        Request request = tls(server, method, "/v1/things");
        request.body = request.method == "POST" ? "{}" : "";
        const auto response = session.transfer(request);
        ASSERT_TRUE(response) << to_text(response.error());
        EXPECT_EQ(name_of(response->outcome), "ok") << response->detail;
        EXPECT_EQ(response->http_version, 20);
        EXPECT_EQ(response->body, "/v1/things");
    }
    EXPECT_EQ(server.events("connection").size(), 1u);
    EXPECT_EQ(server.events("request").size(), 4u);
}

TEST(Session, never_repeats_what_has_an_effect_on_a_dead_connection) {
    const StandIn server{"http_lossy.py", {}};
    ASSERT_TRUE(server.ready());
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
        Session session;
        ASSERT_TRUE(session.transfer(plain(server, "GET", "/die-next")));
        const std::size_t before = server.events("request").size();
        const auto response = session.transfer(plain(server, method, "/effect"));
        ASSERT_TRUE(response);
        EXPECT_EQ(name_of(response->outcome), "unknown_outcome") << method << ": " << response->detail;
        EXPECT_EQ(server.events("request").size(), before + 1) << method;
    }
    Session session;
    ASSERT_TRUE(session.transfer(plain(server, "GET", "/die-next")));
    const auto again = session.transfer(plain(server, "GET", "/look"));
    ASSERT_TRUE(again);
    EXPECT_EQ(name_of(again->outcome), "ok") << again->detail;  // a look may be repeated
}

TEST(Session, a_connection_that_was_closed_meanwhile_costs_nothing) {
    const StandIn server{"http_lossy.py", {}};
    ASSERT_TRUE(server.ready());
    Session session;
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(name_of(session.transfer(plain(server, "GET", "/hang-up"))->outcome), "ok");
        const auto response = session.transfer(plain(server, "GET", "/status/200"));
        ASSERT_TRUE(response);
        EXPECT_EQ(name_of(response->outcome), "ok") << response->detail;
    }
}

TEST(Session, keeps_no_cookies_and_no_login) {
    const StandIn server{"http_lossy.py", {}};
    ASSERT_TRUE(server.ready());
    Session session;
    Request request = plain(server, "GET", "/echo");
    request.user = "owed";
    request.password = "s3cret";
    request.headers = {{"Cookie", "a=b"}};
    ASSERT_TRUE(session.transfer(request));
    ASSERT_TRUE(session.transfer(plain(server, "GET", "/echo")));
    const auto seen = server.events("request");
    ASSERT_EQ(seen.size(), 2u);
    EXPECT_NE(boost::json::serialize(seen[0].at("headers")).find("authorization"), std::string::npos);
    EXPECT_EQ(boost::json::serialize(seen[1].at("headers")).find("authorization"), std::string::npos);
    EXPECT_EQ(boost::json::serialize(seen[1].at("headers")).find("cookie"), std::string::npos);
}

TEST(Session, unpacks_under_its_own_count) {
    const StandIn server{"http_lossy.py", {}};
    ASSERT_TRUE(server.ready());
    Session session;
    const auto text = session.transfer(plain(server, "GET", "/gzip"));
    ASSERT_TRUE(text);
    EXPECT_EQ(text->body, "a text that was packed");
    for (const auto& header : text->headers) EXPECT_NE(header.name, "Content-Encoding");
    Request bomb = plain(server, "GET", "/bomb");
    bomb.reply_bytes_max = 1u << 20;
    const auto burst = session.transfer(bomb);
    ASSERT_FALSE(burst);
    EXPECT_EQ(burst.error().code, Errc::input_too_large);
}

TEST(Session, a_cancel_is_noticed_within_200_ms) {
    const StandIn server{"http_lossy.py", {}};
    ASSERT_TRUE(server.ready());
    Session session;
    for (const char* method : {"GET", "POST"}) {
        Request request = plain(server, method, "/hang");
        const auto cancel_at = Steady::now() + std::chrono::milliseconds{400};
        request.cancelled = [&] { return Steady::now() >= cancel_at; };
        const auto response = session.transfer(request);
        const auto late = std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - cancel_at).count();
        ASSERT_TRUE(response);
        EXPECT_EQ(name_of(response->outcome), std::string_view{method} == "GET" ? "cancelled" : "unknown_outcome");
        EXPECT_LT(late, 200) << method;
    }
}

TEST(Session, shows_its_certificate_to_who_asks) {
    const Certificates& made = Certificates::made();
    ASSERT_TRUE(made.ready());
    auto arguments = made.serve("good");
    arguments.insert(arguments.end(), {"--client-ca", made.file("ca.pem")});
    const StandIn server{"http_lossy.py", arguments};
    ASSERT_TRUE(server.ready());
    std::ostringstream key;
    key << std::ifstream{made.file("good.key")}.rdbuf();
    Request request = tls(server, "GET", "/echo");
    EXPECT_NE(name_of(transfer(request)->outcome), "ok");
    request.client_certificate = made.file("good.pem");
    request.client_key = key.str();
    const auto response = transfer(request);
    ASSERT_TRUE(response);
    EXPECT_EQ(name_of(response->outcome), "ok") << response->detail;
    request.client_key = "no key at all";
    const auto wrong = transfer(request);
    ASSERT_TRUE(wrong);
    EXPECT_EQ(name_of(wrong->outcome), "untrusted") << wrong->detail;
    EXPECT_EQ(wrong->detail.find("no key at all"), std::string::npos);
}

TEST(Session, a_proxy_that_refuses_is_no_effect) {
    const StandIn proxy{"http_lossy.py", {}};  // knows no CONNECT, and answers 501
    ASSERT_TRUE(proxy.ready());
    Request request{.method = "POST", .url = "https://api.example.test/", .body = "x", .proxy = "http://127.0.0.1:" + proxy.port(), .timeout_ms = 3000};
    const auto response = transfer(request);
    ASSERT_TRUE(response);
    EXPECT_EQ(name_of(response->outcome), "transient") << response->detail;
}

TEST(Http, untrusted_servers_get_nothing) {
    ASSERT_TRUE(Certificates::made().ready());
    for (const char* name : {"wrong-name", "expired", "other"}) {
        const StandIn server{"http_lossy.py", Certificates::made().serve(name)};
        ASSERT_TRUE(server.ready());
        const auto response = transfer(tls(server, "POST", "/effect"));
        ASSERT_TRUE(response) << name;
        EXPECT_EQ(name_of(response->outcome), "untrusted") << name << ": " << response->detail;
        EXPECT_EQ(response->unknown_authority, std::string_view{name} == "other") << response->detail;
        EXPECT_TRUE(server.events("request").empty()) << name;
    }
}

TEST(RetryAfter, in_both_forms_and_never_more_than_an_hour) {
    struct Case {
        const char *wait, *date;
        std::uint64_t ms;
    };
    constexpr const char* noon = "Tue, 31 Mar 2026 12:00:00 GMT";
    for (const Case& c : {Case{"7", "", 7'000}, Case{"0", "", 0}, Case{"3600", "", 3'600'000}, Case{"3601", "", 3'600'000}, Case{"999999999999999999999999", "", 3'600'000},
                          Case{"0000000000000000000007", "", 7'000}, Case{"-5", "", 0}, Case{"7.5", "", 0}, Case{"soon", noon, 0}, Case{"", noon, 0}, Case{"1e3", noon, 0},
                          Case{"Tue, 31 Mar 2026 12:00:30 GMT", noon, 30'000}, Case{"Tue, 31 Mar 2026 11:59:59 GMT", noon, 0}, Case{"Wed, 31 Mar 2027 12:00:00 GMT", noon, 3'600'000},
                          Case{"Tuesday, 31-Mar-26 12:00:30 GMT", noon, 30'000}, Case{"Tue Mar 31 12:00:30 2026", noon, 30'000}, Case{"Tue, 31 Mar 2026 12:00:30 GMT", "", 0},
                          Case{"Tue, 31 Mar 2026 12:00:30 GMT", "yesterday", 0}}) {
        std::vector<Header> headers{{"retry-after", c.wait}};
        if (*c.date != 0) headers.push_back({"Date", c.date});
        EXPECT_EQ(detail::retry_after_ms(headers), c.ms) << c.wait;
    }
    EXPECT_EQ(detail::retry_after_ms({}), 0u);
}

TEST(Guard, the_transports_own_headers_are_refused) {
    for (const char* name : {"Host", "host", "Content-Length", "TRANSFER-ENCODING", "Connection", "Proxy-Authorization", "Expect", "Upgrade", "TE", "Trailer", "Keep-Alive"}) {
        const auto refused = check_header({name, "x"});
        ASSERT_FALSE(refused) << name;
        EXPECT_EQ(refused.error().code, Errc::plugin_bug);
    }
    EXPECT_TRUE(check_header({"X-Host", "x"}));
}

TEST(Guard, a_url_is_read_once_for_all) {
    const std::pair<const char*, const char*> cases[] = {
        {"HTTPS://API.Example.test/a/../b?c#d", "https api.example.test  /b"}, {"https://api.example.test:8443", "https api.example.test 8443 /"},
        {"https://2130706433/", "https 127.0.0.1  /"}, {"https://0x7f.1/", "https 127.0.0.1  /"}, {"https://0177.0.0.1/", "https 127.0.0.1  /"},
        {"https://[::1]:1/", "https [::1] 1 /"}, {"sftp://bank.example/in", "sftp bank.example  /in"}};
    for (const auto& [url, expected] : cases) {
        const auto parts = url_parts(url);
        ASSERT_TRUE(parts) << url;
        EXPECT_EQ(parts->scheme + " " + parts->host + " " + parts->port + " " + parts->path, expected) << url;
    }
    for (const char* url : {"", "x", "https:///x", "https:/x", "https://a@b/", "https://a:b@c/", "https://@c/", "https://a./", "https://a b/", "https://a\\@b/", "https://\xc3\xa4/", "https://a:99999/"})
        EXPECT_FALSE(url_parts(url)) << url;
}

}  // namespace
}  // namespace owed::transports
