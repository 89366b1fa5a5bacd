// What people's answers teach: whose account and name a payer has, and whose money is no receivable.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cash/detail/rows.hpp"

namespace owed::cash::detail {

/// Migration 90: which receipts have taught, and rules learned about payers who are no customers.
extern const std::string_view learned_tables;

/// How sure an answer is about the payer himself.
enum class Word {
    identified,    ///< a person said who he is
    applied,       ///< said what his money pays: whose it is follows only where nothing speaks for another customer, and from two answers on
};
/// One more answer that the payer of `row` (as it was before the act) is this customer; from the configured number on an alias. A
/// receipt is counted once, whatever is said about it how often.
Status teach_customer(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row, CustomerId customer,
                      const Settings& settings, Word word);
/// The same, of money that was applied to items: teaches only where all are one customer's.
Status teach_items(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row, const std::vector<OpenItemId>& items,
                   const Settings& settings);
/// One more answer that this payer's money is no receivable. Not of a payer who is, or may be, a customer, or pays for one.
Status teach_not_receivable(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row, const std::string& why,
                            const Settings& settings);
/// It was a customer's after all: that answer counts no more, and rules in force for its payer are revoked.
Status unteach_not_receivable(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row);

/// The rule in force for a payer, by his account before his name.
std::optional<LearnedRule> rule_for(store::Db& db, std::string_view entity, std::string_view account, std::string_view name);
/// By what an account or a name is known (parties::account_key, name_key).
std::string key_of(std::string_view kind, std::string_view value);

}  // namespace owed::cash::detail
