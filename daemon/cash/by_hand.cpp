// A person's decisions: each audited, each learned from.
#include <algorithm>

#include "cash/detail/learned.hpp"
#include "cash/detail/rows.hpp"
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
                     std::string action, std::string reason, const Approval& approval) {
    audit::Act act;
    act.actor = by;
    if (!approval.by.empty()) {
        act.actor = {.kind = audit::Actor::Kind::person, .id = approval.by};
        act.on_behalf_of = by.id;
        act.approval = approval.request;
    }
    act.entity = row.receipt.entity;
    act.action = std::move(action);
    act.object_kind = "receipt";
    act.object_id = row.receipt.number;
    act.reason = std::move(reason);
    return audit::append(tx, context.clock, act);
}

namespace {

std::string parts_text(const Wanted::Parts& parts) {
    std::string text;
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) text += (text.empty() ? " (" : ", ") + std::string{name} + " " + value;
    };
    add("discount", parts.discount);
    add("tolerance", parts.tolerance);
    add("bank charge", parts.bank_charge);
    add("withheld", parts.withholding);
    add("deduction", parts.deduction.empty() ? parts.deduction : parts.deduction + (parts.reason.empty() ? "" : " for " + parts.reason));
    add("takes", parts.takes);
    return text.empty() ? text : text + ")";
}

}  // namespace

std::string listed(const std::vector<Wanted>& wanted) {
    std::string text;
    for (std::size_t i = 0; i < wanted.size() && i < 8; ++i) text += (i == 0 ? "" : ", ") + wanted[i].document_or_item + "=" + wanted[i].amount + parts_text(wanted[i].parts);
    return wanted.size() > 8 ? text + " and " + std::to_string(wanted.size() - 8) + " more" : text;
}

}  // namespace detail

namespace {

/// A person has said what the money is for. What is left stays the customer's: the next run would use it against that word.
void decided_by_hand(store::Tx& tx, const ReceiptRow& before) {
    const auto now = detail::row(tx, before.receipt.id);
    OWED_CHECK(now.has_value(), "a receipt that was applied is there");
    detail::note_person_said(tx, before.receipt.id);
    detail::update(tx, before, {}, {}, now->receipt.unapplied.is_zero() ? State::applied : State::on_account);
}

}  // namespace

Status apply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                     const std::vector<Wanted>& wanted, const Settings* teach, const Approval& approval, std::string_view why) {
    OWED_TRY(auto row, open_receipt(tx, receipt));
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    if (wanted.empty()) return fail(Errc::invalid_argument, "say which items: cash apply " + row.receipt.number + " ITEM=AMOUNT");
    const auto said = why.empty() ? std::string{} : ": " + std::string{why};
    const auto reason = audit::to_text(by) + " applied it by hand" + (approval.by.empty() ? "" : ", approved by " + approval.by) + said;
    std::vector<OpenItemId> paid;
    for (const auto& one : wanted) {
        OWED_TRY(auto item, detail::wanted_item(tx, context.books, row.receipt.entity, row.receipt.customer, one.document_or_item));
        OWED_TRY(auto application, detail::application_wanted(item, row.receipt.amount.currency(), one));
        if (!item.customer) return fail(Errc::wrong_customer, "item " + one.document_or_item + " belongs to no customer");
        OWED_TRY(auto current, open_receipt(tx, receipt));
        OWED_TRY_VOID(identify(tx, context, current, *item.customer, date, reason));
        application.credit = current.receipt.id;
        application.date = date;
        application.reason = reason;
        application.by = audit::to_text(by);
        application.cause = {"person", row.receipt.number};
        OWED_TRY_VOID(detail::post_application(tx, context, std::move(application)));
        paid.push_back(item.id);
    }
    if (teach != nullptr) OWED_TRY_VOID(detail::teach_items(tx, context, by, row, paid, *teach));
    decided_by_hand(tx, row);
    return audit_by_hand(tx, context, by, row, "cash.apply", "applied by hand: " + detail::listed(wanted) + said, approval);
}

Status split_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                     const std::vector<Wanted>& parts, const Settings* teach) {
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
    std::vector<OpenItemId> paid;
    for (const auto& share : shares) paid.push_back(share.item);
    if (teach != nullptr) OWED_TRY_VOID(detail::teach_items(tx, context, by, row, paid, *teach));
    decided_by_hand(tx, row);
    return audit_by_hand(tx, context, by, row, "cash.split", "split by hand: " + detail::listed(parts));
}

Status identify_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt,
                        CustomerId customer, const Settings& settings) {
    OWED_TRY(auto row, open_receipt(tx, receipt));
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    OWED_TRY_VOID(identify(tx, context, row, customer, date, audit::to_text(by) + " identified the payer"));
    detail::note_person_said(tx, row.receipt.id);
    OWED_TRY_VOID(detail::teach_customer(tx, context, by, row, customer, settings, detail::Word::identified));
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
                              const std::string& why, const Settings* teach) {
    OWED_TRY(auto row, open_receipt(tx, receipt));
    OWED_TRY(auto date, today_of(context, row.receipt.entity));
    if (why.empty()) return fail(Errc::invalid_argument, "say why it is not a receivable: --why W");
    OWED_TRY([[maybe_unused]] auto posted, ledger::mark_not_receivable(tx, context, row.receipt.id, date,
                                                                      {"person", row.receipt.number}, why));
    if (teach != nullptr) OWED_TRY_VOID(detail::teach_not_receivable(tx, context, by, row, why, *teach));
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
    OWED_TRY_VOID(detail::unteach_not_receivable(tx, context, by, *row));
    // For a person: a rule of the configuration that said so would say it again.
    detail::update(tx, *row, reason, {}, State::on_account);
    return audit_by_hand(tx, context, by, *row, "cash.receivable", reason);
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
