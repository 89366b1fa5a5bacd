// Words of protocols that do not tell capitals from small letters.
#pragma once

#include <strings.h>

#include <string_view>

namespace owed::transports::detail {

inline bool same_word(std::string_view a, std::string_view b) { return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0; }

}  // namespace owed::transports::detail
