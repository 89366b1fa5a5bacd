#include "formats/mt940/values.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "owed/ascii.hpp"

namespace owed::formats::mt940 {
namespace {

bool all_digits(std::string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), is_digit); }
int number(std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value * 10 + (c - '0');
    return value;
}
std::string quoted(std::string_view text) { return "\"" + std::string{text.substr(0, 40)} + "\""; }

}  // namespace

ReadDate read_date(std::string_view text) {
    if (text == "000000") return {};
    if (text.size() != 6 || !all_digits(text)) return {std::nullopt, true};
    const int year = number(text.substr(0, 2));
    if (auto date = Date::of(year >= 80 ? 1900 + year : 2000 + year, number(text.substr(2, 2)), number(text.substr(4, 2)))) return {*date, false};
    return {std::nullopt, true};
}

ReadDate read_entry_date(std::string_view text, std::optional<Date> value_date) {
    if (text.empty() || text == "0000") return {};
    const int month = number(text.substr(0, 2)), day = number(text.substr(2, 2));
    if (!value_date) return {std::nullopt, !Date::of(2000, month, day)};  // 2000 has every day there is
    std::optional<Date> nearest;
    for (int year = value_date->year() - 1; year <= value_date->year() + 1; ++year) {
        const auto date = Date::of(year, month, day);
        if (!date) continue;
        if (!nearest || std::abs(days_between(*value_date, *date)) < std::abs(days_between(*value_date, *nearest))) nearest = *date;
    }
    return {nearest, !nearest};
}

Result<ReadAmount> read_amount(std::string_view text, const std::string& currency) {
    std::uint8_t minor_digits = 2;
    if (const auto known = find_currency(currency)) minor_digits = known->minor_digits;
    const std::size_t comma = text.find_first_of(",.");
    const std::string_view whole = text.substr(0, comma);
    std::string_view fraction = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (fraction.find_first_of(",.") != std::string_view::npos) return fail(Errc::malformed_input, "amount " + quoted(text) + " has two decimal commas; one is allowed");
    if ((whole.empty() && fraction.empty()) || (!whole.empty() && !all_digits(whole)) || (!fraction.empty() && !all_digits(fraction)))
        return fail(Errc::malformed_input, quoted(text) + " is no amount; digits with one decimal comma were expected");
    while (fraction.size() > minor_digits && fraction.back() == '0') fraction.remove_suffix(1);
    if (fraction.size() > 8) return fail(Errc::malformed_input, "amount " + quoted(text) + " has more than eight decimals");
    ReadAmount read;
    read.excess = fraction.size() > minor_digits;
    read.amount = {0, std::max(minor_digits, static_cast<std::uint8_t>(fraction.size())), currency};
    std::string digits = std::string{whole} + std::string{fraction};
    digits.append(read.amount.digits - fraction.size(), '0');
    for (const char c : digits)
        if (__builtin_mul_overflow(read.amount.units, std::int64_t{10}, &read.amount.units) ||
            __builtin_add_overflow(read.amount.units, std::int64_t{c - '0'}, &read.amount.units) || read.amount.units > money_units_max)
            return fail(Errc::amount_overflow, "amount " + quoted(text) + " is beyond what can be booked");
    return read;
}

CurrencyKind kind_of_currency(std::string_view code) {
    if (find_currency(code)) return CurrencyKind::current;
    // Those that statements still name: what the euro and redenominations replaced.
    static constexpr std::array<std::string_view, 27> withdrawn{"ATS", "AZM", "BEF", "BGL", "CSK", "CYP", "DEM", "EEK", "ESP", "FIM", "FRF", "GRD", "HRK", "IEP",
                                                                "ITL", "LTL", "LUF", "LVL", "MTL", "NLG", "PLZ", "PTE", "ROL", "RUR", "SIT", "SKK", "TRL"};
    return std::find(withdrawn.begin(), withdrawn.end(), code) != withdrawn.end() ? CurrencyKind::withdrawn : CurrencyKind::unknown;
}

Result<ReadBalance> read_balance(std::string_view text, const std::string& fallback) {
    text = trimmed(text);
    if (text.size() < 8 || (text[0] != 'C' && text[0] != 'D') || !all_digits(text.substr(1, 6)))
        return fail(Errc::malformed_input, "balance " + quoted(text) + " is not C or D, YYMMDD, currency, amount");
    ReadBalance read;
    const ReadDate date = read_date(text.substr(1, 6));
    read.balance.date = date.date;
    read.impossible_date = date.impossible;
    std::string_view rest = trimmed(text.substr(7));
    std::string currency = fallback;
    if (rest.size() >= 3 && is_capital(rest[0]) && is_capital(rest[1]) && is_capital(rest[2])) {
        currency = rest.substr(0, 3);
        rest = trimmed(rest.substr(3));
    }
    if (rest.size() > 1 && rest[0] == 'O' && is_digit(rest[1])) {  // "EURO0,00"
        read.odd_currency = true;
        rest.remove_prefix(1);
    }
    OWED_TRY(const ReadAmount amount, read_amount(rest, currency));
    read.excess = amount.excess;
    read.balance.amount = amount.amount;
    if (text[0] == 'D') read.balance.amount.units = -read.balance.amount.units;
    return read;
}

namespace {

/// Reads what stands in front of the references; `at` moves. False: this is no statement line, as far as `at`.
bool read_head(std::string_view s, StatementLine& line, std::size_t& at) {
    auto skip_blanks = [&] {
        while (at < s.size() && s[at] == ' ') ++at;
    };
    auto digits = [&](std::size_t n) { return at + n <= s.size() && all_digits(s.substr(at, n)); };
    skip_blanks();
    if (!digits(6)) return false;
    line.value_date = s.substr(at, 6);
    at += 6;
    skip_blanks();  // ASN fills a missing entry date with blanks
    if (digits(4)) {
        line.entry_date = s.substr(at, 4);
        at += 4;
        skip_blanks();
    }
    if (at < s.size() && (s[at] == 'R' || s[at] == 'E')) line.mark += s[at++];
    if (at >= s.size() || (s[at] != 'C' && s[at] != 'D')) return false;
    line.mark += s[at++];
    // "CR1,00" is a credit in euR; "RC1,00" was a reversal of a credit: a letter behind the mark is the funds code.
    if (at + 1 < s.size() && is_capital(s[at]) && is_digit(s[at + 1])) line.funds = s[at++];
    skip_blanks();
    const std::size_t amount_at = at;
    while (at < s.size() && (is_digit(s[at]) || s[at] == ',' || s[at] == '.')) ++at;
    line.amount = s.substr(amount_at, at - amount_at);
    return !line.amount.empty();
}

/// Type and references, from `at` on.
bool read_tail(std::string_view s, StatementLine& line, std::size_t at) {
    while (at < s.size() && s[at] == ' ') ++at;
    if (at >= s.size() || !is_capital(s[at])) return false;
    line.type = trimmed(s.substr(at, 4));
    const std::string_view references = s.substr(std::min(at + 4, s.size()));
    // References of 35 characters occur, so the double slash alone parts them.
    const std::size_t slashes = references.find("//");
    line.customer_ref = trimmed(references.substr(0, slashes));
    if (slashes != std::string_view::npos) line.bank_ref = trimmed(references.substr(slashes + 2));
    return true;
}

/// "NON" and "REF" on two lines, or a reference cut off behind its slashes.
bool is_cut(const StatementLine& line, std::string_view first, std::string_view second) {
    if (first.ends_with('/')) return true;
    return !line.customer_ref.empty() && line.bank_ref.empty() && line.customer_ref != "NONREF" && line.customer_ref + std::string{trimmed(second)} == "NONREF";
}

}  // namespace

Result<StatementLine> read_statement_line(std::string_view value) {
    const std::size_t end = value.find('\n');
    const std::string_view first = value.substr(0, end);
    const std::string_view rest = end == std::string_view::npos ? std::string_view{} : value.substr(end + 1);
    const std::string_view second = rest.substr(0, rest.find('\n'));
    const std::string_view third = rest.size() > second.size() ? rest.substr(second.size() + 1) : std::string_view{};

    StatementLine line;
    std::size_t at = 0;
    const bool good = read_head(first, line, at) && read_tail(first, line, at);
    if (good && !is_cut(line, first, second)) {
        line.supplementary = rest;
        return line;
    }
    if (!second.empty()) {
        const std::string both = std::string{first} + std::string{second};
        StatementLine whole;
        std::size_t whole_at = 0;
        if (read_head(both, whole, whole_at) && read_tail(both, whole, whole_at)) {
            whole.supplementary = third;
            return whole;
        }
    }
    if (good) {
        line.supplementary = rest;
        return line;
    }
    StatementLine part;
    at = 0;
    if (!read_head(first, part, at))
        return fail(Errc::malformed_input, "entry " + quoted(first) + " is not value date, entry date, C or D, amount, type and reference", std::to_string(at + 1),
                    "ask the bank to send the file again");
    return fail(Errc::malformed_input, "entry " + quoted(first) + " has no transaction type behind its amount", std::to_string(at + 1), "ask the bank to send the file again");
}

}  // namespace owed::formats::mt940
