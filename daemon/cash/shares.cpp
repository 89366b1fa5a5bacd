// A decision's shares as applications in the ledger.
#include <algorithm>

#include "cash/detail/rows.hpp"
#include "ledger/erp_open.hpp"

namespace owed::cash::detail {
namespace {

/// Applications between the same two items may be undone and made again: each is an event of its own.
std::int64_t times_applied(store::Db& db, OpenItemId credit, OpenItemId debit) {
    auto row = db.query("SELECT count(*) FROM application WHERE credit = ? AND debit = ?");
    return row.bind(credit.value, debit.value).step() ? row.integer(0) : 0;
}

/// `first`: the credit came in with this transaction, so nothing was applied of it before.
Status apply_once(store::Tx& tx, const ledger::Context& context, const ledger::Entity& entity, ledger::Apply application, bool first = false) {
    application.event_key = "apply/" + std::to_string(application.credit.value) + "/" + std::to_string(application.debit.value) + "/" +
                            std::to_string(first ? 0 : times_applied(tx, application.credit, application.debit));
    OWED_TRY(const auto applied, ledger::apply(tx, context, application));
    if (entity.authority == ledger::Authority::erp && !applied.posted.repeated) return ledger::flag_in_flight(tx, applied.application, true);
    return {};
}

struct Step {
    OpenItemId credit;
    const ProposedItem* debit;
    std::int64_t units = 0;
    bool last = false;      ///< of its document: carries discount, tolerance, charges, deduction
};

Status post_step(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, const Step& step, const By& by, Date date) {
    const auto currency = step.debit->amount.currency();
    ledger::Apply application{.credit = step.credit, .debit = step.debit->item, .amount = Money::minor(step.units, currency), .discount = {},
                              .date = date, .stage = by.stage, .confidence = by.confidence, .reason = by.reason, .by = by.by,
                              .cause = {by.cause_kind, row.receipt.number}, .event_key = {}};
    application.credit_amount = step.debit->takes;
    if (step.last) {
        const auto part = [&](std::int64_t units) { return units == 0 ? std::nullopt : std::optional{Money::minor(units, currency)}; };
        application.discount = part(step.debit->discount);
        application.tolerance = part(step.debit->tolerance);
        application.bank_charge = part(step.debit->bank_charge);
        application.withholding = part(step.debit->withholding);
        if (step.debit->deduction > 0)
            application.deduction = ledger::DeductionPart{Money::minor(step.debit->deduction, currency),
                                                          step.debit->reason.empty() ? "unknown" : step.debit->reason};
    }
    OWED_TRY(const auto* entity, context.books.entity(row.receipt.entity));
    return apply_once(tx, context, *entity, std::move(application), row.unposted && step.credit == row.receipt.id);
}

}  // namespace

Status post_application(store::Tx& tx, const ledger::Context& context, ledger::Apply application) {
    const auto debit = ledger::item(tx, application.debit);
    if (!debit) return fail(Errc::not_found, "there is no open item " + std::to_string(application.debit.value));
    OWED_TRY(const auto* entity, context.books.entity(debit->entity));
    return apply_once(tx, context, *entity, std::move(application));
}

Status unapply_for_good(store::Tx& tx, const ledger::Context& context, const ledger::Application& application, const Undoing& how) {
    OWED_TRY([[maybe_unused]] auto posted, ledger::unapply(tx, context, application.id, how.date, how.cause, how.reason, how.by));
    for (const auto item : {application.credit, application.debit})
        OWED_TRY_VOID(ledger::reapply_adjustments(tx, context, item, how.date, how.cause, how.reason, how.by));
    return {};
}

Status post_shares(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, const std::vector<ProposedItem>& shares, const By& by,
                   Date date) {
    struct Credit {
        OpenItemId item;
        std::int64_t left;
    };
    std::vector<Credit> credits;
    for (const auto& share : shares)
        if (share.amount.is_negative()) credits.push_back({share.item, -share.amount.units()});
    auto of_receipt = row.receipt.unapplied.units();
    std::vector<Step> steps;
    for (const auto& share : shares) {
        if (share.amount.is_negative()) continue;
        if (share.takes) {   // in the item's currency, and only ever from the receipt
            steps.push_back({row.receipt.id, &share, share.amount.units(), true});
            of_receipt -= share.takes->units();
            continue;
        }
        auto left = share.amount.units();
        for (auto& credit : credits) {
            const auto part = std::min(left, credit.left);
            if (part <= 0) continue;
            steps.push_back({credit.item, &share, part, false});
            credit.left -= part;
            left -= part;
        }
        if (left > 0) steps.push_back({row.receipt.id, &share, left, false});
        of_receipt -= left + std::max<std::int64_t>(-share.tolerance, 0);
        if (!steps.empty() && steps.back().debit == &share) steps.back().last = true;
    }
    if (of_receipt < 0) {
        // Currencies are said before sums (docs/reference/checks.md); what fits is told the same by the ledger.
        for (const auto& share : shares)
            if (const auto item = ledger::item(tx, share.item); item && item->residual.currency() != row.receipt.amount.currency())
                return fail(Errc::currency_mismatch, "receipt " + row.receipt.number + " is in " + std::string{row.receipt.amount.currency().text()} + ", " + share.document +
                                                         " in " + std::string{item->residual.currency().text()});
        return fail(Errc::application_exceeds_residual, "receipt " + row.receipt.number + " has " + to_text(row.receipt.unapplied) +
                                                            " left; " + to_text(Money::minor(row.receipt.unapplied.units() - of_receipt, row.receipt.amount.currency())) +
                                                            " was to be applied");
    }
    for (const auto& step : steps) OWED_TRY_VOID(post_step(tx, context, row, step, by, date));
    return {};
}

ReceiptFacts facts_of(const ReceiptRow& row) {
    return {.item = row.receipt.id, .entity = row.receipt.entity, .amount = row.receipt.unapplied, .value_date = row.receipt.value_date,
            .customer = row.receipt.customer, .person_said = row.person_said, .payer_name = row.receipt.payer_name, .payer_account = row.receipt.payer_account,
            .code = row.code, .text = row.text, .references = row.references, .bank_reference = row.receipt.bank_reference,
            .end_to_end_id = row.end_to_end_id, .asked_before = !row.receipt.question.empty()};
}

Result<Date> today_of(const ledger::Context& context, const std::string& entity) {
    OWED_TRY(const auto* found, context.books.entity(entity));
    return found->today(context.clock.now());
}

Status identify(store::Tx& tx, const ledger::Context& context, const ReceiptRow& row, CustomerId customer, Date date, const std::string& reason) {
    if (row.receipt.customer == customer) return {};
    OWED_TRY([[maybe_unused]] auto posted, ledger::identify_receipt(tx, context, row.receipt.id, customer, date,
                                                                   {"cash", row.receipt.number}, reason));
    return {};
}

}  // namespace owed::cash::detail
