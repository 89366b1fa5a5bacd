#include "config/yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace owed::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Read {
    Node root;
    std::vector<Problem> problems;
    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (const auto& problem : problems) all.push_back(to_text(problem));
        return all;
    }
};
Read read(std::string_view text, const ReadLimits& limits = {}) {
    Read result;
    result.root = read_yaml(text, "owed.yaml", result.problems, limits);
    return result;
}
std::string json(std::string_view text) {
    const auto got = read(text);
    EXPECT_THAT(got.texts(), IsEmpty()) << text;
    return to_json(got.root);
}

TEST(Yaml, nothing_is_converted_unless_it_looks_so) {
    EXPECT_EQ(json("country: NO\nvat: yes\non: off\n"), R"({"country":"NO","vat":"yes","on":"off"})");
    EXPECT_EQ(json("number: 0123\noctal: 0o17\nhex: 0x1f\nsexagesimal: 1:30\n"), R"({"number":"0123","octal":"0o17","hex":"0x1f","sexagesimal":"1:30"})");
    EXPECT_EQ(json("days: 12\nminus: -5\nzero: 0\nbig: 99999999999999999999\n"), R"({"days":12,"minus":-5,"zero":0,"big":"99999999999999999999"})");
    EXPECT_EQ(json("amount: 25.00\nexponent: 1e3\ninf: .inf\n"), R"({"amount":"25.00","exponent":"1e3","inf":".inf"})");  // money is never a JSON number
    EXPECT_EQ(json("t: true\nf: false\nT: True\n"), R"({"t":true,"f":false,"T":"True"})");
    EXPECT_EQ(json("a: 'true'\nb: \"12\"\nc: ''\nd: 'null'\n"), R"({"a":"true","b":"12","c":"","d":"null"})");
    EXPECT_EQ(json("a:\nb: ~\nc: null\n"), R"({"a":null,"b":null,"c":null})");
    EXPECT_EQ(json("date: 2026-03-31\n"), R"({"date":"2026-03-31"})");
    EXPECT_EQ(json("list: [1, two, {three: 3}]\n"), R"({"list":[1,"two",{"three":3}]})");
    EXPECT_EQ(json("text: |\n  one\n  two\n"), R"({"text":"one\ntwo\n"})");
    EXPECT_EQ(json(""), "null");
    EXPECT_EQ(json("# only a comment\n"), "null");
}

TEST(Yaml, places_are_right) {
    const auto got = read("entities:\n  - id: emea\n    name: \"N\"\njobs: [a, b]\n");
    EXPECT_THAT(got.texts(), IsEmpty());
    const auto& entity = got.root.find("entities")->items.at(0);
    EXPECT_EQ(to_text(entity.place), "owed.yaml:2:5");
    EXPECT_EQ(to_text(entity.members.at(0).place), "owed.yaml:2:5");
    EXPECT_EQ(to_text(entity.find("id")->place), "owed.yaml:2:9");
    EXPECT_EQ(to_text(entity.find("name")->place), "owed.yaml:3:11");
    EXPECT_EQ(to_text(got.root.find("jobs")->items.at(1).place), "owed.yaml:4:11");
    EXPECT_EQ(to_text(Place{"owed.yaml", 0, 0}), "owed.yaml");
}

TEST(Yaml, what_is_refused_and_where) {
    struct Row {
        const char* proves;
        const char* text;
        const char* says;
    };
    const Row rows[] = {
        {"duplicate_key", "a: 1\nb: 2\na: 3\n", "owed.yaml:3:1: key \"a\" stands twice; the first is in line 1"},
        {"duplicate_key_further_in", "x:\n  - {k: 1, k: 2}\n", "owed.yaml:2:12: key \"k\" stands twice"},
        {"anchor", "a: &name 1\n", "anchors (&name) are not allowed"},
        {"anchor_on_a_map", "a: &name {b: 1}\n", "anchors (&name) are not allowed"},
        {"alias", "a: &x 1\nb: *x\n", "owed.yaml:2:4: aliases (*name) are not allowed"},
        {"unknown_alias", "b: *nobody\n", "owed.yaml:1:"},
        {"tag", "a: !!int 7\n", "tags such as"},
        {"tag_on_a_map", "a: !python/object {b: 1}\n", "tags such as !python/object are not allowed"},
        {"tag_on_a_list", "a: !set [b]\n", "tags such as !set are not allowed"},
        {"two_documents", "a: 1\n---\nb: 2\n", "one document a file; a second one starts here"},
        {"broken", "a: [1, 2\nb: 3\n", "not YAML"},
        {"tab", "a:\n\t- b\n", "not YAML"},
        {"key_that_is_a_list", "? [a, b]\n: 1\n", "a key must be plain text"},
    };
    for (const auto& row : rows) {
        const auto got = read(row.text);
        ASSERT_FALSE(got.problems.empty()) << row.proves;
        bool found = false;
        for (const auto& text : got.texts()) found = found || text.find(row.says) != std::string::npos;
        EXPECT_TRUE(found) << row.proves << ": " << got.texts().front();
    }
}

TEST(Yaml, an_alias_bomb_ends_with_its_first_aliases) {
    std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i < 10; ++i) {
        const auto name = "a" + std::to_string(i), before = "*a" + std::to_string(i - 1);
        bomb += name + ": &" + name + " [" + before;
        for (int k = 1; k < 10; ++k) bomb += ", " + before;
        bomb += "]\n";
    }
    const auto got = read(bomb);
    EXPECT_FALSE(got.problems.empty());
    EXPECT_LE(got.problems.size(), 100U + 10U);  // one for each that is written, none for what they would make
    EXPECT_LE(to_json(got.root).size(), bomb.size());
}

TEST(Yaml, limits_of_size_depth_and_count) {
    const ReadLimits limits{.bytes_max = 1000, .depth_max = 5, .nodes_max = 50};
    EXPECT_THAT(read(std::string(1001, '#'), limits).texts(), ElementsAre("owed.yaml: larger than 1000 bytes"));
    EXPECT_THAT(read("a: [[[[1]]]]\n", limits).texts(), IsEmpty());
    EXPECT_THAT(read("a: [[[[[1]]]]]\n", limits).texts(), ElementsAre(HasSubstr("nested deeper than 5 levels")));
    std::string many = "a:\n";
    for (int i = 0; i < 60; ++i) many += "  - x\n";
    EXPECT_THAT(read(many, limits).texts(), ElementsAre(HasSubstr("more than 50 values")));
    // Deep enough to break a parser that recurses without asking.
    EXPECT_FALSE(read(std::string(100'000, '[')).problems.empty());
    EXPECT_FALSE(read(std::string(100'000, '{')).problems.empty());
    std::string nested;
    for (int i = 0; i < 1000; ++i) nested += std::string(static_cast<std::size_t>(i), ' ') + "- \n";
    read(nested);
}

TEST(Yaml, hostile_bytes_are_problems_and_nothing_worse) {
    const std::string_view texts[] = {{"\0", 1}, "\xff\xfe", "a: \xc3\x28", "%YAML 9.9\n---\na: 1\n", "a: \"unterminated", "- - - -", ": : :", "\xef\xbb\xbf" "a: 1\n",
                                      "? ? ?", "!!", "&", "*", "{", "}", "a: b: c", "\"\\u0000\": 1", "--- ---", "..."};
    for (const auto text : texts) read(text);
    EXPECT_EQ(json("\xef\xbb\xbf" "a: 1\n"), R"({"a":1})");
}

struct FieldsTest : ::testing::Test {
    std::vector<Problem> problems;
    Node root;
    Fields fields(std::string_view text) {
        root = read_yaml(text, "owed.yaml", problems);
        return {root, "an entity", problems};
    }
    std::vector<std::string> texts() const {
        std::vector<std::string> all;
        for (const auto& problem : problems) all.push_back(to_text(problem));
        return all;
    }
};

TEST_F(FieldsTest, unknown_keys_with_a_suggestion) {
    auto f = fields("id: emea\ntimezon: Europe/Berlin\nwholly_else: 1\n");
    EXPECT_EQ(f.text("id"), "emea");
    EXPECT_EQ(f.text_or("timezone", "UTC"), "UTC");
    f.done();
    EXPECT_THAT(texts(), ElementsAre("owed.yaml:2:1: an entity has no key \"timezon\"; did you mean \"timezone\"?",
                                     "owed.yaml:3:1: an entity has no key \"wholly_else\"; there are: id, timezone"));
}

TEST_F(FieldsTest, wrong_types_name_key_and_place) {
    auto f = fields("id: [a]\ndays: ten\nflag: yes\nquoted: \"true\"\nday: 2026-02-30\nlist: {a: 1}\nmap: [1]\nseq: 7\ncurrency: EUX\n"
                    "fee: {EUR: 5.005, XXX: 1, JPY: 3000}\nmixed: [a, [b]]\nrange: 99\n");
    f.text("id");
    EXPECT_EQ(f.integer_or("days", 3, 0, 20), 3);
    EXPECT_FALSE(f.boolean_or("flag", false));
    EXPECT_FALSE(f.boolean_or("quoted", false));
    EXPECT_FALSE(f.date("day"));
    EXPECT_THAT(f.texts("list"), IsEmpty());
    EXPECT_EQ(f.map("map"), nullptr);
    EXPECT_EQ(f.sequence("seq"), nullptr);
    EXPECT_EQ(f.currency("currency").text(), "EUR");
    const auto fee = f.money_by_currency("fee");
    ASSERT_EQ(fee.size(), 1U);
    EXPECT_EQ(to_text(fee[0].second), "3000");
    EXPECT_THAT(f.texts("mixed"), ElementsAre("a"));
    EXPECT_EQ(f.integer_or("range", 1, 0, 20), 1);
    f.text("missing");
    f.done();
    EXPECT_THAT(texts(), ElementsAre("owed.yaml:1:5: id must be a single value", HasSubstr("owed.yaml:2:7: \"ten\" is not a whole number from 0 to 20"),
                                     HasSubstr("owed.yaml:3:7: \"yes\" is neither true nor false"), HasSubstr("owed.yaml:4:9: \"true\" is neither"),
                                     HasSubstr("owed.yaml:5:6: "), "owed.yaml:6:7: list must be a list", HasSubstr("owed.yaml:7:6: map must be a map"),
                                     "owed.yaml:8:6: seq must be a list", HasSubstr("owed.yaml:9:11: "), HasSubstr("owed.yaml:10:12: "),
                                     HasSubstr("owed.yaml:10:19: "), HasSubstr("owed.yaml:11:12: mixed holds single values only"),
                                     HasSubstr("owed.yaml:12:8: \"99\" is not a whole number from 0 to 20"),
                                     "owed.yaml:1:1: an entity needs \"missing\""));
}

TEST_F(FieldsTest, a_single_value_is_a_list_of_one_and_null_is_absent) {
    auto f = fields("one: a\nnone:\nempty: []\n");
    EXPECT_THAT(f.texts("one"), ElementsAre("a"));
    EXPECT_THAT(f.texts("none"), IsEmpty());
    EXPECT_THAT(f.texts("empty"), IsEmpty());
    EXPECT_FALSE(f.has("none"));
    EXPECT_EQ(f.text_or("none", "fallback"), "fallback");
    f.done();
    EXPECT_THAT(texts(), IsEmpty());
}

TEST(Suggestion, only_what_is_near) {
    const std::vector<std::string> names{"schedule", "settings", "secrets", "id"};
    EXPECT_EQ(suggestion("shedule", names), "schedule");
    EXPECT_EQ(suggestion("setings", names), "settings");
    EXPECT_EQ(suggestion("xx", names), "");
    EXPECT_EQ(suggestion("timezone", names), "");
}

}  // namespace
}  // namespace owed::config
