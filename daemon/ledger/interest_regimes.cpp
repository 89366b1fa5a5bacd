// Data: the regimes and reference rates of DOMAIN section 6. Defaults, verify before use.
#include "ledger/interest_regimes.hpp"

#include <array>

namespace owed::ledger {
namespace {

struct Row {
    InterestRegime regime;
    int margin_hundredths;               ///< points over the reference
    const char* currency;                ///< of the fixed sums; "": none
    std::array<int, 3> fixed;            ///< below 1,000; below 10,000; from there. One alone: for all
    RateFixing fixing;
    bool day_before;                     ///< reference of 30 June / 31 December
    DayCount day_count;
    Compounding compounding;
};

constexpr std::array rows{
    Row{{"eu", "Directive 2011/7/EU", "ecb"}, 800, "EUR", {40, 0, 0}, RateFixing::half_year, false, DayCount::act_365, Compounding::none},
    Row{{"de", "BGB 286, 288 (businesses)", "de_base"}, 900, "EUR", {40, 0, 0}, RateFixing::half_year, false, DayCount::act_365, Compounding::none},
    Row{{"de_consumer", "BGB 286, 288 (consumers)", "de_base"}, 500, "", {0, 0, 0}, RateFixing::half_year, false, DayCount::act_365, Compounding::none},
    Row{{"fr", "Code de commerce L441-10", "ecb"}, 1000, "EUR", {40, 0, 0}, RateFixing::half_year, false, DayCount::act_365, Compounding::none},
    Row{{"at", "UGB 456", "at_base"}, 920, "EUR", {40, 0, 0}, RateFixing::half_year, false, DayCount::act_365, Compounding::none},
    Row{{"ie", "S.I. 580/2012", "ecb"}, 800, "EUR", {40, 70, 100}, RateFixing::at_payment, false, DayCount::act_365, Compounding::none},
    Row{{"uk", "Late Payment of Commercial Debts (Interest) Act 1998", "bank_rate"}, 800, "GBP", {40, 70, 100}, RateFixing::at_start, true, DayCount::act_365, Compounding::none},
    Row{{"us", "contract", ""}, 0, "", {0, 0, 0}, RateFixing::at_start, false, DayCount::act_365, Compounding::none},
    Row{{"us_federal", "Prompt Payment Act", "treasury"}, 0, "", {0, 0, 0}, RateFixing::at_start, false, DayCount::act_360, Compounding::monthly},
};

constexpr std::array regimes = [] {
    std::array<InterestRegime, rows.size()> all{};
    for (std::size_t i = 0; i < rows.size(); ++i) all[i] = rows[i].regime;
    return all;
}();

// Half-years from January 2023, in hundredths of a percent.
constexpr std::array ecb{250, 400, 450, 425, 315, 215, 215, 240};
constexpr std::array de_base{162, 312, 362, 337, 227, 127, 127, 152};

std::vector<DatedPercent> half_years(std::span<const int> hundredths) {
    std::vector<DatedPercent> table;
    for (std::size_t i = 0; i < hundredths.size(); ++i)
        table.push_back({Date::of(2023 + static_cast<int>(i) / 2, i % 2 == 0 ? 1 : 7, 1).value_or(Date{}), Decimal::of(hundredths[i], 2)});
    return table;
}

Decimal points(int hundredths) {
    if (hundredths % 100 == 0) return Decimal::of(hundredths / 100, 0);
    return hundredths % 10 == 0 ? Decimal::of(hundredths / 10, 1) : Decimal::of(hundredths, 2);
}

Result<std::vector<FixedSumBand>> bands(const Row& row) {
    std::vector<FixedSumBand> all;
    if (*row.currency == 0) return all;
    OWED_TRY(auto currency, find_currency(row.currency));
    const auto whole = [&](int units) { return Money::minor(std::int64_t{units} * 100, currency); };
    if (row.fixed[1] == 0) return std::vector<FixedSumBand>{{std::nullopt, whole(row.fixed[0])}};
    return std::vector<FixedSumBand>{{whole(1'000), whole(row.fixed[0])}, {whole(10'000), whole(row.fixed[1])}, {std::nullopt, whole(row.fixed[2])}};
}

}  // namespace

std::span<const InterestRegime> interest_regimes() { return regimes; }

std::vector<DatedPercent> shipped_reference(std::string_view name) {
    if (name == "ecb") return half_years(ecb);
    if (name == "de_base") return half_years(de_base);
    return {};
}

Result<InterestRule> regime_rule(std::string_view name) {
    std::string known;
    for (const auto& row : rows) {
        known += (known.empty() ? "" : ", ") + std::string{row.regime.name};
        if (row.regime.name != name) continue;
        InterestRule rule;
        rule.table = shipped_reference(row.regime.reference);
        rule.margin = points(row.margin_hundredths);
        rule.half_yearly_reference = row.fixing != RateFixing::at_start || row.day_before;
        rule.reference_day_before = row.day_before;
        rule.fixing = row.fixing;
        rule.day_count = row.day_count;
        rule.compounding = row.compounding;
        OWED_TRY(rule.fixed_sums, bands(row));
        return rule;
    }
    return fail(Errc::not_found, "there is no regime \"" + std::string{name.substr(0, 40)} + "\"; there are " + known, "regime");
}

}  // namespace owed::ledger
