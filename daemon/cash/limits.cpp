#include "cash/detail/limits.hpp"

#include <algorithm>
#include <cstdlib>

#include "ledger/rates.hpp"

namespace owed::cash::detail {

std::int64_t limit_of(const Limits& limits, Currency currency) {
    const auto found = limits.find(currency.text());
    return found == limits.end() ? 0 : found->second;
}

std::int64_t percent_of(const Decimal& percent, Money amount) {
    const auto part = Decimal::of(percent.mantissa(), static_cast<std::uint8_t>(percent.scale() + 2)).of(amount, Rounding::half_away);
    return part ? part->units() : 0;
}

std::int64_t tolerance_of(const Settings& settings, Money open) {
    if (settings.tolerance_percent.is_zero()) return limit_of(settings.tolerance_max, open.currency());
    const auto by_percent = percent_of(settings.tolerance_percent, open.absolute());
    return settings.tolerance_max.empty() ? by_percent : std::min(by_percent, limit_of(settings.tolerance_max, open.currency()));
}

LetGo let_go_of(store::Db& db, OpenItemId item) {
    const auto units = [](const std::optional<Money>& part) { return part ? part->absolute().units() : 0; };
    LetGo sum;
    for (const auto& one : ledger::applications(db, {}, item)) {
        if (one.debit != item || one.undone) continue;
        sum.discount += units(one.discount);
        sum.tolerance += units(one.tolerance);
        sum.withholding += units(one.withholding);
    }
    return sum;
}

std::int64_t charged_to(store::Db& db, OpenItemId receipt, Currency currency) {
    std::int64_t sum = 0;
    for (const auto& one : ledger::applications(db, {}, receipt))
        if (one.credit == receipt && !one.undone && one.bank_charge && one.bank_charge->currency() == currency) sum += one.bank_charge->units();
    return sum;
}

bool is_near(std::int64_t units, std::int64_t worth) { return std::abs(units - worth) <= worth / 20; }

std::string against_the_rate(store::Db& db, Money amount, Money takes, Date day) {
    const auto worth = ledger::convert(db, amount, takes.currency(), ledger::RateType::spot, day);
    if (!worth) return worth.error().what;
    if (is_near(takes.units(), worth->amount.units())) return {};
    return "they are worth " + to_text(worth->amount) + " " + std::string{takes.currency().text()};
}

}  // namespace owed::cash::detail
