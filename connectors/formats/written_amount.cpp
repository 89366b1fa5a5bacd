#include "formats/written_amount.hpp"

#include <algorithm>
#include <limits>

#include "owed/currency.hpp"
#include "owed/money.hpp"

namespace owed::formats {
namespace {

constexpr std::size_t nano_digits = 9;
constexpr std::size_t length_max = 60;  // longer ones are no amounts, whatever they are

struct Parts {
    bool negative = false;
    std::string_view whole, decimals;
};

bool all_digits(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<Parts> take_apart(std::string_view text) {
    Parts parts;
    std::string_view rest = text;
    if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
        parts.negative = rest.front() == '-';
        rest.remove_prefix(1);
    }
    const std::size_t point = rest.find('.');
    parts.whole = rest.substr(0, point);
    if (point != std::string_view::npos) parts.decimals = rest.substr(point + 1);
    if (text.size() > length_max || (parts.whole.empty() && parts.decimals.empty()) || !all_digits(parts.whole) ||
        !all_digits(parts.decimals)) {
        return fail(Errc::malformed_input, "\"" + std::string{text.substr(0, 40)} +
                                               "\" is not an amount; expected digits with at most one decimal point");
    }
    return parts;
}

/// `whole` and the first `digits` decimals as one number, missing decimals as zeros. 60 characters fit in 128 bits only
/// to 1e38, so the growth is stopped far above what is accepted.
Result<Nano> count(const Parts& parts, std::size_t digits, Nano limit) {
    Nano n = 0;
    const auto push = [&](char c) {
        n = n * 10 + (c - '0');
        return n <= limit;
    };
    bool fits = std::all_of(parts.whole.begin(), parts.whole.end(), push);
    for (std::size_t i = 0; fits && i < digits; ++i) fits = push(i < parts.decimals.size() ? parts.decimals[i] : '0');
    if (!fits) return fail(Errc::amount_overflow, "the amount is beyond what can be booked (4.5e18 minor units)");
    return n;
}

}  // namespace

WrittenAmount WrittenAmount::negated() const {
    WrittenAmount other = *this;
    other.amount.units = -amount.units;
    other.exact = -exact;
    return other;
}

Result<WrittenAmount> read_amount(std::string_view text, std::string_view currency) {
    OWED_TRY(const Parts parts, take_apart(text));
    std::size_t digits = std::min(parts.decimals.size(), nano_digits);
    if (!currency.empty()) {
        OWED_TRY(const Currency known, find_currency(currency));
        digits = known.minor_digits;
    }
    OWED_TRY(Nano units, count(parts, digits, money_units_max));
    OWED_TRY(Nano exact, count(parts, nano_digits, static_cast<Nano>(money_units_max) * 1'000'000'000));
    WrittenAmount written;
    written.text = text;
    if (parts.decimals.size() > digits) {
        const std::string_view excess = parts.decimals.substr(digits);
        written.rounded = excess.find_first_not_of('0') != std::string_view::npos;
        if (excess.front() >= '5') ++units;
    }
    const int sign = parts.negative ? -1 : 1;
    written.amount = {static_cast<std::int64_t>(units) * sign, static_cast<std::uint8_t>(digits), std::string{currency}};
    written.exact = exact * sign;
    return written;
}

std::string to_text(Nano sum) {
    const bool negative = sum < 0;
    if (negative) sum = -sum;
    std::string digits;
    for (; sum > 0 || digits.size() <= nano_digits; sum /= 10) digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(sum % 10)));
    digits.insert(digits.size() - nano_digits, 1, '.');
    while (digits.back() == '0' && digits[digits.size() - 3] != '.') digits.pop_back();
    return negative ? "-" + digits : digits;
}

}  // namespace owed::formats
