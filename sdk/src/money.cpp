#include "owed/money.hpp"

#include <algorithm>

namespace owed {
namespace {

Result<Money> checked(__int128 units, Currency currency) {
    if (units > money_units_max || units < -money_units_max)
        return fail(Errc::amount_overflow, "the amount is beyond what can be booked (4.5e18 minor units)");
    return Money::minor(static_cast<std::int64_t>(units), currency);
}

tl::unexpected<Error> mismatch(Money a, Money b) {
    return fail(Errc::currency_mismatch, "amounts in " + std::string{a.currency().text()} + " and " +
                                             std::string{b.currency().text()} + " cannot be combined");
}

__int128 divide_half_away(__int128 numerator, __int128 denominator) {
    const bool negative = (numerator < 0) != (denominator < 0);
    if (numerator < 0) numerator = -numerator;
    if (denominator < 0) denominator = -denominator;
    const __int128 rounded = (numerator * 2 + denominator) / (denominator * 2);
    return negative ? -rounded : rounded;
}

}  // namespace

Result<Money> add(Money a, Money b) {
    if (a.currency() != b.currency()) return mismatch(a, b);
    return checked(static_cast<__int128>(a.units()) + b.units(), a.currency());
}

Result<Money> subtract(Money a, Money b) {
    if (a.currency() != b.currency()) return mismatch(a, b);
    return checked(static_cast<__int128>(a.units()) - b.units(), a.currency());
}

Result<std::vector<Money>> split(Money total, std::span<const std::int64_t> weights) {
    __int128 sum = 0;
    for (auto weight : weights) {
        if (weight < 0) return fail(Errc::invalid_argument, "a share's weight is negative");
        sum += weight;
    }
    if (sum <= 0) return fail(Errc::invalid_argument, "the shares' weights add up to nothing");
    std::vector<Money> parts;
    parts.reserve(weights.size());
    __int128 rest = total.units();
    for (std::size_t i = 0; i + 1 < weights.size(); ++i) {
        __int128 part = divide_half_away(static_cast<__int128>(total.units()) * weights[i], sum);
        // Many halves rounded away from zero are more than there is: 0.02 in four. No share is of the other sign.
        if (total.units() < 0 ? part < rest : part > rest) part = rest;
        parts.push_back(Money::minor(static_cast<std::int64_t>(part), total.currency()));
        rest -= part;
    }
    OWED_TRY(auto last, checked(rest, total.currency()));
    parts.push_back(last);
    return parts;
}

std::string minor_to_text(std::int64_t units, std::uint8_t minor_digits) {
    const bool negative = units < 0;
    auto magnitude = negative ? 0 - static_cast<std::uint64_t>(units) : static_cast<std::uint64_t>(units);
    std::string digits = std::to_string(magnitude);
    if (digits.size() <= minor_digits) digits.insert(0, minor_digits + 1U - digits.size(), '0');
    if (minor_digits > 0) digits.insert(digits.size() - minor_digits, 1, '.');
    if (negative) digits.insert(0, 1, '-');
    return digits;
}

std::string to_text(Money amount) { return minor_to_text(amount.units(), amount.currency().minor_digits); }

std::string shown(Money amount) { return to_text(amount) + " " + std::string{amount.currency().text()}; }

namespace {

/// Written with a comma or with something between thousands, as on paper: "1.244,76".
bool separated(std::string_view text) { return text.find(',') != std::string_view::npos || std::count(text.begin(), text.end(), '.') > 1; }

}  // namespace

Result<Money> parse_money(std::string_view text, Currency currency) {
    const auto malformed = [&] {
        const bool thousands = separated(text);
        return fail(Errc::malformed_input, "\"" + std::string{text.substr(0, 40)} + "\" is not an amount; expected digits with at most one decimal point" +
                                               (thousands ? ", as in 1234.50: no comma, nothing between thousands" : ""));
    };
    std::string_view rest = text;
    const bool negative = !rest.empty() && rest.front() == '-';
    if (negative) rest.remove_prefix(1);
    __int128 units = 0;
    std::size_t whole = 0, decimals = 0;
    bool point = false;
    for (char c : rest) {
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9') return malformed();
        if (point && ++decimals > currency.minor_digits) {
            if (separated(rest)) return malformed();
            return fail(Errc::amount_precision, "\"" + std::string{text.substr(0, 40)} + "\" has more decimals than " +
                                                    std::string{currency.text()} + " has");
        }
        if (!point) ++whole;
        units = units * 10 + (c - '0');
        if (units > money_units_max) return checked(units, currency);
    }
    if (whole == 0 || (point && decimals == 0)) return malformed();
    for (; decimals < currency.minor_digits; ++decimals) units *= 10;
    return checked(negative ? -units : units, currency);
}

}  // namespace owed
