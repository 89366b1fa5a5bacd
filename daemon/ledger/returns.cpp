// Returned payments, and what collection agencies collect.
#include "ledger/detail/acts.hpp"
#include "ledger/rates.hpp"

namespace owed::ledger {
namespace {

using detail::Draft;
using detail::ItemRow;

std::string content_of(const AgencyCollected& c) {
    store::RowHash hash;
    hash.add("agency").add(c.debit.value).add(c.gross.currency().text()).add(c.gross.units());
    hash.add(c.fee_and_tax.currency().text()).add(c.fee_and_tax.units()).add(std::int64_t{c.date.days()}).add(c.document);
    if (c.tax || c.gross_remittance) hash.add(c.tax ? c.tax->units() : std::int64_t{0}).add(std::int64_t{c.gross_remittance ? 1 : 0});
    return hash.bytes();
}

/// What the bank takes back is worth what the rate of that day says; the receipt is carried at its own. Without a rate the bank
/// books what it booked then.
Result<detail::Booked> worth_at_its_day(store::Db& db, const Entity& entity, Date date, const ItemRow& receipt) {
    if (receipt.currency == entity.currency) return detail::Booked{Money::minor(-receipt.original, entity.currency)};
    auto converted = convert(db, Money::minor(-receipt.original, receipt.currency), entity.currency, RateType::spot, date);
    if (converted) return detail::Booked{converted->amount, converted->rate};
    if (converted.error().code != Errc::not_found) return fail(std::move(converted).error());
    return detail::Booked{Money::minor(-receipt.functional_original, entity.currency)};
}

/// What the customer owes again of a receipt whose money had left before the bank took it back.
Result<ItemRow> owed_again(store::Tx& tx, const Entity& entity, const ItemRow& receipt, std::int64_t units, Date date, const detail::Booked& whole) {
    if (!receipt.customer) return fail(Errc::wrong_customer, detail::shown(receipt) + " is nobody's, and what has left of it is owed by nobody");
    auto item = detail::new_item(tx, entity, ItemKind::chargeback, receipt.currency, units, detail::pro_rata(whole.amount.units(), units, -receipt.original));
    item.customer = receipt.customer;
    item.document = (receipt.document.empty() ? "R-" + std::to_string(receipt.id.value) : receipt.document) + "/C" + std::to_string(item.id.value);
    item.document_key = document_key(item.document);
    item.document_date = item.due_date = date;
    item.account = detail::code_of(entity, Role::receivable);
    return item;
}

/// What is left of the receipt and of deposits held from it, and what is owed again / bank; then what the bank's side is worth more
/// or less than that.
std::vector<Line> return_lines(const Entity& entity, const ItemRow& receipt, const std::vector<ItemRow>& held, const std::optional<ItemRow>& owed,
                               const std::string& bank_gl, Money worth) {
    std::vector<Line> lines;
    const auto add = [&](const std::string& account, std::int64_t units, std::int64_t functional, std::optional<OpenItemId> item) {
        lines.push_back({account, Money::minor(units, receipt.currency), Money::minor(functional, entity.currency), item});
    };
    auto carried = worth.units();
    for (const auto& item : held) {
        add(item.account, -item.residual, -item.functional_residual, item.id);
        carried += item.functional_residual;
    }
    if (owed) {
        add(owed->account, owed->original, owed->functional_original, owed->id);
        carried -= owed->functional_original;
    }
    add(bank_gl, receipt.original, -worth.units(), {});
    if (carried != 0) add(detail::code_of(entity, carried < 0 ? Role::fx_gain : Role::fx_loss), 0, carried, {});
    return lines;
}

Status check_collected(const AgencyCollected& c, const ItemRow& debit) {
    const auto what = "agency collection " + c.document;
    if (!c.gross.is_positive() || c.fee_and_tax.is_negative())
        return fail(Errc::invalid_argument, what + " has gross " + detail::shown(c.gross) + " and fee " +
                                                detail::shown(c.fee_and_tax) + "; expected a positive gross, no negative fee");
    if (debit.is_credit()) return fail(Errc::invalid_argument, detail::shown(debit) + " is not a debit");
    if (!debit.customer) return fail(Errc::wrong_customer, detail::shown(debit) + " has no customer");
    if (c.gross.currency() != debit.currency || c.fee_and_tax.currency() != debit.currency)
        return fail(Errc::currency_mismatch, what + " is not in " + std::string{debit.currency.text()} + " as " +
                                                 detail::shown(debit));
    if (c.fee_and_tax.units() > c.gross.units())
        return fail(Errc::invalid_argument, what + ": fee " + detail::shown(c.fee_and_tax) + " is above the gross " +
                                                detail::shown(c.gross));
    if (c.tax && (c.tax->currency() != debit.currency || c.tax->is_negative() || c.tax->units() > c.fee_and_tax.units()))
        return fail(Errc::invalid_argument, what + ": tax " + detail::shown(*c.tax) + " is not a part of the fee " + detail::shown(c.fee_and_tax));
    if (debit.residual == 0) return fail(Errc::item_not_open, detail::shown(debit) + " is settled");
    if (c.gross.units() > debit.residual)
        return fail(Errc::application_exceeds_residual,
                    detail::shown(debit) + " has " + detail::shown(debit.residual, debit.currency) + " open; the agency says " +
                        detail::shown(c.gross));
    return {};
}

/// The receipt that the agency holds for us, valued at what the debit is carried at: no rate is known before its transfer.
Draft agency_receipt(store::Tx& tx, const Entity& entity, const AgencyCollected& c, const ItemRow& debit) {
    const auto gross_functional = detail::carrying_part(debit, c.gross.units());
    const auto fee_functional = detail::pro_rata(gross_functional, c.fee_and_tax.units(), c.gross.units());
    auto item = detail::new_item(tx, entity, ItemKind::receipt, debit.currency, -c.gross.units(), -gross_functional);
    item.customer = debit.customer;
    item.document = c.document;
    item.document_key = document_key(c.document);
    item.document_date = item.due_date = c.date;
    item.account = detail::code_of(entity, Role::unapplied_cash);

    Draft draft;
    draft.act = "agency_receipt";
    draft.asked = c.date;
    draft.content = content_of(c);
    draft.entry = {entity.id, c.date, c.date, c.cause, c.reason, c.event_key + "/receipt", {}, {}};
    const auto add = [&](const std::string& account, std::int64_t units, std::int64_t functional,
                         std::optional<OpenItemId> tag) {
        if (units == 0 && functional == 0) return;
        draft.entry.lines.push_back(
            {account, Money::minor(units, debit.currency), Money::minor(functional, entity.currency), tag});
    };
    const auto tax = c.tax ? c.tax->units() : 0;
    const auto tax_functional = tax == 0 ? 0 : detail::pro_rata(fee_functional, tax, c.fee_and_tax.units());
    const auto kept = c.gross_remittance ? 0 : c.fee_and_tax.units();
    add(detail::code_of(entity, Role::agency_clearing), c.gross.units() - kept, gross_functional - (kept == 0 ? 0 : fee_functional), {});
    add(detail::code_of(entity, Role::agency_fees), c.fee_and_tax.units() - tax, fee_functional - tax_functional, {});
    add(detail::code_of(entity, Role::input_tax), tax, tax_functional, {});
    if (c.gross_remittance) add(detail::code_of(entity, Role::agency_payable), -c.fee_and_tax.units(), -fee_functional, {});
    add(item.account, -c.gross.units(), -gross_functional, item.id);
    draft.opens = std::move(item);
    return draft;
}

}  // namespace

Result<Posted> return_receipt(store::Tx& tx, const Context& context, OpenItemId receipt, Date date, const std::string& bank_gl,
                              const Cause& cause, const std::string& reason, const std::string& event_key) {
    OWED_TRY(auto before, detail::load_item(tx, receipt));
    OWED_TRY(const auto* entity, context.books.entity(before.entity));
    if (before.kind != ItemKind::receipt) return fail(Errc::invalid_argument, detail::shown(before) + " is not a receipt");
    store::RowHash hash;
    hash.add("return").add(receipt.value).add(std::int64_t{date.days()}).add(bank_gl);
    const auto content = hash.bytes();
    OWED_TRY(auto posted, detail::repeated(tx, event_key, content));
    if (posted) return *posted;
    OWED_TRY(const auto opening, detail::load_entry(tx, before.entry));
    if (opening.act == "intercompany_receipt")
        return fail(Errc::invalid_argument, detail::shown(before) + " came in at another entity's bank", {},
                    "return the receipt there: both entities' books change");
    std::vector<OpenItemId> held;
    OWED_TRY_VOID(detail::reopen_what_is_here(tx, context, receipt, date, cause, reason, held));
    OWED_TRY(const auto worth, worth_at_its_day(tx, *entity, date, before));
    Draft draft;
    draft.act = "return";
    draft.asked = date;
    draft.content = content;
    draft.entry = {before.entity, std::max(date, before.posting_date), date, cause, worth.said(reason), event_key, {}, {}};
    draft.moved_because = "the receipt was not open before";
    auto gone = -before.original;
    for (const auto id : std::vector(held.rbegin(), held.rend())) {   // the receipt first
        OWED_TRY(auto item, detail::load_item(tx, id));
        gone += item.residual;
        draft.entry.posting_date = std::max(draft.entry.posting_date, detail::earliest_day_with(tx, item, -item.residual, date));
        draft.items.push_back(std::move(item));
    }
    if (gone != 0) {
        OWED_TRY(draft.opens, owed_again(tx, *entity, before, gone, date, worth));
        draft.terms.emplace();
        draft.terms->reason_code = "returned";
        draft.terms->source = receipt;
    }
    draft.entry.lines = return_lines(*entity, before, draft.items, draft.opens, bank_gl, worth.amount);
    return detail::carry_out(tx, context, draft);
}

Result<Applied> post_agency_collected(store::Tx& tx, const Context& context, const AgencyCollected& c) {
    if (c.event_key.empty()) return fail(Errc::invalid_argument, "an agency collection has no event key");
    OWED_TRY(auto before, detail::repeated(tx, c.event_key + "/receipt", content_of(c)));
    if (before) {
        const auto entry = detail::find_entry_by_event(tx, c.event_key);
        const auto row = entry ? detail::find_application_by_entry(tx, entry->id) : std::nullopt;
        if (!row) return fail(Errc::store_corrupt, "event \"" + c.event_key + "\" has lost its application");
        return Applied{row->id, {entry->id, entry->posting_date, entry->posting_date != entry->asked_date, true}};
    }
    OWED_TRY(auto debit, detail::load_item(tx, c.debit));
    OWED_TRY_VOID(check_collected(c, debit));
    OWED_TRY(const auto* entity, context.books.entity(debit.entity));
    auto draft = agency_receipt(tx, *entity, c, debit);
    OWED_TRY(auto posted, detail::carry_out(tx, context, draft));
    static_cast<void>(posted);
    return apply(tx, context,
                 {.credit = draft.opens->id,
                  .debit = c.debit,
                  .amount = c.gross,
                  .discount = {},
                  .date = c.date,
                  .stage = "agency",
                  .confidence = 100,
                  .reason = c.reason,
                  .by = "cash",
                  .cause = c.cause,
                  .event_key = c.event_key});
}

}  // namespace owed::ledger
