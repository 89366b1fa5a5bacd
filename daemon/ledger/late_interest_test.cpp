#include "ledger/late_interest.hpp"

#include <gtest/gtest.h>

#include <random>

#include "ledger/interest_regimes.hpp"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::ledger {
namespace {

const Currency eur = find_currency("EUR").value();
Money euros(std::int64_t cents) { return Money::minor(cents, eur); }
Date day(const char* text) { return parse_date(text).value(); }
Decimal number(const char* text) { return parse_decimal(text).value(); }

InterestQuestion late(std::int64_t amount, const char* due, const char* as_of) { return {.amount = euros(amount), .due_date = day(due), .as_of = day(as_of)}; }
InterestRule fixed(const char* percent) { return {.percent = number(percent)}; }
std::string told(const Result<Interest>& answer) { return answer ? to_text(answer->interest) : std::string{name_of(answer.error().code)}; }

TEST(LateInterest, own_check_values) {
    EXPECT_EQ(told(late_interest(late(246000, "2026-03-01", "2026-04-07"), fixed("11.30"))), "28.18");
    auto rule = fixed("10");
    EXPECT_EQ(told(late_interest(late(366000, "2028-01-01", "2028-03-01"), rule)), "60.16");
    rule.day_count = DayCount::act_act;
    EXPECT_EQ(told(late_interest(late(366000, "2028-01-01", "2028-03-01"), rule)), "60.00");
    const auto two = late_interest({.amount = euros(840000), .due_date = day("2026-06-09"), .paid = {{day("2026-07-25"), euros(840000)}}}, regime_rule("eu").value()).value();
    EXPECT_EQ(to_text(two.interest), "108.89");
    ASSERT_EQ(two.segments.size(), 2U);
    EXPECT_EQ(to_text(two.segments[0].from), "2026-06-10");
    EXPECT_EQ(to_text(two.segments[0].to), "2026-06-30");
    EXPECT_EQ(two.segments[0].days, 21);
    EXPECT_EQ(to_text(two.segments[0].percent), "10.15");
    EXPECT_EQ(to_text(two.segments[1].from), "2026-07-01");
    EXPECT_EQ(two.segments[1].days, 25);
    EXPECT_EQ(to_text(two.segments[1].percent), "10.40");
    EXPECT_EQ(two.days, 46);
    EXPECT_EQ(to_text(two.fixed_sum), "40.00");
    EXPECT_EQ(to_text(two.total), "148.89");
}

TEST(LateInterest, day_counts) {
    const struct {
        const char* proves;
        DayCount count;
        const char *due, *end, *interest;
        int days;
    } cases[] = {
        {"on_the_due_date_none", DayCount::act_365, "2026-03-01", "2026-03-01", "0.00", 0},
        {"before_the_due_date_none", DayCount::act_365, "2026-03-01", "2026-02-01", "0.00", 0},
        {"one_day", DayCount::act_365, "2026-03-01", "2026-03-02", "10.00", 1},
        {"leap_day_counts", DayCount::act_365, "2028-02-28", "2028-03-01", "20.00", 2},
        {"act_360", DayCount::act_360, "2026-03-01", "2026-04-06", "365.00", 36},
        {"act_act_over_new_year", DayCount::act_act, "2027-12-01", "2028-01-31", "609.15", 61},
        {"30e_month_end", DayCount::e30_360, "2026-01-31", "2026-02-28", "283.89", 28},
        {"30e_31st_is_30th", DayCount::e30_360, "2026-03-30", "2026-05-31", "608.33", 60},
    };
    for (const auto& c : cases) {
        auto rule = fixed("10");
        rule.day_count = c.count;
        const auto answer = late_interest(late(3650000, c.due, c.end), rule).value();
        EXPECT_EQ(to_text(answer.interest), c.interest) << c.proves;
        EXPECT_EQ(answer.days, c.days) << c.proves;
    }
}

TEST(LateInterest, part_payments_split) {
    const auto answer = late_interest({.amount = euros(1000000), .due_date = day("2026-01-31"), .paid = {{day("2026-03-02"), euros(400000)}, {day("2026-01-15"), euros(100000)}}, .as_of = day("2026-03-12")}, fixed("7.3")).value();
    ASSERT_EQ(answer.segments.size(), 2U);
    EXPECT_EQ(to_text(answer.segments[0].open), "9000.00") << "paid before the due date";
    EXPECT_EQ(to_text(answer.segments[0].to), "2026-03-02") << "the day of payment still bears interest on all";
    EXPECT_EQ(to_text(answer.segments[1].open), "5000.00");
    EXPECT_EQ(to_text(answer.interest), "64.00");
    EXPECT_EQ(to_text(answer.open), "5000.00");
}

TEST(LateInterest, paid_in_full_stops) {
    const auto answer = late_interest({.amount = euros(1000000), .due_date = day("2026-01-31"), .paid = {{day("2026-02-10"), euros(1000000)}}, .as_of = day("2026-12-31")}, fixed("7.3")).value();
    EXPECT_EQ(answer.days, 10);
    EXPECT_EQ(to_text(answer.interest), "20.00");
}

TEST(LateInterest, fixing) {
    InterestRule rule{.table = {{day("2026-07-01"), number("10")}, {day("2026-01-01"), number("5")}, {day("2026-08-15"), number("20")}}};
    const InterestQuestion question{.amount = euros(3650000), .due_date = day("2026-06-20"), .paid = {{day("2026-08-29"), euros(3650000)}}};
    EXPECT_EQ(told(late_interest(question, rule)), "650.00") << "10 days at 5, 60 at 10; August's change waits for January";
    rule.fixing = RateFixing::at_start;
    EXPECT_EQ(told(late_interest(question, rule)), "350.00");
    rule.fixing = RateFixing::at_payment;
    EXPECT_EQ(told(late_interest(question, rule)), "1400.00") << "the rate of 29 August for all 70 days";
    rule.fixing = RateFixing::half_year;
    EXPECT_EQ(told(late_interest(late(3650000, "2025-12-01", "2026-02-01"), rule)), "not_found");
}

TEST(LateInterest, at_payment_rates_each_part_by_its_day) {
    auto rule = regime_rule("ie").value();
    const InterestQuestion question{.amount = euros(3650000), .due_date = day("2026-06-20"), .paid = {{day("2026-06-30"), euros(1825000)}, {day("2026-07-10"), euros(1825000)}}};
    const auto answer = late_interest(question, rule).value();
    EXPECT_EQ(to_text(answer.interest), "154.75") << "18,250 x 10.15 % x 10 days + 18,250 x 10.40 % x 20 days";
    EXPECT_EQ(to_text(answer.fixed_sum), "100.00");
    EXPECT_EQ(answer.days, 20);
}

TEST(LateInterest, compounding_monthly) {
    auto rule = fixed("12");
    rule.compounding = Compounding::monthly;
    rule.day_count = DayCount::act_360;
    // 1,000.00 x 1.01^2 x (1 + 12 % x 10 / 360) - 1,000.00
    const auto answer = late_interest(late(100000, "2026-01-31", "2026-04-10"), rule).value();
    EXPECT_EQ(to_text(answer.interest), "23.50");
    EXPECT_EQ(answer.segments.size(), 3U);
    EXPECT_EQ(told(late_interest(late(100000, "2026-01-31", "2026-02-10"), rule)), "3.33") << "less than a month: simple";
    EXPECT_EQ(told(late_interest(late(100000, "2026-01-31", "2027-01-31"), rule)), "126.83");
}

TEST(LateInterest, per_started_month) {
    auto rule = fixed("18");
    rule.per_started_month = true;
    EXPECT_EQ(told(late_interest(late(100000, "2026-01-31", "2026-02-01"), rule)), "15.00");
    EXPECT_EQ(told(late_interest(late(100000, "2026-01-31", "2026-03-01"), rule)), "30.00");
    rule.per_started_month = false;
    EXPECT_EQ(told(late_interest(late(100000, "2026-01-31", "2026-03-02"), rule)), "14.79") << "1.5 % a month by day is 18 % a year";
}

TEST(LateInterest, base_grace_and_minimum) {
    auto rule = fixed("10");
    auto question = late(119000, "2026-03-01", "2026-03-11");
    question.tax = euros(19000);
    question.disputed = euros(69000);
    EXPECT_EQ(told(late_interest(question, rule)), "3.26");
    rule.base = InterestBase::net;
    EXPECT_EQ(told(late_interest(question, rule)), "2.74");
    rule.base = InterestBase::undisputed;
    EXPECT_EQ(told(late_interest(question, rule)), "1.37");
    rule.grace_days = 10;
    EXPECT_EQ(told(late_interest(question, rule)), "0.00") << "the last day of grace";
    rule.grace_days = 9;
    EXPECT_EQ(told(late_interest(question, rule)), "1.37") << "exceeded: from the due date";
    rule.minimum = euros(138);
    const auto answer = late_interest(question, rule).value();
    EXPECT_EQ(to_text(answer.interest), "0.00");
    EXPECT_EQ(to_text(answer.accrued), "1.37");
    EXPECT_EQ(answer.notes.size(), 1U);
}

TEST(LateInterest, order_of_settlement) {
    auto rule = fixed("10");
    rule.settlement = Settlement::cost_interest_principal;
    rule.fixed_sums = {{std::nullopt, euros(4000)}};
    // 36,500.00: 10 days bear 100.00; 1,140.00 pay 40.00 costs, 100.00 interest and 1,000.00 principal.
    const auto answer = late_interest({.amount = euros(3650000), .due_date = day("2026-03-01"), .paid = {{day("2026-03-11"), euros(114000)}}, .as_of = day("2026-03-21")}, rule).value();
    EXPECT_EQ(to_text(answer.open), "35500.00");
    EXPECT_EQ(to_text(answer.interest), "197.26");
    rule.settlement = Settlement::principal_first;
    EXPECT_EQ(to_text(late_interest({.amount = euros(3650000), .due_date = day("2026-03-01"), .paid = {{day("2026-03-11"), euros(114000)}}, .as_of = day("2026-03-21")}, rule)->open), "35360.00");
}

TEST(LateInterest, regimes) {
    const auto fixed_sum = [](const char* regime, const char* currency, std::int64_t amount) {
        auto rule = regime_rule(regime).value();
        rule.percent = number("10");
        return to_text(late_interest({.amount = Money::minor(amount, find_currency(currency).value()), .due_date = day("2026-03-01"), .as_of = day("2026-03-02")}, rule)->fixed_sum);
    };
    EXPECT_EQ(fixed_sum("uk", "GBP", 99999), "40.00");
    EXPECT_EQ(fixed_sum("uk", "GBP", 100000), "70.00");
    EXPECT_EQ(fixed_sum("uk", "GBP", 999999), "70.00");
    EXPECT_EQ(fixed_sum("uk", "GBP", 1000000), "100.00");
    EXPECT_EQ(fixed_sum("de", "EUR", 1), "40.00");
    EXPECT_EQ(fixed_sum("de_consumer", "EUR", 100), "0.00");
    EXPECT_EQ(fixed_sum("de", "USD", 100), "0.00") << "not in the law's currency";
    EXPECT_EQ(told(late_interest(late(3650000, "2026-06-20", "2026-07-10"), regime_rule("de").value())), "207.90") << "10.27 % and 10.52 %, 10 days each";
    EXPECT_EQ(told(late_interest(late(3650000, "2026-06-20", "2026-06-30"), regime_rule("de_consumer").value())), "62.70");
    auto uk = regime_rule("uk").value();
    uk.table = {{day("2025-12-18"), number("3.75")}, {day("2026-02-05"), number("3.50")}};
    EXPECT_EQ(told(late_interest(late(3650000, "2026-06-20", "2026-07-10"), uk)), "235.00") << "Bank Rate of 31 December, frozen";
    EXPECT_EQ(told(late_interest(late(100, "2026-06-20", "2026-07-10"), regime_rule("us").value())), "not_found");
    EXPECT_FALSE(regime_rule("mars"));
    EXPECT_EQ(interest_regimes().size(), 9U);
}

TEST(LateInterest, a_debt_paid_in_time_bears_no_fixed_sum) {
    auto de = regime_rule("de").value();
    de.settlement = Settlement::cost_interest_principal;
    const auto asked = [&](const char* paid_on, int grace = 0) {
        auto rule = de;
        rule.grace_days = grace;
        return late_interest({.amount = euros(10000), .due_date = day("2026-06-09"), .paid = {{day(paid_on), euros(10000)}}, .as_of = day("2026-07-01")}, rule).value();
    };
    const auto early = asked("2026-06-01");
    EXPECT_EQ(to_text(early.fixed_sum), "0.00");
    EXPECT_EQ(to_text(early.total), "0.00");
    EXPECT_EQ(to_text(early.open), "0.00");
    EXPECT_TRUE(early.notes.empty());
    EXPECT_EQ(to_text(asked("2026-06-09").total), "0.00");
    EXPECT_EQ(to_text(asked("2026-06-10").fixed_sum), "40.00");
    const auto within = asked("2026-06-12", 3);
    EXPECT_EQ(to_text(within.total), "0.00");
    EXPECT_EQ(within.notes, std::vector<std::string>{"within the grace of 3 days"});
    EXPECT_EQ(to_text(asked("2026-06-13", 3).fixed_sum), "40.00");
}

// 1,000.00, of which 300.00 are disputed: of a payment of 500.00 the whole bears interest, since what is left covers the dispute.
TEST(LateInterest, a_disputed_sum_is_left_out_once) {
    auto rule = fixed("10");
    rule.base = InterestBase::undisputed;
    InterestQuestion question{.amount = euros(100000), .due_date = day("2026-03-01"), .paid = {{day("2026-03-11"), euros(50000)}}, .as_of = day("2026-03-21"), .disputed = euros(30000)};
    const auto by_time = late_interest(question, rule).value();
    EXPECT_EQ(to_text(by_time.interest), "2.47");   // 10 days of 700.00, 10 of 200.00
    rule.percent = {};
    rule.table = {{day("2026-01-01"), number("10")}};
    rule.fixing = RateFixing::at_payment;
    const auto by_payment = late_interest(question, rule).value();
    EXPECT_EQ(to_text(by_payment.interest), "2.47");   // 10 days of 500.00, 20 of 200.00
    ASSERT_EQ(by_payment.segments.size(), 2U);
    EXPECT_EQ(to_text(by_payment.segments[0].open), "500.00");
    EXPECT_EQ(to_text(by_payment.segments[1].open), "200.00");
    question.paid[0].amount = euros(90000);
    const auto most = late_interest(question, rule).value();
    EXPECT_EQ(to_text(most.segments[0].open), "700.00");
    EXPECT_EQ(to_text(most.segments[1].open), "0.00");
}

TEST(LateInterest, refuses) {
    const auto rule = fixed("10");
    EXPECT_EQ(told(late_interest({.amount = euros(0), .due_date = day("2026-03-01"), .as_of = day("2026-03-02")}, rule)), "invalid_argument");
    EXPECT_EQ(told(late_interest({.amount = euros(1), .due_date = day("2026-03-01")}, rule)), "invalid_argument");
    EXPECT_EQ(told(late_interest({.amount = euros(1), .due_date = day("2026-03-01"), .paid = {{day("2026-03-05"), euros(2)}}}, rule)), "invalid_argument");
    EXPECT_EQ(told(late_interest({.amount = euros(1), .due_date = day("2026-03-01"), .paid = {{day("2026-03-05"), Money::minor(1, find_currency("USD").value())}}}, rule)), "currency_mismatch");
    EXPECT_EQ(told(late_interest(late(1, "1900-03-01", "2500-03-01"), rule)), "invalid_argument");
    EXPECT_EQ(told(late_interest(late(money_units_max, "2026-03-01", "2126-03-01"), fixed("999"))), "amount_overflow");
}

// Interest of a debt is the interest of its parts, to a cent a part; segments add up; whatever the cut.
TEST(LateInterest, property_segments_add_up) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    for (int round = 0; round < 500; ++round) {
        auto rule = regime_rule(round % 2 == 0 ? "eu" : "de").value();
        rule.day_count = static_cast<DayCount>(random() % 4);
        InterestQuestion question{.amount = euros(1'000'000), .due_date = day("2024-01-15").plus_days(static_cast<int>(random() % 400))};
        for (auto n = random() % 4; n > 0; --n) question.paid.push_back({question.due_date.plus_days(static_cast<int>(random() % 500)), euros(static_cast<std::int64_t>(1 + random() % 250'000))});
        question.as_of = question.due_date.plus_days(static_cast<int>(random() % 600));
        const auto answer = late_interest(question, rule).value();
        std::int64_t sum = 0;
        for (const auto& segment : answer.segments) sum += segment.interest.units();
        EXPECT_EQ(sum, answer.interest.units());
        EXPECT_TRUE(rule.day_count == DayCount::e30_360 || answer.days == days_between(question.due_date, *question.as_of));
    }
}

}  // namespace
}  // namespace owed::ledger
