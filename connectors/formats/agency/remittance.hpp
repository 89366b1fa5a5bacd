// What a collection agency reports back: payments it collected, with its fee, and changes of state (DOMAIN section 15).
// CSV with a header, a row a line, and control rows; layout and an example in README.md. The file that goes out to the
// agency is formats/placement. Any thread.
#pragma once

#include <string_view>

#include "formats/format.hpp"

namespace owed::formats::agency {

/// 95: a HEADER row and the columns of a remittance below it; else 0.
int sniff(std::string_view head, std::string_view file_name);

/// One AgencyUpdate a line. A control total that is wrong, a net that is not gross less fee and tax, or a state that is not
/// known makes the verdict quarantine; a fee that is not its rate of the gross is a warning (minimum fees exist).
/// Errors: unsupported_format (no HEADER row first: another kind of file), invalid_config (profile), malformed_input (no header or control rows, so the file may be cut off; a line that
/// does not parse, with "file:line:column"), unknown_currency, amount_precision, amount_overflow.
Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink);

}  // namespace owed::formats::agency
