#include "cash/detail/limits.hpp"

#include <algorithm>

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

}  // namespace owed::cash::detail
