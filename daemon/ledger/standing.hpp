// What stands on items besides applications: the acts that changed one, documents that were taken back, and what a person took
// off a customer's items alone. Reading: any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/follow_ups.hpp"

namespace owed::ledger {

/// Standing entries that changed an item after it was opened, newest first: what `reverse` or `unapply` may take back.
std::vector<FollowUp> changes_of(store::Db& db, OpenItemId item);

/// Documents whose posting was reversed with a posting date until then: they stand in lists with residual zero, and were never
/// sold.
std::set<OpenItemId> documents_taken_back(store::Db& db, Date until);

/// Numbers of the orders that a customer's standing invoices and debit memos name: those are billed. A document that was taken back
/// bills nothing, nor does a credit memo.
std::set<std::string> orders_billed(store::Db& db, CustomerId customer);

/// What entries of an act ("write_off", "waiver", "refund", as in the journal) took off a customer's items since a day, caused by
/// this person alone (Cause{"person", id}), as far as it stands; positive. A limit is held against the sum, so that splitting an
/// act does not pass under it (SECURITY T24).
Money done_alone(store::Db& db, std::string_view act, const std::string& person, CustomerId customer, Currency currency, Date since);

/// The items of one document, one an instalment, by due date: of exactly this kind and number. Not for receipts.
std::vector<Item> items_of_document(store::Db& db, const std::string& entity, ItemKind kind, const std::string& document);

/// One entry with its lines. Errors: not_found.
Result<JournalRow> journal_entry(store::Db& db, EntryId entry);

}  // namespace owed::ledger
