// A document number taken apart: "INV-2026-004711" is series "INV-2026-" and counter "004711".
#pragma once

#include <string_view>

namespace owed::cash::detail {

struct Split {
    std::string_view before, counter, after;
};
/// Parts of `document`; the counter is empty when there is no digit.
Split split_of(std::string_view document);

}  // namespace owed::cash::detail
