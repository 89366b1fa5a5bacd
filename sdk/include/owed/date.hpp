// Civil dates, instants and time zones.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "owed/result.hpp"

namespace owed {

enum class Weekday : std::uint8_t { monday = 1, tuesday, wednesday, thursday, friday, saturday, sunday };  // ISO 8601

/// A calendar date without zone (proleptic Gregorian), years 1900 to 2999.
class Date {
  public:
    constexpr Date() = default;  ///< 1970-01-01
    static constexpr Date from_days(std::int32_t days_since_1970) { return Date{days_since_1970}; }
    /// Errors: malformed_input when there is no such day (30 February) or the year is out of range.
    static Result<Date> of(int year, int month, int day);

    constexpr std::int32_t days() const { return days_; }  ///< since 1970-01-01
    int year() const;
    int month() const;
    int day() const;
    Weekday weekday() const;
    constexpr Date plus_days(std::int32_t n) const { return Date{days_ + n}; }
    /// 31 January + 1 month is 28 or 29 February: a day beyond the month's length becomes its last day (DOMAIN 5).
    Date plus_months(int n) const;
    Date end_of_month() const;
    constexpr auto operator<=>(const Date&) const = default;

  private:
    constexpr explicit Date(std::int32_t days) : days_{days} {}
    std::int32_t days_ = 0;
};

/// to - from in days: days_between(due, as_of) is positive when overdue.
constexpr std::int32_t days_between(Date from, Date to) { return to.days() - from.days(); }

/// "YYYY-MM-DD", exactly. Errors: malformed_input.
Result<Date> parse_date(std::string_view text);
std::string to_text(Date date);

/// A point in UTC, microseconds since 1970-01-01T00:00Z.
struct Instant {
    std::int64_t micros = 0;
    constexpr auto operator<=>(const Instant&) const = default;
    constexpr Instant plus_seconds(std::int64_t seconds) const { return {micros + seconds * 1'000'000}; }
};

/// RFC 3339 in UTC with microseconds only when they are not zero: "2026-03-31T06:00:00Z".
std::string to_text(Instant instant);
/// Reads RFC 3339 with any offset, fraction optional. Errors: malformed_input.
Result<Instant> parse_instant(std::string_view text);

/// A time zone of the IANA database ("Europe/Berlin").
class Zone {
  public:
    static Zone utc();
    /// Errors: not_found for a name that the database does not have. Any thread.
    static Result<Zone> find(std::string_view name);

    const std::string& name() const { return name_; }
    /// The civil date at an instant in this zone: "today" of an entity.
    Date date_at(Instant instant) const;
    /// Minutes since local midnight at an instant, 0 to 1439.
    int minute_of_day_at(Instant instant) const;
    /// The instant of a local wall-clock time. A time in a gap (spring) is the instant right after the gap; a time that
    /// occurs twice (autumn) is the first of the two.
    Instant instant_of(Date date, int minute_of_day) const;
    /// "2026-03-31T08:00:00+02:00" for mail headers and letters.
    std::string local_text(Instant instant) const;

  private:
    Zone(std::string name, const void* zone) : name_{std::move(name)}, zone_{zone} {}
    std::string name_;
    const void* zone_;  // a date::time_zone, which the database owns for the life of the process
};

}  // namespace owed
