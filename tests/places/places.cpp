#include "places/places.hpp"

namespace owed {

std::string source_folder() { return OWED_SOURCE_DIR; }
std::string build_folder() { return OWED_BINARY_DIR; }

}
