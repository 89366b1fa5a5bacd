// Credits that a person uses: for documents, or kept as a deposit.
#include "cash/credits.hpp"

#include "cash/detail/rows.hpp"
#include "ledger/credits.hpp"

namespace owed::cash {

Status apply_credit_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, OpenItemId credit, const std::vector<Wanted>& wanted) {
    const auto item = ledger::item(tx, credit);
    if (!item) return fail(Errc::not_found, "there is no item " + std::to_string(credit.value), {}, "see owectl items --open");
    const auto name = item->document.empty() ? "item " + std::to_string(credit.value) : item->document;
    if (item->kind == ledger::ItemKind::receipt)
        return fail(Errc::invalid_argument, "item " + std::to_string(credit.value) + " is a receipt", "credit", "owectl cash apply R-" + std::to_string(credit.value) + " ITEM=AMOUNT");
    if (!item->original.is_negative()) return fail(Errc::invalid_argument, name + " is owed to us; it is no credit", "credit");
    if (wanted.empty()) return fail(Errc::invalid_argument, "say which items: ITEM=AMOUNT", "items");
    OWED_TRY(const auto date, detail::today_of(context, item->entity));
    const auto reason = audit::to_text(by) + " used " + name;
    for (const auto& one : wanted) {
        OWED_TRY(const auto debit, detail::wanted_item(tx, context.books, item->entity, item->customer, one.document_or_item));
        OWED_TRY(const auto amount, parse_money(one.amount, item->original.currency()));
        if (!amount.is_positive()) return fail(Errc::invalid_argument, "an applied amount is positive, not " + one.amount, "items");
        OWED_TRY_VOID(detail::post_application(tx, context, {.credit = credit, .debit = debit.id, .amount = amount, .date = date, .stage = "manual", .reason = reason,
                                                             .by = audit::to_text(by), .cause = {"person", by.id}, .event_key = {}}));
    }
    audit::Act act;
    act.actor = by;
    act.entity = item->entity;
    act.action = "credit.apply";
    act.object_kind = "item";
    act.object_id = std::to_string(credit.value);
    act.reason = name + " applied by hand: " + detail::listed(wanted);
    return audit::append(tx, context.clock, act);
}

Result<OpenItemId> hold_deposit_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, const NewDeposit& wanted) {
    OWED_TRY(const auto row, detail::open_receipt(tx, receipt));
    OWED_TRY(const auto date, detail::today_of(context, row.receipt.entity));
    const auto document = wanted.document.empty() ? row.receipt.number + "-D" : wanted.document;
    const auto reason = row.receipt.number + " is held as deposit " + document + (wanted.why.empty() ? "" : ": " + wanted.why);
    OWED_TRY(const auto held, ledger::hold_deposit(tx, context, {.receipt = row.receipt.id, .amount = wanted.amount, .document = document,
                                                                 .instruction = {.date = date, .cause = {"person", by.id}, .reason = reason,
                                                                                 .event_key = "deposit/" + row.receipt.entity + "/" + document, .by = by.id}}));
    detail::update(tx, row, {}, {});
    OWED_TRY_VOID(detail::audit_by_hand(tx, context, by, row, "cash.deposit", reason));
    return held.item;
}

Result<OpenItemId> release_deposit_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, OpenItemId deposit, const std::string& why) {
    const auto item = ledger::item(tx, deposit);
    if (!item) return fail(Errc::not_found, "there is no item " + std::to_string(deposit.value), {}, "see owectl items --open");
    std::optional<OpenItemId> receipt;
    EntryId held;
    {
        auto query = tx.query("SELECT i.entry, r.item FROM open_item i JOIN posting_line l ON l.entry = i.entry JOIN receipt r ON r.item = l.item WHERE i.id = ? AND r.item <> i.id");
        query.bind(deposit.value);
        if (query.step()) {
            held = EntryId{query.integer(0)};
            receipt = OpenItemId{query.integer(1)};
        }
    }
    if (item->kind != ledger::ItemKind::deposit || !receipt)
        return fail(Errc::invalid_argument, item->document + " was not held of a receipt", "credit", "owectl cash deposit holds a prepayment");
    if (item->residual.is_zero()) return fail(Errc::item_not_open, "nothing is left of " + item->document, "credit", "owectl cash unapply takes back what used it");
    OWED_TRY(const auto date, detail::today_of(context, item->entity));
    const auto reason = item->document + " is no deposit after all" + (why.empty() ? "" : ": " + why);
    OWED_TRY([[maybe_unused]] const auto posted, ledger::reverse(tx, context, held, date, {"person", by.id}, reason, "undeposit/" + std::to_string(held.value)));
    const auto row = detail::row(tx, *receipt);
    OWED_CHECK(row.has_value(), "a receipt that a deposit was held of is there");
    // For a person: the next run would take up what somebody had set aside.
    detail::update(tx, *row, reason, {}, State::on_account);
    OWED_TRY_VOID(detail::audit_by_hand(tx, context, by, *row, "cash.undeposit", reason));
    return *receipt;
}

}  // namespace owed::cash
