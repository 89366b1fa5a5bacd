#include "ctl/list_csv.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace owed::ctl {
namespace {

namespace json = boost::json;

std::string csv(std::string_view text, const std::string& wanted = {}, std::string_view verb = "items") {
    const auto made = list_csv(verb, json::parse(text), wanted);
    return made ? made->text : "refused: " + made.error().what + "; " + made.error().advice;
}

/// One cell of text beside another that is no figure, so that its column is text.
std::string cell(const std::string& text) {
    const json::value answer = {{"items", json::array{json::object{{"a", text}}, json::object{{"a", "x"}}}}};
    const auto made = list_csv("items", answer, {});
    EXPECT_TRUE(made);
    const auto begin = made->text.find("\r\n") + 2;
    return made->text.substr(begin, made->text.rfind("\r\nx\r\n") - begin);
}

TEST(ListCsv, rows_as_they_stand_in_the_json) {
    EXPECT_EQ(csv(R"({"items": [{"item": 7, "document": "INV-1", "due_date": "2026-03-31", "original": "1234.50", "currency": "EUR", "hold": false, "customer": null},
                                {"item": 8, "document": "CM-1", "due_date": "2026-04-30", "original": "-0.05", "currency": "EUR", "hold": true, "customer": "C1"}],
                      "as_of": "2026-03-31"})"),
              "item,document,due_date,original,currency,hold,customer\r\n"
              "7,INV-1,2026-03-31,1234.50,EUR,false,\r\n"
              "8,CM-1,2026-04-30,-0.05,EUR,true,C1\r\n");
}

TEST(ListCsv, hostile_cells) {
    struct Case {
        std::string name, text, cell;
    };
    for (const Case& c : {Case{"formula", "=1+1", "'=1+1"}, Case{"command", "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"}, Case{"plus", "+49 30 1234", "'+49 30 1234"},
                          Case{"minus", "-2+3", "'-2+3"}, Case{"minus_alone", "-", "'-"}, Case{"a_figure_among_texts", "-12.50", "'-12.50"},
                          Case{"at", "@SUM(A1)", "'@SUM(A1)"}, Case{"tab", "\t=1", "'\t=1"}, Case{"cr", "\r=1", "\"'\r=1\""}, Case{"lf", "\n=1", "\"'\n=1\""},
                          Case{"quote_and_formula", "=\"a\",b", "\"'=\"\"a\"\",b\""}, Case{"comma", "Muster, Söhne", "\"Muster, Söhne\""},
                          Case{"quote", "the \"best\"", "\"the \"\"best\"\"\""}, Case{"line_break", "one\ntwo", "\"one\ntwo\""}, Case{"blank_at_the_edge", " x ", "\" x \""},
                          Case{"formula_within", "a=1", "a=1"}, Case{"apostrophe", "'tis", "'tis"}, Case{"zeros_stay", "0042", "0042"}, Case{"umlauts", "Größe 株式会社", "Größe 株式会社"},
                          Case{"escape", "A\x1b[2J", "A?[2J"}, Case{"turned", "A\xE2\x80\xAE" "B", "A?B"}, Case{"nul", std::string{"a\0b", 3}, "a?b"}, Case{"empty", "", "\"\""}})
        EXPECT_EQ(cell(c.text), c.cell) << c.name;
}

TEST(ListCsv, only_a_column_of_figures_is_figures) {
    EXPECT_EQ(csv(R"({"x": [{"a": "-1.00", "b": "-1.00", "c": -3}, {"a": null, "b": "-x", "c": 4}, {"a": "0.125", "b": "2", "c": null}]})"),
              "a,b,c\r\n-1.00,'-1.00,-3\r\n,'-x,4\r\n0.125,2,\r\n");
    for (const std::string_view text : {"-", "-.5", "1.", "--1", "1e5", "-1-1", "1.2.3", "-1 ", "+1"})
        EXPECT_EQ(csv(json::serialize(json::object{{"x", json::array{json::object{{"a", text}}}}})).find("\r\n-") , std::string::npos) << text;
}

TEST(ListCsv, a_hostile_name_of_a_member_is_text_too) { EXPECT_EQ(csv(R"({"x": [{"=a": "1", "b,c": "2"}]})"), "'=a,\"b,c\"\r\n1,2\r\n"); }

TEST(ListCsv, what_lies_deeper_has_columns_of_its_own) {
    EXPECT_EQ(csv(R"({"receipts": [{"receipt": "R-1", "source": null, "state": "applied", "also": []},
                                   {"receipt": "R-2", "source": {"connector": "bank", "artifact": 3}, "state": "queued", "also": ["a", "b"], "late": true},
                                   {"receipt": "R-3", "source": {}, "state": "queued", "also": [{"amount": "5.00", "currency": "GBP"}]}]})"),
              "receipt,source.connector,source.artifact,state,also,late\r\n"
              "R-1,,,applied,,\r\n"
              "R-2,bank,3,queued,a; b,true\r\n"
              "R-3,,,queued,\"[{\"\"amount\"\":\"\"5.00\"\",\"\"currency\"\":\"\"GBP\"\"}]\",\r\n");
}

TEST(ListCsv, a_report_says_its_entity_in_each_row) {
    const std::string us = R"({"as_of": "2026-03-31", "entity": "us", "edges": [30], "rows": [{"customer": "C1", "total": "1.00"}], "totals": [{"total": "1.00"}], "late": []})";
    EXPECT_EQ(csv(us, {}, "report aging"), "entity,as_of,customer,total\r\nus,2026-03-31,C1,1.00\r\n");
    EXPECT_EQ(csv(us, "totals", "report aging"), "entity,as_of,total\r\nus,2026-03-31,1.00\r\n");
    EXPECT_EQ(csv(R"({"as_of": "2026-03-31", "reports": [)" + us + R"(, {"as_of": "2026-03-31", "entity": "emea", "rows": [{"customer": "C2", "total": "-2.00"}]}]})", {}, "report aging"),
              "entity,as_of,customer,total\r\nus,2026-03-31,C1,1.00\r\nemea,2026-03-31,C2,-2.00\r\n");
    const auto made = list_csv("report aging", json::parse(us), {});
    ASSERT_TRUE(made);
    EXPECT_EQ(made->others, std::vector<std::string>{"totals"});
}

TEST(ListCsv, an_entry_of_the_journal_is_a_row_a_line) {
    EXPECT_EQ(csv(R"({"entries": [{"entry": 1, "cause": {"kind": "record", "id": "x"}, "lines": [{"account": "1200", "debit": "5.00"}, {"account": "4000", "debit": "0.00"}], "reason": "invoice"}]})", {},
                  "journal"),
              "entry,cause.kind,cause.id,reason,account,debit\r\n1,record,x,invoice,1200,5.00\r\n1,record,x,invoice,4000,0.00\r\n");
}

TEST(ListCsv, without_a_row_or_without_a_list) {
    EXPECT_EQ(csv(R"({"totals": [], "as_of": "2026-03-31"})"), "currency,current,1-30,31-60,61-90,over-90,credits,disputed,total\r\n");
    EXPECT_EQ(csv(R"({"anything": [], "as_of": "2026-03-31"})"), "");
    EXPECT_EQ(csv(R"({"aliases": [], "rules": []})", "names"), "refused: the answer has no list names; it has: aliases, rules");
    EXPECT_EQ(csv(R"({"customer": "C1", "tags": ["a"]})", {}, "customer show"), "refused: \"customer show\" answers with no list; --json has all of it");
    EXPECT_EQ(csv("[]"), "refused: \"items\" answers with no list; --json has all of it");
}

TEST(ListCsv, is_for_lists_that_change_nothing) {
    EXPECT_TRUE(has_csv("items", false, false));
    EXPECT_FALSE(has_csv("cash apply", true, true));
    EXPECT_FALSE(has_csv("dunning run", true, false));
    EXPECT_FALSE(has_csv("customer show", false, true));
    EXPECT_FALSE(has_csv("status", false, false));
}

}  // namespace
}  // namespace owed::ctl
