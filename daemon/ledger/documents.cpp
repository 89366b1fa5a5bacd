// Documents and receipts become open items; what a receipt may turn out to be.
#include <algorithm>

#include "ledger/detail/acts.hpp"
#include "ledger/detail/keys.hpp"
#include "ledger/detail/terms.hpp"
#include "ledger/rates.hpp"

namespace owed::ledger {
namespace {

using detail::Booked;
using detail::Draft;
using detail::ItemRow;

std::string content_of(const PostDocument& d) {
    store::RowHash hash;
    hash.add("document").add(d.entity).add(d.customer ? d.customer->value : std::int64_t{0});
    hash.add(static_cast<std::int64_t>(d.kind)).add(d.document).add(std::int64_t{d.instalment});
    hash.add(std::int64_t{d.document_date.days()}).add(std::int64_t{d.due_date.days()});
    hash.add(std::int64_t{d.posting_date.days()}).add(d.amount.currency().text()).add(d.amount.units());
    hash.add(d.tax ? d.tax->units() : std::int64_t{0}).add(d.open ? d.open->units() : d.amount.units());
    hash.add(d.functional ? d.functional->units() : d.amount.units()).add(std::int64_t{d.opening ? 1 : 0});
    hash.add(d.payment_reference).add(d.order);
    if (d.terms) hash.add("terms").add(detail::terms_hash(OpenItemId{0}, *d.terms));
    if (d.freight) hash.add("freight").add(d.freight->units());
    if (d.interest || d.deposit) hash.add("charge").add(std::int64_t{d.interest ? 1 : 0}).add(std::int64_t{d.deposit ? 1 : 0});
    return hash.bytes();
}

std::string content_of(const PostReceipt& r) {
    store::RowHash hash;
    hash.add("receipt").add(r.entity).add(r.bank_gl).add(r.customer ? r.customer->value : std::int64_t{0});
    hash.add(r.document).add(std::int64_t{r.value_date.days()}).add(std::int64_t{r.posting_date.days()});
    hash.add(r.amount.currency().text()).add(r.amount.units());
    hash.add(r.functional ? r.functional->units() : r.amount.units());
    return hash.bytes();
}

/// Not negative: the amount itself, what the caller converted it to, or at the spot rate of the day (DOMAIN section 10).
Result<Booked> booked(store::Db& db, const Entity& entity, Money amount, const std::optional<Money>& given, Date date,
                      const std::string& what) {
    if (amount.currency() == entity.currency) {
        if (given && *given != amount)
            return fail(Errc::invalid_argument, what + ": amount " + detail::shown(amount) + " and functional amount " +
                                                    detail::shown(*given) + " differ in one currency");
        return Booked{amount};
    }
    if (!given) {
        auto converted = convert(db, amount, entity.currency, RateType::spot, date);
        if (converted) return Booked{converted->amount, converted->rate};
        if (converted.error().code != Errc::not_found) return fail(std::move(converted).error());
        return fail(Errc::invalid_argument,
                    what + " is in " + std::string{amount.currency().text()} + " and has no amount in " +
                        std::string{entity.currency.text()} + ": " + converted.error().what,
                    {}, converted.error().advice);
    }
    if (given->currency() != entity.currency)
        return fail(Errc::currency_mismatch, what + ": functional amount is in " + std::string{given->currency().text()} +
                                                 ", the entity's currency is " + std::string{entity.currency.text()});
    if (given->is_negative()) return fail(Errc::invalid_argument, what + ": functional amount is negative");
    return Booked{*given};
}

Status check_terms(const ItemTerms& terms, Money gross, const std::string& what) {
    const auto check = [&](Money part, const char* name) -> Status {
        if (part.currency() != gross.currency())
            return fail(Errc::currency_mismatch, what + ": " + name + " is in " + std::string{part.currency().text()});
        if (part.is_negative() || part.units() > gross.units())
            return fail(Errc::invalid_argument, what + ": " + name + " " + detail::shown(part) + " is not a part of " + detail::shown(gross));
        return {};
    };
    if (terms.tolerance) OWED_TRY_VOID(check(*terms.tolerance, "tolerance"));
    if (terms.disputed) OWED_TRY_VOID(check(*terms.disputed, "disputed share"));
    for (std::size_t i = 0; i < terms.discounts.size(); ++i) {
        OWED_TRY_VOID(check(terms.discounts[i].amount, "discount"));
        if (terms.discounts[i].amount.is_zero()) return fail(Errc::invalid_argument, what + ": a discount tier is zero");
        if (i > 0 && terms.discounts[i].until <= terms.discounts[i - 1].until)
            return fail(Errc::invalid_argument, what + ": discount tiers are not in the order of their days");
    }
    return {};
}

Status check_document(const Entity& entity, const PostDocument& d, const std::string& what) {
    const auto refuse = [&](const std::string& why, std::string advice = {}) {
        return fail(Errc::invalid_argument, what + why, {}, std::move(advice));
    };
    switch (d.kind) {
    case ItemKind::invoice: case ItemKind::debit_memo: case ItemKind::credit_memo: case ItemKind::finance_charge:
        if (!d.amount.is_positive())
            return refuse(" has amount " + detail::shown(d.amount) + ", which is not positive", "a negative invoice is a credit memo");
        break;
    case ItemKind::erp_adjustment:
        if (d.amount.is_zero()) return refuse(" has amount zero");
        if (entity.authority != Authority::erp && !d.opening) return refuse(" belongs to authority erp only");
        break;
    case ItemKind::receipt: case ItemKind::deposit: case ItemKind::deduction: case ItemKind::chargeback:
        return refuse(" is not posted as a document");
    }
    if (d.interest && d.kind != ItemKind::finance_charge) return refuse(" is not a finance charge, and its income no interest");
    if (d.deposit && d.kind != ItemKind::invoice) return refuse(" bills a deposit, and only an invoice does");
    if (d.freight && d.deposit) return refuse(" bills a deposit, and no freight: that is income", "bill it with the final invoice");
    if (d.freight && (d.kind == ItemKind::finance_charge || d.kind == ItemKind::erp_adjustment)) return refuse(" bills no freight");
    if (d.document.empty()) return refuse(" has no number");
    if (d.instalment < 0) return refuse(" has a negative instalment number");
    const auto gross = d.amount.absolute();
    for (const auto* part : {&d.tax, &d.open, &d.freight}) {
        if (!*part) continue;
        if ((*part)->currency() != gross.currency())
            return fail(Errc::currency_mismatch, what + ": tax, freight and open amount are in the document's currency");
        if ((*part)->is_negative() || (*part)->units() > gross.units())
            return refuse(": tax, freight or open amount " + detail::shown(**part) + " is not a part of " + detail::shown(gross));
    }
    const auto beside = (d.tax ? d.tax->units() : 0) + (d.freight ? d.freight->units() : 0);
    if (d.freight && beside > gross.units())
        return refuse(": tax and freight of " + detail::shown(beside, gross.currency()) + " are more than " + detail::shown(gross));
    if (d.open && d.open->is_zero()) return refuse(" is settled already: there is nothing to take over");
    if (d.terms) OWED_TRY_VOID(check_terms(*d.terms, gross, what));
    if (d.open && *d.open != gross && !d.opening && entity.authority == Authority::hub)
        return refuse(" is partly settled, and only an opening item may be");
    return {};
}

Role income_of(const PostDocument& d) {
    if (d.kind == ItemKind::finance_charge) return d.interest ? Role::interest_income : Role::fee_income;
    return d.deposit ? Role::contract_liability : Role::revenue;
}

/// The lines opposite to receivable; amounts positive, `sign` is that of the item.
void add_counterpart(const Entity& entity, const PostDocument& d, Money open, Money functional, std::int64_t sign,
                     std::vector<Line>& lines) {
    const auto add = [&](Role role, std::int64_t units, std::int64_t functional_units) {
        if (units == 0 && functional_units == 0) return;
        lines.push_back({detail::code_of(entity, role), Money::minor(-sign * units, open.currency()),
                         Money::minor(-sign * functional_units, entity.currency), {}});
    };
    if (d.opening) return add(Role::opening_balance, open.units(), functional.units());
    if (entity.authority == Authority::erp) return add(Role::erp_clearing, open.units(), functional.units());
    // The shares of tax and freight are rounded, the income takes the rest.
    const auto tax = d.tax ? d.tax->units() : 0;
    const auto functional_tax = detail::pro_rata(functional.units(), tax, open.units());
    const auto freight = d.freight ? d.freight->units() : 0;
    const auto functional_freight = freight == 0 ? 0 : detail::pro_rata(functional.units(), freight, open.units());
    add(income_of(d), open.units() - tax - freight, functional.units() - functional_tax - functional_freight);
    add(Role::freight_income, freight, functional_freight);
    add(Role::tax_payable, tax, functional_tax);
}

/// What is left of a receipt leaves to `role`'s account.
Result<Posted> settle_receipt(store::Tx& tx, const Context& context, OpenItemId receipt, Date date, Role role,
                              const char* act, const Cause& cause, const std::string& reason) {
    OWED_TRY(auto item, detail::load_item(tx, receipt));
    OWED_TRY(const auto* entity, context.books.entity(item.entity));
    if (item.kind != ItemKind::receipt) return fail(Errc::invalid_argument, detail::shown(item) + " is not a receipt");
    if (item.residual == 0) return fail(Errc::item_not_open, detail::shown(item) + " is settled");
    Draft draft;
    draft.act = act;
    draft.asked = date;
    // The version makes the key: a receipt that was reopened since may be settled so again.
    draft.entry = {.entity = item.entity,
                   .posting_date = detail::earliest_day_with(tx, item, -item.residual, date),
                   .document_date = item.document_date,
                   .cause = cause,
                   .reason = reason,
                   .event_key = std::string{"ledger/"} + act + "/" + std::to_string(receipt.value) + "/" +
                                std::to_string(item.version),
                   .lines = detail::settling_lines(*entity, item, -item.residual, {{detail::code_of(*entity, role), -item.residual}}),
                   .reverses = {}};
    draft.moved_because = "the receipt was not open before";
    draft.content = store::sha256(draft.entry.event_key);
    draft.items.push_back(std::move(item));
    return detail::carry_out(tx, context, draft);
}

Result<PostedItem> post_on(store::Tx& tx, const Context& context, const PostDocument& d, Role control, const std::optional<Booked>& share) {
    const auto what = std::string{name_of(d.kind)} + " " + d.document;
    OWED_TRY(const auto* entity, context.books.entity(d.entity));
    OWED_TRY_VOID(check_document(*entity, d, what));
    const auto gross = d.amount.absolute();
    const auto open = d.open.value_or(gross);
    OWED_TRY(const auto at_rate, share ? Result<Booked>{*share} : booked(tx, *entity, gross, d.functional, d.document_date, what));
    const auto functional = at_rate.amount;
    const auto content = content_of(d);
    OWED_TRY(auto before, detail::repeated(tx, d.event_key, content));
    if (before) return detail::item_opened_by(tx, *before);

    const std::int64_t sign = d.kind == ItemKind::credit_memo || d.amount.is_negative() ? -1 : 1;
    auto item = detail::new_item(tx, *entity, d.kind, gross.currency(), sign * gross.units(), sign * functional.units());
    item.customer = d.customer;
    item.document = d.document;
    item.document_key = document_key(d.document);
    item.instalment = d.instalment;
    OWED_TRY_VOID(detail::check_number_is_new(tx, item));
    item.payment_reference = d.payment_reference;
    item.payment_reference_key = detail::reference_key(d.payment_reference);
    item.order = d.order;
    item.document_date = d.document_date;
    item.due_date = d.due_date;
    item.account = detail::code_of(*entity, control);
    // Under authority erp the tax is the ERP's to correct.
    if (entity->authority == Authority::hub && d.tax) item.tax = d.tax->units();

    const auto booked_open =
        Money::minor(detail::pro_rata(functional.units(), open.units(), gross.units()), entity->currency);
    Draft draft;
    draft.known_new = true;
    draft.act = "document";
    draft.asked = d.posting_date;
    draft.content = content;
    draft.entry = {d.entity, d.posting_date, d.document_date, d.cause, at_rate.said(d.reason), d.event_key, {}, {}};
    draft.entry.lines.push_back({item.account, Money::minor(sign * open.units(), open.currency()),
                                 Money::minor(sign * booked_open.units(), entity->currency), item.id});
    add_counterpart(*entity, d, open, booked_open, sign, draft.entry.lines);
    draft.opens = std::move(item);
    draft.terms = d.terms;
    OWED_TRY(auto posted, detail::carry_out(tx, context, draft));
    return PostedItem{draft.opens->id, posted};
}

}  // namespace

Result<PostedItem> post_document(store::Tx& tx, const Context& context, const PostDocument& document) {
    return post_on(tx, context, document, Role::receivable, {});
}

Result<PostedItem> detail::post_document_on(store::Tx& tx, const Context& context, const PostDocument& document, Role control,
                                            const std::optional<Booked>& share) {
    return post_on(tx, context, document, control, share);
}

Result<std::optional<Booked>> detail::booked_whole(store::Db& db, const Context& context, const PostDocument& d) {
    OWED_TRY(const auto* entity, context.books.entity(d.entity));
    if (d.functional || d.amount.currency() == entity->currency) return std::optional<Booked>{};
    OWED_TRY(auto whole, booked(db, *entity, d.amount, {}, d.document_date, std::string{name_of(d.kind)} + " " + d.document));
    return std::optional{std::move(whole)};
}

OpenItemId take_receipt_id(store::Tx& tx) { return OpenItemId{tx.take_id("open_item")}; }

Result<PostedItem> post_receipt(store::Tx& tx, const Context& context, const PostReceipt& r) {
    const auto what = "receipt " + r.document;
    OWED_TRY(const auto* entity, context.books.entity(r.entity));
    if (!r.amount.is_positive())
        return fail(Errc::invalid_argument, what + " has amount " + detail::shown(r.amount) + ", which is not positive");
    OWED_TRY(const auto at_rate, booked(tx, *entity, r.amount, r.functional, r.value_date, what));
    const auto functional = at_rate.amount;
    const auto content = content_of(r);
    OWED_TRY(auto before, detail::repeated(tx, r.event_key, content));
    if (before) return detail::item_opened_by(tx, *before);

    auto item = detail::new_item(tx, *entity, ItemKind::receipt, r.amount.currency(), -r.amount.units(), -functional.units());
    if (r.item) item.id = *r.item;
    item.customer = r.customer;
    item.document = r.document;
    item.document_key = document_key(r.document);
    item.document_date = r.value_date;
    item.due_date = r.value_date;
    item.account = detail::code_of(*entity, r.customer ? Role::unapplied_cash : Role::unidentified_receipts);
    Draft draft;
    draft.known_new = true;
    draft.act = "receipt";
    draft.asked = r.posting_date;
    draft.content = content;
    draft.entry = {r.entity, r.posting_date, r.value_date, r.cause, at_rate.said(r.reason), r.event_key, {}, {}};
    draft.entry.lines = {{r.bank_gl, r.amount, functional, {}},
                         {item.account, r.amount.negated(), functional.negated(), item.id}};
    draft.opens = std::move(item);
    OWED_TRY(auto posted, detail::carry_out(tx, context, draft));
    return PostedItem{draft.opens->id, posted};
}

Result<Posted> identify_receipt(store::Tx& tx, const Context& context, OpenItemId receipt, CustomerId customer, Date date,
                                const Cause& cause, const std::string& reason) {
    OWED_TRY(auto item, detail::load_item(tx, receipt));
    OWED_TRY(const auto* entity, context.books.entity(item.entity));
    if (item.kind != ItemKind::receipt) return fail(Errc::invalid_argument, detail::shown(item) + " is not a receipt");
    if (item.customer && *item.customer != customer)
        return fail(Errc::wrong_customer, detail::shown(item) + " belongs to another customer already", {},
                    "one transfer for several customers: owectl cash split RECEIPT CUSTOMER=AMOUNT ...");
    const auto event_key = "ledger/identify/" + std::to_string(receipt.value);
    if (item.customer) {
        const auto entry = detail::find_entry_by_event(tx, event_key);
        return Posted{entry ? entry->id : item.entry, item.identified_on.value_or(item.posting_date), false, true};
    }
    if (item.residual == 0) return fail(Errc::item_not_open, detail::shown(item) + " is settled");

    const auto unapplied = detail::code_of(*entity, Role::unapplied_cash);
    Draft draft;
    draft.act = "identify";
    draft.asked = date;
    // After its last change: what was settled or returned between would stay behind on the account of the unidentified.
    draft.entry = {item.entity, std::max(date, item.last_date), item.document_date, cause, reason, event_key, {}, {}};
    draft.entry.lines = detail::settling_lines(*entity, item, -item.residual, {{unapplied, -item.residual}});
    draft.entry.lines.back().item = receipt;
    draft.moved_because = "the receipt changed until then";
    draft.content = store::sha256(event_key);
    draft.moves_to = unapplied;
    item.customer = customer;
    draft.items.push_back(std::move(item));
    return detail::write(tx, context, draft);
}

Result<Posted> mark_not_receivable(store::Tx& tx, const Context& context, OpenItemId receipt, Date date, const Cause& cause,
                                   const std::string& reason) {
    return settle_receipt(tx, context, receipt, date, Role::suspense, "not_receivable", cause, reason);
}

Result<Posted> settle_agency_transfer(store::Tx& tx, const Context& context, OpenItemId receipt, Date date, const Cause& cause,
                                      const std::string& reason) {
    return settle_receipt(tx, context, receipt, date, Role::agency_clearing, "agency_transfer", cause, reason);
}

}  // namespace owed::ledger
