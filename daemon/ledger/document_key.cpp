// How document numbers compare. People drop zeros, dashes and case when they type a number into a transfer; they do not drop
// digits: "12" is never found in "1234".
#include <string>
#include <string_view>

#include "ledger/detail/keys.hpp"
#include "ledger/ledger.hpp"

namespace owed::ledger {
namespace {

constexpr char32_t not_text = 0xFFFD;

/// The next code point of valid UTF-8 (input is checked at the door); a stray byte counts as not_text.
char32_t next_point(std::string_view text, std::size_t& at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const auto lead = byte(at);
    const std::size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length == 1 || at + length > text.size()) {
        ++at;
        return lead < 0x80 ? lead : not_text;
    }
    char32_t point = lead & (0xFFU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) point = (point << 6) | (byte(at + i) & 0x3FU);
    at += length;
    return point;
}

/// Upper case where document numbers of our countries have letters: ASCII, Latin-1, Greek, Cyrillic. Full-width forms, as
/// Japanese banks send them, become ASCII.
char32_t folded(char32_t c) {
    if (c >= 0xFF01 && c <= 0xFF5E) c -= 0xFEE0;
    if (c >= 'a' && c <= 'z') return c - 0x20;
    if (c >= 0xE0 && c <= 0xFE && c != 0xF7) return c - 0x20;
    if (c >= 0x3B1 && c <= 0x3C9 && c != 0x3C2) return c - 0x20;
    if (c >= 0x430 && c <= 0x44F) return c - 0x20;
    if (c >= 0x450 && c <= 0x45F) return c - 0x50;
    return c;
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }

bool is_letter(char32_t c) {
    if (c < 0x80) return c >= 'A' && c <= 'Z';
    if (c < 0xC0) return c == 0xAA || c == 0xBA;                      // Latin-1 signs, except the ordinals
    if (c == 0xD7 || c == 0xF7 || c == not_text) return false;       // multiplication, division
    return !(c >= 0x2000 && c <= 0x2BFF) && !(c >= 0x3000 && c <= 0x303F) && !(c >= 0xFE00 && c <= 0xFE6F) && c != 0xFEFF;
}

void append_point(std::string& out, char32_t c) {
    const auto put = [&](char32_t bits) { out += static_cast<char>(static_cast<unsigned char>(bits)); };
    if (c < 0x80) return put(c);
    if (c < 0x800) {
        put(0xC0U | (c >> 6));
    } else if (c < 0x10000) {
        put(0xE0U | (c >> 12));
        put(0x80U | ((c >> 6) & 0x3FU));
    } else {
        put(0xF0U | (c >> 18));
        put(0x80U | ((c >> 12) & 0x3FU));
        put(0x80U | ((c >> 6) & 0x3FU));
    }
    put(0x80U | (c & 0x3FU));
}

}  // namespace

std::string document_key(std::string_view document) {
    std::string key;
    std::size_t zeros = 0;        // leading zeros of the digit run that we are in; they count only when it is all zeros
    bool in_run = false;          // a digit other than a leading zero was seen in this run
    const auto end_run = [&] {
        if (zeros > 0 && !in_run) key += '0';
        zeros = 0;
        in_run = false;
    };
    for (std::size_t at = 0; at < document.size();) {
        const char32_t c = folded(next_point(document, at));
        if (is_digit(c)) {
            if (c == '0' && !in_run) {
                ++zeros;
            } else {
                in_run = true;
                key += static_cast<char>(c);
            }
            continue;
        }
        end_run();
        if (is_letter(c)) append_point(key, c);
    }
    end_run();
    return key;
}

namespace detail {

std::string reference_key(std::string_view reference) {
    std::string key;
    for (std::size_t at = 0; at < reference.size();) {
        const char32_t c = folded(next_point(reference, at));
        if (is_digit(c) || is_letter(c)) append_point(key, c);
    }
    return key;
}

}  // namespace detail
}  // namespace owed::ledger
