#include "host/detail/limit_words.hpp"

#include <algorithm>

namespace owed::host {

std::string deadline_advice(const InstanceLimits& limits) {
    const auto ms = limits.call_deadline.count();
    const auto now = ms % 1000 == 0 ? std::to_string(ms / 1000) : std::to_string(ms) + " ms";
    return "see the plugin's log; raise limits: call_deadline_seconds, which is " + now + ", if the work is rightly that long";
}

std::string out_of_memory(std::string_view said, const InstanceLimits& limits) {
    constexpr std::size_t end_looked_at = 500;   // what it wrote long before its end is another matter
    said.remove_prefix(said.size() - std::min(said.size(), end_looked_at));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return {};   // such builds set no limit
#endif
    for (const std::string_view word : {"bad_alloc", "MemoryError", "Cannot allocate memory"})
        if (said.find(word) != said.npos) return "ran out of memory; its limit is " + std::to_string(limits.memory_mib) + " MiB (limits: memory_mib)";
    return {};
}

}  // namespace owed::host
