// Retainage: a share of an invoice that the customer withholds by contract until its release (DOMAIN sections 5 and 12).
// Errors as post_document and of credits.hpp.
#pragma once

#include <optional>
#include <string>

#include "ledger/ledger.hpp"

namespace owed::ledger {

/// The retained share of INV-1 is "INV-1/R".
std::string retained_number(std::string_view document);

struct RetainageInvoice {
    PostDocument document;               ///< of the whole: gross and tax; its due date is that of the share billed now
    Money retained;                      ///< positive, below the gross; tax, freight and functional amount are split in proportion
    std::optional<Date> expected_release = {};
};
struct PostedRetainage {
    PostedItem billed, retained;
};
/// receivable + retainage_receivable / revenue + tax: two entries of one document. The retained item has the document's number
/// and "/R", and is never overdue (Item::retained). Discounts are for what is billed now, in proportion. Besides: invalid_argument (no share of the gross).
Result<PostedRetainage> post_retainage_invoice(store::Tx& tx, const Context& context, const RetainageInvoice& asked);

struct ReleaseRetainage {
    OpenItemId retained;
    std::optional<Money> amount = {};    ///< empty: all that is open
    std::string document;                ///< number of the invoice that asks for it
    Date due_date;
    Instruction instruction;
};
/// receivable (new invoice item) / retainage_receivable.
Result<PostedItem> release_retainage(store::Tx& tx, const Context& context, const ReleaseRetainage& asked);

}  // namespace owed::ledger
