// The law's late-payment interest by country, as defaults of a rule (DOMAIN section 6). Dated defaults, verify before use:
// an operator can override every one. Not legal advice.
#pragma once

#include <span>
#include <string_view>

#include "ledger/late_interest.hpp"

namespace owed::ledger {

struct InterestRegime {
    std::string_view name;               ///< "eu", "de", "de_consumer", "fr", "at", "ie", "uk", "us", "us_federal"
    std::string_view law;                ///< what it stands on, for letters and docs
    std::string_view reference;          ///< table that the margin is added to: "ecb", "de_base", or one that is not shipped
};
std::span<const InterestRegime> interest_regimes();

/// The rule of a regime with its shipped reference table, if it has one (`table` is empty otherwise: "at_base", "bank_rate",
/// "treasury" come from a rates plugin or the asker; "us" has a contract rate alone). Fixed sums in the law's own currency.
/// Errors: not_found, naming the regimes. Any thread.
Result<InterestRule> regime_rule(std::string_view name);

/// "ecb" (main refinancing rate), "de_base" (German base rate); empty for others.
std::vector<DatedPercent> shipped_reference(std::string_view name);

}  // namespace owed::ledger
