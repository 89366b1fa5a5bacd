// The schema: the steps of all rooms in one sequence.
#pragma once

#include <vector>

#include "store/store.hpp"

namespace owed::api {
std::vector<store::Migration> all_migrations();
}
