// A person's decisions: each audited, each learned from.
#include <algorithm>

#include "cash/detail/rows.hpp"
#include "ledger/erp_open.hpp"
#include "ledger/item_terms.hpp"
#include "ledger/standing.hpp"

namespace owed::cash {

using detail::ReceiptRow;
using detail::audit_by_hand;
using detail::identify;
using detail::open_receipt;
using detail::today_of;

namespace detail {

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

namespace {

/// A number that is no open item of whom it should be: whose it is.
Error nowhere(store::Db& db, const ledger::Books& books, const std::string& entity, std::optional<CustomerId> customer, const std::string& name) {
    const auto key = ledger::document_key(name);
    for (const auto& item : ledger::find_by_document(db, entity, key))
        if (const auto whose = item.customer ? parties::find(db, *item.customer) : std::nullopt)
            return {Errc::wrong_customer, name + " is customer " + whose->customer.number + "'s", {}, "one transfer for several customers: owectl cash split RECEIPT CUSTOMER=AMOUNT ..."};
    for (const auto& other : books.entities())
        if (other.id != entity && !ledger::find_by_document(db, other.id, key).empty())
            return {Errc::invalid_argument, name + " is a document of entity " + other.id + ", not of " + entity, {}, "money for another entity: owectl cash forward RECEIPT " + other.id + "/CUSTOMER"};
    return {Errc::not_found, "no open item " + name + (customer ? " of the customer" : ""), {}, "see owectl items --open"};
}

}  // namespace

Result<ledger::Item> wanted_item(store::Db& db, const ledger::Books& books, const std::string& entity, std::optional<CustomerId> customer, const std::string& name) {
    std::vector<ledger::Item> found;
    for (auto& item : ledger::find_by_document(db, entity, ledger::document_key(name)))
        if (!customer || item.customer == customer) found.push_back(std::move(item));
    if (found.empty())
        if (const auto id = detail::id_of(name))
            if (auto item = ledger::item(db, *id); item && item->entity == entity && item->residual.is_positive()) found.push_back(std::move(*item));
    if (found.empty()) return fail(nowhere(db, books, entity, customer, name));
    if (found.size() > 1)
        return fail(Errc::invalid_argument, std::to_string(found.size()) + " customers have a document " + name, {},
                    "name the item id from owectl items, or identify the receipt's customer first");
    return std::move(found.front());
}

std::string listed(const std::vector<Wanted>& wanted) {
    std::string text;
    for (std::size_t i = 0; i < wanted.size() && i < 8; ++i) text += (i == 0 ? "" : ", ") + wanted[i].document_or_item + "=" + wanted[i].amount;
    return wanted.size() > 8 ? text + " and " + std::to_string(wanted.size() - 8) + " more" : text;
}

}  // namespace detail

namespace {

/// One more answer that this payer is this customer; from the configured number on it is an alias.
Status learn(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, const ReceiptRow& row, const char* kind,
             const std::string& value, CustomerId customer, int after) {
    const auto key = std::string_view{kind} == "account" ? parties::account_key(value) : parties::name_key(value);
    if (key.empty() || after <= 0) return {};
    tx.query("INSERT INTO cash_answer (entity, kind, value_key, customer, times) VALUES (?, ?, ?, ?, 1) "
             "ON CONFLICT (entity, kind, value_key, customer) DO UPDATE SET times = times + 1")
        .bind(row.receipt.entity, kind, key, customer.value)
        .run();
    std::int64_t times = 0;
    {
        auto known = tx.query("SELECT times FROM cash_answer WHERE entity = ? AND kind = ? AND value_key = ? AND customer = ?");
        if (known.bind(row.receipt.entity, kind, key, customer.value).step()) times = known.integer(0);
    }
    if (times < after) return {};
    return parties::learn_alias(tx, context.clock, by, row.receipt.entity, kind, value, customer);
}

}  // namespace

Status apply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                     const std::vector<Wanted>& wanted) {
    OWED_TRY(auto row, open_receipt(tx, receipt));
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    if (wanted.empty()) return fail(Errc::invalid_argument, "say which items: cash apply " + row.receipt.number + " ITEM=AMOUNT");
    for (const auto& one : wanted) {
        OWED_TRY(auto item, detail::wanted_item(tx, context.books, row.receipt.entity, row.receipt.customer, one.document_or_item));
        OWED_TRY(auto amount, parse_money(one.amount, row.receipt.amount.currency()));
        if (!amount.is_positive()) return fail(Errc::invalid_argument, "an applied amount is positive, not " + one.amount);
        const auto reason = audit::to_text(by) + " applied it by hand";
        if (!item.customer) return fail(Errc::wrong_customer, "item " + one.document_or_item + " belongs to no customer");
        OWED_TRY(auto current, open_receipt(tx, receipt));
        OWED_TRY_VOID(identify(tx, context, current, *item.customer, date, reason));
        const ProposedItem share{.item = item.id, .document = item.document, .amount = amount};
        OWED_TRY_VOID(detail::post_shares(tx, context, current, {share}, {"manual", reason, audit::to_text(by), "person", 100}, date));
    }
    detail::update(tx, row, {}, {});
    return audit_by_hand(tx, context, by, row, "cash.apply", "applied by hand: " + detail::listed(wanted));
}

Status split_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                     const std::vector<Wanted>& parts) {
    OWED_TRY(auto row, open_receipt(tx, receipt));
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    if (parts.empty()) return fail(Errc::invalid_argument, "say which items: ITEM=AMOUNT, item by id");
    const auto reason = audit::to_text(by) + " split it by hand";
    std::vector<ProposedItem> shares;
    for (const auto& part : parts) {
        const auto id = detail::id_of(part.document_or_item);
        const auto item = id ? ledger::item(tx, *id) : std::nullopt;
        if (!item || !item->customer || item->entity != row.receipt.entity)
            return fail(Errc::not_found, "no customer's item " + part.document_or_item, {}, "see owectl items --open");
        OWED_TRY(auto amount, parse_money(part.amount, row.receipt.amount.currency()));
        if (!amount.is_positive()) return fail(Errc::invalid_argument, "an applied amount is positive, not " + part.amount);
        // The money is booked with the first customer named, unless its payer is known; what each part pays is told apart.
        if (shares.empty() && !row.receipt.customer) OWED_TRY_VOID(identify(tx, context, row, *item->customer, date, reason));
        shares.push_back({.item = item->id, .document = item->document, .amount = amount});
    }
    OWED_TRY_VOID(detail::post_shares(tx, context, row, shares, {"manual", reason, audit::to_text(by), "person", 100}, date));
    detail::update(tx, row, {}, {});
    return audit_by_hand(tx, context, by, row, "cash.split", "split by hand: " + detail::listed(parts));
}

Status identify_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                        CustomerId customer, const Settings& settings) {
    OWED_TRY(auto row, open_receipt(tx, receipt));
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    OWED_TRY_VOID(identify(tx, context, row, customer, date, audit::to_text(by) + " identified the payer"));
    OWED_TRY_VOID(learn(tx, context, by, row, "account", row.receipt.payer_account, customer, settings.learn_account_after));
    // A name is learned only where it does not fit the customer already, and never one that another customer has as well.
    const auto fitting = parties::payers_named(tx, row.receipt.entity, row.receipt.payer_name);
    const bool anothers = std::any_of(fitting.begin(), fitting.end(), [&](const auto& one) { return one.customer != customer; });
    if (!anothers && (fitting.empty() || fitting.front().fit > parties::NameFit::exact))
        OWED_TRY_VOID(learn(tx, context, by, row, "name", row.receipt.payer_name, customer, settings.learn_name_after));
    detail::update(tx, row, {}, {});
    return audit_by_hand(tx, context, by, row, "cash.identify", "payer identified by hand");
}

Status revoke_alias(store::Tx& tx, Clock& clock, const audit::Actor& by, std::int64_t alias) {
    tx.query("DELETE FROM cash_answer WHERE (entity, kind, value_key, customer) IN (SELECT entity, kind, value_key, customer FROM alias WHERE id = ? AND revoked_at IS NULL)")
        .bind(alias)
        .run();
    return parties::revoke_alias(tx, clock, by, alias);
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

Status receivable_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, const std::string& why) {
    const auto id = detail::id_of(receipt);
    const auto row = id ? detail::row(tx, *id) : std::nullopt;
    if (!row) return fail(Errc::not_found, "there is no receipt " + std::string{receipt}, {}, "see owectl receipts");
    if (why.empty()) return fail(Errc::invalid_argument, "say why it is a customer's money after all: --why W", "why");
    const auto changes = ledger::changes_of(tx, *id);
    const auto said = std::find_if(changes.begin(), changes.end(), [](const auto& change) { return change.act == "not_receivable"; });
    if (said == changes.end()) return fail(Errc::invalid_argument, row->receipt.number + " is " + row->receipt.state_name + "; nobody said that it is no receivable");
    OWED_TRY(const auto date, today_of(context, row->receipt.entity));
    const auto reason = audit::to_text(by) + " says that it is a customer's: " + why;
    OWED_TRY([[maybe_unused]] const auto posted, ledger::reverse(tx, context, said->entry, date, {"person", row->receipt.number}, reason,
                                                                "cash/receivable/" + std::to_string(said->entry.value)));
    // For a person: the rule that said so would say it again.
    detail::update(tx, *row, reason, {}, State::on_account);
    return audit_by_hand(tx, context, by, *row, "cash.receivable", reason);
}

Result<UnapplyPreview> unapply_preview(store::Db& db, const ledger::Context& context, ApplicationId application) {
    const auto found = ledger::application(db, application);
    if (!found) return fail(Errc::not_found, "there is no application " + std::to_string(application.value), {}, "see owectl applications");
    if (found->undone)
        return fail(Errc::application_already_undone, "application " + std::to_string(application.value) + " was undone on " + to_text(*found->undone));
    const auto debit = ledger::item(db, found->debit);
    OWED_CHECK(debit.has_value(), "an application has its document");
    OWED_TRY(auto today, today_of(context, found->entity));
    const auto currency = std::string{found->amount.currency().text()};
    const auto closed = ledger::closed_of_debit(*found).units();
    UnapplyPreview preview{.application = application, .receipt = found->credit_document.empty() ? detail::number_of(found->credit) : found->credit_document,
                           .document = found->debit_document, .amount = found->amount,
                           .residual_after = Money::minor(debit->residual.units() + closed, found->amount.currency()),
                           .discount_withdrawn = found->discount, .overdue_again = debit->due_date < today, .sentences = {}};
    auto& say = preview.sentences;
    say.push_back(to_text(found->amount) + " " + currency + " go back to " + preview.receipt + ", which then waits for a person");
    say.push_back(preview.document + " is open again with " + to_text(preview.residual_after) + " " + currency + ", due " + to_text(debit->due_date));
    if (found->discount) say.push_back("the discount of " + to_text(*found->discount) + " " + currency + " is withdrawn");
    if (preview.overdue_again) say.push_back(preview.document + " is past due again, and dunning resumes where it stood");
    for (const auto& other : ledger::applications(db, {}, found->credit))
        if (!other.undone && other.id != application && other.credit == found->credit)
            say.push_back("application " + std::to_string(other.id.value) + " of the same receipt to " + other.debit_document + " stays");
    return preview;
}

Status unapply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, ApplicationId application,
                       const std::string& why) {
    const auto found = ledger::application(tx, application);
    if (!found) return fail(Errc::not_found, "there is no application " + std::to_string(application.value), {}, "see owectl applications");
    const auto row = detail::row(tx, found->credit);
    OWED_TRY(auto date, today_of(context, found->entity));
    const auto reason = why.empty() ? audit::to_text(by) + " undid it" : why;
    OWED_TRY_VOID(detail::unapply_for_good(tx, context, *found, {.date = date, .cause = {"person", std::to_string(application.value)}, .reason = reason, .by = audit::to_text(by)}));
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

std::vector<RefundProposal> refund_proposals(store::Db& db, const Settings& settings) {
    std::vector<RefundProposal> list;
    const auto limit = [](const Limits& limits, Currency currency) {
        const auto found = limits.find(currency.text());
        return found == limits.end() ? std::int64_t{-1} : found->second;
    };
    for (const auto& receipt : receipts(db, std::string{name_of(State::on_account)})) {
        const auto currency = receipt.amount.currency();
        if (!receipt.customer || receipt.unapplied.units() < std::max<std::int64_t>(limit(settings.refund_min, currency), 1)) continue;
        const auto review = limit(settings.refund_review, currency);
        RefundProposal proposal{.receipt = receipt.number, .customer = *receipt.customer, .customer_number = {}, .payer_account = receipt.payer_account,
                                .amount = receipt.unapplied, .review = review >= 0 && receipt.unapplied.units() > review,
                                .why = receipt.question.empty() ? "left on account after " + receipt.number : receipt.question};
        if (const auto row = parties::find(db, *receipt.customer)) proposal.customer_number = row->customer.number;
        list.push_back(std::move(proposal));
    }
    return list;
}

}  // namespace owed::cash
