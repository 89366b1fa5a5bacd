// Cleaning and reading of texts that come from outside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace owed::render::detail {

/// Letters of the private use area that the letter's template stage keeps for itself; clean_value() removes them.
inline constexpr std::uint32_t reserved_first = 0xE000, reserved_last = 0xE00F;

/// A value as it may stand in any output: valid UTF-8 (bad bytes become U+FFFD); control characters, line breaks and line
/// separators become one blank; bidirectional overrides, zero-width letters, tags and private use characters go, since
/// they make a text read differently from what it says (SECURITY T05, T08).
std::string clean_value(std::string_view text);
/// True when the text has a byte below 0x20 or 0x7f, or is not UTF-8.
bool has_control_or_bad_utf8(std::string_view text);

std::string escape_html(std::string_view text);
/// What a reader of the HTML sees: comments, style and tags gone (block tags and cells as line breaks), entities decoded.
std::string html_to_text(std::string_view html);

void append_utf8(std::string& out, std::uint32_t code_point);
/// The code point at `at`, which moves behind it; 0xFFFD for a bad byte.
std::uint32_t next_code_point(std::string_view text, std::size_t& at);
/// Characters, not bytes.
std::size_t length(std::string_view text);

}  // namespace owed::render::detail
