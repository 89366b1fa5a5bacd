// The transfer service of one instance: tokens, pace, breaker, secrets, over an exchange that the test answers itself.
#include "host/detail/transfer_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

#include <boost/json.hpp>
#include <deque>

#include "host/detail/masking.hpp"
#include "host/detail/request_parts.hpp"
#include "host/test_doors.hpp"

namespace owed::host {
namespace {

using test::CountingRng;
using test::KeptLog;
using test::SetClock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using transports::Request;
using transports::Response;
using Ended = transports::Outcome;

Response answer(Ended outcome, int status, std::string body = {}) {
    Response response;
    response.outcome = outcome;
    response.status = status;
    response.body = std::move(body);
    response.detail = "as the test says";
    return response;
}
std::string token_json(const std::string& token, const std::string& more = {}) {
    return R"({"access_token":")" + token + R"(","token_type":"Bearer")" + more + "}";
}
std::function<Result<std::string>()> fixed(std::string value) {
    return [value]() -> Result<std::string> { return value; };
}

RequestPart text(std::string value) { return {false, OWED_RAW, std::move(value)}; }
RequestPart secret(std::string name, std::uint32_t encoding = OWED_RAW) { return {true, encoding, std::move(name)}; }

struct Bench {
    InstanceConfig config;
    UrlRules rules;
    SetClock clock;
    CountingRng rng;
    KeptLog log;
    std::vector<Request> seen;
    std::deque<Result<Response>> answers;  ///< in order; none left: 200
    std::vector<std::uint64_t> slept;
    std::unique_ptr<TransferService> service;

    Bench() {
        config.name = "crm";
        config.where = "owed.yaml:7:3";
        rules.allow_urls = {"https://api.example.test/"};
        config.secret = [](std::string_view name) -> Result<std::string> {
            if (name == "login") return std::string{"hunter2-hunter2"};
            return fail(Errc::invalid_config, "no secret " + std::string{name});
        };
    }
    TransferService& it() {
        if (!service)
            service = std::make_unique<TransferService>(config, rules, TransferService::Doors{clock, rng, log,
                [this](const Request& request) -> Result<Response> {
                    seen.push_back(request);
                    if (answers.empty()) return answer(Ended::ok, 200, "{}");
                    auto next = std::move(answers.front());
                    answers.pop_front();
                    return next;
                },
                [this](std::uint64_t ms, const std::function<bool()>& stop) {
                    slept.push_back(ms);
                    return !stop();
                }});
        return *service;
    }
    Result<TransferReply> ask(TransferRequest request) { return it().perform(request, std::chrono::seconds{30}, [this] { return cancelled; }); }
    TransferRequest with_token(const std::string& method = "GET", const std::string& url = "https://api.example.test/v1") {
        TransferRequest request;
        request.method = method;
        request.url = url;
        request.headers = {{"Authorization", {text("Bearer "), secret("token")}}};
        return request;
    }
    OAuthClient& client(OAuthClient::Grant grant = OAuthClient::Grant::client_credentials) {
        auto& client = config.oauth["token"];
        client.grant = grant;
        client.token_url = "https://login.example.test/oauth2/token";
        client.client_id = "owed & co";
        client.client_secret = fixed("cl1ent-s3cret");
        client.where = "owed.yaml:9:5";
        return client;
    }
    bool cancelled = false;
};

// ---- where to

TEST(Destination, must_be_allowed_as_the_url_itself_is) {
    Bench bench;
    bench.rules.allow_urls = {"imaps://mail.example.test/INBOX", "ftps://bank.example.test/in"};
    const auto moved = [&](const std::string& url, const std::string& method, std::vector<RequestPart> destination) {
        TransferRequest request;
        request.method = method;
        request.url = url;
        request.headers = {{"destination", std::move(destination)}};
        return bench.ask(std::move(request));
    };
    EXPECT_TRUE(moved("imaps://mail.example.test/INBOX", "MOVE", {text("INBOX/"), text("Done")}));
    EXPECT_FALSE(moved("imaps://mail.example.test/INBOX", "MOVE", {text("Private")}));
    EXPECT_TRUE(moved("ftps://bank.example.test/in/a", "RENAME", {text("/in/b")}));
    EXPECT_FALSE(moved("ftps://bank.example.test/in/a", "RENAME", {text("/out/b")}));
    EXPECT_FALSE(moved("ftps://bank.example.test/in/a", "RENAME", {text("/in/../out/b")}));
    EXPECT_FALSE(moved("ftps://bank.example.test/in/a", "RENAME", {text("/in/"), secret("login")}));
    EXPECT_EQ(bench.seen.size(), 2u);
}

// ---- tokens

TEST(Token, is_fetched_once_and_sent_in_its_place) {
    Bench bench;
    bench.client();
    bench.answers = {answer(Ended::ok, 200, token_json("t0ken-number-1", R"(,"expires_in":600)"))};
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(bench.ask(bench.with_token()));
    ASSERT_EQ(bench.seen.size(), 4u);
    EXPECT_EQ(bench.seen[0].method, "POST");
    EXPECT_EQ(bench.seen[0].url, "https://login.example.test/oauth2/token");
    EXPECT_EQ(bench.seen[1].headers.at(0).value, "Bearer t0ken-number-1");
    EXPECT_EQ(bench.seen[3].headers.at(0).value, "Bearer t0ken-number-1");
}

TEST(Token, is_renewed_before_it_ends) {
    struct Case {
        const char* expires;
        int good_s, over_s;
    };
    for (const Case& c : {Case{R"(,"expires_in":600)", 539, 540}, Case{R"(,"expires_in":"600")", 539, 540}, Case{R"(,"expires_in":50)", 39, 40}}) {
        Bench bench;
        bench.client();
        bench.answers = {answer(Ended::ok, 200, token_json("first-token", c.expires)), answer(Ended::ok, 200), answer(Ended::ok, 200), answer(Ended::ok, 200, token_json("second-token"))};
        ASSERT_TRUE(bench.ask(bench.with_token()));
        bench.clock.advance_s(c.good_s);
        ASSERT_TRUE(bench.ask(bench.with_token()));
        EXPECT_EQ(bench.seen.size(), 3u) << c.expires;
        bench.clock.advance_s(c.over_s - c.good_s);
        ASSERT_TRUE(bench.ask(bench.with_token()));
        EXPECT_EQ(bench.seen.back().headers.at(0).value, "Bearer second-token") << c.expires;
    }
}

TEST(Token, without_expires_in_is_kept_until_a_401) {
    Bench bench;
    bench.client();
    bench.answers = {answer(Ended::ok, 200, token_json("first-token")), answer(Ended::ok, 200), answer(Ended::auth, 401), answer(Ended::ok, 200, token_json("second-token")), answer(Ended::ok, 201)};
    ASSERT_TRUE(bench.ask(bench.with_token()));
    bench.clock.advance_s(86'400 * 30);
    const auto reply = bench.ask(bench.with_token("POST"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->code, 201);
    ASSERT_EQ(bench.seen.size(), 5u);
    EXPECT_EQ(bench.seen[2].headers.at(0).value, "Bearer first-token");
    EXPECT_EQ(bench.seen[4].headers.at(0).value, "Bearer second-token");
}

TEST(Token, a_second_401_is_the_answer) {
    Bench bench;
    bench.client();
    bench.answers = {answer(Ended::ok, 200, token_json("first-token")), answer(Ended::auth, 401), answer(Ended::ok, 200, token_json("second-token")), answer(Ended::auth, 401)};
    const auto reply = bench.ask(bench.with_token());
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->outcome, OWED_AUTH);
    EXPECT_EQ(bench.seen.size(), 4u);
}

TEST(Transfers, a_refusal_names_what_of_the_configuration_it_is_about) {
    Bench bench;
    TransferRequest request;
    request.method = "GET";
    request.url = "https://api.example.test/v1";
    const auto says = [&](Response response) {
        bench.answers = {std::move(response)};
        const auto reply = bench.ask(request);
        return reply ? reply->message : to_text(reply.error());
    };
    EXPECT_EQ(says(answer(Ended::auth, 401)), "as the test says; no secret was shown");
    request.headers = {{"Authorization", {text("Bearer "), secret("login")}}};
    EXPECT_EQ(says(answer(Ended::auth, 401)), "as the test says; secret \"login\" was shown");
    request.headers = {};
    request.user = {secret("login")};
    request.password = {secret("login")};
    EXPECT_EQ(says(answer(Ended::auth, 403)), "as the test says; secret \"login\" was shown");
    for (const auto& line : bench.log.lines) EXPECT_THAT(line, Not(HasSubstr("hunter2")));
    EXPECT_EQ(says(answer(Ended::refused, 404)), "as the test says");
    EXPECT_EQ(says(answer(Ended::untrusted, 0)), "as the test says") << "expired, or another's name: no authority is missing";
    auto unknown = answer(Ended::untrusted, 0);
    unknown.unknown_authority = true;
    EXPECT_EQ(says(unknown), "as the test says; if an authority of your own has signed its certificate, name that authority's PEM file: transfer: ca_file");
    bench.config.transfer.ca_file = "/etc/owed/ca.pem";
    bench.service.reset();
    EXPECT_EQ(says(unknown), "as the test says; transfer: ca_file names /etc/owed/ca.pem, and its authorities alone are trusted");
}

TEST(Token, a_401_or_any_error_without_a_token_is_not_repeated) {
    Bench bench;
    TransferRequest plain;
    plain.method = "POST";
    plain.url = "https://api.example.test/v1";
    bench.answers = {answer(Ended::auth, 401)};
    ASSERT_TRUE(bench.ask(plain));
    EXPECT_EQ(bench.seen.size(), 1u);
    bench.client();
    bench.service.reset();
    bench.seen.clear();
    bench.answers = {answer(Ended::ok, 200, token_json("first-token")), answer(Ended::unknown_outcome, 500)};
    const auto reply = bench.ask(bench.with_token("POST"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->outcome, OWED_UNKNOWN_OUTCOME);
    EXPECT_EQ(bench.seen.size(), 2u);
}

TEST(Token, client_credentials_stand_in_the_body_or_as_a_login) {
    Bench bench;
    auto& client = bench.client();
    client.scope = "ar.read ar.write";
    bench.answers = {answer(Ended::ok, 200, token_json("first-token"))};
    ASSERT_TRUE(bench.ask(bench.with_token()));
    EXPECT_EQ(bench.seen[0].body, "grant_type=client_credentials&client_id=owed%20%26%20co&client_secret=cl1ent-s3cret&scope=ar.read%20ar.write");
    bench.service.reset();
    client.client_auth = OAuthClient::ClientAuth::basic;
    bench.answers = {answer(Ended::ok, 200, token_json("first-token"))};
    ASSERT_TRUE(bench.ask(bench.with_token()));
    EXPECT_EQ(bench.seen[2].body, "grant_type=client_credentials&scope=ar.read%20ar.write");
    EXPECT_EQ(bench.seen[2].user, "owed%20%26%20co");
    EXPECT_EQ(bench.seen[2].password, "cl1ent-s3cret");
}

// ---- JWT

struct RsaKey {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048});
    ~RsaKey() { EVP_PKEY_free(key); }
    std::string pem() const {
        BIO* bio = BIO_new(BIO_s_mem());
        PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
        char* data = nullptr;
        const auto size = BIO_get_mem_data(bio, &data);
        std::string out{data, static_cast<std::size_t>(size)};
        BIO_free(bio);
        return out;
    }
    bool verifies(const std::string& text, const std::string& signature) const {
        EVP_MD_CTX* context = EVP_MD_CTX_new();
        EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
        const bool good = EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                                           reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1;
        EVP_MD_CTX_free(context);
        return good;
    }
};
std::string from_base64url(const std::string& text) {
    std::string out(text.size(), '\0');
    std::size_t size = 0;
    EXPECT_EQ(sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &size, nullptr, sodium_base64_VARIANT_URLSAFE_NO_PADDING), 0);
    out.resize(size);
    return out;
}

TEST(Token, a_jwt_bearer_assertion_is_signed_and_short_lived) {
    const RsaKey key;
    Bench bench;
    auto& client = bench.client(OAuthClient::Grant::jwt_bearer);
    client.client_secret = {};
    client.private_key = fixed(key.pem());
    client.audience = "https://login.salesforce.test";
    client.subject = "owed@example.test";
    bench.answers = {answer(Ended::ok, 200, token_json("first-token"))};
    ASSERT_TRUE(bench.ask(bench.with_token()));
    const std::string body = bench.seen.at(0).body, start = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
    ASSERT_TRUE(body.starts_with(start)) << body;
    const std::string jwt = body.substr(start.size());
    const auto first = jwt.find('.'), second = jwt.rfind('.');
    EXPECT_EQ(from_base64url(jwt.substr(0, first)), R"({"alg":"RS256","typ":"JWT"})");
    const auto claims = boost::json::parse(from_base64url(jwt.substr(first + 1, second - first - 1))).as_object();
    const std::int64_t now = bench.clock.now().micros / 1'000'000;
    EXPECT_EQ(claims.at("iss").as_string(), "owed & co");
    EXPECT_EQ(claims.at("sub").as_string(), "owed@example.test");
    EXPECT_EQ(claims.at("aud").as_string(), "https://login.salesforce.test");
    EXPECT_GT(claims.at("exp").as_int64(), now);
    EXPECT_LE(claims.at("exp").as_int64(), now + 180);
    EXPECT_TRUE(key.verifies(jwt.substr(0, second), from_base64url(jwt.substr(second + 1))));
    EXPECT_FALSE(key.verifies(jwt.substr(0, second) + "x", from_base64url(jwt.substr(second + 1))));
}

TEST(Token, a_bad_private_key_is_told_without_showing_it) {
    EVP_PKEY* small = EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{1024});
    EVP_PKEY* curve = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    const auto pem_of = [](EVP_PKEY* key, const EVP_CIPHER* cipher) {
        BIO* bio = BIO_new(BIO_s_mem());
        const std::string pass = "passphrase";
        PEM_write_bio_PrivateKey(bio, key, cipher, cipher ? reinterpret_cast<const unsigned char*>(pass.data()) : nullptr, cipher ? 10 : 0, nullptr, nullptr);
        char* data = nullptr;
        const auto size = BIO_get_mem_data(bio, &data);
        std::string out{data, static_cast<std::size_t>(size)};
        BIO_free(bio);
        return out;
    };
    const std::pair<std::string, const char*> cases[] = {{"MIIEvgIBADANBgk-not-a-key", "is no PEM private key"}, {pem_of(small, nullptr), "1024 bits"}, {pem_of(curve, nullptr), "is no RSA key"},
                                                         {pem_of(small, EVP_aes_128_cbc()), "has a passphrase"}};
    for (const auto& [pem, says] : cases) {
        Bench bench;
        auto& client = bench.client(OAuthClient::Grant::jwt_bearer);
        client.private_key = fixed(pem);
        const auto reply = bench.ask(bench.with_token());
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().code, Errc::invalid_config);
        EXPECT_THAT(reply.error().what, HasSubstr(says));
        EXPECT_THAT(to_text(reply.error()), Not(HasSubstr("MIIEvg")));
        EXPECT_TRUE(bench.seen.empty());
    }
    EVP_PKEY_free(small);
    EVP_PKEY_free(curve);
}

// ---- logins by mail

TransferRequest mailbox_request(const std::string& url, std::vector<RequestPart> password) {
    TransferRequest request;
    request.method = "LIST";
    request.url = url;
    request.user = {text("desk@example.test")};
    request.password = std::move(password);
    return request;
}

TEST(TokenLogin, is_one_where_a_mail_servers_password_is_a_token_of_ours) {
    for (const char* url : {"imaps://mail.example.test/", "imap://mail.example.test/", "smtps://mail.example.test", "smtp://mail.example.test:587"}) {
        Bench bench;
        bench.client();
        bench.rules.allow_urls = {std::string{url} + (std::string_view{url}.ends_with('/') ? "" : "/")};
        bench.answers = {answer(Ended::ok, 200, token_json("t0ken-number-1", R"(,"expires_in":600)"))};
        ASSERT_TRUE(bench.ask(mailbox_request(url, {secret("token")}))) << url;
        EXPECT_EQ(bench.seen.at(1).bearer, "t0ken-number-1") << url;
        EXPECT_EQ(bench.seen.at(1).password, "") << url;
        ASSERT_TRUE(bench.ask(mailbox_request(url, {secret("login")})));
        EXPECT_EQ(bench.seen.at(2).bearer, "") << "a secret that is no token is a password";
        EXPECT_EQ(bench.seen.at(2).password, "hunter2-hunter2");
    }
    Bench bench;
    bench.client();
    bench.answers = {answer(Ended::ok, 200, token_json("t0ken-number-1", R"(,"expires_in":600)"))};
    ASSERT_TRUE(bench.ask(mailbox_request("https://api.example.test/v1", {secret("token")})));
    EXPECT_EQ(bench.seen.at(1).password, "t0ken-number-1") << "http has its header for tokens, and basic for passwords";
}

TEST(TokenLogin, that_is_refused_is_tried_once_more_with_a_new_token) {
    for (const int status : {0, 535}) {   // of imap, of smtp
        Bench bench;
        bench.client();
        bench.rules.allow_urls = {"imaps://mail.example.test/"};
        bench.answers = {answer(Ended::ok, 200, token_json("t0ken-number-1")), answer(Ended::auth, status), answer(Ended::ok, 200, token_json("t0ken-number-2")), answer(Ended::auth, status)};
        const auto reply = bench.ask(mailbox_request("imaps://mail.example.test/", {secret("token")}));
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->outcome, OWED_AUTH);
        ASSERT_EQ(bench.seen.size(), 4u);
        EXPECT_EQ(bench.seen[3].bearer, "t0ken-number-2");
        bench.answers = {answer(Ended::auth, status)};
        ASSERT_TRUE(bench.ask(mailbox_request("imaps://mail.example.test/", {secret("login")})));
        EXPECT_EQ(bench.seen.size(), 5u) << "a refused password is not tried again: accounts are locked by that";
    }
}

TEST(Masking, finds_a_secret_within_a_longer_text_in_base64) {
    // As SASL PLAIN and XOAUTH2 are on the line; a server that repeats it in its refusal must not hand it on.
    const std::string value = "t0ken-number-1";
    SecretValues secrets;
    secrets.add(value);
    for (const std::string before : {"", "a", "ab", "abc", "user=desk\x01" "auth=Bearer "})
        for (const std::string after : {"", "x", "xy", "xyz", "\x01\x01"}) {
            const auto shown = secrets.without("535 no: " + encoded(before + value + after, OWED_BASE64) + " is wrong");
            EXPECT_THAT(shown, HasSubstr("***")) << before << "|" << after;
            EXPECT_THAT(shown, Not(HasSubstr(encoded("ken-number", OWED_BASE64).substr(0, 12))));
            EXPECT_THAT(shown, HasSubstr("535 no: "));
            EXPECT_THAT(shown, HasSubstr(" is wrong"));
        }
    EXPECT_EQ(secrets.without("dDBrZW4"), "dDBrZW4");
}

// ---- what token servers say

TEST(Token, refusals_say_what_the_server_said_and_what_to_do) {
    struct Case {
        OAuthClient::Grant grant;
        Response response;
        Errc code;
        const char *says, *advice;
    };
    const auto refused = [](const char* body) { return answer(Ended::refused, 400, body); };
    for (const Case& c : {
             Case{OAuthClient::Grant::jwt_bearer, refused(R"({"error":"invalid_grant","error_description":"user hasn't approved this consumer"})"), Errc::auth, "login.example.test refuses it: invalid_grant (user hasn't approved this consumer)", "approved the application"},
             Case{OAuthClient::Grant::refresh_token, refused(R"({"error":"invalid_grant","error_description":"expired access/refresh token"})"), Errc::auth, "expired access/refresh token", "spent or withdrawn"},
             Case{OAuthClient::Grant::client_credentials, answer(Ended::auth, 401, R"({"error":"invalid_client"})"), Errc::auth, "refuses it: invalid_client", "check client_id"},
             Case{OAuthClient::Grant::client_credentials, refused(R"({"error":"invalid_scope","error_description":"no\nsuch"})"), Errc::invalid_config, "invalid_scope (no\\x0asuch)", "check scope"},
             Case{OAuthClient::Grant::client_credentials, refused(R"({"error":"unsupported_grant_type"})"), Errc::invalid_config, "unsupported_grant_type", "choose another"},
             Case{OAuthClient::Grant::client_credentials, refused("<html>Not here</html>"), Errc::auth, "answered 400 and did not say why", "token_url"},
             Case{OAuthClient::Grant::client_credentials, refused(R"({"error":"invalid_client","error_description":"bad secret cl1ent-s3cret"})"), Errc::auth, "bad secret ***", "client_id"},
             Case{OAuthClient::Grant::client_credentials, answer(Ended::ok, 200, R"({"token":"x"})"), Errc::auth, "has no access_token", "token_url"},
             Case{OAuthClient::Grant::client_credentials, answer(Ended::ok, 200, "<html>"), Errc::auth, "is no JSON object", "token_url"},
             Case{OAuthClient::Grant::client_credentials, answer(Ended::ok, 200, token_json("a\\r\\nX: y")), Errc::auth, "bytes that no header takes", "token_url"},
             Case{OAuthClient::Grant::client_credentials, answer(Ended::transient, 503), Errc::transient, "could not be fetched", ""},
             Case{OAuthClient::Grant::client_credentials, answer(Ended::unknown_outcome, 0), Errc::transient, "could not be fetched", ""},
             Case{OAuthClient::Grant::client_credentials, answer(Ended::rate_limited, 429), Errc::rate_limited, "as the test says", ""},
             Case{OAuthClient::Grant::client_credentials, answer(Ended::untrusted, 0), Errc::invalid_config, "as the test says", "ca_file"},
         }) {
        const RsaKey key;
        Bench bench;
        auto& client = bench.client(c.grant);
        if (c.grant == OAuthClient::Grant::jwt_bearer) client.private_key = fixed(key.pem());
        client.refresh_token = fixed("refresh-me-please");
        bench.answers = {c.response};
        const auto reply = bench.ask(bench.with_token());
        ASSERT_FALSE(reply) << c.says;
        EXPECT_EQ(reply.error().code, c.code) << to_text(reply.error());
        EXPECT_THAT(reply.error().what, HasSubstr(c.says));
        EXPECT_THAT(reply.error().advice, HasSubstr(c.advice));
        for (const auto& line : bench.log.lines) EXPECT_THAT(line, Not(HasSubstr("cl1ent-s3cret")));
        EXPECT_THAT(to_text(reply.error()), Not(HasSubstr("cl1ent-s3cret")));
    }
}

TEST(Token, after_a_refusal_the_server_is_left_alone_for_five_minutes) {
    Bench bench;
    bench.client();
    const auto no = answer(Ended::refused, 400, R"({"error":"invalid_client"})");
    bench.answers = {no, no, answer(Ended::ok, 200, token_json("first-token"))};
    for (int i = 0; i < 5; ++i) EXPECT_EQ(bench.ask(bench.with_token()).error().code, Errc::auth);
    EXPECT_EQ(bench.seen.size(), 1u);
    EXPECT_EQ(bench.log.lines.size(), 1u);  // one alarm, no loop
    bench.clock.advance_s(301);
    EXPECT_FALSE(bench.ask(bench.with_token()));
    EXPECT_EQ(bench.seen.size(), 2u);
    bench.clock.advance_s(301);
    EXPECT_TRUE(bench.ask(bench.with_token()));
}

TEST(Token, a_rotated_refresh_token_is_kept_and_stored) {
    Bench bench;
    auto& client = bench.client(OAuthClient::Grant::refresh_token);
    client.client_secret = {};
    client.refresh_token = fixed("refresh-0");
    std::vector<std::string> stored;
    bench.config.store_secret = [&](std::string_view name, std::string_view value) -> Status {
        stored.push_back(std::string{name} + "=" + std::string{value});
        if (stored.size() > 1) return fail(Errc::io, "the disk is full");
        return {};
    };
    const auto rotated = [](const std::string& n) { return answer(Ended::ok, 200, token_json("access-token-" + n, R"(,"expires_in":100,"refresh_token":"refresh-)" + n + "\"")); };
    bench.answers = {rotated("1"), answer(Ended::ok, 200), rotated("2"), answer(Ended::ok, 200), rotated("3")};
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(bench.ask(bench.with_token()));
        bench.clock.advance_s(200);
    }
    EXPECT_THAT(stored, ElementsAre("token=refresh-1", "token=refresh-2", "token=refresh-3"));
    EXPECT_THAT(bench.seen[0].body, HasSubstr("refresh_token=refresh-0"));
    EXPECT_THAT(bench.seen[2].body, HasSubstr("refresh_token=refresh-1"));
    EXPECT_THAT(bench.seen[4].body, HasSubstr("refresh_token=refresh-2"));  // kept in memory though storing failed
    EXPECT_TRUE(bench.log.has("could not be kept"));
    EXPECT_FALSE(bench.log.has("refresh-2"));
}

TEST(Token, after_a_refused_refresh_the_configured_token_is_read_again) {
    Bench bench;
    auto& client = bench.client(OAuthClient::Grant::refresh_token);
    std::string configured = "refresh-0";
    client.refresh_token = [&]() -> Result<std::string> { return configured; };
    bench.answers = {answer(Ended::ok, 200, token_json("access-token-1", R"(,"expires_in":100,"refresh_token":"refresh-1")")), answer(Ended::ok, 200),
                     answer(Ended::refused, 400, R"({"error":"invalid_grant"})"), answer(Ended::ok, 200, token_json("access-token-2"))};
    ASSERT_TRUE(bench.ask(bench.with_token()));
    bench.clock.advance_s(200);
    EXPECT_FALSE(bench.ask(bench.with_token()));
    EXPECT_THAT(bench.seen[2].body, HasSubstr("refresh_token=refresh-1"));
    configured = "refresh-by-hand";
    bench.clock.advance_s(301);
    ASSERT_TRUE(bench.ask(bench.with_token()));
    EXPECT_THAT(bench.seen[3].body, HasSubstr("refresh_token=refresh-by-hand"));
}

TEST(Token, goes_only_to_the_host_that_the_server_made_it_for) {
    Bench bench;
    bench.client();
    bench.rules.allow_urls.push_back("https://other.example.test/");
    bench.answers = {answer(Ended::ok, 200, token_json("first-token", R"(,"instance_url":"https://API.example.test")"))};
    EXPECT_TRUE(bench.ask(bench.with_token()));
    const auto other = bench.ask(bench.with_token("GET", "https://other.example.test/v1"));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::invalid_config);
    EXPECT_THAT(other.error().what, HasSubstr("https://API.example.test"));
    EXPECT_THAT(other.error().what, HasSubstr("https://other.example.test"));
    EXPECT_EQ(bench.seen.size(), 2u);
}

// ---- pace

TEST(Pace, short_waits_pass_in_the_call_and_long_ones_are_told) {
    Bench bench;
    bench.config.transfer.requests_per_minute = 60;  // 6 at once, then one a second
    for (int i = 0; i < 6; ++i) EXPECT_EQ(bench.ask(bench.with_token("GET", "https://api.example.test/")).error().code, Errc::invalid_config);
    bench.service.reset();
    TransferRequest plain;
    plain.method = "GET";
    plain.url = "https://api.example.test/";
    for (int i = 0; i < 8; ++i) EXPECT_EQ(bench.ask(plain)->outcome, OWED_OK) << i;
    EXPECT_THAT(bench.slept, ElementsAre(1000, 2000));
    const auto late = bench.ask(plain);
    EXPECT_EQ(late->outcome, OWED_RATE_LIMITED);
    EXPECT_EQ(late->retry_after_ms, 3000u);
    EXPECT_FALSE(late->bytes_left);
    EXPECT_THAT(late->message, HasSubstr("60 requests a minute"));
    EXPECT_EQ(bench.seen.size(), 8u);
    bench.clock.advance_s(60);
    EXPECT_EQ(bench.ask(plain)->outcome, OWED_OK);
    EXPECT_EQ(bench.slept.size(), 2u);
}

TEST(Pace, a_wait_can_be_cancelled) {
    Bench bench;
    bench.config.transfer.requests_per_minute = 60;
    TransferRequest plain;
    plain.method = "GET";
    plain.url = "https://api.example.test/";
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(bench.ask(plain));
    bench.cancelled = true;
    EXPECT_EQ(bench.ask(plain)->outcome, OWED_CANCELLED);
    EXPECT_EQ(bench.seen.size(), 6u);
}

TEST(Pace, in_the_long_run_it_is_what_was_said) {
    for (const std::int64_t per_minute : {1, 7, 60, 1000}) {
        TokenBucket bucket{per_minute};
        std::int64_t micros = 0, taken = 0;
        for (; micros < 600'000'000; micros += 10'000) taken += bucket.take({micros}, 0) == 0 ? 1 : 0;
        EXPECT_NEAR(static_cast<double>(taken), static_cast<double>(10 * per_minute), static_cast<double>(std::max<std::int64_t>(1, per_minute / 10)) + 1) << per_minute;
    }
    TokenBucket bucket{60};
    EXPECT_EQ(bucket.take({1'000'000'000}, 0), 0);
    for (int i = 0; i < 5; ++i) bucket.take({1'000'000'000}, 0);
    EXPECT_GT(bucket.take({0}, 0), 0);  // a clock that is set back gives nothing
}

TEST(RetryAfter, is_capped_at_an_hour) {
    Bench bench;
    auto late = answer(Ended::rate_limited, 429);
    late.retry_after_ms = 999'999'999'999;
    bench.answers = {late};
    TransferRequest plain;
    plain.method = "GET";
    plain.url = "https://api.example.test/";
    EXPECT_EQ(bench.ask(plain)->retry_after_ms, 3'600'000u);
}

// ---- breaker

TEST(BreakerOf, opens_after_five_failures_and_lets_one_probe_through) {
    Bench bench;
    TransferRequest plain;
    plain.method = "GET";
    plain.url = "https://api.example.test/";
    const auto down = answer(Ended::transient, 503);
    for (int i = 0; i < 4; ++i) bench.answers.push_back(down);
    bench.answers.push_back(answer(Ended::refused, 404));  // an answer: it begins anew
    for (int i = 0; i < 30; ++i) bench.answers.push_back(down);
    for (int i = 0; i < 10; ++i) {
        EXPECT_TRUE(bench.it().trouble().empty());
        bench.ask(plain).value();
    }
    EXPECT_EQ(bench.seen.size(), 10u);
    EXPECT_THAT(bench.it().trouble(), HasSubstr("https://api.example.test failed 5 times in a row (as the test says); asked again at 2026-"));
    EXPECT_TRUE(bench.log.has("left alone for 30 s"));
    const auto told = bench.ask(plain);
    EXPECT_EQ(told->outcome, OWED_TRANSIENT);
    EXPECT_EQ(told->retry_after_ms, 30'000u);
    EXPECT_THAT(told->message, HasSubstr("is not asked for another 30 s, after 5 failures in a row"));
    EXPECT_EQ(bench.seen.size(), 10u);
    std::size_t asked = 10;
    for (const std::int64_t pause : {30, 60, 120, 240, 480, 600, 600}) {
        bench.clock.advance_s(pause - 1);
        bench.ask(plain).value();
        EXPECT_EQ(bench.seen.size(), asked) << pause;
        bench.clock.advance_s(1);
        bench.ask(plain).value();
        bench.ask(plain).value();
        EXPECT_EQ(bench.seen.size(), ++asked) << pause;  // one probe
    }
    bench.answers.clear();
    bench.clock.advance_s(600);
    EXPECT_EQ(bench.ask(plain)->outcome, OWED_OK);
    EXPECT_TRUE(bench.it().trouble().empty());
    EXPECT_EQ(bench.ask(plain)->outcome, OWED_OK);
}

TEST(BreakerOf, one_servers_trouble_is_not_anothers) {
    Bench bench;
    bench.rules.allow_urls.push_back("https://other.example.test/");
    TransferRequest one, other;
    one.method = other.method = "GET";
    one.url = "https://api.example.test/";
    other.url = "https://other.example.test/";
    for (int i = 0; i < 5; ++i) bench.answers.push_back(answer(Ended::timed_out, 0));
    for (int i = 0; i < 5; ++i) bench.ask(one).value();
    EXPECT_EQ(bench.ask(one)->outcome, OWED_TRANSIENT);
    EXPECT_EQ(bench.ask(other)->outcome, OWED_OK);
}

TEST(BreakerOf, what_is_an_answer_never_opens_it) {
    for (const auto outcome : {Ended::ok, Ended::refused, Ended::auth, Ended::rate_limited, Ended::untrusted, Ended::cancelled}) {
        Bench bench;
        TransferRequest plain;
        plain.method = "POST";
        plain.url = "https://api.example.test/";
        for (int i = 0; i < 20; ++i) bench.answers.push_back(answer(outcome, 0));
        for (int i = 0; i < 20; ++i) bench.ask(plain).value();
        EXPECT_EQ(bench.seen.size(), 20u) << transports::name_of(outcome);
    }
}

// ---- secrets

TEST(Secret, is_masked_in_everything_that_comes_back) {
    const std::string forms[] = {"hunter2-hunter2", encoded("hunter2-hunter2", OWED_BASE64)};
    for (const auto& form : forms) {
        Bench bench;
        auto echo = answer(Ended::refused, 400, "{\"you sent\": \"" + form + "\"}");
        echo.detail = "the server said " + form;
        echo.headers = {{"X-Echo", form}};
        bench.answers = {echo};
        TransferRequest request;
        request.method = "POST";
        request.url = "https://api.example.test/";
        request.body = {secret("login", OWED_FORM)};
        const auto reply = bench.ask(request);
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->body, "{\"you sent\": \"***\"}");
        EXPECT_EQ(reply->headers.at(0).second, "***");
        EXPECT_THAT(reply->message, Not(HasSubstr(form)));
        EXPECT_EQ(bench.seen.at(0).body, "hunter2-hunter2");
    }
    Bench bench;
    bench.answers = {fail(Errc::input_too_large, "too large: hunter2-hunter2")};
    TransferRequest request;
    request.method = "POST";
    request.url = "https://api.example.test/";
    request.body = {secret("login")};
    EXPECT_EQ(bench.ask(request).error().what, "too large: ***");
}

TEST(Secret, text_that_looks_like_a_placeholder_is_text) {
    for (const char* name : {"{{secret:login}}", "${login}", "secret(login)", "{\"secret\":\"login\"}", "%login%", "$(login)", "<secret>login</secret>", "***"}) {
        Bench bench;
        TransferRequest request;
        request.method = "POST";
        request.url = "https://api.example.test/customers?name=x";
        request.headers = {{"X-Customer", {text(name)}}};
        request.body = {text("name="), text(name), text("&key="), secret("login")};
        ASSERT_TRUE(bench.ask(request));
        EXPECT_EQ(bench.seen.at(0).body, "name=" + std::string{name} + "&key=hunter2-hunter2");
        EXPECT_EQ(bench.seen.at(0).headers.at(0).value, name);
    }
}

TEST(Secret, unknown_ones_encodings_and_plain_text_are_refused) {
    Bench bench;
    TransferRequest request;
    request.method = "POST";
    request.url = "https://api.example.test/";
    request.body = {secret("nobody")};
    EXPECT_EQ(bench.ask(request).error().code, Errc::invalid_config);
    request.body = {secret("login", 99)};
    EXPECT_EQ(bench.ask(request).error().code, Errc::plugin_bug);
    request.body.clear();
    request.tls = OWED_TLS_NONE;
    bench.config.transfer.plain_text_on_loopback = false;
    EXPECT_EQ(bench.ask(request).error().code, Errc::invalid_config);
    request.tls = 7;
    EXPECT_EQ(bench.ask(request).error().code, Errc::plugin_bug);
    EXPECT_TRUE(bench.seen.empty());
}

TEST(Secret, is_written_as_its_place_needs_it) {
    const std::string value = "a<&\"'\\ü\n+";
    EXPECT_EQ(encoded(value, OWED_RAW), value);
    EXPECT_EQ(encoded(value, OWED_XML), "a&lt;&amp;&quot;&apos;\\ü\n+");
    EXPECT_EQ(encoded(value, OWED_JSON), "a<&\\\"'\\\\ü\\u000a+");
    EXPECT_EQ(encoded(value, OWED_FORM), "a%3C%26%22%27%5C%C3%BC%0A%2B");
    EXPECT_EQ(encoded("user:pass", OWED_BASE64), "dXNlcjpwYXNz");
}

TEST(Limits, of_the_configuration_bind_the_plugin) {
    Bench bench;
    bench.config.transfer.timeout_ms = 5'000;
    bench.config.transfer.response_bytes_max = 1'000;
    TransferRequest request;
    request.method = "GET";
    request.url = "https://api.example.test/";
    request.timeout_ms = 100'000;
    request.response_max = 1u << 30;
    request.idempotency_key = "key-7";
    ASSERT_TRUE(bench.ask(request));
    EXPECT_LE(bench.seen.at(0).timeout_ms, 5'000u);
    EXPECT_EQ(bench.seen.at(0).reply_bytes_max, 1'000u);
    EXPECT_EQ(bench.seen.at(0).headers.at(0).value, "key-7");
}

}  // namespace
}  // namespace owed::host
