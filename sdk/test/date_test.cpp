#include "owed/date.hpp"

#include <gtest/gtest.h>

#include "day.hpp"

namespace owed {
namespace {


TEST(Date, only_days_that_exist) {
    for (const char* text : {"2026-02-30", "2025-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "20260101", "2026-04-31", ""})
        EXPECT_EQ(parse_date(text).error().code, Errc::malformed_input) << text;
    EXPECT_EQ(to_text(day("2024-02-29")), "2024-02-29");
    EXPECT_EQ(day("1970-01-01").days(), 0);
    EXPECT_EQ(day("2026-03-31").weekday(), Weekday::tuesday);
}

TEST(Date, month_arithmetic_stops_at_the_last_day) {
    EXPECT_EQ(to_text(day("2026-01-31").plus_months(1)), "2026-02-28");
    EXPECT_EQ(to_text(day("2024-01-31").plus_months(1)), "2024-02-29");
    EXPECT_EQ(to_text(day("2026-01-31").plus_months(-2)), "2025-11-30");
    EXPECT_EQ(to_text(day("2024-02-10").end_of_month()), "2024-02-29");
    EXPECT_EQ(days_between(day("2026-03-01"), day("2026-03-31")), 30);
}

TEST(Instant, reads_any_offset_and_prints_utc) {
    EXPECT_EQ(to_text(parse_instant("2026-03-31T08:00:00+02:00").value()), "2026-03-31T06:00:00Z");
    EXPECT_EQ(to_text(parse_instant("2026-03-31T06:00:00.250Z").value()), "2026-03-31T06:00:00.250000Z");
    EXPECT_FALSE(parse_instant("2026-03-31 06:00"));
    EXPECT_FALSE(parse_instant("2026-03-31T25:00:00Z"));
}

TEST(Zone, the_date_is_the_entitys) {
    const auto berlin = Zone::find("Europe/Berlin").value();
    const auto los_angeles = Zone::find("America/Los_Angeles").value();
    const auto instant = parse_instant("2026-03-31T22:30:00Z").value();
    EXPECT_EQ(to_text(berlin.date_at(instant)), "2026-04-01");
    EXPECT_EQ(to_text(los_angeles.date_at(instant)), "2026-03-31");
    EXPECT_EQ(berlin.minute_of_day_at(instant), 30);
    EXPECT_EQ(berlin.local_text(instant), "2026-04-01T00:30:00+02:00");
    EXPECT_FALSE(Zone::find("Europe/Atlantis"));
}

TEST(Zone, gaps_and_overlaps_have_one_answer) {
    const auto berlin = Zone::find("Europe/Berlin").value();
    EXPECT_EQ(to_text(berlin.instant_of(day("2026-03-29"), 150)), "2026-03-29T01:00:00Z");  // 02:30 does not exist
    EXPECT_EQ(to_text(berlin.instant_of(day("2026-10-25"), 150)), "2026-10-25T00:30:00Z");  // 02:30 twice: the first
    EXPECT_EQ(to_text(berlin.instant_of(day("2026-03-31"), 480)), "2026-03-31T06:00:00Z");
}

}  // namespace
}  // namespace owed
