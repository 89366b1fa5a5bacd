// A person applies a receipt.
#pragma once

#include "api/detail/acts.hpp"

namespace owed::api::detail {

/// Applies it, or puts it before a second person where it gives up more than the settings grant; the request is the answer then.
Result<std::optional<Answer>> apply_receipt(App& app, const json::object& object, const Caller& caller);

}  // namespace owed::api::detail
