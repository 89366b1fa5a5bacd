// Rates as a table: the ECB's row a day, pairs of currencies, reference rates. The header row tells which.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "formats/rates/posting.hpp"

namespace owed::formats::rates {

enum class Shape : std::uint8_t {
    none,
    days,        ///< Date, USD, JPY, ...
    pairs,       ///< from,to,date,rate[,type][,source]; without `from` the base is a setting
    references,  ///< name,from,percent[,source]
};
/// Every column must be one that is known: a bank's statement has dates, currencies and a rate too, beside other columns.
Shape shape_of(const std::vector<std::string>& names);

/// True when one of the first rows is the header of a table of rates.
bool is_table(std::string_view head, std::string_view file_name);

/// Errors: unsupported_format (no such header), malformed_input with line and column; as Posting.
Status read_table(std::string_view bytes, const std::string& file_name, const Settings& settings, Posting& posting, Findings& findings);

}  // namespace owed::formats::rates
