#include "ledger/fx_rules.hpp"

#include <gtest/gtest.h>

#include <random>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::ledger {
namespace {

Currency currency(const char* code) { return find_currency(code).value(); }
Money money(const char* text, const char* code) { return parse_money(text, currency(code)).value(); }
DirectedRate rate(const char* text) { return {parse_decimal(text).value()}; }
std::string told(const std::optional<Money>& amount) { return amount ? to_text(*amount) : "none"; }
std::string told(const std::vector<RolePosting>& posts) {
    std::string text;
    for (const auto& post : posts) text += (text.empty() ? "" : ", ") + post.account + " " + to_text(post.debit) + "/" + to_text(post.credit);
    return text;
}

TEST(FxRules, own_check_values) {
    const auto answer = exchange_differences({.amount = money("2750.00", "EUR"), .functional = currency("USD"), .booked_rate = rate("1.0840"), .closing_rate = rate("1.0912"),
                                              .receipt = FxReceipt{money("2750.00", "EUR"), rate("1.0765")}}).value();
    EXPECT_EQ(to_text(answer.carrying), "2981.00");
    EXPECT_EQ(told(answer.unrealised), "19.80");
    EXPECT_EQ(told(answer.realised), "-20.62");
    EXPECT_EQ(told(answer.realised_cross), "0.00");
    EXPECT_EQ(told(answer.carrying_left), "0.00");
    EXPECT_EQ(told(answer.revaluation), "ar_revaluation 19.80/0.00, fx_unrealised 0.00/19.80");
    EXPECT_EQ(told(answer.reversal), "ar_revaluation 0.00/19.80, fx_unrealised 19.80/0.00");
    EXPECT_EQ(told(answer.application), "unapplied_cash 2960.38/0.00, fx_loss 20.62/0.00, receivable 0.00/2981.00");
}

TEST(FxRules, part_leaves_pro_rata_and_the_rest_stays_on_account) {
    auto question = FxQuestion{.amount = money("100.00", "EUR"), .functional = currency("JPY"), .booked_rate = rate("161.235"), .receipt = FxReceipt{money("33.33", "EUR"), rate("160")}};
    auto answer = exchange_differences(question).value();
    EXPECT_EQ(to_text(answer.carrying), "16124") << "16,123.5 yen, half away from zero";
    EXPECT_EQ(told(answer.carrying_applied), "5374");
    EXPECT_EQ(told(answer.carrying_left), "10750");
    EXPECT_EQ(told(answer.realised), "-41");
    question.receipt->amount = money("120.00", "EUR");
    answer = exchange_differences(question).value();
    EXPECT_EQ(told(answer.on_account), "20.00");
    EXPECT_EQ(told(answer.carrying_left), "0");
    EXPECT_EQ(told(answer.realised), "-124");
}

TEST(FxRules, third_currency_reports_two_differences) {
    auto question = FxQuestion{.amount = money("1000.00", "EUR"), .functional = currency("USD"), .booked_rate = rate("1.10"),
                               .receipt = FxReceipt{money("850.00", "GBP"), rate("1.30"), rate("1.17"), rate("1.12")}};
    auto answer = exchange_differences(question).value();
    EXPECT_EQ(told(answer.applied), "994.50");
    EXPECT_EQ(told(answer.carrying_applied), "1093.95");
    EXPECT_EQ(told(answer.realised), "19.89") << "994.50 x 1.12 - 1,093.95";
    EXPECT_EQ(told(answer.realised_cross), "-8.84") << "850.00 x 1.30 - 1,113.84";
    EXPECT_EQ(told(answer.application), "unapplied_cash 1105.00/0.00, fx_gain 0.00/19.89, fx_loss 8.84/0.00, receivable 0.00/1093.95");
    question.receipt->item_rate.reset();
    answer = exchange_differences(question).value();
    EXPECT_EQ(told(answer.realised), "11.05");
    EXPECT_EQ(told(answer.realised_cross), "0.00");
    question.receipt->amount = money("900.00", "GBP");
    answer = exchange_differences(question).value();
    EXPECT_EQ(told(answer.applied), "1000.00");
    EXPECT_EQ(told(answer.on_account), "45.30") << "1,000.00 / 1.17 = 854.70";
}

TEST(FxRules, inverse_is_computed_not_stored) {
    EXPECT_EQ(told(convert_at(money("100.00", "USD"), currency("EUR"), {parse_decimal("1.0840").value(), true}).value()), "92.25");
    EXPECT_EQ(told(convert_at(money("1000", "JPY"), currency("KWD"), rate("0.0020205")).value()), "2.021") << "2.0205 dinar: three decimals";
    EXPECT_EQ(told(convert_at(money("-0.01", "EUR"), currency("USD"), rate("1.5")).value()), "-0.02") << "half away from zero below it too";
}

TEST(FxRules, carrying_amount_and_revaluation_are_the_closing_value) {
    auto question = FxQuestion{.amount = money("1.00", "EUR"), .functional = currency("USD"), .booked_rate = rate("1.0849"), .closing_rate = rate("1.0851")};
    EXPECT_EQ(told(exchange_differences(question)->unrealised), "0.01") << "1.08 is carried, 1.09 is the closing value";
    question.amount = money("100.00", "EUR");
    question.carrying = money("30.00", "USD");   // partly settled and written down
    EXPECT_EQ(told(exchange_differences(question)->unrealised), "78.51");
}

TEST(FxRules, several_rates_are_rounded_once) {
    const auto pounds = convert_through(money("100.00", "USD"), {{{rate("1.0840").value, true}, currency("EUR")}, {rate("0.84"), currency("GBP")}});
    EXPECT_EQ(to_text(pounds.value()), "77.49");
    EXPECT_EQ(to_text(convert_through(money("7.00", "EUR"), {}).value()), "7.00");
    EXPECT_FALSE(convert_through(money("7.00", "EUR"), {{rate("0"), currency("USD")}}));
    EXPECT_EQ(to_text(carrying_part(money("-3.00", "EUR"), money("-1.00", "USD"), money("-1.00", "EUR")).value()), "-0.33");
    EXPECT_EQ(to_text(carrying_part(money("2.00", "EUR"), money("0.01", "USD"), money("1.00", "EUR")).value()), "0.01") << "half away from zero";
}

TEST(FxRules, advances_are_not_revalued) {
    const auto answer = exchange_differences({.amount = money("-500.00", "EUR"), .functional = currency("USD"), .booked_rate = rate("1.1"), .closing_rate = rate("1.2"), .monetary = false}).value();
    EXPECT_EQ(told(answer.unrealised), "0.00");
    EXPECT_TRUE(answer.revaluation.empty());
    EXPECT_EQ(told(exchange_differences({.amount = money("-500.00", "EUR"), .functional = currency("USD"), .booked_rate = rate("1.1"), .closing_rate = rate("1.2")})->unrealised), "-50.00");
}

TEST(FxRules, legacy_currencies_go_through_the_euro) {
    const auto legacy = [](const char* text, const char* from) { return parse_money(text, *legacy_euro_currency(from)).value(); };
    // 100 DEM / 1.95583 = 51.129 euro, x 6.55957 = 335.38 FRF; a bilateral rate would give 335.39.
    const auto francs = convert_legacy(legacy("100.00", "DEM"), "FRF").value();
    EXPECT_EQ(to_text(francs.euro), "51.129");
    EXPECT_EQ(to_text(francs.amount), "335.38");
    EXPECT_EQ(to_text(convert_legacy(legacy("100.00", "DEM"), "EUR")->amount), "51.13");
    EXPECT_EQ(to_text(convert_legacy(legacy("10000", "ITL"), "EUR")->amount), "5.16") << "an inverse rate of 0.000516457 would do here, but not for millions";
    EXPECT_EQ(to_text(convert_legacy(legacy("2000000000", "ITL"), "EUR")->amount), "1032913.80");
    EXPECT_EQ(to_text(convert_legacy(money("51.13", "EUR"), "DEM")->amount), "100.00");
    EXPECT_EQ(convert_legacy(legacy("100.00", "DEM"), "USD").error().code, Errc::invalid_argument);
    EXPECT_EQ(convert_legacy(legacy("100.00", "DEM"), "FRF", 2).error().code, Errc::invalid_argument);
    EXPECT_FALSE(legacy_euro_rate("USD"));
}

TEST(FxRules, refuses) {
    const auto refused = [](const FxQuestion& question) {
        const auto answer = exchange_differences(question);
        return answer ? std::string{"accepted"} : std::string{name_of(answer.error().code)} + " " + answer.error().where;
    };
    const auto item = money("1000.00", "EUR");
    const auto usd = currency("USD");
    EXPECT_EQ(refused({.amount = item, .functional = usd, .booked_rate = rate("0")}), "invalid_argument booked_rate");
    EXPECT_EQ(refused({.amount = item, .functional = usd, .booked_rate = rate("1"), .closing_rate = rate("-1")}), "invalid_argument closing_rate");
    EXPECT_EQ(refused({.amount = item, .functional = usd, .booked_rate = rate("1"), .receipt = FxReceipt{money("1.00", "GBP"), rate("1")}}), "invalid_argument receipt.cross");
    EXPECT_EQ(refused({.amount = item, .functional = usd, .booked_rate = rate("1"), .receipt = FxReceipt{money("0.00", "EUR"), rate("1")}}), "invalid_argument receipt.amount");
    EXPECT_EQ(refused({.amount = item, .functional = usd, .booked_rate = rate("1"), .carrying = item}), "currency_mismatch carrying");
    EXPECT_EQ(refused({.amount = Money::minor(money_units_max, currency("EUR")), .functional = usd, .booked_rate = rate("2")}), "amount_overflow ");
    EXPECT_EQ(carrying_part(item, item, money("1000.01", "EUR")).error().code, Errc::invalid_argument);
}

// However an item is paid, its carrying amount leaves to the last cent, and every set of postings balances.
TEST(FxRules, property_the_last_application_clears_both) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    for (int round = 0; round < 1'000; ++round) {
        auto open = Money::minor(1 + static_cast<std::int64_t>(random() % 1'000'000), currency("EUR"));
        auto carrying = convert_at(open, currency("KWD"), {Decimal::of(1 + static_cast<std::int64_t>(random() % 9'999), 4)}).value();
        while (!open.is_zero()) {
            const auto paid = Money::minor(1 + static_cast<std::int64_t>(random() % static_cast<unsigned long>(open.units())), currency("EUR"));
            const auto answer = exchange_differences({.amount = open, .functional = currency("KWD"), .booked_rate = rate("1"), .carrying = carrying, .receipt = FxReceipt{paid, {Decimal::of(1 + static_cast<std::int64_t>(random() % 9'999), 4)}}}).value();
            std::int64_t sum = 0;
            for (const auto& post : answer.application) sum += post.debit.units() - post.credit.units();
            ASSERT_EQ(sum, 0);
            carrying = *answer.carrying_left;
            open = Money::minor(open.units() - answer.applied->units(), currency("EUR"));
        }
        ASSERT_TRUE(carrying.is_zero());
    }
}

}  // namespace
}  // namespace owed::ledger
