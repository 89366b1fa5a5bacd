#include "letter/pages.hpp"

#include <gtest/gtest.h>

#include "testing/pdf.hpp"

namespace owed::plugins::letter {
namespace {

TEST(Pages, are_counted) {
    EXPECT_EQ(*pages_of(testing::pdf(1)), 1);
    EXPECT_EQ(*pages_of(testing::pdf(3)), 3);
}

TEST(Pages, what_a_printer_could_not_read_is_refused) {
    const std::string good = testing::pdf(2);
    for (const std::string& bad : {std::string{}, std::string{"hello"}, std::string{"%PDF-1.4\n"}, good.substr(0, good.size() / 2),
                                   good.substr(0, good.size() - 30), std::string{"%PDF-1.4 nothing behind it %%EOF"}}) {
        const auto pages = pages_of(bad);
        ASSERT_FALSE(pages) << bad.size() << " bytes";
        EXPECT_EQ(pages.error().code, Errc::data);
        EXPECT_EQ(pages.error().what.find('\n'), std::string::npos);
    }
    EXPECT_FALSE(pages_of(testing::pdf(0)));
}

}  // namespace
}  // namespace owed::plugins::letter
