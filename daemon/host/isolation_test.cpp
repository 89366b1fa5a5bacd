// What a child finds and what becomes of it: limits, surroundings, last words, quarantine. Its misdeeds are in zoo_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "host/test_doors.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::HasSubstr;

TEST(Isolation, memory_beyond_the_limit_is_the_plugins_problem) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "sanitizers need address space without limit";
#endif
    HostBench bench;
    auto& beast = bench.start(HostBench::zoo("memory"));
    KeptTarget target;
    const auto status = beast.read({}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::plugin_bug);
    EXPECT_THAT(status.error().what, HasSubstr("bad_alloc"));
    EXPECT_THAT(status.error().what, HasSubstr("ran out of memory; its limit is 512 MiB (limits: memory_mib)"));
    EXPECT_THAT(status.error().advice, HasSubstr("raise limits: memory_mib"));
}

TEST(Isolation, a_record_larger_than_a_batch_is_refused_as_data) {
    if (sanitized_build) GTEST_SKIP() << "a sanitizer takes minutes for a record of this size";
    HostBench bench;
    auto& beast = bench.start(HostBench::zoo("huge_record"));
    KeptTarget target;
    const auto status = beast.read({}, target);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, Errc::input_too_large) << to_text(status.error());
    EXPECT_TRUE(target.batches.empty());
}

TEST(Isolation, a_child_has_its_folder_and_nothing_else) {
    HostBench bench;
    auto& beast = bench.start(HostBench::zoo("environment"));
    KeptTarget target;
    const auto status = beast.read({}, target);
    EXPECT_TRUE(status) << to_text(status.error());
    EXPECT_GT(beast.report().rss_bytes, 0u);
}

TEST(Isolation, last_words_are_kept) {
    HostBench bench;
    auto& beast = bench.start(HostBench::zoo("abort"));
    KeptTarget target;
    const auto status = beast.read({}, target);
    ASSERT_FALSE(status);
    EXPECT_THAT(status.error().what, HasSubstr("its last words: \""));
    EXPECT_THAT(bench.host->stderr_of("beast"), HasSubstr("last words"));
}

TEST(Isolation, who_dies_in_silence_has_no_last_words) {
    if (sanitized_build) GTEST_SKIP() << "a sanitizer speaks before it ends";
    HostBench bench;
    auto& beast = bench.start(HostBench::zoo("silently"));
    KeptTarget target;
    const auto status = beast.read({}, target);
    ASSERT_FALSE(status);
    ASSERT_EQ(bench.host->stderr_of("beast"), "");
    EXPECT_THAT(to_text(status.error()), testing::Not(HasSubstr("last words")));
}

TEST(Isolation, five_deaths_in_ten_minutes_are_quarantine_until_release) {
    HostBench bench;
    auto& beast = bench.start(HostBench::zoo("segv"));
    KeptTarget target;
    for (int death = 0; death < 5; ++death) {
        EXPECT_EQ(beast.read({}, target).error().code, Errc::plugin_crashed);
        bench.clock.advance_s(20);
    }
    EXPECT_EQ(beast.report().state, InstanceState::quarantined);
    EXPECT_THAT(beast.report().reason, testing::AllOf(HasSubstr("plugin zoo, instance beast, read: it "), HasSubstr(segv_text)));
    bench.clock.advance_s(3600);
    const auto status = beast.read({}, target);
    EXPECT_THAT(status.error().what, HasSubstr("quarantined"));
    EXPECT_EQ(status.error().advice, "owectl plugin release beast");
    EXPECT_EQ(beast.report().restarts, 5u);
    ASSERT_TRUE(bench.host->release("beast"));
    EXPECT_THAT(beast.read({}, target).error().what, HasSubstr(segv_text));
    EXPECT_EQ(beast.report().restarts, 6u);
    EXPECT_FALSE(bench.host->release("nobody"));
}

TEST(Isolation, a_plugin_that_dies_while_it_is_loaded_never_reaches_the_daemon) {
    for (const auto isolation : {InstanceConfig::Isolation::process, InstanceConfig::Isolation::none}) {
        HostBench bench;
        InstanceConfig config;
        config.name = "eager";
        config.plugin = "at-load";
        config.isolation = isolation;
        auto& eager = bench.start(config);
        const auto status = eager.check();
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, Errc::plugin_crashed);
        EXPECT_THAT(status.error().what, HasSubstr("plugin at-load, instance eager, create: it died of signal 6 (SIGABRT)"));
    }
}

TEST(Isolation, another_boundary_is_refused_by_naming_both_sides) {
    const std::pair<const char*, const char*> cases[] = {
        {"wrong-abi", "the plugin speaks boundary 7.3 (other-sdk 7.3), this host speaks 0.9"},
        {"newer-host", "the plugin wants a host of boundary 0.200 or later (owed-sdk 0.200), this host speaks 0.9"}};
    for (const auto& [plugin, says] : cases) {
        HostBench bench;
        InstanceConfig config;
        config.name = "old";
        config.plugin = plugin;
        const auto status = bench.start(config).check();
        ASSERT_FALSE(status);
        EXPECT_EQ(status.error().code, Errc::unsupported);
        EXPECT_EQ(status.error().what, says);
        EXPECT_FALSE(status.error().advice.empty());
    }
}

TEST(Isolation, a_send_that_dies_after_its_effect_is_unknown) {
    HostBench bench;
    auto& bank = bench.start(HostBench::good());
    const auto receipt = bank.send({"k-9", "letter", "", {}, "", {{"x", "application/pdf", "%PDF"}}, {}, "crash"});
    ASSERT_TRUE(receipt) << to_text(receipt.error());
    EXPECT_EQ(receipt->state, SendState::unknown);
    EXPECT_THAT(receipt->detail, HasSubstr("SIGABRT"));
    bench.clock.advance_s(1);
    EXPECT_EQ((*bank.lookup("k-9"))->state, SendState::sent);  // and can be asked about
}

}  // namespace
}  // namespace owed::host
