// Bytes of a bank or ERP file to UTF-8, saying what was assumed. Banks send ASCII, UTF-8, windows-1252, CP852 (Hungary,
// Poland) and binary rubbish in one and the same format (FORMATS section 2.4), and no header tells which.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::formats {

enum class Charset : std::uint8_t { ascii, utf8, utf8_bom, utf16le, utf16be, windows_1252, cp852 };
/// "ascii", "utf-8", "utf-8 with BOM", "utf-16le", "utf-16be", "windows-1252", "cp852".
std::string_view name_of(Charset charset) noexcept;
/// The reverse, without regard to case; knows the usual aliases (latin1, iso-8859-1, cp1252, ibm852, utf8, utf-16).
/// Errors: invalid_argument.
Result<Charset> find_charset(std::string_view name);

/// A file as text. Line breaks, tabs and blanks are as in the file; nothing is dropped but a byte order mark.
/// NUL and other control characters stand as their control pictures (U+2400 and up), so that a person sees them and line
/// and column stay right; bytes that mean nothing in the charset stand as U+FFFD.
struct DecodedText {
    std::string text;                ///< valid UTF-8
    Charset charset = Charset::ascii;
    bool assumed = false;            ///< an 8-bit charset was chosen by its looks; nothing in the file names it
    std::uint64_t controls = 0;      ///< control characters made visible
    std::uint64_t undecodable = 0;   ///< bytes shown as U+FFFD
    std::uint64_t first_control_line = 0, first_undecodable_line = 0;  ///< from 1; 0: none
};

/// Detects and decodes. UTF-8 when the bytes are valid UTF-8, or nearly (a cut or stray byte among many good sequences);
/// else CP852 or windows-1252, whichever makes more of the high bytes letters inside words; windows-1252 in doubt.
/// Linear in time. Any thread.
DecodedText decode_text(std::string_view bytes);
/// Decodes by a charset that a header or a profile names. A byte order mark is believed before it. Any thread.
DecodedText decode_text_as(std::string_view bytes, Charset charset);

/// What a reader should report of it: control characters, undecodable bytes, an assumed 8-bit charset. None is grave.
/// Plain UTF-8 is no warning here; formats that allow only ASCII add their own.
std::vector<Warning> charset_warnings(const DecodedText& decoded, std::string_view file_name);

}  // namespace owed::formats
