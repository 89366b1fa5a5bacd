// A delivery as it is stored: a JSON head and the bytes beside it.
#pragma once

#include <string>
#include <string_view>

#include "owed/hosts.hpp"

namespace owed::notify::detail {

/// Everything but the bytes of message and parts.
std::string head_to_json(const Delivery& delivery);
Delivery head_from_json(std::string_view json);

/// base32(SHA-256(channel, key, payload)), 32 characters, lower case: deterministic, and safe in file names.
std::string idempotency_key(std::string_view channel, std::string_view business_key, const Delivery& delivery);

}  // namespace owed::notify::detail
