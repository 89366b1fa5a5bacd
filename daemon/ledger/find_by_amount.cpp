// Open items of exactly one amount: what a question about an unknown payer proposes.
#include "ledger/detail/rows.hpp"

namespace owed::ledger {

std::vector<Item> find_open_by_amount(store::Db& db, std::string_view entity, Money residual, std::size_t limit_max) {
    // likely(): without it SQLite takes the open end for the narrower bound, and walks the entity's open items.
    static const std::string sql = std::string{"SELECT "} + detail::item_columns +
                                   " FROM open_item i WHERE i.entity = ? AND i.currency = ? AND i.residual = ? AND likely(i.residual > 0) "
                                   "ORDER BY i.due_date, i.id LIMIT ?";
    auto query = db.query(sql);
    query.bind(entity, residual.currency().text(), residual.units(), static_cast<std::int64_t>(limit_max));
    std::vector<Item> found;
    while (query.step()) found.push_back(detail::to_item(detail::item_at(query)));
    return found;
}

}  // namespace owed::ledger
