// Header rows: finding them between preamble and rows, and names that mean the same however they are written.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/csv.hpp"
#include "owed/result.hpp"

namespace owed::formats::csv {

/// A name for comparison: lower case, without accents, blanks and signs; "Débit (EUR)" -> "debiteur", "Straße" -> "strasse".
std::string folded(std::string_view name);

struct Header {
    std::vector<std::string> names;  ///< as the file writes them; empty ones are columns without a name
    std::vector<std::string> folded_names;
    std::uint32_t line = 0;
    std::size_t offset = 0;          ///< of the header row
    std::size_t rows_offset = 0;     ///< of the row after it
    std::uint32_t rows_line = 0;
    std::size_t width = 0;           ///< columns up to the last one with a name

    /// The column of exactly this name, or, when there is none, of this name folded. Errors: not_found, with the names there
    /// are; malformed_input when two columns have it. `where` left to the caller.
    Result<std::size_t> column(std::string_view name) const;
};

/// Of the first 100 rows the one that `score` likes best (0: no header); of equal ones the first. nullopt: none.
/// Errors: those of reading, as long as no header was found before them.
Result<std::optional<Header>> find_header(const Opened& file, std::string_view file_name, const std::function<int(const Row&)>& score);

/// A header made of the row itself.
Header header_of(const Row& row, const RowReader& after);

/// Names of columns as their numbers, for a file without header: "1", "2" ...
Header numbered_header(const Opened& file, std::size_t width);

}  // namespace owed::formats::csv
