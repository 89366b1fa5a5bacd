// The bytes of an MT940 file to messages and fields. Private to mt940.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::formats::mt940 {

struct Field {
    std::string tag;      ///< "61", "60F", "NS"
    std::string value;    ///< lines joined by '\n', without blank ones
    std::size_t line = 0, column = 0;  ///< where the value begins
    std::string where(std::string_view file) const;
};

struct Message {
    std::vector<Field> fields;  ///< the first one is 20
    std::string sender;         ///< BIC of the envelope or of a header line, or empty
    std::string type;           ///< "940", "942" as envelope or header say, or empty
    std::size_t line = 0;
};

/// Splits decoded text. A message begins at :20: and ends before the next one, not at '-': banks put '-' into texts and
/// between entries. Text that only looks like a tag (":26:37" or ":20:15", wrapped times) stays text.
/// Errors: malformed_input when there is no :20:, or entries and balances before the first one.
Result<std::vector<Message>> split_messages(std::string_view text, std::string_view file_name, std::vector<Warning>& warnings);

}  // namespace owed::formats::mt940
