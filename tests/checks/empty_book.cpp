// Makes an empty book with the schema of this tree: owed-empty-book FOLDER. What .ci/check-plans asks for plans.
#include <cstdio>

#include "api/migrations.hpp"
#include "store/test_store.hpp"

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "owed-empty-book FOLDER\n"), 2;
    owed::store::FixedClock clock;
    owed::store::CollectingLog log;
    owed::store::OpenOptions options;
    options.folder = argv[1];
    options.migrations = owed::api::all_migrations();
    options.free_bytes_min = 0;
    const auto opened = owed::store::Store::open(std::move(options), clock, log);
    if (!opened) return std::fprintf(stderr, "owed-empty-book: %s\n", owed::to_text(opened.error()).c_str()), 1;
    return 0;
}
