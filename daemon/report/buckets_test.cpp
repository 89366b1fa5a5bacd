#include "report/buckets.hpp"

#include <gtest/gtest.h>

#include <random>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::report {
namespace {

const Currency eur = find_currency("EUR").value();
Money euros(std::int64_t cents) { return Money::minor(cents, eur); }
Date day(const char* text) { return parse_date(text).value(); }
const std::vector<int> edges{30, 60, 90};

AgedItem item(std::int64_t cents, const char* due) { return {.amount = euros(cents), .document_date = day("2026-01-01"), .due_date = day(due), .gl_date = day("2026-01-01")}; }
AgedTotals aged(const std::vector<AgedItem>& items, const char* as_of, CreditColumn credits = CreditColumn::separate, AgeBasis basis = AgeBasis::due_date) {
    return age(items, eur, day(as_of), basis, edges, credits).value();
}
std::vector<std::int64_t> units(const AgedTotals& totals) {
    std::vector<std::int64_t> all;
    for (const auto& bucket : totals.buckets) all.push_back(bucket.units());
    return all;
}

TEST(Buckets, closed_on_the_right) {
    const struct {
        const char* due;
        std::size_t bucket;
    } cases[] = {{"2026-06-30", 0}, {"2026-07-20", 0}, {"2026-06-29", 1}, {"2026-05-31", 1}, {"2026-05-30", 2}, {"2026-05-01", 2}, {"2026-04-30", 3}, {"2026-04-01", 3}, {"2026-03-31", 4}};
    for (const auto& c : cases) EXPECT_EQ(aged({item(100, c.due)}, "2026-06-30").buckets[c.bucket].units(), 100) << c.due;
    EXPECT_EQ(bucket_names(edges), (std::vector<std::string>{"current", "1-30", "31-60", "61-90", "over-90"}));
}

TEST(Buckets, open_on_a_day) {
    auto one = item(10000, "2026-03-01");
    one.applications = {{day("2026-04-10"), euros(4000)}, {day("2026-05-10"), euros(6000), day("2026-05-20")}};
    const struct {
        const char* as_of;
        std::int64_t open;
    } cases[] = {{"2025-12-31", 0}, {"2026-01-01", 10000}, {"2026-04-09", 10000}, {"2026-04-10", 6000}, {"2026-05-10", 0}, {"2026-05-19", 0}, {"2026-05-20", 6000}};
    for (const auto& c : cases) EXPECT_EQ(open_on(one, day(c.as_of))->units(), c.open) << c.as_of;
    one.applications.push_back({day("2026-06-01"), euros(6001)});
    EXPECT_EQ(open_on(one, day("2026-06-01")).error().code, Errc::application_exceeds_residual);
    auto credit = item(-10000, "2026-03-01");
    credit.applications = {{day("2026-04-10"), euros(4000)}};
    EXPECT_EQ(open_on(credit, day("2026-04-10"))->units(), -6000);
}

TEST(Buckets, credits_three_ways_same_total) {
    const std::vector<AgedItem> items{item(10000, "2026-05-01"), item(5000, "2026-07-01"), item(-3000, "2026-06-10")};
    EXPECT_EQ(units(aged(items, "2026-06-30")), (std::vector<std::int64_t>{5000, 0, 10000, 0, 0}));
    EXPECT_EQ(aged(items, "2026-06-30").credits.units(), -3000);
    EXPECT_EQ(units(aged(items, "2026-06-30", CreditColumn::own_bucket)), (std::vector<std::int64_t>{5000, -3000, 10000, 0, 0}));
    EXPECT_EQ(units(aged(items, "2026-06-30", CreditColumn::current)), (std::vector<std::int64_t>{2000, 0, 10000, 0, 0}));
    for (auto credits : {CreditColumn::separate, CreditColumn::own_bucket, CreditColumn::current}) EXPECT_EQ(aged(items, "2026-06-30", credits).total.units(), 12000);
}

TEST(Buckets, basis_retainage_and_dispute) {
    auto one = item(10000, "2026-06-30");
    one.disputed = euros(2500);
    EXPECT_EQ(aged({one}, "2026-06-30", CreditColumn::separate, AgeBasis::document_date).buckets[4].units(), 10000);
    EXPECT_EQ(aged({one}, "2026-06-30").disputed.units(), 2500);
    one.applications = {{day("2026-06-01"), euros(9000)}};
    EXPECT_EQ(aged({one}, "2026-06-30").disputed.units(), 1000) << "what was paid is not disputed";
    auto withheld = item(500, "2026-01-01");
    withheld.retainage = true;
    EXPECT_EQ(aged({withheld}, "2026-06-30").buckets[0].units(), 500);
}

TEST(Buckets, refuses_edges) {
    for (const auto& bad : {std::vector<int>{0}, {30, 30}, {60, 30}, {-1}, std::vector<int>(25, 1)}) EXPECT_FALSE(check_edges(bad));
    EXPECT_EQ(age({}, eur, day("2026-06-30"), AgeBasis::due_date, {60, 30}, CreditColumn::separate).error().code, Errc::invalid_argument);
    EXPECT_EQ(bucket_names({}), (std::vector<std::string>{"current", "over-0"}));
}

TEST(Buckets, property_total_is_the_sum_of_what_is_open) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    const auto some_day = [&] { return day("2026-01-01").plus_days(static_cast<int>(random() % 400)); };
    for (int round = 0; round < 500; ++round) {
        std::vector<AgedItem> items;
        std::int64_t open = 0;
        const auto as_of = some_day();
        for (auto n = random() % 8; n > 0; --n) {
            AgedItem one{.amount = euros(static_cast<std::int64_t>(random() % 20000) - 5000), .document_date = some_day(), .due_date = some_day(), .gl_date = some_day()};
            if (one.amount.absolute().units() > 3) one.applications = {{some_day(), euros(one.amount.absolute().units() / 3), some_day()}, {some_day(), euros(one.amount.absolute().units() / 2)}};
            open += open_on(one, as_of)->units();
            items.push_back(one);
        }
        for (auto credits : {CreditColumn::separate, CreditColumn::own_bucket, CreditColumn::current}) {
            const auto totals = age(items, eur, as_of, AgeBasis::due_date, edges, credits).value();
            std::int64_t sum = totals.credits.units();
            for (const auto& bucket : totals.buckets) sum += bucket.units();
            EXPECT_EQ(sum, open);
            EXPECT_EQ(totals.total.units(), open);
        }
    }
}

}  // namespace
}  // namespace owed::report
