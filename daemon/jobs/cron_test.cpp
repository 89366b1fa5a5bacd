#include <gtest/gtest.h>

#include "jobs/jobs.hpp"

namespace owed::jobs {
namespace {

std::string next(std::string_view cron, std::string_view after, std::string_view zone = "Europe/Berlin") {
    const auto at = Cron::parse(cron)->next(parse_instant(after).value(), Zone::find(zone).value());
    return at ? to_text(*at) : "never";
}

TEST(Cron, next_occurrence) {
    struct Row {
        const char* proves;
        const char* cron;
        const char* after;
        const char* expected;
    };
    const Row rows[] = {
        {"every_ten_minutes", "*/10 6-20 * * MON-FRI", "2026-03-31T06:00:00Z", "2026-03-31T06:10:00Z"},
        {"strictly_after", "0 8 * * *", "2026-03-31T06:00:00Z", "2026-04-01T06:00:00Z"},
        {"weekend_is_skipped", "0 8 * * MON-FRI", "2026-04-03T10:00:00Z", "2026-04-06T06:00:00Z"},
        {"sunday_is_7_too", "0 8 * * 7", "2026-03-31T06:00:00Z", "2026-04-05T06:00:00Z"},
        {"list_and_name", "30 9 1,15 APR *", "2026-03-31T06:00:00Z", "2026-04-01T07:30:00Z"},
        {"either_day_field_matches", "0 8 1 * MON", "2026-04-01T07:00:00Z", "2026-04-06T06:00:00Z"},
        {"leap_day", "0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-28T23:00:00Z"},
        {"never", "0 0 31 2 *", "2026-03-01T00:00:00Z", "never"},
        // 02:30 does not exist on 29 March 2026 in Berlin: right after the gap, once.
        {"gap_runs_after_it", "30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"},
        {"gap_runs_once", "30 2 * * *", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
        // 02:30 occurs twice on 25 October 2026: the first only.
        {"overlap_runs_once", "30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
    };
    for (const auto& row : rows) EXPECT_EQ(next(row.cron, row.after), row.expected) << row.proves;
}

TEST(Cron, mistakes_name_the_field) {
    struct Row {
        const char* cron;
        const char* says;
    };
    const Row rows[] = {{"* * * *", "five"},          {"60 * * * *", "minute"},     {"* 24 * * *", "hour"},
                        {"* * 0 * *", "day of month"}, {"* * * 13 *", "month"},      {"* * * * MOO", "day of week"},
                        {"5-1 * * * *", "backwards"},  {"*/0 * * * *", "step"},      {"", "five"},
                        {"a b c d e", "minute"},       {"1,,2 * * * *", "minute"}};
    for (const auto& row : rows) {
        const auto cron = Cron::parse(row.cron);
        ASSERT_FALSE(cron) << row.cron;
        EXPECT_NE(cron.error().what.find(row.says), std::string::npos) << cron.error().what;
    }
}

TEST(Cron, each_local_day_has_exactly_one_occurrence_in_every_zone) {
    for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Etc/UTC"}) {
        const auto zone = Zone::find(name).value();
        const auto cron = Cron::parse("15 2 * * *").value();
        auto at = parse_instant("2026-01-01T00:00:00Z").value();
        auto day = zone.date_at(at).plus_days(-1);
        for (int i = 0; i < 400; ++i) {
            at = cron.next(at, zone).value();
            const auto now = zone.date_at(at);
            if (i > 0) {
                ASSERT_EQ(days_between(day, now), 1) << name << " " << to_text(now);
            }
            day = now;
        }
    }
}

}  // namespace
}  // namespace owed::jobs
