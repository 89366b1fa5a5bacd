// What a profile says of rates.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/dates.hpp"
#include "formats/csv/profile.hpp"
#include "owed/money.hpp"

namespace owed::formats::rates {

/// As what a rate is posted that says no type itself. A month's last one is that of the last day on which the euro's TARGET
/// services are open: the day says it alone, so that a file of one day and one of twenty years agree.
enum class As : std::uint8_t { spot, closing, custom, month_end_closing };
std::string_view name_of(As as);
std::optional<As> find_as(std::string_view name);

struct Settings {
    std::optional<Currency> base;          ///< of tables that do not name it: 1 base = rate currency
    std::vector<As> as = {As::spot};
    std::optional<csv::DateFormat> dates;  ///< empty: proven
    csv::FileNotation notation;            ///< decimal: the point, unless said
};

/// Errors: invalid_config, with the key in `where`.
Result<Settings> read_settings(std::string_view profile);

}  // namespace owed::formats::rates
