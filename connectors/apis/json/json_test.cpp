#include "apis/json/json.hpp"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <random>

namespace owed::apis {
namespace {

TEST(ExactJson, numbers_stay_as_they_are_written) {
    for (const std::string number : {"0", "-0", "0.1", "120.50", "123456789012345.67", "1e3", "1.299078055E7", "2.5E7", "-1.0E-4", "9223372036854775808",
                                     "18446744073709551616", "123456789012345678901234567890.123456789", "0.30000000000000004", "1E400"}) {
        const auto json = parse_json("{\"a\": [" + number + ", {\"b\":" + number + "}]}");
        ASSERT_TRUE(json) << number << ": " << to_text(json.error());
        EXPECT_EQ(json->at("a").values()[0].text(), number);
        EXPECT_EQ(json->at("a").values()[1].at("b").text(), number);
        EXPECT_EQ(json->at("a").values()[1].at("b").kind(), Json::Kind::number);
    }
}

TEST(ExactJson, members_and_paths) {
    const auto json = parse_json(R"({"Account": {"Owner": {"Name": "Zoë \"Z\" \u00e9\ud83d\ude00\n"}, "Parent": null}, "done": true, "x": false, "x": true})");
    ASSERT_TRUE(json) << to_text(json.error());
    EXPECT_EQ(json->at("Account.Owner.Name").text(), "Zoë \"Z\" é😀\n");
    EXPECT_TRUE(json->at("Account.Parent").is_null());
    EXPECT_TRUE(json->at("Account.Parent.Name").is_null());
    EXPECT_TRUE(json->at("nothing").is_null());
    EXPECT_TRUE(json->at("done").is_true());
    EXPECT_FALSE(json->at("x").is_true());
    EXPECT_EQ(json->members().size(), 4u);
    EXPECT_TRUE(parse_json("\"\"")->text().empty());
    EXPECT_TRUE(parse_json("[]")->is_array());
    EXPECT_TRUE(parse_json(" {} ")->is_object());
}

TEST(ExactJson, what_is_none_is_refused_with_its_place) {
    for (const std::string bad : {"", " ", "<html>", "{", "[1,", "{\"a\":1", "[1] x", "[01]", "[1.]", "[NaN]", "\"\xff\"", "[\"a\nb\"]", "{\"a\" 1}", "tru", "[1,]", "[.5]", "[+1]",
                                  "\"\\ud800\""}) {
        const auto json = parse_json(bad);
        ASSERT_FALSE(json) << bad;
        EXPECT_EQ(json.error().code, Errc::malformed_input);
        EXPECT_TRUE(json.error().where.starts_with("byte ")) << json.error().where;
    }
    EXPECT_FALSE(parse_json(std::string(1000, '[') + std::string(1000, ']')));
}

TEST(ExactJson, every_torn_piece_is_refused) {
    const std::string whole = R"({"totalSize":2,"done":true,"records":[{"attributes":{"type":"Order"},"TotalAmount":990.1},{"TotalAmount":null}]})";
    ASSERT_TRUE(parse_json(whole));
    for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(parse_json(whole.substr(0, length))) << length;
}

TEST(ExactJson, text_is_read_back) {
    std::mt19937 random{20260331};
    for (int round = 0; round < 500; ++round) {
        std::string text;
        for (int i = static_cast<int>(random() % 20); i > 0; --i) text += static_cast<char>(random() % 0x80);
        text += "é😀";
        const auto read = parse_json(json_text(text));
        ASSERT_TRUE(read) << json_text(text);
        EXPECT_EQ(read->text(), text);
    }
}

}  // namespace
}  // namespace owed::apis
