// What is true of a receipt, posted as a clerk posts by hand: the books of the bench go on with it.
#pragma once

#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "cash/cash.hpp"

namespace owed::accuracy {

/// Open items by document number.
using ByDocument = std::map<std::string, OpenItemId, std::less<>>;

/// What the receipt of this line of truth.jsonl pays (what was meant, where nobody can know), as shares of a decision. Claims stay
/// open on their document; what a bank, a treasury or the tolerance kept is at an end. Documents that are not there yet are left out.
std::vector<cash::ProposedItem> true_shares(store::Db& db, const boost::json::object& truth, const ByDocument& items);

/// Receipts that stand on documents of these shares and leave too little open for them.
std::vector<OpenItemId> settled_by_others(store::Db& db, const std::vector<cash::ProposedItem>& shares, OpenItemId receipt);

/// Posts the shares as far as the books still have room; the rest stays on the customer's account. The receipt is identified.
Status post_truth(store::Tx& tx, const ledger::Context& context, OpenItemId receipt, std::vector<cash::ProposedItem> shares, Date date);

/// Undoes every application of the receipt's decision, its credit memos' too, and leaves the money on account.
Status undo_all(store::Tx& tx, const ledger::Context& context, OpenItemId receipt, Date date);

/// The document of money that came before it.
void pay_later_document(store::Tx& tx, const ledger::Context& context, OpenItemId receipt, OpenItemId document, Date date);

}  // namespace owed::accuracy
