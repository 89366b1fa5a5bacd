#include "transports/detail/mailbox_name.hpp"

#include <cstdint>

namespace owed::transports::detail {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// The character at `at`, which moves on; nothing for what is no UTF-8 (overlong forms and surrogates too).
std::optional<std::uint32_t> next_character(std::string_view text, std::size_t& at) {
    const auto byte = static_cast<unsigned char>(text[at++]);
    if (byte < 0x80) return byte;
    const int more = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : -1;
    if (more < 0 || byte > 0xf4 || at + static_cast<std::size_t>(more) > text.size()) return {};
    std::uint32_t value = byte & (0x3fu >> more);
    for (int i = 0; i < more; ++i) {
        const auto next = static_cast<unsigned char>(text[at++]);
        if ((next & 0xc0) != 0x80) return {};
        value = value << 6 | (next & 0x3f);
    }
    static constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    if (value < least[more] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return {};
    return value;
}

void append_utf8(std::string& out, std::uint32_t value) {
    const auto add = [&](std::uint32_t byte) { out += static_cast<char>(byte); };
    if (value < 0x80) return add(value);
    if (value < 0x800) add(0xc0 | value >> 6);
    else if (value < 0x10000) add(0xe0 | value >> 12), add(0x80 | (value >> 6 & 0x3f));
    else add(0xf0 | value >> 18), add(0x80 | (value >> 12 & 0x3f)), add(0x80 | (value >> 6 & 0x3f));
    add(0x80 | (value & 0x3f));
}

/// UTF-16 as base64 with "," for "/", without padding.
class Shifted {
  public:
    explicit Shifted(std::string& out) : out_{out} {}
    void unit(std::uint32_t value) {
        bits_ = bits_ << 16 | value;
        for (count_ += 16; count_ >= 6; count_ -= 6) out_ += digits[bits_ >> (count_ - 6) & 63];
    }
    void end() {
        if (count_ > 0) out_ += digits[bits_ << (6 - count_) & 63];
    }

  private:
    std::string& out_;
    std::uint64_t bits_ = 0;
    int count_ = 0;
};

/// The text between "&" and "-" as UTF-16 units.
bool unshift(std::string_view text, std::string& out) {
    std::uint32_t bits = 0, high = 0;
    int count = 0;
    for (const char c : text) {
        const auto digit = digits.find(c);
        if (digit == std::string_view::npos) return false;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        if ((count += 6) < 16) continue;
        count -= 16;
        const std::uint32_t unit = bits >> count & 0xffff;
        const bool is_high = unit >= 0xd800 && unit < 0xdc00, is_low = unit >= 0xdc00 && unit < 0xe000;
        if (is_low != (high != 0)) return false;
        if (is_low) append_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
        else if (!is_high) append_utf8(out, unit);
        high = is_high ? unit : 0;
    }
    return high == 0 && count < 6;
}

}  // namespace

std::optional<std::string> mailbox_to_wire(std::string_view utf8) {
    std::string out;
    for (std::size_t at = 0; at < utf8.size();) {
        const auto c = static_cast<unsigned char>(utf8[at]);
        if (c >= 0x20 && c < 0x7f) {
            out += c == '&' ? "&-" : std::string(1, utf8[at]);
            ++at;
            continue;
        }
        out += '&';
        Shifted shifted{out};
        while (at < utf8.size() && (static_cast<unsigned char>(utf8[at]) < 0x20 || static_cast<unsigned char>(utf8[at]) >= 0x7f)) {
            const auto value = next_character(utf8, at);
            if (!value) return {};
            if (*value < 0x10000) {
                shifted.unit(*value);
            } else {
                shifted.unit(0xd800 + ((*value - 0x10000) >> 10));
                shifted.unit(0xdc00 + ((*value - 0x10000) & 0x3ff));
            }
        }
        shifted.end();
        out += '-';
    }
    return out;
}

std::optional<std::string> mailbox_from_wire(std::string_view wire) {
    std::string out;
    for (std::size_t at = 0; at < wire.size(); ++at) {
        const auto c = static_cast<unsigned char>(wire[at]);
        if (c < 0x20 || c >= 0x7f) return {};
        if (c != '&') {
            out += wire[at];
            continue;
        }
        const auto end = wire.find('-', at);
        if (end == std::string_view::npos) return {};
        if (end == at + 1) out += '&';
        else if (!unshift(wire.substr(at + 1, end - at - 1), out)) return {};
        at = end;
    }
    return out;
}

}  // namespace owed::transports::detail
