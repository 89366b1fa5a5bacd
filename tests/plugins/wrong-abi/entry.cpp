// Built for a boundary that never was.
#include "owed/abi.h"

extern "C" {
static owed_status create(const owed_host*, owed_text, owed_text, owed_instance*) { return OWED_OK; }
const owed_entry owed_plugin_entry = {sizeof(owed_entry), 7, 3, 0, {"other-sdk 7.3", 13}, &create};
}
