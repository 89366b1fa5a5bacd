#include "formats/csv/dates.hpp"

#include <algorithm>
#include <array>

#include "formats/csv/csv.hpp"
#include "owed/ascii.hpp"

namespace owed::formats::csv {
namespace {

/// What files were seen to use. Compact and two-digit years are here so that they are found to be ambiguous, not misread.
/// With dots the day stands first in every country that writes dots (and German banks send 02.04.26 in daily files of two
/// rows), so a month before a dot is not looked for; a profile may still give it.
constexpr std::array notations{
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d",
    "%Y%m%d",   "%d%m%Y",   "%m%d%Y",   "%y%m%d",   "%d%m%y",   "%m%d%y",   "%d-%b-%Y", "%d-%b-%y", "%d %b %Y",
    "%d %b %y", "%d. %b %Y", "%b %d, %Y", "%d/%b/%Y", "%d/%b/%y", "%d%b%Y",
};

struct MonthName {
    std::string_view name;
    int month;
};
/// Lower case; accents as UTF-8. A name means the same month in every language that has it.
constexpr MonthName month_names[]{
    {"jan", 1}, {"january", 1}, {"januar", 1}, {"jänner", 1}, {"janv", 1}, {"janvier", 1}, {"ene", 1}, {"enero", 1}, {"gen", 1}, {"gennaio", 1}, {"januari", 1},
    {"feb", 2}, {"february", 2}, {"februar", 2}, {"févr", 2}, {"fév", 2}, {"février", 2}, {"febrero", 2}, {"febbraio", 2}, {"februari", 2},
    {"mar", 3}, {"march", 3}, {"mär", 3}, {"mrz", 3}, {"märz", 3}, {"mars", 3}, {"marzo", 3}, {"mrt", 3}, {"maart", 3},
    {"apr", 4}, {"april", 4}, {"avr", 4}, {"avril", 4}, {"abr", 4}, {"abril", 4}, {"aprile", 4},
    {"may", 5}, {"mai", 5}, {"mayo", 5}, {"mag", 5}, {"maggio", 5}, {"mei", 5},
    {"jun", 6}, {"june", 6}, {"juni", 6}, {"juin", 6}, {"junio", 6}, {"giu", 6}, {"giugno", 6},
    {"jul", 7}, {"july", 7}, {"juli", 7}, {"juil", 7}, {"juillet", 7}, {"julio", 7}, {"lug", 7}, {"luglio", 7},
    {"aug", 8}, {"august", 8}, {"août", 8}, {"ago", 8}, {"agosto", 8}, {"augustus", 8},
    {"sep", 9}, {"sept", 9}, {"september", 9}, {"septembre", 9}, {"septiembre", 9}, {"set", 9}, {"settembre", 9},
    {"oct", 10}, {"october", 10}, {"okt", 10}, {"oktober", 10}, {"octobre", 10}, {"octubre", 10}, {"ott", 10}, {"ottobre", 10},
    {"nov", 11}, {"november", 11}, {"novembre", 11}, {"noviembre", 11},
    {"dec", 12}, {"december", 12}, {"dez", 12}, {"dezember", 12}, {"déc", 12}, {"décembre", 12}, {"dic", 12}, {"diciembre", 12}, {"dicembre", 12},
};


struct Fields {
    int year = -1, month = -1, day = -1;
};

/// `least` to `most` digits off the front; -1 when there are fewer.
int take_digits(std::string_view& rest, std::size_t least, std::size_t most) {
    std::size_t n = 0;
    int value = 0;
    while (n < most && n < rest.size() && is_digit(rest[n])) value = value * 10 + (rest[n++] - '0');
    if (n < least) return -1;
    rest.remove_prefix(n);
    return value;
}

/// A letter: ASCII, or a byte of a longer UTF-8 character (ä, é, û).
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (static_cast<unsigned char>(c) & 0x80); }

int take_month_name(std::string_view& rest) {
    std::string name;
    std::size_t n = 0;
    while (n < rest.size() && is_letter(rest[n]) && n < 12) {
        char c = rest[n++];
        name += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    for (const MonthName& known : month_names) {
        if (name != known.name) continue;
        rest.remove_prefix(n);
        if (rest.starts_with('.')) rest.remove_prefix(1);
        return known.month;
    }
    return -1;
}

bool take(std::string_view notation, std::string_view& rest, Fields& out) {
    for (std::size_t i = 0; i < notation.size(); ++i) {
        if (notation[i] != '%') {
            if (rest.empty() || rest.front() != notation[i]) return false;
            rest.remove_prefix(1);
            continue;
        }
        char letter = notation[++i];
        bool glued = (i >= 3 && notation[i - 3] == '%') || (i + 1 < notation.size() && notation[i + 1] == '%');
        std::size_t least = glued ? 2 : 1;
        int* field = letter == 'd' ? &out.day : letter == 'm' || letter == 'b' ? &out.month : &out.year;
        if (letter == 'Y') *field = take_digits(rest, 4, 4);
        else if (letter == 'y') *field = take_digits(rest, 2, 2);
        else if (letter == 'b') *field = take_month_name(rest);
        else *field = take_digits(rest, least, 2);
        if (*field < 0) return false;
        if (letter == 'y') *field += *field < 69 ? 2000 : 1900;
    }
    return true;
}

/// "", " 14:05", "T23:30:00.000Z", " 09:15:00 +0100", " 2:05 PM".
bool is_time_of_day(std::string_view rest) {
    if (rest.empty()) return true;
    if (rest.front() != ' ' && rest.front() != 'T') return false;
    rest.remove_prefix(1);
    int hour = take_digits(rest, 1, 2);
    if (hour < 0 || hour > 24 || !rest.starts_with(':')) return false;
    rest.remove_prefix(1);
    int minute = take_digits(rest, 2, 2);
    if (minute < 0 || minute > 59) return false;
    for (char c : rest)
        if (!is_digit(c) && std::string_view{":.,+-Z APMapm"}.find(c) == std::string_view::npos) return false;
    return rest.size() <= 20;
}

std::optional<Fields> fields_of(std::string_view notation, std::string_view cell) {
    Fields f;
    std::string_view rest = cell;
    if (!take(notation, rest, f) || !is_time_of_day(rest)) return {};
    return f;
}

}  // namespace

Result<DateFormat> DateFormat::of(std::string_view notation) {
    const std::string advice = "write it like %Y-%m-%d or %d.%m.%Y; letters: %Y %y %m %b %d";
    int years = 0, months = 0, days = 0;
    for (std::size_t i = 0; i < notation.size(); ++i) {
        if (notation[i] != '%') {
            if (is_digit(notation[i])) return fail(Errc::invalid_config, "date format " + shown(notation) + " has digits in it", {}, advice);
            continue;
        }
        char letter = i + 1 < notation.size() ? notation[++i] : '\0';
        if (letter == 'Y' || letter == 'y') ++years;
        else if (letter == 'm' || letter == 'b') ++months;
        else if (letter == 'd') ++days;
        else return fail(Errc::invalid_config, "date format " + shown(notation) + " has a letter after % that is not known", {}, advice);
    }
    if (years != 1 || months != 1 || days != 1)
        return fail(Errc::invalid_config, "date format " + shown(notation) + " needs a year, a month and a day, once each", {}, advice);
    return DateFormat{std::string{notation}};
}

Result<Date> DateFormat::parse(std::string_view cell) const {
    auto f = fields_of(notation_, cell);
    if (!f) return fail(Errc::malformed_input, shown(cell) + " is not a date as " + notation_ + " writes it");
    auto date = Date::of(f->year, f->month, f->day);
    if (!date) return fail(Errc::malformed_input, shown(cell) + ": there is no such day (read as " + notation_ + ")");
    return *date;
}

std::optional<Date> DateFormat::try_parse(std::string_view cell) const {
    auto f = fields_of(notation_, cell);
    if (!f || f->month < 1 || f->month > 12 || f->day < 1 || f->day > 31) return {};
    auto date = Date::of(f->year, f->month, f->day);
    if (!date) return {};
    return *date;
}

DateProof::DateProof(std::optional<DateFormat> given) {
    static const std::vector<DateFormat> known = [] {
        std::vector<DateFormat> out;
        for (const char* notation : notations) out.push_back(*DateFormat::of(notation));
        return out;
    }();
    if (given) formats_.push_back(*given);
    else formats_ = known;
    for (std::size_t i = 0; i < formats_.size(); ++i) left_.push_back(i);
}

Status DateProof::see(std::string_view cell, std::size_t offset) {
    if (conflict_) return {};
    if (left_.size() == 1 && formats_[left_.front()].try_parse(cell)) {
        if (last_good_.empty()) last_good_ = cell;
        return {};
    }
    std::vector<std::pair<std::size_t, Date>> fits;
    for (std::size_t i : left_)
        if (auto date = formats_[i].try_parse(cell)) fits.emplace_back(i, *date);
    if (fits.empty()) return see_misfit(cell, offset);
    if (fits.size() < left_.size()) {
        left_.clear();
        for (const auto& fit : fits) left_.push_back(fit.first);
    }
    last_good_ = cell;
    for (std::size_t a = 0; a < fits.size(); ++a)
        for (std::size_t b = a + 1; b < fits.size(); ++b)
            if (fits[a].second != fits[b].second) note_doubt(fits[a].first, fits[b].first, cell, offset);
    return {};
}

/// A cell that fits no notation of the cells before it: a date of another notation, or no date at all.
Status DateProof::see_misfit(std::string_view cell, std::size_t offset) {
    if (formats_.size() == 1) return formats_.front().parse(cell).map([](Date) {});
    bool other = std::any_of(formats_.begin(), formats_.end(), [&](const DateFormat& f) { return f.try_parse(cell).has_value(); });
    if (!other) return fail(Errc::malformed_input, shown(cell) + " is not a date");
    conflict_ = Fault{shown(cell) + " and " + shown(last_good_) + " are dates of two notations in one column", offset};
    return {};
}

void DateProof::note_doubt(std::size_t a, std::size_t b, std::string_view cell, std::size_t offset) {
    for (const Doubt& doubt : doubts_)
        if (doubt.a == a && doubt.b == b) return;
    doubts_.push_back({a, b, std::string{cell}, offset});
}

tl::expected<DateFormat, DateProof::Fault> DateProof::result(const std::optional<DateFormat>& beside) const {
    if (conflict_) return tl::unexpected{*conflict_};
    if (beside) {
        for (std::size_t i : left_)
            if (formats_[i].notation() == beside->notation()) return *beside;
    }
    auto is_left = [&](std::size_t i) { return std::find(left_.begin(), left_.end(), i) != left_.end(); };
    for (const Doubt& doubt : doubts_) {
        if (!is_left(doubt.a) || !is_left(doubt.b)) continue;
        const DateFormat &one = formats_[doubt.a], &two = formats_[doubt.b];
        return tl::unexpected{Fault{shown(doubt.cell) + " is " + to_text(*one.parse(doubt.cell)) + " as " + one.notation() + " and " +
                                        to_text(*two.parse(doubt.cell)) + " as " + two.notation() + ", and no other date of the column decides it",
                                    doubt.offset}};
    }
    return formats_[left_.front()];
}

tl::expected<std::vector<DateFormat>, DateProof::Fault> prove_columns(const std::vector<const DateProof*>& columns) {
    std::optional<DateFormat> proven;
    bool one_notation = true;
    for (const DateProof* column : columns) {
        auto result = column->result();
        if (!result || !column->is_decided()) continue;
        if (proven && proven->notation() != result->notation()) one_notation = false;
        proven = *result;
    }
    if (!one_notation) proven.reset();
    std::vector<DateFormat> out;
    for (const DateProof* column : columns) {
        auto result = column->result();
        if (!result) result = column->result(proven);
        if (!result) return tl::unexpected{result.error()};
        out.push_back(*result);
    }
    return out;
}

}  // namespace owed::formats::csv
