// Which column of a table of rates is what. Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "formats/rates/table.hpp"

namespace owed::formats::rates {

enum class Column : std::uint8_t { from, to, date, rate, type, source, name };

class Columns {
  public:
    std::optional<std::size_t>& at(Column column) { return places_[static_cast<std::size_t>(column)]; }
    const std::optional<std::size_t>& at(Column column) const { return places_[static_cast<std::size_t>(column)]; }
    bool has(Column column) const { return at(column).has_value(); }

  private:
    std::array<std::optional<std::size_t>, 7> places_{};
};

std::optional<Columns> pair_columns(const std::vector<std::string>& names);
std::optional<Columns> reference_columns(const std::vector<std::string>& names);

}  // namespace owed::formats::rates
