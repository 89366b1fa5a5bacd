#include "owed/calendar.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace owed {
namespace {

constexpr std::array<std::string_view, 7> weekday_names{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
constexpr std::array<std::string_view, 6> nth_names{"last", "first", "second", "third", "fourth", "fifth"};
constexpr std::array<std::string_view, 6> convention_names{"unadjusted", "following", "preceding", "modified_following", "nearest", "count_working_days"};

constexpr unsigned bit(Weekday day) { return 1U << static_cast<unsigned>(day); }

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    std::size_t at = 0;
    while (at < text.size()) {
        const auto end = std::min(text.find(' ', at), text.size());
        if (end > at) words.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return words;
}

std::optional<int> number(std::string_view text) {
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

tl::unexpected<Error> no_holiday(std::string_view text) {
    return fail(Errc::malformed_input,
                "\"" + std::string{text.substr(0, 60)} + "\" is not a holiday; expected \"12-25\", \"2026-05-15\", \"easter -2\" or \"third monday 1\"", {},
                "\"07-04 sunday_to_monday\" moves a Sunday, \"06-19 from 2022\" begins in a year");
}

/// "12-25": there must be such a day in a leap year.
std::optional<HolidayRule> fixed_day(std::string_view word) {
    if (word.size() != 5 || word[2] != '-') return std::nullopt;
    const auto month = number(word.substr(0, 2)), day = number(word.substr(3));
    if (!month || !day || !Date::of(2024, *month, *day)) return std::nullopt;
    HolidayRule rule;
    rule.month = *month;
    rule.day = *day;
    return rule;
}

std::optional<HolidayRule> nth_weekday(std::string_view nth, std::string_view weekday, std::string_view month_text) {
    const auto which = std::find(nth_names.begin(), nth_names.end(), nth);
    const auto day = std::find(weekday_names.begin(), weekday_names.end(), weekday);
    const auto month = number(month_text);
    if (which == nth_names.end() || day == weekday_names.end() || !month || *month < 1 || *month > 12) return std::nullopt;
    HolidayRule rule;
    rule.form = HolidayRule::Form::nth_weekday;
    rule.nth = which == nth_names.begin() ? -1 : static_cast<int>(which - nth_names.begin());
    rule.weekday = static_cast<Weekday>(day - weekday_names.begin() + 1);
    rule.month = *month;
    return rule;
}

std::optional<HolidayRule> rule_of(std::vector<std::string_view>& words) {
    if (words.size() == 3) return nth_weekday(words[0], words[1], words[2]);
    if (words.size() == 2 && words[0] == "easter") {
        const auto offset = number(words[1]);
        if (!offset || *offset < -100 || *offset > 200) return std::nullopt;
        HolidayRule rule;
        rule.form = HolidayRule::Form::easter;
        rule.offset = *offset;
        return rule;
    }
    const bool moves = words.size() == 2 && words[1] == "sunday_to_monday";
    if (words.size() != 1 && !moves) return std::nullopt;
    if (auto rule = fixed_day(words[0])) {
        rule->sunday_to_monday = moves;
        return rule;
    }
    const auto date = parse_date(words[0]);
    if (!date || moves) return std::nullopt;
    HolidayRule rule;
    rule.form = HolidayRule::Form::date;
    rule.date = *date;
    return rule;
}

bool is_nth(const HolidayRule& rule, Date date) {
    if (date.month() != rule.month || date.weekday() != rule.weekday) return false;
    if (rule.nth < 0) return date.plus_days(7).month() != rule.month;
    return (date.day() - 1) / 7 + 1 == rule.nth;
}

bool falls_on(const HolidayRule& rule, Date date) {
    if (rule.from_year != 0 && date.year() < rule.from_year) return false;
    switch (rule.form) {
    case HolidayRule::Form::date: return date == rule.date;
    case HolidayRule::Form::nth_weekday: return is_nth(rule, date);
    case HolidayRule::Form::easter: return date == easter_sunday(date.year()).plus_days(rule.offset);
    case HolidayRule::Form::fixed: break;
    }
    if (date.month() == rule.month && date.day() == rule.day) return true;
    const auto before = date.plus_days(-1);
    return rule.sunday_to_monday && date.weekday() == Weekday::monday && before.month() == rule.month && before.day() == rule.day;
}

struct BuiltIn {
    std::string_view name;
    std::vector<std::string_view> holidays;
};

const std::vector<BuiltIn>& built_in() {
    static const std::vector<BuiltIn> all = {
        {"TARGET", {"01-01", "easter -2", "easter +1", "05-01", "12-25", "12-26"}},
        {"US-FED",
         {"01-01 sunday_to_monday", "third monday 1", "third monday 2", "last monday 5", "06-19 sunday_to_monday from 2022", "07-04 sunday_to_monday",
          "first monday 9", "second monday 10", "11-11 sunday_to_monday", "fourth thursday 11", "12-25 sunday_to_monday"}},
        {"DE", {"01-01", "easter -2", "easter +1", "05-01", "easter +39", "easter +50", "10-03", "12-25", "12-26"}},
        {"weekends", {}},
    };
    return all;
}

}  // namespace

Result<HolidayRule> parse_holiday(std::string_view text) {
    auto words = words_of(text);
    int from_year = 0;
    if (words.size() > 2 && words[words.size() - 2] == "from") {
        const auto year = number(words.back());
        if (!year || *year < 1900 || *year > 2999) return no_holiday(text);
        from_year = *year;
        words.resize(words.size() - 2);
    }
    auto rule = rule_of(words);
    if (!rule) return no_holiday(text);
    rule->from_year = from_year;
    return *rule;
}

Result<Calendar> Calendar::make(std::string name, std::vector<Weekday> weekend, std::vector<HolidayRule> holidays) {
    Calendar calendar;
    calendar.name_ = std::move(name);
    int weekend_days = 0;
    for (auto day : weekend) {
        weekend_days += (calendar.weekend_ & bit(day)) == 0 ? 1 : 0;
        calendar.weekend_ |= bit(day);
    }
    const auto refused = [&](const std::string& what) { return fail(Errc::invalid_argument, "calendar \"" + calendar.name_ + "\": " + what); };
    if (weekend_days > 4) return refused("a weekend has at most 4 days");
    for (auto& rule : holidays) {
        if (rule.form == HolidayRule::Form::date)
            calendar.single_.push_back(rule.date);
        else
            calendar.yearly_.push_back(rule);
        if (rule.form == HolidayRule::Form::fixed && !Date::of(2024, rule.month, rule.day)) return refused("a holiday falls on a day that no month has");
    }
    if (calendar.yearly_.size() > 60 || calendar.single_.size() > 2'000) return refused("at most 60 yearly holidays and 2,000 single days");
    std::sort(calendar.single_.begin(), calendar.single_.end());
    return calendar;
}

Calendar Calendar::weekends() {
    Calendar calendar;
    calendar.name_ = "weekends";
    calendar.weekend_ = bit(Weekday::saturday) | bit(Weekday::sunday);
    return calendar;
}

bool Calendar::is_weekend(Date date) const { return (weekend_ & bit(date.weekday())) != 0; }

bool Calendar::is_holiday(Date date) const {
    if (std::binary_search(single_.begin(), single_.end(), date)) return true;
    for (const auto& rule : yearly_)
        if (falls_on(rule, date)) return true;
    return false;
}

Date Calendar::next_working(Date date) const {
    while (!is_working(date)) date = date.plus_days(1);
    return date;
}

Date Calendar::previous_working(Date date) const {
    while (!is_working(date)) date = date.plus_days(-1);
    return date;
}

Date Calendar::plus_working_days(Date date, int n) const {
    for (; n > 0; --n) date = next_working(date.plus_days(1));
    return date;
}

Result<Calendar> find_calendar(std::string_view name) {
    std::string known;
    for (const auto& one : built_in()) {
        known += (known.empty() ? "" : ", ") + std::string{one.name};
        if (one.name != name) continue;
        std::vector<HolidayRule> holidays;
        for (auto text : one.holidays) {
            OWED_TRY(auto rule, parse_holiday(text));
            holidays.push_back(rule);
        }
        return Calendar::make(std::string{name}, {Weekday::saturday, Weekday::sunday}, std::move(holidays));
    }
    return fail(Errc::not_found, "there is no calendar \"" + std::string{name.substr(0, 60)} + "\"; built in are " + known, {}, "or define one");
}

Date easter_sunday(int year) {
    const int a = year % 19, b = year / 100, c = year % 100, d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
    const int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4, l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
    const int month = (h + l - 7 * m + 114) / 31, day = (h + l - 7 * m + 114) % 31 + 1;
    return Date::of(year, month, day).value_or(Date{});
}

std::string_view name_of(BusinessDay convention) noexcept { return convention_names[static_cast<std::size_t>(convention)]; }

std::optional<BusinessDay> find_business_day(std::string_view name) noexcept {
    for (std::size_t i = 0; i < convention_names.size(); ++i)
        if (convention_names[i] == name) return static_cast<BusinessDay>(i);
    return std::nullopt;
}

Date adjust(Date date, BusinessDay convention, const Calendar& calendar) {
    if (calendar.is_working(date)) return date;
    const auto after = calendar.next_working(date), before = calendar.previous_working(date);
    switch (convention) {
    case BusinessDay::unadjusted:
    case BusinessDay::count_working_days: return date;
    case BusinessDay::following: return after;
    case BusinessDay::preceding: return before;
    case BusinessDay::modified_following: return after.month() == date.month() ? after : before;
    case BusinessDay::nearest: return days_between(date, after) < days_between(before, date) ? after : before;
    }
    return date;
}

}  // namespace owed
