// What FTP servers answer, read: pure.
#include <strings.h>
#include <time.h>

#include <algorithm>
#include <charconv>

#include "transports/detail/ftp.hpp"
#include "transports/detail/same_word.hpp"
#include "transports/guard.hpp"

namespace owed::transports::detail {
namespace {

bool plain_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos && printable(name, name.size()) == name;
}

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return {};
    return value;
}

}  // namespace

std::optional<std::int64_t> time_val(std::string_view text) {
    if (text.size() < 14 || (text.size() > 14 && text[14] != '.')) return {};
    const auto part = [&](std::size_t at, std::size_t length, int low, int high) -> std::optional<int> {
        const auto value = number(text.substr(at, length));
        if (!value || static_cast<int>(*value) < low || static_cast<int>(*value) > high) return {};
        return static_cast<int>(*value);
    };
    const auto year = part(0, 4, 1970, 9999), month = part(4, 2, 1, 12), day = part(6, 2, 1, 31);
    const auto hour = part(8, 2, 0, 23), minute = part(10, 2, 0, 59), second = part(12, 2, 0, 60);
    if (!year || !month || !day || !hour || !minute || !second) return {};
    tm parts{};
    parts.tm_year = *year - 1900, parts.tm_mon = *month - 1, parts.tm_mday = *day;
    parts.tm_hour = *hour, parts.tm_min = *minute, parts.tm_sec = *second;
    return static_cast<std::int64_t>(::timegm(&parts));
}

std::optional<ListedFile> listed_file(std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return {};
    std::string_view facts = line.substr(0, space);
    ListedFile file;
    file.name = line.substr(space + 1);
    bool is_file = false, has_size = false;
    while (!facts.empty()) {
        const auto fact = facts.substr(0, facts.find(';'));
        facts.remove_prefix(std::min(facts.size(), fact.size() + 1));
        const auto equals = fact.find('=');
        if (equals == std::string_view::npos) continue;
        const auto key = fact.substr(0, equals), value = fact.substr(equals + 1);
        if (same_word(key, "type")) is_file = same_word(value, "file");
        if (same_word(key, "modify")) file.modified = time_val(value).value_or(0);
        if (!same_word(key, "size")) continue;
        const auto bytes = number(value);
        has_size = bytes.has_value();
        file.bytes = bytes.value_or(0);
    }
    if (!is_file || !has_size || !plain_name(file.name)) return {};
    return file;
}

std::vector<std::string> names_of(std::string_view text) {
    std::vector<std::string> names;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        if (const auto slash = line.rfind('/'); slash != std::string_view::npos) line.remove_prefix(slash + 1);
        if (plain_name(line)) names.emplace_back(line);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

std::string url_path(std::string_view path) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out = "/";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool as_it_is = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view{"-._~/"}.find(c) != std::string_view::npos;
        if (as_it_is) out += c;
        else out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

Outcome outcome_of_ftp(int code) {
    if (code >= 200 && code < 300) return Outcome::ok;
    // 331, 332: more of a login is wanted than there is. 430, 530, 532: it is not accepted. 534, 535: RFC 2228.
    if (code == 331 || code == 332 || code == 430 || code == 530 || code == 532) return Outcome::auth;
    if (code >= 500 && code < 600) return Outcome::refused;
    return Outcome::transient;  // 4xx: 421 closing, 425 and 426 data line, 450 busy, 452 full
}

}  // namespace owed::transports::detail
