// What every reader of a file format looks like. A format is a namespace under owed::formats with
//   int sniff(std::string_view head, std::string_view file_name);
//   Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink);
// Both are pure, any thread. `sniff` sees the first 4 KiB and answers 0 (not mine) to 100 (certain).
// `decode` streams records into the sink as it finds them (large statements in parts of at most 4,096 entries) and reports
// at the end. An Error is a refusal: verdict `reject`, with "file:line:column" of the first fault in `where`. What was put
// into the sink before an Error must be thrown away by the caller.
#pragma once

#include <string>
#include <string_view>

#include "owed/record.hpp"

namespace owed::formats {

struct Options {
    std::string file_name;  ///< for messages only: "feb.mt940"
    std::string profile;    ///< JSON text of a profile (CSV kinds); empty: detect
};

}  // namespace owed::formats
