// Tokens of OAuth2: fetched, renewed, signed for, shown where they are for, and what their servers say.
#include "host/detail/oauth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

#include <boost/json.hpp>

#include "host/test_transfers.hpp"

namespace owed::host {
namespace {

using test::answer;
using test::Ended;
using test::fixed;
using test::Response;
using test::secret;
using test::text;
using test::token_json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Bench = test::TransferBench;

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

}  // namespace
}  // namespace owed::host
