#include "true_books.hpp"

#include <algorithm>

#include "cash/detail/rows.hpp"
#include "world_files.hpp"

namespace owed::accuracy {
namespace {

/// What closes the document besides the money.
std::int64_t besides(const cash::ProposedItem& share) {
    return share.discount + share.bank_charge + share.withholding + std::max<std::int64_t>(share.tolerance, 0);
}

std::int64_t residual(store::Db& db, OpenItemId item) { return ledger::item(db, item)->residual.units(); }

/// A document takes no more than is open on it: the money first, then what closes it besides.
void fit_to(cash::ProposedItem& share, std::int64_t open, Currency in) {
    const auto cash = std::clamp<std::int64_t>(share.amount.units(), 0, std::max<std::int64_t>(open, 0));
    if (cash + besides(share) > open) share.discount = share.bank_charge = share.withholding = share.tolerance = 0;
    share.amount = Money::minor(cash, in);
}

void leave_on_account(store::Tx& tx, OpenItemId receipt) {
    const auto row = *cash::detail::row(tx, receipt);
    std::optional<cash::State> state;
    if (!row.receipt.unapplied.is_zero()) state = cash::State::on_account;
    cash::detail::update(tx, row, {}, {}, state);
}

}  // namespace

std::vector<cash::ProposedItem> true_shares(store::Db& db, const json::object& truth, const ByDocument& items) {
    const auto in = currency(text(truth, "currency"));
    const auto* meant = truth.if_contains("meant");
    std::vector<cash::ProposedItem> shares;
    for (const auto& entry : (meant != nullptr ? *meant : truth.at("applications")).as_array()) {
        const auto& row = entry.as_object();
        const auto item = items.find(text(row, "document"));
        if (item == items.end()) continue;
        cash::ProposedItem share{.item = item->second, .document = item->first, .amount = money(row, "amount", in), .discount = money(row, "discount", in).units()};
        const auto kept = money(row, "deduction", in).units();
        const auto reason = text(row, "reason");
        if (reason == "bank_fee") share.bank_charge = kept;
        if (reason == "withholding_tax") share.withholding = kept;
        if (reason == "tolerance") {
            // Paid too much by some cents: the document takes what it is, the cents are a gain.
            share.tolerance = kept;
            if (kept < 0) share.amount = Money::minor(share.amount.units() + kept, in);
        }
        shares.push_back(std::move(share));
    }
    // A credit memo is used up with it; nothing to do where it is gone.
    std::erase_if(shares, [&](const auto& share) { return share.amount.is_negative() && residual(db, share.item) >= 0; });
    return shares;
}

std::vector<OpenItemId> settled_by_others(store::Db& db, const std::vector<cash::ProposedItem>& shares, OpenItemId receipt) {
    std::vector<OpenItemId> found;
    for (const auto& share : shares) {
        if (!share.amount.is_positive() || residual(db, share.item) >= share.amount.units()) continue;
        for (const auto& one : ledger::applications(db, {}, share.item))
            if (!one.undone && one.debit == share.item && one.credit != receipt && std::find(found.begin(), found.end(), one.credit) == found.end())
                found.push_back(one.credit);
    }
    return found;
}

Status post_truth(store::Tx& tx, const ledger::Context& context, OpenItemId receipt, std::vector<cash::ProposedItem> shares, Date date) {
    const auto row = *cash::detail::row(tx, receipt);
    const auto in = row.receipt.amount.currency();
    auto left = row.receipt.unapplied.units();
    for (auto& share : shares)
        if (share.amount.is_negative()) {
            share.amount = Money::minor(std::max(share.amount.units(), residual(tx, share.item)), in);
            left -= share.amount.units();
        }
    for (auto& share : shares) {
        if (share.amount.is_negative()) continue;
        fit_to(share, residual(tx, share.item), in);
        const auto gain = std::max<std::int64_t>(-share.tolerance, 0);
        share.amount = Money::minor(std::min(share.amount.units(), std::max<std::int64_t>(left - gain, 0)), in);
        left -= share.amount.units() + gain;
    }
    std::erase_if(shares, [](const auto& share) { return share.amount.is_zero(); });
    OWED_TRY_VOID(cash::detail::post_shares(tx, context, row, shares, {"manual", "the clerk says so", "clerk", "person"}, date));
    leave_on_account(tx, receipt);
    return {};
}

Status undo_all(store::Tx& tx, const ledger::Context& context, OpenItemId receipt, Date date) {
    std::vector<ApplicationId> standing;
    {
        auto rows = tx.query("SELECT a.id FROM application a JOIN journal_entry e ON e.id = a.entry WHERE a.undone_on IS NULL AND "
                             "e.cause_kind = 'cash' AND e.cause_id = ? ORDER BY a.id DESC");
        rows.bind(cash::detail::number_of(receipt));
        while (rows.step()) standing.push_back(ApplicationId{rows.integer(0)});
    }
    for (const auto id : standing) {
        OWED_TRY([[maybe_unused]] auto undone, ledger::unapply(tx, context, id, date, {"person", std::to_string(id.value)}, "the clerk says so", "clerk"));
    }
    leave_on_account(tx, receipt);
    return {};
}

void pay_later_document(store::Tx& tx, const ledger::Context& context, OpenItemId receipt, OpenItemId document, Date date) {
    const auto row = *cash::detail::row(tx, receipt);
    const auto in = row.receipt.amount.currency();
    const auto units = std::min(row.receipt.unapplied.units(), residual(tx, document));
    if (units <= 0) return;
    const cash::ProposedItem share{.item = document, .document = {}, .amount = Money::minor(units, in)};
    if (const auto done = cash::detail::post_shares(tx, context, row, {share}, {"manual", "the clerk says so", "clerk", "person"}, date); !done)
        throw std::runtime_error{to_text(done.error())};
    leave_on_account(tx, receipt);
}

}  // namespace owed::accuracy
