#include "ledger/fx_rules.hpp"

#include <array>

#include "ledger/detail/write.hpp"
#include "ledger/exact.hpp"

namespace owed::ledger {
namespace {

DirectedRate turned(const DirectedRate& rate) { return {rate.value, !rate.inverse}; }

/// An amount as an exact fraction on its way through rates. Not a cpp_rational, which would reduce itself at every step.
class Fraction {
  public:
    explicit Fraction(Money amount) : above_{amount.units()}, below_{power_of_ten(amount.currency().minor_digits)} {}
    void through(const DirectedRate& rate) {
        (rate.inverse ? below_ : above_) *= rate.value.mantissa();
        (rate.inverse ? above_ : below_) *= power_of_ten(rate.value.scale());
    }
    Result<Money> rounded(Currency currency) const {
        const Integer doubled = above_ * power_of_ten(currency.minor_digits) * 2;
        const Integer units = (boost::multiprecision::abs(doubled) + below_) / (below_ * 2);
        if (units > money_units_max)
            return fail(Errc::amount_overflow, "an amount in " + std::string{currency.text()} + " is beyond what can be booked (4.5e18 minor units)");
        const auto narrow = static_cast<std::int64_t>(units);
        return Money::minor(doubled < 0 ? -narrow : narrow, currency);
    }

  private:
    Integer above_, below_;
};

Status check_rate(const DirectedRate& rate, const char* where) {
    if (rate.value.mantissa() > 0) return {};
    return fail(Errc::invalid_argument, "an exchange rate must be positive", where);
}

Status check(const FxQuestion& question) {
    OWED_TRY_VOID(check_rate(question.booked_rate, "booked_rate"));
    if (question.closing_rate) OWED_TRY_VOID(check_rate(*question.closing_rate, "closing_rate"));
    if (question.carrying && question.carrying->currency() != question.functional)
        return fail(Errc::currency_mismatch, "the carrying amount is not in the functional currency", "carrying");
    if (!question.receipt) return {};
    const auto& receipt = *question.receipt;
    if (!receipt.amount.is_positive() || !question.amount.is_positive())
        return fail(Errc::invalid_argument, "a receipt is positive and settles a debit", "receipt.amount");
    OWED_TRY_VOID(check_rate(receipt.rate, "receipt.rate"));
    if (receipt.cross) OWED_TRY_VOID(check_rate(*receipt.cross, "receipt.cross"));
    if (receipt.item_rate) OWED_TRY_VOID(check_rate(*receipt.item_rate, "receipt.item_rate"));
    if (receipt.amount.currency() != question.amount.currency() && !receipt.cross)
        return fail(Errc::invalid_argument, "the receipt is in " + std::string{receipt.amount.currency().text()} + ", the item in " + std::string{question.amount.currency().text()} + ": the rate between them is missing",
                    "receipt.cross", "give cross: 1 unit of the receipt's currency in the item's");
    return {};
}

void post(std::vector<RolePosting>& posts, const char* role, Money debit_positive) {
    if (!debit_positive.is_zero()) posts.push_back(RolePosting::of(role, debit_positive));
}
/// A gain is a credit of fx_gain, a loss a debit of fx_loss.
void post_difference(std::vector<RolePosting>& posts, Money gain) { post(posts, gain.is_negative() ? "fx_loss" : "fx_gain", gain.negated()); }

Status revalue(const FxQuestion& question, FxAnswer& answer) {
    answer.unrealised = Money::zero(question.functional);
    if (question.monetary) {
        OWED_TRY(const auto at_closing, convert_at(question.amount, question.functional, *question.closing_rate));
        OWED_TRY(answer.unrealised, unrealised_difference(at_closing, answer.carrying));
    }
    post(answer.revaluation, "ar_revaluation", *answer.unrealised);
    post(answer.revaluation, "fx_unrealised", answer.unrealised->negated());
    for (const auto& line : answer.revaluation) answer.reversal.push_back({line.account, line.credit, line.debit});
    return {};
}

/// What of the receipt the item takes, in both their currencies.
struct Taken {
    Money item, receipt;
};

Result<Taken> taken_of(const FxQuestion& question) {
    const auto& receipt = *question.receipt;
    if (receipt.amount.currency() == question.amount.currency()) {
        const auto units = std::min(receipt.amount.units(), question.amount.units());
        return Taken{Money::minor(units, question.amount.currency()), Money::minor(units, question.amount.currency())};
    }
    OWED_TRY(auto in_item, convert_at(receipt.amount, question.amount.currency(), *receipt.cross));
    if (in_item.units() <= question.amount.units()) return Taken{in_item, receipt.amount};
    OWED_TRY(auto needed, convert_at(question.amount, receipt.amount.currency(), turned(*receipt.cross)));
    return Taken{question.amount, needed};
}

Status settle(const FxQuestion& question, FxAnswer& answer) {
    const auto& receipt = *question.receipt;
    OWED_TRY(auto taken, taken_of(question));
    answer.applied = taken.item;
    OWED_TRY(answer.on_account, subtract(receipt.amount, taken.receipt));
    OWED_TRY(answer.carrying_applied, carrying_part(question.amount, answer.carrying, taken.item));
    OWED_TRY(answer.carrying_left, subtract(answer.carrying, *answer.carrying_applied));

    OWED_TRY(auto received, convert_at(taken.receipt, question.functional, receipt.rate));
    std::optional<std::int64_t> item_value;
    const bool third = receipt.amount.currency() != question.amount.currency();
    if (third && receipt.item_rate) {
        OWED_TRY(const auto worth, convert_at(taken.item, question.functional, *receipt.item_rate));
        item_value = worth.units();
    }
    const auto differences = realised_differences(received.units(), answer.carrying_applied->units(), item_value);
    OWED_TRY(answer.realised, rounded(differences.realised, question.functional, "the amount"));
    OWED_TRY(answer.realised_cross, rounded(differences.cross, question.functional, "the amount"));
    post(answer.application, "unapplied_cash", received);
    post_difference(answer.application, *answer.realised);
    post_difference(answer.application, *answer.realised_cross);
    post(answer.application, "receivable", answer.carrying_applied->negated());
    return {};
}

struct Legacy {
    std::string_view code;
    std::uint8_t minor_digits;
    std::int64_t mantissa;
    std::uint8_t scale;
};
// Units of the currency per euro: Regulations (EC) 2866/98, 1478/2000, 1086/2006, 1134/2007, 1135/2007, 694/2008,
// (EU) 671/2010, 870/2013, 851/2014, 2022/1208, 2025/1407.
constexpr std::array legacy{
    Legacy{"ATS", 2, 137603, 4}, Legacy{"BEF", 0, 403399, 4},  Legacy{"BGN", 2, 195583, 5}, Legacy{"CYP", 2, 585274, 6}, Legacy{"DEM", 2, 195583, 5},
    Legacy{"EEK", 2, 156466, 4}, Legacy{"ESP", 0, 166386, 3},  Legacy{"FIM", 2, 594573, 5}, Legacy{"FRF", 2, 655957, 5}, Legacy{"GRD", 2, 340750, 3},
    Legacy{"HRK", 2, 753450, 5}, Legacy{"IEP", 2, 787564, 6},  Legacy{"ITL", 0, 193627, 2}, Legacy{"LTL", 2, 345280, 5}, Legacy{"LUF", 0, 403399, 4},
    Legacy{"LVL", 2, 702804, 6}, Legacy{"MTL", 2, 429300, 6},  Legacy{"NLG", 2, 220371, 5}, Legacy{"PTE", 0, 200482, 3}, Legacy{"SIT", 2, 239640, 3},
    Legacy{"SKK", 2, 301260, 4},
};

const Legacy* find_legacy(std::string_view code) noexcept {
    for (const auto& row : legacy)
        if (row.code == code) return &row;
    return nullptr;
}

}  // namespace

Result<Money> convert_at(Money amount, Currency to, const DirectedRate& rate) {
    return convert_through(amount, {{rate, to}});
}

Result<Money> convert_through(Money amount, const std::vector<RateStep>& steps) {
    if (steps.empty()) return amount;
    Fraction fraction{amount};
    for (const auto& step : steps) {
        OWED_TRY_VOID(check_rate(step.rate, "rate"));
        fraction.through(step.rate);
    }
    return fraction.rounded(steps.back().to);
}

Result<Money> unrealised_difference(Money at_closing, Money carrying) { return subtract(at_closing, carrying); }

RealisedDifferences realised_differences(std::int64_t received, std::int64_t carrying, std::optional<std::int64_t> item_value) noexcept {
    const auto worth = item_value.value_or(received);
    return {worth - carrying, received - worth};
}

Result<Money> carrying_part(Money open, Money carrying, Money applied) {
    if (open.currency() != applied.currency()) return fail(Errc::currency_mismatch, "the application is not in the item's currency");
    if (applied.units() == open.units()) return carrying;
    if (applied.is_zero()) return Money::zero(carrying.currency());
    if (applied.is_negative() != open.is_negative() || applied.absolute().units() > open.absolute().units())
        return fail(Errc::invalid_argument, to_text(applied) + " cannot be applied to " + to_text(open) + " open");
    const auto part = detail::pro_rata(carrying.absolute().units(), applied.absolute().units(), open.absolute().units());
    return Money::minor(carrying.is_negative() ? -part : part, carrying.currency());
}

Result<FxAnswer> exchange_differences(const FxQuestion& question) {
    OWED_TRY_VOID(check(question));
    FxAnswer answer{.carrying = Money::zero(question.functional), .unrealised = {}, .applied = {}, .on_account = {}, .carrying_applied = {}, .carrying_left = {}, .realised = {}, .realised_cross = {}, .revaluation = {}, .reversal = {}, .application = {}};
    OWED_TRY(answer.carrying, question.carrying ? Result<Money>{*question.carrying} : convert_at(question.amount, question.functional, question.booked_rate));
    if (question.closing_rate) OWED_TRY_VOID(revalue(question, answer));
    if (question.receipt) OWED_TRY_VOID(settle(question, answer));
    return answer;
}

std::optional<Decimal> legacy_euro_rate(std::string_view code) noexcept {
    const auto* row = find_legacy(code);
    return row == nullptr ? std::nullopt : std::optional{Decimal::of(row->mantissa, row->scale)};
}

std::optional<Currency> legacy_euro_currency(std::string_view code) noexcept {
    const auto* row = find_legacy(code);
    if (row == nullptr) return std::nullopt;
    return Currency{{code[0], code[1], code[2]}, row->minor_digits};
}

Result<LegacyConverted> convert_legacy(Money amount, std::string_view to, int decimals) {
    if (decimals < 3 || decimals > 12) return fail(Errc::invalid_argument, "between two legacy currencies euro have 3 to 12 decimals", "decimals");
    const auto from_rate = legacy_euro_rate(amount.currency().text()), to_rate = legacy_euro_rate(to);
    if ((!from_rate && amount.currency().text() != "EUR") || (!to_rate && to != "EUR"))
        return fail(Errc::invalid_argument, std::string{amount.currency().text()} + " to " + std::string{to.substr(0, 10)} + ": each side is EUR or a currency that became the euro");
    const Exact exact_euro = Exact{amount.units(), power_of_ten(amount.currency().minor_digits)} / (from_rate ? exact(*from_rate) : Exact{1});
    const auto euro = half_away(exact_euro * power_of_ten(decimals));
    if (boost::multiprecision::abs(euro) >= power_of_ten(18)) return fail(Errc::amount_overflow, "the amount is beyond what can be converted");
    const auto step = Decimal::of(static_cast<std::int64_t>(euro), static_cast<std::uint8_t>(decimals));
    OWED_TRY(auto target, to_rate ? Result<Currency>{*legacy_euro_currency(to)} : find_currency("EUR"));
    // To the euro itself there is one step, rounded once; the other side gets the step with its decimals.
    const Exact units = (to_rate ? exact(step) * exact(*to_rate) : exact_euro) * power_of_ten(target.minor_digits);
    OWED_TRY(auto result, rounded(units, target, "the amount"));
    return LegacyConverted{result, step};
}

}  // namespace owed::ledger
