// Entries that are none: ODD_SIZE bytes of one, without create, or not exported.
#include "owed/abi.h"

#ifndef ODD_CREATE
#define ODD_CREATE &create
#endif
#ifndef ODD_SIZE
#define ODD_SIZE sizeof(owed_entry)
#endif
#ifndef ODD_NAME
#define ODD_NAME owed_plugin_entry
#endif

extern "C" {
[[maybe_unused]] static owed_status create(const owed_host*, owed_text, owed_text, owed_instance*) { return OWED_OK; }
extern const owed_entry ODD_NAME;
const owed_entry ODD_NAME = {ODD_SIZE, OWED_ABI_MAJOR, OWED_ABI_MINOR, 9, {"odd-sdk", 7}, ODD_CREATE};
}
