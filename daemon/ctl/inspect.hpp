// What `owectl inspect` prints of a decoded file: the JSON of docs/reference, and a text for people.
#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>

#include "owed/record.hpp"
#include "owed/result.hpp"

namespace owed::ctl {

/// The JSON object: format, verdict, statements, batches, documents, warnings, rejected. `records` in the order in which
/// the codec gave them; the parts of a large statement are joined.
/// Amounts are strings at their currency's own digits (at the digits written where the file names no currency), positive
/// for money in; what the file does not say is null, lists are empty instead. Pure; any thread.
boost::json::object inspect_json(std::span<const Record> records, const DecodeReport& report);

/// The same for a person: verdict and warnings first, then statements as aligned tables, then documents. Ends with a line
/// break. Control characters of the file are shown as '?', so that a file cannot steer the terminal. Pure; any thread.
std::string inspect_text(std::span<const Record> records, const DecodeReport& report);

/// `{"error": {"code", "what", "where", "do"}}` of a refused file.
boost::json::object error_json(const Error& error);

}  // namespace owed::ctl
