// Who does things in tests. For tests only.
#pragma once

#include "audit/audit.hpp"

namespace owed {

inline const audit::Actor anna{.kind = audit::Actor::Kind::person, .id = "anna", .name = "Anna Probe"};
inline const audit::Actor boris{.kind = audit::Actor::Kind::person, .id = "boris", .name = "Boris Probe"};
inline const audit::Actor cash_job{.kind = audit::Actor::Kind::job, .id = "cash", .name = "cash"};
inline const audit::Actor dunning_job{.kind = audit::Actor::Kind::job, .id = "dunning", .name = "dunning"};

}  // namespace owed
