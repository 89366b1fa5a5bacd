#include <algorithm>
#include <charconv>

#include "jobs/jobs.hpp"

namespace owed::jobs {
namespace {

struct Field {
    const char* name;
    int lowest, highest;
    const char* const* names;   ///< three-letter names from `lowest` on; nullptr: none
};
constexpr const char* month_names[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC", nullptr};
constexpr const char* day_names[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", nullptr};
constexpr Field fields[] = {{"minute", 0, 59, nullptr}, {"hour", 0, 23, nullptr}, {"day of month", 1, 31, nullptr},
                            {"month", 1, 12, month_names}, {"day of week", 0, 7, day_names}};

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t start = 0; start <= text.size();) {
        const auto end = std::min(text.find(separator, start), text.size());
        parts.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    return parts;
}

Result<int> value_of(std::string_view text, const Field& field) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc{} && end == text.data() + text.size() && value >= field.lowest && value <= field.highest) return value;
    if (field.names != nullptr) {
        std::string upper{text};
        for (auto& c : upper)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
        for (int i = 0; field.names[i] != nullptr; ++i)
            if (upper == field.names[i]) return field.lowest + i;
    }
    return fail(Errc::malformed_input, "the " + std::string{field.name} + " \"" + std::string{text} + "\" is not from " +
                                           std::to_string(field.lowest) + " to " + std::to_string(field.highest) +
                                           (field.names != nullptr ? " nor a three-letter name" : ""));
}

/// One element of a list: "*", "*/10", "6-20", "6-20/2", "MON".
Status add_element(std::string_view element, const Field& field, std::bitset<64>& set) {
    int step = 1;
    if (const auto slash = element.find('/'); slash != std::string_view::npos) {
        const auto digits = element.substr(slash + 1);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
        if (error != std::errc{} || end != digits.data() + digits.size() || step < 1 || step > field.highest)
            return fail(Errc::malformed_input, "the step \"" + std::string{digits} + "\" of the " + field.name + " is not a positive number");
        element = element.substr(0, slash);
    }
    int from = field.lowest, to = field.highest;
    if (element != "*") {
        const auto dash = element.find('-');
        OWED_TRY(from, value_of(element.substr(0, dash), field));
        to = step > 1 && dash == std::string_view::npos ? field.highest : from;
        if (dash != std::string_view::npos) {
            OWED_TRY(to, value_of(element.substr(dash + 1), field));
        }
        if (to < from) return fail(Errc::malformed_input, "the range \"" + std::string{element} + "\" of the " + field.name + " runs backwards");
    }
    for (int value = from; value <= to; value += step) set.set(static_cast<std::size_t>(value));
    return {};
}

Result<std::bitset<64>> parse_field(std::string_view text, const Field& field) {
    std::bitset<64> set;
    for (auto element : split(text, ',')) OWED_TRY_VOID(add_element(element, field, set));
    return set;
}

template <std::size_t N>
void copy(const std::bitset<64>& from, std::bitset<N>& to) {
    for (std::size_t i = 0; i < N; ++i) to[i] = from[i];
}

}  // namespace

Result<Cron> Cron::parse(std::string_view expression) {
    std::vector<std::string_view> parts;
    for (auto part : split(expression, ' '))
        if (!part.empty()) parts.push_back(part);
    if (parts.size() != 5)
        return fail(Errc::malformed_input, "\"" + std::string{expression} + "\" has " + std::to_string(parts.size()) +
                                               " fields; a schedule has five: minute hour day-of-month month day-of-week");
    std::array<std::bitset<64>, 5> sets;
    for (std::size_t i = 0; i < 5; ++i) {
        OWED_TRY(sets[i], parse_field(parts[i], fields[i]));
    }
    if (sets[4][7]) sets[4].set(0);  // Sunday is 0 or 7
    Cron cron;
    cron.text_ = std::string{expression};
    copy(sets[0], cron.minutes_);
    copy(sets[1], cron.hours_);
    copy(sets[2], cron.days_);
    copy(sets[3], cron.months_);
    copy(sets[4], cron.weekdays_);
    cron.any_day_ = parts[2].front() == '*';
    cron.any_weekday_ = parts[4].front() == '*';
    return cron;
}

std::optional<Instant> Cron::next(Instant after, const Zone& zone) const {
    const auto first = zone.date_at(after);
    // Eight years reach every leap day, over the turn of a century too.
    for (int offset = 0; offset <= 8 * 366; ++offset) {
        const auto day = first.plus_days(offset);
        if (!months_[static_cast<std::size_t>(day.month())]) continue;
        const bool by_day = days_[static_cast<std::size_t>(day.day())];
        const bool by_weekday = weekdays_[static_cast<std::size_t>(day.weekday()) % 7];
        const bool wanted = any_day_ || any_weekday_ ? by_day && by_weekday : by_day || by_weekday;
        if (!wanted) continue;
        for (int hour = 0; hour < 24; ++hour) {
            if (!hours_[static_cast<std::size_t>(hour)]) continue;
            for (int minute = 0; minute < 60; ++minute) {
                if (!minutes_[static_cast<std::size_t>(minute)]) continue;
                const auto at = zone.instant_of(day, hour * 60 + minute);
                if (at > after) return at;
            }
        }
    }
    return {};
}

}  // namespace owed::jobs
