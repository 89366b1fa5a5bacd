#include "owed/boundary.hpp"

#include <gtest/gtest.h>

namespace owed {
namespace {

// The header is C too; abi_c.c compiles it as C11 and tells the sizes that a C compiler sees.
extern "C" const unsigned long owed_c_sizes[5];

TEST(Abi, c_and_cpp_agree_on_sizes) {
    EXPECT_EQ(owed_c_sizes[0], sizeof(owed_entry));
    EXPECT_EQ(owed_c_sizes[1], sizeof(owed_request));
    EXPECT_EQ(owed_c_sizes[2], sizeof(owed_response));
    EXPECT_EQ(owed_c_sizes[3], sizeof(owed_failure));
    EXPECT_EQ(owed_c_sizes[4], sizeof(owed_files_1));
}

TEST(Abi, an_error_keeps_its_class_and_its_name_across) {
    for (const Errc code : {Errc::malformed_input, Errc::unsupported_format, Errc::input_too_large, Errc::invalid_argument,
                            Errc::not_found, Errc::already_exists, Errc::invalid_config, Errc::auth, Errc::transient,
                            Errc::rate_limited, Errc::data, Errc::permanent, Errc::unknown_outcome, Errc::cancelled,
                            Errc::plugin_bug, Errc::unsupported, Errc::store_full, Errc::timed_out})
        EXPECT_EQ(errc_of(status_of(code), name_of(code)), code) << name_of(code);
}

TEST(Abi, a_name_of_another_class_or_of_the_ledger_is_ignored) {
    EXPECT_EQ(errc_of(OWED_BUG, "unknown_outcome"), Errc::plugin_bug);
    EXPECT_EQ(errc_of(OWED_DATA, "period_closed"), Errc::data);
    EXPECT_EQ(errc_of(OWED_TRANSIENT, "plugin_crashed"), Errc::transient);
    EXPECT_EQ(errc_of(4711, "malformed_input"), Errc::plugin_bug);
}

}  // namespace
}  // namespace owed
