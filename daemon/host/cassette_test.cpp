#include "host/cassette.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "host/detail/transfer_service.hpp"
#include "host/test_doors.hpp"

namespace owed::host {
namespace {

using testing::HasSubstr;
using testing::Not;
using transports::Request;
using transports::Response;
using Ended = transports::Outcome;

/// A service whose exchanges the test answers, with a recorder.
struct Recording {
    test::TempFolder folder;
    InstanceConfig config;
    test::SetClock clock;
    test::CountingRng rng;
    test::KeptLog log;
    std::vector<Response> answers;
    std::size_t at = 0;

    Recording() {
        config.name = "crm";
        config.transfer.record = folder.path("crm.cassette");
        config.secret = [](std::string_view) -> Result<std::string> { return std::string{"hunter2-hunter2"}; };
        auto& client = config.oauth["token"];
        client.token_url = "https://login.example.test/token";
        client.client_id = "owed";
        client.client_secret = []() -> Result<std::string> { return std::string{"cl1ent-s3cret"}; };
    }
    std::string tape() const { return folder.get("crm.cassette"); }
    Result<TransferReply> ask(TransferService& service, const TransferRequest& request) { return service.perform(request, std::chrono::seconds{5}, {}); }
    TransferService service(std::function<Result<Response>(const Request&)> transfer) {
        UrlRules rules;
        rules.allow_urls = {"https://api.example.test/"};
        return TransferService{config, rules, {clock, rng, log, std::move(transfer), {}}};
    }
    std::function<Result<Response>(const Request&)> live() {
        return [this](const Request&) -> Result<Response> { return answers.at(at++); };
    }
};

Response said(int status, std::string body) {
    Response response;
    response.outcome = status < 300 ? Ended::ok : Ended::refused;
    response.status = status;
    response.body = std::move(body);
    response.headers = {{"Content-Type", "application/json"}, {"Set-Cookie", "sid=c00kie-c00kie"}};
    return response;
}

TransferRequest get(const std::string& path) {
    TransferRequest request;
    request.method = "GET";
    request.url = "https://api.example.test" + path;
    request.headers = {{"Authorization", {{false, OWED_RAW, "Bearer "}, {true, OWED_RAW, "token"}}}};
    return request;
}
/// As an API with a session of its own does: log in with a secret, then use what came.
TransferRequest log_in() {
    TransferRequest request = get("/login");
    request.method = "POST";
    request.headers.clear();
    request.body = {{false, OWED_RAW, "<login><password>"}, {true, OWED_XML, "login"}, {false, OWED_RAW, "</password></login>"}};
    return request;
}
TransferRequest use(const std::string& session) {
    TransferRequest request = get("/use");
    request.method = "POST";
    request.headers = {{"X-Session-Token", {{false, OWED_RAW, "id " + session}}}};
    request.body = {{false, OWED_RAW, std::string{"\x00\xff", 2} + "<sessionid>" + session + "</sessionid>"}};
    request.idempotency_key = "k-1";
    return request;
}
std::string session_of(const std::string& body) { return body.substr(body.find("id>") + 3, body.find("</") - body.find("id>") - 3); }

TEST(Cassette, what_was_recorded_replays_and_holds_no_secret) {
    Recording bench;
    bench.answers = {said(200, R"({"access_token":"t0ken-t0ken","expires_in":600})"), said(200, R"({"rows":[1,2.50]})"), said(200, "<r><sessionid>s3ssion-s3ssion</sessionid></r>"), said(201, "ok")};
    {
        auto service = bench.service(bench.live());
        ASSERT_TRUE(bench.ask(service, get("/rows?page=1")));
        const auto session = bench.ask(service, log_in());
        ASSERT_TRUE(session);
        EXPECT_EQ(session_of(session->body), "s3ssion-s3ssion");
        ASSERT_TRUE(bench.ask(service, use(session_of(session->body))));
    }
    const auto tape = bench.tape();
    for (const char* secret : {"hunter2", "t0ken-t0ken", "s3ssion", "c00kie", "cl1ent"}) EXPECT_THAT(tape, Not(HasSubstr(secret)));
    EXPECT_THAT(tape, HasSubstr(R"(["Authorization",["Bearer ",{"secret":"token"}]])"));
    EXPECT_THAT(tape, HasSubstr("2.50"));  // the rest stays byte for byte
    struct stat status{};
    ASSERT_EQ(::stat(bench.config.transfer.record.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);

    // Replay: other secret values, the same plugin.
    auto player = CassettePlayer::open(bench.config.transfer.record);
    ASSERT_TRUE(player) << to_text(player.error());
    EXPECT_EQ(player->size(), 4u);
    bench.config.transfer.record.clear();
    bench.config.secret = [](std::string_view) -> Result<std::string> { return std::string{"another"}; };
    auto service = bench.service(player->hook());
    const auto rows = bench.ask(service, get("/rows?page=1"));
    ASSERT_TRUE(rows) << to_text(rows.error());
    EXPECT_EQ(rows->body, R"({"rows":[1,2.50]})");
    const auto session = bench.ask(service, log_in());
    ASSERT_TRUE(session);
    EXPECT_FALSE(player->finished());
    const auto used = bench.ask(service, use(session_of(session->body)));
    ASSERT_TRUE(used) << to_text(used.error());
    EXPECT_EQ(used->code, 201);
    EXPECT_TRUE(player->finished());
    EXPECT_EQ(player->played(), 4u);
}

TEST(Cassette, holds_no_secret_that_a_server_repeats) {
    Recording bench;
    bench.config.oauth["token"].client_secret = []() -> Result<std::string> { return std::string{"cl1ent-s3cret & co"}; };
    const auto service = [&](const std::string& token_answer, const std::string& answer) {
        bench.at = 0;
        bench.answers = {said(200, token_answer), said(400, answer)};
        bench.answers[1].reply = bench.answers[1].detail = "you said t0ken-t0ken";
        bench.answers[1].headers.push_back({"X-Echo", "Bearer t0ken-t0ken"});
        return bench.service(bench.live());
    };
    {
        auto talkative = service(R"({"access_token":"t0ken-t0ken","expires_in":600,"echo":"client_secret=cl1ent-s3cret+%26+co"})", "you said Bearer t0ken-t0ken and again: dDBrZW4tdDBrZW4=");
        ASSERT_TRUE(bench.ask(talkative, get("/rows")));
    }
    {
        auto talkative = service("", "");
        bench.answers[0] = said(401, R"({"error":"invalid_client","error_description":"not cl1ent-s3cret & co"})");
        EXPECT_FALSE(bench.ask(talkative, get("/rows")));
    }
    EXPECT_THAT(bench.tape(), HasSubstr("you said Bearer ***"));
    for (const char* secret : {"cl1ent", "t0ken-t0ken", "dDBrZW4tdDBrZW4"}) EXPECT_THAT(bench.tape(), Not(HasSubstr(secret)));
}

const char* tape_text = R"({"request":{"method":"POST","url":"https://api.example.test/a","headers":[["X-A",["1"]],["Authorization",["Bearer ",{"secret":"t"}]]],"body":["name=","Acme","&key=",{"secret":"k"},"&end"],"recipients":["a@x.test"]},"response":{"outcome":"rate_limited","status":429,"retry_after_ms":7000,"headers":[["A","b"]],"body":{"base64":"AAE="},"refused":[["a@x.test","550 no"]]}}
)";

Request as_recorded() {
    Request request;
    request.method = "POST";
    request.url = "https://api.example.test/a";
    request.headers = {{"authorization", "Bearer anything"}, {"x-a", "1"}};
    request.body = "name=Acme&key=s3cret&end";
    request.recipients = {"a@x.test"};
    return request;
}

TEST(Cassette, an_answer_comes_back_whole) {
    const auto player = CassettePlayer::parse(tape_text, "t.cassette");
    ASSERT_TRUE(player) << to_text(player.error());
    const auto response = (*player)(as_recorded());
    ASSERT_TRUE(response) << to_text(response.error());
    EXPECT_EQ(response->outcome, Ended::rate_limited);
    EXPECT_EQ(response->status, 429);
    EXPECT_EQ(response->retry_after_ms, 7000u);
    EXPECT_EQ(response->body, std::string("\0\1", 2));
    EXPECT_EQ(response->refused.at(0).reply, "550 no");
    const auto more = (*player)(as_recorded());
    ASSERT_FALSE(more);
    EXPECT_THAT(more.error().what, HasSubstr("has 1 exchanges, and one more came"));
}

TEST(Cassette, a_request_that_differs_is_refused_with_the_difference) {
    struct Case {
        const char* name;
        std::function<void(Request&)> change;
        const char* says;
    };
    const Case cases[] = {
        {"method", [](Request& r) { r.method = "PUT"; }, "the method is PUT, recorded was POST"},
        {"url", [](Request& r) { r.url += "?x"; }, "the url differs at byte 26"},
        {"header", [](Request& r) { r.headers[1].value = "2"; }, R"(header X-A differs at byte 0: recorded "1", now "2")"},
        {"missing header", [](Request& r) { r.headers.pop_back(); }, "header X-A is missing"},
        {"new header", [](Request& r) { r.headers.push_back({"X-New", "1"}); }, "header X-New is new"},
        {"body", [](Request& r) { r.body = "name=Acne&key=s3cret&end"; }, "the body differs"},
        {"body's end", [](Request& r) { r.body += "!"; }, "the body differs"},
        {"recipient", [](Request& r) { r.recipients.push_back("b@x.test"); }, "the list of recipients differs"},
        {"user", [](Request& r) { r.user = "u"; }, "the user differs"},
    };
    for (const auto& c : cases) {
        const auto player = CassettePlayer::parse(tape_text, "t.cassette");
        ASSERT_TRUE(player);
        Request request = as_recorded();
        c.change(request);
        const auto response = (*player)(request);
        ASSERT_FALSE(response) << c.name;
        EXPECT_EQ(response.error().code, Errc::conflicting_repeat);
        EXPECT_THAT(response.error().what, HasSubstr(c.says)) << c.name;
        EXPECT_THAT(response.error().what, HasSubstr("exchange 1 of 1, POST https://api.example.test/a"));
        EXPECT_THAT(to_text(response.error()), Not(HasSubstr("s3cret")));
        EXPECT_EQ(response.error().where, "t.cassette:1");
        EXPECT_TRUE((*player)(as_recorded())) << "it stays where it is";
    }
}

TEST(Cassette, a_broken_one_is_told_with_its_line) {
    const std::pair<const char*, const char*> cases[] = {
        {"nonsense", "is a JSON object"},
        {"{}", "has no object \"request\""},
        {R"({"request":{"url":"x"},"response":{"outcome":"ok"}})", "has no \"method\""},
        {R"({"request":{"method":"GET","url":"x"},"response":{"outcome":"fine"}})", "outcome \"fine\""},
        {R"({"request":{"method":"GET","url":"x","body":"y"},"response":{"outcome":"ok"}})", "is no list"},
        {R"({"request":{"method":"GET","url":"x","body":[{"base64":"?"}]},"response":{"outcome":"ok"}})", "base64"},
        {R"({"request":{"method":"GET","url":"x"},"response":{"outcome":"ok","status":"200"}})", "no whole number"},
    };
    for (const auto& [line, says] : cases) {
        const auto player = CassettePlayer::parse("\n" + std::string{line} + "\n", "t.cassette");
        ASSERT_FALSE(player) << line;
        EXPECT_EQ(player.error().where, "t.cassette:2");
        EXPECT_THAT(player.error().what, HasSubstr(says));
    }
    EXPECT_EQ(CassettePlayer::open("/nonexistent/x").error().code, Errc::not_found);
}

TEST(Masking, tokens_by_name_and_nothing_else) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"access_token": "a\"b","Name":"token", "nextPageToken":"p1","n":1.50})", R"({"access_token": "***","Name":"token", "nextPageToken":"p1","n":1.50})"},
        {R"([{"sessionId":"x"},{"PASSWORD" : "y"}])", R"([{"sessionId":"***"},{"PASSWORD" : "***"}])"},
        {R"({"token":null,"secret":5,"password":{"a":"b"}})", R"({"token":null,"secret":5,"password":{"a":"b"}})"},
        {R"({"access_token":"torn)", R"({"access_token":"***)"},
        {"<a:SessionId x=\"1\">abc</a:SessionId><name>n</name><sessionid/>", "<a:SessionId x=\"1\">***</a:SessionId><name>n</name><sessionid/>"},
        {"access_token=abc&name=d&id_token=", "access_token=***&name=d&id_token="},
        {"a plain text with token=abc in it", "a plain text with token=abc in it"},
        {"", ""},
    };
    for (const auto& [from, to] : cases) {
        std::vector<std::string> found;
        EXPECT_EQ(without_tokens(from, found), to);
    }
}

}  // namespace
}  // namespace owed::host
