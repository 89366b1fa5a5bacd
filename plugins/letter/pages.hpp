// How many sheets the print shop must expect.
#pragma once

#include <string_view>

#include "owed/result.hpp"

namespace owed::plugins::letter {

/// Pages of a PDF, by libqpdf. Errors: data when it is no PDF that a printer could read, or has no page. Any thread.
Result<int> pages_of(std::string_view pdf);

}  // namespace owed::plugins::letter
