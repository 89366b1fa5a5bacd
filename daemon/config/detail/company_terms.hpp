// `terms:` and `calendars:`: what a company calls its payment terms and holidays.
#pragma once

#include <vector>

#include "config/settings.hpp"

namespace owed::config {

/// {EOM15: {due: "eom 15"}, N30: "net 30"}
void read_company_terms(const Node& node, Settings& settings, std::vector<Problem>& problems);
/// {plant: {weekend: [friday, saturday], holidays: ["12-25"]}}
void read_calendars(const Node& node, Settings& settings, std::vector<Problem>& problems);

}  // namespace owed::config
