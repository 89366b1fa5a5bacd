#include "apis/salesforce/cursor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "apis/salesforce/values.hpp"

namespace owed::apis::salesforce {
namespace {

Instant at(std::string_view text) { return *parse_stamp(text); }

TEST(SalesforceCursor, is_read_as_it_is_written) {
    Cursor cursor;
    cursor.mapping = "4711";
    cursor.objects["Account"] = {"2026-03-31T06:00:00.000Z", "", {}};
    cursor.objects["Order"] = {"", "2026-03-31T07:00:00.000Z", Place{"2026-03-30T06:00:00.000Z", "801xx000003DGb2AAG"}, true};
    const auto read = parse_cursor(cursor.text());
    ASSERT_TRUE(read) << to_text(read.error());
    EXPECT_EQ(read->objects, cursor.objects);
    EXPECT_EQ(read->mapping, "4711");
    EXPECT_EQ(read->text(), cursor.text());
    EXPECT_TRUE(parse_cursor("")->objects.empty());
    for (const char* wrong : {"x", "{}", "[]", R"({"v":2})", R"({"v":1,"Account":{"since":"yesterday"}})", R"({"v":1,"Order":{"since":"","stamp":"2026-03-30T06:00:00Z","id":"801xx000003DGb2AAG"}})",
                              R"({"v":1,"Order":{"until":"2026-03-30T06:00:00Z","stamp":"2026-03-30T06:00:00Z","id":"' OR Id != '"}})"}) {
        const auto refused = parse_cursor(wrong);
        ASSERT_FALSE(refused) << wrong;
        EXPECT_EQ(refused.error().code, Errc::malformed_input);
    }
}

TEST(SalesforceCursor, passes) {
    Progress progress;
    auto start = begin_pass(progress, at("2026-03-31T06:00:00Z"), 300);
    EXPECT_EQ(start.where, "");
    EXPECT_TRUE(start.first);
    end_pass(progress);
    EXPECT_EQ(progress, (Progress{"2026-03-31T06:00:00.000Z", "", {}}));

    start = begin_pass(progress, at("2026-03-31T07:00:00Z"), 300);
    EXPECT_EQ(start.where, "SystemModstamp >= 2026-03-31T05:55:00.000Z");
    EXPECT_FALSE(start.first);
    note_page(progress, {{"2026-03-31T06:10:00.000Z", "001xx000003DGb2AAG"}, {"2026-03-31T06:20:00.000Z", "001xx000003DGb3AAG"}}, at("2026-03-31T07:00:00Z"));
    // Taken up later, exactly behind the row; and complete to when it began.
    start = begin_pass(progress, at("2026-03-31T09:00:00Z"), 300);
    EXPECT_EQ(start.where, "(SystemModstamp > 2026-03-31T06:20:00.000Z OR (SystemModstamp = 2026-03-31T06:20:00.000Z AND Id > '001xx000003DGb3AAG'))");
    end_pass(progress);
    EXPECT_EQ(progress.since, "2026-03-31T07:00:00.000Z");
}

TEST(SalesforceCursor, a_row_that_changed_while_pages_were_read_is_no_place) {
    Progress progress;
    begin_pass(progress, at("2026-03-31T06:00:00Z"), 0);
    note_page(progress, {{"2026-01-01T00:00:00.000Z", "a"}, {"2026-03-31T06:00:05.000Z", "b"}}, at("2026-03-31T06:00:00Z"));
    EXPECT_EQ(progress.at->id, "a");
    note_page(progress, {{"2026-03-31T06:00:00.000Z", "c"}}, at("2026-03-31T06:00:00Z"));  // in the very second: not sure
    EXPECT_EQ(progress.at->id, "a");
}

TEST(SalesforceCursor, a_clock_that_goes_back_reads_all_again) {
    Progress progress{"2026-03-31T06:00:00.000Z", "", {}};
    const auto little = begin_pass(progress, at("2026-03-31T05:58:00Z"), 300);
    EXPECT_FALSE(little.clock_went_back);
    EXPECT_EQ(little.where, "SystemModstamp >= 2026-03-31T05:53:00.000Z");
    const auto far = begin_pass(progress, at("2026-03-31T05:00:00Z"), 300);
    EXPECT_TRUE(far.clock_went_back);
    EXPECT_FALSE(far.first);  // what is over was perhaps told as waiting before
    EXPECT_EQ(far.where, "");
    note_page(progress, {{"2026-01-01T00:00:00.000Z", "001xx000003DGb2AAG"}}, at("2026-03-31T05:00:00Z"));
    EXPECT_FALSE(begin_pass(progress, at("2026-03-31T05:10:00Z"), 300).first);  // taken up, it is still the same pass
    end_pass(progress);
    EXPECT_FALSE(progress.again);
}

/// An org whose rows change under the reader, which dies after any page: in the end every row's last state was read.
TEST(SalesforceCursor, nothing_is_lost_whatever_changes_and_dies) {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random{seed};
        const auto chance = [&](unsigned n) { return random() % n == 0; };
        struct Row {
            std::string id;
            Instant stamp;
            int version = 0;
        };
        Instant clock = at("2026-03-31T06:00:00Z");
        std::vector<Row> rows;
        std::map<std::string, int> seen;
        // A changed row has the stamp of its change; several may change within a second.
        const auto touch = [&] {
            if (rows.size() < 40 && (rows.empty() || chance(3))) {
                rows.push_back({"r" + std::to_string(100 + rows.size()), clock});
            } else {
                Row& row = rows[random() % rows.size()];
                row.stamp = clock;
                ++row.version;
            }
            if (chance(2)) clock = clock.plus_seconds(1);
        };
        for (int i = 0; i < 30; ++i) touch();
        Progress kept;
        for (int run = 0; run < 40 || !kept.until.empty(); ++run) {
            const bool quiet = run >= 30;
            Progress progress = kept;
            const Instant asked = clock;
            const std::string since = progress.since;
            const auto place = progress.at;
            const auto start = begin_pass(progress, asked, 0);
            std::vector<std::pair<Place, std::size_t>> result;  // the order is that of the moment of the query
            for (std::size_t i = 0; i < rows.size(); ++i) {
                const Place here{stamp_text(rows[i].stamp), rows[i].id};
                const bool behind = !place || here.stamp > place->stamp || (here.stamp == place->stamp && here.id > place->id);
                if (place ? behind : start.where.empty() || here.stamp >= since) result.push_back({here, i});
            }
            std::sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return std::tie(a.first.stamp, a.first.id) < std::tie(b.first.stamp, b.first.id); });
            bool died = false;
            for (std::size_t from = 0; from < result.size() && !died; from += 3) {
                std::vector<Place> page;
                for (std::size_t i = from; i < std::min(from + 3, result.size()); ++i) {
                    const Row& row = rows[result[i].second];
                    page.push_back({stamp_text(row.stamp), row.id});  // as it is now
                    seen[row.id] = row.version;
                }
                note_page(progress, page, asked);
                if (from + 3 >= result.size()) break;
                kept = progress;
                for (int i = 0; !quiet && i < 3; ++i) touch();
                died = !quiet && chance(4);
            }
            if (died) continue;
            end_pass(progress);
            kept = progress;
            if (!quiet) touch();
            else clock = clock.plus_seconds(1);
        }
        for (const Row& row : rows) EXPECT_EQ(seen[row.id], row.version) << row.id;
    }
}

}  // namespace
}  // namespace owed::apis::salesforce
