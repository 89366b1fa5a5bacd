// Which part of an invoice a payment pays: lines, tax, freight, charges (DOMAIN section 7). Pure. Any thread.
#pragma once

#include <array>
#include <string_view>

#include "owed/money.hpp"
#include "owed/result.hpp"

namespace owed::cash {

/// line, tax, freight, charges: the order in which leftovers go.
using Components = std::array<Money, 4>;

enum class ComponentOrder {
    line_first_tax_after,  ///< lines, then tax, then freight, then charges
    line_tax_prorate,      ///< lines and tax by what is open of each, then freight, then charges
    prorate_all,           ///< all four by what is open of each
};
std::string_view name_of(ComponentOrder order) noexcept;

/// What of `paid` each component gets. `open` is what is left of each; with mixed signs only components of the payment's sign
/// take part. Of a proration every part but the largest is rounded, half away from zero, and the largest takes the rest;
/// no component gets more than is open of it. Errors, in this order: currency_mismatch, application_exceeds_residual (paid is
/// more than the components of its sign).
Result<Components> spread(Money paid, const Components& open, ComponentOrder order);

}  // namespace owed::cash
