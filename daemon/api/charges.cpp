// Verbs of what is billed beside documents, and of credits that nobody claims: a fee or interest for a customer, an agency's bill,
// unclaimed property (DOMAIN sections 6, 11 and 12).
#include "api/detail/acts.hpp"
#include "cash/outgoing.hpp"
#include "cash/refunds.hpp"
#include "ledger/charges.hpp"
#include "ledger/credits.hpp"

namespace owed::api::detail {
namespace {

ledger::Instruction today_in(const App& app, const ledger::Entity& entity, const By& by, std::string reason) {
    return {.date = entity.today(app.clock.now()), .cause = by.cause, .reason = std::move(reason), .event_key = by.event_key, .by = by.asked, .approved_by = by.approved};
}

Status audit_entity(App& app, store::Tx& tx, const By& by, const std::string& entity, std::string_view action, const std::string& reason) {
    audit::Act act;
    act.actor = by.actor;
    if (!by.approved.empty()) {
        act.on_behalf_of = by.asked;
        act.approval = by.cause.id;
    }
    act.entity = entity;
    act.action = action;
    act.object_kind = "entity";
    act.object_id = entity;
    act.reason = reason;
    return audit::append(tx, app.clock, act);
}

Result<std::optional<Money>> maybe_amount(const std::optional<std::string>& value, Currency currency, std::string_view key) {
    if (!value) return std::optional<Money>{};
    OWED_TRY(const auto parsed, amount_of(*value, currency, key));
    return std::optional{parsed};
}

// ---------------------------------------------------------------- a fee or interest of a customer's

struct Charge {
    std::string customer, amount, document, why;
    std::optional<std::string> tax, currency;
    std::optional<Date> due;
    bool interest = false;
};

Result<json::object> bill(App& app, store::Tx& tx, const Charge& asked, const By& by) {
    OWED_TRY(const auto row, find_customer(tx, app.books, asked.customer));
    OWED_TRY(const auto* entity, app.books.entity(row.entity));
    if (entity->authority == ledger::Authority::erp)
        return fail(Errc::refused, "the documents of " + entity->id + " are its ERP's", "customer", "bill it there; it comes with the next export");
    auto currency = entity->currency;
    if (asked.currency) {
        OWED_TRY(currency, find_currency(*asked.currency));
    }
    OWED_TRY(const auto gross, amount_of(asked.amount, currency, "amount"));
    OWED_TRY(const auto tax, maybe_amount(asked.tax, currency, "tax"));
    const auto today = entity->today(app.clock.now());
    const auto reason = std::string{asked.interest ? "late interest: " : "fee: "} + asked.why;
    const ledger::PostDocument document{.entity = entity->id, .customer = row.id, .kind = ledger::ItemKind::finance_charge, .document = asked.document,
                                        .document_date = today, .due_date = asked.due.value_or(today.plus_days(row.customer.terms_days.value_or(0))),
                                        .posting_date = today, .amount = gross, .tax = tax, .cause = by.cause, .reason = reason, .event_key = by.event_key,
                                        .interest = asked.interest};
    OWED_TRY(const auto posted, ledger::post_document(tx, acting(app, tx, by.roles), document));
    const auto item = ledger::item(tx, posted.item);
    OWED_CHECK(item.has_value(), "a charge that was posted is there");
    OWED_TRY_VOID(audit_item(app, tx, by, *item, "item.charge", shown(gross) + ", " + reason));
    auto answer = posted_json(tx, posted.item, gross, posted.posted, by);
    answer["due_date"] = date(item->due_date);
    answer["charge"] = text(asked.interest ? "interest" : "fee");
    return answer;
}

Result<Answer> charge(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    Charge asked;
    OWED_TRY(asked.customer, arguments.required("customer", "which customer"));
    OWED_TRY(asked.amount, arguments.required("amount", "how much, tax included"));
    OWED_TRY(asked.document, arguments.required("document", "under which number: --document D"));
    OWED_TRY(asked.why, arguments.required("why", "what it is for: --why W"));
    asked.tax = arguments.text("tax");
    asked.currency = arguments.text("currency");
    OWED_TRY(asked.due, arguments.date("due"));
    asked.interest = arguments.flag("interest");
    OWED_TRY_VOID(arguments.done());
    return written(app, [&](store::Tx& tx) { return bill(app, tx, asked, alone(app, caller)); });
}

// ---------------------------------------------------------------- an agency's bill

Result<Answer> agency_fee(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto agency, arguments.required("agency", "which agency"));
    OWED_TRY(const auto wanted, arguments.required("amount", "how much it bills, tax included"));
    OWED_TRY(const auto document, arguments.required("document", "the number of its bill: --document D"));
    const auto tax_in_it = arguments.text("tax"), named_entity = arguments.text("entity");
    const auto why = arguments.text("why").value_or("");
    OWED_TRY_VOID(arguments.done());
    OWED_TRY(const auto* entity, entity_of(app, named_entity));
    OWED_TRY(const auto gross, amount_of(wanted, entity->currency, "amount"));
    OWED_TRY(const auto tax, maybe_amount(tax_in_it, entity->currency, "tax"));
    return written(app, [&](store::Tx& tx) -> Result<json::object> {
        const auto by = alone(app, caller);
        const auto reason = "bill " + document + " of agency " + agency + (why.empty() ? "" : ": " + why);
        auto how = today_in(app, *entity, by, reason);
        how.event_key = "agency-fee/" + entity->id + "/" + agency + "/" + document;   // a bill is booked once
        OWED_TRY(const auto posted, ledger::post_agency_fee(tx, acting(app, tx, by.roles), {.entity = entity->id, .fee_and_tax = gross, .tax = tax, .instruction = how}));
        if (posted.repeated)
            return fail(Errc::already_exists, "bill " + document + " of agency " + agency + " is booked as entry " + std::to_string(posted.entry.value), "document", "see owectl journal");
        OWED_TRY_VOID(audit_entity(app, tx, by, entity->id, "agency.fee", shown(gross) + ", " + reason));
        return json::object{{"entity", text(entity->id)}, {"agency", text(agency)}, {"document", text(document)}, {"currency", currency(gross)},
                            {"amount", amount(gross)}, {"tax", amount(tax.value_or(Money::zero(gross.currency())))}, {"entry", posted.entry.value},
                            {"posting_date", date(posted.posting_date)}, {"by", text(by.asked)}};
    });
}

// ---------------------------------------------------------------- unclaimed property, in its two steps

Result<json::object> post_escheat(App& app, store::Tx& tx, const json::object& wanted, const By& by) {
    OWED_TRY(const auto one, wanted_item(tx, wanted));
    OWED_TRY(const auto posted, ledger::escheat(tx, acting(app, tx, by.roles), {.credit = one.item.id, .amount = one.amount,
                                                                               .instruction = instruction(app, one.item, by, "unclaimed: " + one.why)}));
    OWED_TRY_VOID(cash::money_left(tx, one.item.id, one.amount, "what is unclaimed"));
    OWED_TRY_VOID(audit_item(app, tx, by, one.item, "credit.escheat", shown(one.amount) + ": " + one.why));
    return posted_json(tx, one.item.id, one.amount, posted, by);
}

/// Old credits are never taken to income; that they are the state's takes two persons whatever the amount (DOMAIN section 11).
Result<Answer> escheat(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto name, arguments.required("credit", "which receipt, credit memo or deposit"));
    OWED_TRY(const auto why, arguments.required("why", "what was done to find its owner: --why W"));
    const auto part = arguments.text("amount");
    OWED_TRY_VOID(arguments.done());
    std::optional<Giving> giving;
    if (auto read = app.store.read([&](store::Db& db) -> Status {
        OWED_TRY(const auto item, find_any_credit(db, app, name));
        OWED_TRY(const auto units, amount_or_open(part, item, "amount"));
        giving = Giving{.kind = "escheat", .act = {}, .entity = item.entity, .subject = "item " + std::to_string(item.id.value),
                        .summary = shown(units) + " of " + named(db, item) + " is unclaimed property: " + why, .customer = item.customer, .amount = units,
                        .wanted = wanted_json(item, units, why)};
        return {};
    }); !read) return fail(std::move(read).error());
    return give(app, caller, *giving, post_escheat);
}

Result<const ledger::BankAccount*> own_bank(const App& app, const std::string& name) {
    for (const auto& account : app.books.bank_accounts())
        if (account.id() == name) return &account;
    return fail(Errc::not_found, "there is no bank account " + name + " of ours", "account", "see accounts: in owectl config show");
}

/// What stands on unclaimed_property of an entity, as a positive amount.
Money unclaimed_of(store::Db& db, const ledger::Entity& entity, Date today) {
    std::int64_t units = 0;
    const auto& code = entity.chart.at(ledger::Role::unclaimed_property).code;
    for (const auto& row : ledger::trial_balance(db, entity.id, today))
        if (row.account == code && row.currency == entity.currency.text()) units += row.credit - row.debit;
    return Money::minor(units, entity.currency);
}

Result<json::object> post_remittance(App& app, store::Tx& tx, const json::object& wanted, const By& by) {
    OWED_TRY(const auto* account, own_bank(app, std::string{wanted.at("account").as_string()}));
    OWED_TRY(const auto* entity, app.books.entity(account->entity));
    OWED_TRY(const auto paid, amount_of(std::string{wanted.at("amount").as_string()}, entity->currency, "amount"));
    const auto why = std::string{wanted.at("why").as_string()};
    const auto how = today_in(app, *entity, by, "unclaimed property handed over: " + why);
    if (account->currency != entity->currency)
        return fail(Errc::currency_mismatch, "account " + account->id() + " is in " + std::string{account->currency.text()} + ", unclaimed property of " + entity->id + " in " +
                                                 std::string{entity->currency.text()}, "account");
    if (const auto held = unclaimed_of(tx, *entity, how.date); held.units() < paid.units())
        return fail(Errc::application_exceeds_residual, "unclaimed property of " + entity->id + " is " + shown(held) + "; " + shown(paid) + " was to be handed over", "amount");
    OWED_TRY(const auto posted, ledger::remit_unclaimed(tx, acting(app, tx, by.roles), {.entity = entity->id, .amount = paid, .bank_gl = account->gl, .instruction = how}));
    cash::outgoing_expected(tx, entity->id, account->gl, paid, posted.posting_date, posted.entry);
    OWED_TRY_VOID(audit_entity(app, tx, by, entity->id, "unclaimed.remit", shown(paid) + ": " + why));
    return json::object{{"entity", text(entity->id)}, {"account", text(account->id())}, {"currency", currency(paid)}, {"amount", amount(paid)},
                        {"unclaimed", amount(unclaimed_of(tx, *entity, how.date))}, {"entry", posted.entry.value}, {"posting_date", date(posted.posting_date)},
                        {"by", text(by.asked)}, {"approved_by", maybe(by.approved)}};
}

Result<Answer> escheat_remit(App& app, const json::object& object, const Caller& caller) {
    Arguments arguments{object};
    OWED_TRY(const auto wanted, arguments.required("amount", "how much was handed over"));
    OWED_TRY(const auto name, arguments.required("account", "from which account of ours: --account A"));
    OWED_TRY(const auto why, arguments.required("why", "to whom, and under which report: --why W"));
    OWED_TRY_VOID(arguments.done());
    OWED_TRY(const auto* account, own_bank(app, name));
    OWED_TRY(const auto* entity, app.books.entity(account->entity));
    OWED_TRY(const auto paid, amount_of(wanted, entity->currency, "amount"));
    const Giving giving{.kind = "escheat_remit", .act = {}, .entity = entity->id, .subject = entity->id,
                        .summary = "hand over " + shown(paid) + " of unclaimed property from " + account->id() + ": " + why, .customer = {}, .amount = paid,
                        .wanted = {{"account", text(account->id())}, {"amount", amount(paid)}, {"why", text(why)}}};
    return give(app, caller, giving, post_remittance);
}

constexpr Verb charge_table[] = {
    {"charge", true, false, "collector|supervisor", charge},
    {"agency fee", true, false, "collector|supervisor", agency_fee},
    {"escheat", true, false, "cash_applier|supervisor", escheat},
    {"escheat remit", true, false, "cash_applier|supervisor", escheat_remit},
};
constexpr SecondPersonAct charge_second_person[] = {{"escheat", approved<post_escheat>}, {"escheat_remit", approved<post_remittance>}};

}  // namespace

std::span<const Verb> charge_verbs() { return charge_table; }
std::span<const SecondPersonAct> charge_acts() { return charge_second_person; }

}  // namespace owed::api::detail
