// Verbs of cash application: questions, a person's answers, undoing.
#include "api/detail/json.hpp"

namespace owed::api::detail {
namespace {

json::object proposal_json(const cash::Proposal& proposal) {
    json::array items, evidence, against;
    for (const auto& item : proposal.items)
        items.push_back(json::object{{"item", item.item.value}, {"document", text(item.document)}, {"amount", amount(item.amount)}});
    for (const auto& sentence : proposal.evidence) evidence.push_back(text(sentence));
    for (const auto& sentence : proposal.against) against.push_back(text(sentence));
    return {{"customer", maybe(proposal.customer_number)}, {"items", items}, {"confidence", proposal.confidence}, {"evidence", evidence}, {"against", against}};
}

json::object question_json(store::Db& db, const cash::Receipt& receipt) {
    json::array proposals;
    for (const auto& proposal : receipt.proposals) proposals.push_back(proposal_json(proposal));
    json::value customer = nullptr;
    if (receipt.customer)
        if (auto row = parties::find(db, *receipt.customer)) customer = text(row->customer.number);
    return {{"receipt", text(receipt.number)}, {"entity", text(receipt.entity)}, {"value_date", date(receipt.value_date)}, {"amount", amount(receipt.amount)},
            {"unapplied", amount(receipt.unapplied)}, {"currency", currency(receipt.amount)}, {"payer", maybe(receipt.payer_name)}, {"customer", customer},
            {"text", text(receipt.text)}, {"why", text(receipt.question)}, {"proposals", proposals}};
}

Result<Answer> pending(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& receipt : cash::pending(db)) list.push_back(question_json(db, receipt));
        return json::object{{"pending", list}, {"as_of", date(today(app))}};
    });
}

Result<Answer> show(App& app, const json::object& object, const Caller&) {
    Arguments arguments{object};
    OWED_TRY(auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        const auto receipt = cash::receipt(db, number);
        if (!receipt) return fail(Errc::not_found, "there is no receipt " + number, {}, "see owectl receipts");
        auto shown = question_json(db, *receipt);
        shown["state"] = text(cash::name_of(receipt->state));
        shown["account"] = text(receipt->account);
        shown["payer_account"] = maybe(receipt->payer_account);
        json::array applied;
        for (const auto& one : ledger::applications(db, {}, receipt->id))
            applied.push_back(json::object{{"application", one.id.value}, {"document", text(one.debit_document)}, {"amount", amount(one.amount)},
                                           {"stage", text(one.stage)}, {"reason", text(one.reason)}, {"by", text(one.by)}, {"undone", date(one.undone)}});
        shown["applications"] = applied;
        return shown;
    });
}

Result<Answer> apply(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY(auto pairs, arguments.texts("items"));
    OWED_TRY_VOID(arguments.done());
    std::vector<cash::Wanted> wanted;
    for (const auto& pair : pairs) {
        const auto equals = pair.rfind('=');
        if (equals == std::string::npos) return fail(Errc::invalid_argument, "\"" + pair + "\" is not ITEM=AMOUNT", "items");
        wanted.push_back({pair.substr(0, equals), pair.substr(equals + 1)});
    }
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return cash::apply_by_hand(tx, app.ledger, caller.actor, number, wanted); }));
    return show(app, {{"receipt", text(number)}}, caller);
}

Result<Answer> identify(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY(auto customer, arguments.required("customer", "which customer"));
    OWED_TRY_VOID(arguments.done());
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        const auto receipt = cash::receipt(tx, number);
        if (!receipt) return fail(Errc::not_found, "there is no receipt " + number, {}, "see owectl receipts");
        const auto named = customer.find('/') == std::string::npos ? receipt->entity + "/" + customer : customer;
        OWED_TRY(auto row, find_customer(tx, app.books, named));
        OWED_TRY_VOID(cash::identify_by_hand(tx, app.ledger, caller.actor, number, row.id));
        // What the payer's name decides now may apply at once.
        OWED_TRY([[maybe_unused]] auto matched, cash::match_waiting(tx, app.ledger, app.cash, caller.actor));
        return {};
    }); !done) return fail(std::move(done).error());
    return show(app, {{"receipt", text(number)}}, caller);
}

Result<Answer> not_receivable(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY(auto why, arguments.required("why", "why it is no receivable: --why W"));
    OWED_TRY_VOID(arguments.done());
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return cash::not_receivable_by_hand(tx, app.ledger, caller.actor, number, why); }));
    return show(app, {{"receipt", text(number)}}, caller);
}

Result<Answer> unapply(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto id, arguments.integer("application"));
    const auto why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    if (!id) return fail(Errc::invalid_argument, "say which application", "application", "see owectl applications");
    std::string receipt;
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY_VOID(cash::unapply_by_hand(tx, app.ledger, caller.actor, ApplicationId{*id}, why));
        receipt = "R-" + std::to_string(ledger::application(tx, ApplicationId{*id})->credit.value);
        return {};
    }); !done) return fail(std::move(done).error());
    return show(app, {{"receipt", text(receipt)}}, caller);
}

Result<Answer> run(App& app, const json::object& object, const Caller& caller) {
    OWED_TRY_VOID(Arguments{object}.done());
    cash::MatchSummary done;
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(done, cash::match_waiting(tx, app.ledger, app.cash, caller.actor));
        return {};
    }));
    return Answer{json::object{{"looked_at", done.looked_at}, {"applied", done.applied}, {"questions", done.questions}, {"not_receivable", done.not_receivable}}, true};
}

Result<Answer> aliases(App& app, const json::object& object, const Caller&) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& alias : parties::aliases(db)) {
            const auto row = parties::find(db, alias.customer);
            list.push_back(json::object{{"alias", alias.id}, {"entity", text(alias.entity)}, {"kind", text(alias.kind)}, {"value", text(alias.value)},
                                        {"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)}, {"by", text(alias.by)},
                                        {"at", text(to_text(alias.at))}});
        }
        return json::object{{"aliases", list}, {"as_of", date(today(app))}};
    });
}

Result<Answer> alias_revoke(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto id, arguments.integer("alias"));
    OWED_TRY_VOID(arguments.done());
    if (!id) return fail(Errc::invalid_argument, "say which alias", "alias", "see owectl cash aliases");
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return parties::revoke_alias(tx, app.clock, caller.actor, *id); }));
    return aliases(app, {}, caller);
}

constexpr Verb list[] = {
    {"cash pending", false, true, "", pending},
    {"cash show", false, true, "", show},
    {"cash apply", true, false, "cash_applier", apply},
    {"cash identify", true, false, "cash_applier|supervisor", identify},
    {"cash not-receivable", true, false, "cash_applier", not_receivable},
    {"cash unapply", true, false, "cash_applier", unapply},
    {"cash run", true, false, "cash_applier|supervisor", run},
    {"cash aliases", false, true, "", aliases},
    {"cash alias revoke", true, false, "cash_applier|supervisor", alias_revoke},
};

}  // namespace

std::span<const Verb> cash_verbs() { return list; }

}  // namespace owed::api::detail
