// Physical lines of a BAI2 file to logical records. Private to bai2.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::formats::bai2 {

/// One logical record: 01, 02, 03, 16, 49, 88, 98 or 99. `body` is what follows the code's comma, without the ending '/'.
struct RawRecord {
    int code = 0;
    std::string body;
    std::size_t line = 0, column = 0;  ///< from 1, where the code stands
    bool terminated = false;           ///< a '/' stood at its end
};

/// Splits a file. Several records on one line, records wrapped over lines without 88, leading blanks, blanks behind '/',
/// no '/' at all: all occur. A '/' inside text ends nothing unless a whole record follows it.
/// Errors: malformed_input for a first line that is no 01 record and for lines that are no record.
Result<std::vector<RawRecord>> split_records(std::string_view text, std::string_view file_name, std::vector<Warning>& warnings);

}  // namespace owed::formats::bai2
