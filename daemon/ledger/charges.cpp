#include "ledger/charges.hpp"

#include "ledger/detail/acts.hpp"
#include "ledger/rates.hpp"

namespace owed::ledger {
namespace {

/// net + input tax / `from`, in the currency of the gross amount and worth `functional`.
Result<Posted> post_fee(store::Tx& tx, const Context& context, const char* act, const Entity& entity, Money gross, Money functional,
                        const std::optional<Money>& tax, Role expense, const std::string& from, const Instruction& instruction) {
    if (!gross.is_positive()) return fail(Errc::invalid_argument, std::string{act} + " of " + detail::shown(gross) + " is not positive");
    if (functional.currency() != entity.currency || (tax && tax->currency() != gross.currency()))
        return fail(Errc::currency_mismatch, std::string{act} + " of " + detail::shown(gross) + ": entity \"" + entity.id + "\" books in " +
                                                 std::string{entity.currency.text()});
    if (tax && (tax->is_negative() || tax->units() > gross.units()))
        return fail(Errc::invalid_argument, std::string{act} + ": tax " + detail::shown(*tax) + " is not a part of " + detail::shown(gross));
    const auto input_tax = tax ? tax->units() : 0;
    std::vector<Line> lines;
    const auto add = [&](const std::string& account, std::int64_t units, std::int64_t worth) {
        if (units != 0) lines.push_back({account, Money::minor(units, gross.currency()), Money::minor(worth, entity.currency), {}});
    };
    const auto tax_worth = input_tax == 0 ? 0 : detail::pro_rata(functional.units(), input_tax, gross.units());
    add(detail::code_of(entity, expense), gross.units() - input_tax, functional.units() - tax_worth);
    add(detail::code_of(entity, Role::input_tax), input_tax, tax_worth);
    add(from, -gross.units(), -functional.units());
    return detail::post_lines(tx, context, act, entity, instruction, std::move(lines));
}

Instruction derived(const Instruction& from, const char* suffix) {
    auto made = from;
    made.event_key += suffix;
    return made;
}

/// What left a bank account, at the rate of its day.
Result<Posted> post_from_bank(store::Tx& tx, const Context& context, const char* act, const BankCharge& asked, Role to) {
    OWED_TRY(const auto* entity, context.books.entity(asked.entity));
    auto worth = asked.amount;
    auto instruction = asked.instruction;
    if (asked.amount.is_positive() && asked.amount.currency() != entity->currency) {
        OWED_TRY(auto converted, convert(tx, asked.amount, entity->currency, RateType::spot, instruction.date));
        worth = converted.amount;
        instruction.reason += " (" + converted.rate + ")";
    }
    return post_fee(tx, context, act, *entity, asked.amount, worth, asked.tax, to, asked.bank_gl, instruction);
}

constexpr const char* outgoing_act = "outgoing";

}  // namespace

Result<Posted> post_bank_charge(store::Tx& tx, const Context& context, const BankCharge& asked) {
    return post_from_bank(tx, context, "bank_charge", asked, Role::bank_charges);
}

Result<Posted> post_outgoing(store::Tx& tx, const Context& context, const OutgoingPayment& asked) {
    const BankCharge payment{.entity = asked.entity, .amount = asked.amount, .bank_gl = asked.bank_gl, .instruction = asked.instruction};
    return post_from_bank(tx, context, outgoing_act, payment, Role::suspense);
}

Result<Posted> charge_outgoing(store::Tx& tx, const Context& context, const OutgoingCharge& asked) {
    OWED_TRY(const auto outgoing, detail::load_entry(tx, asked.outgoing));
    if (outgoing.act != outgoing_act)
        return fail(Errc::invalid_argument, "journal entry " + std::to_string(asked.outgoing.value) + " (" + outgoing.act + ") is no payment that nobody ordered");
    OWED_TRY_VOID(detail::check_not_reversed(tx, asked.outgoing));
    OWED_TRY(const auto* entity, context.books.entity(outgoing.entity));
    const auto& suspense = detail::code_of(*entity, Role::suspense);
    std::vector<Line> lines;
    for (const auto& line : detail::lines_of(tx, outgoing.id)) {
        if (line.account != suspense || line.amount < 0) continue;
        const auto amount = Money::minor(line.amount, detail::currency_of(line.currency)), worth = Money::minor(line.functional, entity->currency);
        lines = {{detail::code_of(*entity, Role::bank_charges), amount, worth, {}}, {suspense, amount.negated(), worth.negated(), {}}};
    }
    return detail::post_lines(tx, context, "outgoing_charged", *entity, asked.instruction, std::move(lines));
}

Result<Posted> post_agency_fee(store::Tx& tx, const Context& context, const AgencyFee& asked) {
    OWED_TRY(const auto* entity, context.books.entity(asked.entity));
    return post_fee(tx, context, "agency_fee", *entity, asked.fee_and_tax, asked.fee_and_tax, asked.tax, Role::agency_fees,
                    detail::code_of(*entity, Role::agency_payable), asked.instruction);
}

Result<PostedReturn> post_returned_payment(store::Tx& tx, const Context& context, const ReturnedPayment& asked) {
    const auto& instruction = asked.instruction;
    OWED_TRY(const auto receipt, detail::load_item(tx, asked.receipt));
    if (asked.rebilled && !receipt.customer)
        return fail(Errc::wrong_customer, detail::shown(receipt) + " is nobody's, and its return fee cannot be billed");
    PostedReturn out{};
    OWED_TRY(out.posted, return_receipt(tx, context, asked.receipt, instruction.date, asked.bank_gl, instruction.cause, instruction.reason,
                                        instruction.event_key));
    out.chargeback = detail::opened_by(tx, out.posted.entry);
    if (asked.bank_fee) {
        OWED_TRY(out.bank_fee, post_bank_charge(tx, context, {.entity = receipt.entity,
                                                              .amount = *asked.bank_fee,
                                                              .bank_gl = asked.bank_gl,
                                                              .instruction = derived(instruction, "/fee")}));
    }
    if (asked.rebilled) {
        const PostDocument fee{.entity = receipt.entity,
                               .customer = receipt.customer,
                               .kind = ItemKind::finance_charge,
                               .document = asked.rebilled->document,
                               .document_date = instruction.date,
                               .due_date = asked.rebilled->due_date,
                               .posting_date = instruction.date,
                               .amount = asked.rebilled->amount,
                               .tax = asked.rebilled->tax,
                               .cause = instruction.cause,
                               .reason = "fee for the return of " + receipt.document + ": " + instruction.reason,
                               .event_key = instruction.event_key + "/rebilled"};
        OWED_TRY(out.rebilled, post_document(tx, context, fee));
    }
    return out;
}

Result<Posted> waive(store::Tx& tx, const Context& context, const Waive& asked) {
    store::RowHash hash;
    hash.add("waiver").add(asked.charge.value).add(asked.amount ? asked.amount->units() : std::int64_t{0});
    const detail::Act act{"waiver", asked.instruction, hash.add(std::int64_t{asked.instruction.date.days()}).bytes()};
    OWED_TRY(auto before, detail::begin(tx, act));
    if (before) return *before;
    OWED_TRY(auto item, detail::load_item(tx, asked.charge));
    OWED_TRY(const auto* entity, context.books.entity(item.entity));
    if (item.kind != ItemKind::finance_charge)
        return fail(Errc::invalid_argument, detail::shown(item) + " is not a finance charge", {}, "other debits are credited or written off");
    OWED_TRY_VOID(detail::check_open_part(item, asked.amount, "a waiver"));
    const auto units = asked.amount ? asked.amount->units() : item.residual;
    const auto counters = detail::shared_out(detail::counters_of(tx, item), item.original - item.residual, units);
    auto draft = detail::settling(tx, *entity, act, std::move(item), units, counters);
    return detail::carry_out(tx, context, draft);
}

}  // namespace owed::ledger
