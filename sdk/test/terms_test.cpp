#include "owed/terms.hpp"

#include <gtest/gtest.h>

#include <random>

#include "day.hpp"
#include "owed/discount.hpp"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed {
namespace {

const Currency eur = find_currency("EUR").value();
Money euros(std::int64_t cents) { return Money::minor(cents, eur); }
Decimal percent(const char* text) { return parse_decimal(text).value(); }
const Calendar weekends = Calendar::weekends();

std::string due(const Terms& terms, const char* document, const Calendar& calendar = weekends) {
    const auto found = due_dates(terms, {.document = day(document)}, euros(100000), calendar);
    return found ? to_text(found->due_date) : std::string{name_of(found.error().code)};
}
std::string due(const char* terms, const char* document) { return due(parse_terms(terms).value(), document); }

TEST(Terms, due_rules) {
    const struct {
        const char *terms, *document, *due;
    } cases[] = {
        {"net 30", "2026-01-31", "2026-03-02"},
        {"net 30", "2028-01-30", "2028-02-29"},          // leap day
        {"net 0", "2026-01-31", "2026-01-31"},
        {"receipt", "2026-02-28", "2026-02-28"},
        {"eom", "2028-02-10", "2028-02-29"},
        {"eom 15", "2026-12-31", "2027-01-15"},
        {"prox 1 31", "2026-01-31", "2026-02-28"},       // beyond the month's length
        {"prox 1 31", "2028-01-31", "2028-02-29"},
        {"prox 2 15", "2026-12-20", "2027-02-15"},
        {"prox 0 25", "2026-03-10", "2026-03-25"},
        {"day 15", "2026-03-14", "2026-03-15"},
        {"day 15", "2026-03-15", "2026-04-15"},          // the next one after the base
        {"day 31", "2026-01-31", "2026-02-28"},
        {"day 31", "2026-02-27", "2026-02-28"},
        {"day 30", "2026-02-28", "2026-03-30"},          // February's last day is its 30th
        {"net 30 x 60", "2026-03-01", "2026-05-30"},
        {"2/10 net 30 eom", "2026-03-12", "2026-04-30"}, // EOM dating
        {"2/10 n/30", "2026-03-12", "2026-04-11"},
    };
    for (const auto& c : cases) EXPECT_EQ(due(c.terms, c.document), c.due) << c.terms << " of " << c.document;
}

TEST(Terms, ranges_and_cutoff) {
    Terms terms{.due = {.kind = DueRule::Kind::net, .days = 30}};
    terms.ranges = {{1, 10}, {11, 20}, {21, 31}};
    EXPECT_EQ(due(terms, "2026-03-05"), "2026-04-09");
    EXPECT_EQ(due(terms, "2026-03-11"), "2026-04-19");
    EXPECT_EQ(due(terms, "2026-02-21"), "2026-03-30") << "day 31 of February is its last";
    terms.ranges = {{1, 10}};
    EXPECT_EQ(due(terms, "2026-03-15"), "2026-04-14") << "outside of every range: the base itself";
    terms.ranges.clear();
    terms.cutoff = 25;
    EXPECT_EQ(due(terms, "2026-03-25"), "2026-04-24");
    EXPECT_EQ(due(terms, "2026-03-26"), "2026-05-25");
    terms.cutoff = 31;
    EXPECT_EQ(due(terms, "2026-02-28"), "2026-03-30");
}

TEST(Terms, eom_dating) {
    auto terms = parse_terms("2/10 net 20 eom").value();
    const auto of = [&](const char* document) { return due_dates(terms, {.document = day(document)}, euros(100000), weekends).value(); };
    EXPECT_EQ(to_text(of("2026-03-12").discounts[0].until), "2026-04-10");
    EXPECT_EQ(to_text(of("2026-03-12").due_date), "2026-04-20");
    EXPECT_EQ(to_text(of("2026-03-26").due_date), "2026-04-20") << "the late-month rule is off by default";
    terms.late_month_rule = 26;
    EXPECT_EQ(to_text(of("2026-03-25").discounts[0].until), "2026-04-10");
    EXPECT_EQ(to_text(of("2026-03-26").discounts[0].until), "2026-05-10");
    EXPECT_EQ(to_text(of("2026-01-31").discounts[0].until), "2026-03-10") << "a month on from 31 January";
    terms.eom_net_from_discount_end = true;
    EXPECT_EQ(to_text(of("2026-03-12").due_date), "2026-04-30");
}

TEST(Terms, extra_days_after_the_discount_are_working_days_too) {
    auto terms = parse_terms("2/10 net 20 eom x 5").value();
    terms.eom_net_from_discount_end = true;
    EXPECT_EQ(due(terms, "2026-03-12"), "2026-05-05") << "31 March + 10 + 20 + 5";
    terms.business_days = BusinessDay::count_working_days;
    EXPECT_EQ(due(terms, "2026-03-12"), "2026-05-19") << "10 working days after 31 March are 14 April, 25 more are five weeks";
}

TEST(Terms, base_dates) {
    auto terms = parse_terms("2/10 net 30 rog").value();
    const TermDates dates{.document = day("2026-03-01"), .goods = day("2026-03-20")};
    const auto found = due_dates(terms, dates, euros(100000), weekends).value();
    EXPECT_EQ(to_text(found.due_date), "2026-04-19");
    EXPECT_EQ(to_text(found.discounts[0].until), "2026-03-30");
    EXPECT_EQ(due(terms, "2026-03-01"), "invalid_argument") << "goods have not come yet";
}

TEST(Terms, tiers_grace_and_extra) {
    auto terms = parse_terms("2/30 3/14 net 60 x 10").value();
    terms.discount_grace_days = 3;
    const auto found = due_dates(terms, {.document = day("2026-03-01")}, euros(64000), weekends).value();
    ASSERT_EQ(found.discounts.size(), 2U);
    EXPECT_EQ(to_text(found.discounts[0].until), "2026-03-25");
    EXPECT_EQ(to_text(found.discounts[0].until_with_grace), "2026-03-28");
    EXPECT_EQ(found.discounts[0].amount.units(), 1920);
    EXPECT_EQ(found.discounts[1].amount.units(), 1280);
}

TEST(Terms, instalments) {
    Terms terms;
    terms.instalments = {{percent("33.3"), parse_due_rule("net 30").value()}, {percent("33.3"), parse_due_rule("net 30").value(), true}, {percent("33.4"), parse_due_rule("eom").value(), true}};
    auto found = due_dates(terms, {.document = day("2026-01-31")}, euros(10001), weekends).value();
    EXPECT_EQ(found.parts[0].amount.units(), 3330);
    EXPECT_EQ(found.parts[1].amount.units(), 3330);
    EXPECT_EQ(found.parts[2].amount.units(), 3341);
    EXPECT_EQ(to_text(found.parts[0].due_date), "2026-03-02");
    EXPECT_EQ(to_text(found.parts[1].due_date), "2026-04-01");
    EXPECT_EQ(to_text(found.parts[2].due_date), "2026-04-30");
    EXPECT_EQ(to_text(found.due_date), "2026-04-30");
    for (auto& part : terms.instalments) part.percent.reset();
    found = due_dates(terms, {.document = day("2026-01-31")}, Money::minor(100, find_currency("JPY").value()), weekends).value();
    EXPECT_EQ(found.parts[0].amount.units(), 33);
    EXPECT_EQ(found.parts[2].amount.units(), 34);
    terms.instalments[1].percent = percent("50");
    EXPECT_EQ(due(terms, "2026-01-31"), "invalid_argument");
    terms.instalments = {{percent("50"), {}}, {percent("49.99"), {}}};
    EXPECT_EQ(due(terms, "2026-01-31"), "invalid_argument") << "99.99 %";
}

std::vector<std::int64_t> amounts(const Terms& terms, Money whole) {
    std::vector<std::int64_t> units;
    const auto found = due_dates(terms, {.document = day("2026-01-31")}, whole, weekends).value();
    for (const auto& part : found.parts) units.push_back(part.amount.units());
    return units;
}

TEST(Terms, no_instalment_takes_more_than_is_left) {
    const auto yen = find_currency("JPY").value();
    Terms terms;
    for (int i = 0; i < 4; ++i) terms.instalments.push_back({percent("25"), parse_due_rule("net 30").value()});
    EXPECT_EQ(amounts(terms, euros(2)), (std::vector<std::int64_t>{1, 1, 0, 0})) << "half cents are rounded away from zero, as long as there are any";
    EXPECT_EQ(amounts(terms, euros(-2)), (std::vector<std::int64_t>{-1, -1, 0, 0})) << "a credit memo";
    for (auto& part : terms.instalments) part.percent.reset();
    EXPECT_EQ(amounts(terms, euros(2)), (std::vector<std::int64_t>{1, 1, 0, 0})) << "equal parts";
    terms.instalments.clear();
    for (int i = 0; i < 10; ++i) terms.instalments.push_back({percent("10"), parse_due_rule("net 30").value()});
    EXPECT_EQ(amounts(terms, Money::minor(5, yen)), (std::vector<std::int64_t>{1, 1, 1, 1, 1, 0, 0, 0, 0, 0}));
}

TEST(Terms, business_days) {
    const auto target = find_calendar("TARGET").value();
    auto terms = parse_terms("net 10").value();
    terms.business_days = BusinessDay::following;
    auto found = due_dates(terms, {.document = day("2026-03-24")}, euros(100000), target).value();
    EXPECT_EQ(to_text(found.due_date), "2026-04-03") << "the legal date stays";
    EXPECT_EQ(to_text(found.expected_payment_date), "2026-04-07");
    terms.business_days = BusinessDay::count_working_days;
    found = due_dates(terms, {.document = day("2026-03-24")}, euros(100000), target).value();
    EXPECT_EQ(to_text(found.due_date), "2026-04-09");
    EXPECT_EQ(to_text(found.expected_payment_date), "2026-04-09");
}

TEST(Terms, refuses) {
    for (const char* text : {"", "net", "net x", "30", "2/10", "net 30 net 60", "prox 1", "net -5", "2/x net 30", "/10 net 30", "net 99999999999", "net 30 soon"})
        EXPECT_EQ(parse_terms(text).error().code, Errc::malformed_input) << text;
    Terms terms;
    terms.tiers = {{10, percent("100")}};
    EXPECT_EQ(due(terms, "2026-01-31"), "invalid_argument");
    terms.tiers = {{10, percent("0")}};
    EXPECT_EQ(due(terms, "2026-01-31"), "invalid_argument");
    EXPECT_EQ(due("net 3651", "2026-01-31"), "invalid_argument");
    EXPECT_EQ(due("prox 1 32", "2026-01-31"), "invalid_argument");
    EXPECT_EQ(due("net 30", "2999-12-31"), "invalid_argument");
}

DiscountAnswer judged(std::int64_t amount, std::int64_t payment, const char* date, const char* terms, bool partial = true) {
    const auto dates = due_dates(parse_terms(terms).value(), {.document = day("2026-03-01")}, euros(amount), weekends).value();
    return discount_for({.amount = euros(amount), .payment = euros(payment), .payment_date = day(date), .offers = dates.discounts, .partial = partial, .tax = euros(amount / 5)}).value();
}

TEST(Discount, cases) {
    const struct {
        const char* proves;
        std::int64_t amount, payment;
        const char *date, *terms;
        std::int64_t discount, open, unapplied;
    } cases[] = {
        {"domain_check_value", 64000, 29100, "2026-03-15", "3/14 net 30", 900, 34000, 0},
        {"full", 64000, 62080, "2026-03-15", "3/14 net 30", 1920, 0, 0},
        {"a_day_late", 64000, 62080, "2026-03-16", "3/14 net 30", 0, 1920, 0},
        {"second_tier", 64000, 62720, "2026-03-16", "3/14 2/20 net 30", 1280, 0, 0},
        {"pays_gross_in_time", 64000, 64000, "2026-03-15", "3/14 net 30", 1920, 0, 1920},
        {"overpays_late", 64000, 65000, "2026-03-16", "3/14 net 30", 0, 0, 1000},
        {"half_cent_goes_away_from_zero", 50, 48, "2026-03-15", "3/14 net 30", 2, 0, 0},
    };
    for (const auto& c : cases) {
        const auto answer = judged(c.amount, c.payment, c.date, c.terms);
        EXPECT_EQ(answer.discount.units(), c.discount) << c.proves;
        EXPECT_EQ(answer.open.units(), c.open) << c.proves;
        EXPECT_EQ(answer.unapplied.units(), c.unapplied) << c.proves;
        EXPECT_EQ(answer.credited.units() + answer.open.units(), c.amount) << c.proves;
    }
    EXPECT_TRUE(judged(64000, 29100, "2026-03-15", "3/14 net 30", false).discount.is_zero());
    EXPECT_EQ(judged(64000, 62080, "2026-03-15", "3/14 net 30").tax.units(), 384) << "19.20 x 128.00 / 640.00";
}

TEST(Discount, property_adds_up_and_never_exceeds) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    for (int round = 0; round < 2'000; ++round) {
        const auto amount = static_cast<std::int64_t>(random() % 1'000'000), payment = static_cast<std::int64_t>(random() % 1'100'000);
        const auto answer = judged(amount, payment, "2026-03-10", "2.75/14 net 30");
        EXPECT_EQ(answer.credited.units() + answer.open.units(), amount);
        EXPECT_EQ(answer.credited.units() - answer.discount.units() + answer.unapplied.units(), payment);
        EXPECT_GE(answer.open.units(), 0);
        EXPECT_GE(answer.unapplied.units(), 0);
    }
}

TEST(Discount, annual_cost) {
    const auto cost = annual_cost(percent("2"), 20).value();
    EXPECT_EQ(cost.nominal, "0.372449");
    EXPECT_EQ(cost.effective, "0.445853");
    EXPECT_EQ(annual_cost(percent("2"), 20, 360)->nominal, "0.367347");
    EXPECT_EQ(annual_cost(percent("0"), 20)->effective, "0.000000");
    EXPECT_EQ(annual_cost(percent("2"), 0).error().code, Errc::invalid_argument);
    EXPECT_EQ(annual_cost(percent("100"), 20).error().code, Errc::invalid_argument);
    EXPECT_EQ(annual_cost(percent("99.999999"), 1).error().code, Errc::invalid_argument) << "no end of digits";
}

}  // namespace
}  // namespace owed
