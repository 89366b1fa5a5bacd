// Against servers that are really there: aiosmtpd, and the stand-ins of tests/standins that fail on purpose.
#include "transports/transfer.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/standins/standin.hpp"

namespace owed::transports {
namespace {

using standins::Certificates;
using standins::StandIn;

constexpr std::string_view message =
    "From: billing@example.test\r\nTo: ap@customer.test\r\nSubject: reminder\r\n\r\n.a line with a dot\r\n..two\r\nend\r\n";

Request mail(const StandIn& server, Encryption encryption = Encryption::never_on_loopback, const char* scheme = "smtp://") {
    return {.url = scheme + ("localhost:" + server.port()),
            .body = std::string{message},
            .mail_from = "billing@example.test",
            .recipients = {"ap@customer.test"},
            .helo = "owed.example.test",
            .encryption = encryption,
            .ca_file = encryption == Encryption::required ? Certificates::made().file("ca.pem") : "",
            .connect_timeout_ms = 3000,
            .timeout_ms = 10'000};
}

std::vector<std::string> with(std::vector<std::string> first, const std::vector<std::string>& more) {
    first.insert(first.end(), more.begin(), more.end());
    return first;
}

// ---- a real server ----

TEST(Smtp, plain_on_loopback_arrives_byte_for_byte) {
    const StandIn server{"smtp_real.py", {}};
    ASSERT_TRUE(server.ready());
    Request request = mail(server);
    request.recipients = {"ap@customer.test", "boss@customer.test"};
    const auto response = transfer(request);
    ASSERT_TRUE(response) << to_text(response.error());
    EXPECT_EQ(name_of(response->outcome), "ok") << response->detail;
    EXPECT_EQ(response->status, 250);
    EXPECT_EQ(response->reply, "250 2.0.0 queued");
    const auto got = server.events("message");
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].at("data").as_string(), message);
    EXPECT_EQ(got[0].at("from").as_string(), "billing@example.test");
    EXPECT_EQ(got[0].at("helo").as_string(), "owed.example.test");
    EXPECT_EQ(boost::json::serialize(got[0].at("to")), R"(["ap@customer.test","boss@customer.test"])");
}

TEST(Smtp, dots_and_lone_line_ends_do_not_smuggle) {
    const StandIn server{"smtp_real.py", {}};
    ASSERT_TRUE(server.ready());
    Request request = mail(server);
    request.body = ".first\nSubject: x\n\nbody\n.\nMAIL FROM:<evil@x.test>\r.\r\n.\r\nRCPT TO:<v@x.test>";
    const auto response = transfer(request);
    ASSERT_TRUE(response);
    EXPECT_EQ(name_of(response->outcome), "ok") << response->detail;
    const auto got = server.events("message");
    ASSERT_EQ(got.size(), 1u);
    EXPECT_EQ(got[0].at("data").as_string(),
              ".first\r\nSubject: x\r\n\r\nbody\r\n.\r\nMAIL FROM:<evil@x.test>\r\n.\r\n.\r\nRCPT TO:<v@x.test>\r\n");
}

TEST(Smtp, starttls_tls_and_login) {
    const Certificates& certificates = Certificates::made();
    ASSERT_TRUE(certificates.ready());
    const auto login = std::vector<std::string>{"--user", "owed", "--password", "s3cret"};
    const StandIn starttls{"smtp_real.py", with(certificates.serve("good"), login)};
    const StandIn tls{"smtp_real.py", with(with(certificates.serve("good"), login), {"--tls"})};
    ASSERT_TRUE(starttls.ready() && tls.ready());
    for (const auto& [server, scheme] : {std::pair{&starttls, "smtp://"}, {&tls, "smtps://"}}) {
        Request request = mail(*server, Encryption::required, scheme);
        request.user = "owed";
        request.password = "s3cret";
        const auto sent = transfer(request);
        ASSERT_TRUE(sent);
        EXPECT_EQ(name_of(sent->outcome), "ok") << scheme << sent->detail;
        request.password = "wrong";
        const auto denied = transfer(request);
        ASSERT_TRUE(denied);
        EXPECT_EQ(name_of(denied->outcome), "auth") << scheme << denied->detail;
        EXPECT_EQ(denied->detail.find("wrong"), std::string::npos);
        request.user.clear();
        const auto nobody = transfer(request);
        ASSERT_TRUE(nobody);
        EXPECT_EQ(name_of(nobody->outcome), "auth") << scheme << nobody->detail;
        EXPECT_EQ(server->events("message").size(), 1u) << scheme;
    }
}

TEST(Smtp, a_token_logs_in_in_place_of_a_password) {
    const Certificates& certificates = Certificates::made();
    ASSERT_TRUE(certificates.ready());
    const StandIn server{"smtp_real.py", with(certificates.serve("good"), {"--user", "desk@example.test", "--token", "t0ken.of-a_session~1=="})};
    ASSERT_TRUE(server.ready());
    Request request = mail(server, Encryption::required, "smtp://");
    request.user = "desk@example.test";
    request.bearer = "t0ken.of-a_session~1==";
    const auto sent = transfer(request);
    ASSERT_TRUE(sent);
    EXPECT_EQ(name_of(sent->outcome), "ok") << sent->detail;
    request.bearer = "t0ken.of-yesterday";
    const auto denied = transfer(request);
    ASSERT_TRUE(denied);
    EXPECT_EQ(name_of(denied->outcome), "auth") << denied->detail;
    EXPECT_EQ((denied->detail + denied->reply).find("yesterday"), std::string::npos);
    EXPECT_EQ(server.events("message").size(), 1u);
    EXPECT_TRUE(server.events("password login").empty()) << "PLAIN and LOGIN were offered as well";

    const StandIn without{"smtp_real.py", with(certificates.serve("good"), {"--user", "desk@example.test", "--password", "s3cret"})};
    Request misplaced = mail(without, Encryption::required, "smtp://");
    misplaced.user = "desk@example.test";
    misplaced.bearer = "t0ken.of-a_session~1==";
    const auto nowhere = transfer(misplaced);
    ASSERT_TRUE(nowhere);
    EXPECT_EQ(name_of(nowhere->outcome), "auth") << nowhere->detail;
    EXPECT_TRUE(without.events("password login").empty());
    EXPECT_TRUE(without.events("message").empty());
}

TEST(Smtp, a_server_that_wants_starttls_does_not_get_plain_text) {
    ASSERT_TRUE(Certificates::made().ready());
    const StandIn server{"smtp_real.py", Certificates::made().serve("good")};
    ASSERT_TRUE(server.ready());
    const auto response = transfer(mail(server, Encryption::never_on_loopback));
    ASSERT_TRUE(response);
    EXPECT_EQ(name_of(response->outcome), "auth") << response->detail;  // 530 Must issue a STARTTLS command first
    EXPECT_TRUE(server.events("message").empty());
}

// ---- servers that fail ----

struct Fault {
    const char* fault;
    Outcome outcome;
    std::size_t messages;         ///< whose final dot the server saw
    const char* detail_contains;
    std::uint32_t timeout_ms = 10'000;
};

class SmtpFault : public testing::TestWithParam<Fault> {};

TEST_P(SmtpFault, has_its_class_and_is_tried_once) {
    const Fault& fault = GetParam();
    const StandIn server{"smtp_lossy.py", {fault.fault}};
    ASSERT_TRUE(server.ready());
    Request request = mail(server);
    request.recipients = {"ap@customer.test", "boss@customer.test"};
    request.timeout_ms = fault.timeout_ms;
    request.user = std::string_view{fault.fault} == "refuse-login" ? "owed" : "";
    const auto response = transfer(request);
    ASSERT_TRUE(response) << to_text(response.error());
    EXPECT_EQ(name_of(response->outcome), name_of(fault.outcome)) << response->detail;
    EXPECT_NE(response->detail.find(fault.detail_contains), std::string::npos) << response->detail;
    EXPECT_EQ(server.events("message").size(), fault.messages);
    EXPECT_EQ(server.events("connection").size(), 1u);
}

constexpr std::uint32_t soon = 700;
INSTANTIATE_TEST_SUITE_P(
    All, SmtpFault,
    testing::Values(Fault{"none", Outcome::ok, 1, "250 2.0.0 queued as LOSSY1"},
                    Fault{"refuse-recipient", Outcome::refused, 0, "recipient ap@customer.test: 550 5.1.1 no such user"},
                    Fault{"refuse-second-recipient", Outcome::refused, 0, "recipient boss@customer.test: 550 5.1.1"},
                    Fault{"refuse-sender", Outcome::refused, 0, "550 5.7.1 sender refused to MAIL"},
                    Fault{"refuse-message", Outcome::refused, 1, "554 5.6.0 content refused"},
                    Fault{"busy-recipient", Outcome::transient, 0, "451 4.7.1 greylisted"},
                    Fault{"busy-message", Outcome::transient, 1, "452 4.3.1 disk full"},
                    Fault{"flood-message", Outcome::rate_limited, 1, "450 4.7.28"},
                    Fault{"refuse-login", Outcome::auth, 0, "535 5.7.8"},
                    Fault{"greeting-554", Outcome::transient, 0, "554 5.7.1 no SMTP service for you on connecting"},
                    Fault{"greeting-421", Outcome::transient, 0, "421 4.3.2"},
                    Fault{"garbage-greeting", Outcome::timed_out, 0, "did not answer in time", soon},
                    Fault{"hang-greeting", Outcome::timed_out, 0, "did not answer in time", soon},
                    Fault{"hang-recipient", Outcome::timed_out, 0, "did not answer in time", soon},
                    Fault{"hang-final", Outcome::unknown_outcome, 1, "may or may not", soon},
                    Fault{"drop-greeting", Outcome::transient, 0, "no message was sent"},
                    Fault{"drop-recipient", Outcome::transient, 0, "no message was sent"},
                    Fault{"drop-after-data", Outcome::unknown_outcome, 0, "may or may not"},
                    Fault{"drop-mid-message", Outcome::unknown_outcome, 0, "may or may not"},
                    Fault{"drop-after-dot", Outcome::unknown_outcome, 1, "may or may not"}),
    [](const auto& instance) {
        std::string name = instance.param.fault;
        std::replace(name.begin(), name.end(), '-', '_');
        return name;
    });

TEST(Smtp, the_refused_recipient_is_named) {
    const StandIn server{"smtp_lossy.py", {"refuse-second-recipient"}};
    ASSERT_TRUE(server.ready());
    Request request = mail(server);
    request.recipients = {"ap@customer.test", "boss@customer.test", "third@customer.test"};
    const auto response = transfer(request);
    ASSERT_TRUE(response);
    ASSERT_EQ(response->refused.size(), 1u);
    EXPECT_EQ(response->refused[0].address, "boss@customer.test");
    EXPECT_EQ(response->refused[0].reply, "550 5.1.1 no such user 5.1.1 ask the postmaster");
}

// ---- servers that are not who they say (T16) ----

struct Broken {
    const char* name;
    const char* certificate;  ///< empty: offers no STARTTLS
    bool tls;
};

TEST(Smtp, untrusted_servers_get_nothing) {
    ASSERT_TRUE(Certificates::made().ready());
    for (const Broken& c : {Broken{"stripped", "", false}, {"wrong name", "wrong-name", false}, {"expired", "expired", false},
                            {"unknown authority", "other", false}, {"wrong name, tls", "wrong-name", true},
                            {"expired, tls", "expired", true}, {"unknown authority, tls", "other", true}}) {
        std::vector<std::string> arguments{"none"};
        if (*c.certificate != 0) arguments = with(arguments, Certificates::made().serve(c.certificate));
        if (c.tls) arguments.push_back("--tls");
        const StandIn server{"smtp_lossy.py", arguments};
        ASSERT_TRUE(server.ready());
        const auto response = transfer(mail(server, Encryption::required, c.tls ? "smtps://" : "smtp://"));
        ASSERT_TRUE(response) << c.name;
        EXPECT_EQ(name_of(response->outcome), "untrusted") << c.name << ": " << response->detail;
        EXPECT_NE(response->detail.find("was not trusted, nothing was sent: "), std::string::npos) << response->detail;
        for (const auto& command : server.events("command"))
            EXPECT_EQ(command.at("line").as_string().find("MAIL"), std::string::npos) << c.name;
    }
}

TEST(Smtp, a_missing_ca_file_trusts_nobody) {
    const StandIn server{"smtp_lossy.py", with({"none"}, Certificates::made().serve("good"))};
    ASSERT_TRUE(server.ready());
    Request request = mail(server, Encryption::required);
    request.ca_file = "/nonexistent/ca.pem";
    const auto response = transfer(request);
    ASSERT_TRUE(response);
    EXPECT_EQ(name_of(response->outcome), "untrusted") << response->detail;
}

TEST(Smtp, plain_text_goes_to_this_machine_only) {
    Request request{.url = "smtp://192.0.2.1:25", .body = std::string{message}, .mail_from = "a@x.test",
                    .recipients = {"b@x.test"}, .encryption = Encryption::never_on_loopback};
    const auto response = transfer(request);
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, Errc::invalid_config);
    EXPECT_NE(response.error().what.find("192.0.2.1 is another"), std::string::npos) << response.error().what;
}

TEST(Smtp, nobody_listens) {
    std::string port;
    {
        const StandIn server{"smtp_lossy.py", {"none"}};
        ASSERT_TRUE(server.ready());
        port = server.port();
    }
    Request request{.url = "smtp://127.0.0.1:" + port, .body = std::string{message}, .mail_from = "a@x.test",
                    .recipients = {"b@x.test"}, .encryption = Encryption::never_on_loopback};
    const auto response = transfer(request);
    ASSERT_TRUE(response);
    EXPECT_EQ(name_of(response->outcome), "transient") << response->detail;
}

TEST(Smtp, a_caller_can_cancel) {
    const StandIn server{"smtp_lossy.py", {"hang-greeting"}};
    ASSERT_TRUE(server.ready());
    Request request = mail(server);
    request.cancelled = [] { return true; };
    const auto before = transfer(request);
    ASSERT_TRUE(before);
    EXPECT_EQ(name_of(before->outcome), "cancelled");

    const StandIn late{"smtp_lossy.py", {"hang-final"}};
    ASSERT_TRUE(late.ready());
    request = mail(late);
    request.cancelled = [&late] { return !late.events("message").empty(); };
    const auto after = transfer(request);
    ASSERT_TRUE(after);
    EXPECT_EQ(name_of(after->outcome), "unknown_outcome");
}

TEST(Smtp, an_address_with_a_second_command_never_connects) {
    const StandIn server{"smtp_lossy.py", {"none"}};
    ASSERT_TRUE(server.ready());
    for (const char* address : {"v@x.test>\r\nRCPT TO:<evil@x.test", "v@x.test\nDATA", "v@x.test> SIZE=1"}) {
        Request request = mail(server);
        request.recipients = {address};
        EXPECT_FALSE(transfer(request));
        request = mail(server);
        request.mail_from = address;
        EXPECT_FALSE(transfer(request));
    }
    EXPECT_TRUE(server.events("connection").empty());
}

// ---- http ----

Request http(const StandIn& server, const std::string& method, const std::string& path) {
    return {.method = method, .url = "http://127.0.0.1:" + server.port() + path, .encryption = Encryption::never_on_loopback,
            .timeout_ms = 5000};
}

TEST(Http, statuses_have_their_class) {
    const StandIn server{"http_lossy.py", {}};
    ASSERT_TRUE(server.ready());
    struct Case {
        const char *method, *path;
        Outcome outcome;
        int status;
    };
    for (const Case& c : std::vector<Case>{{"GET", "/status/200", Outcome::ok, 200},
                                           {"POST", "/status/201", Outcome::ok, 201},
                                           {"GET", "/status/302", Outcome::refused, 302},
                                           {"GET", "/status/404", Outcome::refused, 404},
                                           {"POST", "/status/401", Outcome::auth, 401},
                                           {"POST", "/status/429", Outcome::rate_limited, 429},
                                           {"POST", "/status/500", Outcome::unknown_outcome, 500},
                                           {"GET", "/status/500", Outcome::transient, 500},
                                           {"GET", "/drop", Outcome::transient, 0},
                                           {"POST", "/drop", Outcome::unknown_outcome, 0},
                                           {"POST", "/half", Outcome::unknown_outcome, 200},
                                           {"GET", "/half", Outcome::transient, 200}}) {
        const std::size_t before = server.events("request").size();
        const auto response = transfer(http(server, c.method, c.path));
        ASSERT_TRUE(response) << c.method << c.path;
        EXPECT_EQ(name_of(response->outcome), name_of(c.outcome)) << c.method << c.path << ": " << response->detail;
        EXPECT_EQ(response->status, c.status) << c.method << c.path;
        EXPECT_EQ(response->retry_after_ms, c.status == 429 ? 7000u : 0u);
        EXPECT_EQ(server.events("request").size(), before + 1) << c.method << c.path;  // no redirect, no repeat
    }
}

TEST(Http, an_answer_that_was_cut_off_says_how_much_of_it_came) {
    const StandIn server{"http_lossy.py", {}};
    ASSERT_TRUE(server.ready());
    for (const char* method : {"GET", "POST"}) {
        const auto half = transfer(http(server, method, "/half"));
        ASSERT_TRUE(half);
        EXPECT_NE(half->detail.find("answered 200, but the answer was cut off: 10 of 100 bytes came"), std::string::npos) << half->detail;
        EXPECT_EQ(half->body, "") << "half a file would be read as a whole one";
    }
    const auto endless = transfer(http(server, "GET", "/half-chunked"));
    ASSERT_TRUE(endless);
    EXPECT_EQ(name_of(endless->outcome), "transient");
    EXPECT_NE(endless->detail.find("the answer was cut off: 4 bytes came, and no end"), std::string::npos) << endless->detail;
}

TEST(Http, hanging_and_oversized_replies) {
    const StandIn server{"http_lossy.py", {}};
    ASSERT_TRUE(server.ready());
    Request hang = http(server, "GET", "/hang");
    hang.timeout_ms = 500;
    EXPECT_EQ(name_of(transfer(hang)->outcome), "timed_out");
    hang.method = "POST";
    EXPECT_EQ(name_of(transfer(hang)->outcome), "unknown_outcome");
    Request big = http(server, "GET", "/big");
    big.reply_bytes_max = 1000;
    const auto too_big = transfer(big);
    ASSERT_FALSE(too_big);
    EXPECT_EQ(too_big.error().code, Errc::input_too_large);
    big.method = "POST";
    EXPECT_EQ(name_of(transfer(big)->outcome), "unknown_outcome");
}

TEST(Http, bodies_and_headers_arrive_as_given) {
    const StandIn server{"http_lossy.py", {}};
    ASSERT_TRUE(server.ready());
    Request request = http(server, "PUT", "/echo");
    request.body = std::string("a\0b\r\n", 5);
    request.headers = {{"X-Key", "k1"}, {"X-Empty", ""}};
    const auto response = transfer(request);
    ASSERT_TRUE(response);
    EXPECT_EQ(response->body, request.body);
    const auto seen = server.events("request").at(0);
    EXPECT_EQ(seen.at("method").as_string(), "PUT");
    const std::string names = boost::json::serialize(seen.at("headers"));
    EXPECT_NE(names.find("x-key"), std::string::npos);
    EXPECT_NE(names.find("x-empty"), std::string::npos);
    request.headers = {{"X-Customer", "acme\r\nX-Admin: 1"}};
    EXPECT_FALSE(transfer(request));
    EXPECT_EQ(server.events("request").size(), 1u);
}

}  // namespace
}  // namespace owed::transports
