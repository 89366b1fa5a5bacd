// What mailboxes and file servers really said, recorded and played back: Dovecot and pyftpdlib of Debian.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/cassette.hpp"
#include "host/detail/transfer_service.hpp"
#include "host/test_doors.hpp"
#include "transports/test_dovecot.hpp"

namespace owed::host {
namespace {

using standins::Certificates;
using testing::HasSubstr;
using testing::Not;
using transports::Dovecot;
using transports::Request;
using transports::Response;

struct Desk {
    test::TempFolder folder;
    InstanceConfig config;
    test::SetClock clock;
    test::CountingRng rng;
    test::KeptLog log;
    transports::Session session;
    std::vector<std::string> tokens;   ///< what the token server hands out, one after the other
    std::size_t fetched = 0;

    Desk() {
        config.name = "desk";
        config.transfer.record = folder.path("desk.cassette");
        config.transfer.ca_file = Certificates::made().file("ca.pem");
        config.secret = [](std::string_view) -> Result<std::string> { return std::string{"s3cret"}; };
    }
    void logs_in_by_token() {
        auto& client = config.oauth["mailbox"];
        client.token_url = "https://login.example.test/token";
        client.client_id = "owed";
        client.client_secret = []() -> Result<std::string> { return std::string{"cl1ent-s3cret"}; };
    }
    /// The token server is the test's; everything else is spoken to.
    std::function<Result<Response>(const Request&)> live() {
        return [this](const Request& request) -> Result<Response> {
            if (!request.url.starts_with("https://login.example.test/")) return session.transfer(request);
            Response response;
            response.outcome = transports::Outcome::ok;
            response.status = 200;
            response.body = R"({"access_token":")" + tokens.at(fetched++) + R"(","expires_in":3600})";
            return response;
        };
    }
    std::unique_ptr<TransferService> service(const std::string& place, std::function<Result<Response>(const Request&)> transfer) {
        UrlRules rules;
        rules.allow_urls = {place + "/"};
        return std::make_unique<TransferService>(config, rules, TransferService::Doors{clock, rng, log, std::move(transfer), {}});
    }
    static Result<TransferReply> ask(TransferService& service, const TransferRequest& request) { return service.perform(request, std::chrono::seconds{20}, {}); }
};

TransferRequest request_for(const std::string& place, const std::string& method, const std::string& path, const std::string& password, std::vector<std::pair<std::string, std::string>> headers = {}) {
    TransferRequest request;
    request.method = method;
    request.url = place + path;
    request.user = {{false, OWED_RAW, "desk"}};
    request.password = {{true, OWED_RAW, password}};
    for (auto& [name, value] : headers) request.headers.push_back({name, {{false, OWED_RAW, value}}});
    return request;
}

void expect_same(const Result<TransferReply>& first, const Result<TransferReply>& again) {
    ASSERT_TRUE(first) << to_text(first.error());
    ASSERT_TRUE(again) << to_text(again.error());
    EXPECT_EQ(again->outcome, first->outcome);
    EXPECT_EQ(again->code, first->code);
    EXPECT_EQ(again->bytes_left, first->bytes_left);
    EXPECT_EQ(again->headers, first->headers);
    EXPECT_EQ(again->body, first->body);
    EXPECT_EQ(again->message, first->message);
}

/// The requests against the server that `desk` records, then against the cassette alone.
std::string recorded_and_replayed(Desk& desk, const std::string& place, const std::vector<TransferRequest>& requests, const std::vector<owed_status>& outcomes) {
    std::vector<Result<TransferReply>> replies;
    {
        const auto service = desk.service(place, desk.live());
        for (const auto& request : requests) replies.push_back(Desk::ask(*service, request));
    }
    for (std::size_t i = 0; i < replies.size(); ++i) EXPECT_EQ(replies[i] ? replies[i]->outcome : OWED_BUG, outcomes[i]) << requests[i].method << " " << requests[i].url << (replies[i] ? replies[i]->message : to_text(replies[i].error()));
    const auto player = CassettePlayer::open(desk.config.transfer.record);
    EXPECT_TRUE(player) << (player ? "" : to_text(player.error()));
    if (!player) return {};
    const auto tape = desk.folder.get("desk.cassette");
    desk.config.transfer.record.clear();
    desk.config.secret = [](std::string_view) -> Result<std::string> { return std::string{"another"}; };
    const auto service = desk.service(place, player->hook());
    for (std::size_t i = 0; i < requests.size(); ++i) expect_same(replies[i], Desk::ask(*service, requests[i]));
    EXPECT_TRUE(player->finished());
    return tape;
}

TEST(CassetteOfAMailbox, replays_what_dovecot_said_and_holds_no_login) {
    if (!std::filesystem::exists("/usr/sbin/dovecot")) GTEST_SKIP() << "dovecot-imapd is not installed";
    for (const bool by_token : {false, true}) {
        const Dovecot stand{"good", "plain cram-md5 oauthbearer xoauth2"};
        ASSERT_TRUE(stand.server.ready()) << stand.log();
        Desk desk;
        if (by_token) desk.logs_in_by_token();
        desk.tokens = {stand.token()};
        const auto place = "imaps://localhost:" + std::to_string(stand.tls_port);
        const auto ask = [&](const char* method, const char* path, std::vector<std::pair<std::string, std::string>> headers = {}) { return request_for(place, method, path, "mailbox", std::move(headers)); };
        const auto tape = recorded_and_replayed(desk, place,
            {ask("LIST", "/"), ask("SEARCH", "/INBOX", {{"From", "bank@"}}), ask("GET", "/INBOX", {{"Uid", "2"}}), ask("GET", "/INBOX", {{"Uid", "77"}}), ask("STORE", "/INBOX", {{"Uid", "2"}, {"Add-Flags", "$Taken"}}),
             ask("MOVE", "/INBOX", {{"Uid", "1"}, {"Destination", "Erledigt"}})},
            {OWED_OK, OWED_OK, OWED_OK, OWED_PERMANENT, OWED_OK, OWED_OK});
        EXPECT_THAT(tape, HasSubstr("Eing\xc3\xa4nge"));
        EXPECT_THAT(tape, HasSubstr("Second {3}"));
        EXPECT_THAT(tape, HasSubstr(R"("password":[{"secret":"mailbox"}])"));
        EXPECT_THAT(tape, Not(HasSubstr("s3cret")));
        EXPECT_THAT(tape, Not(HasSubstr(stand.token())));
        EXPECT_THAT(stand.log(), HasSubstr(by_token ? "method=OAUTHBEARER" : "method=CRAM-MD5")) << stand.log();
    }
}

TEST(TokenLogin, to_a_mailbox_is_renewed_when_it_is_refused) {
    if (!std::filesystem::exists("/usr/sbin/dovecot")) GTEST_SKIP() << "dovecot-imapd is not installed";
    const Dovecot stand{"good", "xoauth2"};
    ASSERT_TRUE(stand.server.ready()) << stand.log();
    const auto place = "imaps://localhost:" + std::to_string(stand.tls_port);
    const auto list = request_for(place, "LIST", "/", "mailbox");
    const std::string stale = stand.token().substr(0, stand.token().size() - 8), good = stand.token();
    {
        Desk desk;
        desk.logs_in_by_token();
        desk.tokens = {stale, good};
        const auto service = desk.service(place, desk.live());
        const auto reply = Desk::ask(*service, list);
        ASSERT_TRUE(reply) << to_text(reply.error());
        EXPECT_EQ(reply->outcome, OWED_OK) << reply->message;
        EXPECT_THAT(reply->body, HasSubstr("INBOX"));
        EXPECT_TRUE(Desk::ask(*service, list));
        EXPECT_EQ(desk.fetched, 2u) << "the good one is kept";
    }
    Desk desk;
    desk.logs_in_by_token();
    desk.tokens = {stale, stale};
    const auto service = desk.service(place, desk.live());
    const auto reply = Desk::ask(*service, list);
    ASSERT_TRUE(reply) << to_text(reply.error());
    EXPECT_EQ(reply->outcome, OWED_AUTH) << reply->message;
    EXPECT_EQ(desk.fetched, 2u) << "once, and not for ever";
    EXPECT_THAT(reply->message, Not(HasSubstr(stale.substr(0, 20))));
    EXPECT_THAT(stand.log(), Not(HasSubstr("method=PLAIN")));
}

TEST(CassetteOfAFileServer, replays_what_it_said_and_holds_no_login) {
    ASSERT_TRUE(Certificates::made().ready());
    Desk desk;
    std::filesystem::create_directories(desk.folder.path("root") + "/in");
    const std::string bytes{"\x00\xff not text\r\n", 13};
    std::ofstream{desk.folder.path("root") + "/in/feb 1.mt940", std::ios::binary} << ":20:STARTUMS\r\n:86:\xc3\x9c" << bytes;
    std::vector<std::string> arguments{desk.folder.path("root"), "--plain"};
    const standins::StandIn server{"ftp_real.py", arguments};
    ASSERT_TRUE(server.ready());
    const auto place = "ftp://localhost:" + server.port();
    const auto ask = [&](const char* method, const char* path, std::vector<std::pair<std::string, std::string>> headers = {}) {
        auto request = request_for(place, method, path, "login", std::move(headers));
        request.tls = OWED_TLS_NONE;
        return request;
    };
    auto put = ask("PUT", "/in/new.csv");
    put.body = {{false, OWED_RAW, "a,b\n" + bytes}};
    const auto tape = recorded_and_replayed(desk, place,
        {ask("LIST", "/in"), ask("GET", "/in/feb%201.mt940"), put, ask("GET", "/in/new.csv"), ask("GET", "/in/none"), ask("RENAME", "/in/new.csv", {{"Destination", "/in/old.csv"}}), ask("DELETE", "/in/old.csv")},
        {OWED_OK, OWED_OK, OWED_OK, OWED_OK, OWED_PERMANENT, OWED_OK, OWED_OK});
    EXPECT_THAT(tape, HasSubstr("feb 1.mt940"));
    EXPECT_THAT(tape, HasSubstr(R"("status":550)"));
    EXPECT_THAT(tape, HasSubstr(R"("password":[{"secret":"login"}])"));
    EXPECT_THAT(tape, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace owed::host
