// Figures for monitoring, as Prometheus text (exposition format 0.0.4). Names and labels are a contract: docs/reference/
// metrics.md lists them, and a test compares.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/app.hpp"

namespace owed::api {

struct Metric {
    std::string_view name;      ///< owed_<area>_<name>_<unit>[_total]
    std::string_view type;      ///< gauge, counter
    std::string_view labels;    ///< "connector,reason"; connectors and jobs are as many as are configured, all else is a fixed set
    std::string_view help;
};
std::span<const Metric> metrics();

/// All of them, now. Without hosts or jobs (no daemon) theirs are left out. Any thread; reads one snapshot. Errors: the store's.
Result<std::string> metrics_text(App& app);

}  // namespace owed::api
