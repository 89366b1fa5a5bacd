#include "formats/bai2/fields.hpp"

#include <algorithm>
#include <utility>

#include "owed/ascii.hpp"

namespace owed::formats::bai2 {
namespace {

bool all_digits(std::string_view s) { return !s.empty() && std::all_of(s.begin(), s.end(), is_digit); }
bool is_number(std::string_view s) {
    if (!s.empty() && (s[0] == '+' || s[0] == '-')) s.remove_prefix(1);
    return all_digits(s);
}

}  // namespace

std::string Place::text() const {
    return std::string{file} + ":" + std::to_string(record->line) + ":" + std::to_string(record->column);
}

FieldList::FieldList(std::string_view file, const RawRecord* first, const RawRecord* last)
    : file_{file}, at_{first}, last_{last}, rest_{first->body} {}

std::string_view FieldList::next() {
    if (!open_) {
        if (at_ + 1 >= last_) return {};
        ++at_;
        rest_ = at_->body;
        open_ = true;
    }
    const std::size_t comma = rest_.find(',');
    const std::string_view field = rest_.substr(0, comma);
    if (comma == std::string_view::npos) {
        rest_ = {};
        open_ = false;
    } else {
        rest_.remove_prefix(comma + 1);
    }
    return trimmed(field);
}

std::optional<std::string_view> FieldList::peek(std::size_t ahead) const {
    FieldList copy = *this;
    for (; ahead > 0 && !copy.done(); --ahead) copy.next();
    if (copy.done()) return std::nullopt;
    return copy.next();
}

std::string_view FieldList::rest_of_line() {
    if (!open_) return {};
    open_ = false;
    return std::exchange(rest_, {});
}

std::vector<const RawRecord*> FieldList::remaining_lines() const {
    std::vector<const RawRecord*> lines;
    for (const RawRecord* line = at_ + 1; line < last_; ++line) lines.push_back(line);
    return lines;
}

Result<std::optional<std::int64_t>> parse_amount(std::string_view text, const Place& place) {
    if (text.empty()) return std::optional<std::int64_t>{};
    const bool negative = text[0] == '-';
    std::string_view digits = text;
    if (negative || text[0] == '+') digits.remove_prefix(1);
    if (!all_digits(digits))
        return fail(Errc::malformed_input, "\"" + std::string{text.substr(0, 40)} + "\" is no amount; BAI2 has a sign and digits, without a decimal point", place.text(),
                    "ask the bank to send the file again");
    std::int64_t value = 0;
    for (const char c : digits) {
        if (__builtin_mul_overflow(value, std::int64_t{10}, &value) || __builtin_add_overflow(value, std::int64_t{c - '0'}, &value) || value > money_units_max)
            return fail(Errc::amount_overflow, "the amount \"" + std::string{text.substr(0, 40)} + "\" is beyond what can be booked", place.text());
    }
    return std::optional{negative ? -value : value};
}

ReadDate read_date(std::string_view text) {
    if (text.empty()) return {std::nullopt, DateFault::absent};
    if ((text.size() != 6 && text.size() != 8) || !all_digits(text)) return {std::nullopt, DateFault::impossible};
    auto number = [&](std::size_t at, std::size_t size) {
        int value = 0;
        for (const char c : text.substr(at, size)) value = value * 10 + (c - '0');
        return value;
    };
    const std::size_t month_at = text.size() - 4;
    int year = number(0, month_at);
    if (text.size() == 6) year += year >= 80 ? 1900 : 2000;  // no bank files from before BAI, 1980
    auto date = Date::of(year, number(month_at, 2), number(month_at + 2, 2));
    if (!date) return {std::nullopt, DateFault::impossible};
    return {*date, DateFault::none};
}

bool is_time(std::string_view text) {
    if (text.empty() || text == "9999" || text == "2400") return true;  // both mean the end of the day
    return text.size() == 4 && all_digits(text) && text.substr(0, 2) < "24" && text.substr(2) < "60";
}

bool is_funds_type(std::string_view text) {
    return text.empty() || (text.size() == 1 && std::string_view{"Z012VSDzvsd"}.find(text[0]) != std::string_view::npos);
}

Result<Funds> take_funds(FieldList& fields) {
    const std::string_view type = fields.next();
    Funds funds;
    if (type.empty()) return funds;
    funds.type = type[0] >= 'a' && type[0] <= 'z' ? static_cast<char>(type[0] - 'a' + 'A') : type[0];
    if (funds.type == 'V') {
        funds.value_date = fields.next();
        if (!is_time(fields.peek().value_or("")))
            return fail(Errc::malformed_input, "\"" + std::string{*fields.peek()} + "\" is no time; funds type V has a date and a time", fields.place().text());
        fields.next();
    } else if (funds.type == 'S') {
        for (int i = 0; i < 3; ++i) OWED_TRY_VOID(parse_amount(fields.next(), fields.place()).map([](auto) {}));
    } else if (funds.type == 'D') {
        OWED_TRY(const auto count, parse_amount(fields.next(), fields.place()));
        const std::int64_t pairs = count.value_or(0);
        if (pairs < 0 || pairs > 10'000) return fail(Errc::malformed_input, "funds type D announces " + std::to_string(pairs) + " pairs", fields.place().text());
        for (std::int64_t i = 0; i < pairs * 2; ++i) {
            if (fields.done())
                return fail(Errc::malformed_input, "funds type D announces " + std::to_string(pairs) + " pairs, the record ends before", fields.place().text());
            OWED_TRY_VOID(parse_amount(fields.next(), fields.place()).map([](auto) {}));
        }
    }
    return funds;
}

Result<std::vector<Summary>> take_summaries(FieldList& fields) {
    std::vector<Summary> summaries;
    while (!fields.done()) {
        Summary summary;
        summary.type = fields.next();
        summary.where = fields.place().record;
        if (!summary.type.empty() && (summary.type.size() != 3 || !all_digits(summary.type)))
            return fail(Errc::malformed_input, "\"" + summary.type.substr(0, 20) + "\" is no type code; a summary has type, amount, count and funds type", fields.place().text(),
                        "ask the bank to send the file again");
        OWED_TRY(summary.amount, parse_amount(fields.next(), fields.place()));
        // At a line's end, ",/" means an empty field for some banks and the end for others: look at what follows.
        auto next_group_begins = [&] {
            const auto type = fields.peek(0), amount = fields.peek(1);
            return fields.at_break() && type && type->size() == 3 && all_digits(*type) && amount && is_number(*amount) && !is_funds_type(*amount);
        };
        if (!next_group_begins()) {
            const std::string_view count = fields.next();
            if (!count.empty() && !all_digits(count))
                return fail(Errc::malformed_input, "\"" + std::string{count.substr(0, 20)} + "\" is no item count", fields.place().text());
            summary.item_count = count;
            const auto funds = fields.peek();
            if (funds && is_funds_type(*funds)) OWED_TRY_VOID(take_funds(fields).map([](auto) {}));
            else if (funds && !(fields.at_break() && funds->size() == 3 && all_digits(*funds)))
                return fail(Errc::malformed_input, "\"" + std::string{funds->substr(0, 20)} + "\" is no funds type (Z, 0, 1, 2, V, S, D)", fields.place().text());
        }
        if (!summary.type.empty() || summary.amount) summaries.push_back(std::move(summary));
    }
    return summaries;
}

}  // namespace owed::formats::bai2
