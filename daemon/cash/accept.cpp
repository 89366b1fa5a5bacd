// A person takes a proposal as it stands.
#include <algorithm>

#include "cash/detail/learned.hpp"
#include "cash/detail/limits.hpp"
#include "cash/detail/rows.hpp"
#include "ledger/item_terms.hpp"

namespace owed::cash {

using detail::ReceiptRow;

namespace {

std::string shown(std::int64_t units, Currency currency) { return to_text(Money::minor(units, currency)) + " " + std::string{currency.text()}; }

Result<Proposal> proposal_at(const ReceiptRow& row, std::int64_t number) {
    const auto& proposals = row.receipt.proposals;
    const auto at = std::find_if(proposals.begin(), proposals.end(), [&](const Proposal& one) { return one.number == number; });
    if (at != proposals.end()) return *at;
    const auto there = proposals.empty() ? std::string{"no proposal"} : "proposals 1 to " + std::to_string(proposals.size());
    return fail(Errc::invalid_argument, row.receipt.number + " has " + there + ", and no number " + std::to_string(number), "proposal", "see owectl cash pending");
}

/// By how much a share closes its item.
std::int64_t closed_by(const ProposedItem& share) {
    return share.amount.units() + share.discount + share.bank_charge + share.withholding + share.deduction + std::max<std::int64_t>(share.tolerance, 0);
}

/// Each item has what the proposal takes of it, still.
Result<std::vector<ledger::Item>> open_still(store::Db& db, const Proposal& proposal) {
    std::vector<ledger::Item> items;
    for (const auto& share : proposal.items) {
        auto item = ledger::item(db, share.item);
        const auto closed = closed_by(share);
        const bool credit = share.amount.is_negative();
        if (!item || item->residual.is_zero())
            return fail(Errc::item_not_open, share.document + " has been paid since it was proposed: nothing of it is open", "proposal", "see owectl cash pending");
        if (item->residual.is_negative() != credit || std::abs(closed) > item->residual.absolute().units())
            return fail(Errc::application_exceeds_residual, share.document + " was paid in part since it was proposed: " + shown(item->residual.units(), item->residual.currency()) +
                                                                " is open, " + shown(closed, share.amount.currency()) + " was to be closed", "proposal", "see owectl cash pending");
        items.push_back(std::move(*item));
    }
    return items;
}

/// What a share may let go, by today's settings. Rounding leaves a unit an item, as proposals have it.
struct Allowed {
    std::int64_t discount = 0, tolerance = 0, bank_charge = 0, withholding = 0;
};

Result<Allowed> allowed(store::Db& db, const ReceiptRow& row, const std::vector<ledger::Item>& items, const Settings& settings) {
    const auto day = row.receipt.value_date;
    const auto currency = row.receipt.amount.currency();
    Allowed most{.bank_charge = detail::limit_of(settings.bank_fee_max, currency) - detail::charged_to(db, row.receipt.id, currency)};
    const auto grace = settings.accept_late_discount ? settings.discount_grace_days : 0;
    for (const auto& item : items) {
        const auto open = item.residual.units();
        if (open <= 0) continue;
        const auto before = detail::let_go_of(db, item.id);
        most.tolerance += std::max<std::int64_t>(detail::tolerance_of(settings, item.residual) - before.tolerance, 0);
        std::int64_t best = 0;
        if (const auto terms = ledger::terms_of(db, item.id))
            for (const auto& tier : terms->discounts)
                if (day <= tier.until.plus_days(grace)) best = std::max(best, tier.amount.units());
        most.discount += best > 0 ? std::max<std::int64_t>(best + 1 - before.discount, 0) : 0;
        const auto who = item.customer ? parties::find(db, *item.customer) : std::nullopt;
        const auto rate = who ? settings.withholding_percent.find(who->customer.address.country) : settings.withholding_percent.end();
        if (rate != settings.withholding_percent.end()) most.withholding += detail::percent_of(rate->second, item.residual) + 1;
    }
    return most;
}

/// What was within the limits when it was proposed may be beyond them today, and a person alone gives no more away.
Status within_limits(store::Db& db, const ReceiptRow& row, const Proposal& proposal, const std::vector<ledger::Item>& items, const Settings& settings) {
    Allowed asked;
    for (const auto& share : proposal.items) {
        asked.discount += std::max<std::int64_t>(share.discount, 0);
        asked.tolerance += std::abs(share.tolerance);
        asked.bank_charge += share.bank_charge;
        asked.withholding += share.withholding;
    }
    const auto currency = row.receipt.amount.currency();
    OWED_TRY(const auto most, allowed(db, row, items, settings));
    const auto refuse = [&](const char* what, std::int64_t units, std::int64_t limit, const char* setting) -> Status {
        return fail(Errc::refused, std::string{what} + " of " + shown(units, currency) + " is more than the " + shown(limit, currency) + " that are allowed", "proposal",
                    std::string{setting} + "; or apply the money alone: owectl cash apply " + row.receipt.number + " ITEM=AMOUNT");
    };
    for (const auto& share : proposal.items) {
        const auto why = share.takes ? detail::against_the_rate(db, share.amount, *share.takes, row.receipt.value_date) : std::string{};
        if (!why.empty())
            return fail(Errc::refused, to_text(*share.takes) + " " + std::string{currency.text()} + " would pay " + shown(share.amount.units(), share.amount.currency()) + " of " +
                                           share.document + "; " + why, "proposal",
                        "owectl cash apply " + row.receipt.number + " " + share.document + "=" + to_text(share.amount) + ",takes=" + to_text(*share.takes) + ", which a second person decides");
    }
    if (asked.bank_charge > most.bank_charge) return refuse("a bank's charge", asked.bank_charge, most.bank_charge, "cash: bank_fee_max is the limit");
    if (asked.tolerance > most.tolerance) return refuse("a difference", asked.tolerance, most.tolerance, "cash: tolerance_percent and tolerance_max are the limits");
    if (asked.withholding > most.withholding) return refuse("a withheld tax", asked.withholding, most.withholding, "cash: withholding_percent of the customer's country is the limit");
    if (asked.discount > most.discount) return refuse("a discount", asked.discount, most.discount, "the items' offers on the value date are the limit");
    return {};
}

/// "INV-1=1988.00 with a bank's charge of 12.00, CM-2=-80.00"
std::string listed(const Proposal& proposal) {
    std::string text;
    for (const auto& share : proposal.items) {
        text += (text.empty() ? "" : ", ") + share.document + "=" + to_text(share.amount);
        const auto part = [&](const char* what, std::int64_t units) {
            if (units != 0) text += std::string{" with "} + what + " of " + to_text(Money::minor(units, share.amount.currency()));
        };
        part("a discount", share.discount);
        part("a tolerance", share.tolerance);
        part("a bank's charge", share.bank_charge);
        part("withheld tax", share.withholding);
        part("a deduction", share.deduction);
    }
    return text.empty() ? "nothing is paid by it, it stays on the customer's account" : text;
}

/// The advice that it was read from found its receipt: it speaks for no other one.
void join_advice(store::Tx& tx, const ReceiptRow& row, const Proposal& proposal) {
    if (proposal.stage != "remittance_advice") return;
    std::vector<std::int64_t> fitting;
    {
        auto rows = tx.query("SELECT id, lines FROM cash_advice WHERE receipt IS NULL AND entity = ? AND currency = ? AND amount = ? ORDER BY id");
        rows.bind(row.receipt.entity, row.receipt.amount.currency().text(), row.receipt.amount.units());
        while (rows.step()) {
            const auto lines = detail::advice_lines_from_json(rows.text_view(1));
            const bool same = lines.size() == proposal.items.size() && std::all_of(lines.begin(), lines.end(), [&](const AdviceLine& line) {
                return std::any_of(proposal.items.begin(), proposal.items.end(), [&](const ProposedItem& item) { return ledger::document_key(item.document) == ledger::document_key(line.document); });
            });
            if (same) fitting.push_back(rows.integer(0));
        }
    }
    if (fitting.size() == 1) tx.query("UPDATE cash_advice SET receipt = ? WHERE id = ?").bind(row.receipt.id.value, fitting.front()).run();
}

}  // namespace

Status accept_by_hand(store::Tx& tx, const ledger::Context& context, const audit::Actor& by, std::string_view receipt, std::int64_t number,
                      const Settings& settings) {
    OWED_TRY(const auto row, detail::open_receipt(tx, receipt));
    OWED_TRY(const auto date, detail::today_of(context, row.receipt.entity));
    OWED_TRY(const auto proposal, proposal_at(row, number));
    OWED_TRY(const auto items, open_still(tx, proposal));
    OWED_TRY_VOID(within_limits(tx, row, proposal, items, settings));
    const auto customer = row.receipt.customer ? row.receipt.customer : proposal.customer;
    if (!customer) return fail(Errc::wrong_customer, "the proposal names no customer", "proposal", "owectl cash identify " + row.receipt.number + " CUSTOMER");
    const auto reason = audit::to_text(by) + " accepted the proposal" + (proposal.evidence.empty() ? std::string{} : ": " + proposal.evidence.front());
    OWED_TRY_VOID(detail::identify(tx, context, row, *customer, date, reason));
    OWED_TRY_VOID(detail::post_shares(tx, context, row, proposal.items, {"manual", reason, audit::to_text(by), "person", 100}, date));
    join_advice(tx, row, proposal);
    std::vector<OpenItemId> paid;
    for (const auto& share : proposal.items) paid.push_back(share.item);
    OWED_TRY_VOID(detail::teach_items(tx, context, by, row, paid, settings));
    // As proposed: what is left is the customer's credit, and no run looks for another use of it.
    const bool leaves = ledger::item(tx, row.receipt.id)->residual.units() != 0;
    detail::update(tx, row, {}, {}, leaves ? std::optional{State::on_account} : std::nullopt);
    return detail::audit_by_hand(tx, context, by, row, "cash.accept", "accepted as proposed: " + listed(proposal));
}

}  // namespace owed::cash
