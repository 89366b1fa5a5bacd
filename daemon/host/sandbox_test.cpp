#include "host/sandbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace owed::host {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Sandbox, says_what_a_kernel_lacks_and_what_to_do) {
    const auto nothing = described(0, false);
    EXPECT_FALSE(nothing.complete());
    EXPECT_THAT(nothing.landlock_text, testing::AllOf(HasSubstr("no Landlock"), HasSubstr("lsm=landlock")));
    EXPECT_THAT(nothing.seccomp_text, testing::AllOf(HasSubstr("no seccomp"), HasSubstr("CONFIG_SECCOMP_FILTER")));
    const auto debian_12 = described(2, true);
    EXPECT_TRUE(debian_12.complete());
    EXPECT_THAT(debian_12.landlock_text, HasSubstr("truncation, TCP ports"));
    EXPECT_THAT(described(3, true).landlock_text, testing::AllOf(HasSubstr("TCP ports"), Not(HasSubstr("truncation"))));
    EXPECT_THAT(described(7, true).landlock_text, Not(HasSubstr("lacks")));
}

TEST(Sandbox, this_machine_answers) {
    const auto here = sandbox_support();
    EXPECT_FALSE(here.landlock_text.empty());
    EXPECT_FALSE(here.seccomp_text.empty());
    std::printf("%s\n%s\n", here.landlock_text.c_str(), here.seccomp_text.c_str());
}

}  // namespace
}  // namespace owed::host
