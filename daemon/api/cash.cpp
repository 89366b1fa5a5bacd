// Verbs of cash application: questions, a person's answers, undoing.
#include <algorithm>

#include "api/detail/acts.hpp"
#include "api/detail/cash_apply.hpp"
#include "cash/refunds.hpp"
#include "ledger/follow_ups.hpp"

namespace owed::api::detail {
namespace {

json::object proposal_json(const cash::Proposal& proposal) {
    json::array items, evidence, against;
    for (const auto& item : proposal.items) {
        const auto part = [&](std::int64_t units) { return amount(Money::minor(units, item.amount.currency())); };
        items.push_back(json::object{{"item", item.item.value}, {"document", text(item.document)}, {"amount", amount(item.amount)}, {"discount", part(item.discount)},
                                     {"tolerance", part(item.tolerance)}, {"bank_charge", part(item.bank_charge)}, {"withholding", part(item.withholding)},
                                     {"deduction", part(item.deduction)}, {"reason", maybe(item.deduction == 0 ? std::string{} : item.reason.empty() ? "unknown" : item.reason)}});
    }
    for (const auto& sentence : proposal.evidence) evidence.push_back(text(sentence));
    for (const auto& sentence : proposal.against) against.push_back(text(sentence));
    return {{"proposal", proposal.number}, {"customer", maybe(proposal.customer_number)}, {"items", items}, {"confidence", proposal.confidence}, {"evidence", evidence}, {"against", against}};
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

/// Why the receipt is as it is: of its standing applications, else of its last change.
std::string last_reason(store::Db& db, OpenItemId receipt) {
    std::string reason;
    for (const auto& one : ledger::applications(db, {}, receipt))
        if (!one.undone) reason = one.reason;
    if (!reason.empty()) return reason;
    const auto changes = ledger::changes_of(db, receipt);
    return changes.empty() ? std::string{} : changes.front().reason;
}

/// What was decided last without a person, and on which evidence: as the decision kept it (cash::evidence_json).
json::value evidence_of(const std::string& kept) {
    json::error_code broken;
    const auto evidence = json::parse(kept, broken);
    if (broken || !evidence.is_object()) return nullptr;
    json::object shown;
    for (const char* key : {"stage", "doubt_ppm", "reason", "read", "lost"})
        if (const auto* value = evidence.as_object().if_contains(key)) shown[key] = *value;
    return shown;
}

/// All of one receipt, as its reader may see it.
json::object receipt_json(store::Db& db, const cash::Receipt& receipt, const Caller& caller) {
    auto shown = question_json(db, receipt);
    shown["state"] = text(cash::name_of(receipt.state));
    shown["account"] = text(receipt.account);
    shown["payer_account"] = maybe(account_for(caller.roles, receipt.payer_account));
    json::array applied;
    for (const auto& one : ledger::applications(db, {}, receipt.id))
        applied.push_back(json::object{{"application", one.id.value}, {"document", text(one.debit_document)}, {"amount", amount(one.amount)},
                                       {"posting_date", date(one.date)}, {"stage", text(one.stage)}, {"reason", text(one.reason)}, {"by", text(one.by)}, {"undone", date(one.undone)}});
    shown["applications"] = applied;
    json::array refunded;
    for (const auto& one : cash::refunds_of(db, receipt.id))
        refunded.push_back(json::object{{"entry", one.entry.value}, {"amount", amount(one.amount)}, {"currency", currency(one.amount)},
                                        {"ordered", date(one.ordered)}, {"paid", date(one.paid)}});
    shown["refunds"] = refunded;
    // What nobody has to answer has its reason too: the last that was said of it.
    if (receipt.question.empty()) shown["why"] = maybe(last_reason(db, receipt.id));
    shown["evidence"] = evidence_of(receipt.evidence);
    return shown;
}

Result<Answer> show(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY_VOID(arguments.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        const auto receipt = cash::receipt(db, number);
        if (!receipt) return fail(Errc::not_found, "there is no receipt " + number, {}, "see owectl receipts");
        return receipt_json(db, *receipt, caller);
    });
}

Result<Answer> apply(App& app, const json::object& object, const Caller& caller) {
    OWED_TRY(auto asked, apply_receipt(app, object, caller));
    if (asked) return std::move(*asked);
    return show(app, {{"receipt", object.at("receipt")}}, caller);
}

Result<Answer> accept(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY(const auto proposal, arguments.integer("proposal"));
    OWED_TRY_VOID(arguments.done());
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return cash::accept_by_hand(tx, acting(app, tx, caller.roles), caller.actor, number, proposal.value_or(1), app.cash); }));
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
        OWED_TRY_VOID(cash::identify_by_hand(tx, acting(app, tx, caller.roles), caller.actor, number, row.id, app.cash));
        // What the payer's name decides now may apply at once.
        OWED_TRY([[maybe_unused]] auto matched, cash::match_waiting(tx, app.ledger, app.cash, caller.actor));
        return {};
    }); !done) return fail(std::move(done).error());
    return show(app, {{"receipt", text(number)}}, caller);
}

/// A customer's share over what he owes: the one open item of just that amount, else the oldest due first.
Result<std::vector<cash::Wanted>> share_over_items(store::Db& db, const App& app, const parties::CustomerRow& customer, Money share) {
    ledger::ItemFilter filter;
    filter.entity = customer.entity;
    filter.customer = customer.id;
    filter.open_only = filter.debits_only = true;
    std::vector<ledger::Item> open;
    for (auto& item : ledger::items(db, app.books, filter))
        if (item.residual.currency() == share.currency()) open.push_back(std::move(item));
    std::vector<cash::Wanted> wanted;
    const auto same = [&](const ledger::Item& item) { return item.residual == share; };
    if (std::count_if(open.begin(), open.end(), same) == 1) {
        wanted.push_back({std::to_string(std::find_if(open.begin(), open.end(), same)->id.value), to_text(share)});
        return wanted;
    }
    auto left = share.units();
    for (const auto& item : open) {
        const auto part = Money::minor(std::min(left, item.residual.units()), share.currency());
        if (part.is_positive()) wanted.push_back({std::to_string(item.id.value), to_text(part)});
        left -= part.units();
    }
    if (left > 0)
        return fail(Errc::application_exceeds_residual, "customer " + customer.customer.number + " owes " + to_text(Money::minor(share.units() - left, share.currency())) +
                                                            "; " + to_text(share) + " were to be his share", "parts");
    return wanted;
}

Result<Answer> split(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY(const auto parts, named_amounts(arguments, "parts", "CUSTOMER=AMOUNT"));
    OWED_TRY_VOID(arguments.done());
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        const auto receipt = cash::receipt(tx, number);
        if (!receipt) return fail(Errc::not_found, "there is no receipt " + number, {}, "see owectl receipts");
        std::vector<cash::Wanted> wanted;
        for (const auto& [name, shown_amount] : parts) {
            OWED_TRY(const auto customer, find_customer(tx, app.books, name.find('/') == std::string::npos ? receipt->entity + "/" + name : name));
            if (customer.entity != receipt->entity)
                return fail(Errc::wrong_customer, "customer " + name + " is not one of " + receipt->entity + ", where " + number + " arrived", "parts");
            const auto share = parse_money(shown_amount, receipt->amount.currency());
            if (!share || !share->is_positive())
                return fail(Errc::invalid_argument, share ? "a share is positive, not " + to_text(*share) : share.error().what, "parts");
            OWED_TRY(auto items, share_over_items(tx, app, customer, *share));
            wanted.insert(wanted.end(), items.begin(), items.end());
        }
        return cash::split_by_hand(tx, acting(app, tx, caller.roles), caller.actor, number, wanted, &app.cash);
    }); !done) return fail(std::move(done).error());
    return show(app, {{"receipt", text(number)}}, caller);
}

Result<Answer> not_receivable(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY(auto why, arguments.required("why", "why it is no receivable: --why W"));
    OWED_TRY_VOID(arguments.done());
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return cash::not_receivable_by_hand(tx, acting(app, tx, caller.roles), caller.actor, number, why, &app.cash); }));
    return show(app, {{"receipt", text(number)}}, caller);
}

Result<Answer> receivable(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto number, arguments.required("receipt", "which receipt"));
    OWED_TRY(auto why, arguments.required("why", "why it is a customer's money after all: --why W"));
    OWED_TRY_VOID(arguments.done());
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return cash::receivable_by_hand(tx, acting(app, tx, caller.roles), caller.actor, number, why); }));
    return show(app, {{"receipt", text(number)}}, caller);
}

json::array follow_ups_json(store::Db& db, const std::vector<ledger::FollowUp>& follows) {
    json::array list;
    for (const auto& one : follows) {
        const auto item = ledger::item(db, one.item);
        list.push_back(json::object{{"entry", one.entry.value}, {"act", text(one.act)}, {"posting_date", date(one.posting_date)}, {"item", one.item.value},
                                    {"document", item ? maybe(item->document) : json::value(nullptr)}, {"currency", currency(one.amount)},
                                    {"amount", amount(one.amount)}, {"reason", maybe(one.reason)}});
    }
    return list;
}

/// What undoing it would bring about, and what it would take back with it.
Result<json::value> unapply_preview(store::Db& db, const App& app, ApplicationId id) {
    OWED_TRY(const auto preview, cash::unapply_preview(db, app.ledger, id));
    json::array sentences;
    for (const auto& sentence : preview.sentences) sentences.push_back(text(sentence));
    const auto follows = ledger::what_follows(db, id);
    for (const auto& one : follows)
        sentences.push_back(text("the " + one.act + " of " + to_text(one.amount) + " of " + to_text(one.posting_date) + " is taken back with it"));
    const auto part = [&](const std::optional<Money>& one) { return amount(one.value_or(Money::zero(preview.amount.currency()))); };
    json::value deduction = nullptr;
    if (preview.deduction_item)
        deduction = json::object{{"item", preview.deduction_item->value}, {"document", text(preview.deduction_document)}, {"amount", part(preview.deduction)},
                                 {"reason", maybe(preview.deduction_reason)}, {"state", text(preview.deduction_state)}};
    return json::object{{"application", id.value}, {"receipt", text(preview.receipt)}, {"document", text(preview.document)}, {"currency", currency(preview.amount)},
                        {"amount", amount(preview.amount)}, {"goes_back", amount(preview.goes_back)}, {"goes_back_currency", currency(preview.goes_back)},
                        {"residual_after", amount(preview.residual_after)}, {"discount_withdrawn", part(preview.discount_withdrawn)},
                        {"tolerance", part(preview.tolerance)}, {"bank_charge", part(preview.bank_charge)}, {"withholding", part(preview.withholding)},
                        {"write_off", part(preview.write_off)}, {"deduction", deduction},
                        {"overdue_again", preview.overdue_again}, {"follows", follow_ups_json(db, follows)}, {"sentences", sentences}};
}

Result<Answer> unapply(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto id, arguments.integer("application"));
    const auto why = arguments.text("why").value_or("");
    const auto preview = arguments.flag("preview");
    OWED_TRY_VOID(arguments.done());
    if (!id) return fail(Errc::invalid_argument, "say which application", "application", "see owectl applications");
    if (preview) return reading(app, [&](store::Db& db) { return unapply_preview(db, app, ApplicationId{*id}); });
    OpenItemId credit;
    json::array taken_back;
    if (auto done = app.store.write([&](store::Tx& tx) -> Status {
        taken_back = follow_ups_json(tx, ledger::what_follows(tx, ApplicationId{*id}));
        OWED_TRY_VOID(cash::unapply_by_hand(tx, acting(app, tx, caller.roles), caller.actor, ApplicationId{*id}, why));
        credit = ledger::application(tx, ApplicationId{*id})->credit;
        return {};
    }); !done) return fail(std::move(done).error());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        const auto receipt = cash::receipt(db, "R-" + std::to_string(credit.value));
        auto answer = receipt ? receipt_json(db, *receipt, caller) : credit_left(db, credit);
        answer["taken_back"] = taken_back;
        return answer;
    });
}

Result<Answer> match_now(App& app, const json::object& object, const Caller& caller) {
    OWED_TRY_VOID(Arguments{object}.done());
    cash::MatchSummary done;
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) -> Status {
        OWED_TRY(done, cash::match_waiting(tx, app.ledger, app.cash, caller.actor));
        return {};
    }));
    return Answer{json::object{{"looked_at", done.looked_at}, {"applied", done.applied}, {"questions", done.questions}, {"not_receivable", done.not_receivable},
                               {"on_account", done.on_account}, {"waiting", done.waiting}, {"moved", done.moved}}, true};
}

Result<Answer> aliases(App& app, const json::object& object, const Caller& caller) {
    OWED_TRY_VOID(Arguments{object}.done());
    return reading(app, [&](store::Db& db) -> Result<json::value> {
        json::array list;
        for (const auto& alias : parties::aliases(db)) {
            const auto row = parties::find(db, alias.customer);
            const auto value = alias.kind == "account" ? account_for(caller.roles, alias.value) : alias.value;
            list.push_back(json::object{{"alias", alias.id}, {"entity", text(alias.entity)}, {"kind", text(alias.kind)}, {"value", text(value)},
                                        {"customer", row ? json::value(text(row->customer.number)) : json::value(nullptr)}, {"by", text(alias.by)},
                                        {"at", text(to_text(alias.at))}});
        }
        json::array rules;
        for (const auto& rule : cash::learned_rules(db)) {
            const auto value = rule.kind == "account" ? account_for(caller.roles, rule.value) : rule.value;
            rules.push_back(json::object{{"rule", rule.id}, {"entity", text(rule.entity)}, {"kind", text(rule.kind)}, {"value", text(value)}, {"why", text(rule.why)},
                                         {"by", text(rule.by)}, {"at", text(to_text(rule.at))}});
        }
        return json::object{{"aliases", list}, {"rules", rules}, {"as_of", date(today(app))}};
    });
}

Result<Answer> alias_revoke(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto id, arguments.integer("alias"));
    OWED_TRY_VOID(arguments.done());
    if (!id) return fail(Errc::invalid_argument, "say which alias", "alias", "see owectl cash aliases");
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return cash::revoke_alias(tx, app.clock, caller.actor, *id); }));
    return aliases(app, {}, caller);
}

Result<Answer> rule_revoke(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(auto id, arguments.integer("rule"));
    OWED_TRY_VOID(arguments.done());
    if (!id) return fail(Errc::invalid_argument, "say which rule", "rule", "see owectl cash aliases");
    OWED_TRY_VOID(app.store.write([&](store::Tx& tx) { return cash::revoke_rule(tx, app.clock, caller.actor, *id); }));
    return aliases(app, {}, caller);
}

constexpr Verb cash_table[] = {
    {"cash pending", false, true, "", pending},
    {"cash show", false, true, "", show},
    {"cash apply", true, false, "cash_applier", apply},
    {"cash accept", true, false, "cash_applier", accept},
    {"cash identify", true, false, "cash_applier|supervisor", identify},
    {"cash split", true, false, "cash_applier", split},
    {"cash not-receivable", true, false, "cash_applier", not_receivable},
    {"cash receivable", true, false, "cash_applier", receivable},
    {"cash unapply", true, false, "cash_applier", unapply},
    {"cash run", true, false, "cash_applier|supervisor", match_now},
    {"cash aliases", false, true, "", aliases},
    {"cash alias revoke", true, false, "cash_applier|supervisor", alias_revoke},
    {"cash rule revoke", true, false, "cash_applier|supervisor", rule_revoke},
};

}  // namespace

std::span<const Verb> cash_verbs() { return cash_table; }

}  // namespace owed::api::detail
