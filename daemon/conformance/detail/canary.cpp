// How a secret could look once it has leaked.
#include <array>

#include "conformance/detail/bench.hpp"

namespace owed::conformance {
namespace {

constexpr std::string_view digits_lower = "0123456789abcdef", digits_upper = "0123456789ABCDEF";

std::string hex(std::string_view text, std::string_view digits, std::string_view before = {}) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += before;
        out += {digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~'; }

std::string percent(std::string_view text, std::string_view digits) {
    std::string out;
    for (const char c : text) out += is_plain(c) ? std::string{c} : hex(std::string_view{&c, 1}, digits, "%");
    return out;
}

std::string replaced(std::string_view text, const std::vector<std::pair<char, const char*>>& with) {
    std::string out;
    for (const char c : text) {
        const char* other = nullptr;
        for (const auto& [from, to] : with)
            if (from == c) other = to;
        if (other != nullptr) out += other;
        else out += c;
    }
    return out;
}

/// Of `text` at some place in a longer base64 text: the characters that it alone decides.
std::string base64_inside(std::string_view text, std::size_t shift, std::string_view last_two) {
    std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    alphabet += last_two;
    const std::string padded = std::string(shift, 'x') + std::string{text};
    std::string out;
    for (std::size_t i = 0; i + 3 <= padded.size(); i += 3) {
        const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(padded[i + k]); };
        const unsigned bits = (unsigned{byte(0)} << 16) | (unsigned{byte(1)} << 8) | byte(2);
        for (int k = 3; k >= 0; --k) out += alphabet[(bits >> (6 * k)) & 63];
    }
    return out.substr(shift == 0 ? 0 : 4);
}

}  // namespace

std::vector<std::string> forms_of(const std::string& secret) {
    std::string wide, backwards{secret.rbegin(), secret.rend()};
    for (const char c : secret) wide += {c, '\0'};
    return {secret,
            base64_inside(secret, 0, "+/"),
            base64_inside(secret, 1, "+/"),
            base64_inside(secret, 2, "+/"),
            base64_inside(secret, 0, "-_"),
            hex(secret, digits_lower),
            hex(secret, digits_upper),
            percent(secret, digits_upper),
            percent(secret, digits_lower),
            replaced(secret, {{'"', "\\\""}, {'\\', "\\\\"}, {'/', "\\/"}}),
            replaced(secret, {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}}),
            wide,
            backwards};
}

}  // namespace owed::conformance
