#include "formats/csv/dates.hpp"

#include <gtest/gtest.h>

namespace owed::formats::csv {
namespace {

std::string read_of(const std::vector<std::string>& cells, std::string_view given = {}) {
    std::optional<DateFormat> format;
    if (!given.empty()) format = *DateFormat::of(given);
    DateProof proof{format};
    for (const std::string& cell : cells)
        if (!proof.see(cell, 0)) return "refused";
    auto result = proof.result();
    if (!result) return "refused";
    auto date = result->parse(cells.back());
    return date ? to_text(*date) : "refused";
}

TEST(Dates, proven_for_the_whole_column) {
    struct Case {
        std::string name;
        std::vector<std::string> cells;
        std::string reads;
    };
    const std::vector<Case> cases{
        {"iso", {"2026-04-02"}, "2026-04-02"},
        {"iso_with_time", {"2026-04-02 23:59:59"}, "2026-04-02"},
        {"iso_with_zone_keeps_the_day_as_written", {"2026-04-02T23:30:00.000Z"}, "2026-04-02"},
        {"german", {"31.03.2026", "02.04.2026"}, "2026-04-02"},
        {"german_one_digit", {"31.3.2026", "2.4.2026"}, "2026-04-02"},
        {"us", {"03/31/2026", "04/02/2026"}, "2026-04-02"},
        {"british", {"31/03/2026", "02/04/2026"}, "2026-04-02"},
        {"later_rows_decide_too", {"02/04/2026", "31/03/2026"}, "2026-03-31"},
        {"nothing_decides", {"02/04/2026"}, "refused"},
        {"with_dots_the_day_stands_first", {"02.04.2026"}, "2026-04-02"},
        {"with_dots_never_the_month", {"04.31.2026"}, "refused"},
        {"same_day_and_month_is_no_doubt", {"04/04/2026"}, "2026-04-04"},
        {"both_orders_in_one_column", {"31/03/2026", "03/31/2026"}, "refused"},
        {"two_signs_in_one_column", {"2026-03-31", "31.03.2026"}, "refused"},
        {"compact", {"20260402"}, "2026-04-02"},
        {"two_digit_year_is_undecided", {"01/02/03"}, "refused"},
        {"two_digit_year_with_slashes_may_stand_first", {"31/03/26"}, "refused"},
        {"two_digit_year_decided", {"31.03.26"}, "2026-03-31"},
        {"oracle", {"02-APR-2026"}, "2026-04-02"},
        {"oracle_short", {"02-APR-26"}, "2026-04-02"},
        {"german_month", {"02. März 2026"}, "2026-03-02"},
        {"us_month", {"Apr 2, 2026"}, "2026-04-02"},
        {"no_such_day", {"30.02.2026"}, "refused"},
        {"no_such_day_iso", {"2026-02-30"}, "refused"},
        {"excel_serial", {"46114"}, "refused"},
        {"empty", {""}, "refused"},
        {"text", {"today"}, "refused"},
        {"trailing_rubbish", {"2026-04-02x"}, "refused"},
        {"only_one_reading_is_a_day", {"26-04-31"}, "2031-04-26"},
        {"full_width", {"２０２６-04-02"}, "refused"},
    };
    for (const Case& c : cases) EXPECT_EQ(read_of(c.cells), c.reads) << c.name;
}

TEST(Dates, given_by_a_profile) {
    EXPECT_EQ(read_of({"02/04/2026"}, "%d/%m/%Y"), "2026-04-02");
    EXPECT_EQ(read_of({"02/04/2026"}, "%m/%d/%Y"), "2026-02-04");
    EXPECT_EQ(read_of({"31/04/2026"}, "%m/%d/%Y"), "refused");
    EXPECT_EQ(read_of({"2026-04-02"}, "%m/%d/%Y"), "refused");
    EXPECT_EQ(read_of({"020426"}, "%d%m%y"), "2026-04-02");
    EXPECT_EQ(read_of({"2426"}, "%d%m%y"), "refused");
    for (const char* bad : {"%d.%m", "yyyy-mm-dd", "%Y-%m-%d %H", "%Y%Y%m%d", "%", ""}) EXPECT_FALSE(DateFormat::of(bad)) << bad;
}

/// Two notations may agree on many cells before one cell tells them apart.
TEST(Dates, a_late_doubt_is_still_a_doubt) {
    DateProof proof;
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(proof.see("05/05/26", 0));
    ASSERT_TRUE(proof.see("06/05/99", 4711));
    ASSERT_TRUE(proof.see("05/05/31", 1));
    auto result = proof.result();
    ASSERT_FALSE(result);
}

TEST(Dates, a_proven_column_decides_for_the_one_beside_it) {
    DateProof proven, open, iso;
    ASSERT_TRUE(proven.see("31/03/2026", 0));
    ASSERT_TRUE(open.see("01/04/2026", 7));
    ASSERT_TRUE(iso.see("2026-03-31", 0));
    auto both = prove_columns({&open, &proven});
    ASSERT_TRUE(both);
    EXPECT_EQ(both->front().notation(), "%d/%m/%Y");
    auto other = prove_columns({&open, &iso});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().offset, 7u);
    EXPECT_FALSE(prove_columns({&open, &proven, &iso}));
    // 04/04 fits both orders: it proves neither, so it cannot decide for its neighbour.
    DateProof alike;
    ASSERT_TRUE(alike.see("04/04/2026", 0));
    EXPECT_TRUE(alike.result());
    EXPECT_FALSE(prove_columns({&open, &alike}));
    DateProof empty;
    EXPECT_FALSE(prove_columns({&open, &empty}));
}

/// Every day of a year in every order: a whole year always decides, and decides rightly.
TEST(Dates, a_year_decides) {
    for (const char* notation : {"%d/%m/%Y", "%m/%d/%Y"}) {
        bool day_first = notation[1] == 'd';
        DateProof proof;
        std::vector<std::pair<std::string, Date>> all;
        for (Date d = *Date::of(2026, 1, 1); d <= *Date::of(2026, 12, 31); d = d.plus_days(1)) {
            std::string a = std::to_string(day_first ? d.day() : d.month()), b = std::to_string(day_first ? d.month() : d.day());
            all.emplace_back(a + '/' + b + "/2026", d);
            ASSERT_TRUE(proof.see(all.back().first, 0));
        }
        auto format = proof.result();
        ASSERT_TRUE(format);
        for (const auto& [text, date] : all) EXPECT_EQ(*format->parse(text), date) << text;
    }
}

}  // namespace
}  // namespace owed::formats::csv
