#include <gtest/gtest.h>

#include <random>
#include <set>

#include "shared/drop_out.hpp"
#include "shared/file_codec.hpp"
#include "shared/receipts.hpp"
#include "shared/settings.hpp"

namespace owed::plugins {
namespace {

TEST(FileName, table) {
    EXPECT_EQ(file_name_for("ABC123"), "ABC123");
    EXPECT_EQ(file_name_for("dun/emea/10004"), "dun%2femea%2f10004");
    EXPECT_EQ(file_name_for(".."), "%2e.");
    EXPECT_EQ(file_name_for("a\r\nb"), "a%0d%0ab");
    EXPECT_EQ(file_name_for(""), "%");
    EXPECT_EQ(file_name_for("50%"), "50%25");
}

/// Different keys never share a file, and no key leaves the folder.
TEST(FileName, property_injective_and_harmless) {
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random{seed};
    const std::string alphabet = "aA0._-%/\\\n\r\t \xc3\xa4:2e";
    std::set<std::string> keys, names;
    for (int i = 0; i < 20'000; ++i) {
        std::string key(random() % (i % 50 == 0 ? 400 : 12), ' ');
        for (char& c : key) c = alphabet[random() % alphabet.size()];
        const std::string name = file_name_for(key);
        const bool new_key = keys.insert(key).second;
        EXPECT_EQ(names.insert(name).second, new_key) << name;
        EXPECT_LE(name.size(), 120u);
        EXPECT_NE(name.front(), '.');
        for (const char c : name) EXPECT_TRUE(c > 0x20 && c < 0x7f && c != '/' && c != '\\') << name;
        EXPECT_EQ(name, file_name_for(key));
    }
}

TEST(Sha256, known_value) {
    EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Receipts, only_faults_of_the_delivery_are_refused) {
    for (const Errc code : {Errc::data, Errc::malformed_input, Errc::input_too_large, Errc::currency_mismatch}) {
        const auto receipt = refused_if_data(fail(code, "no PDF", {}, "add one"));
        ASSERT_TRUE(receipt) << name_of(code);
        EXPECT_EQ(receipt->state, SendState::refused);
        EXPECT_EQ(receipt->detail, "no PDF; add one");
    }
    for (const Errc code : {Errc::transient, Errc::auth, Errc::invalid_config, Errc::unknown_outcome, Errc::store_full, Errc::cancelled})
        EXPECT_EQ(refused_if_data(fail(code, "x")).error().code, code);
}

TEST(Settings, read) {
    const auto settings = Settings::read(R"({"a": "x", "n": 7, "b": true, "o": {"k": [1]}, "z": null})");
    ASSERT_TRUE(settings);
    EXPECT_EQ(settings->text("a"), "x");
    EXPECT_EQ(settings->text("n", "other"), "other");
    EXPECT_EQ(settings->number("n"), 7);
    EXPECT_EQ(settings->number("a", 3), 3);
    EXPECT_TRUE(settings->flag("b"));
    EXPECT_EQ(settings->json("o"), R"({"k":[1]})");
    EXPECT_EQ(settings->find("z"), nullptr);
    EXPECT_EQ(settings->json("missing"), "");
    EXPECT_FALSE(Settings::read("[1]"));
    EXPECT_FALSE(Settings::read("{"));
}

class NoRecords : public RecordSink {
  public:
    Status record(Record) override { return fail(Errc::internal, "no record was expected"); }
};

TEST(FileCodec, reads_only_what_it_is_asked_to) {
    const FileCodec codec{{"mt940"}, "auto", ""};
    NoRecords sink;
    const auto other = codec.decode({"x.csv", "a,b\n", "agency-csv", ""}, sink);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, Errc::unsupported_format);
    const auto archive = codec.decode({"x.zip", "PK\x03\x04....", "", ""}, sink);
    ASSERT_FALSE(archive);
    EXPECT_EQ(archive.error().code, Errc::unsupported_format);
    EXPECT_NE(archive.error().what.find("ZIP"), std::string::npos) << archive.error().what;
    const auto empty = codec.decode({"x", "", "", ""}, sink);
    ASSERT_FALSE(empty);
    EXPECT_EQ(codec.sniff("x", "nothing that anyone knows")->score, 0);
}

}  // namespace
}  // namespace owed::plugins
