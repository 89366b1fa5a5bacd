// Wants a host that has not been written yet.
#include "owed/abi.h"

extern "C" {
static owed_status create(const owed_host*, owed_text, owed_text, owed_instance*) { return OWED_OK; }
const owed_entry owed_plugin_entry = {sizeof(owed_entry), OWED_ABI_MAJOR, 200, 200, {"owed-sdk 0.200", 14}, &create};
}
