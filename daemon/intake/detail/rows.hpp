// Stored forms shared by the files of this room.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "intake/intake.hpp"

namespace owed::intake::detail {

std::string warnings_to_json(const std::vector<Warning>& warnings);
std::vector<Warning> warnings_from_json(std::string_view text);

}  // namespace owed::intake::detail
