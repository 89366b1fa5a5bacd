#include "owed/decimal.hpp"

#include <boost/multiprecision/cpp_int.hpp>

namespace owed {
namespace {

using boost::multiprecision::int256_t;

int256_t power_of_ten(unsigned exponent) {
    int256_t value = 1;
    while (exponent-- > 0) value *= 10;
    return value;
}

Result<Money> rounded(const int256_t& numerator, const int256_t& denominator, Currency currency, Rounding rounding) {
    const bool negative = numerator < 0;
    const int256_t magnitude = negative ? int256_t{-numerator} : numerator;
    int256_t units = magnitude / denominator;
    if (rounding == Rounding::half_away && (magnitude % denominator) * 2 >= denominator) units += 1;
    if (units > money_units_max) return fail(Errc::amount_overflow, "the amount is beyond what can be booked");
    const auto value = static_cast<std::int64_t>(units);
    return Money::minor(negative ? -value : value, currency);
}

}  // namespace

Result<Money> Decimal::of(Money amount, Rounding rounding) const {
    return rounded(int256_t{amount.units()} * mantissa_, power_of_ten(scale_), amount.currency(), rounding);
}

Result<Money> Decimal::convert(Money amount, Currency to, Rounding rounding) const {
    return rounded(int256_t{amount.units()} * mantissa_ * power_of_ten(to.minor_digits),
                   power_of_ten(scale_ + amount.currency().minor_digits), to, rounding);
}

Result<Decimal> parse_decimal(std::string_view text) {
    const auto malformed = [&] {
        return fail(Errc::malformed_input, "\"" + std::string{text.substr(0, 40)} + "\" is not a decimal number");
    };
    std::string_view rest = text;
    const bool negative = !rest.empty() && rest.front() == '-';
    if (negative) rest.remove_prefix(1);
    std::int64_t mantissa = 0;
    std::uint8_t scale = 0;
    bool point = false, whole = false;
    for (char c : rest) {
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9') return malformed();
        if (mantissa >= 100'000'000'000'000'000 || scale == 18)
            return fail(Errc::amount_overflow, "\"" + std::string{text.substr(0, 40)} + "\" has more than 18 digits");
        if (point)
            ++scale;
        else
            whole = true;
        mantissa = mantissa * 10 + (c - '0');
    }
    if (!whole || (point && scale == 0)) return malformed();
    return Decimal::of(negative ? -mantissa : mantissa, scale);
}

std::string to_text(Decimal value) { return minor_to_text(value.mantissa(), value.scale()); }

bool equal(Decimal a, Decimal b) {
    return int256_t{a.mantissa()} * power_of_ten(b.scale()) == int256_t{b.mantissa()} * power_of_ten(a.scale());
}

}  // namespace owed
