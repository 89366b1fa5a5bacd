// Verbs of periods: list, close, reopen. A locked period opens only with a second person (DOMAIN section 13, O2C-10).
#include <algorithm>

#include "api/detail/second_person.hpp"
#include "ledger/periods.hpp"

namespace owed::api::detail {
namespace {

std::string month_text(Date month) { return to_text(month).substr(0, 7); }

Result<Date> month_of(const std::string& text) {
    auto month = parse_date(text.size() == 7 ? text + "-01" : text);
    if (!month) return fail(Errc::invalid_argument, "\"" + text + "\" is no month; write 2026-03", "month");
    return *month;
}

Result<json::value> listed(App& app, store::Db& db, const std::optional<std::string>& entity) {
    if (entity) {
        OWED_TRY([[maybe_unused]] const auto* known, app.books.entity(*entity));
    }
    const auto changes = ledger::period_changes(db, entity);
    json::array list;
    for (const auto& period : ledger::closed_periods(db, entity)) {
        json::object shown{{"entity", text(period.entity)}, {"month", text(month_text(period.month))}, {"state", text(ledger::name_of(period.state))},
                           {"by", nullptr}, {"approved_by", nullptr}, {"reason", nullptr}, {"at", nullptr}};
        for (auto one = changes.rbegin(); one != changes.rend(); ++one) {
            if (one->entity != period.entity || one->month != period.month) continue;
            shown["by"] = maybe(one->by);
            shown["approved_by"] = maybe(one->approved_by);
            shown["reason"] = maybe(one->reason);
            shown["at"] = text(to_text(one->at));
            break;
        }
        list.push_back(std::move(shown));
    }
    json::array history;
    for (const auto& one : changes)
        history.push_back(json::object{{"entity", text(one.entity)}, {"month", text(month_text(one.month))}, {"before", text(ledger::name_of(one.before))},
                                       {"state", text(ledger::name_of(one.state))}, {"by", text(one.by)}, {"approved_by", maybe(one.approved_by)},
                                       {"reason", text(one.reason)}, {"at", text(to_text(one.at))}});
    return json::object{{"periods", list}, {"changes", history}, {"as_of", date(today(app))}};
}

Result<Answer> list_periods(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    const auto entity = arguments.text("entity");
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) { return listed(app, db, entity); });
}

Status change(App& app, store::Tx& tx, const audit::Actor& by, const ledger::PeriodChange& wanted) {
    const auto before = ledger::period_state(tx, wanted.entity, wanted.month);
    OWED_TRY_VOID(ledger::change_period(tx, app.ledger, wanted));
    if (before == wanted.state) return {};
    audit::Act act;
    act.actor = by;
    act.entity = wanted.entity;
    act.action = wanted.state == ledger::PeriodState::open ? "period.reopen" : "period.close";
    act.object_kind = "period";
    act.object_id = month_text(wanted.month);
    act.reason = std::string{ledger::name_of(wanted.state)} + ": " + wanted.reason;
    return audit::append(tx, app.clock, act);
}

Result<Answer> close(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto wanted, arguments.required("month", "which month: 2026-03"));
    OWED_TRY(const auto* entity, entity_of(app, arguments.text("entity")));
    const auto soft = arguments.flag("soft");
    const auto why = arguments.text("why").value_or("month end");
    OWED_TRY_VOID(arguments.done());
    OWED_TRY(const auto month, month_of(wanted));
    // What may not be posted goes to the next open month: were that one to come, no list of today would show it.
    const auto today_there = entity->today(app.clock.now());
    if (const auto last = month.end_of_month(); soft ? month > today_there : last >= today_there)
        return fail(Errc::invalid_argument, month_text(month) + " is not over: for " + entity->id + " it is " + to_text(today_there), "month",
                    soft ? "only a month that has begun can be closed" : "lock it from " + to_text(last.plus_days(1)) + " on; --soft closes it for most at once");
    const auto state = soft ? ledger::PeriodState::soft_closed : ledger::PeriodState::locked;
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) {
        return change(app, tx, caller.actor, {.entity = entity->id, .month = month, .state = state, .by = caller.actor.id, .reason = why});
    }));
    return reading(app, [&](store::Db& db) { return listed(app, db, entity->id); });
}

Result<Answer> reopen(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto wanted, arguments.required("month", "which month: 2026-03"));
    OWED_TRY(const auto* entity, entity_of(app, arguments.text("entity")));
    OWED_TRY(const auto why, arguments.required("why", "why it is opened again: --why W"));
    const auto soft = arguments.flag("soft");
    OWED_TRY_VOID(arguments.done());
    OWED_TRY(const auto month, month_of(wanted));
    ledger::PeriodState now = ledger::PeriodState::open;
    std::optional<Date> locked;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        now = ledger::period_state(db, entity->id, month);
        locked = ledger::locked_through(db, entity->id);
        return {};
    }));
    // Nobody is asked to approve what cannot be.
    if (locked && month.end_of_month() < *locked)
        return fail(Errc::period_closed, "period " + month_text(month) + " of " + entity->id + " lies before " + month_text(*locked) + ", which is locked", "month",
                    "its closing balances would change: reopen " + month_text(*locked) + " first");
    if (now == ledger::PeriodState::open) return fail(Errc::invalid_argument, "period " + month_text(month) + " of " + entity->id + " is open", "month");
    const ledger::PeriodChange opening{.entity = entity->id, .month = month, .state = soft ? ledger::PeriodState::soft_closed : ledger::PeriodState::open,
                                       .by = caller.actor.id, .reason = why};
    if (now == ledger::PeriodState::locked) {
        audit::Request request;
        request.kind = "period_reopen";
        request.entity = entity->id;
        request.subject = month_text(month);
        request.summary = "open the locked period " + month_text(month) + " of " + entity->id + " again: " + why;
        return ask_second_person(app, caller, request, {{"entity", text(entity->id)}, {"month", text(month_text(month))}, {"soft", soft}, {"why", text(why)}});
    }
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return change(app, tx, caller.actor, opening); }));
    return reading(app, [&](store::Db& db) { return listed(app, db, entity->id); });
}

Result<json::object> do_reopen(App& app, store::Tx& tx, const json::object& wanted, const audit::Request& request) {
    Arguments arguments{wanted};
    OWED_TRY(const auto entity, arguments.required("entity", "entity"));
    OWED_TRY(const auto written, arguments.required("month", "month"));
    OWED_TRY(const auto why, arguments.required("why", "why"));
    const auto soft = arguments.flag("soft");
    OWED_TRY(const auto month, month_of(written));
    const audit::Actor approver{.kind = audit::Actor::Kind::person, .id = request.decided_by};
    OWED_TRY_VOID(change(app, tx, approver, {.entity = entity, .month = month, .state = soft ? ledger::PeriodState::soft_closed : ledger::PeriodState::open,
                                             .by = request.made_by, .approved_by = request.decided_by, .reason = why}));
    return json::object{{"entity", text(entity)}, {"month", text(written)}, {"state", text(soft ? "soft_closed" : "open")}};
}

constexpr Verb period_table[] = {
    {"period list", false, true, "", list_periods},
    {"period close", true, false, "approver", close},
    {"period reopen", true, false, "approver", reopen},
};
constexpr SecondPersonAct period_second_person[] = {{"period_reopen", do_reopen}};

}  // namespace

std::span<const Verb> period_verbs() { return period_table; }
std::span<const SecondPersonAct> period_acts() { return period_second_person; }

}  // namespace owed::api::detail
