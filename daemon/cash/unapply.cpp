// Taking an application back: all that comes back or vanishes is said before, with its figures.
#include <algorithm>
#include <set>

#include "cash/detail/rows.hpp"
#include "ledger/erp_open.hpp"
#include "ledger/instalments.hpp"
#include "ledger/item_terms.hpp"
#include "ledger/standing.hpp"

namespace owed::cash {
namespace {

/// The document's residual when it is undone: what the application closed is open again, and so is what follows from it.
Result<Money> open_after(store::Db& db, const ledger::Application& application, const ledger::Item& debit) {
    auto units = debit.residual.units() + ledger::closed_of_debit(application).units();
    std::set<EntryId> seen;
    for (const auto& one : ledger::what_follows(db, application.id)) {
        if (!seen.insert(one.entry).second) continue;
        OWED_TRY(const auto entry, ledger::journal_entry(db, one.entry));
        for (const auto& line : entry.entry.lines)
            if (line.item == debit.id) units -= line.amount.units();
    }
    return Money::minor(units, debit.residual.currency());
}

void add_deduction(store::Db& db, const ledger::Application& application, UnapplyPreview& preview) {
    if (!application.deduction_item) return;
    preview.deduction_item = application.deduction_item;
    if (const auto item = ledger::item(db, *application.deduction_item)) {
        preview.deduction_document = item->document;
        preview.deduction_state = std::string{ledger::state_of(*item)};
    }
    if (const auto terms = ledger::terms_of(db, *application.deduction_item)) preview.deduction_reason = terms->reason_code;
}

/// What the application closed besides the money.
void say_parts(const UnapplyPreview& preview, std::vector<std::string>& say) {
    const auto part = [&](const std::optional<Money>& amount, const std::string& what) {
        if (amount && amount->is_positive()) say.push_back(what + shown(*amount));
    };
    if (preview.discount_withdrawn) say.push_back("the discount of " + shown(*preview.discount_withdrawn) + " is withdrawn");
    if (preview.tolerance && preview.tolerance->is_negative())
        say.push_back("the gain of " + shown(preview.tolerance->absolute()) + ", paid too much and kept, goes back with the money");
    part(preview.tolerance, "let go within the tolerance and owed again: ");
    part(preview.bank_charge, "taken as a bank's charge and owed again: ");
    part(preview.withholding, "taken as withheld tax and owed again: ");
    part(preview.write_off, "written off and owed again: ");
    if (preview.deduction)
        say.push_back("the deduction " + preview.deduction_document + " of " + shown(*preview.deduction) + " (" + preview.deduction_reason +
                      ", " + preview.deduction_state + ") vanishes; its amount is owed on " + preview.document + " again");
}

}  // namespace

Result<UnapplyPreview> unapply_preview(store::Db& db, const ledger::Context& context, ApplicationId application) {
    const auto found = ledger::application(db, application);
    if (!found) return fail(Errc::not_found, "there is no application " + std::to_string(application.value), {}, "see owectl applications");
    if (found->undone)
        return fail(Errc::application_already_undone, "application " + std::to_string(application.value) + " was undone on " + to_text(*found->undone));
    const auto debit = ledger::item(db, found->debit);
    OWED_CHECK(debit.has_value(), "an application has its document");
    OWED_TRY(auto today, detail::today_of(context, found->entity));
    OWED_TRY(const auto after, open_after(db, *found, *debit));
    UnapplyPreview preview{.application = application, .receipt = found->credit_document.empty() ? detail::number_of(found->credit) : found->credit_document,
                           .document = found->debit_document, .amount = found->amount, .goes_back = found->credit_amount.value_or(found->amount),
                           .residual_after = after, .discount_withdrawn = found->discount, .tolerance = found->tolerance,
                           .bank_charge = found->bank_charge, .withholding = found->withholding, .write_off = found->write_off, .deduction = found->deduction,
                           .overdue_again = debit->due_date < today, .sentences = {}};
    add_deduction(db, *found, preview);
    auto& say = preview.sentences;
    say.push_back(shown(preview.goes_back) + " go back to " + preview.receipt + ", which then waits for a person");
    say.push_back(preview.document + " is open again with " + shown(preview.residual_after) + ", due " + to_text(debit->due_date));
    say_parts(preview, say);
    if (preview.overdue_again) say.push_back(preview.document + " is past due again, and dunning resumes where it stood");
    for (const auto& other : ledger::applications(db, {}, found->credit))
        if (!other.undone && other.id != application && other.credit == found->credit)
            say.push_back("application " + std::to_string(other.id.value) + " of the same receipt to " + other.debit_document + " stays");
    return preview;
}

namespace {

/// What the payer wrote himself is still what he may have meant: a proposal, and while it is asked about nobody is chased for it.
std::vector<Proposal> named_by_payer(store::Db& db, const detail::ReceiptRow& row, const std::string& against) {
    if (!row.receipt.customer) return {};
    Proposal proposal;
    proposal.customer = row.receipt.customer;
    auto left = row.receipt.unapplied.units();
    for (const auto& key : document_keys_in(row.text))
        for (const auto& item : ledger::find_by_document(db, row.receipt.entity, key)) {
            const bool known = std::any_of(proposal.items.begin(), proposal.items.end(), [&](const auto& one) { return one.item == item.id; });
            if (known || item.customer != row.receipt.customer || item.residual.currency() != row.receipt.amount.currency()) continue;
            const auto part = std::min(left, item.residual.units());
            if (part <= 0) continue;
            proposal.items.push_back({.item = item.id, .document = ledger::number_of(item), .amount = Money::minor(part, item.residual.currency())});
            left -= part;
        }
    if (proposal.items.empty()) return {};
    if (const auto who = parties::find(db, *row.receipt.customer)) proposal.customer_number = who->customer.number;
    proposal.confidence = 50;
    proposal.doubt_ppm = 500'000;
    proposal.stage = "document_number";
    proposal.evidence = {"the remittance text names " + proposal.items.front().document + (proposal.items.size() > 1 ? " and more" : "")};
    proposal.against = {against};
    return {proposal};
}

}  // namespace

Status unapply_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, ApplicationId application,
                       const std::string& why) {
    const auto found = ledger::application(tx, application);
    if (!found) return fail(Errc::not_found, "there is no application " + std::to_string(application.value), {}, "see owectl applications");
    const auto row = detail::row(tx, found->credit);
    OWED_TRY(auto date, detail::today_of(context, found->entity));
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
    if (row) {
        const auto undone = "application " + std::to_string(application.value) + " was undone: " + reason;
        const auto now = detail::row(tx, found->credit);
        detail::update(tx, *row, undone, named_by_payer(tx, *now, undone), State::on_account);
    }
    return audit::append(tx, context.clock, act);
}

}  // namespace owed::cash
