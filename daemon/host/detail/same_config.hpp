// Whether the configuration of an instance means the same as before, so that a reload leaves its processes alone.
#pragma once

#include "host/host.hpp"

namespace owed::host {

/// Where something stands in a file does not count, nor the order of keys and white space of the settings; functions
/// (secrets) are told apart by InstanceConfig::fingerprint alone.
bool same_meaning(const InstanceConfig& a, const InstanceConfig& b);

}  // namespace owed::host
