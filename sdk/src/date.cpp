#include "owed/date.hpp"

#include <date/date.h>
#include <date/tz.h>

#include <chrono>
#include <cstdio>

namespace owed {
namespace {

date::year_month_day civil(Date value) { return date::sys_days{date::days{value.days()}}; }

Date from_civil(date::year_month_day ymd) {
    return Date::from_days(static_cast<std::int32_t>(date::sys_days{ymd}.time_since_epoch().count()));
}

bool two_digits(std::string_view text, std::size_t at, int& out) {
    if (at + 2 > text.size()) return false;
    const char a = text[at], b = text[at + 1];
    if (a < '0' || a > '9' || b < '0' || b > '9') return false;
    out = (a - '0') * 10 + (b - '0');
    return true;
}

date::sys_time<std::chrono::microseconds> sys(Instant instant) {
    return date::sys_time<std::chrono::microseconds>{std::chrono::microseconds{instant.micros}};
}

date::local_time<std::chrono::microseconds> local(const void* zone, Instant instant) {
    return static_cast<const date::time_zone*>(zone)->to_local(sys(instant));
}

}  // namespace

Result<Date> Date::of(int year, int month, int day) {
    if (year >= 1900 && year <= 2999 && month >= 1 && month <= 12 && day >= 1 && day <= 31) {
        const auto ymd = date::year{year} / month / day;
        if (ymd.ok()) return from_civil(ymd);
    }
    char text[48];
    std::snprintf(text, sizeof text, "there is no day %04d-%02d-%02d", year, month, day);
    return fail(Errc::malformed_input, text);
}

int Date::year() const { return static_cast<int>(civil(*this).year()); }
int Date::month() const { return static_cast<int>(static_cast<unsigned>(civil(*this).month())); }
int Date::day() const { return static_cast<int>(static_cast<unsigned>(civil(*this).day())); }

Weekday Date::weekday() const {
    return static_cast<Weekday>(date::weekday{date::sys_days{date::days{days_}}}.iso_encoding());
}

Date Date::plus_months(int n) const {
    auto ymd = civil(*this) + date::months{n};
    if (!ymd.ok()) ymd = ymd.year() / ymd.month() / date::last;
    return from_civil(ymd);
}

Date Date::end_of_month() const {
    const auto ymd = civil(*this);
    return from_civil(ymd.year() / ymd.month() / date::last);
}

Result<Date> parse_date(std::string_view text) {
    int century = 0, year = 0, month = 0, day = 0;
    if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !two_digits(text, 0, century) ||
        !two_digits(text, 2, year) || !two_digits(text, 5, month) || !two_digits(text, 8, day))
        return fail(Errc::malformed_input,
                    "\"" + std::string{text.substr(0, 40)} + "\" is not a date; expected YYYY-MM-DD");
    return Date::of(century * 100 + year, month, day);
}

std::string to_text(Date value) {
    char text[16];
    std::snprintf(text, sizeof text, "%04d-%02d-%02d", value.year() % 10000, value.month(), value.day());
    return text;
}

std::string to_text(Instant instant) {
    const auto whole = date::floor<std::chrono::seconds>(sys(instant));
    std::string text = date::format("%FT%T", whole);
    const auto fraction = (sys(instant) - whole).count();
    if (fraction != 0) {
        char digits[16];
        std::snprintf(digits, sizeof digits, ".%06d", static_cast<int>(fraction % 1'000'000));
        text += digits;
    }
    return text + "Z";
}

Result<Instant> parse_instant(std::string_view text) {
    const auto malformed = [&] {
        return fail(Errc::malformed_input, "\"" + std::string{text.substr(0, 40)} +
                                               "\" is not an instant; expected YYYY-MM-DDTHH:MM:SSZ");
    };
    if (text.size() < 20 || (text[10] != 'T' && text[10] != ' ') || text[13] != ':' || text[16] != ':')
        return malformed();
    OWED_TRY(auto day, parse_date(text.substr(0, 10)));
    int hour = 0, minute = 0, second = 0;
    if (!two_digits(text, 11, hour) || !two_digits(text, 14, minute) || !two_digits(text, 17, second) || hour > 23 ||
        minute > 59 || second > 60)
        return malformed();
    std::size_t at = 19;
    std::int64_t fraction = 0;
    if (text[at] == '.') {
        std::int64_t unit = 100'000;
        for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10)
            fraction += (text[at] - '0') * unit;
    }
    int offset = 0;
    const auto tail = text.substr(std::min(at, text.size()));
    if (tail != "Z" && tail != "z") {
        int oh = 0, om = 0;
        if (tail.size() != 6 || (tail[0] != '+' && tail[0] != '-') || tail[3] != ':' || !two_digits(tail, 1, oh) ||
            !two_digits(tail, 4, om) || oh > 14 || om > 59)
            return malformed();
        offset = (oh * 60 + om) * (tail[0] == '-' ? -1 : 1);
    }
    const std::int64_t seconds =
        std::int64_t{day.days()} * 86'400 + hour * 3600 + (minute - offset) * std::int64_t{60} + second;
    return Instant{seconds * 1'000'000 + fraction};
}

Zone Zone::utc() { return Zone{"Etc/UTC", date::locate_zone("Etc/UTC")}; }

Result<Zone> Zone::find(std::string_view name) {
    try {
        return Zone{std::string{name}, date::locate_zone(std::string{name})};
    } catch (const std::exception&) {
        return fail(Errc::not_found, "\"" + std::string{name.substr(0, 60)} + "\" is not a time zone of the IANA database",
                    {}, "use a name such as Europe/Berlin or America/New_York");
    }
}

Date Zone::date_at(Instant instant) const {
    return Date::from_days(
        static_cast<std::int32_t>(date::floor<date::days>(local(zone_, instant)).time_since_epoch().count()));
}

int Zone::minute_of_day_at(Instant instant) const {
    const auto now = local(zone_, instant);
    return static_cast<int>(date::floor<std::chrono::minutes>(now - date::floor<date::days>(now)).count());
}

Instant Zone::instant_of(Date day, int minute_of_day) const {
    const auto* zone = static_cast<const date::time_zone*>(zone_);
    const date::local_time<std::chrono::microseconds> wall{std::chrono::hours{24} * day.days() +
                                                           std::chrono::minutes{minute_of_day}};
    const auto info = zone->get_info(wall);
    if (info.result == date::local_info::nonexistent)
        return Instant{std::chrono::microseconds{info.second.begin.time_since_epoch()}.count()};
    const auto utc = wall.time_since_epoch() - info.first.offset;
    return Instant{std::chrono::duration_cast<std::chrono::microseconds>(utc).count()};
}

std::string Zone::local_text(Instant instant) const {
    const auto* zone = static_cast<const date::time_zone*>(zone_);
    return date::format("%FT%T%Ez", date::make_zoned(zone, date::floor<std::chrono::seconds>(sys(instant))));
}

}  // namespace owed
