// Measures of receivables, of agencies and of forecasts, by name, with the formula beside each figure (DOMAIN sections 4, 11,
// 15 and 16). Exact fractions; rounded once, half away from zero. Pure. Any thread.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "owed/decimal.hpp"
#include "owed/result.hpp"

namespace owed::report {

using Figures = std::map<std::string, Decimal, std::less<>>;

/// What a measure is fed with: figures by name, and rows for those that run over months, items or weeks.
struct MeasureQuestion {
    Figures figures;
    std::vector<Figures> rows;
    int decimals = -1;                       ///< of the value; -1: the measure's own
};
struct MeasureAnswer {
    Decimal value;
    std::string_view unit;                   ///< "days", "percent", "times", "fraction"
    std::string_view formula;                ///< as DOMAIN states it, with the convention
    std::vector<std::pair<std::string, Decimal>> more;   ///< what belongs beside it: "uncovered", "simple_mean", "days"
    std::vector<std::string> notes;          ///< "sales history ends first"
};

/// One input by its name and the other names it goes by; one that ends in '?' may be missing.
struct MeasureShape {
    std::string_view name, unit, formula;
    int decimals;
    std::span<const std::string_view> inputs;     ///< "closing_ar|ar|closing"
    std::span<const std::string_view> row_inputs; ///< empty: takes no rows
};
/// All measures, in DOMAIN's order.
std::span<const MeasureShape> measures();
const MeasureShape* find_measure(std::string_view name) noexcept;

/// Errors: not_found (no such measure; names them), invalid_argument (a figure missing, unknown or out of its range, a divisor
/// of zero; `where` names it), amount_overflow (more than 18 digits).
Result<MeasureAnswer> measure(std::string_view name, const MeasureQuestion& question);

}  // namespace owed::report
