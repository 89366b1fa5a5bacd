// What a person is told of the queue for the ERP. Counted in SQL: where nobody tells an ERP anything, all of it waits for ever.
#include <algorithm>
#include <map>

#include "cash/detail/erp_rows.hpp"

namespace owed::cash {
namespace {

/// Some rows of one entity and connector.
struct Some {
    std::string entity, connector;
    std::int64_t many = 0, oldest = 0;
};
std::vector<Some> read_some(store::Query query) {
    std::vector<Some> all;
    while (query.step()) all.push_back({query.text(0), query.text(1), query.integer(2), query.integer(3)});
    return all;
}

class Alarms {
  public:
    Alarms(store::Db& db, std::int64_t limit, int hours, const ErpTakers& takers) : db_{db}, limit_{limit}, hours_{hours}, takers_{takers} {}

    std::vector<std::string> run() {
        refused();
        // Grouped by connector: what is for one that takes nothing any more is nobody's, however young it is.
        for (const auto& one : read_some(db_.query("SELECT entity, connector, count(*), min(id) FROM erp_write WHERE state = 'unknown' GROUP BY entity, connector")))
            if (!left_behind(one) && (!one.connector.empty() || !sink_of(one.entity).empty()))
                say(one, "applications may or may not stand in the ERP of " + one.entity, "; it is asked again, or say it: owectl writeback resolve KEY sent|not-sent --why W");
        for (const auto& one : read_some(db_.query("SELECT entity, connector, count(*), min(id) FROM erp_write WHERE state = 'waiting' AND connector <> '' GROUP BY entity, connector")))
            left_behind(one);
        if (hours_ <= 0) return std::move(alarms_);
        late();
        return std::move(alarms_);
    }

  private:
    void refused() {
        for (const auto& write : detail::erp_reversals_refused(db_))
            alarms_.push_back("the ERP of " + write.entity + " refuses to take back application " + std::to_string(write.application.value) + ": " + write.detail +
                              "; owectl writeback retry " + write.connector + ", or owectl writeback resolve " + write.key + " sent --why W once it is done there by hand");
    }

    std::string sink_of(const std::string& entity) const { return takers_.one ? takers_.one(entity) : std::string{}; }
    /// Of a connector that takes nothing any more. One that only cannot say is down, and will.
    bool is_left_behind(const Some& some) const {
        return !some.connector.empty() && some.connector != sink_of(some.entity) && !(takers_.may_take && takers_.may_take(some.entity, some.connector));
    }
    bool left_behind(const Some& some) {
        if (!is_left_behind(some)) return false;
        say(some, "applications for the ERP of " + some.entity + " belong to connector " + some.connector + ", which does not take them now",
            "; name it so again, or say of each what became of it: owectl writeback resolve KEY sent|not-sent --why W");
        return true;
    }

    /// What nobody is there to take is not late: the ERP's own records confirm it.
    void late() {
        left_reserved();
        const auto by_entity = [&](store::Query query, const std::string& before, const std::string& after) {
            query.bind(limit_);
            std::map<std::string, Some> sums;
            for (const auto& one : read_some(std::move(query))) {
                if (sink_of(one.entity).empty() || (after.empty() && is_left_behind(one))) continue;
                auto& sum = sums.try_emplace(one.entity, Some{one.entity, {}, 0, one.oldest}).first->second;
                sum.many += one.many;
                sum.oldest = std::min(sum.oldest, one.oldest);
            }
            for (const auto& [entity, sum] : sums) say(sum, before + entity + after, {});
        };
        by_entity(db_.query("SELECT entity, connector, count(*), min(id) FROM erp_write WHERE state = 'waiting' AND queued_at < ? GROUP BY entity, connector"),
                  "applications have waited more than " + std::to_string(hours_) + " hours for the ERP of ", {});
        by_entity(db_.query("SELECT entity, connector, count(*), min(id) FROM erp_write WHERE state = 'sent' AND reversal = 0 AND queued_at < ? GROUP BY entity, connector"),
                  "applications were written to the ERP of ", " more than " + std::to_string(hours_) + " hours ago, and no record of its own confirms them");
    }

    /// A call takes minutes: what has been on its way for longer ended without a word noted, since the store took none then.
    void left_reserved() {
        auto query = db_.query("SELECT entity, connector, count(*), min(id) FROM erp_write WHERE state = 'reserved' AND changed_at < ? GROUP BY entity, connector");
        query.bind(limit_);
        for (const auto& one : read_some(std::move(query)))
            say(one, "applications were given to connector " + one.connector + " for the ERP of " + one.entity + " more than " + std::to_string(hours_) +
                         " hours ago, and what became of them was never noted", "; restart owed: it is asked about then");
    }

    void say(const Some& some, const std::string& what, const std::string& advice) {
        const auto oldest = detail::find_erp_write(db_, some.oldest);
        if (!oldest) return;
        alarms_.push_back(std::to_string(some.many) + " " + what + "; the oldest is " + oldest->key + " of " + to_text(oldest->queued_at) +
                          (oldest->detail.empty() ? "" : ": " + oldest->detail) + advice);
    }

    store::Db& db_;
    const std::int64_t limit_;
    const int hours_;
    const ErpTakers& takers_;
    std::vector<std::string> alarms_;
};

}  // namespace

std::vector<std::string> erp_alarms(store::Db& db, Instant now, int hours, const ErpTakers& takers) {
    return Alarms{db, now.micros - std::int64_t{std::max(hours, 0)} * 3'600'000'000, hours, takers}.run();
}

}  // namespace owed::cash
