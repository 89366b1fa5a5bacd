// The parts of a connector that say what it may reach: `secrets:` and `transfer:`.
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"
#include "config/yaml.hpp"

namespace owed::config {

/// `secrets:` of a connector: a reference each, or a map with `from` or `oauth2`, and `urls`.
void read_secrets(const Node& node, Connector& connector, std::vector<Problem>& problems);
/// `transfer:` of a connector. `base`: the folder that relative paths lie below.
void read_transfer(const Node& node, const std::string& base, Connector& connector, std::vector<Problem>& problems);

}  // namespace owed::config
