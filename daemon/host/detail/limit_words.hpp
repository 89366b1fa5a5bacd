// What a person is told about a limit of an instance: its key in the configuration and its value.
#pragma once

#include <string>
#include <string_view>

#include "host/host.hpp"

namespace owed::host {

/// For a call that was too slow: the key and what it says now.
std::string deadline_advice(const InstanceLimits& limits);

/// Whether `said` (a failure's text, or the end of a process's stderr) is about memory that was not to be had, which in a child
/// is its limit's doing: "ran out of memory; its limit is 512 MiB (limits: memory_mib)". Empty: it is not. The runtimes' own words
/// are all there is to go by: std::bad_alloc, Python's MemoryError, ENOMEM's text.
std::string out_of_memory(std::string_view said, const InstanceLimits& limits);

}  // namespace owed::host
