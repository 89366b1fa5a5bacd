// Fractions without rounding, on the way from amounts and rates to what is posted (DOMAIN section 1: rounded once, at the end).
// Heavy to compile: for .cpp files that calculate, not for headers.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include "owed/decimal.hpp"

namespace owed::ledger {

using Integer = boost::multiprecision::cpp_int;
using Exact = boost::multiprecision::cpp_rational;

inline Integer power_of_ten(int exponent) {
    Integer value = 1;
    for (; exponent > 0; --exponent) value *= 10;
    return value;
}

inline Exact exact(Decimal value) { return Exact{Integer{value.mantissa()}, power_of_ten(value.scale())}; }

/// The nearest whole number; halves away from zero.
inline Integer half_away(const Exact& value) {
    const Integer numerator = boost::multiprecision::numerator(value), denominator = boost::multiprecision::denominator(value);
    const Integer magnitude = (boost::multiprecision::abs(numerator) * 2 + denominator) / (denominator * 2);
    return numerator < 0 ? Integer{-magnitude} : magnitude;
}

/// So many minor units of `currency`, halves away from zero. `what` is the amount's name in the refusal ("the interest").
/// Errors: amount_overflow.
inline Result<Money> rounded(const Exact& units, Currency currency, const char* what) {
    const Integer whole = half_away(units);
    if (boost::multiprecision::abs(whole) > money_units_max) return fail(Errc::amount_overflow, std::string{what} + " is beyond what can be booked");
    return Money::minor(static_cast<std::int64_t>(whole), currency);
}

}  // namespace owed::ledger
