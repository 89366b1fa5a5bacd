// Between owed::Error and the failure classes of abi.h. Both sides of the boundary use it.
#pragma once

#include <string_view>

#include "owed/abi.h"
#include "owed/result.hpp"

namespace owed {

/// The class that carries a code across: Errc::malformed_input is OWED_DATA. Any thread.
owed_status status_of(Errc code) noexcept;
/// The code for a class, refined by `code_name` ("malformed_input") where that name is one of ours and of this class; a
/// name of another class is ignored, so that a plugin cannot call its bug a closed period. Never OWED_OK. Any thread.
Errc errc_of(owed_status status, std::string_view code_name) noexcept;
/// "transient" for OWED_TRANSIENT. Any thread.
std::string_view name_of_status(owed_status status) noexcept;

inline owed_text text_of(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline owed_bytes bytes_of(std::string_view bytes) noexcept { return {bytes.data(), bytes.size()}; }
inline std::string_view view_of(owed_text text) noexcept {
    return text.ptr == nullptr ? std::string_view{} : std::string_view{text.ptr, static_cast<std::size_t>(text.len)};
}
inline std::string_view view_of(owed_bytes bytes) noexcept {
    return bytes.ptr == nullptr
               ? std::string_view{}
               : std::string_view{static_cast<const char*>(bytes.ptr), static_cast<std::size_t>(bytes.len)};
}

}  // namespace owed
