// Files without a header row: columns told by what they hold.
#pragma once

#include <optional>
#include <string>

#include "formats/bank_csv/columns.hpp"

namespace owed::formats::bank_csv {

struct BareFile {
    csv::Header header;   ///< columns named by their numbers
    Columns columns;
    std::string what;     ///< "date 1, amount 3, text 2"
};

/// Only what cannot be another thing: exactly one column of dates, and exactly one of amounts with decimals, or two of
/// which one is the running balance of the other. A column of currency codes is the currency; the rest is text.
/// nullopt: not so. Errors: those of reading.
Result<std::optional<BareFile>> columns_by_content(const csv::Opened& file, std::string_view file_name);

}  // namespace owed::formats::bank_csv
