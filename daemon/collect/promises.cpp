#include "collect/promises.hpp"

#include <algorithm>
#include <array>

#include "collect/promise_rows.hpp"
#include "ledger/instalments.hpp"

namespace owed::collect {
namespace {

constexpr std::array state_names{
    std::pair{PromiseState::open, std::string_view{"open"}},     std::pair{PromiseState::kept, std::string_view{"kept"}},
    std::pair{PromiseState::partly_kept, std::string_view{"partly_kept"}}, std::pair{PromiseState::broken, std::string_view{"broken"}},
    std::pair{PromiseState::cancelled, std::string_view{"cancelled"}},     std::pair{PromiseState::lapsed, std::string_view{"lapsed"}},
};

/// While somebody still waits for one promise its items are not promised a second time.
constexpr int promise_days_max = 366;

Status check_item(const ledger::Item& item, const NewPromise& asked, const std::map<std::int64_t, Date>& promised) {
    const auto what = ledger::number_of(item);
    if (item.customer != asked.customer || item.entity != asked.entity || !item.residual.is_positive())
        return fail(Errc::invalid_argument, what + " is nothing that this customer owes", "items", "see owectl items --open --customer C");
    if (item.residual.currency() != asked.amount.currency())
        return fail(Errc::invalid_argument, what + " is in " + std::string{item.residual.currency().text()} + ", the promise in " +
                                                std::string{asked.amount.currency().text()}, "items");
    if (const auto at = promised.find(item.id.value); at != promised.end())
        return fail(Errc::invalid_argument, what + " is promised already, by " + to_text(at->second), "items",
                    "owectl promises; cancel the other one first");
    return {};
}

Result<std::vector<ledger::Item>> named_items(store::Db& db, const NewPromise& asked, const std::map<std::int64_t, Date>& promised) {
    std::vector<ledger::Item> chosen;
    for (const auto id : asked.items) {
        const auto item = ledger::item(db, id);
        if (!item) return fail(Errc::not_found, "there is no item " + std::to_string(id.value), "items");
        OWED_TRY_VOID(check_item(*item, asked, promised));
        if (std::none_of(chosen.begin(), chosen.end(), [&](const auto& one) { return one.id == id; })) chosen.push_back(*item);
    }
    return chosen;
}

/// Longest due first, until the amount is reached.
std::vector<ledger::Item> longest_due(store::Db& db, const ledger::Books& books, const NewPromise& asked, const std::map<std::int64_t, Date>& promised) {
    ledger::ItemFilter filter;
    filter.entity = asked.entity;
    filter.customer = asked.customer;
    filter.open_only = true;
    filter.debits_only = true;
    std::vector<ledger::Item> chosen;
    std::int64_t reached = 0;
    for (auto& item : ledger::items(db, books, filter)) {   // by due date
        if (reached >= asked.amount.units()) break;
        if (item.retained || !check_item(item, asked, promised)) continue;
        reached += item.residual.units();
        chosen.push_back(std::move(item));
    }
    return chosen;
}

audit::Act act_on(const audit::Actor& by, const std::string& entity, PromiseId id, std::string action, std::string reason) {
    audit::Act act;
    act.actor = by;
    act.entity = entity;
    act.action = std::move(action);
    act.object_kind = "promise";
    act.object_id = std::to_string(id.value);
    act.reason = std::move(reason);
    return act;
}

const audit::Actor itself{audit::Actor::Kind::system, "collect", "collect", {}, {}};

Promise as_of(Promise promise, Date today) {
    if (promise.state == PromiseState::open && promise.by < today)
        promise.state = promise.paid.is_positive() ? PromiseState::partly_kept : PromiseState::broken;
    return promise;
}

}  // namespace

std::string_view name_of(PromiseState state) noexcept {
    for (const auto& [one, name] : state_names)
        if (one == state) return name;
    return "open";
}

std::optional<PromiseState> promise_state_named(std::string_view name) noexcept {
    for (const auto& [state, one] : state_names)
        if (one == name) return state;
    return {};
}

Date follow_up_of(Date by) {
    const auto next = by.plus_days(1);
    return next.weekday() < Weekday::saturday ? next : next.plus_days(8 - static_cast<int>(next.weekday()));
}

Result<PromiseId> add_promise(store::Tx& tx, const ledger::Books& books, Clock& clock, const audit::Actor& by, const NewPromise& asked,
                              Date today) {
    if (!asked.amount.is_positive()) return fail(Errc::invalid_argument, "a promise of " + shown(asked.amount) + " is not positive", "amount");
    if (asked.by < today) return fail(Errc::invalid_argument, to_text(asked.by) + " is past", "by");
    if (asked.by > today.plus_days(promise_days_max))
        return fail(Errc::invalid_argument, to_text(asked.by) + " is more than a year away, and nothing would be dunned until then", "by",
                    "is the year right? Later than that is a new agreement on terms, not a promise");
    if (asked.why.empty()) return fail(Errc::invalid_argument, "say who promised it, and how: --why W", "why");
    const auto promised = promised_items(tx, today, asked.customer);
    std::vector<ledger::Item> items;
    if (asked.items.empty()) {
        items = longest_due(tx, books, asked, promised);
    } else {
        OWED_TRY(items, named_items(tx, asked, promised));
    }
    auto open = Money::zero(asked.amount.currency());
    for (const auto& item : items) {
        OWED_TRY(open, add(open, item.residual));
    }
    if (open.units() < asked.amount.units())
        return fail(Errc::invalid_argument, "of what is promised with " + shown(asked.amount) + " only " + shown(open) + " is open" +
                                                (asked.items.empty() ? " and not promised yet" : ""), "amount", "see owectl items --open --customer C");
    const auto id = detail::insert_promise(tx, asked, items, by, today);
    std::string documents;
    for (const auto& item : items) documents += (documents.empty() ? "" : ", ") + ledger::number_of(item);
    const auto reason = shown(asked.amount) + " by " + to_text(asked.by) + " for " + documents + ": " + asked.why;
    OWED_TRY_VOID(audit::append(tx, clock, act_on(by, asked.entity, id, "promise.add", reason)));
    return id;
}

Status cancel_promise(store::Tx& tx, Clock& clock, const audit::Actor& by, PromiseId id, const std::string& why, Date today) {
    const auto known = detail::find_promise(tx, id);
    if (!known) return fail(Errc::not_found, "there is no promise " + std::to_string(id.value), "promise", "see owectl promises");
    if (why.empty()) return fail(Errc::invalid_argument, "say why: --why W", "why");
    if (known->state != PromiseState::open)
        return fail(Errc::invalid_argument, "promise " + std::to_string(id.value) + " is " + std::string{name_of(known->state)} + " since " +
                                                to_text(*known->ended_on), "promise");
    detail::end_promise(tx, id, PromiseState::cancelled, today, by.id, why);
    return audit::append(tx, clock, act_on(by, known->entity, id, "promise.cancel", why));
}

std::vector<Promise> promises(store::Db& db, const std::function<Date(const std::string&)>& today_of, std::optional<CustomerId> customer) {
    auto all = detail::all_promises(db, customer);
    for (auto& one : all) one = as_of(std::move(one), today_of(one.entity));
    return all;
}

std::optional<Promise> promise(store::Db& db, PromiseId id, Date today) {
    auto found = detail::find_promise(db, id);
    if (!found) return {};
    return as_of(std::move(*found), today);
}

// ---------------------------------------------------------------- what becomes of it

namespace {

bool covers(const Promise& promise, OpenItemId item) { return std::find(promise.items.begin(), promise.items.end(), item) != promise.items.end(); }

bool is_anything_open(store::Db& db, const Promise& promise) {
    return std::any_of(promise.items.begin(), promise.items.end(), [&](auto id) {
        const auto item = ledger::item(db, id);
        return item && !item->residual.is_zero();
    });
}

/// Whether an open promise is through.
Status settle(store::Tx& tx, Clock& clock, const Promise& promise, Date today) {
    const bool all_paid = promise.paid.units() >= promise.amount.units();
    if (!all_paid && is_anything_open(tx, promise)) return {};
    const bool kept = all_paid || promise.paid.is_positive();
    detail::end_promise(tx, promise.id, kept ? PromiseState::kept : PromiseState::lapsed, today, {}, {});
    return audit::append(tx, clock, act_on(itself, promise.entity, promise.id, kept ? "promise.kept" : "promise.lapsed",
                                           shown(promise.paid) + " of " + shown(promise.amount) + " came by " + to_text(promise.by)));
}

/// What had kept or settled it is undone.
Status reopen(store::Tx& tx, Clock& clock, PromiseId id) {
    const auto promise = detail::find_promise(tx, id);
    if (!promise || (promise->state != PromiseState::kept && promise->state != PromiseState::lapsed)) return {};
    if (promise->paid.units() >= promise->amount.units()) return {};
    if (!is_anything_open(tx, *promise)) {   // money for other items had kept it, and its own are settled
        if (promise->paid.is_zero() && promise->state == PromiseState::kept) detail::end_promise(tx, id, PromiseState::lapsed, *promise->ended_on, {}, {});
        return {};
    }
    detail::reopen_promise(tx, id);
    return audit::append(tx, clock, act_on(itself, promise->entity, id, "promise.reopened", "what had settled it was undone"));
}

}  // namespace

Date PromiseListener::today(const std::string& entity) const {
    const auto* known = books_.find(entity);
    OWED_CHECK(known != nullptr, "a promise is of an entity that the books know");
    return known->today(clock_.now());
}

Status PromiseListener::applied(store::Tx& tx, const ledger::ApplicationEvent& event) {
    const auto open = detail::open_promises(tx, event.customer);
    if (open.empty()) return {};
    const auto credit = ledger::item(tx, event.credit);
    OWED_CHECK(credit.has_value(), "an application is of a credit that is there");
    const bool is_money = credit->kind == ledger::ItemKind::receipt || credit->kind == ledger::ItemKind::deposit;
    auto left = event.amount.units();
    for (auto promise : open) {
        if (promise.entity != event.entity || promise.amount.currency() != event.amount.currency()) continue;
        if (!promise.any_item && !covers(promise, event.debit)) continue;
        const auto part = std::min(left, promise.amount.units() - promise.paid.units());
        if (is_money && credit->document_date <= promise.by && part > 0) {
            detail::insert_payment(tx, promise.id, event.application, part);
            promise.paid = Money::minor(promise.paid.units() + part, promise.paid.currency());
            left -= part;
        }
        OWED_TRY_VOID(settle(tx, clock_, promise, today(promise.entity)));
    }
    return {};
}

Status PromiseListener::unapplied(store::Tx& tx, const ledger::ApplicationEvent& event) {
    auto touched = detail::promises_paid_by(tx, event.application);
    detail::remove_payments(tx, event.application);
    for (const auto id : detail::promises_of_item(tx, event.debit))
        if (std::find(touched.begin(), touched.end(), id) == touched.end()) touched.push_back(id);
    for (const auto id : touched) OWED_TRY_VOID(reopen(tx, clock_, id));
    return {};
}

Status PromiseListener::item_changed(store::Tx& tx, const ledger::ItemChange& change) {
    for (const auto id : detail::promises_of_item(tx, change.item.item)) {
        const auto promise = detail::find_promise(tx, id);
        if (promise && promise->state == PromiseState::open) OWED_TRY_VOID(settle(tx, clock_, *promise, today(promise->entity)));
        else OWED_TRY_VOID(reopen(tx, clock_, id));
    }
    return {};
}

}  // namespace owed::collect
