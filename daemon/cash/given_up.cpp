// Readings that no run carries out: a document that was written off, and one in another currency.
#include <algorithm>

#include "cash/detail/foreign.hpp"
#include "cash/detail/limits.hpp"
#include "cash/detail/matcher.hpp"
#include "cash/detail/rows.hpp"
#include "ledger/rates.hpp"

namespace owed::cash::detail {

const Mention* Matcher::written_off_mention() const {
    const auto found = std::find_if(settled_.begin(), settled_.end(), [](const Mention& one) { return one.item.written_off && one.ppm <= named_strongly; });
    return found == settled_.end() ? nullptr : &*found;
}

/// The claim was given up and is one all the same (DOMAIN section 11): it is recovered first, and the money is its payment then.
void Matcher::try_written_off() {
    const auto* lost = written_off_mention();
    if (lost == nullptr) return;
    const auto id = std::to_string(lost->item.item.value);
    auto why = std::string{where_of(lost->how)} + " names " + name_of(lost->item) + ", which was written off; owectl recover #" + id + " " + to_text(receipt_.amount) +
               " makes it owed again";
    consider({.stage = written_off_stage, .items = {}, .fit = Fit{FitKind::over, {}, receipt_.amount.units(), 0}, .doubt = {}, .how = lost->how,
              .customer = lost->item.customer, .why = std::move(why), .at_least_ppm = only_proposed}, lost->ppm);
}

namespace {

/// Shares of `whole` by the parts' sizes; the last takes the rest.
std::vector<Money> shared_out(Money whole, const std::vector<ProposedItem>& items) {
    std::int64_t sum = 0, given = 0;
    for (const auto& item : items) sum += item.amount.units();
    std::vector<Money> shares;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto part = i + 1 == items.size() ? whole.units() - given
                                                : static_cast<std::int64_t>(static_cast<__int128>(whole.units()) * items[i].amount.units() / sum);
        given += part;
        shares.push_back(Money::minor(part, whole.currency()));
    }
    return shares;
}

}  // namespace

std::optional<Proposal> foreign_proposal(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher) {
    const auto& named = matcher.foreign_mentions();
    if (named.empty()) return {};
    const auto& first = named.front().item;
    const auto tie = matcher.payer().tie_to(first.customer);
    Proposal proposal;
    proposal.customer = first.customer;
    proposal.stage = foreign_stage;
    proposal.doubt_ppm = tie <= Tie::relation ? 100'000 : 300'000;
    if (const auto view = lookup.customer(first.customer)) proposal.customer_number = view->number;
    std::string names;
    for (const auto& one : named) {
        if (one.item.customer != first.customer || one.item.currency != first.currency) continue;
        names += (names.empty() ? "" : ", ") + name_of(one.item);
        proposal.items.push_back({.item = one.item.item, .document = name_of(one.item), .amount = Money::minor(one.item.residual, one.item.currency), .takes = receipt.amount});
    }
    const auto shares = shared_out(receipt.amount, proposal.items);
    for (std::size_t i = 0; i < shares.size(); ++i) proposal.items[i].takes = shares[i];
    proposal.confidence = 100 - static_cast<int>(proposal.doubt_ppm / 10'000);
    proposal.evidence.push_back("the payer names " + names + ", in " + std::string{first.currency.text()} + ", and paid in " + std::string{receipt.amount.currency().text()});
    if (tie != Tie::another) (tie == Tie::unknown ? proposal.against : proposal.evidence).push_back("the payer " + Payer::say(tie));
    else proposal.against.push_back("the payer is known as another customer");
    return proposal;
}

void price_foreign(store::Db& db, const ReceiptRow& row, Proposal& proposal) {
    if (proposal.stage != foreign_stage || proposal.items.empty()) return;
    const auto currency = proposal.items.front().amount.currency();
    auto open = Money::zero(currency);
    for (const auto& item : proposal.items) open = Money::minor(open.units() + item.amount.units(), currency);
    const auto paid = row.receipt.unapplied;
    const auto day = row.receipt.value_date;
    const auto worth = ledger::convert(db, open, paid.currency(), ledger::RateType::spot, day);
    if (!worth) {
        proposal.against.push_back(worth.error().what);
        return;
    }
    const auto ordered = instructed(db, row);
    const bool in_its_currency = ordered && ordered->currency() == currency;
    proposal.evidence.push_back(shown(open) + " open are worth " + shown(worth->amount) + " on " + to_text(day) + " (" + worth->rate + ")");
    if (in_its_currency) proposal.evidence.push_back("the payer ordered " + shown(*ordered));
    auto& last = proposal.items.back();
    if ((in_its_currency && *ordered == open) || is_near(paid.units(), worth->amount.units())) {
        // The whole of it: what the rate made of the money is a realised difference.
    } else if (paid.units() > worth->amount.units()) {
        const auto shares = shared_out(worth->amount, proposal.items);
        for (std::size_t i = 0; i < shares.size(); ++i) proposal.items[i].takes = shares[i];
        proposal.against.push_back(shown(Money::minor(paid.units() - worth->amount.units(), paid.currency())) + " more than that was paid");
    } else if (proposal.items.size() == 1) {
        auto part = in_its_currency ? *ordered : open;
        if (!in_its_currency)
            if (const auto of_paid = ledger::convert(db, paid, currency, ledger::RateType::spot, day)) part = of_paid->amount;
        last.amount = Money::minor(std::min(part.units(), open.units()), currency);
        proposal.against.push_back(shown(open) + " is open, " + shown(last.amount) + " of it would be paid");
    } else {
        proposal.against.push_back("less than that was paid");
    }
    for (const auto& item : proposal.items)
        proposal.evidence.push_back("owectl cash apply " + row.receipt.number + " " + item.document + "=" + to_text(item.amount) + ",takes=" + to_text(*item.takes));
}

}  // namespace owed::cash::detail
