#include "formats/text/charset.hpp"

#include <unicode/uchar.h>
#include <unicode/ucnv.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace owed::formats {
namespace {

constexpr char32_t replacement = 0xFFFD;

void append_utf8(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
}

/// Collects characters; the one place that makes controls visible and counts.
class Collector {
  public:
    explicit Collector(DecodedText& out, std::size_t expected) : out_{out} { out_.text.reserve(expected + expected / 16); }

    void add(char32_t c) {
        if (c == '\n') ++line_;
        const bool control = (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F;
        if (control) {
            if (out_.controls++ == 0) out_.first_control_line = line_;
            append_utf8(out_.text, c == 0x7F ? 0x2421 : 0x2400 + c);
        } else if (c >= 0x80 && c < 0xA0) {
            undecodable();  // C1 controls: no bank means them; what is left of a wrong charset
        } else {
            append_utf8(out_.text, c);
        }
    }
    void undecodable() {
        if (out_.undecodable++ == 0) out_.first_undecodable_line = line_;
        append_utf8(out_.text, replacement);
    }

  private:
    DecodedText& out_;
    std::uint64_t line_ = 1;
};

/// The length of the well-formed UTF-8 sequence at `i` (Unicode table 3-7), or 0.
std::size_t sequence_length(std::string_view s, std::size_t i, char32_t& c) {
    auto at = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
    const unsigned char first = at(i);
    if (first < 0x80) return c = first, 1;
    std::size_t length = first >= 0xC2 && first <= 0xDF ? 2 : first >= 0xE0 && first <= 0xEF ? 3 : first >= 0xF0 && first <= 0xF4 ? 4 : 0;
    if (length == 0 || i + length > s.size()) return 0;
    c = first & (0x7FU >> length);
    for (std::size_t k = 1; k < length; ++k) {
        if ((at(i + k) & 0xC0) != 0x80) return 0;
        c = (c << 6) | (at(i + k) & 0x3FU);
    }
    if ((length == 3 && (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))) || (length == 4 && (c < 0x10000 || c > 0x10FFFF))) return 0;
    return length;
}

using HighHalf = std::array<char32_t, 128>;

/// What the bytes 0x80 to 0xFF mean, asked of ICU once.
HighHalf load(const char* icu_name) {
    HighHalf table{};
    table.fill(replacement);
    UErrorCode status = U_ZERO_ERROR;
    UConverter* converter = ucnv_open(icu_name, &status);
    for (int b = 0; U_SUCCESS(status) && b < 128; ++b) {
        const char byte = static_cast<char>(0x80 + b);
        const char* from = &byte;
        UErrorCode one = U_ZERO_ERROR;
        const UChar32 c = ucnv_getNextUChar(converter, &from, from + 1, &one);
        if (U_SUCCESS(one)) table[static_cast<std::size_t>(b)] = static_cast<char32_t>(c);
    }
    if (converter) ucnv_close(converter);
    return table;
}
const HighHalf& high_half(Charset charset) {
    static const HighHalf windows = load("windows-1252");
    static const HighHalf dos = load("ibm-852");
    return charset == Charset::cp852 ? dos : windows;
}

struct Census {
    std::uint64_t high = 0, sequences = 0, stray = 0;
};
Census count_utf8(std::string_view bytes) {
    Census census;
    for (std::size_t i = 0; i < bytes.size();) {
        char32_t c = 0;
        const std::size_t length = sequence_length(bytes, i, c);
        if (length != 1) ++census.high;
        if (length > 1) ++census.sequences;
        if (length == 0) ++census.stray;
        i += std::max<std::size_t>(length, 1);
    }
    return census;
}

/// How well a table reads the bytes: a high byte beside a letter should be a letter too, and of the fitting case
/// ("Straße" in windows-1252 would be "Stra▀e" in CP852; "átutalás" in CP852 would be " tutal s" in windows-1252).
std::int64_t word_score(std::string_view bytes, const HighHalf& table) {
    auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    std::int64_t score = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        if (byte < 0x80) continue;
        const char before = i > 0 ? bytes[i - 1] : ' ', after = i + 1 < bytes.size() ? bytes[i + 1] : ' ';
        if (!letter(before) && !letter(after)) continue;
        const auto c = static_cast<UChar32>(table[byte - 0x80U]);
        score += u_isalpha(c) ? 2 : -2;
        if (u_isupper(c) && lower(before)) score -= 2;  // "sÉr": not how words are written
        if (c == static_cast<UChar32>(replacement) || (c >= 0x80 && c < 0xA0)) score -= 2;
    }
    return score;
}

std::optional<Charset> utf16_by_nuls(std::string_view bytes) {
    const std::string_view head = bytes.substr(0, 4096);
    if (head.size() < 4 || bytes.size() % 2 != 0) return std::nullopt;
    std::size_t even = 0, odd = 0;
    for (std::size_t i = 0; i < head.size(); ++i)
        if (head[i] == '\0') ++(i % 2 ? odd : even);
    const std::size_t half = head.size() / 2;
    if (odd > half * 7 / 10 && even <= half / 10) return Charset::utf16le;
    if (even > half * 7 / 10 && odd <= half / 10) return Charset::utf16be;
    return std::nullopt;
}

void decode_utf8(std::string_view bytes, Collector& out) {
    for (std::size_t i = 0; i < bytes.size();) {
        char32_t c = 0;
        const std::size_t length = sequence_length(bytes, i, c);
        if (length == 0) out.undecodable();
        else out.add(c);
        i += std::max<std::size_t>(length, 1);
    }
}

void decode_utf16(std::string_view bytes, bool little, Collector& out) {
    auto unit = [&](std::size_t i) {
        const auto a = static_cast<unsigned char>(bytes[i]), b = static_cast<unsigned char>(bytes[i + 1]);
        return static_cast<char32_t>(little ? a | (b << 8) : (a << 8) | b);
    };
    std::size_t i = 0;
    for (; i + 1 < bytes.size(); i += 2) {
        char32_t c = unit(i);
        if (c >= 0xD800 && c <= 0xDFFF) {
            const bool pair = c < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) <= 0xDFFF;
            if (!pair) {
                out.undecodable();
                continue;
            }
            c = 0x10000 + ((c - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
            i += 2;
        }
        out.add(c);
    }
    if (i < bytes.size()) out.undecodable();
}

/// A byte order mark, if there is one, and its length.
std::optional<std::pair<Charset, std::size_t>> byte_order_mark(std::string_view bytes) {
    if (bytes.starts_with("\xEF\xBB\xBF")) return std::pair{Charset::utf8_bom, std::size_t{3}};
    if (bytes.starts_with("\xFF\xFE")) return std::pair{Charset::utf16le, std::size_t{2}};
    if (bytes.starts_with("\xFE\xFF")) return std::pair{Charset::utf16be, std::size_t{2}};
    return std::nullopt;
}

DecodedText decode_body(std::string_view bytes, Charset charset) {
    DecodedText decoded;
    decoded.charset = charset;
    Collector out{decoded, bytes.size()};
    switch (charset) {
        case Charset::ascii:
        case Charset::utf8:
        case Charset::utf8_bom: decode_utf8(bytes, out); break;
        case Charset::utf16le: decode_utf16(bytes, true, out); break;
        case Charset::utf16be: decode_utf16(bytes, false, out); break;
        case Charset::windows_1252:
        case Charset::cp852: {
            const HighHalf& table = high_half(charset);
            for (const char c : bytes) {
                const auto byte = static_cast<unsigned char>(c);
                if (byte < 0x80) out.add(byte);
                else if (table[byte - 0x80U] == replacement) out.undecodable();
                else out.add(table[byte - 0x80U]);
            }
            break;
        }
    }
    return decoded;
}

std::string place(std::string_view file, std::uint64_t line) { return std::string{file} + ":" + std::to_string(line); }

}  // namespace

std::string_view name_of(Charset charset) noexcept {
    switch (charset) {
        case Charset::ascii: return "ascii";
        case Charset::utf8: return "utf-8";
        case Charset::utf8_bom: return "utf-8 with BOM";
        case Charset::utf16le: return "utf-16le";
        case Charset::utf16be: return "utf-16be";
        case Charset::windows_1252: return "windows-1252";
        case Charset::cp852: return "cp852";
    }
    return "ascii";
}

Result<Charset> find_charset(std::string_view name) {
    std::string plain;
    for (const char c : name)
        if (c != '-' && c != '_' && c != ' ') plain += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    struct Alias {
        std::string_view name;
        Charset charset;
    };
    static constexpr Alias aliases[] = {
        {"ascii", Charset::ascii},           {"usascii", Charset::ascii},      {"utf8", Charset::utf8},
        {"utf8withbom", Charset::utf8_bom},  {"utf8bom", Charset::utf8_bom},   {"utf16", Charset::utf16le},
        {"utf16le", Charset::utf16le},       {"utf16be", Charset::utf16be},    {"windows1252", Charset::windows_1252},
        {"cp1252", Charset::windows_1252},   {"1252", Charset::windows_1252},  {"latin1", Charset::windows_1252},
        {"iso88591", Charset::windows_1252}, {"cp852", Charset::cp852},        {"ibm852", Charset::cp852},
        {"852", Charset::cp852},
    };
    for (const Alias& alias : aliases)
        if (alias.name == plain) return alias.charset;
    return fail(Errc::invalid_argument, "no charset is called \"" + std::string{name} + "\"", {},
                "charsets: utf-8, utf-16, windows-1252, cp852");
}

DecodedText decode_text(std::string_view bytes) {
    if (const auto mark = byte_order_mark(bytes)) return decode_body(bytes.substr(mark->second), mark->first);
    if (const auto wide = utf16_by_nuls(bytes)) {
        DecodedText decoded = decode_body(bytes, *wide);
        decoded.assumed = true;
        return decoded;
    }
    const Census census = count_utf8(bytes);
    if (census.high == 0) return decode_body(bytes, Charset::ascii);
    // A multi-byte sequence almost never arises in 8-bit text, so one stray byte among several is damage, not a charset.
    if (census.stray == 0 || census.sequences >= 4 * census.stray) return decode_body(bytes, Charset::utf8);
    const bool dos = word_score(bytes, high_half(Charset::cp852)) > word_score(bytes, high_half(Charset::windows_1252));
    DecodedText decoded = decode_body(bytes, dos ? Charset::cp852 : Charset::windows_1252);
    decoded.assumed = true;
    return decoded;
}

DecodedText decode_text_as(std::string_view bytes, Charset charset) {
    if (const auto mark = byte_order_mark(bytes)) return decode_body(bytes.substr(mark->second), mark->first);
    return decode_body(bytes, charset);
}

std::vector<Warning> charset_warnings(const DecodedText& decoded, std::string_view file_name) {
    std::vector<Warning> warnings;
    if (decoded.assumed)
        warnings.push_back({std::string{file_name}, "the file does not say its charset; read as " + std::string{name_of(decoded.charset)}});
    if (decoded.controls > 0)
        warnings.push_back({place(file_name, decoded.first_control_line),
                            std::to_string(decoded.controls) + " control character(s), shown as control pictures, the first one here"});
    if (decoded.undecodable > 0)
        warnings.push_back({place(file_name, decoded.first_undecodable_line),
                            std::to_string(decoded.undecodable) + " byte(s) that mean nothing in " +
                                std::string{name_of(decoded.charset)} + ", shown as U+FFFD, the first one here"});
    return warnings;
}

}  // namespace owed::formats
