#include "apis/salesforce/values.hpp"

#include <algorithm>
#include <array>

#include "owed/ascii.hpp"

namespace owed::apis::salesforce {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_digit(c) || is_upper(c) || (c >= 'a' && c <= 'z'); }

/// A decimal taken apart: value = digits * 10^exponent.
struct Written {
    bool negative = false;
    std::string digits;
    long exponent = 0;
};

Result<long> exponent_of(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text.empty() || text.size() > 4 || !std::all_of(text.begin(), text.end(), is_digit)) return fail(Errc::malformed_input, "its exponent is no number");
    long value = 0;
    for (const char c : text) value = value * 10 + (c - '0');
    return negative ? -value : value;
}

Result<Written> taken_apart(std::string_view number) {
    Written written;
    written.negative = number.starts_with('-');
    auto rest = number.substr(written.negative ? 1 : 0);
    if (const auto e = rest.find_first_of("eE"); e != rest.npos) {
        OWED_TRY(written.exponent, exponent_of(rest.substr(e + 1)));
        rest = rest.substr(0, e);
    }
    if (const auto point = rest.find('.'); point != rest.npos) {
        written.exponent -= static_cast<long>(rest.size() - point - 1);
        written.digits = std::string{rest.substr(0, point)} + std::string{rest.substr(point + 1)};
        if (point == 0 || point + 1 == rest.size()) written.digits.clear();
    } else {
        written.digits = rest;
    }
    if (written.digits.empty() || !std::all_of(written.digits.begin(), written.digits.end(), is_digit)) return fail(Errc::malformed_input, "it is no number");
    while (written.digits.size() > 1 && written.digits.front() == '0') written.digits.erase(0, 1);
    while (written.digits.size() > 1 && written.digits.back() == '0') {  // 1.50 is 1.5, 100.0 is 100
        written.digits.pop_back();
        ++written.exponent;
    }
    if (written.digits == "0") written.exponent = 0;
    return written;
}

Result<Amount> at_digits(const Written& written, std::uint8_t digits, std::string_view currency) {
    Amount amount{0, digits, std::string{currency}};
    const long zeros = written.exponent + digits;
    if (zeros < 0) return fail(Errc::amount_precision, "it has more decimals than " + std::string{currency} + " has");
    // More digits than 4.5e18 has; also keeps a huge exponent from being written out.
    if (written.digits.size() + static_cast<std::size_t>(zeros) > 19 && written.digits != "0") return fail(Errc::amount_overflow, "it is beyond what can be booked");
    const auto all = written.digits + std::string(static_cast<std::size_t>(written.digits == "0" ? 0 : zeros), '0');
    for (const char c : all)
        if (__builtin_mul_overflow(amount.units, std::int64_t{10}, &amount.units) || __builtin_add_overflow(amount.units, std::int64_t{c - '0'}, &amount.units))
            return fail(Errc::amount_overflow, "it is beyond what can be booked");
    if (amount.units > money_units_max) return fail(Errc::amount_overflow, "it is beyond what can be booked");
    if (written.negative) amount.units = -amount.units;
    return amount;
}

}  // namespace

std::string id18(std::string_view id) {
    static constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
    if ((id.size() != 15 && id.size() != 18) || !std::all_of(id.begin(), id.end(), is_alnum)) return {};
    std::string whole{id.substr(0, 15)};
    for (std::size_t block = 0; block < 15; block += 5) {
        std::size_t bits = 0;
        for (std::size_t i = 0; i < 5; ++i) bits |= static_cast<std::size_t>(is_upper(id[block + i])) << i;
        whole += alphabet[bits];
    }
    // Some tools hand the suffix on in lower case.
    const auto same = [](char a, char b) { return a == b || (is_upper(a) && a + ('a' - 'A') == b); };
    if (id.size() == 18 && !std::equal(whole.begin() + 15, whole.end(), id.begin() + 15, same)) return {};
    return whole;
}

Result<Instant> parse_stamp(std::string_view text) {
    std::string with_colon{text};
    if (text.size() > 5 && (text[text.size() - 5] == '+' || text[text.size() - 5] == '-')) with_colon.insert(text.size() - 2, ":");
    return parse_instant(with_colon);
}

std::string stamp_text(Instant instant) {
    const auto millis = (instant.micros % 1'000'000 + 1'000'000) % 1'000'000 / 1000;
    auto text = to_text(Instant{instant.micros - (instant.micros % 1'000'000 + 1'000'000) % 1'000'000});
    text.pop_back();
    const auto digits = std::to_string(1000 + millis);
    return text + "." + digits.substr(1) + "Z";
}

std::optional<Instant> parse_http_date(std::string_view text) {
    static constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || !text.ends_with(" GMT") || text[16] != ' ') return {};
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    if (month == months.end()) return {};
    const auto number = std::to_string(month - months.begin() + 101).substr(1);
    const auto instant = parse_instant(std::string{text.substr(12, 4)} + "-" + number + "-" + std::string{text.substr(5, 2)} + "T" + std::string{text.substr(17, 8)} + "Z");
    if (!instant) return {};
    return *instant;
}

Result<Amount> parse_amount(std::string_view number, std::string_view currency) {
    OWED_TRY(const auto written, taken_apart(number));
    if (!currency.empty()) {
        OWED_TRY(const auto iso, find_currency(currency));
        return at_digits(written, iso.minor_digits, currency);
    }
    if (written.exponent < -18) return fail(Errc::amount_precision, "it has more than 18 decimals");
    return at_digits(written, static_cast<std::uint8_t>(std::max(-written.exponent, 0L)), {});
}

std::string cut(std::string_view text, std::size_t characters_max) {
    std::size_t at = 0, units = 0;
    while (at < text.size()) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
        units += bytes == 4 ? 2 : 1;
        if (units > characters_max) break;
        at += bytes;
    }
    return std::string{text.substr(0, at)};
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : text) {
        const bool blank = static_cast<unsigned char>(c) <= 0x20 || c == 0x7f;
        if (!blank) line += c;
        else if (!line.empty() && line.back() != ' ') line += ' ';
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    constexpr std::size_t bytes_max = 300;
    if (line.size() <= bytes_max) return line;
    auto end = bytes_max - 3;
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0) == 0x80) --end;
    return line.substr(0, end) + "...";
}

}  // namespace owed::apis::salesforce
