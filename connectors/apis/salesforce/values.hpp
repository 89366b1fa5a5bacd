// Values as Salesforce writes them (API-SHAPES 1.3): record ids, times, decimals.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "owed/date.hpp"
#include "owed/record.hpp"

namespace owed::apis::salesforce {

/// The 18 characters of a record id given as 15 or 18; the last three say which of the others are capitals, so that ids
/// survive systems that do not tell case apart. Empty: this is no id. Any thread.
std::string id18(std::string_view id);

/// "2011-07-07T00:37:00.000+0000" (no colon in the zone) and RFC 3339. Errors: malformed_input.
Result<Instant> parse_stamp(std::string_view text);
/// "2011-07-07T00:37:00.000Z", which SOQL takes; as text these order like the times.
std::string stamp_text(Instant instant);
/// The Date header of a reply: "Tue, 31 Mar 2026 06:00:00 GMT" (RFC 9110 5.6.7). Empty: it is none.
std::optional<Instant> parse_http_date(std::string_view text);

/// A JSON number as written ("1.299078055E7") in an amount's minor units, exactly. Without a currency: at the digits that
/// are written. Errors: malformed_input, unknown_currency, amount_precision (1.005 EUR), amount_overflow.
Result<Amount> parse_amount(std::string_view number, std::string_view currency);

/// At most so many characters, counted as the org counts them (UTF-16 units), never cut within one.
std::string cut(std::string_view text, std::size_t characters_max);

/// One line for a person out of what another system said: no control characters, at most 300 bytes.
std::string one_line(std::string_view text);

}  // namespace owed::apis::salesforce
