// Numbers and names of all customers, for lists that name many of them.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "store/store.hpp"

namespace owed::parties {

struct Directory {
    struct Entry {
        std::string number, name;
    };
    std::vector<Entry> by_id;            ///< customer ids are small and dense; an empty number: there is none
    std::int64_t mark = -1;              ///< of the customers' last change that it knows
    const Entry* find(std::int64_t customer) const {
        const auto at = static_cast<std::size_t>(customer);
        return at < by_id.size() && !by_id[at].number.empty() ? &by_id[at] : nullptr;
    }
};

/// Reads the directory when a customer has changed since the last call. Any thread.
class DirectoryMemory {
  public:
    std::shared_ptr<const Directory> at(store::Db& db);

  private:
    std::mutex mutex_;
    std::shared_ptr<const Directory> last_;
};

}  // namespace owed::parties
