// Payment terms and calendars in JSON, which is what YAML and the questions of `owectl calc` are read as. Keys: docs/reference/calc.md.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/json_fields.hpp"
#include "owed/calendar.hpp"
#include "owed/terms.hpp"

namespace owed::config {

/// A list of {"days", "percent"} below a key; a missing one is empty. Errors: as below.
Result<std::vector<DiscountTier>> tiers_of(JsonFields& fields, std::string_view key);

/// "2/10 net 30" or an object. Errors: invalid_argument, malformed_input; the path of the key ("terms.discounts[0].percent") in `where`.
Result<Terms> terms_of(const boost::json::value& value, const std::string& path);

/// A built-in calendar's name, or an object with `weekend` and `holidays`. Errors: as above, not_found.
Result<Calendar> calendar_of(const boost::json::value& value, const std::string& path);

}  // namespace owed::config
