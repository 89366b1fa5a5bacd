// ERP records: customers, documents, payments, and what agencies report.
#include <algorithm>

#include "cash/erp_writes.hpp"
#include "collect/credit.hpp"
#include "intake/detail/routing.hpp"
#include "ledger/erp_open.hpp"
#include "ledger/retainage.hpp"
#include "ledger/standing.hpp"
#include "owed/reference.hpp"

namespace owed::intake::detail {
namespace {

ledger::ItemKind kind_of(ArDocument::Kind kind) {
    switch (kind) {
        case ArDocument::Kind::invoice: return ledger::ItemKind::invoice;
        case ArDocument::Kind::credit_memo: return ledger::ItemKind::credit_memo;
        case ArDocument::Kind::debit_memo: return ledger::ItemKind::debit_memo;
    }
    return ledger::ItemKind::invoice;
}

/// A row that does not fit is this row's problem; anything else is the artifact's.
bool is_the_rows_fault(Errc code) {
    switch (code) {
        case Errc::malformed_input:
        case Errc::invalid_argument:
        case Errc::not_found:
        case Errc::already_exists:
        case Errc::unknown_currency:
        case Errc::currency_mismatch:
        case Errc::amount_overflow:
        case Errc::amount_precision:
        case Errc::conflicting_repeat:
        case Errc::wrong_customer:
        case Errc::item_not_open:
        case Errc::application_exceeds_residual:
        case Errc::period_closed: return true;
        default: return false;
    }
}

std::string normalised_reference(const std::string& printed) {
    const auto references = recognise(printed);
    return references.empty() ? printed : references.front().normalised;
}

}  // namespace

void Counts::count(Fate fate) {
    ++records;
    switch (fate) {
        case Fate::applied: ++applied; break;
        case Fate::duplicate: ++duplicates; break;
        case Fate::rejected: ++rejected; break;
        case Fate::ignored: ++ignored; break;
    }
}

Router::Router(store::Tx& tx, const ledger::Context& ledger, const Source& source, const cash::Settings& cash, const audit::Actor& by)
    : tx_{tx}, ledger_{ledger}, source_{source}, cash_{cash}, arrivals_{tx, ledger, cash, by} {}

void Router::note(const std::string& where, std::string what) { notes.push_back({where, std::move(what), false}); }

Status Router::route(const Record& record) {
    if (std::holds_alternative<BankStatement>(record.body)) {  // whole or nothing; its lines are what counts
        OWED_TRY([[maybe_unused]] auto taken, fate_of(record));
        return {};
    }
    OWED_TRY_VOID(arrivals_.drain());
    // A row that does not fit leaves nothing behind, wherever in its postings that came to light.
    std::optional<Result<Fate>> fate;
    const auto done = tx_.attempt([&]() -> Status {
        fate.emplace(fate_of(record));
        if (!*fate) return fail(fate->error());
        return {};
    });
    if (receipts_came_) arrivals_.others_posted();
    if (done) {
        counts.count(**fate);
        return {};
    }
    if (!is_the_rows_fault(done.error().code)) return done;
    rejected.push_back({done.error().where.empty() ? record.where : record.where + " " + done.error().where, done.error().what, {}});
    counts.count(Fate::rejected);
    return {};
}

Status Router::finish() {
    if (!receipts_came_ && !money_moved) return {};
    OWED_TRY([[maybe_unused]] auto matched, arrivals_.finish());
    return {};
}

Result<Fate> Router::fate_of(const Record& record) {
    struct Visit {
        Router& router;
        const Record& record;
        const std::string& where = record.where;
        Result<Fate> operator()(const Customer& body) { return router.customer(body); }
        Result<Fate> operator()(const ArDocument& body) { return router.document(body, where); }
        Result<Fate> operator()(const ErpPayment& body) { return router.payment(body, where); }
        Result<Fate> operator()(const BankStatement& body) { return router.statement(body); }
        Result<Fate> operator()(const AgencyUpdate& body) { return router.agency(body); }
        Result<Fate> operator()(const Contact& body) { return router.contact(body); }
        Result<Fate> operator()(const SalesOrder& body) { return router.order(body, record.external_id); }
        Result<Fate> operator()(const AccountStatus&) { return outward(); }
        Result<Fate> operator()(const OrderHold&) { return outward(); }
        Result<Fate> operator()(const FxRate& body) { return router.rate(body); }
        Result<Fate> operator()(const ReferenceRate& body) { return router.rate(body); }
        Result<Fate> operator()(const RemittanceAdvice& body) { return router.advice(body); }
        Result<Fate> operator()(const ReceiptApplication&) { return outward(); }
        Result<Fate> operator()(const ReceiptAnswer& body) { return router.answer(body); }
        static Result<Fate> outward() { return fail(Errc::invalid_argument, "records of this kind go out to other systems; none are taken in"); }
    };
    return std::visit(Visit{*this, record}, record.body);
}

Result<std::string> Router::entity_for(const std::string& named) const {
    const auto& entity = named.empty() ? source_.entity : named;
    if (entity.empty()) return fail(Errc::invalid_argument, "the row names no entity and the connector has none");
    OWED_TRY([[maybe_unused]] const auto* found, ledger_.books.entity(entity));
    return entity;
}

Result<Money> Router::money(const std::optional<Amount>& amount, const ledger::Entity& entity, std::string_view field) const {
    if (!amount) return fail(Errc::invalid_argument, "there is no " + std::string{field});
    auto whole = *amount;
    if (whole.currency.empty()) whole.currency = std::string{entity.currency.text()};
    return whole.money();
}

Result<Fate> Router::customer(const Customer& customer) {
    OWED_TRY(auto entity, entity_for(customer.entity));
    OWED_TRY(auto done, parties::upsert(tx_, ledger_.clock, entity, customer));
    money_moved = money_moved || done.second != parties::Upserted::unchanged;
    return done.second == parties::Upserted::unchanged ? Fate::duplicate : Fate::applied;
}

Result<Fate> Router::document(const ArDocument& document, const std::string& where) {
    OWED_TRY(auto entity_id, entity_for(document.entity));
    OWED_TRY(const auto* entity, ledger_.books.entity(entity_id));
    if (document.number.empty()) return fail(Errc::invalid_argument, "the document has no number");
    if (document.customer.empty()) return fail(Errc::invalid_argument, "document " + document.number + " names no customer");
    if (!document.document_date) return fail(Errc::invalid_argument, "document " + document.number + " has no date");
    OWED_TRY(auto amount, money(document.amount, *entity, "amount"));
    if (!amount.is_positive())
        return fail(Errc::invalid_argument, "the amount of " + document.number + " is " + to_text(amount) +
                                                "; a credit is its own kind of document with a positive amount");
    // One item an instalment.
    if (const auto known = ledger::items_of_document(tx_, entity_id, kind_of(document.kind), document.number); !known.empty())
        return known_document(known, document, amount, where);

    OWED_TRY(auto customer, parties::find_or_mention(tx_, ledger_.clock, entity_id, document.customer));
    ledger::PostDocument posting{.entity = entity_id, .customer = customer, .kind = kind_of(document.kind), .document = document.number,
                                 .document_date = *document.document_date, .due_date = *document.document_date,
                                 .posting_date = document.posting_date.value_or(*document.document_date), .amount = amount,
                                 .tax = {}, .open = {}, .functional = {}, .opening = false,
                                 .payment_reference = normalised_reference(document.payment_reference), .order = document.order,
                                 .cause = {"record", source_.connector + "/" + document.number},
                                 .reason = std::string{ledger::name_of(kind_of(document.kind))} + " " + document.number + " from " + source_.artifact_name,
                                 .event_key = "document/" + entity_id + "/" + std::string{ledger::name_of(kind_of(document.kind))} + "/" + document.number};
    OWED_TRY(const auto parts, fall_due(document, *entity, customer, posting, where));
    if (document.tax) {
        OWED_TRY(auto tax, money(document.tax, *entity, "tax"));
        posting.tax = tax;
    }
    if (document.freight) {
        OWED_TRY(auto freight, money(document.freight, *entity, "freight"));
        if (!freight.is_zero()) posting.freight = freight;
    }
    if (document.open) {
        OWED_TRY(auto open, money(document.open, *entity, "open amount"));
        if (open.is_zero()) {
            note(where, "document " + document.number + " is settled at the source already; nothing of it is owed");
            return Fate::ignored;
        }
        if (open.absolute() != amount) posting.open = open.absolute();
    }
    posting.deposit = document.deposit;
    posting.opening = posting.open.has_value() || document.dunning_level || document.last_notice_date;
    OWED_TRY(const auto posted, post(document, *entity, posting, parts, where));
    if (document.dunning_level)
        for (const auto& one : posted)
            OWED_TRY_VOID(collect::set_cutover_level(tx_, one.item, *document.dunning_level, document.last_notice_date));
    for (const auto& one : posted) cash::note_numbers(tx_, one.item, {document.delivery, document.contract});
    money_moved = true;
    return Fate::applied;
}

/// As one item, as an instalment each, or as what is billed now and what is retained.
Result<std::vector<ledger::PostedItem>> Router::post(const ArDocument& document, const ledger::Entity& entity, const ledger::PostDocument& posting,
                                                     const std::vector<ledger::Instalment>& parts, const std::string& where) {
    if (document.retained) {
        if (posting.open || parts.size() > 1)
            return fail(Errc::invalid_argument, "document " + document.number + " has a retained share and " +
                                                    (posting.open ? "is partly paid; of which share the source does not say" : "falls due in several parts"),
                        "column retained", "send what is open of each as a document of its own");
        OWED_TRY(const auto share, money(document.retained, entity, "retained amount"));
        OWED_TRY(const auto both, ledger::post_retainage_invoice(tx_, ledger_, {.document = posting, .retained = share, .expected_release = document.release_date}));
        return std::vector{both.billed, both.retained};
    }
    if (parts.size() > 1 && !posting.open) return ledger::post_in_instalments(tx_, ledger_, posting, parts);
    if (parts.size() > 1)
        note(where, "document " + document.number + " falls due in " + std::to_string(parts.size()) + " parts and is partly paid; which of them are open the "
                        "source does not say, so what is open is one item, due on " + to_text(posting.due_date));
    OWED_TRY(auto posted, ledger::post_document(tx_, ledger_, posting));
    return std::vector{posted};
}

/// The same document again: nothing to post. Under authority erp its open amount tells what the ERP knows of our receipts.
Result<Fate> Router::known_document(const std::vector<ledger::Item>& items, const ArDocument& document, Money amount, const std::string& where) {
    auto taken = Money::zero(amount.currency());
    for (const auto& item : items) {
        if (item.original.currency() != amount.currency())
            return fail(Errc::conflicting_repeat, "document " + document.number + " was taken in " + std::string{item.original.currency().text()} +
                                                      " and comes again with " + shown(amount));
        OWED_TRY(taken, add(taken, item.original.absolute()));
    }
    auto kept_back = ledger::items_of_document(tx_, items.front().entity, items.front().kind, ledger::retained_number(document.number));
    std::erase_if(kept_back, [](const auto& one) { return !one.retained; });
    for (const auto& one : kept_back) {
        OWED_TRY(taken, add(taken, one.original));
    }
    if (taken != amount)
        return fail(Errc::conflicting_repeat, "document " + document.number + " was taken with " + shown(taken) + " and comes again with " + shown(amount));
    const auto& item = items.front();
    if (item.customer)
        if (auto row = parties::find(tx_, *item.customer); row && row->customer.number != document.customer)
            return fail(Errc::conflicting_repeat, "document " + document.number + " was taken for customer " + row->customer.number +
                                                      " and comes again for " + document.customer);
    OWED_TRY(const auto* entity, ledger_.books.entity(item.entity));
    if (!document.open || entity->authority != ledger::Authority::erp) return Fate::duplicate;
    OWED_TRY(auto open, money(document.open, *entity, "open amount"));
    ledger::ErpOpen said{.entity = item.entity, .kind = item.kind, .document = item.document, .open = open.absolute(),
                         .date = entity->today(ledger_.clock.now()), .cause = {"record", source_.connector + "/" + document.number}};
    // Where nobody tells the ERP, all that it knows it knows by itself.
    if (cash_.erp_takers.one && !cash_.erp_takers.one(item.entity).empty())
        said.never_told = [this](ApplicationId application) { return cash::erp_never_told(tx_, application); };
    OWED_TRY(const auto agreed, ledger::agree_with_erp(tx_, ledger_, said));
    for (const auto application : agreed.confirmed) cash::confirm_erp_write(tx_, ledger_.clock, application);
    if (!agreed.changed) return Fate::duplicate;
    money_moved = true;
    if (agreed.state == ledger::ErpAgreement::State::adjusted)
        note(where, "document " + document.number + " is open with " + shown(open.absolute()) + " at the source and with " + shown(agreed.here) + " here" +
                        (agreed.in_flight.is_zero() ? "" : " (" + shown(agreed.in_flight) + " in flight)") + "; an adjustment of " + shown(agreed.adjustment) +
                        " stands until the document or receipt that one side lacks has come");
    return Fate::applied;
}

/// The ERP's own record of a payment confirms ours and posts nothing (DESIGN section 5).
Result<Fate> Router::payment(const ErpPayment& payment, const std::string& where) {
    OWED_TRY(auto entity_id, entity_for(payment.entity));
    OWED_TRY(const auto* entity, ledger_.books.entity(entity_id));
    OWED_TRY(auto amount, money(payment.amount, *entity, "amount"));
    const auto customer = parties::find(tx_, entity_id, payment.customer);
    if (!customer) return fail(Errc::not_found, "payment " + payment.number + " names customer " + payment.customer + ", whom nobody knows");
    bool already = false;
    ledger::ItemFilter filter;
    filter.entity = entity_id;
    filter.customer = customer->id;
    for (const auto& item : ledger::items(tx_, ledger_.books, filter)) {
        if (item.kind != ledger::ItemKind::receipt || item.original.absolute() != amount) continue;
        const bool near = payment.date && std::abs(days_between(item.document_date, *payment.date)) <= 5;
        const bool same_reference = !payment.reference.empty() && cash::receipt(tx_, std::to_string(item.id.value)) &&
                                    cash::receipt(tx_, std::to_string(item.id.value))->bank_reference == payment.reference;
        if (!near && !same_reference) continue;
        bool confirmed = false;
        for (const auto& one : ledger::applications(tx_, {}, item.id))
            if (one.in_flight && !one.undone) {
                OWED_TRY_VOID(ledger::flag_in_flight(tx_, one.id, false));
                cash::confirm_erp_write(tx_, ledger_.clock, one.id);
                confirmed = true;
            }
        if (confirmed) return Fate::applied;
        already = true;
    }
    if (already) return Fate::duplicate;
    note(where, "the source has payment " + payment.number + " of " + shown(amount) + " by customer " + payment.customer +
                    ", and no bank statement here shows it");
    return Fate::ignored;
}

/// The ERP's word on an application that was written to it.
Result<Fate> Router::answer(const ReceiptAnswer& answer) {
    if (answer.key.empty()) return fail(Errc::invalid_argument, "the answer names no key");
    const audit::Actor by{audit::Actor::Kind::connector, source_.connector, source_.connector, {}, {}};
    OWED_TRY(const bool news, cash::erp_answered(tx_, ledger_, by, answer, source_.entity));
    if (!news) return Fate::duplicate;
    money_moved = true;
    return Fate::applied;
}

namespace {

Fate fate_of_upsert(parties::Upserted done) { return done == parties::Upserted::unchanged ? Fate::duplicate : Fate::applied; }

/// What the agency transfers decides between its kinds of remittance, so a figure that fits neither, or the other one, is not booked.
Status check_net(const AgencyUpdate& update, Money gross, Money fee_and_tax, Money net) {
    OWED_TRY(const auto rest, subtract(gross, fee_and_tax));
    if (net == rest || (update.gross_remittance && net == gross)) return {};
    if (update.gross_remittance)
        return fail(Errc::invalid_argument, "net " + shown(net) + " is neither the gross of " + shown(gross) + " nor " + shown(rest) + ", that less fee and tax");
    return fail(Errc::invalid_argument, "net " + shown(net) + " is not " + shown(gross) + " less fee and tax of " + shown(fee_and_tax), {},
                "an agency that pays all of it and bills its fee remits gross");
}

}  // namespace

Result<Fate> Router::contact(const Contact& contact) {
    OWED_TRY(auto entity, entity_for(contact.entity));
    OWED_TRY(const auto done, parties::upsert_contact(tx_, ledger_.clock, source_.connector, entity, contact));
    return fate_of_upsert(done);
}

Result<Fate> Router::order(const SalesOrder& order, const std::string& external_id) {
    OWED_TRY(auto entity, entity_for(order.entity));
    OWED_TRY(const auto done, collect::take_order(tx_, ledger_.clock, source_.connector, entity, order, external_id));
    return fate_of_upsert(done);
}

/// All but the item that it paid, and under which key.
Result<ledger::AgencyCollected> Router::collected_by(const AgencyUpdate& update, const ledger::Entity& entity) const {
    OWED_TRY(const auto gross, money(update.gross, entity, "gross amount"));
    const auto none = Money::zero(gross.currency());
    ledger::AgencyCollected collected{.debit = {}, .gross = gross, .fee_and_tax = none, .date = update.date.value_or(entity.today(ledger_.clock.now())), .document = {},
                                      .cause = {"record", source_.connector + "/" + update.remittance},
                                      .reason = "collected by agency " + update.agency + ", remittance " + update.remittance, .event_key = {},
                                      .gross_remittance = update.gross_remittance};
    if (update.fee) {
        OWED_TRY(collected.fee_and_tax, money(update.fee, entity, "fee"));
    }
    if (update.tax) {
        OWED_TRY(const auto tax, money(update.tax, entity, "tax"));
        OWED_TRY(collected.fee_and_tax, add(collected.fee_and_tax, tax));
        if (tax.is_positive()) collected.tax = tax;
    }
    if (update.net) {
        OWED_TRY(const auto net, money(update.net, entity, "net"));
        OWED_TRY_VOID(check_net(update, gross, collected.fee_and_tax, net));
    }
    return collected;
}

Result<Fate> Router::agency(const AgencyUpdate& update) {
    OWED_TRY(auto entity_id, entity_for({}));
    OWED_TRY(const auto* entity, ledger_.books.entity(entity_id));
    if (!update.gross || update.gross->units == 0) {
        note(update.remittance, "agency " + update.agency + " reports " + update.state + " for " + update.document);
        return Fate::ignored;
    }
    OWED_TRY(auto collected, collected_by(update, *entity));
    const auto gross = collected.gross;
    const auto event = "agency/" + entity_id + "/" + update.agency + "/" + update.remittance + "/" + update.placement + "/" + update.document;
    auto items = ledger::find_by_document(tx_, entity_id, ledger::document_key(update.document));
    std::erase_if(items, [&](const auto& item) { return item.document != update.document || !ledger::is_debit(item.kind); });
    const auto document = update.remittance + "/" + update.document;
    // Of instalments the one that bore it when it came first, else the first that can; none: the first, whose refusal says the figures.
    const auto bore = std::find_if(items.begin(), items.end(), [&](const auto& item) {
        const auto known = ledger::applications(tx_, {}, item.id);
        return std::any_of(known.begin(), known.end(), [&](const auto& one) { return one.credit_document == document; });
    });
    const auto fits = std::find_if(items.begin(), items.end(), [&](const auto& item) {
        return item.residual.currency() == gross.currency() && item.residual.units() >= gross.units();
    });
    if (!items.empty()) {
        const auto& item = bore != items.end() ? *bore : fits != items.end() ? *fits : items.front();
        collected.debit = item.id;
        collected.document = document;
        collected.event_key = event;
        OWED_TRY(auto applied, ledger::post_agency_collected(tx_, ledger_, collected));
        if (!applied.posted.repeated) {
            money_moved = true;
            // The ERP hears of it later, as of every receipt found here.
            if (entity->authority == ledger::Authority::erp) OWED_TRY_VOID(ledger::flag_in_flight(tx_, applied.application, true));
        }
        return applied.posted.repeated ? Fate::duplicate : Fate::applied;
    }
    return fail(Errc::not_found, "the agency paid for document " + update.document + ", which nobody knows");
}

}  // namespace owed::intake::detail
