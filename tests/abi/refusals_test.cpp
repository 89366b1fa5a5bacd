// Versions are negotiated in both directions: every refusal names the plugin's side, the host's side and what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/test_kinds.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::HasSubstr;

struct Refusal {
    const char* plugin;
    bool drafts;
    Errc code;
    std::vector<const char*> says;  ///< the plugin's side and the host's
    const char* advice;
};

class Refusals : public KindsBench {};
INSTANTIATE_TEST_SUITE_P(Isolation, Refusals, testing::Values(Isolation::process, Isolation::none),
                         [](const auto& test) { return test.param == Isolation::none ? "none" : "process"; });

TEST_P(Refusals, name_both_sides_and_the_fix) {
    const Refusal cases[] = {
        {"wrong-abi", false, Errc::unsupported, {"the plugin speaks boundary 7.3 (other-sdk 7.3)", "this host speaks 0.9"}, "upgrade owed"},
        {"newer-host", false, Errc::unsupported, {"the plugin wants a host of boundary 0.200 or later (owed-sdk 0.200)", "this host speaks 0.9"}, "upgrade owed"},
        {"short-entry", false, Errc::unsupported, {"owed_plugin_entry has 32 bytes where boundary 0.9 has 40", "it says that it speaks 0.9"}, "rebuild the plugin"},
        {"tiny-entry", false, Errc::unsupported, {"owed_plugin_entry has 8 bytes and tells no version", "this host speaks 0.9"}, "rebuild the plugin"},
        {"no-create", false, Errc::plugin_bug, {"has no function create (odd-sdk)", "this host speaks 0.9"}, "rebuild the plugin"},
        {"no-entry", false, Errc::unsupported, {"exports no owed_plugin_entry"}, "owed_add_plugin()"},
        {"uses-draft", false, Errc::unsupported, {"plugin uses-draft 1.2.0 uses x.owed.trace/1, a draft", "this host (boundary 0.9)", "connector subject allows none"}, "allow_drafts: true"},
        {"uses-other-draft", true, Errc::unsupported, {"plugin uses-other-draft 1.2.0 uses x.owed.other/1", "this host (boundary 0.9) has no such service"}, "upgrade owed"},
        {"uses-unknown", true, Errc::unsupported, {"plugin uses-unknown 1.2.0 uses owed.fax/1", "this host (boundary 0.9) has no such service"}, "upgrade owed"},
    };
    for (const auto& c : cases) {
        auto subject = config(c.plugin);
        subject.allow_drafts = c.drafts;
        const auto status = start(subject).check();
        ASSERT_FALSE(status) << c.plugin;
        EXPECT_EQ(status.error().code, c.code) << c.plugin;
        for (const char* part : c.says) EXPECT_THAT(status.error().what, HasSubstr(part)) << c.plugin;
        EXPECT_THAT(status.error().advice, HasSubstr(c.advice)) << c.plugin;
        EXPECT_THAT(status.error().where, HasSubstr(std::string{c.plugin}.starts_with("uses") ? "owed.yaml:7:3" : std::string{c.plugin} + ".so")) << c.plugin;
    }
}

TEST_P(Refusals, a_draft_that_is_allowed_is_used) {
    auto subject = config("uses-draft");
    subject.allow_drafts = true;
    const auto status = start(subject).check();
    EXPECT_TRUE(status) << to_text(status.error());
}

}  // namespace
}  // namespace owed::host
