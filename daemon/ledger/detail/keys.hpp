// Keys by which items are found.
#pragma once

#include <string>
#include <string_view>

namespace owed::ledger::detail {

/// Payment references compare without blanks, signs and case, but with their leading zeros (a Swiss QRR has 27 digits).
std::string reference_key(std::string_view reference);

}  // namespace owed::ledger::detail
