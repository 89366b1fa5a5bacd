// ledger verify, beyond journal, items and applications: the rows beside them.
#include "ledger/detail/rows.hpp"
#include "ledger/detail/tables.hpp"
#include "ledger/detail/terms.hpp"

namespace owed::ledger::detail {

std::int64_t next_row(store::Query query) {
    query.step();
    return query.integer(0) + 1;
}

void check_terms(store::Db& db, const Differ& differ) {
    auto query = db.query("SELECT t.item, t.hash FROM item_terms t ORDER BY t.item");
    while (query.step()) {
        const OpenItemId item{query.integer(0)};
        const auto terms = terms_of(db, item);
        if (!terms) differ("terms of item " + std::to_string(item.value) + ": the item is missing");
        else if (terms_hash(item, *terms) != query.blob(1))
            differ("terms of item " + std::to_string(item.value) + ": row hash does not fit its fields and discount tiers");
    }
}

}  // namespace owed::ledger::detail
