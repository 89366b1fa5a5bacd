// `cash:`: how receipts are applied. A setting that could do nothing, or names what is not there, is a problem with its place.
#pragma once

#include <vector>

#include "config/settings.hpp"

namespace owed::config {

/// Reads into settings.cash; entities must have been read. What names customers or segments is known to the books alone:
/// api/cash_rules.cpp looks there.
void read_cash(const Node& node, Settings& settings, std::vector<Problem>& problems);

/// An entity of this id has been read.
bool knows_entity(const Settings& settings, const std::string& id);

/// The two capitals of a country (ISO 3166-1, and XK).
bool is_country(std::string_view code);

}  // namespace owed::config
