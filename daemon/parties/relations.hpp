// Who pays for whom, with validity dates; and customers merged into one another, with history (issue: payer relationships).
// Writer strand; reading functions: any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "parties/parties.hpp"

namespace owed::parties {

/// `payer` pays what `pays_for` owes. A parent is usually a customer; a factor or paying agent may be known by its account
/// or name alone. The parent in the ERP's master data (Customer::parent) counts besides, always.
struct Relation {
    std::int64_t id = 0;
    std::string entity;
    std::string kind;                        ///< parent, factor, agent
    std::optional<CustomerId> payer = {};    ///< or
    std::string payer_account = {}, payer_name = {};   ///< one or both of these
    CustomerId pays_for;
    std::optional<Date> from = {}, until = {};   ///< both included; empty: without limit
    std::string by = {};
};
/// Errors: invalid_argument (kind, nobody named as payer, until before from, pays for itself), not_found, wrong_customer
/// (customers of two entities). The same relation again answers with its id. Audited.
Result<std::int64_t> add_relation(store::Tx& tx, Clock& clock, const audit::Actor& by, const Relation& relation);
/// The last day it holds. Errors: not_found, invalid_argument (before it began). Audited.
Status end_relation(store::Tx& tx, Clock& clock, const audit::Actor& by, std::int64_t id, Date last_day);
std::vector<Relation> relations(store::Db& db);                              ///< ended ones too, by id
/// Customers the payer pays for on `day`: children in the master data and relations in force. By id, each once.
std::vector<CustomerId> pays_for(store::Db& db, CustomerId payer, Date day);
/// The same for a payer known by account or name alone.
std::vector<CustomerId> pays_for(store::Db& db, std::string_view entity, std::string_view account, std::string_view name, Date day);

/// Two numbers turn out to be one company: `from` is merged into `into`. Its items and history stay what they are; whoever
/// asks for its survivor gets `into`, so its accounts, names and numbers lead there. Split takes the merge back.
/// Errors: not_found, invalid_argument (itself, a ring, merged already), wrong_customer (two entities). Audited.
Status merge(store::Tx& tx, Clock& clock, const audit::Actor& by, CustomerId from, CustomerId into, const std::string& why);
/// Errors: not_found (not merged). Audited.
Status split(store::Tx& tx, Clock& clock, const audit::Actor& by, CustomerId from, const std::string& why);
/// Where a customer's merges lead today; itself when it was not merged.
CustomerId survivor(store::Db& db, CustomerId customer);
/// The customer and all that were merged into it, by id.
std::vector<CustomerId> merged_family(store::Db& db, CustomerId customer);
struct Merge {
    CustomerId from, into;
    std::string by, why;
    Instant at;
    std::optional<Instant> split_at = {};
};
std::vector<Merge> merges(store::Db& db);    ///< split ones too, in order

}  // namespace owed::parties
