#include "report/measures.hpp"

#include <gtest/gtest.h>

#include "report/provision.hpp"

namespace owed::report {
namespace {

Figures figures(std::initializer_list<std::pair<const char*, const char*>> list) {
    Figures all;
    for (const auto& [name, value] : list) all.emplace(name, parse_decimal(value).value());
    return all;
}
std::string told(const char* name, Figures in, std::vector<Figures> rows = {}) {
    const auto answer = measure(name, {std::move(in), std::move(rows), -1});
    return answer ? to_text(answer->value) : std::string{name_of(answer.error().code)} + " " + answer.error().where;
}
std::string more(const MeasureAnswer& answer, std::string_view what) {
    for (const auto& [name, value] : answer.more)
        if (name == what) return to_text(value);
    return "none";
}

TEST(Measures, own_check_values) {
    EXPECT_EQ(told("dso", figures({{"closing_ar", "840000"}, {"credit_sales", "2520000"}, {"days", "90"}})), "30.00");
    EXPECT_EQ(told("bpdso", figures({{"not_due_ar", "560000"}, {"credit_sales", "2520000"}, {"days", "90"}})), "20.00");
    EXPECT_EQ(told("add", figures({{"closing_ar", "840000"}, {"not_due_ar", "560000"}, {"credit_sales", "2520000"}, {"days", "90"}})), "10.00");
    EXPECT_EQ(told("add", figures({{"dso", "30.00"}, {"bpdso", "20.00"}})), "10.00");
    EXPECT_EQ(told("dso_countback", figures({{"closing_ar", "510000"}}), {figures({{"sales", "240000"}, {"days", "30"}}), figures({{"sales", "310000"}, {"days", "31"}})}), "57.00");
    const auto cei = figures({{"opening", "410000"}, {"sales", "250000"}, {"closing_total", "430000"}, {"closing_not_due", "360000"}});
    EXPECT_EQ(told("cei", cei), "76.67");
    EXPECT_EQ(to_text(measure("cei", {cei, {}, 1})->value), "76.7");
}

TEST(Measures, table) {
    EXPECT_EQ(told("dso_average", figures({{"opening_ar", "100"}, {"closing_ar", "200"}, {"credit_sales", "450"}, {"days", "30"}})), "10.00");
    EXPECT_EQ(told("turnover", figures({{"net_credit_sales", "1000"}, {"opening_ar", "100"}, {"closing_ar", "150"}})), "8.00");
    EXPECT_EQ(more(measure("turnover", {figures({{"net_credit_sales", "1000"}, {"average_ar", "125"}}), {}, -1}).value(), "days"), "45.63");
    const std::vector<Figures> paid{figures({{"amount", "900"}, {"days", "10"}}), figures({{"amount", "100"}, {"days", "-10"}})};
    EXPECT_EQ(told("weighted_days", {}, paid), "8.00");
    EXPECT_EQ(told("days_beyond_terms", {}, paid), "9.00");
    EXPECT_EQ(more(measure("weighted_days", {{}, paid, -1}).value(), "simple_mean"), "0.00");
    EXPECT_EQ(told("bad_debt", figures({{"write_offs", "50"}, {"recoveries", "10"}, {"credit_sales", "3000"}})), "1.33");
    EXPECT_EQ(told("roll_rate", figures({{"moved", "30"}, {"at_start", "120"}})), "25.00");
    EXPECT_EQ(told("auto_match", figures({{"count", "93"}, {"of_count", "100"}, {"amount", "1"}, {"of_amount", "3"}})), "33.33");
    EXPECT_EQ(told("dispute_rate", figures({{"count", "3"}, {"of_count", "200"}})), "1.50");
    EXPECT_EQ(told("liquidation", figures({{"collected", "220"}, {"reversals", "20"}, {"placed", "1100"}, {"recalls", "100"}})), "20.00");
    EXPECT_EQ(told("net_back", figures({{"collected", "220"}, {"reversals", "20"}, {"fees", "50"}, {"placed", "1100"}, {"recalls", "100"}})), "15.00");
    EXPECT_EQ(told("loss_rate", figures({{"never_paid", "1"}, {"ever_reached", "3"}})), "33.333333");
    const std::vector<Figures> weeks{figures({{"forecast", "110"}, {"actual", "100"}}), figures({{"forecast", "80"}, {"actual", "100"}})};
    EXPECT_EQ(told("wape", {}, weeks), "0.150000");
    EXPECT_EQ(told("bias", {}, weeks), "-0.050000");
    EXPECT_EQ(told("mape", {}, weeks), "0.150000");
    EXPECT_EQ(told("mae", {}, weeks), "15.00");
}

TEST(Measures, countback_says_what_it_could_not_cover) {
    const auto answer = measure("dso_countback", {figures({{"closing_ar", "510"}}), {figures({{"sales", "240"}, {"days", "30"}})}, -1}).value();
    EXPECT_EQ(to_text(answer.value), "30.00");
    EXPECT_EQ(more(answer, "uncovered"), "270.00");
    EXPECT_EQ(answer.notes.size(), 1U);
}

TEST(Measures, refuses) {
    EXPECT_EQ(told("happiness", {}), "not_found name");
    EXPECT_EQ(told("dso", figures({{"closing_ar", "1"}, {"days", "30"}})), "invalid_argument credit_sales");
    EXPECT_EQ(told("dso", figures({{"closing_ar", "1"}, {"ar", "1"}, {"credit_sales", "1"}, {"days", "30"}})), "invalid_argument closing_ar");
    EXPECT_EQ(told("dso", figures({{"closing_ar", "1"}, {"credit_sales", "0"}, {"days", "30"}})), "invalid_argument credit_sales");
    EXPECT_EQ(told("dso", figures({{"closing_ar", "1"}, {"credit_sales", "1"}, {"days", "30"}, {"moon", "1"}})), "invalid_argument moon");
    EXPECT_EQ(told("add", figures({{"dso", "20"}, {"bpdso", "30"}})), "invalid_argument not_due_ar") << "negative is impossible";
    EXPECT_EQ(told("wape", {}), "invalid_argument rows");
    EXPECT_EQ(told("mape", {}, {figures({{"forecast", "1"}, {"actual", "0"}})}), "invalid_argument actual[0]");
    EXPECT_EQ(told("dso", figures({{"closing_ar", "999999999999999999"}, {"credit_sales", "0.001"}, {"days", "90"}})), "amount_overflow ");
    EXPECT_EQ(measures().size(), 21U);
    EXPECT_NE(find_measure("cei"), nullptr);
}

const Currency loss_currency = find_currency("EUR").value();
Money loss(std::int64_t cents) { return Money::minor(cents, loss_currency); }
ProvisionRow row(const char* bucket, std::int64_t cents, const char* percent) { return {bucket, loss(cents), parse_decimal(percent).value()}; }

TEST(Provision, own_check_value) {
    const std::vector<ProvisionRow> matrix{row("current", 82'000'000, "0.4"), row("1-30", 31'000'000, "1.8"), row("31-60", 12'000'000, "4.5"), row("61-90", 4'500'000, "9"), row("over-90", 2'000'000, "35")};
    const auto answer = provision_matrix(matrix, loss(2'000'000)).value();
    EXPECT_EQ(to_text(answer.total), "25310.00");
    EXPECT_EQ(to_text(answer.adjustment), "5310.00");
    EXPECT_EQ(to_text(answer.by_bucket[2]), "5400.00");
    EXPECT_EQ(to_text(provision_matrix(matrix, loss(-100'000))->adjustment), "26310.00") << "a debit balance adds";
    EXPECT_EQ(to_text(provision_matrix(matrix, loss(3'000'000))->adjustment), "-4690.00") << "a release";
}

TEST(Provision, parts_add_up_and_bad_ones_are_refused) {
    const auto answer = provision_matrix({row("a", 333, "0.5"), row("b", 333, "0.5"), row("c", 334, "0.5")}, loss(0)).value();
    EXPECT_EQ(answer.total.units(), 5);
    EXPECT_EQ(answer.by_bucket[0].units() + answer.by_bucket[1].units() + answer.by_bucket[2].units(), 5);
    auto forward = row("a", 10'000, "2");
    forward.factor = parse_decimal("1.25").value();
    EXPECT_EQ(provision_matrix({forward}, loss(0))->total.units(), 250);
    EXPECT_EQ(provision_matrix({row("a", 1, "101")}, loss(0)).error().where, "rows[0]");
    EXPECT_EQ(provision_matrix({}, loss(0)).error().code, Errc::invalid_argument);
    EXPECT_EQ(provision_of_sales(loss(1'000'000), parse_decimal("0.125").value())->units(), 1'250);
}

}  // namespace
}  // namespace owed::report
