// Rates of exchange and of reference as files: what the European Central Bank publishes, and plain tables of a treasury.
//   the ECB's XML     gesmes:Envelope, Cube time, Cube currency rate: daily, 90 days, all since 1999
//   the ECB's CSV     Date, USD, JPY, ...: a row a day, N/A where there was none
//   pairs             from,to,date,rate[,type][,source]
//   reference rates   name,from,percent[,source]
// README.md has the shapes, what is refused, and the settings. A file is read or refused as a whole: of rates that
// contradict each other nobody knows which one is right.
#pragma once

#include <string_view>

#include "formats/format.hpp"

namespace owed::formats::rates {

/// 95: the ECB's XML; 90: a header row of one of the tables; else 0.
int sniff(std::string_view head, std::string_view file_name);

/// `options.profile`: the settings base, types, dates, decimal and how the CSV is written (README.md), as JSON.
/// Errors: invalid_config (the profile, with the key in `where`), unsupported_format (none of the shapes), malformed_input
/// (a rate that is no positive number, a day that does not exist, two values for one day, a base that nothing says, a file
/// that is cut off), input_too_large.
Result<DecodeReport> decode(std::string_view bytes, const Options& options, RecordSink& sink);

}  // namespace owed::formats::rates
