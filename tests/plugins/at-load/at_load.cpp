// Does its harm when it is loaded, before anybody asked it anything.
#include <cstdlib>

#include "owed/abi.h"

namespace {
struct AtLoad {
    AtLoad() { std::abort(); }
} at_load;
}  // namespace

extern "C" {
static owed_status create(const owed_host*, owed_text, owed_text, owed_instance*) { return OWED_OK; }
const owed_entry owed_plugin_entry = {sizeof(owed_entry), OWED_ABI_MAJOR, OWED_ABI_MINOR, 0, {"none", 4}, &create};
}
