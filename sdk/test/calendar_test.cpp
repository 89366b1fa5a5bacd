#include "owed/calendar.hpp"

#include <gtest/gtest.h>

#include "day.hpp"

namespace owed {
namespace {


TEST(Calendar, easter_of_known_years) {
    // Dates as published by the Astronomical Applications Department; 1954, 1981 and 2049 are the algorithm's odd years.
    for (const char* easter : {"1954-04-18", "1981-04-19", "2000-04-23", "2008-03-23", "2011-04-24", "2024-03-31", "2025-04-20", "2026-04-05", "2038-04-25", "2049-04-18"})
        EXPECT_EQ(to_text(easter_sunday(day(easter).year())), easter);
}

struct CalendarCase {
    const char* calendar;
    const char* date;
    bool working;
    const char* proves;
};

TEST(Calendar, built_in_holidays) {
    const CalendarCase cases[] = {
        {"TARGET", "2026-01-01", false, "new year"},
        {"TARGET", "2026-04-03", false, "good friday"},
        {"TARGET", "2026-04-06", false, "easter monday"},
        {"TARGET", "2026-05-01", false, "labour day"},
        {"TARGET", "2026-05-14", true, "ascension is worked"},
        {"TARGET", "2026-12-25", false, "christmas"},
        {"TARGET", "2026-12-28", true, "26 December on a Saturday does not move"},
        {"TARGET", "2026-04-04", false, "saturday"},
        {"US-FED", "2026-01-19", false, "third monday of January"},
        {"US-FED", "2026-02-16", false, "third monday of February"},
        {"US-FED", "2026-05-25", false, "last monday of May"},
        {"US-FED", "2026-06-19", false, "juneteenth"},
        {"US-FED", "2020-06-19", true, "before it was a holiday"},
        {"US-FED", "2026-07-03", true, "4 July on a Saturday does not move"},
        {"US-FED", "2027-07-05", false, "4 July on a Sunday moves to Monday"},
        {"US-FED", "2027-07-06", true, "and only to Monday"},
        {"US-FED", "2026-09-07", false, "first monday of September"},
        {"US-FED", "2026-10-12", false, "second monday of October"},
        {"US-FED", "2026-11-11", false, "11 November"},
        {"US-FED", "2026-11-26", false, "fourth thursday of November"},
        {"US-FED", "2023-01-02", false, "new year on a Sunday"},
        {"DE", "2026-05-14", false, "ascension"},
        {"DE", "2026-05-25", false, "whit monday"},
        {"DE", "2026-10-03", false, "3 October"},
        {"weekends", "2026-12-25", true, "no holidays"},
    };
    for (const auto& c : cases) EXPECT_EQ(find_calendar(c.calendar)->is_working(day(c.date)), c.working) << c.calendar << " " << c.date << ": " << c.proves;
    int fed = 0;
    const auto calendar = find_calendar("US-FED").value();
    for (Date d = day("2025-01-01"); d.year() == 2025; d = d.plus_days(1)) fed += calendar.is_holiday(d) ? 1 : 0;
    EXPECT_EQ(fed, 11);
    EXPECT_EQ(find_calendar("MARS").error().code, Errc::not_found);
}

TEST(Calendar, conventions) {
    const auto target = find_calendar("TARGET").value();
    const struct {
        const char *date, *following, *preceding, *modified, *nearest;
    } cases[] = {
        {"2026-03-31", "2026-03-31", "2026-03-31", "2026-03-31", "2026-03-31"},
        {"2026-05-30", "2026-06-01", "2026-05-29", "2026-05-29", "2026-05-29"},   // Saturday at a month's end
        {"2026-05-31", "2026-06-01", "2026-05-29", "2026-05-29", "2026-06-01"},   // Sunday at a month's end
        {"2026-04-03", "2026-04-07", "2026-04-02", "2026-04-07", "2026-04-02"},   // the long Easter weekend
        {"2026-04-05", "2026-04-07", "2026-04-02", "2026-04-07", "2026-04-07"},
        {"2026-01-01", "2026-01-02", "2025-12-31", "2026-01-02", "2025-12-31"},   // a tie goes back
    };
    for (const auto& c : cases) {
        EXPECT_EQ(to_text(adjust(day(c.date), BusinessDay::following, target)), c.following);
        EXPECT_EQ(to_text(adjust(day(c.date), BusinessDay::preceding, target)), c.preceding);
        EXPECT_EQ(to_text(adjust(day(c.date), BusinessDay::modified_following, target)), c.modified);
        EXPECT_EQ(to_text(adjust(day(c.date), BusinessDay::nearest, target)), c.nearest);
        EXPECT_EQ(to_text(adjust(day(c.date), BusinessDay::unadjusted, target)), c.date);
    }
    EXPECT_EQ(to_text(target.plus_working_days(day("2026-04-01"), 3)), "2026-04-08") << "Thursday, then Tuesday, Wednesday";
    EXPECT_EQ(to_text(target.plus_working_days(day("2026-04-04"), 0)), "2026-04-04");
    EXPECT_EQ(to_text(target.plus_working_days(day("2026-04-04"), 1)), "2026-04-07");
}

TEST(Calendar, defined_ones) {
    const auto made = Calendar::make("plant", {Weekday::friday, Weekday::saturday},
                                     {parse_holiday("12-24").value(), parse_holiday("2026-05-17").value(), parse_holiday("last sunday 8").value(), parse_holiday("02-29").value()});
    EXPECT_FALSE(made->is_working(day("2026-05-15"))) << "Friday";
    EXPECT_TRUE(made->is_working(day("2026-05-24"))) << "Sunday";
    EXPECT_FALSE(made->is_working(day("2026-05-17")));
    EXPECT_TRUE(made->is_working(day("2027-05-17")));
    EXPECT_FALSE(made->is_working(day("2026-08-30")));
    EXPECT_FALSE(made->is_working(day("2028-02-29")));
    EXPECT_EQ(Calendar::make("x", {Weekday::monday, Weekday::tuesday, Weekday::wednesday, Weekday::thursday, Weekday::friday}, {}).error().code, Errc::invalid_argument);
    EXPECT_EQ(Calendar::make("x", {}, std::vector<HolidayRule>(61, parse_holiday("12-24").value())).error().code, Errc::invalid_argument);
}

TEST(Calendar, refuses_what_is_no_holiday) {
    for (const char* text : {"", "13-01", "02-30", "easter", "easter x", "easter 999", "sixth monday 1", "third funday 1", "third monday 13", "12-25 moves", "2026-02-30",
                             "2026-05-15 sunday_to_monday", "12-25 from", "12-25 from 99", "1-1"})
        EXPECT_EQ(parse_holiday(text).error().code, Errc::malformed_input) << text;
}

}  // namespace
}  // namespace owed
