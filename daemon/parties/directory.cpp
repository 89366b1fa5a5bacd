#include "parties/directory.hpp"

namespace owed::parties {
namespace {

std::int64_t mark_of(store::Db& db) {
    auto query = db.query("SELECT changes FROM customer_mark");
    query.step();
    return query.integer(0);
}

}  // namespace

std::shared_ptr<const Directory> DirectoryMemory::at(store::Db& db) {
    const std::lock_guard guard{mutex_};
    const auto mark = mark_of(db);
    if (last_ && last_->mark == mark) return last_;
    auto fresh = std::make_shared<Directory>();
    fresh->mark = mark;
    auto query = db.query("SELECT c.id, c.number, coalesce(o.value, c.name) FROM customer c "
                          "LEFT JOIN customer_override o ON o.customer = c.id AND o.field = 'name' ORDER BY c.id");
    while (query.step()) {
        const auto at = static_cast<std::size_t>(query.integer(0));
        if (fresh->by_id.size() <= at) fresh->by_id.resize(at + 1);
        fresh->by_id[at] = {query.text(1), query.text(2)};
    }
    last_ = fresh;
    return fresh;
}

}  // namespace owed::parties
