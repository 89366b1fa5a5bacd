// Exact decimals for rates, percentages and quantities.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed {

/// How a result that falls between two minor units is settled. Named where it happens, never a default.
enum class Rounding { half_away, down };

/// mantissa / 10^scale: 1.0840 is {10840, 4}. No binary floating point. |mantissa| < 1e18, scale 0 to 18.
class Decimal {
  public:
    constexpr Decimal() = default;
    static constexpr Decimal of(std::int64_t mantissa, std::uint8_t scale) { return {mantissa, scale}; }
    constexpr std::int64_t mantissa() const { return mantissa_; }
    constexpr std::uint8_t scale() const { return scale_; }
    constexpr bool is_zero() const { return mantissa_ == 0; }

    /// This rate of an amount, in the amount's own currency (0.03 of EUR 640.00 is EUR 19.20). Rounded once.
    /// Errors: amount_overflow.
    Result<Money> of(Money amount, Rounding rounding) const;
    /// An amount converted at `1 unit of amount's currency = this units of to` (DOMAIN section 10). Rounded once.
    Result<Money> convert(Money amount, Currency to, Rounding rounding) const;

  private:
    constexpr Decimal(std::int64_t mantissa, std::uint8_t scale) : mantissa_{mantissa}, scale_{scale} {}
    std::int64_t mantissa_ = 0;
    std::uint8_t scale_ = 0;
};

/// "-1.0840" keeps its zeros. Grammar as parse_money's. Errors: malformed_input, amount_overflow. Any thread.
Result<Decimal> parse_decimal(std::string_view text);
std::string to_text(Decimal value);
/// Equal in value: 1.50 and 1.5.
bool equal(Decimal a, Decimal b);

}  // namespace owed
