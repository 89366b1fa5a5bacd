// What a clerk may let go with a payment, alone: what the company's settings would grant without a person.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cash/cash.hpp"

namespace owed::cash {

/// "INV-1=1154.30,discount=35.70,deduction=10.00:damage". Parts: discount, tolerance, bank-charge, withholding, deduction, takes;
/// each once, in any order. Errors: invalid_argument (no "=", a part twice, an empty value).
Result<Wanted> wanted_named(std::string_view text);
/// The same from what was said apart from the document; `name` as above. Errors: invalid_argument (said twice, no such part).
Status add_part(Wanted& wanted, std::string_view name, std::string_view value);

struct Beyond {
    std::vector<std::string> why;        ///< a sentence for each part that lets go more than is granted; none: one person is enough
    std::vector<Wanted> meant;           ///< what was asked for, each item by "#17": what is approved is what is done
};
/// What lets go more than the settings grant. Granted are, less what was let go before: the document's own discount in time or within
/// the grace; its tolerance (DOMAIN section 7); the `withholding_percent` of the customer's country; `bank_fee_max` of the payment,
/// whatever documents it pays. What leaves a receipt for a document in another currency is within a twentieth of the spot rate of its
/// value date. A deduction lets nothing go: it stays owed as an item of its own. SECURITY section 7: who applies cash gives nothing up alone. Errors: as apply_by_hand.
Result<Beyond> beyond_policy(store::Db& db, const ledger::Context& context, const Settings& settings, std::string_view receipt,
                             const std::vector<Wanted>& wanted);

}  // namespace owed::cash
