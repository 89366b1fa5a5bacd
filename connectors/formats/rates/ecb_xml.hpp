// The ECB's XML of euro reference rates, as it has been since 1999: Envelope, Cube, Cube time="2026-11-20",
// Cube currency="USD" rate="1.0545". 1 EUR = rate currency. Pure.
#pragma once

#include <string>
#include <string_view>

#include "formats/rates/posting.hpp"

namespace owed::formats::rates {

/// Streams. Errors: unsupported_format (another root element), malformed_input, input_too_large; as Posting.
Status read_ecb_xml(std::string_view bytes, const std::string& file_name, const Settings& settings, Posting& posting);

}  // namespace owed::formats::rates
