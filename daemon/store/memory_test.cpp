// Free memory goes back to the machine, under glibc's allocator and under jemalloc: this file is in a test program of each.
#include "store/memory.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

namespace owed::store {
namespace {

std::int64_t resident_bytes() {
    std::int64_t whole = 0, resident = 0;
    std::ifstream{"/proc/self/statm"} >> whole >> resident;
    return resident * sysconf(_SC_PAGESIZE);
}

TEST(Memory, that_is_free_goes_back) {
    constexpr std::size_t block_bytes = 512, blocks_count = 200'000;
    std::vector<std::unique_ptr<char[]>> blocks;
    for (std::size_t i = 0; i < blocks_count; ++i) {
        blocks.push_back(std::make_unique<char[]>(block_bytes));
        std::memset(blocks.back().get(), 1, block_bytes);
    }
    const auto full = resident_bytes();
    blocks.erase(blocks.begin(), blocks.end() - 1);   // the last one lies above all others: the heap cannot simply shrink
    give_free_memory_back();
    EXPECT_LT(resident_bytes(), full - static_cast<std::int64_t>(block_bytes * blocks_count / 2));
}

}  // namespace
}  // namespace owed::store
