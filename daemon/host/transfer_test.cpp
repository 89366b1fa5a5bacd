// The transfer service of one instance: where it may go, what its secrets do, what a refusal is about, its limits.
#include "host/detail/transfer_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/detail/masking.hpp"
#include "host/detail/request_parts.hpp"
#include "host/test_transfers.hpp"

namespace owed::host {
namespace {

using test::answer;
using test::Ended;
using test::Response;
using test::secret;
using test::text;
using testing::HasSubstr;
using testing::Not;
using Bench = test::TransferBench;

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

// ---- refusals

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

// ---- limits

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
