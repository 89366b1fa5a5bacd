// OFX as a stream of fields and aggregates, whether written as SGML without end tags or as XML.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "owed/result.hpp"

namespace owed::formats::ofx {

/// Where a tag stands, counted from 1.
struct Position {
    std::uint64_t line = 1, column = 1;
};

/// Names are in upper case. An Error ends the reading with it.
class Handler {
  public:
    virtual ~Handler() = default;
    virtual Status open(std::string_view aggregate, Position at) = 0;
    /// `value` has its entities resolved and blanks at both ends removed; it may be empty.
    virtual Status field(std::string_view name, std::string value, Position at) = 0;
    virtual Status close(std::string_view aggregate, Position at) = 0;
    /// Something to tell: an end tag that is missing or has no begin.
    virtual void oddity(std::string what, Position at) = 0;
};

/// Reads text (UTF-8). Which of a tag without a value and a following end tag it is, an empty field or an aggregate, is
/// known from the standard's names; of vendors' own tags it is found by looking for the end tag nearby.
/// An aggregate whose end tag is missing ends with the one around it.
/// Result: the aggregates that were still open at the end, outermost first; empty for a complete file.
/// Errors: malformed_input (a document type), input_too_large (depth 64, value 64 KiB), the handler's own. `where` starts
/// with `file_name`.
Result<std::vector<std::string>> scan(std::string_view text, std::string_view file_name, Handler& handler);

/// "feb.ofx:12:3".
std::string place(std::string_view file_name, Position at);

}  // namespace owed::formats::ofx
