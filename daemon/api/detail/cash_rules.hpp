// Settings of cash application that only the books can judge.
#pragma once

#include <vector>

#include "api/app.hpp"

namespace owed::api::detail {

/// Lists of AutoCash rules for customers or segments that there are none of, each with its place in the configuration. Nothing while
/// there are no customers.
std::vector<Finding> unused_cash_rules(store::Db& db, const cash::Settings& settings);

}  // namespace owed::api::detail
