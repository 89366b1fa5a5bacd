// ISO 4217 currencies with their minor units.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "owed/result.hpp"

namespace owed {

/// A currency of ISO 4217 that has minor units. Codes for metals and tests (XAU, XTS, XXX ...) are refused (DOMAIN 1).
struct Currency {
    std::array<char, 3> code{};
    std::uint8_t minor_digits = 0;  ///< JPY 0, EUR 2, KWD 3, CLF 4

    constexpr bool operator==(const Currency&) const = default;
    std::string_view text() const { return {code.data(), code.size()}; }
};

/// "EUR" -> Currency. Upper-case letters only. Errors: unknown_currency.
/// Source: ISO 4217 list one (maintenance agency SIX), with the funds codes that have minor units. Any thread.
Result<Currency> find_currency(std::string_view code);

/// The whole table, by code. Any thread.
std::span<const Currency> all_currencies();

}  // namespace owed
