// Verbs that give claims up and take them up again: write-off, settlement, recovery, waiver, reinstatement (DOMAIN section 11).
// Who gives up more than the limit under `approvals:` needs a second person (O2C-04); who takes a claim up again does not.
#include "api/detail/acts.hpp"
#include "ledger/charges.hpp"
#include "ledger/write_offs.hpp"

namespace owed::api::detail {
namespace {

using ledger::WriteOffMethod;

constexpr std::string_view may_give_up = "collector|supervisor";

Result<WriteOffMethod> method_of(const std::string& name) {
    if (name == "direct") return WriteOffMethod::direct;
    if (name == "allowance") return WriteOffMethod::allowance;
    return fail(Errc::invalid_argument, "\"" + name + "\" is neither direct nor allowance", "method", "direct: bad debt expense; allowance: what was provided for");
}


/// Reads the item and what is wanted of it on a snapshot, then `make` completes the act.
Result<Giving> giving_for(App& app, const std::string& name, const std::function<Result<Giving>(store::Db&, const ledger::Item&)>& make) {
    std::optional<Giving> giving;
    OWED_TRY_VOID(app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(const auto item, find_item(db, app, name));
        OWED_TRY(giving, make(db, item));
        giving->entity = item.entity;
        giving->customer = item.customer;
        giving->subject = "item " + std::to_string(item.id.value);
        return {};
    }));
    return *giving;
}

// ---------------------------------------------------------------- write-off

Result<json::object> post_write_off(App& app, store::Tx& tx, const json::object& wanted, const By& by) {
    OWED_TRY(const auto one, wanted_item(tx, wanted));
    OWED_TRY(const auto method, method_of(std::string{wanted.at("method").as_string()}));
    std::optional<Money> relief;
    if (const auto& text = wanted.at("tax_relief"); text.is_string()) {
        OWED_TRY(relief, amount_of(std::string{text.as_string()}, one.amount.currency(), "tax_relief"));
    }
    OWED_TRY(const auto posted, ledger::write_off(tx, acting(app, tx, by.roles), {.item = one.item.id, .amount = one.amount, .method = method, .tax_relief = relief,
                                                                   .instruction = instruction(app, one.item, by, "written off: " + one.why)}));
    OWED_TRY_VOID(audit_item(app, tx, by, one.item, "item.write_off", shown(one.amount) + ": " + one.why));
    return posted_json(tx, one.item.id, one.amount, posted, by);
}

Result<Answer> write_off(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("item", "which item"));
    OWED_TRY(const auto why, arguments.required("why", "why it is written off: --why W"));
    const auto amount = arguments.text("amount"), relief = arguments.text("tax_relief");
    const auto method = arguments.text("method").value_or("direct");
    OWED_TRY_VOID(arguments.done());
    OWED_TRY_VOID(method_of(method).map([](auto) {}));
    OWED_TRY(const auto giving, giving_for(app, name, [&](store::Db& db, const ledger::Item& item) -> Result<Giving> {
        OWED_TRY(const auto units, amount_or_open(amount, item, "amount"));
        auto wanted = wanted_json(item, units, why);
        wanted["method"] = text(method);
        wanted["tax_relief"] = relief ? json::value(text(*relief)) : json::value(nullptr);
        return Giving{.kind = "write_off", .act = "write_off", .entity = {}, .subject = {},
                      .summary = "write off " + shown(units) + " of " + named(db, item) + (method == "allowance" ? " against the allowance" : "") + ": " + why,
                      .amount = units, .wanted = wanted};
    }));
    return give(app, caller, giving, post_write_off);
}

// ---------------------------------------------------------------- settlement

Result<json::object> post_settlement(App& app, store::Tx& tx, const json::object& wanted, const By& by) {
    OWED_TRY(const auto one, wanted_item(tx, wanted));
    OWED_TRY(const auto method, method_of(std::string{wanted.at("method").as_string()}));
    OWED_TRY(const auto agreed_on, parse_date(std::string{wanted.at("on").as_string()}));
    const auto given_up = one.item.residual;
    // What is approved is what is done: a receipt applied or undone since then makes it another settlement.
    if (const auto asked = std::string{wanted.at("rest").as_string()}; to_text(given_up) != asked)
        return fail(Errc::conflicting_repeat, asked + " remained of " + one.item.document + " when this was asked for, now " + shown(given_up) + " does", {},
                    "reject it and ask again");
    OWED_TRY(const auto posted, ledger::settle(tx, acting(app, tx, by.roles), {.item = one.item.id, .agreed = one.amount, .agreed_on = agreed_on, .method = method,
                                                                .instruction = instruction(app, one.item, by, "settled for " + shown(one.amount) + ": " + one.why)}));
    OWED_TRY_VOID(audit_item(app, tx, by, one.item, "item.settle", "for " + shown(one.amount) + ": " + one.why));
    auto answer = posted_json(tx, one.item.id, given_up, posted, by);
    answer["agreed"] = amount(one.amount);
    return answer;
}

Result<Answer> settle(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("item", "which item"));
    OWED_TRY(const auto agreed, arguments.required("agreed", "what the customer was to pay"));
    OWED_TRY(const auto on, arguments.required("on", "since when it was agreed: --on DATE"));
    OWED_TRY(const auto why, arguments.required("why", "why it is settled: --why W"));
    const auto method = arguments.text("method").value_or("direct");
    OWED_TRY_VOID(arguments.done());
    OWED_TRY_VOID(method_of(method).map([](auto) {}));
    const auto agreed_on = parse_date(on);
    if (!agreed_on) return fail(Errc::invalid_argument, agreed_on.error().what, "on");
    OWED_TRY(const auto giving, giving_for(app, name, [&](store::Db& db, const ledger::Item& item) -> Result<Giving> {
        OWED_TRY(const auto units, amount_of(agreed, item.residual.currency(), "agreed"));
        auto wanted = wanted_json(item, units, why);
        wanted["method"] = text(method);
        wanted["on"] = date(*agreed_on);
        wanted["rest"] = amount(item.residual);
        // A settlement takes two persons whatever its amount (DESIGN section 7).
        return Giving{.kind = "settlement", .act = {}, .entity = {}, .subject = {},
                      .summary = "settle " + named(db, item) + " for " + shown(units) + " agreed on " + on + " and write off the remaining " +
                                 shown(item.residual) + ": " + why,
                      .amount = units, .wanted = wanted};
    }));
    return give(app, caller, giving, post_settlement);
}

// ---------------------------------------------------------------- waiver

Result<json::object> post_waiver(App& app, store::Tx& tx, const json::object& wanted, const By& by) {
    OWED_TRY(const auto one, wanted_item(tx, wanted));
    OWED_TRY(const auto posted, ledger::waive(tx, acting(app, tx, by.roles), {.charge = one.item.id, .amount = one.amount,
                                                               .instruction = instruction(app, one.item, by, "waived: " + one.why)}));
    OWED_TRY_VOID(audit_item(app, tx, by, one.item, "item.waive", shown(one.amount) + ": " + one.why));
    return posted_json(tx, one.item.id, one.amount, posted, by);
}

Result<Answer> waive(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("item", "which fee or interest"));
    OWED_TRY(const auto why, arguments.required("why", "why it is waived: --why W"));
    const auto amount = arguments.text("amount");
    OWED_TRY_VOID(arguments.done());
    OWED_TRY(const auto giving, giving_for(app, name, [&](store::Db& db, const ledger::Item& item) -> Result<Giving> {
        OWED_TRY(const auto units, amount_or_open(amount, item, "amount"));
        return Giving{.kind = "waive", .act = "waiver", .entity = {}, .subject = {},
                      .summary = "waive " + shown(units) + " of " + named(db, item) + ": " + why, .amount = units, .wanted = wanted_json(item, units, why)};
    }));
    return give(app, caller, giving, post_waiver);
}

// ---------------------------------------------------------------- taking a claim up again

Result<Answer> recover(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("item", "which item"));
    OWED_TRY(const auto wanted, arguments.required("amount", "what is owed again"));
    const auto why = arguments.text("why").value_or("recovered"), tax = arguments.text("tax").value_or("");
    OWED_TRY(const auto method, method_of(arguments.text("method").value_or("direct")));
    OWED_TRY_VOID(arguments.done());
    json::object shown_posting;
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(const auto item, find_item(tx, app, name));
        OWED_TRY(const auto units, amount_of(wanted, item.residual.currency(), "amount"));
        std::optional<Money> owed_tax;
        if (!tax.empty()) {
            OWED_TRY(owed_tax, amount_of(tax, item.residual.currency(), "tax"));
        }
        const auto by = alone(app, caller);
        OWED_TRY(const auto posted, ledger::recover(tx, acting(app, tx, by.roles), {.item = item.id, .amount = units, .method = method, .tax = owed_tax,
                                                                     .instruction = instruction(app, item, by, why)}));
        OWED_TRY_VOID(audit_item(app, tx, by, item, "item.recover", shown(units) + ": " + why));
        shown_posting = posted_json(tx, item.id, units, posted, by);
        return {};
    }); !done) return fail(std::move(done).error());
    return Answer{shown_posting, true};
}

/// Reverses what was written off of the item, newest first.
Result<json::object> reinstate_all(App& app, store::Tx& tx, const ledger::Item& item, const By& by, const std::string& why) {
    auto restored = Money::zero(item.residual.currency());
    json::array entries;
    std::optional<ledger::Posted> last;
    for (const auto& change : ledger::changes_of(tx, item.id)) {
        if (change.act != "write_off" && change.act != "settlement") continue;
        OWED_TRY(last, ledger::reverse(tx, acting(app, tx, by.roles), change.entry, instruction(app, item, by, why).date, by.cause, why,
                                       by.event_key + "/" + std::to_string(change.entry.value)));
        OWED_TRY(restored, add(restored, change.amount));
        entries.push_back(change.entry.value);
    }
    if (!last)
        return fail(Errc::invalid_argument, "nothing of " + named(tx, item) + " was written off by an act of its own", "item",
                    "what a payment wrote off comes back by owectl cash unapply");
    OWED_TRY_VOID(audit_item(app, tx, by, item, "item.reinstate", shown(restored) + ": " + why));
    auto answer = posted_json(tx, item.id, restored, *last, by);
    answer["reversed"] = entries;
    return answer;
}

Result<Answer> reinstate(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("item", "which item"));
    const auto why = arguments.text("why").value_or("reinstated");
    OWED_TRY_VOID(arguments.done());
    json::object answer;
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(const auto item, find_item(tx, app, name));
        OWED_TRY(answer, reinstate_all(app, tx, item, alone(app, caller), why));
        return {};
    }); !done) return fail(std::move(done).error());
    return Answer{answer, true};
}

constexpr Verb claim_table[] = {
    {"writeoff", true, false, may_give_up, write_off},
    {"settle", true, false, may_give_up, settle},
    {"recover", true, false, may_give_up, recover},
    {"waive", true, false, may_give_up, waive},
    {"reinstate", true, false, may_give_up, reinstate},
};
constexpr SecondPersonAct claim_second_person[] = {
    {"write_off", approved<post_write_off>}, {"settlement", approved<post_settlement>}, {"waive", approved<post_waiver>}};

}  // namespace

std::span<const Verb> claim_verbs() { return claim_table; }
std::span<const SecondPersonAct> claim_acts() { return claim_second_person; }

}  // namespace owed::api::detail
