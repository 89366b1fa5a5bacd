// Memory that was needed once and is free now.
#pragma once

namespace owed::store {

/// Gives free memory back to the machine: after work that needed much of it, for a daemon that then waits. Takes some milliseconds.
/// Any thread.
void give_free_memory_back();

}  // namespace owed::store
