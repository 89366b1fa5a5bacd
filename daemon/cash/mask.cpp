// Digits that are no document numbers: dates, amounts, IBANs, telephone and tax numbers. They become blanks.
#include <algorithm>

#include "cash/detail/mask.hpp"
#include "owed/ascii.hpp"
#include "owed/date.hpp"
#include "owed/reference.hpp"

namespace owed::cash::detail {
namespace {

bool is_alpha(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool is_alnum(char c) { return is_digit(c) || is_alpha(c) || (static_cast<unsigned char>(c) & 0x80U); }

std::size_t digits_from(std::string_view line, std::size_t at) {
    auto end = at;
    while (end < line.size() && is_digit(line[end])) ++end;
    return end - at;
}

int number(std::string_view digits) {
    int value = 0;
    for (char c : digits) value = value * 10 + (c - '0');
    return value;
}

bool plausible(int year, int month, int day) {
    if (year < 100) year += 2000;
    return year >= 1990 && year < 2100 && Date::of(year, month, day).has_value();
}

/// End of a date that begins at `at`, or `at`. Forms: 31.03.2026, 31.3.26, 31/03/2026, 03/31/2026, 2026-03-31, 31-03-2026.
std::size_t date_end(std::string_view line, std::size_t at) {
    const auto a = digits_from(line, at);
    if (a == 0 || a == 3 || a > 4) return at;
    const auto first = at + a;
    if (first >= line.size() || (line[first] != '.' && line[first] != '/' && line[first] != '-')) return at;
    const auto b = digits_from(line, first + 1);
    const auto second = first + 1 + b;
    if (b == 0 || b > 2 || second >= line.size() || line[second] != line[first]) return at;
    const auto c = digits_from(line, second + 1);
    const auto end = second + 1 + c;
    if ((c != 2 && c != 4 && !(a == 4 && c == 1)) || (end < line.size() && is_alnum(line[end]))) return at;
    const int x = number(line.substr(at, a)), y = number(line.substr(first + 1, b)), z = number(line.substr(second + 1, c));
    if (a == 4) return c <= 2 && plausible(x, y, z) ? end : at;
    if (c == 2 && line[first] != '.') return at;   // "12/34/26" is rather a number
    return plausible(z, y, x) || plausible(z, x, y) ? end : at;
}

/// End of an amount with two decimals that begins at `at`, or `at`: 1.234,56 1,234.56 1'234.56 1234,56.
std::size_t amount_end(std::string_view line, std::size_t at) {
    auto end = at + digits_from(line, at);
    if (end == at) return at;
    bool grouped = false;
    while (end + 3 < line.size() && (line[end] == '.' || line[end] == ',' || line[end] == '\'') && digits_from(line, end + 1) == 3) {
        end += 4;
        grouped = true;
    }
    if (end >= line.size() || (line[end] != ',' && line[end] != '.')) return at;
    if (digits_from(line, end + 1) != 2) return at;
    if (!grouped && line[end] == '.' && end - at > 7) return at;
    const auto stop = end + 3;
    // "12.34.56" is no amount; neither is "4711.26-B".
    if (stop < line.size() && (is_alnum(line[stop]) || ((line[stop] == '.' || line[stop] == '-' || line[stop] == '/') && stop + 1 < line.size() && is_digit(line[stop + 1])))) return at;
    return stop;
}

/// End of a valid IBAN, in one piece or in blocks of four, that begins at `at`, or `at`.
std::size_t iban_end(std::string_view line, std::size_t at) {
    if (at + 15 > line.size() || !is_alpha(line[at]) || !is_alpha(line[at + 1]) || !is_digit(line[at + 2]) || !is_digit(line[at + 3])) return at;
    std::string country;
    for (char c : line.substr(at, 2)) country += c >= 'a' ? static_cast<char>(c - 32) : c;
    const auto length = iban_length(country);
    if (!length) return at;
    std::string iban;
    auto end = at;
    for (; end < line.size() && iban.size() < *length; ++end) {
        if (line[end] == ' ') continue;
        if (!is_digit(line[end]) && !is_alpha(line[end])) return at;
        iban += line[end];
    }
    return iban.size() == *length && is_valid_iban(iban) ? end : at;
}

bool ends_with_word(std::string_view before, std::initializer_list<std::string_view> words) {
    while (!before.empty() && !is_alnum(before.back())) before.remove_suffix(1);
    std::string upper;
    for (auto at = before.size(); at > 0 && is_alpha(before[at - 1]) && upper.size() < 12; --at)
        upper.insert(upper.begin(), before[at - 1] >= 'a' ? static_cast<char>(before[at - 1] - 32) : before[at - 1]);
    return std::find(words.begin(), words.end(), std::string_view{upper}) != words.end();
}

/// End of a telephone number: after its word, or with the plus of an international one.
std::size_t phone_end(std::string_view line, std::size_t at) {
    const bool plus = at > 0 && line[at - 1] == '+' && (at < 2 || !is_alnum(line[at - 2])) && at + 1 < line.size() && is_digit(line[at + 1]);
    const auto before = line.substr(0, at);
    if (!plus && !ends_with_word(before, {"TEL", "TELEFON", "PHONE", "FON", "FAX", "MOBIL", "MOBILE", "CALL", "TELEPHONE", "TELEFAX"})) return at;
    auto end = at;
    std::size_t digits = 0;
    for (auto i = at; i < line.size() && digits < 15; ++i) {
        if (is_digit(line[i])) {
            ++digits;
            end = i + 1;
        } else if (line[i] != ' ' && line[i] != '-' && line[i] != '/' && line[i] != '(' && line[i] != ')' && line[i] != '.') {
            break;
        }
    }
    return digits >= 6 ? end : at;
}

/// End of a tax number: after its word only; without it the number may be anything.
std::size_t tax_end(std::string_view line, std::size_t at) {
    if (!ends_with_word(line.substr(0, at), {"VAT", "UST", "IDNR", "USTID", "USTIDNR", "UID", "TVA", "MWST", "STEUERNR", "STNR", "TAX", "TIN", "IVA", "PIVA", "NIP", "SIREN", "SIRET"}))
        return at;
    auto end = at;
    std::size_t digits = 0;
    while (end < line.size() && (is_digit(line[end]) || is_alpha(line[end]) || line[end] == '/' || line[end] == '.' || line[end] == '-')) {
        digits += is_digit(line[end]) ? 1 : 0;
        ++end;
    }
    return digits >= 7 ? end : at;
}

}  // namespace

std::string without_other_numbers(std::string_view line) {
    std::string out{line};
    for (std::size_t at = 0; at < line.size();) {
        if (!is_alnum(line[at]) || (at > 0 && is_alnum(line[at - 1]))) {
            ++at;
            continue;
        }
        auto end = at;
        // Words without a digit near their beginning are none of these.
        const auto head = line.substr(at, 4);
        if (std::any_of(head.begin(), head.end(), is_digit)) end = std::max(iban_end(line, at), tax_end(line, at));
        if (is_digit(line[at])) end = std::max({end, phone_end(line, at), date_end(line, at), amount_end(line, at)});
        if (end == at) {
            ++at;
            continue;
        }
        std::fill(out.begin() + static_cast<std::ptrdiff_t>(at), out.begin() + static_cast<std::ptrdiff_t>(end), '\x01');
        at = end;
    }
    return out;
}

bool reads_as_day(std::string_view digits) {
    if (digits.size() != 8 && digits.size() != 6) return false;
    const auto part = [&](std::size_t at, std::size_t length) { return number(digits.substr(at, length)); };
    if (digits.size() == 8) {
        const auto recent = [](int year) { return year >= 2015 && year <= 2040; };
        return (recent(part(0, 4)) && plausible(part(0, 4), part(4, 2), part(6, 2))) ||
               (recent(part(4, 4)) && (plausible(part(4, 4), part(2, 2), part(0, 2)) || plausible(part(4, 4), part(0, 2), part(2, 2))));
    }
    const auto recent = [](int year) { return year >= 20 && year <= 35; };
    return (recent(part(0, 2)) && plausible(part(0, 2), part(2, 2), part(4, 2))) || (recent(part(4, 2)) && plausible(part(4, 2), part(2, 2), part(0, 2)));
}

}  // namespace owed::cash::detail
