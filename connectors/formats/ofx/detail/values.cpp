#include "formats/ofx/detail/values.hpp"

#include <algorithm>

#include "owed/ascii.hpp"
#include "owed/currency.hpp"

namespace owed::formats::ofx {
namespace {

std::size_t digits_at(std::string_view s) {
    return static_cast<std::size_t>(std::find_if_not(s.begin(), s.end(), is_digit) - s.begin());
}
int number(std::string_view digits) {
    int n = 0;
    for (char c : digits) n = n * 10 + (c - '0');
    return n;
}

tl::unexpected<Error> no_date(std::string_view text) {
    return fail(Errc::malformed_input, "\"" + std::string{text.substr(0, 40)} + "\" is not a date; expected YYYYMMDD, a time may follow");
}

/// HH, HHMM or HHMMSS. 24:00 and a leap second are written.
bool is_time(std::string_view s) {
    if (s.size() > 6 || s.size() % 2 != 0) return false;
    return (s.size() < 2 || number(s.substr(0, 2)) <= 24) && (s.size() < 4 || number(s.substr(2, 2)) < 60) && (s.size() < 6 || number(s.substr(4, 2)) <= 60);
}

std::string value_after(std::string_view head, std::string_view key) {
    const std::size_t at = head.find(key);
    if (at == std::string_view::npos) return {};
    std::string_view rest = head.substr(at + key.size());
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '"' || rest.front() == '\'')) rest.remove_prefix(1);
    // A header on one line may have nothing between a value and the next key: "CHARSET:1252COMPRESSION:NONE".
    for (const std::string_view next : {"COMPRESSION", "OLDFILEUID", "CHARSET"}) rest = rest.substr(0, rest.find(next));
    const auto end = std::find_if(rest.begin(), rest.end(), [](char c) { return c == ' ' || c == '\r' || c == '\n' || c == '"' || c == '\'' || c == '?' || c == '\t'; });
    return std::string{rest.begin(), end};
}

}  // namespace

Result<Date> read_date(std::string_view text) {
    const std::size_t size = digits_at(text);
    if (size < 8) return no_date(text);
    const std::string_view day = text.substr(0, 8);
    auto date = Date::of(number(day.substr(0, 4)), number(day.substr(4, 2)), number(day.substr(6, 2)));
    if (!date || !is_time(text.substr(8, size - 8))) return no_date(text);
    std::string_view rest = text.substr(size);
    if (!rest.empty() && (rest.front() == '.' || rest.front() == ':' || rest.front() == ',')) rest.remove_prefix(1 + digits_at(rest.substr(1)));
    while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
    if (!rest.empty() && (rest.front() != '[' || rest.back() != ']' || rest.size() > 40)) return no_date(text);
    return *date;
}

Result<WrittenAmount> read_ofx_amount(std::string_view text, std::string_view currency) {
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos) return read_amount(text, currency);
    std::size_t digits = 2;
    if (const auto known = find_currency(currency)) digits = known->minor_digits;
    if (text.size() - comma - 1 == 3 && digits != 3)
        return fail(Errc::malformed_input, "\"" + std::string{text.substr(0, 40)} + "\" may have a thousands sign or three decimals; OFX allows no thousands sign");
    std::string pointed{text};
    pointed[comma] = '.';
    auto amount = read_amount(pointed, currency);
    if (!amount) {
        Error error = std::move(amount).error();
        if (error.code == Errc::malformed_input) error.what = "\"" + std::string{text.substr(0, 40)} + "\" is not an amount; expected digits with one decimal sign";
        return fail(std::move(error));
    }
    amount->text = text;
    return amount;
}

Header read_header(std::string_view head) {
    Header header;
    header.found = head.find("OFXHEADER") != std::string_view::npos;
    header.xml = head.find("<?OFX") != std::string_view::npos || head.find("OFXHEADER:200") != std::string_view::npos;
    header.charset = value_after(head, head.find("<?xml") != std::string_view::npos ? "encoding=" : "CHARSET:");
    if (header.charset == "NONE") header.charset.clear();
    return header;
}

}  // namespace owed::formats::ofx
