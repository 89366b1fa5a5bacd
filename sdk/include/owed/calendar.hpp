// Working days: weekends, holidays, and what becomes of a date that falls on one (DOMAIN section 5).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "owed/date.hpp"
#include "owed/result.hpp"

namespace owed {

/// When a holiday is. One of the forms; the others' fields are zero.
struct HolidayRule {
    enum class Form : std::uint8_t {
        fixed,        ///< month and day of every year
        date,         ///< one day only
        nth_weekday,  ///< the nth (1 to 5, or -1 the last) such weekday of the month
        easter,       ///< days from Easter Sunday (Gregorian): -2 Good Friday, 1 Easter Monday, 39 Ascension
    };
    Form form = Form::fixed;
    int month = 0, day = 0;             ///< fixed; month also for nth_weekday
    int nth = 0;
    Weekday weekday = Weekday::monday;
    int offset = 0;                     ///< easter
    Date date = {};
    bool sunday_to_monday = false;      ///< fixed: one that falls on a Sunday is kept on the Monday after
    int from_year = 0;                  ///< first year it was kept; 0: always
};

/// Reads one holiday as configuration writes it: "12-25", "07-04 sunday_to_monday", "2026-05-15", "easter -2", "easter +1",
/// "third monday 1", "last monday 5", "fourth thursday 11" (first to fifth, weekday, month 1 to 12); any of them may end in
/// "from 2022". Errors: malformed_input, saying what was expected. Any thread.
Result<HolidayRule> parse_holiday(std::string_view text);

/// Which days are worked. Immutable; reading from any thread.
class Calendar {
  public:
    /// Errors: invalid_argument: more than 4 weekend days, more than 60 yearly rules or 2,000 single days (so that there is
    /// always a next working day), a day that no month has.
    static Result<Calendar> make(std::string name, std::vector<Weekday> weekend, std::vector<HolidayRule> holidays);
    /// Saturdays and Sundays only.
    static Calendar weekends();

    const std::string& name() const { return name_; }
    bool is_weekend(Date date) const;
    bool is_holiday(Date date) const;
    bool is_working(Date date) const { return !is_weekend(date) && !is_holiday(date); }
    Date next_working(Date date) const;      ///< `date` itself when it is worked
    Date previous_working(Date date) const;
    /// The nth working day after `date` (n >= 0); 0: `date` itself, worked or not.
    Date plus_working_days(Date date, int n) const;

  private:
    Calendar() = default;
    std::string name_;
    unsigned weekend_ = 0;                    ///< bit per ISO weekday
    std::vector<HolidayRule> yearly_;
    std::vector<Date> single_;                ///< sorted
};

/// Built in: "TARGET" (1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December; closing days of the euro system's
/// TARGET services since 2002), "US-FED" (the 11 holidays of the Federal Reserve Banks: Sunday moves to Monday, Saturday
/// does not move; 19 June since 2022), "DE" (Germany's holidays common to all states), "weekends". Defaults, verify before
/// use; a configured calendar of the same name wins. Errors: not_found, naming these. Any thread.
Result<Calendar> find_calendar(std::string_view name);

/// Easter Sunday of the Gregorian calendar (Meeus, Jones, Butcher). 1900 to 2999.
Date easter_sunday(int year);

/// What becomes of a date that is not worked (DOMAIN section 5).
enum class BusinessDay : std::uint8_t {
    unadjusted,
    following,
    preceding,
    modified_following,  ///< following unless that leaves the month, then preceding
    nearest,             ///< a tie: preceding
    count_working_days,  ///< days that are not worked are not counted at all; nothing is moved afterwards
};
std::string_view name_of(BusinessDay convention) noexcept;
std::optional<BusinessDay> find_business_day(std::string_view name) noexcept;

/// The date moved by the convention; count_working_days and unadjusted leave it. Any thread.
Date adjust(Date date, BusinessDay convention, const Calendar& calendar);

}  // namespace owed
