// Exact amounts.
#pragma once

#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "owed/currency.hpp"
#include "owed/result.hpp"

namespace owed {

/// The largest amount owed keeps, in minor units, so that a sum of two never leaves int64 (SECURITY 3.5).
inline constexpr std::int64_t money_units_max = 4'500'000'000'000'000'000;

/// An exact amount: a count of minor units of one currency. EUR 12.34 is minor(1234, eur); JPY 12 is minor(12, jpy).
/// The sign is part of the amount; what it means is said by the field that holds it.
class Money {
  public:
    static constexpr Money minor(std::int64_t units, Currency currency) { return {units, currency}; }
    static Money minor(std::floating_point auto, Currency) = delete;  // cents are exact, doubles are not
    static constexpr Money zero(Currency currency) { return {0, currency}; }

    constexpr std::int64_t units() const { return units_; }
    constexpr Currency currency() const { return currency_; }
    constexpr bool is_zero() const { return units_ == 0; }
    constexpr bool is_negative() const { return units_ < 0; }
    constexpr bool is_positive() const { return units_ > 0; }
    constexpr Money negated() const { return {-units_, currency_}; }
    constexpr Money absolute() const { return {units_ < 0 ? -units_ : units_, currency_}; }
    constexpr bool operator==(const Money&) const = default;  // no '<': EUR 5 against JPY 9?

  private:
    constexpr Money(std::int64_t units, Currency currency) : units_{units}, currency_{currency} {}
    std::int64_t units_;
    Currency currency_;
};

/// Errors of both: currency_mismatch, amount_overflow (beyond +-money_units_max). Any thread.
Result<Money> add(Money a, Money b);
Result<Money> subtract(Money a, Money b);

/// Shares of `total` by `weights` (>= 0, sum > 0), each rounded half away from zero; the last one takes the rest, so
/// that the parts add up (DOMAIN section 1). Errors: invalid_argument.
Result<std::vector<Money>> split(Money total, std::span<const std::int64_t> weights);

/// "1234.50", "-0.05", "1234" for JPY, "1.234" for KWD: the currency's own number of decimals, no currency code.
std::string to_text(Money amount);
/// "12.50 EUR", as amounts stand in sentences.
std::string shown(Money amount);
/// The same from bare units.
std::string minor_to_text(std::int64_t units, std::uint8_t minor_digits);

/// Reads what to_text prints: -?digits[.digits], at most the currency's decimals, missing ones are zero. No thousands
/// sign, no exponent, no blanks, no plus. Errors: malformed_input, amount_precision, amount_overflow. Any thread.
Result<Money> parse_money(std::string_view text, Currency currency);

}  // namespace owed
