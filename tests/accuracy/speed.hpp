// How fast the matcher decides.
#pragma once

namespace owed::accuracy {

/// Prints the figures; 0 when nine of ten were applied.
int measure_speed();

}  // namespace owed::accuracy
