// One document that falls due in several parts: an item each (DOMAIN section 5).
#pragma once

#include <vector>

#include "ledger/ledger.hpp"

namespace owed::ledger {

struct Instalment {
    Date due_date;
    Money amount;                        ///< positive; all add up to the document's
    std::optional<Date> expected_payment = {};   ///< due date moved to a banking day; empty or the due date itself: not moved
};
/// Instalments 1, 2, ... of the document, each with its share of tax, freight, functional amount, and of the discounts, tolerance and
/// disputed sum of its terms; the last takes the rest. A foreign
/// document without a functional amount is converted as a whole, then shared out. Each has the document's event key and "/1",
/// "/2", ... Errors: invalid_argument (none; amounts that do not add up, both sums are said; the
/// document is partly open), currency_mismatch, then as post_document.
Result<std::vector<PostedItem>> post_in_instalments(store::Tx& tx, const Context& context, const PostDocument& document,
                                                    const std::vector<Instalment>& instalments);

/// An item's number as people say it: the document's, an instalment "INV-7/2".
std::string number_of(const Item& item);
/// Debit items that people mean by a number, settled ones too: by their document, or one instalment by "INV-7/2". A document that is
/// itself called "INV-7/2" comes first. Several: all instalments of it, or documents of several kinds.
std::vector<Item> find_by_number(store::Db& db, std::string_view entity, std::string_view number);

}  // namespace owed::ledger
