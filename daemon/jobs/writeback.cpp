#include "jobs/writeback.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "jobs/exposure.hpp"

namespace owed::jobs {
namespace {

constexpr std::size_t writes_max = 200;  // Salesforce's collections take no more, and nobody needs less often

/// What is owed by one customer, by currency.
struct Sums {
    std::map<std::string, std::int64_t> balance, overdue;
    std::map<std::string, std::int64_t> exposure;   ///< open debit items and unbilled orders, at the survivor of merged customers
    int oldest_days = 0, level = 0;
};

std::map<std::int64_t, Sums> sums_of(store::Db& db, const ledger::Context& ledger, const ledger::Entity& entity, const Survivors& survivors, Date today) {
    std::map<std::int64_t, Sums> all;
    const auto levels = collect::item_levels(db);
    ledger::ItemFilter filter;
    filter.entity = entity.id;
    filter.open_only = true;
    ledger::each_item(db, ledger.books, filter, [&](const ledger::Item& item) {
        if (!item.customer) return;
        auto& sums = all[item.customer->value];
        const std::string currency{item.residual.currency().text()};
        sums.balance[currency] += item.residual.units();
        if (item.residual.is_positive()) all[survivors.of(*item.customer).value].exposure[currency] += item.residual.units();
        const auto days = days_between(item.due_date, today);
        if (!item.residual.is_positive() || days <= 0) return;
        sums.overdue[currency] += item.residual.units();
        sums.oldest_days = std::max(sums.oldest_days, days);
        if (const auto level = levels.find(item.id.value); level != levels.end()) sums.level = std::max(sums.level, level->second.level);
    });
    for (const auto& order : unbilled_orders(db, entity, survivors))
        all[order.customer.value].exposure[std::string{order.amount.currency().text()}] += order.amount.units();
    return all;
}

std::string joined(const std::map<std::string, std::int64_t>& by_currency) {
    std::string text;
    for (const auto& [currency, units] : by_currency) text += (text.empty() ? "" : ", ") + currency;
    return text;
}

Amount amount_in(const std::map<std::string, std::int64_t>& by_currency, const Currency& currency) {
    const auto at = by_currency.find(std::string{currency.text()});
    return Amount::of(Money::minor(at == by_currency.end() ? 0 : at->second, currency));
}

/// What of a status makes another one: all but the day, or every customer would be written every day.
std::string hash_of(const AccountStatus& s) {
    store::RowHash hash;
    hash.add(s.customer).add(s.entity).add(s.name).add(to_text(*s.balance)).add(s.balance->currency).add(to_text(*s.overdue));
    hash.add(*s.oldest_days).add(*s.dunning_level).add(s.hold ? 1 : 0).add(s.hold_reason);
    return store::hex(hash.bytes());
}
std::string hash_of(const OrderHold& h) {
    return store::hex(store::RowHash{}.add(h.order).add(h.entity).add(h.customer).add(h.hold ? 1 : 0).add(h.reason).bytes());
}

/// Decides for one entity, and keeps what differs.
class Wishes {
  public:
    Wishes(store::Tx& tx, const ledger::Context& ledger, const collect::CreditPolicy& policy, const Connector& sink)
        : tx_{tx}, ledger_{ledger}, policy_{policy}, sink_{sink} {}

    Status entity(const ledger::Entity& entity) {
        const auto today = entity.today(ledger_.clock.now());
        std::map<std::string, collect::CreditVerdict> verdicts;
        for (auto& one : account_statuses(tx_, ledger_, policy_, entity)) {
            verdicts[one.status.customer] = {one.status.hold, one.status.hold_reason};
            if (sink_.takes("account_status")) OWED_TRY_VOID(account(std::move(one)));
        }
        if (!sink_.takes("order_hold")) return {};
        for (const auto& order : collect::orders(tx_, sink_.name()))
            if (order.entity == entity.id) OWED_TRY_VOID(hold(order, verdicts[order.customer_number], today));
        return {};
    }
    int wanted = 0;

  private:
    Status account(ComposedStatus one) {
        const auto key = (sink_.entity().empty() ? one.status.entity + "/" : "") + one.status.customer;
        const auto hash = hash_of(one.status);
        const auto entity = one.status.entity;
        return keep({sink_.name(), entity, {std::move(one.status), key, {}}, hash});
    }
    /// An order that never waited, nor was stopped by us, is none of our business.
    Status hold(const collect::Order& order, const collect::CreditVerdict& customer, Date today) {
        const auto verdict = collect::order_verdict(order, customer, today);
        if (!order.awaiting && !order.on_hold && !verdict.hold) return {};
        if (!order.awaiting && order.decision.empty() && !order.on_hold) return {};
        OrderHold record{order.number, order.entity, order.customer_number, verdict.hold, verdict.reason, today};
        const auto hash = hash_of(record);
        return keep({sink_.name(), order.entity, {std::move(record), order.external_id, {}}, hash});
    }
    Status keep(const notify::Wanted& wish) {
        OWED_TRY(const bool differs, notify::want(tx_, ledger_.clock, wish));
        wanted += differs ? 1 : 0;
        return {};
    }

    store::Tx& tx_;
    const ledger::Context& ledger_;
    const collect::CreditPolicy& policy_;
    const Connector& sink_;
};

void count(WritebackSummary& summary, SendState state) {
    switch (state) {
        case SendState::sent: ++summary.sent; return;
        case SendState::refused: ++summary.refused; return;
        case SendState::retry: ++summary.retry; return;
        case SendState::unknown: ++summary.unknown; return;
    }
}

}  // namespace

std::vector<ComposedStatus> account_statuses(store::Db& db, const ledger::Context& ledger, const collect::CreditPolicy& policy,
                                             const ledger::Entity& entity) {
    const auto today = entity.today(ledger.clock.now());
    const Survivors survivors{db};
    const auto sums = sums_of(db, ledger, entity, survivors, today);
    std::vector<ComposedStatus> all;
    for (const auto& row : parties::list(db, entity.id)) {
        if (row.customer.name.empty()) continue;  // a bare number that some document named
        static const Sums nothing;
        const auto sums_at = [&](CustomerId id) -> const Sums& {
            const auto at = sums.find(id.value);
            return at == sums.end() ? nothing : at->second;
        };
        const auto& own = sums_at(row.id);
        const auto survivor = survivors.of(row.id);
        ComposedStatus one;
        auto currency = entity.currency;
        if (own.balance.size() == 1) currency = find_currency(own.balance.begin()->first).value_or(currency);
        if (own.balance.size() > 1) one.mixed = joined(own.balance);
        auto& status = one.status;
        status.customer = row.customer.number;
        status.entity = entity.id;
        status.name = row.customer.name;
        status.as_of = today;
        status.balance = amount_in(own.balance, currency);
        status.overdue = amount_in(own.overdue, currency);
        status.oldest_days = own.oldest_days;
        status.dunning_level = own.level;
        std::string without_rate;
        collect::CreditStanding standing{row.hold, row.hold_reason, own.oldest_days, own.level};
        if (const auto use = limit_use(db, survivor, sums_at(survivor).exposure, today)) {
            standing.limit = use->limit;
            standing.exposure = use->exposure;
            without_rate = use->without_rate;
        }
        const auto verdict = collect::credit_verdict(policy, standing);
        status.hold = verdict.hold;
        status.hold_reason = verdict.reason;
        if (!without_rate.empty())
            status.hold_reason += (status.hold_reason.empty() ? "" : "; ") + std::string{"the credit limit is held against what is not in "} + without_rate + ", for which no rate is known";
        if (!one.mixed.empty()) status.hold_reason += (status.hold_reason.empty() ? "" : "; ") + std::string{"owes in "} + one.mixed + ", figures in " + std::string{currency.text()} + " only";
        all.push_back(std::move(one));
    }
    return all;
}

Result<WritebackSummary> write_back(store::Store& store, const ledger::Context& ledger, const collect::CreditPolicy& policy, Connector& sink) {
    WritebackSummary summary;
    if (!sink.takes("account_status") && !sink.takes("order_hold")) return summary;
    if (auto decided = store.write([&](store::Tx& tx) -> Status {
            Wishes wishes{tx, ledger, policy, sink};
            for (const auto& entity : ledger.books.entities())
                if (sink.entity().empty() || sink.entity() == entity.id) OWED_TRY_VOID(wishes.entity(entity));
            summary.wanted = wishes.wanted;
            return {};
        }); !decided)
        return fail(std::move(decided).error());
    const auto now = ledger.clock.now();
    for (;;) {
        std::vector<notify::DueWrite> due;
        if (auto read = store.read([&](store::Db& db) -> Status {
                OWED_TRY(due, notify::due_writes(db, sink.name(), now, writes_max));
                return {};
            }); !read)
            return fail(std::move(read).error());
        if (due.empty()) return summary;
        std::vector<Record> records;
        for (const auto& one : due) records.push_back(one.record);
        OWED_TRY(const auto results, sink.write(records));
        if (auto noted = store.write([&](store::Tx& tx) -> Status {
                for (std::size_t i = 0; i < due.size(); ++i) OWED_TRY_VOID(notify::note_written(tx, ledger.clock, due[i], results[i]));
                return {};
            }); !noted)
            return fail(std::move(noted).error());
        for (const auto& result : results) count(summary, result.state);
    }
}

}  // namespace owed::jobs
