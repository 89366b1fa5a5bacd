// Acting on decisions: receipts come in, matches post through the ledger, people answer questions.
#include <algorithm>

#include "cash/detail/rows.hpp"

namespace owed::cash {
namespace {

using detail::ReceiptRow;

Result<Date> today_of(const ledger::Context& context, const std::string& entity) {
    OWED_TRY(const auto* found, context.books.entity(entity));
    return found->today(context.clock.now());
}

/// Applications between the same two items may be undone and made again: each is an event of its own.
int times_applied(store::Db& db, OpenItemId credit, OpenItemId debit) {
    const auto all = ledger::applications(db, {}, credit);
    return static_cast<int>(std::count_if(all.begin(), all.end(), [&](auto& one) { return one.debit == debit; }));
}

struct Step {
    OpenItemId debit;
    Money amount;
    std::string stage, reason, by;
    int confidence = 100;
    std::string cause_kind;
};

Status apply_one(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, const Step& step, Date date) {
    const auto nth = times_applied(tx, row.receipt.id, step.debit);
    ledger::Apply application{.credit = row.receipt.id, .debit = step.debit, .amount = step.amount, .discount = {},
                              .date = date, .stage = step.stage, .confidence = step.confidence, .reason = step.reason,
                              .by = step.by, .cause = {step.cause_kind, row.receipt.number},
                              .event_key = "apply/" + std::to_string(row.receipt.id.value) + "/" +
                                           std::to_string(step.debit.value) + "/" + std::to_string(nth)};
    OWED_TRY(auto applied, ledger::apply(tx, context, application));
    // Under authority erp it is in flight until the ERP's own record confirms it (DESIGN section 5).
    OWED_TRY(const auto* entity, context.books.entity(row.receipt.entity));
    if (entity->authority == ledger::Authority::erp && !applied.posted.repeated)
        return ledger::flag_in_flight(tx, applied.application, true);
    return {};
}

Status identify(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, CustomerId customer, Date date,
                const std::string& reason) {
    if (row.receipt.customer == customer) return {};
    OWED_TRY([[maybe_unused]] auto posted, ledger::identify_receipt(tx, context, row.receipt.id, customer, date,
                                                                   {"cash", row.receipt.number}, reason));
    return {};
}

ReceiptFacts facts_of(const ReceiptRow& row) {
    return {.item = row.receipt.id, .entity = row.receipt.entity, .amount = row.receipt.unapplied,
            .value_date = row.receipt.value_date, .customer = row.receipt.customer, .payer_name = row.receipt.payer_name,
            .payer_account = row.receipt.payer_account, .code = row.code, .text = row.text, .references = row.references};
}

/// Carries a decision out. Answers whether anything changed.
Result<bool> carry_out(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, const Decision& decision) {
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    switch (decision.outcome) {
        case Outcome::not_receivable: {
            OWED_TRY([[maybe_unused]] auto posted, ledger::mark_not_receivable(tx, context, row.receipt.id, date,
                                                                              {"cash", row.receipt.number}, decision.reason));
            return detail::update(tx, row, {}, {}, State::not_receivable);
        }
        case Outcome::agency_transfer: {
            OWED_TRY([[maybe_unused]] auto posted, ledger::settle_agency_transfer(tx, context, row.receipt.id, date,
                                                                                 {"cash", row.receipt.number}, decision.reason));
            return detail::update(tx, row, {}, {}, State::applied);
        }
        case Outcome::apply:
            OWED_TRY_VOID(identify(tx, context, row, *decision.customer, date, decision.reason));
            for (const auto& part : decision.applications)
                OWED_TRY_VOID(apply_one(tx, context, row,
                                        {part.item, part.amount, decision.stage, decision.reason, "cash", decision.confidence, "cash"},
                                        date));
            return detail::update(tx, row, {}, {});
        case Outcome::question:
            if (decision.customer) OWED_TRY_VOID(identify(tx, context, row, *decision.customer, date, decision.reason));
            return detail::update(tx, row, decision.reason, decision.proposals);
    }
    return fail(Errc::internal, "a decision without outcome");
}

std::vector<OpenItemId> waiting(store::Db& db) {
    std::vector<OpenItemId> ids;
    auto query = db.query("SELECT item FROM receipt WHERE state IN ('queued', 'unidentified', 'partly') ORDER BY item");
    while (query.step()) ids.emplace_back(OpenItemId{query.integer(0)});
    return ids;
}

Result<ReceiptRow> open_receipt(store::Db& db, std::string_view number) {
    const auto id = detail::id_of(number);
    auto found = id ? detail::row(db, *id) : std::nullopt;
    if (!found)
        return fail(Errc::not_found, "there is no receipt " + std::string{number}, {}, "see owectl receipts");
    if (found->receipt.unapplied.is_zero())
        return fail(Errc::item_not_open, "receipt " + found->receipt.number + " is " + found->receipt.state_name + "; nothing of it is left");
    return std::move(*found);
}

Status audit_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row,
                     std::string action, std::string reason) {
    audit::Act act;
    act.actor = by;
    act.entity = row.receipt.entity;
    act.action = std::move(action);
    act.object_kind = "receipt";
    act.object_id = row.receipt.number;
    act.reason = std::move(reason);
    return audit::append(tx, context.clock, act);
}

/// The debit item that a clerk means: an item id, or a document number of the customer.
Result<ledger::Item> wanted_item(store::Db& db, const ReceiptRow& row, const std::string& name) {
    std::vector<ledger::Item> found;
    for (auto& item : ledger::find_by_document(db, row.receipt.entity, ledger::document_key(name)))
        if (!row.receipt.customer || item.customer == row.receipt.customer) found.push_back(std::move(item));
    if (found.empty())
        if (const auto id = detail::id_of(name))
            if (auto item = ledger::item(db, *id); item && item->entity == row.receipt.entity && item->residual.is_positive())
                found.push_back(std::move(*item));
    if (found.empty())
        return fail(Errc::not_found, "no open item " + name + (row.receipt.customer ? " of the receipt's customer" : ""), {},
                    "see owectl items --open");
    if (found.size() > 1)
        return fail(Errc::invalid_argument, std::to_string(found.size()) + " customers have a document " + name, {},
                    "name the item id from owectl items, or identify the receipt's customer first");
    return std::move(found.front());
}

}  // namespace

Result<OpenItemId> receive(store::Tx& tx, const ledger::Context& context, const NewReceipt& receipt) {
    {
        auto known = tx.query("SELECT item FROM receipt WHERE event_key = ?");
        known.bind(receipt.event_key);
        if (known.step()) return OpenItemId{known.integer(0)};
    }
    const auto& line = receipt.transaction;
    const auto payer = line.counterparty.name.empty() ? std::string{"an unnamed payer"} : line.counterparty.name;
    ledger::PostReceipt posting{.entity = receipt.entity, .bank_gl = receipt.bank_gl, .customer = {}, .document = {},
                                .value_date = receipt.value_date, .posting_date = receipt.posting_date, .amount = receipt.amount,
                                .cause = {"record", receipt.connector + "/" + receipt.event_key},
                                .reason = "received from " + payer + " on account " + receipt.account, .event_key = receipt.event_key};
    OWED_TRY(auto posted, ledger::post_receipt(tx, context, posting));
    tx.query("INSERT INTO receipt (item, entity, account, bank_gl, value_date, amount, currency, payer_name, payer_account, code, "
             "text, refs, bank_reference, connector, artifact, event_key, state) "
             "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'unidentified')")
        .bind(posted.item.value, receipt.entity, receipt.account, receipt.bank_gl, receipt.value_date.days(),
              receipt.amount.units(), receipt.amount.currency().text(), line.counterparty.name, line.counterparty.account,
              line.code, detail::text_to_json(line.text), detail::references_to_json(line.references), line.bank_ref,
              receipt.connector, receipt.artifact, receipt.event_key)
        .run();
    return posted.item;
}

Result<MatchSummary> match_waiting(store::Tx& tx, const ledger::Context& context, const Settings& settings,
                                   const audit::Actor& by) {
    MatchSummary summary;
    bool changed = false;
    for (auto id : waiting(tx)) {
        const auto row = detail::row(tx, id);
        OWED_CHECK(row.has_value(), "a waiting receipt is there");
        const auto facts = facts_of(*row);
        const auto decision = decide(facts, gather(tx, context, facts), settings);
        OWED_TRY(auto differs, carry_out(tx, context, *row, decision));
        changed = changed || differs;
        ++summary.looked_at;
        switch (decision.outcome) {
            case Outcome::apply:
            case Outcome::agency_transfer: ++summary.applied; break;
            case Outcome::question: ++summary.questions; break;
            case Outcome::not_receivable: ++summary.not_receivable; break;
        }
    }
    if (changed) {
        audit::Act act;
        act.actor = by;
        act.action = "cash.match";
        act.object_kind = "receipts";
        act.object_id = std::to_string(summary.looked_at);
        act.reason = std::to_string(summary.applied) + " applied, " + std::to_string(summary.questions) + " questions, " +
                     std::to_string(summary.not_receivable) + " not receivable";
        OWED_TRY_VOID(audit::append(tx, context.clock, act));
    }
    return summary;
}

Status apply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                     const std::vector<Wanted>& wanted) {
    OWED_TRY(auto row, open_receipt(tx, receipt));
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    if (wanted.empty()) return fail(Errc::invalid_argument, "say which items: cash apply " + row.receipt.number + " ITEM=AMOUNT");
    for (const auto& one : wanted) {
        OWED_TRY(auto item, wanted_item(tx, row, one.document_or_item));
        OWED_TRY(auto amount, parse_money(one.amount, row.receipt.amount.currency()));
        if (!amount.is_positive()) return fail(Errc::invalid_argument, "an applied amount is positive, not " + one.amount);
        const auto reason = audit::to_text(by) + " applied it by hand";
        if (!item.customer) return fail(Errc::wrong_customer, "item " + one.document_or_item + " belongs to no customer");
        OWED_TRY(auto current, open_receipt(tx, receipt));
        OWED_TRY_VOID(identify(tx, context, current, *item.customer, date, reason));
        OWED_TRY_VOID(apply_one(tx, context, current, {item.id, amount, "manual", reason, audit::to_text(by), 100, "person"}, date));
    }
    detail::update(tx, row, {}, {});
    return audit_by_hand(tx, context, by, row, "cash.apply", "applied by hand to " + std::to_string(wanted.size()) + " items");
}

Status identify_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                        CustomerId customer) {
    OWED_TRY(auto row, open_receipt(tx, receipt));
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    OWED_TRY_VOID(identify(tx, context, row, customer, date, audit::to_text(by) + " identified the payer"));
    if (!row.receipt.payer_account.empty())
        OWED_TRY_VOID(parties::learn_alias(tx, context.clock, by, row.receipt.entity, "account", row.receipt.payer_account, customer));
    detail::update(tx, row, {}, {});
    return audit_by_hand(tx, context, by, row, "cash.identify", "payer identified by hand");
}

Status not_receivable_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                              const std::string& why) {
    OWED_TRY(auto row, open_receipt(tx, receipt));
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    if (why.empty()) return fail(Errc::invalid_argument, "say why it is not a receivable: --why W");
    OWED_TRY([[maybe_unused]] auto posted, ledger::mark_not_receivable(tx, context, row.receipt.id, date,
                                                                      {"person", row.receipt.number}, why));
    detail::update(tx, row, {}, {}, State::not_receivable);
    return audit_by_hand(tx, context, by, row, "cash.not_receivable", why);
}

Status unapply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, ApplicationId application,
                       const std::string& why) {
    const auto found = ledger::application(tx, application);
    if (!found) return fail(Errc::not_found, "there is no application " + std::to_string(application.value), {}, "see owectl applications");
    const auto row = detail::row(tx, found->credit);
    OWED_TRY(auto date, today_of(context, found->entity));
    const auto reason = why.empty() ? audit::to_text(by) + " undid it" : why;
    OWED_TRY([[maybe_unused]] auto posted, ledger::unapply(tx, context, application, date, {"person", std::to_string(application.value)},
                                                          reason, audit::to_text(by)));
    audit::Act act;
    act.actor = by;
    act.entity = found->entity;
    act.action = "cash.unapply";
    act.object_kind = "application";
    act.object_id = std::to_string(application.value);
    act.reason = reason;
    // A person took it back: it is a question now, or the next run would apply it the same way again.
    if (row) detail::update(tx, *row, "application " + std::to_string(application.value) + " was undone: " + reason, {}, State::on_account);
    return audit::append(tx, context.clock, act);
}

}  // namespace owed::cash
