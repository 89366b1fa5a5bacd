#include "formats/csv/csv.hpp"

#include <gtest/gtest.h>

#include <random>

#include "formats/csv/header.hpp"
#include "formats/csv/profile.hpp"

namespace owed::formats::csv {
namespace {

/// Cells joined by |, rows by newline; or "refused: where: what".
std::string rows_of(std::string_view text, Dialect dialect = {}) {
    RowReader reader{text, dialect, "f.csv"};
    Row row;
    std::string out;
    for (;;) {
        auto more = reader.next(row);
        if (!more) return "refused " + more.error().where + ": " + more.error().what;
        if (!*more) return out;
        out += std::to_string(row.line) + ':';
        for (const Cell& cell : row.cells) out += (&cell == &row.cells.front() ? "" : "|") + std::string{cell.text};
        out += '\n';
    }
}

TEST(Rows, cells_and_lines) {
    EXPECT_EQ(rows_of("a,b\n1,2\n"), "1:a|b\n2:1|2\n");
    EXPECT_EQ(rows_of("a,b\r\n1,2"), "1:a|b\n2:1|2\n");
    EXPECT_EQ(rows_of("a,b\r1,2\r"), "1:a|b\n2:1|2\n");
    EXPECT_EQ(rows_of(" a , b \n"), "1:a|b\n");
    EXPECT_EQ(rows_of("a,,\n,\n\n"), "1:a||\n2:|\n3:\n");
    EXPECT_EQ(rows_of("\"a,b\",c\n"), "1:a,b|c\n");
    EXPECT_EQ(rows_of("\"say \"\"no\"\"\",c\n"), "1:say \"no\"|c\n");
    EXPECT_EQ(rows_of("\"one\ntwo\",c\nd,e\n"), "1:one\ntwo|c\n3:d|e\n");
    EXPECT_EQ(rows_of("\"one\r\ntwo\",c\r\nd,e\n"), "1:one\r\ntwo|c\n3:d|e\n");
    EXPECT_EQ(rows_of("12\" pipe,c\n"), "1:12\" pipe|c\n");
    EXPECT_EQ(rows_of("\"\",\"\"\"\"\n"), "1:|\"\n");
    EXPECT_EQ(rows_of("a, \"b\" ,c\n"), "1:a|b|c\n");
    EXPECT_EQ(rows_of("\"a\n", {',', '\0'}), "1:\"a\n");
    EXPECT_EQ(rows_of(""), "");
}

TEST(Rows, faults_have_places) {
    EXPECT_EQ(rows_of("a,b\n\"x\" y,2\n").substr(0, 19), "refused f.csv:2:5: ");
    EXPECT_EQ(rows_of("a,b\n1,\"never\nends").substr(0, 19), "refused f.csv:2:3: ");
    std::string wide(100'000, ',');
    EXPECT_NE(rows_of(wide).find("more than 2000 cells"), std::string::npos);
    EXPECT_NE(rows_of(std::string(2 << 20, 'x')).find("1 MiB"), std::string::npos);
    EXPECT_NE(rows_of('"' + std::string(2 << 20, 'x')).find("may never close"), std::string::npos);
}

TEST(Rows, place_counts_characters) {
    EXPECT_EQ(place_of("aé,b\nçx", 8, "f"), "f:2:2");
    EXPECT_EQ(place_of("a\r\nb\rc", 5, "f"), "f:3:1");
    EXPECT_EQ(place_of("abc", 99, "f"), "f:1:4");
}

/// Any bytes: no crash, no endless loop, and the rows' raw texts lie one after the other.
TEST(Rows, survive_anything) {
    std::mt19937 random{7};
    SCOPED_TRACE("seed 7");
    const std::string alphabet = "a1,;\"\"\n\r\t |'\xC3\xA9";
    for (int round = 0; round < 3000; ++round) {
        std::string text(random() % 60, ' ');
        for (char& c : text) c = alphabet[random() % alphabet.size()];
        RowReader reader{text, {}, "f"};
        Row row;
        std::size_t last = 0;
        for (;;) {
            auto more = reader.next(row);
            if (!more || !*more) break;
            ASSERT_GE(row.raw.data(), text.data() + last);
            ASSERT_GT(reader.offset(), last);
            last = reader.offset();
        }
    }
}

TEST(Dialect, separator_by_the_most_regular_table) {
    auto found = [](std::string_view text) -> std::string {
        auto d = detect_delimiter(text, '"', "f.csv", false);
        return d ? name_of_delimiter(*d) : "refused";
    };
    EXPECT_EQ(found("a;b\n1;2\n"), "\";\"");
    EXPECT_EQ(found("a,b\n1,2\n"), "\",\"");
    EXPECT_EQ(found("a\tb\n1\t2\n"), "tab");
    EXPECT_EQ(found("a|b\n1|2\n"), "\"|\"");
    EXPECT_EQ(found("Date;Amount\n2026-03-20;1250,50\n2026-03-21;200,25\n"), "\";\"");
    EXPECT_EQ(found("2026-03-20;1250,50\n2026-03-21;200,25\n"), "\";\"");
    EXPECT_EQ(found("Bank, the good one\nKonto, 123\n\nDatum;Betrag;Text\n31.03.2026;1,50;x\n31.03.2026;2,50;y\n"), "\";\"");
    EXPECT_EQ(found("Date,Note\n2026-03-20,\"a;b;c\"\n2026-03-20,\"d;e;f\"\n"), "\",\"");
    EXPECT_EQ(found("hello\nworld\n"), "refused");
    EXPECT_EQ(found("a;b,c\nd;e,f\n"), "refused");
}

TEST(Open, marks_skips_and_encodings) {
    auto opened = open("sep=|\na|b\n", {}, "f.csv");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->dialect.delimiter, '|');
    EXPECT_EQ(opened->line, 2u);
    opened = open("\xEF\xBB\xBF" "a;b\n1;2\n", {}, "f.csv");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->text.front(), 'a');
    DialectHints hints;
    hints.skip_lines = 2;
    opened = open("x\r\ny\r\na;b\n1;2\n", hints, "f.csv");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->line, 3u);
    EXPECT_EQ(opened->text.substr(opened->offset, 3), "a;b");
    EXPECT_FALSE(open("", {}, "f.csv"));
    EXPECT_FALSE(open(" \r\n\n", {}, "f.csv"));
    hints.encoding = "klingon";
    EXPECT_EQ(open("a;b\n", hints, "f.csv").error().code, Errc::invalid_config);
    hints = {};
    hints.encoding = "latin1";
    opened = open("D\xE9" "bit;b\n1;2\n", hints, "f.csv");
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->text.substr(0, 6), "Débit");
}

TEST(Header, names_fold) {
    EXPECT_EQ(folded("Débit (EUR)"), "debiteur");
    EXPECT_EQ(folded("Straße Nr."), "strassenr");
    EXPECT_EQ(folded("BÖRSE_ŁÓDŹ"), "borselodz");
    EXPECT_EQ(folded("日付"), "");
    auto file = open("bank export\n\nNumber;Amount;amount\n1;2;3\n", {}, "f.csv");
    ASSERT_TRUE(file);
    auto header = find_header(*file, "f.csv", [](const Row& row) { return row.cells.front().text == "Number" ? 1 : 0; });
    ASSERT_TRUE(header && *header);
    EXPECT_EQ((*header)->line, 3u);
    EXPECT_EQ((*header)->rows_line, 4u);
    EXPECT_EQ(*(*header)->column("amount"), 2u);
    EXPECT_EQ(*(*header)->column("number"), 0u);
    EXPECT_EQ((*header)->column("AMOUNT").error().code, Errc::malformed_input);
    EXPECT_NE((*header)->column("x").error().what.find("Number, Amount, amount"), std::string::npos);
}

TEST(Profile, strict) {
    EXPECT_EQ(parse_profile("{").error().code, Errc::invalid_config);
    EXPECT_EQ(parse_profile("[]").error().code, Errc::invalid_config);
    EXPECT_EQ(parse_profile("{} x").error().code, Errc::invalid_config);
    auto notation = [](std::string_view json) -> std::string {
        auto value = parse_profile(json);
        if (!value) return value.error().where;
        auto n = notation_of({value->get_object(), "files[0]"});
        return n ? "ok" : n.error().where;
    };
    EXPECT_EQ(notation(R"({"delimiter": "tab", "decimal": ",", "thousands": ".", "skip_lines": 3})"), "ok");
    EXPECT_EQ(notation(R"({"delimiter": ";;"})"), "files[0].delimiter");
    EXPECT_EQ(notation(R"({"delimiter": 5})"), "files[0].delimiter");
    EXPECT_EQ(notation(R"({"decimal": "x"})"), "files[0].decimal");
    EXPECT_EQ(notation(R"({"decimal": ".", "thousands": "."})"), "files[0].thousands");
    EXPECT_EQ(notation(R"({"skip_lines": -1})"), "files[0].skip_lines");
    EXPECT_EQ(notation(R"({"quote": "none"})"), "ok");
}

}  // namespace
}  // namespace owed::formats::csv
