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
    auto query = db.query("SELECT id, number, name FROM customer ORDER BY id");
    while (query.step()) {
        const auto at = static_cast<std::size_t>(query.integer(0));
        if (fresh->by_id.size() <= at) fresh->by_id.resize(at + 1);
        fresh->by_id[at] = {std::string{query.text_view(1)}, std::string{query.text_view(2)}};
    }
    // Few names are overridden: a join would look for each.
    auto overridden = db.query("SELECT customer, value FROM customer_override WHERE field = 'name'");
    while (overridden.step()) fresh->by_id[static_cast<std::size_t>(overridden.integer(0))].name = overridden.text(1);
    last_ = fresh;
    return fresh;
}

}  // namespace owed::parties
