// One thread of the host that looks after all children: it hears of a death at once, also while no call runs, and looks at
// their memory, processor time, threads and work folders from time to time.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "host/detail/child_process.hpp"

namespace owed::host {

class Watcher {
  public:
    Watcher();
    /// All children must have been removed.
    ~Watcher();
    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    using Token = std::uint64_t;
    /// `ended` runs on the watcher's thread once the child has died, and again every few milliseconds until the child is
    /// removed: a call that runs notices the death itself, and `ended` may leave it to that. It must not block.
    Token add(std::shared_ptr<ChildProcess> child, std::function<void()> ended);
    /// Returns when no `ended` of it runs and none will. Any thread, but not in `ended`. A token of 0 is nobody's.
    void remove(Token token);
    /// The same from within `ended`.
    void remove_here(Token token);

  private:
    struct Work;
    std::unique_ptr<Work> work_;
};

}  // namespace owed::host
