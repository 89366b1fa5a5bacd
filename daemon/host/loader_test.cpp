#include "host/loader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/detail/sealed_file.hpp"
#include "host/test_doors.hpp"

namespace owed::host {
namespace {

using namespace test;
using testing::HasSubstr;
namespace fs = std::filesystem;

class Loader : public testing::Test {
  protected:
    Loader() {
        fs::copy_file(zoo_folder() + "/good.so", folder.path("good.so"));
        EXPECT_TRUE(trust_plugin(folder.path(), "good"));
    }
    Errc refused(bool allow_unlisted = false) {
        const auto file = open_plugin(folder.path(), "good", allow_unlisted);
        EXPECT_FALSE(file);
        said = file ? "" : to_text(file.error());
        return file ? Errc{} : file.error().code;
    }
    TempFolder folder;
    std::string said;
};

TEST_F(Loader, a_listed_file_opens_with_its_hash) {
    const auto file = open_plugin(folder.path(), "good", false);
    ASSERT_TRUE(file) << to_text(file.error());
    EXPECT_EQ(file->sha256().size(), 64u);
    EXPECT_THAT(folder.get("plugins.lock"), HasSubstr(file->sha256() + "  good.so\n"));
}

TEST_F(Loader, the_builds_lock_lists_its_plugins) {
    EXPECT_TRUE(open_plugin(zoo_folder(), "good", false));
    EXPECT_TRUE(open_plugin(zoo_folder(), "zoo", false));
}

TEST_F(Loader, a_file_that_has_not_changed_is_read_once) {
    const auto first = open_plugin(zoo_folder(), "good", false);   // written when the tests were built, so it is settled
    ASSERT_TRUE(first);
    const auto before = files_sealed();
    const auto second = open_plugin(zoo_folder(), "good", false);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->fd(), first->fd());
    EXPECT_EQ(files_sealed(), before);
    // One that was written just now is read each time: its next change could have the same time.
    ASSERT_TRUE(open_plugin(folder.path(), "good", false));
    ASSERT_TRUE(open_plugin(folder.path(), "good", false));
    EXPECT_EQ(files_sealed(), before + 2);
}

TEST_F(Loader, a_start_reads_each_plugin_once) {
    HostBench bench;
    fs::create_directory(bench.data.path("drop"));
    std::vector<InstanceConfig> many(20, HostBench::good());
    for (std::size_t i = 0; i < many.size(); ++i) many[i].name = "i" + std::to_string(i);
    PluginHost host{bench.options, many, bench.clock, bench.rng, bench.log};
    const auto before = files_sealed();
    EXPECT_TRUE(host.check().empty());
    host.start();
    EXPECT_LE(files_sealed(), before + 1);
    for (auto* connector : host.connectors()) EXPECT_EQ(connector->report().state, InstanceState::starting) << connector->name();
}

TEST(FileStamps, are_of_one_state_of_one_file) {
    struct stat status {};
    status.st_dev = 1, status.st_ino = 2, status.st_size = 3;
    status.st_mtim = {1'000, 5}, status.st_ctim = {1'000, 6};
    const auto stamp = FileStamp::of(status);
    EXPECT_EQ(stamp, FileStamp::of(status));
    const auto changed = [&](auto change) {
        auto other = status;
        change(other);
        return FileStamp::of(other) != stamp;
    };
    EXPECT_TRUE(changed([](auto& s) { s.st_dev = 9; }));
    EXPECT_TRUE(changed([](auto& s) { s.st_ino = 9; }));
    EXPECT_TRUE(changed([](auto& s) { s.st_size = 9; }));
    EXPECT_TRUE(changed([](auto& s) { s.st_mtim.tv_nsec = 9; }));
    EXPECT_TRUE(changed([](auto& s) { s.st_ctim.tv_nsec = 9; }));
    EXPECT_FALSE(stamp.settled({1'000, 7}));
    EXPECT_FALSE(stamp.settled({1'003, 6}));
    EXPECT_TRUE(stamp.settled({1'003, 7}));
    EXPECT_FALSE(stamp.settled({900, 0})) << "a clock that was set back says nothing";
}

TEST_F(Loader, an_unlisted_file_needs_to_be_allowed) {
    fs::remove(folder.path("plugins.lock"));
    EXPECT_EQ(refused(), Errc::refused);
    EXPECT_THAT(said, HasSubstr("owectl plugin trust"));
    EXPECT_TRUE(open_plugin(folder.path(), "good", true));
}

TEST_F(Loader, what_can_never_load_is_not_listed_and_said_in_the_loaders_words) {
    const auto before = folder.get("plugins.lock");
    const auto trust = [&](const std::string& name) {
        const auto trusted = trust_plugin(folder.path(), name);
        EXPECT_FALSE(trusted) << name;
        return trusted ? std::string{} : to_text(trusted.error());
    };
    const std::pair<const char*, const char*> unfit[] = {{"wrong-abi", "the plugin speaks boundary 7.3, this host speaks 0.9"},
                                                         {"newer-host", "the plugin wants a host of boundary 0.200 or later, this host speaks 0.9"},
                                                         {"no-entry", "exports no owed_plugin_entry"},
                                                         {"short-entry", "bytes where boundary 0.9 has"}, {"tiny-entry", "tells no version"}};
    for (const auto& [name, says] : unfit) {
        fs::copy_file(zoo_folder() + "/" + name + ".so", folder.path(std::string{name} + ".so"));
        EXPECT_THAT(trust(name), HasSubstr(says)) << name;
    }
    fs::copy_file(folder.path("good.so"), folder.path("better.so"));
    EXPECT_THAT(trust("better"), HasSubstr("says it is plugin \"good\""));
    folder.put("text.so", "no shared object at all");
    EXPECT_THAT(trust("text"), HasSubstr("no ELF shared object"));
    const auto whole = folder.get("good.so");
    for (const std::size_t kept : {std::size_t{100}, whole.size() / 4, whole.size() / 2, whole.size() - 1}) {
        folder.put("good.so", whole.substr(0, kept));
        EXPECT_THAT(trust("good"), testing::AnyOf(HasSubstr("damaged"), HasSubstr("no ELF shared object"), HasSubstr("truncated"))) << kept;
    }
    EXPECT_EQ(folder.get("plugins.lock"), before);
}

TEST_F(Loader, a_changed_file_is_refused_even_where_unlisted_ones_are_allowed) {
    std::ofstream{folder.path("good.so"), std::ios::app} << "x";
    EXPECT_EQ(refused(true), Errc::refused);
    EXPECT_THAT(said, HasSubstr("plugins.lock says"));
    ASSERT_TRUE(trust_plugin(folder.path(), "good"));
    EXPECT_TRUE(open_plugin(folder.path(), "good", false));
}

TEST_F(Loader, links_are_refused) {
    fs::rename(folder.path("good.so"), folder.path("real"));
    fs::create_symlink(folder.path("real"), folder.path("good.so"));
    EXPECT_EQ(refused(), Errc::refused);
    EXPECT_THAT(said, HasSubstr("symbolic link"));
    fs::remove(folder.path("good.so"));
    fs::create_hard_link(folder.path("real"), folder.path("good.so"));
    EXPECT_EQ(refused(), Errc::refused);
    EXPECT_THAT(said, HasSubstr("hard links"));
    fs::remove(folder.path("good.so"));
    ASSERT_EQ(::mkfifo(folder.path("good.so").c_str(), 0600), 0);
    EXPECT_EQ(refused(), Errc::refused);
}

TEST_F(Loader, what_others_can_write_is_refused) {
    for (const mode_t mode : {0775, 0757}) {
        ASSERT_EQ(::chmod(folder.path("good.so").c_str(), mode), 0);
        EXPECT_EQ(refused(), Errc::refused);
        EXPECT_THAT(said, HasSubstr("chmod go-w"));
    }
    ASSERT_EQ(::chmod(folder.path("good.so").c_str(), 0755), 0);
    ASSERT_EQ(::chmod(folder.path().c_str(), 0777), 0);
    EXPECT_EQ(refused(), Errc::refused);
    ASSERT_EQ(::chmod(folder.path().c_str(), 0700), 0);
    ASSERT_EQ(::chmod(folder.path("plugins.lock").c_str(), 0666), 0);
    EXPECT_EQ(refused(), Errc::refused);
}

TEST_F(Loader, another_owner_is_refused) {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
    ASSERT_EQ(::chown(folder.path("good.so").c_str(), 12345, 0), 0);
    EXPECT_EQ(refused(), Errc::refused);
    EXPECT_THAT(said, HasSubstr("user 12345"));
}

TEST_F(Loader, names_that_are_paths_or_unknown_say_what_there_is) {
    for (const char* name : {"", "../good", ".good", "a/b"}) EXPECT_EQ(open_plugin(folder.path(), name, true).error().code, Errc::invalid_config);
    const auto file = open_plugin(folder.path(), "goood", true);
    EXPECT_EQ(file.error().code, Errc::not_found);
    EXPECT_THAT(file.error().what, HasSubstr("there are good"));
    EXPECT_EQ(open_plugin(folder.path("nowhere"), "good", true).error().code, Errc::not_found);
}

TEST_F(Loader, a_lock_with_a_line_that_is_none_is_refused_with_its_number) {
    const std::string hash(64, 'a');
    EXPECT_EQ(*locked_hash("# comment\n\n" + hash + "  x.so\n", "x.so"), hash);
    EXPECT_EQ(*locked_hash(hash + "  x.so\n", "y.so"), "");
    for (const auto& bad : {std::string{"x.so"}, hash + " x.so", "g" + hash.substr(1) + "  x.so", hash + "  "}) {
        const auto found = locked_hash("#\n" + bad + "\n", "x.so");
        ASSERT_FALSE(found) << bad;
        EXPECT_EQ(found.error().where, "plugins.lock:2");
    }
}

}  // namespace
}  // namespace owed::host
