#include "jobs/sync_waits.hpp"

#include <gtest/gtest.h>

#include "ledger/test_company.hpp"

namespace owed::jobs {
namespace {

const Error busy{Errc::rate_limited, "429 Too Many Requests", {}, {}}, down{Errc::transient, "connection refused", {}, {}},
    login{Errc::auth, "the login was refused", {}, {}};

/// Takes nothing off a wait.
struct NoDice : Rng {
    std::uint64_t next(std::string_view purpose) override {
        last = purpose;
        return dice;
    }
    void fill(std::string_view, std::span<unsigned char>) override {}
    std::uint64_t dice = 0;
    std::string last;
};

struct SyncWaitsTest : ::testing::Test {
    ledger::Company company{{migrations()}};
    store::FixedClock& clock = company.test.clock;
    NoDice rng;
    SyncWaits waits{clock, rng};
    const Job hourly{"sync bank", "sync", "bank", *Cron::parse("0 * * * *"), Zone::utc(), {}};
    const Instant since = clock.now();

    std::optional<Instant> in(std::int64_t seconds) { return clock.now().plus_seconds(seconds); }
    std::optional<Due> due() {
        std::optional<Due> found;
        company.test.read([&](store::Db& db) {
            const auto scheduled = jobs::due(db, {hourly}, clock.now(), since);
            found = waits.due(hourly, scheduled.empty() ? std::nullopt : std::optional{Due{&hourly, scheduled.front().nominal, scheduled.front().missed}});
        });
        return found;
    }
    std::optional<Instant> next_try(const Job* job) {
        std::optional<Instant> at;
        company.test.read([&](store::Db& db) {
            at = waits.next_try(db, "bank", job, since);
        });
        return at;
    }
    void ran(const Due& one) {
        company.test.write([&](store::Tx& tx) -> Status {
            OWED_TRY(const bool mine, claim(tx, clock, *one.job, one.nominal));
            EXPECT_TRUE(mine);
            return finish(tx, clock, *one.job, one.nominal, "done");
        });
    }
};

TEST(BackOffOf, doubles_to_its_most_and_jitter_only_shortens) {
    constexpr BackOff rule{30, 900};
    const std::int64_t whole[] = {30, 30, 60, 120, 240, 480, 900, 900};
    for (std::int64_t failures = 0; failures < 8; ++failures) EXPECT_EQ(back_off_us(rule, failures), whole[failures] * 1'000'000) << failures;
    EXPECT_EQ(back_off_us(rule, 1'000'000'000), 900'000'000);
    for (std::uint64_t dice = 0; dice < 100; ++dice) {
        const auto us = back_off_us(rule, 3, dice * 0x9e3779b97f4a7c15u);
        EXPECT_LE(us, 120'000'000);
        EXPECT_GT(us, 90'000'000);
    }
}

TEST_F(SyncWaitsTest, a_wait_doubles_with_each_failure_and_ends_with_a_success) {
    for (const std::int64_t seconds : {30, 60, 120, 240, 480, 900, 900}) {
        waits.failed("bank", down, {});
        ASSERT_TRUE(waits.waiting("bank"));
        EXPECT_EQ(waits.waiting("bank")->until, in(seconds));
        EXPECT_TRUE(waits.waiting("bank")->own_try);
        EXPECT_EQ(waits.waiting("bank")->error.what, down.what);
        EXPECT_FALSE(waits.waiting("other"));
        clock.pass_seconds(seconds - 1);
        EXPECT_TRUE(waits.waiting("bank")) << seconds;
        clock.pass_seconds(1);
        EXPECT_FALSE(waits.waiting("bank")) << seconds;
    }
    waits.forget("bank");
    waits.failed("bank", down, {});
    EXPECT_EQ(waits.waiting("bank")->until, in(30)) << "the first in a row again";
    EXPECT_EQ(rng.last, "sync back-off");
    rng.dice = 7'499'999;
    waits.forget("bank");
    waits.failed("bank", down, {});
    EXPECT_EQ(waits.waiting("bank")->until.micros, in(30)->micros - 7'499'999) << "up to a quarter less by chance";
}

TEST_F(SyncWaitsTest, a_wish_of_the_other_side_is_heeded_and_a_long_one_leaves_it_to_the_schedule) {
    struct Case {
        std::int64_t asked, waits;
        bool own_try;
    };
    for (const auto& c : {Case{5, 30, true}, {31, 31, true}, {900, 900, true}, {901, 901, false}, {86'400, 86'400, false}, {-60, 30, true}}) {
        waits.forget("bank");
        waits.failed("bank", busy, in(c.asked));
        ASSERT_TRUE(waits.waiting("bank")) << c.asked;
        EXPECT_EQ(waits.waiting("bank")->until, in(c.waits)) << c.asked;
        EXPECT_EQ(waits.waiting("bank")->own_try, c.own_try) << c.asked;
    }
}

TEST_F(SyncWaitsTest, what_does_not_pass_by_itself_waits_for_the_schedule_alone) {
    for (const auto code : {Errc::auth, Errc::malformed_input, Errc::data, Errc::permanent, Errc::plugin_bug, Errc::plugin_crashed, Errc::invalid_config,
                            Errc::store_full, Errc::store_locked, Errc::unknown_outcome, Errc::cancelled}) {
        waits.failed("bank", down, {});
        waits.failed("bank", {code, "no", {}, {}}, in(600));
        EXPECT_FALSE(waits.waiting("bank")) << name_of(code);
        EXPECT_FALSE(next_try(&hourly)) << name_of(code);
    }
    waits.failed("bank", {Errc::timed_out, "silence", {}, {}}, {});
    EXPECT_TRUE(waits.waiting("bank"));
    waits.failed("bank", login, {});
    EXPECT_FALSE(due());
}

TEST_F(SyncWaitsTest, a_try_of_our_own_comes_between_two_times_of_the_schedule_and_runs_once) {
    clock.pass_seconds(3600);
    auto first = due();
    ASSERT_TRUE(first);
    ran(*first);
    EXPECT_FALSE(due());
    waits.failed("bank", busy, in(45));
    const auto at = in(45);
    EXPECT_EQ(next_try(&hourly), at);
    EXPECT_EQ(next_try(nullptr), at);
    clock.pass_seconds(44);
    EXPECT_FALSE(due());
    clock.pass_seconds(1);
    const auto again = due();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->nominal, *at);
    EXPECT_EQ(again->missed, 0);
    ran(*again);
    waits.forget("bank");
    EXPECT_FALSE(due());
    EXPECT_FALSE(next_try(&hourly));
    clock.pass_seconds(3600);
    ASSERT_TRUE(due()) << "the schedule goes on";
    EXPECT_EQ(due()->nominal.micros, first->nominal.micros + 3'600'000'000);
}

TEST_F(SyncWaitsTest, a_time_of_the_schedule_within_the_wait_runs_at_its_end) {
    clock.pass_seconds(3600);
    const auto first = due();
    ASSERT_TRUE(first);
    ran(*first);
    waits.failed("bank", busy, in(3 * 3600));
    EXPECT_EQ(next_try(&hourly), in(3 * 3600));
    for (int minutes = 0; minutes < 180; ++minutes, clock.pass_seconds(60)) ASSERT_FALSE(due()) << minutes;
    const auto one = due();
    ASSERT_TRUE(one);
    EXPECT_GE(one->missed, 2) << "it stands for those that came meanwhile";
}

TEST_F(SyncWaitsTest, a_long_wait_without_a_time_of_the_schedule_within_goes_on_at_the_next_one) {
    clock.pass_seconds(3600);
    const auto first = due();
    ASSERT_TRUE(first);
    ran(*first);
    const auto into_the_hour = clock.now().micros - first->nominal.micros;
    const auto to_the_next = 3600 - into_the_hour / 1'000'000;
    ASSERT_GT(to_the_next, 1200) << "the test's clock stands early in an hour";
    waits.failed("bank", busy, in(1000));
    EXPECT_EQ(next_try(&hourly)->micros, first->nominal.micros + 3'600'000'000);
    clock.pass_seconds(1000);
    EXPECT_FALSE(due()) << "no try of our own after so long a wait";
    EXPECT_FALSE(waits.waiting("bank"));
    clock.pass_seconds(to_the_next - 1000);
    EXPECT_TRUE(due());
}

TEST_F(SyncWaitsTest, other_jobs_do_not_wait) {
    waits.failed("bank", busy, in(600));
    const Job cash{"bank", "cash", "bank", *Cron::parse("0 * * * *"), Zone::utc(), {}};
    EXPECT_TRUE(waits.due(cash, Due{&cash, clock.now(), 0}));
    EXPECT_FALSE(waits.due(cash, {}));
}

}  // namespace
}  // namespace owed::jobs
