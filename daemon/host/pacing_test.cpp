// How often servers are asked: the pace, Retry-After, and the breaker that leaves a failing one alone.
#include "host/detail/pacing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/test_transfers.hpp"

namespace owed::host {
namespace {

using test::answer;
using test::Ended;
using testing::HasSubstr;
using testing::ElementsAre;
using Bench = test::TransferBench;

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

}  // namespace
}  // namespace owed::host
