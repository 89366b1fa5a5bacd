#include "cash/detail/decider.hpp"

#include <algorithm>
#include <charconv>

#include "cash/detail/matcher.hpp"

namespace owed::cash::detail {
namespace {

constexpr std::size_t items_max = 500;   ///< shown to the plugin

/// What the plugin may choose from: open items of the payer and his family, items named, items of this amount.
std::vector<ItemView> choice(const ReceiptFacts& receipt, const Lookup& lookup, const Reading& reading, const Payer& payer) {
    Lookup::Items items;
    for (const auto& likely : payer.likely())
        if (items.size() < items_max) lookup.open_of(likely.customer, items);
    for (const auto& token : reading.tokens) lookup.by_document(receipt.entity, token.key, items);
    lookup.by_amount(receipt.entity, receipt.amount, same_amount_max, items);
    std::erase_if(items, [&](const ItemView& item) { return item.currency != receipt.amount.currency() || item.residual == 0; });
    std::sort(items.begin(), items.end(), [](auto& a, auto& b) { return a.item < b.item; });
    items.erase(std::unique(items.begin(), items.end(), [](auto& a, auto& b) { return a.item == b.item; }), items.end());
    if (items.size() > items_max) items.resize(items_max);
    return items;
}

std::string number_of(const ReceiptFacts& receipt) { return "R-" + std::to_string(receipt.item.value); }

MatchQuestion question_of(const ReceiptFacts& receipt, const Lookup& lookup, const std::vector<ItemView>& items) {
    MatchQuestion question;
    question.as_of = receipt.value_date;
    auto& about = question.receipt;
    about.receipt = number_of(receipt);
    about.entity = receipt.entity;
    about.value_date = receipt.value_date;
    about.amount = Amount::of(receipt.amount);
    about.payer = {receipt.payer_name, receipt.payer_account, {}};
    if (receipt.customer)
        if (const auto view = lookup.customer(*receipt.customer)) about.customer = view->number;
    about.text = receipt.text;
    about.references = receipt.references;
    for (const auto& item : items) {
        OpenItem one;
        one.item = std::to_string(item.item.value);
        one.document = item.document;
        if (const auto view = lookup.customer(item.customer)) {
            one.customer = view->number;
            one.customer_name = view->name;
        }
        one.kind = item.original < 0 ? "credit_memo" : "invoice";
        one.document_date = item.document_date;
        one.due_date = item.due_date;
        one.original = Amount::of(Money::minor(item.original, item.currency));
        one.residual = Amount::of(Money::minor(item.residual, item.currency));
        one.order = item.order;
        one.payment_reference = item.payment_reference;
        question.items.push_back(std::move(one));
    }
    return question;
}

/// A proposal that passes the gates, and the weakest tie of the payer to its customers.
struct Checked {
    Proposal proposal;
    Tie tie = Tie::person;
};

void doubt_at_least(Proposal& proposal, std::int64_t ppm, std::string against) {
    proposal.doubt_ppm = std::max(proposal.doubt_ppm, ppm);
    if (!against.empty()) proposal.against.push_back(std::move(against));
}

/// The gates of our own readings (Matcher::consider), for items that another names.
void weigh(Checked& checked, const ReceiptFacts& receipt, const Lookup& lookup, const Reading& reading, const std::vector<ItemView>& items) {
    auto& proposal = checked.proposal;
    const auto is_proposed = [&](const ItemView& item) { return std::any_of(proposal.items.begin(), proposal.items.end(), [&](auto& one) { return one.item == item.item; }); };
    std::int64_t sum = 0;
    bool whole = true, exact_elsewhere = false;
    std::vector<CustomerId> customers;
    for (const auto& item : items) {
        if (!is_proposed(item)) {
            exact_elsewhere = exact_elsewhere || (item.customer == proposal.customer && item.residual == receipt.amount.units());
            continue;
        }
        if (std::find(customers.begin(), customers.end(), item.customer) == customers.end()) customers.push_back(item.customer);
        for (const auto& one : proposal.items) {
            if (one.item != item.item) continue;
            sum += one.amount.units();
            whole = whole && one.amount.units() == item.residual;
        }
    }
    const auto confirms = whole && sum == receipt.amount.units();
    if (checked.tie == Tie::another) doubt_at_least(proposal, 500'000, "the payer is known as another customer");
    // A part, or money that stays, is no amount that confirms: then the payer must.
    else if (!confirms && checked.tie >= Tie::shared_account) doubt_at_least(proposal, 4 * only_proposed, "the amount does not confirm it, and the payer " + Payer::say(checked.tie));
    if (!confirms && exact_elsewhere) doubt_at_least(proposal, only_proposed, "another open item is exactly the amount");
    if (customers.size() > 1 && checked.tie >= Tie::alike) doubt_at_least(proposal, only_proposed, "they are of several customers, none of whom the payer is known to be");
    if (sum != receipt.amount.units()) doubt_at_least(proposal, 100'000, {});
    for (const auto& token : reading.tokens) {
        if (token.joined || token.date_like || digit_count(token.key) < 5) continue;
        Lookup::Items named;
        lookup.by_document(receipt.entity, token.key, named);
        for (const auto& item : named)
            if (item.residual != 0 && item.currency == receipt.amount.currency() && !is_proposed(item))
                return doubt_at_least(proposal, only_proposed, "the payer names " + std::string{item.document} + " too");
    }
}

/// A proposal that passes the gates, or why it does not.
Result<Checked> checked(const ReceiptFacts& receipt, const Lookup& lookup, const Reading& reading, const Payer& payer, const std::vector<ItemView>& items,
                        const MatchProposal& from) {
    Checked done;
    auto& proposal = done.proposal;
    proposal.evidence = from.evidence;
    proposal.stage = "decider";
    std::int64_t sum = 0;
    for (const auto& matched : from.items) {
        const auto at = std::find_if(items.begin(), items.end(), [&](auto& item) { return std::to_string(item.item.value) == matched.item; });
        if (at == items.end()) return fail(Errc::invalid_argument, "item " + matched.item + " was not in the question");
        OWED_TRY(auto amount, matched.amount.money());
        const auto units = amount.units();
        const bool within = at->residual > 0 ? units > 0 && units <= at->residual : units < 0 && units >= at->residual;
        const std::string currency{receipt.amount.currency().text()};
        if (amount.currency() != receipt.amount.currency())
            return fail(Errc::currency_mismatch, "item " + matched.item + " is in " + currency + ", not in " + std::string{amount.currency().text()});
        if (!within)
            return fail(Errc::application_exceeds_residual, "item " + matched.item + " cannot take " + to_text(amount) + " " + currency + ": " +
                                                                to_text(Money::minor(at->residual, at->currency)) + " of it is open");
        if (std::any_of(proposal.items.begin(), proposal.items.end(), [&](auto& one) { return one.item == at->item; }))
            return fail(Errc::invalid_argument, "item " + matched.item + " is named twice");
        done.tie = std::max(done.tie, payer.tie_to(at->customer));
        sum += units;
        if (!proposal.customer) proposal.customer = at->customer;
        proposal.items.push_back({.item = at->item, .document = name_of(*at), .amount = amount});
    }
    if (proposal.items.empty() || sum <= 0 || sum > receipt.amount.units())
        return fail(Errc::invalid_argument, "the proposal's items add up to more than the receipt, or to nothing");
    if (const auto view = lookup.customer(*proposal.customer)) proposal.customer_number = view->number;
    proposal.doubt_ppm = std::clamp<std::int64_t>(1'000'000 - std::int64_t{from.confidence_permille} * 1'000, 1, 1'000'000);
    weigh(done, receipt, lookup, reading, items);
    proposal.confidence = static_cast<int>(100 - (proposal.doubt_ppm + 9'999) / 10'000);
    return done;
}

void keep(DeciderRun& run, const ReceiptFacts& receipt, std::string reason) {
    if (run.refusals.size() < refusals_kept) run.refusals.push_back({number_of(receipt), std::move(reason)});
    else ++run.refusals_more;
}

/// The proposals that pass the gates; what does not is told to the clerk (in the decision) and to the plugin's people (in the run).
std::vector<Checked> passed(const ReceiptFacts& receipt, const Lookup& lookup, const Reading& reading, const Payer& payer, const std::vector<ItemView>& items,
                            const MatchAnswer& answer, Decision& decision, DeciderRun& run) {
    std::vector<Checked> good;
    for (const auto& one : answer.proposals) {
        ++run.figures.proposed;
        auto proposal = checked(receipt, lookup, reading, payer, items, one);
        if (proposal) {
            ++run.figures.accepted;
            good.push_back(std::move(*proposal));
            continue;
        }
        ++run.figures.refused;
        decision.lost.push_back("a proposal of the decider was refused: " + proposal.error().what);
        keep(run, receipt, "its proposal was refused: " + proposal.error().what);
    }
    return good;
}

}  // namespace

void ask_decider(const ReceiptFacts& receipt, const Lookup& lookup, const Settings& settings, Decision& decision, DeciderRuns& runs) {
    const auto reading = read(receipt);
    const Payer payer{receipt, reading, lookup, settings};
    const auto items = choice(receipt, lookup, reading, payer);
    if (items.empty()) return;
    const auto [connector, answer] = settings.decider(question_of(receipt, lookup, items));
    if (connector.empty()) return;
    auto& run = runs[connector];
    ++run.figures.asked;
    if (!answer) {
        if (answer.error().code == Errc::timed_out) ++run.figures.late;
        decision.lost.push_back("the decider gave no answer: " + answer.error().what);
        keep(run, receipt, "it gave no answer: " + answer.error().what);
        return;
    }
    const auto good = passed(receipt, lookup, reading, payer, items, *answer, decision, run);
    if (good.empty()) return;
    const auto& best = good.front().proposal;
    // Applied only where our own readings do not speak for other items.
    const bool rival = !decision.proposals.empty() && decision.proposals.front().doubt_ppm < best.doubt_ppm * settings.rival_factor_min;
    if (best.doubt_ppm <= settings.doubt_max_ppm && !rival && (good.size() == 1 || good[1].proposal.doubt_ppm >= best.doubt_ppm * settings.rival_factor_min)) {
        decision.outcome = Outcome::apply;
        decision.customer = best.customer;
        decision.stage = "decider";
        decision.applications = best.items;
        decision.doubt_ppm = best.doubt_ppm;
        decision.confidence = best.confidence;
        decision.reason = "the decider " + connector + " says so" + (best.evidence.empty() ? std::string{} : ": " + best.evidence.front()) + "; the payer " + Payer::say(good.front().tie);
        decision.proposals.clear();
        return;
    }
    for (const auto& one : good) decision.proposals.push_back(one.proposal);
    std::stable_sort(decision.proposals.begin(), decision.proposals.end(), [](auto& a, auto& b) { return a.doubt_ppm < b.doubt_ppm; });
    if (decision.proposals.size() > static_cast<std::size_t>(settings.proposals_max)) decision.proposals.resize(static_cast<std::size_t>(settings.proposals_max));
}

}  // namespace owed::cash::detail
