// Which element fills which field: the tables that know the ISO 20022 names of all versions.
#pragma once

#include <string_view>

#include "formats/camt/detail/draft.hpp"
#include "owed/result.hpp"

namespace owed::formats::camt {

/// One element with text. `path` is relative to the statement, entry or transaction, with '/' between names and without
/// the Pty that version 8 put around parties. `currency` is its Ccy attribute.
struct Leaf {
    std::string_view path, text, currency;
};

/// True when the element is one that is kept. Errors: malformed_input, amount_overflow of a bad date or amount (without
/// place).
Result<bool> fill(DraftStatement& statement, const Leaf& leaf);
Result<bool> fill(Draft& draft, const Leaf& leaf);

/// An element begins whose repetition makes a new balance, structured remittance or referred document.
void begin(DraftStatement& statement, std::string_view path);
void begin(Draft& draft, std::string_view path);

}  // namespace owed::formats::camt
