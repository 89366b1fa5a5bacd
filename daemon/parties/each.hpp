// Every customer, one after the other: for lists over a hundred thousand of them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "parties/parties.hpp"

namespace owed::parties {

/// What `list` collects, in the same order: by entity and number; of all entities when none is named. Throws store::Failure as
/// reading does. Any thread.
void each(store::Db& db, const std::optional<std::string>& entity, const std::function<void(const CustomerRow&)>& visit);

}  // namespace owed::parties
