#include "store/detail/disk.hpp"

#include <fstream>

#include "store/test_store.hpp"

namespace owed::store {
namespace {

TEST(Disk, what_is_written_can_be_read) {
    TestStore test;
    Disk& disk = test.store().disk();
    const std::string bytes{"a\0b\n", 4};
    ok(disk.write_new("artifacts/2026/03/feb.mt940", bytes));
    EXPECT_EQ(ok(disk.read("artifacts/2026/03/feb.mt940", 4)), bytes);
    ok(disk.write_new("empty", ""));
    EXPECT_EQ(ok(disk.read("empty", 0)), "");
    EXPECT_EQ(disk.read("artifacts/2026/03/feb.mt940", 3).error().code, Errc::input_too_large);
    EXPECT_EQ(disk.read("artifacts/2026/03/mar.mt940", 4).error().code, Errc::not_found);
    EXPECT_EQ(disk.read("no/such/folder", 4).error().code, Errc::not_found);
    EXPECT_EQ(disk.read("artifacts", 4).error().code, Errc::invalid_argument) << "a folder is not a file";
}

TEST(Disk, the_same_bytes_again_are_a_success_and_others_are_not) {
    TestStore test;
    Disk& disk = test.store().disk();
    ok(disk.write_new("letters/1.pdf", "first"));
    ok(disk.write_new("letters/1.pdf", "first"));
    for (const char* other : {"second", "firs", "first+", ""}) {
        const auto done = disk.write_new("letters/1.pdf", other);
        ASSERT_FALSE(done.has_value()) << other;
        EXPECT_EQ(done.error().code, Errc::already_exists) << other;
    }
    EXPECT_EQ(ok(disk.read("letters/1.pdf", 100)), "first");
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(test.folder / "data/letters"))
        files += entry.is_regular_file();
    EXPECT_EQ(files, 1) << "no temporary file is left";
}

TEST(Disk, paths_that_are_refused) {
    TestStore test;
    std::filesystem::create_directory_symlink("/tmp", test.folder / "data/link");
    std::filesystem::create_symlink("/etc/passwd", test.folder / "data/passwd");
    Disk& disk = test.store().disk();
    for (const std::string& path : {std::string{""}, std::string{"/etc/x"}, std::string{".."}, std::string{"../x"}, std::string{"a/../../x"},
                                    std::string{"a//b"}, std::string{"a/"}, std::string{"./a"}, std::string{"a\0b", 3}, std::string(300, 'n'),
                                    std::string{"owed.db"}, std::string{"owed.db-wal"}, std::string{"lock"}}) {
        EXPECT_EQ(disk.write_new(path, "x").error().code, Errc::invalid_argument) << path;
        EXPECT_EQ(disk.read(path, 10).error().code, Errc::invalid_argument) << path;
    }
    EXPECT_FALSE(disk.write_new("link/owed-test-escape", "x").has_value());
    EXPECT_FALSE(disk.read("link/x", 10).has_value());
    EXPECT_FALSE(disk.read("passwd", 100'000).has_value());
    EXPECT_EQ(disk.write_new("passwd", "x").has_value(), false);
}

}  // namespace
}  // namespace owed::store
