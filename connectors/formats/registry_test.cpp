#include "formats/registry.hpp"

#include <gtest/gtest.h>

namespace owed::formats {
namespace {

TEST(Registry, names_are_sorted_and_unique) {
    std::string_view before;
    for (const Format& format : all()) {
        EXPECT_LT(before, format.name);
        before = format.name;
    }
}

TEST(Registry, every_format_is_found_by_its_own_name) {
    for (const Format& format : all()) {
        auto found = find(format.name);
        ASSERT_TRUE(found) << format.name;
        EXPECT_EQ(*found, &format);
    }
}

TEST(Registry, foreign_files_are_named) {
    struct Case {
        std::string_view head, said;
    };
    for (const Case& c : {Case{"PK\x03\x04....", "ZIP"}, Case{"%PDF-1.7", "PDF"}, Case{"", "empty"}}) {
        auto found = detect(c.head, "march.bin");
        ASSERT_FALSE(found);
        EXPECT_EQ(found.error().code, Errc::unsupported_format);
        EXPECT_EQ(found.error().where, "march.bin");
        EXPECT_NE(found.error().what.find(c.said), std::string::npos) << found.error().what;
    }
}

TEST(Registry, unknown_name_says_which_there_are) {
    auto found = find("swift-novel");
    ASSERT_FALSE(found);
    EXPECT_NE(found.error().what.find("swift-novel"), std::string::npos);
}

}  // namespace
}  // namespace owed::formats
