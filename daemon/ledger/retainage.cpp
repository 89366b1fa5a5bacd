#include "ledger/retainage.hpp"

#include <tuple>

#include "ledger/detail/acts.hpp"
#include "ledger/detail/shares.hpp"

namespace owed::ledger {

std::string retained_number(std::string_view document) { return std::string{document} + "/R"; }

Result<PostedRetainage> post_retainage_invoice(store::Tx& tx, const Context& context, const RetainageInvoice& asked) {
    const auto& whole = asked.document;
    if (asked.retained.currency() != whole.amount.currency())
        return fail(Errc::currency_mismatch, "invoice " + whole.document + ": the retained share is in " + std::string{asked.retained.currency().text()});
    if (whole.kind != ItemKind::invoice || !asked.retained.is_positive() || asked.retained.units() >= whole.amount.units())
        return fail(Errc::invalid_argument, "invoice " + whole.document + ": " + detail::shown(asked.retained) + " is not a share of " +
                                                detail::shown(whole.amount) + " that can be retained");
    OWED_TRY(const auto at_rate, detail::booked_whole(tx, context, whole));
    auto retained = whole, billed = whole;
    retained.amount = asked.retained;
    billed.amount = Money::minor(whole.amount.units() - asked.retained.units(), whole.amount.currency());
    const auto split = [&](const std::optional<Money>& amount) {
        detail::Shares shares{amount, whole.amount.units()};
        const auto first = shares.next(asked.retained.units(), false);
        return std::pair{first, shares.next(billed.amount.units(), true)};
    };
    std::tie(retained.tax, billed.tax) = split(whole.tax);
    std::tie(retained.freight, billed.freight) = split(whole.freight);
    std::tie(retained.functional, billed.functional) = split(whole.functional);
    if (billed.terms) {   // the discount is for paying what is billed now
        for (auto& tier : billed.terms->discounts) tier.amount = *split(tier.amount).second;
        std::erase_if(billed.terms->discounts, [](const auto& tier) { return tier.amount.is_zero(); });
    }
    retained.document = retained_number(whole.document);
    retained.due_date = retained_until();
    retained.event_key += "/retained";
    retained.payment_reference.clear();
    retained.terms = ItemTerms{};
    retained.terms->expected_payment = asked.expected_release;
    std::optional<detail::Booked> retained_worth, billed_worth;
    if (at_rate) {
        const auto [first, rest] = split(at_rate->amount);
        retained_worth = {*first, at_rate->rate};
        billed_worth = {*rest, at_rate->rate};
    }
    OWED_TRY(auto first, detail::post_document_on(tx, context, billed, Role::receivable, billed_worth));
    retained.terms->source = first.item;
    OWED_TRY(auto second, detail::post_document_on(tx, context, retained, Role::retainage_receivable, retained_worth));
    return PostedRetainage{first, second};
}

Result<PostedItem> release_retainage(store::Tx& tx, const Context& context, const ReleaseRetainage& asked) {
    store::RowHash hash;
    hash.add("retainage_release").add(asked.retained.value).add(asked.amount ? asked.amount->units() : std::int64_t{0}).add(asked.document);
    hash.add(std::int64_t{asked.due_date.days()}).add(std::int64_t{asked.instruction.date.days()});
    const detail::Act act{"retainage_release", asked.instruction, hash.bytes()};
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return detail::item_opened_by(tx, *before);
    OWED_TRY(auto from, detail::load_item(tx, asked.retained));
    OWED_TRY(const auto* entity, context.books.entity(from.entity));
    if (from.is_credit() || from.account != detail::code_of(*entity, Role::retainage_receivable))
        return fail(Errc::invalid_argument, detail::shown(from) + " is not retained");
    if (asked.document.empty()) return fail(Errc::invalid_argument, "the release of " + detail::shown(from) + " has no document number");
    OWED_TRY_VOID(detail::check_open_part(from, asked.amount, "a release"));
    const auto units = asked.amount ? asked.amount->units() : from.residual;
    auto item = detail::new_item(tx, *entity, ItemKind::invoice, from.currency, units, 0);
    item.customer = from.customer;
    item.document = asked.document;
    item.document_key = document_key(asked.document);
    item.order = from.order;
    item.document_date = asked.instruction.date;
    item.due_date = asked.due_date;
    item.tax = detail::next_share(from.tax, from.original - from.residual, units, from.original);
    item.account = detail::code_of(*entity, Role::receivable);
    OWED_TRY_VOID(detail::check_number_is_new(tx, item));
    auto draft = detail::moving(tx, *entity, act, std::move(from), units, std::move(item));
    draft.terms = ItemTerms{};
    draft.terms->source = asked.retained;
    OWED_TRY(auto posted, detail::carry_out(tx, context, draft));
    return PostedItem{draft.opens->id, posted};
}

}  // namespace owed::ledger
