#include "ledger/deductions.hpp"

#include <algorithm>

#include "ledger/detail/acts.hpp"
#include "ledger/detail/terms.hpp"

namespace owed::ledger {
namespace {

using detail::ItemRow;

/// An open deduction and how much of it is resolved.
struct Resolved {
    ItemRow item;
    std::int64_t units;
};
Result<Resolved> load_deduction(store::Db& db, OpenItemId id, const std::optional<Money>& amount, const char* what) {
    OWED_TRY(auto item, detail::load_item(db, id));
    if (item.kind != ItemKind::deduction) return fail(Errc::invalid_argument, detail::shown(item) + " is not a deduction");
    OWED_TRY_VOID(detail::check_open_part(item, amount, what));
    const auto units = amount ? amount->units() : item.residual;
    return Resolved{std::move(item), units};
}

/// What a new item keeps of the one that it comes from.
ItemRow item_from(store::Tx& tx, const Entity& entity, ItemKind kind, const ItemRow& from, std::int64_t units, const Instruction& instruction) {
    auto item = detail::new_item(tx, entity, kind, from.currency, units, 0);
    item.customer = from.customer;
    item.document_date = instruction.date;
    item.due_date = from.due_date;
    item.tax = detail::next_share(from.tax, from.original - from.residual, units, from.original);
    return item;
}

Result<PostedItem> open_from(store::Tx& tx, const Context& context, const Entity& entity, const detail::Act& act, ItemRow from,
                             std::int64_t units, ItemRow to, const std::string& reason_code, OpenItemId source) {
    to.document_key = document_key(to.document);
    OWED_TRY_VOID(detail::check_number_is_new(tx, to));
    ItemTerms terms;
    terms.reason_code = reason_code;
    terms.source = source;
    auto draft = detail::moving(tx, entity, act, std::move(from), units, std::move(to));
    draft.terms = std::move(terms);
    OWED_TRY(auto posted, detail::carry_out(tx, context, draft));
    return PostedItem{draft.opens->id, posted};
}

}  // namespace

Result<PostedItem> split_deduction(store::Tx& tx, const Context& context, const SplitDeduction& asked) {
    const auto act = detail::act_of("deduction", asked.debit, asked.amount, asked.instruction, asked.reason_code);
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return detail::item_opened_by(tx, *before);
    OWED_TRY(auto debit, detail::load_item(tx, asked.debit));
    OWED_TRY(const auto* entity, context.books.entity(debit.entity));
    if (debit.is_credit() || debit.kind == ItemKind::deduction)
        return fail(Errc::invalid_argument, detail::shown(debit) + " is not a debit that a deduction is split off");
    if (asked.reason_code.empty()) return fail(Errc::invalid_argument, "a deduction from " + detail::shown(debit) + " has no reason code");
    OWED_TRY_VOID(detail::check_open_part(debit, asked.amount, "a deduction"));
    auto item = item_from(tx, *entity, ItemKind::deduction, debit, asked.amount.units(), asked.instruction);
    item.document = asked.document.empty() ? debit.document + "/D" + std::to_string(item.id.value) : asked.document;
    item.account = detail::code_of(*entity, Role::deductions);
    return open_from(tx, context, *entity, act, std::move(debit), asked.amount.units(), std::move(item), asked.reason_code, asked.debit);
}

Result<Posted> accept_deduction(store::Tx& tx, const Context& context, const AcceptDeduction& asked) {
    const auto act = detail::act_of("deduction_accepted", asked.deduction, asked.amount, asked.instruction, asked.against_revenue ? "revenue" : "");
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return *before;
    OWED_TRY(auto resolved, load_deduction(tx, asked.deduction, asked.amount, "acceptance"));
    OWED_TRY(const auto* entity, context.books.entity(resolved.item.entity));
    const auto& item = resolved.item;
    const auto tax = detail::next_share(item.tax, item.original - item.residual, resolved.units, item.original);
    const auto& net_account = detail::code_of(*entity, asked.against_revenue ? Role::revenue : Role::sales_allowance);
    auto draft = detail::settling(tx, *entity, act, std::move(resolved.item), resolved.units,
                                  {{net_account, resolved.units - tax}, {detail::code_of(*entity, Role::tax_payable), tax}});
    return detail::carry_out(tx, context, draft);
}

Result<Posted> reject_deduction(store::Tx& tx, const Context& context, const RejectDeduction& asked) {
    const auto act = detail::act_of("deduction_rejected", asked.deduction, asked.amount, asked.instruction);
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return *before;
    OWED_TRY(auto resolved, load_deduction(tx, asked.deduction, asked.amount, "rejection"));
    OWED_TRY(const auto* entity, context.books.entity(resolved.item.entity));
    const auto terms = terms_of(tx, asked.deduction);
    if (!terms || !terms->source)
        return fail(Errc::invalid_argument, detail::shown(resolved.item) + " does not say what it was split off", {}, "charge it back");
    OWED_TRY(auto source, detail::load_item(tx, *terms->source));
    auto draft = detail::settling(tx, *entity, act, std::move(resolved.item), resolved.units, {{source.account, resolved.units}});
    draft.entry.lines.front().item = source.id;
    draft.entry.posting_date = std::max(draft.entry.posting_date,
                                        detail::earliest_day_with_room(tx, source, resolved.units, asked.instruction.date));
    source.written_off = false;
    draft.items.push_back(std::move(source));
    return detail::carry_out(tx, context, draft);
}

Result<PostedItem> charge_back(store::Tx& tx, const Context& context, const ChargeBack& asked) {
    const auto act = detail::act_of("chargeback", asked.deduction, asked.amount, asked.instruction, asked.document + "/" + to_text(asked.due_date));
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return detail::item_opened_by(tx, *before);
    OWED_TRY(auto resolved, load_deduction(tx, asked.deduction, asked.amount, "chargeback"));
    OWED_TRY(const auto* entity, context.books.entity(resolved.item.entity));
    if (asked.document.empty()) return fail(Errc::invalid_argument, "the chargeback of " + detail::shown(resolved.item) + " has no number");
    const auto terms = terms_of(tx, asked.deduction);
    auto item = item_from(tx, *entity, ItemKind::chargeback, resolved.item, resolved.units, asked.instruction);
    item.document = asked.document;
    item.due_date = asked.due_date;
    item.account = detail::code_of(*entity, Role::receivable);
    return open_from(tx, context, *entity, act, std::move(resolved.item), resolved.units, std::move(item),
                     terms ? terms->reason_code : std::string{}, asked.deduction);
}

}  // namespace owed::ledger
