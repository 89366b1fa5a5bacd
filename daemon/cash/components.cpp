#include "cash/components.hpp"

#include <algorithm>
#include <span>

namespace owed::cash {
namespace {

using Units = std::array<std::int64_t, 4>;

std::int64_t half_away(__int128 numerator, __int128 denominator) { return static_cast<std::int64_t>((numerator * 2 + denominator) / (denominator * 2)); }

__int128 sum(std::span<const std::int64_t> parts) {
    __int128 total = 0;
    for (auto part : parts) total += part;
    return total;
}

/// The first `count` components get their share of `left`, or all that is open when there is enough.
std::int64_t prorate(std::int64_t left, const Units& open, std::size_t count, Units& paid) {
    const auto of = sum(std::span{open}.first(count));
    if (of == 0) return left;
    if (left >= of) {
        std::copy_n(open.begin(), count, paid.begin());
        return static_cast<std::int64_t>(left - of);
    }
    const auto largest = static_cast<std::size_t>(std::max_element(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(count)) - open.begin());
    std::int64_t rest = left;
    for (std::size_t i = 0; i < count; ++i) {
        if (i == largest) continue;
        // Halves that round up may not ask for more than is there: a cent over four components of a cent each.
        paid[i] = std::min(half_away(static_cast<__int128>(left) * open[i], of), rest);
        rest -= paid[i];
    }
    paid[largest] = rest;
    return 0;
}

}  // namespace

std::string_view name_of(ComponentOrder order) noexcept {
    switch (order) {
    case ComponentOrder::line_first_tax_after: return "line_first_tax_after";
    case ComponentOrder::line_tax_prorate: return "line_tax_prorate";
    case ComponentOrder::prorate_all: return "prorate_all";
    }
    return "";
}

Result<Components> spread(Money paid, const Components& open, ComponentOrder order) {
    const bool negative = paid.is_negative();
    Units part{}, left_open{};
    for (std::size_t i = 0; i < open.size(); ++i) {
        if (open[i].currency() != paid.currency()) return fail(Errc::currency_mismatch, "the payment is not in the invoice's currency");
        if (open[i].is_negative() == negative) left_open[i] = open[i].absolute().units();
    }
    auto left = paid.absolute().units();
    if (left > sum(left_open))
        return fail(Errc::application_exceeds_residual, to_text(paid) + " is more than what is open of the invoice on that side");
    switch (order) {
    case ComponentOrder::line_first_tax_after: break;
    case ComponentOrder::line_tax_prorate: left = prorate(left, left_open, 2, part); break;
    case ComponentOrder::prorate_all: left = prorate(left, left_open, 4, part); break;
    }
    for (std::size_t i = 0; i < part.size() && left > 0; ++i) {
        const auto more = std::min(left, left_open[i] - part[i]);
        part[i] += more;
        left -= more;
    }
    const auto money = [&](std::int64_t units) { return Money::minor(negative ? -units : units, paid.currency()); };
    return Components{money(part[0]), money(part[1]), money(part[2]), money(part[3])};
}

}  // namespace owed::cash
