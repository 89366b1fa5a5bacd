// What nobody asks at a schedule - senders, codecs, deciders - is asked once whether it works before there is something for it, so
// that `starting` ends and a wrong password shows in the morning and not with the first notice.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "owed/doors.hpp"
#include "owed/hosts.hpp"

namespace owed::daemon {

/// Lasts as long as the daemon. Any thread.
class FirstLooks {
  public:
    FirstLooks(Clock& clock, Rng& rng, Log& log) : clock_{clock}, rng_{rng}, log_{log} {}

    /// Lets each connector that is neither source nor sink check itself (Connector::check: without effect) while it is `starting`;
    /// after a failure that passes by itself again, 1, 2, 4 ... minutes later and at most an hour, until it works or somebody else
    /// has called it. One after the other, on this thread; `stopping` ends it between two. A second caller finds nothing to do.
    void look(const std::vector<Connector*>& connectors, const std::function<bool()>& stopping);

  private:
    struct Failed {
        int times = 0;
        Instant next;
        std::optional<Instant> last_call;   ///< ours; another one since then knows better
    };
    bool is_due(const Connector& connector);
    void check(Connector& connector);

    Clock& clock_;
    Rng& rng_;
    Log& log_;
    std::mutex one_at_a_time_;
    std::map<std::string, Failed, std::less<>> failed_;   ///< by connector; under one_at_a_time_
};

}  // namespace owed::daemon
