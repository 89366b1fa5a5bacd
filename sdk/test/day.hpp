// Dates in tests, as they are written.
#pragma once

#include "owed/date.hpp"

namespace owed {

inline Date day(std::string_view text) { return parse_date(text).value(); }

}  // namespace owed
