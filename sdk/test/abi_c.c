#include "owed/abi.h"

extern const unsigned long owed_c_sizes[5];
const unsigned long owed_c_sizes[5] = {sizeof(owed_entry), sizeof(owed_request), sizeof(owed_response),
                                       sizeof(owed_failure), sizeof(owed_files_1)};
