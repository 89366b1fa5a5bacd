// Promises as rows. For this room alone.
#pragma once

#include "collect/promises.hpp"

namespace owed::collect::detail {

PromiseId insert_promise(store::Tx& tx, const NewPromise& promise, const std::vector<ledger::Item>& items, const audit::Actor& by, Date today);
void end_promise(store::Tx& tx, PromiseId id, PromiseState state, Date on, const std::string& by, const std::string& why);
void reopen_promise(store::Tx& tx, PromiseId id);
void insert_payment(store::Tx& tx, PromiseId id, ApplicationId application, std::int64_t units);
void remove_payments(store::Tx& tx, ApplicationId application);

/// As they are stored: open ones stay open however long their day has gone by.
std::optional<Promise> find_promise(store::Db& db, PromiseId id);
std::vector<Promise> all_promises(store::Db& db, std::optional<CustomerId> customer);
/// Those that name items first, then by the day.
std::vector<Promise> open_promises(store::Db& db, CustomerId customer);
std::vector<PromiseId> promises_paid_by(store::Db& db, ApplicationId application);
std::vector<PromiseId> promises_of_item(store::Db& db, OpenItemId item);

}  // namespace owed::collect::detail
