// Signatures as the real minisign program makes them, and every way in which a plugin file can be another one than was
// vouched for (SECURITY T19).
#include "host/signature.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "host/in_use.hpp"
#include "host/test_doors.hpp"
#include "host/version_floor.hpp"
#include "owed/abi.h"

namespace owed::host {
namespace {

using namespace test;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// Runs a program with nothing on stdin. True: it ended with 0.
bool run(std::vector<std::string> words) {
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t quiet;
    ::posix_spawn_file_actions_init(&quiet);
    ::posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
    pid_t child = -1;
    const int code = ::posix_spawnp(&child, argv[0], &quiet, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&quiet);
    int status = -1;
    return code == 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

bool minisign_is_here() {
    static const bool here = run({"minisign", "-v"});
    return here;
}

enum class Form { prehashed, legacy };

class Signed : public testing::Test {
  protected:
    void SetUp() override {
        if (!minisign_is_here()) GTEST_SKIP() << "the program minisign is not installed";
        fs::create_directories(folder.path("plugins"));
        fs::create_directories(folder.path("keys"));
        fs::create_directories(folder.path("secret"));
        fs::copy_file(zoo_folder() + "/zoo-early.so", so());
        make_key("ours");
        fs::copy_file(folder.path("secret/ours.pub"), folder.path("keys/ours.pub"));
        rules.folder = folder.path("plugins");
        rules.allow_unlisted = true;
        rules.trusted_keys = folder.path("keys");
        rules.package_folder = rules.folder;
        rules.signatures = Signatures::require;
    }
    std::string so(const std::string& name = "zoo-early") const { return folder.path("plugins/" + name + ".so"); }
    std::string minisig(const std::string& name = "zoo-early") const { return so(name) + ".minisig"; }
    void make_key(const std::string& name) {
        // -W: without a password, or it would ask for one.
        ASSERT_TRUE(run({"minisign", "-G", "-W", "-f", "-p", folder.path("secret/" + name + ".pub"), "-s", folder.path("secret/" + name + ".key")}));
    }
    void sign(const std::string& key = "ours", Form form = Form::prehashed, const std::string& comment = "zoo-early 1.0.0") {
        std::vector<std::string> words{"minisign", "-S", "-W", "-s", folder.path("secret/" + key + ".key"), "-m", so(), "-x", minisig(), "-t", comment};
        if (form == Form::legacy) words.insert(words.begin() + 2, "-l");
        ASSERT_TRUE(run(words));
    }
    /// The refusal, or "".
    std::string refusal(const std::string& name = "zoo-early") {
        const auto file = open_plugin(rules, name);
        return file ? "" : to_text(file.error()) + " " + file.error().advice;
    }
    /// Replaces one character of a line of the signature (0-based).
    void change_signature(int line, std::size_t column) {
        auto text = folder.get("plugins/zoo-early.so.minisig");
        std::size_t at = 0;
        for (int i = 0; i < line; ++i) at = text.find('\n', at) + 1;
        text[at + column] = text[at + column] == 'A' ? 'B' : 'A';
        folder.put("plugins/zoo-early.so.minisig", text);
    }
    TempFolder folder;
    LoadRules rules;
};

TEST_F(Signed, both_forms_of_minisign_verify_with_their_trusted_comment) {
    for (const auto form : {Form::prehashed, Form::legacy}) {
        sign("ours", form, "id=zoo-early version=1.0.0");
        const auto text = folder.get("plugins/zoo-early.so.minisig");
        const auto signature = parse_signature(text, "x");
        ASSERT_TRUE(signature) << to_text(signature.error());
        EXPECT_EQ(signature->prehashed, form == Form::prehashed);
        const auto file = open_plugin(rules, "zoo-early");
        ASSERT_TRUE(file) << to_text(file.error());
        EXPECT_EQ(file->signed_comment(), "id=zoo-early version=1.0.0");
        EXPECT_THAT(file->warnings(), testing::IsEmpty());
    }
}

TEST_F(Signed, a_file_that_was_changed_after_it_was_signed_is_refused_whatever_the_policy) {
    for (const auto form : {Form::prehashed, Form::legacy}) {
        sign("ours", form);
        const auto before = folder.get("plugins/zoo-early.so");
        auto bytes = before;
        bytes[bytes.size() / 2] ^= 1;
        folder.put("plugins/zoo-early.so", bytes);
        for (const auto policy : {Signatures::require, Signatures::warn, Signatures::by_default}) {
            rules.signatures = policy;
            EXPECT_THAT(refusal(), HasSubstr("its signature does not fit the file (key "));
        }
        rules.signatures = Signatures::off;
        EXPECT_EQ(refusal(), "");
        folder.put("plugins/zoo-early.so", before);
        rules.signatures = Signatures::require;
        EXPECT_EQ(refusal(), "");
    }
}

TEST_F(Signed, a_changed_signature_or_comment_is_refused) {
    sign();
    change_signature(1, 40);
    EXPECT_THAT(refusal(), HasSubstr("does not fit the file"));
    sign();
    change_signature(2, std::string{"trusted comment: "}.size());
    EXPECT_THAT(refusal(), HasSubstr("trusted comment of its signature was changed"));
    sign();
    change_signature(3, 20);
    EXPECT_THAT(refusal(), HasSubstr("trusted comment of its signature was changed"));
}

TEST_F(Signed, an_unsigned_file_and_an_unknown_key) {
    EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("it has no signature"), HasSubstr("is required"), HasSubstr(folder.path("keys"))));
    make_key("theirs");
    sign("theirs");
    EXPECT_THAT(refusal(), testing::AllOf(HasSubstr("it is signed by key "), HasSubstr("which is not in")));
    rules.signatures = Signatures::warn;
    const auto file = open_plugin(rules, "zoo-early");
    ASSERT_TRUE(file);
    EXPECT_THAT(file->warnings(), testing::ElementsAre(HasSubstr("plugin zoo-early: it is signed by key ")));
    EXPECT_EQ(file->signed_comment(), "");
}

TEST_F(Signed, the_default_depends_on_keys_isolation_and_folder) {
    rules.signatures = Signatures::by_default;
    EXPECT_TRUE(open_plugin(rules, "zoo-early")->warnings().size() == 1);  // packaged, in a child: told
    rules.in_daemon = true;
    EXPECT_THAT(refusal(), HasSubstr("is required for isolation: none"));
    rules.in_daemon = false;
    rules.package_folder = folder.path("keys");
    EXPECT_THAT(refusal(), HasSubstr("is required"));                      // from elsewhere
    fs::remove_all(folder.path("keys"));
    rules.package_folder = rules.folder;
    rules.in_daemon = true;
    EXPECT_EQ(refusal(), "");                                              // no key: nothing to check against
    EXPECT_TRUE(open_plugin(rules, "zoo-early")->warnings().empty());
    rules.signatures = Signatures::require;
    sign();
    EXPECT_THAT(refusal(), HasSubstr("no key is configured"));
}

TEST_F(Signed, another_plugins_signature_is_none_for_this_file) {
    sign();
    fs::copy_file(zoo_folder() + "/wrong-abi.so", so("wrong-abi"));
    fs::copy_file(minisig(), minisig("wrong-abi"));
    EXPECT_THAT(refusal("wrong-abi"), HasSubstr("does not fit the file"));
}

TEST_F(Signed, keys_and_signatures_that_are_none_or_that_others_can_write_are_refused) {
    sign();
    const auto key = folder.get("keys/ours.pub");
    folder.put("keys/broken.pub", "untrusted comment: x\nnot base64\n");
    EXPECT_THAT(refusal(), HasSubstr("broken.pub:2: this is no minisign public key"));
    fs::remove(folder.path("keys/broken.pub"));
    ASSERT_EQ(::chmod(folder.path("keys/ours.pub").c_str(), 0666), 0);
    EXPECT_THAT(refusal(), HasSubstr("can write to it"));
    fs::remove(folder.path("keys/ours.pub"));
    folder.put("secret/link-target", key);
    fs::create_symlink(folder.path("secret/link-target"), folder.path("keys/ours.pub"));
    EXPECT_THAT(refusal(), HasSubstr("symbolic link"));
    fs::remove(folder.path("keys/ours.pub"));
    folder.put("keys/ours.pub", key);
    ASSERT_EQ(::chmod(folder.path("keys").c_str(), 0777), 0);
    EXPECT_THAT(refusal(), HasSubstr("can write to it"));
    ASSERT_EQ(::chmod(folder.path("keys").c_str(), 0755), 0);
    EXPECT_EQ(refusal(), "");

    const auto good = folder.get("plugins/zoo-early.so.minisig");
    for (const std::string& text : {std::string{}, std::string{"x"}, good.substr(0, 60), good.substr(0, good.size() / 2), std::string(100'000, 'x')}) {
        folder.put("plugins/zoo-early.so.minisig", text);
        EXPECT_NE(refusal(), "");
    }
    fs::remove(minisig());
    fs::create_symlink(folder.path("secret"), minisig());
    EXPECT_THAT(refusal(), HasSubstr("symbolic link"));
    fs::remove(minisig());
    ASSERT_EQ(::mkfifo(minisig().c_str(), 0600), 0);
    EXPECT_THAT(refusal(), HasSubstr("no regular file"));
}

/// Somebody swaps and rewrites the file as fast as it goes. Whatever is opened has bytes that were signed or listed, and
/// they do not change any more.
TEST_F(Signed, a_swap_between_check_and_load_never_gets_other_bytes_in) {
    sign();
    const auto good = folder.get("plugins/zoo-early.so");
    auto evil = good;
    for (std::size_t at = evil.size() / 3; at < evil.size() / 2; ++at) evil[at] ^= 0x55;
    folder.put("secret/good", good);
    folder.put("secret/evil", evil);
    std::atomic<bool> stopping = false;
    std::thread swapper{[&] {
        for (unsigned round = 0; !stopping; ++round) {
            const auto bytes = folder.path(round % 2 == 0 ? "secret/evil" : "secret/good");
            std::error_code ignored;
            switch (round % 3) {
                case 0:  // renamed over
                    fs::copy_file(bytes, folder.path("secret/next"), fs::copy_options::overwrite_existing, ignored);
                    fs::rename(folder.path("secret/next"), so(), ignored);
                    break;
                case 1:  // written in place
                    folder.put("plugins/zoo-early.so", round % 2 == 0 ? evil : good);
                    break;
                default:  // a link for a moment
                    fs::create_symlink(bytes, folder.path("secret/link"), ignored);
                    fs::rename(folder.path("secret/link"), so(), ignored);
                    fs::remove(so(), ignored);
                    folder.put("plugins/zoo-early.so", good);
            }
        }
    }};
    int opened = 0, refused = 0;
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds{1500};
    while (std::chrono::steady_clock::now() < give_up && opened + refused < 100'000) {
        const auto file = open_plugin(rules, "zoo-early");
        if (!file) {
            ++refused;
            continue;
        }
        ++opened;
        std::string bytes(good.size() + 1, '\0');
        ASSERT_EQ(::pread(file->fd(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(good.size()));
        bytes.resize(good.size());
        ASSERT_TRUE(bytes == good) << "after " << opened << " opens";
    }
    stopping = true;
    swapper.join();
    std::printf("swap race: %d opened, %d refused, 0 with other bytes\n", opened, refused);
    EXPECT_GT(refused, 0);
}

TEST_F(Signed, what_was_opened_cannot_be_changed_by_anybody) {
    sign();
    const auto file = open_plugin(rules, "zoo-early");
    ASSERT_TRUE(file);
    const auto path = "/proc/self/fd/" + std::to_string(file->fd());
    EXPECT_LT(::pwrite(file->fd(), "x", 1, 0), 0);
    EXPECT_NE(::ftruncate(file->fd(), 0), 0);
    const int again = ::open(path.c_str(), O_RDWR);
    if (again >= 0) {
        EXPECT_LT(::pwrite(again, "x", 1, 0), 0);
        ::close(again);
    }
    // The same content is the same memory: twenty instances hold it once.
    EXPECT_EQ(open_plugin(rules, "zoo-early")->fd(), file->fd());
}

TEST_F(Signed, a_host_says_in_its_log_that_nobody_vouches_and_refuses_where_it_must) {
    HostBench bench;
    bench.options.plugin_folder = rules.folder;
    bench.options.allow_unlisted = true;
    bench.options.trusted_keys = rules.trusted_keys;
    InstanceConfig config;
    config.name = "eager";
    config.plugin = "zoo-early";
    EXPECT_EQ(bench.start(config).report().state, InstanceState::starting);
    EXPECT_TRUE(bench.log.has("eager: plugin zoo-early: it has no signature"));
    config.isolation = InstanceConfig::Isolation::none;
    const auto report = bench.start(config).report();
    EXPECT_EQ(report.state, InstanceState::failed);
    EXPECT_THAT(report.reason, HasSubstr("is required for isolation: none"));
}

TEST(TrustedComment, speaks_of_the_plugin_or_of_nothing) {
    for (const char* good : {"", "bank-feed 1.2.0", "id=bank-feed version=1.2.0", "bank-feed 1.2.0 built 2026-11-22", "  bank-feed\t1.2.0", "timestamp:1700000000\tfile:bank-feed.so\thashed"})
        EXPECT_TRUE(check_comment(good, "bank-feed", "1.2.0", "x.so")) << good;
    for (const char* bad : {"bank-feed 1.2.1", "bank-feed", "other 1.2.0", "1.2.0 bank-feed", "id=other version=1.2.0", "released", "bank-feed1.2.0", " "})
        EXPECT_FALSE(check_comment(bad, "bank-feed", "1.2.0", "x.so")) << bad;
    const auto refused = check_comment("bank-feed 1.1.0\x1b[2J", "bank-feed", "1.2.0", "x.so");
    EXPECT_EQ(refused.error().what, "its signature's trusted comment says \"bank-feed 1.1.0?[2J\", and its manifest says \"bank-feed 1.2.0\"");
}

TEST_F(Signed, a_comment_about_another_release_is_refused_with_both_named) {
    HostBench bench;
    bench.options.plugin_folder = rules.folder;
    bench.options.allow_unlisted = true;
    bench.options.trusted_keys = rules.trusted_keys;
    InstanceConfig config;
    config.name = "eager";
    config.plugin = "zoo-early";
    EXPECT_EQ(bench.start(config).report().state, InstanceState::starting);
    EXPECT_EQ(name_of(plugins_in_use(*bench.host).at(0).verified), "unlisted");
    sign();
    EXPECT_EQ(bench.start(config).report().state, InstanceState::starting);
    const auto used = plugins_in_use(*bench.host).at(0);
    EXPECT_EQ(name_of(used.verified), "signed");
    EXPECT_EQ(used.sdk, std::to_string(OWED_ABI_MAJOR) + "." + std::to_string(OWED_ABI_MINOR));
    EXPECT_EQ(std::tuple(used.id, used.version, used.language, used.problem), std::tuple("zoo-early", "1.0.0", "native", ""));
    sign("ours", Form::prehashed, "zoo-early 0.9.9");
    const auto report = bench.start(config).report();
    EXPECT_EQ(report.state, InstanceState::failed);
    EXPECT_THAT(report.reason, HasSubstr("trusted comment says \"zoo-early 0.9.9\", and its manifest says \"zoo-early 1.0.0\""));
    const auto broken = plugins_in_use(*bench.host).at(0);
    EXPECT_EQ(std::tuple(broken.id, broken.version, broken.problem), std::tuple("zoo-early", "", report.reason));
    EXPECT_EQ(broken.instances, std::vector<std::string>{"eager"});
}

TEST(VersionFloor, compares_as_semantic_versioning_does) {
    const char* ascending[] = {"0.9", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0",
                               "1.0.1", "1.2", "1.10.0", "2.0.0", "10.0.0", "10.0.0.1"};
    for (std::size_t i = 0; i < std::size(ascending); ++i)
        for (std::size_t j = 0; j < std::size(ascending); ++j) {
            const int order = compare_versions(ascending[i], ascending[j]);
            EXPECT_EQ((order > 0) - (order < 0), (i > j) - (i < j)) << ascending[i] << " and " << ascending[j];
        }
    EXPECT_EQ(compare_versions("1.0", "1.0.0"), 0);
    EXPECT_EQ(compare_versions("1.0.0+build7", "1.0.0"), 0);
    EXPECT_EQ(compare_versions("01.2", "1.02"), 0);
    EXPECT_LT(compare_versions("1.99999999999999999998", "1.99999999999999999999"), 0);
}

TEST(VersionFloor, an_older_plugin_is_refused_with_both_versions) {
    HostBench bench;
    bench.options.version_floor = [](std::string_view id) { return id == "good" ? std::optional<std::string>{"1.0.1"} : std::nullopt; };
    const auto report = bench.start(HostBench::good()).report();
    EXPECT_EQ(report.state, InstanceState::failed);
    EXPECT_THAT(report.reason, HasSubstr("plugin good is version 1.0.0, and version 1.0.1 has run here before"));
    bench.options.version_floor = [](std::string_view) { return std::optional<std::string>{"1.0.0"}; };
    EXPECT_EQ(bench.start(HostBench::good()).report().state, InstanceState::starting);
}

}  // namespace
}  // namespace owed::host
