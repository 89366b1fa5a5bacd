// What a server says about when to come back.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "transports/transfer.hpp"

namespace owed::transports::detail {

/// Milliseconds of Retry-After (RFC 9110 10.2.3), in both forms: seconds, and a date, counted from the answer's own Date
/// header, so that a wrong clock here or there does not matter. At most an hour: beyond it a server is wrong or hostile,
/// and asking once an hour hurts nobody. 0: not said, in the past, unreadable, or a date without a Date header.
std::uint64_t retry_after_ms(const std::vector<Header>& headers);

}  // namespace owed::transports::detail
