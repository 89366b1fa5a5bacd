// The table of money that left and was no refund.
#pragma once

#include <string_view>

namespace owed::cash::detail {

/// Migration 93.
extern const std::string_view outgoing_tables;

}  // namespace owed::cash::detail
