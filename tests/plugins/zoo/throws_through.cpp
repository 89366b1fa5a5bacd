// A plugin without the C++ wrapper, which lets an exception through the C boundary.
#include <stdexcept>

#include "owed/abi.h"

namespace {
owed_status create(const owed_host*, owed_text, owed_text, owed_instance*) { throw std::runtime_error{"through the boundary"}; }
}  // namespace

extern "C" {
const owed_entry owed_plugin_entry = {sizeof(owed_entry), OWED_ABI_MAJOR, OWED_ABI_MINOR, 0, {"none", 4}, &create};
}
