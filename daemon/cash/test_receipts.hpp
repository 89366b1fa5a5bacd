// For tests: a receipt that waits in the books, as one does whose decision came to a question.
#pragma once

#include "cash/detail/acting.hpp"

namespace owed::cash {

/// Posts it as nobody's; the next run decides it.
inline Result<OpenItemId> receive(store::Tx& tx, const ledger::Context& context, NewReceipt receipt) {
    const auto id = ledger::take_receipt_id(tx);
    OWED_TRY_VOID(detail::post_incoming(tx, context, detail::row_of(std::move(receipt), id), {}, {}));
    return id;
}

}  // namespace owed::cash
