#include "store/memory.hpp"

#include <malloc.h>

#include <cstddef>

// jemalloc's, in programs that are linked with it (owed_allocator() of cmake/OwedBuild.cmake); null in others.
extern "C" [[gnu::weak]] int mallctl(const char* name, void* old_value, std::size_t* old_size, void* new_value, std::size_t new_size);

namespace owed::store {

void give_free_memory_back() {
    if (mallctl == nullptr) {
        malloc_trim(0);
        return;
    }
    mallctl("thread.tcache.flush", nullptr, nullptr, nullptr, 0);
    mallctl("arena.4096.purge", nullptr, nullptr, nullptr, 0);   // MALLCTL_ARENAS_ALL
}

}  // namespace owed::store
