// Verbs about money that left the bank and was no refund: what nobody ordered here, until somebody says what it was.
#include "api/detail/acts.hpp"
#include "cash/outgoing.hpp"

namespace owed::api::detail {
namespace {

Result<Answer> outgoing(App& app, const json::object& object, const Caller& caller) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& one : cash::outgoing_in_question(db))
            list.push_back(json::object{{"outgoing", one.id}, {"entity", text(one.entity)}, {"account", text(one.account)},
                                        {"value_date", date(one.value_date)}, {"amount", amount(one.amount)}, {"currency", currency(one.amount)}, {"payee", maybe(one.payee_name)},
                                        {"payee_account", maybe(account_for(caller.roles, one.payee_account))}, {"reference", maybe(one.reference)},
                                        {"text", maybe(one.text)}, {"code", maybe(one.code)}, {"entry", one.entry.value}});
        return json::object{{"outgoing", list}, {"as_of", date(today(app))}};
    });
}

/// What is explained, complete: what is approved is what is done.
Result<json::object> post_explanation(App& app, store::Tx& tx, const json::object& wanted, const By& by) {
    const auto id = wanted.at("outgoing").as_int64();
    const bool is_charge = wanted.at("charge").as_bool();
    const auto why = std::string{wanted.at("why").as_string()};
    OWED_TRY(const auto one, cash::outgoing_in_question(tx, id));
    OWED_TRY(const auto* entity, app.books.entity(one.entity));
    const ledger::Instruction how{.date = entity->today(app.clock.now()), .cause = by.cause, .reason = (is_charge ? "a charge of the bank: " : "") + why,
                                  .event_key = by.event_key, .by = by.asked, .approved_by = by.approved};
    OWED_TRY(const auto posted, cash::explain_outgoing(tx, acting(app, tx, by.roles), id, is_charge, how));
    audit::Act act;
    act.actor = by.actor;
    if (!by.approved.empty()) {
        act.on_behalf_of = by.asked;
        act.approval = by.cause.id;
    }
    act.entity = one.entity;
    act.action = "cash.explain";
    act.object_kind = "outgoing";
    act.object_id = std::to_string(id);
    act.reason = shown(one.amount) + " that left the bank on " + to_text(one.value_date) + ": " + how.reason;
    OWED_TRY_VOID(audit::append(tx, app.clock, act));
    return json::object{{"outgoing", id}, {"entity", text(one.entity)}, {"amount", amount(one.amount)}, {"currency", currency(one.amount)},
                        {"charge", is_charge}, {"why", text(why)}, {"entry", posted ? json::value(posted->entry.value) : json::value(nullptr)},
                        {"posting_date", posted ? json::value(date(posted->posting_date)) : json::value(nullptr)}, {"by", text(by.asked)},
                        {"approved_by", maybe(by.approved)}};
}

/// That something was an expense is no cash applier's alone to say (SECURITY section 7); that it is the general ledger's is.
Result<Answer> explain(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto id, arguments.integer("outgoing"));
    OWED_TRY(const auto why, arguments.required("why", "what it was: --why W"));
    const bool is_charge = arguments.flag("charge");
    OWED_TRY_VOID(arguments.done());
    if (!id) return fail(Errc::invalid_argument, "say which payment", "outgoing", "see owectl cash outgoing");
    const json::object wanted{{"outgoing", *id}, {"charge", is_charge}, {"why", text(why)}};
    if (!is_charge) return written(app, [&](store::Tx& tx) { return post_explanation(app, tx, wanted, alone(app, caller)); });
    std::optional<cash::Outgoing> found;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(found, cash::outgoing_in_question(db, *id));
        return {};
    }));
    const auto& one = *found;
    const Giving giving{.kind = "bank_charge", .act = {}, .entity = one.entity, .subject = "payment " + std::to_string(one.id),
                        .summary = shown(one.amount) + " that left " + one.account + " on " + to_text(one.value_date) + " was a charge of the bank: " + why,
                        .customer = {}, .amount = one.amount, .wanted = wanted};
    return give(app, caller, giving, post_explanation);
}

constexpr Verb cash_outgoing_table[] = {
    {"cash outgoing", false, true, "", outgoing},
    {"cash explain", true, false, "cash_applier|supervisor", explain},
};
constexpr SecondPersonAct cash_outgoing_second_person[] = {{"bank_charge", approved<post_explanation>}};

}  // namespace

std::span<const Verb> cash_outgoing_verbs() { return cash_outgoing_table; }
std::span<const SecondPersonAct> cash_outgoing_acts() { return cash_outgoing_second_person; }

}  // namespace owed::api::detail
