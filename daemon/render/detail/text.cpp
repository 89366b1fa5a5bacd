#include "render/detail/text.hpp"

#include <unicode/utf8.h>

#include <array>

namespace owed::render::detail {
namespace {

bool is_invisible(std::uint32_t c) {
    return c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
           c == 0xFEFF || c == 0x061C || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF) ||
           (c >= 0xE000 && c <= 0xF8FF) || c >= 0xF0000;
}
bool is_break_or_control(std::uint32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029; }

bool starts_with_word(std::string_view text, std::string_view word) {
    if (text.size() < word.size()) return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if ((text[i] | 0x20) != word[i]) return false;
    const char next = text.size() == word.size() ? '>' : text[word.size()];
    return next == '>' || next == ' ' || next == '/' || next == '\n' || next == '\t';
}

/// The text of an entity at html[at] == '&', which moves behind it; "&" itself when it is none that we know.
std::string decode_entity(std::string_view html, std::size_t& at) {
    const auto end = html.find(';', at);
    if (end != std::string_view::npos && end - at <= 12) {
        const auto name = html.substr(at + 1, end - at - 1);
        std::uint32_t code = 0;
        if (name.size() > 1 && name[0] == '#') {
            const bool hex = name[1] == 'x' || name[1] == 'X';
            bool good = name.size() > (hex ? 2U : 1U);
            for (const char c : name.substr(hex ? 2 : 1)) {
                const int digit = c >= '0' && c <= '9' ? c - '0' : hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
                if (digit < 0 || code > 0x10FFFF) { good = false; break; }
                code = code * (hex ? 16 : 10) + static_cast<std::uint32_t>(digit);
            }
            if (!good) code = 0;
        } else {
            static constexpr std::array<std::pair<std::string_view, std::uint32_t>, 12> names{{
                {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", 0xA0}, {"shy", 0xAD},
                {"zwnj", 0x200C}, {"zwj", 0x200D}, {"middot", 0xB7}, {"ndash", 0x2013}, {"mdash", 0x2014}}};
            for (const auto& [known, value] : names)
                if (name == known) code = value;
        }
        if (code != 0) {
            at = end + 1;
            std::string out;
            append_utf8(out, code);
            return out;
        }
    }
    ++at;
    return "&";
}

}  // namespace

void append_utf8(std::string& out, std::uint32_t c) {
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) c = 0xFFFD;
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        tail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
    std::int32_t i = static_cast<std::int32_t>(at), c = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"  // inside of ICU's macro
    U8_NEXT(text.data(), i, static_cast<std::int32_t>(text.size()), c);
#pragma GCC diagnostic pop
    at = static_cast<std::size_t>(i);
    return c < 0 ? 0xFFFD : static_cast<std::uint32_t>(c);
}

std::size_t length(std::string_view text) {
    std::size_t n = 0;
    for (std::size_t at = 0; at < text.size(); ++n) next_code_point(text, at);
    return n;
}

std::string clean_value(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto c = next_code_point(text, at);
        if (is_break_or_control(c)) {
            if (!out.empty() && out.back() != ' ') out += ' ';
        } else if (!is_invisible(c)) {
            append_utf8(out, c);
        }
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

bool has_control_or_bad_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const auto before = at;
        const auto c = next_code_point(text, at);
        if (is_break_or_control(c) || (c == 0xFFFD && text.substr(before, at - before) != "\ufffd")) return true;
    }
    return false;
}

std::string escape_html(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 8);
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&#39;"; break;
        default: out += c;
        }
    }
    return out;
}

std::string html_to_text(std::string_view html) {
    std::string out;
    for (std::size_t at = 0; at < html.size();) {
        if (html[at] == '&') {
            out += decode_entity(html, at);
        } else if (html[at] != '<') {
            out += html[at++];
        } else if (html.substr(at, 4) == "<!--") {
            const auto end = html.find("-->", at);
            at = end == std::string_view::npos ? html.size() : end + 3;
        } else {
            auto name = html.substr(at + 1);
            if (!name.empty() && name[0] == '/') name.remove_prefix(1);
            for (const auto block : {"p", "div", "td", "th", "tr", "table", "br", "h1", "h2", "h3", "li", "ul", "body", "html"})
                if (starts_with_word(name, block)) { out += '\n'; break; }
            // The head and its title and style are not read by people as text of the page, but are harmless here.
            const auto end = html.find('>', at);
            at = end == std::string_view::npos ? html.size() : end + 1;
        }
    }
    return out;
}

}  // namespace owed::render::detail
