// OFX dates, amounts and the header.
#pragma once

#include <string>
#include <string_view>

#include "formats/written_amount.hpp"
#include "owed/date.hpp"
#include "owed/result.hpp"

namespace owed::formats::ofx {

/// YYYYMMDD[HHMM[SS][.fraction]][[offset:zone]]: the day as written. Neither the zone given nor the GMT that the standard
/// assumes without one is applied: banks write their own day, and turning it into UTC moves evening bookings to the next.
/// Source: OFX 2.3 section 3.2.8; "[-:EST]" and ":014" as fraction are seen. Errors: malformed_input, without place.
Result<Date> read_date(std::string_view text);

/// [+-]digits[.digits], the comma allowed as decimal sign (OFX 2.3 section 3.2.9). "1,234" in a currency without three
/// decimals may be a thousands sign and is refused. Errors: malformed_input, amount_overflow, unknown_currency, without
/// place.
Result<WrittenAmount> read_ofx_amount(std::string_view text, std::string_view currency);

struct Header {
    bool found = false;
    bool xml = false;      ///< version 2
    std::string charset;   ///< CHARSET of 1.x, encoding of the XML declaration; empty when absent or NONE
};
/// `head`: what stands before <OFX>. On several lines, on one, or without any separator.
Header read_header(std::string_view head);

}  // namespace owed::formats::ofx
