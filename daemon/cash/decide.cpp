// The decision: readings in order of their doubt, the best one when it is good enough and alone, else a question.
#include "cash/decision.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "cash/detail/foreign.hpp"
#include "cash/detail/matcher.hpp"
#include "cash/detail/other_money.hpp"
#include "cash/detail/remarks.hpp"

namespace owed::cash {

std::string_view name_of(Rule rule) noexcept {
    switch (rule) {
        case Rule::match_invoice: return "match_invoice";
        case Rule::clear_account: return "clear_account";
        case Rule::clear_past_due: return "clear_past_due";
        case Rule::clear_past_due_by_term: return "clear_past_due_by_term";
        case Rule::combo: return "combo";
        case Rule::oldest_first: return "oldest_first";
    }
    return "match_invoice";
}

std::optional<Rule> rule_named(std::string_view name) noexcept {
    for (auto rule : {Rule::match_invoice, Rule::clear_account, Rule::clear_past_due, Rule::clear_past_due_by_term, Rule::combo, Rule::oldest_first})
        if (name_of(rule) == name) return rule;
    return {};
}

namespace {

using detail::FitKind;
using detail::Hypothesis;
using detail::Matcher;
using detail::Tie;

std::string amount_text(Money money) { return to_text(money) + " " + std::string{money.currency().text()}; }

/// A rule that people's answers have made (cash.hpp, learned_rules). It knows the payer alone, so anything that points to a customer or to
/// a document of ours is stronger: an account on file, a name, a relation, a number in the text, an advice.
std::optional<Decision> learned_not_receivable(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher, const std::vector<Hypothesis>& all) {
    const auto& payer = matcher.payer();
    if (receipt.customer || payer.known() || !payer.likely().empty() || payer.pays_for_others() || payer.several_share_account() || payer.several_share_name()) return {};
    if (!matcher.open_mentions().empty() || !matcher.settled_mentions().empty()) return {};
    if (std::any_of(all.begin(), all.end(), [](const Hypothesis& one) { return one.how != detail::How::nothing; })) return {};
    const auto why = lookup.learned_not_receivable(receipt.entity, receipt.payer_account, receipt.payer_name);
    if (why.empty()) return {};
    return Decision{.outcome = Outcome::not_receivable, .customer = {}, .stage = "not_receivable", .confidence = 100, .applications = {},
                    .reason = "not a receivable: " + why + "; learned from people's answers about this payer", .proposals = {}, .doubt_ppm = 0};
}

int percent(std::int64_t doubt_ppm) { return static_cast<int>(100 - (doubt_ppm + 9'999) / 10'000); }

/// How the amount fits; nothing where the reading itself has said so.
std::string say_fit(const ReceiptFacts& receipt, const Hypothesis& one) {
    if (one.items.empty() || one.by_rule) return {};
    auto text = say(one.fit, receipt.amount.currency());
    return text == one.why ? std::string{} : text;
}

std::string sentence(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher, const Hypothesis& best) {
    auto text = best.why;
    if (const auto fit = say_fit(receipt, best); !fit.empty()) {
        text += "; ";
        if (best.fit.kind == FitKind::part) {
            std::int64_t open = 0, discount = 0;
            for (const auto& item : best.items) open += item.residual;
            for (const auto& share : best.fit.shares) discount += share.discount;
            text += amount_text(receipt.amount) + " of " + amount_text(Money::minor(open, receipt.amount.currency())) + " was paid, ";
            if (discount > 0) text += "which takes " + amount_text(Money::minor(discount, receipt.amount.currency())) + " discount, ";
            text += "the rest stays open";
        } else {
            text += fit;
        }
    }
    text += "; the payer " + detail::who_pays(receipt, lookup, matcher.payer(), best.tie, best.customer);
    for (const auto& remark : {detail::settled_too(matcher, &best), detail::wrong_reference(receipt)})
        if (!remark.empty()) text += "; " + remark;
    return text;
}

std::vector<ProposedItem> shares_of(const ReceiptFacts& receipt, const Hypothesis& one) {
    std::vector<ProposedItem> items;
    for (std::size_t i = 0; i < one.items.size(); ++i) {
        const auto& share = one.fit.shares[i];
        if (share.cash == 0 && share.discount == 0 && share.deduction == 0) continue;
        items.push_back({.item = one.items[i].item, .document = name_of(one.items[i]),
                         .amount = Money::minor(share.cash, receipt.amount.currency()), .discount = share.discount, .tolerance = share.tolerance,
                         .bank_charge = share.bank_charge, .withholding = share.withholding, .deduction = share.deduction, .reason = share.reason});
    }
    return items;
}

Proposal proposal_of(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher, const Hypothesis& one, std::int64_t doubt_ppm) {
    Proposal proposal{.customer = one.customer, .customer_number = {}, .items = shares_of(receipt, one), .confidence = percent(doubt_ppm),
                      .evidence = {one.why}, .against = one.against, .stage = std::string{one.stage}, .doubt_ppm = doubt_ppm};
    if (const auto view = lookup.customer(one.customer)) proposal.customer_number = view->number;
    if (auto fit = say_fit(receipt, one); !fit.empty()) proposal.evidence.push_back(std::move(fit));
    if (one.fit.kind == FitKind::part) {
        std::int64_t open = 0;
        for (const auto& item : one.items) open += item.residual;
        proposal.against.insert(proposal.against.begin(), amount_text(Money::minor(open, receipt.amount.currency())) + " is open, " +
                                                              amount_text(receipt.amount) + " was paid");
    }
    // What ties the payer to the customer speaks for it; that nothing does speaks against it, and another customer's tie has been said.
    if (one.tie != Tie::another) (one.tie == Tie::unknown ? proposal.against : proposal.evidence).push_back("the payer " + detail::who_pays(receipt, lookup, matcher.payer(), one.tie, one.customer));
    if (auto remark = detail::settled_too(matcher, &one); !remark.empty()) proposal.against.push_back(std::move(remark));
    return proposal;
}

bool same_items(const Hypothesis& a, const Hypothesis& b) {
    return a.items.size() == b.items.size() && std::is_permutation(a.items.begin(), a.items.end(), b.items.begin(),
                                                                   [](auto& x, auto& y) { return x.item == y.item; });
}

/// It explains some of the same items and leaves the rest of the money without a use: less of the same, and no other reading.
bool is_remainder_of(const Hypothesis& less, const Hypothesis& whole) {
    return less.fit.kind >= FitKind::over && whole.fit.kind <= FitKind::late_discount && less.items.size() < whole.items.size() &&
           std::all_of(less.items.begin(), less.items.end(),
                       [&](auto& item) { return std::any_of(whole.items.begin(), whole.items.end(), [&](auto& other) { return other.item == item.item; }); });
}

/// Another reading, of other items, that is not clearly worse.
const Hypothesis* rival_of(const std::vector<Hypothesis>& all, const Settings& settings) {
    for (std::size_t i = 1; i < all.size(); ++i)
        if (!same_items(all[0], all[i]) && !is_remainder_of(all[i], all[0]) && all[i].doubt.fine() / settings.rival_factor_min < all[0].doubt.fine() && all[i].doubt.ppm() < 600'000) return &all[i];
    return nullptr;
}

std::vector<std::string> what_was_read(const Matcher& matcher) {
    std::vector<std::string> read;
    for (const auto& reference : matcher.reading().references) read.push_back(reference);
    for (const auto& token : matcher.reading().tokens)
        if (!token.joined && read.size() < 12) read.push_back(token.raw);
    return read;
}

std::string question_text(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher, const std::vector<Hypothesis>& all, const Hypothesis* rival,
                          const Settings& settings) {
    if (!all.empty() && all[0].stage == detail::written_off_stage) return all[0].why;
    if (!all.empty() && !all[0].but.empty()) return all[0].why + ", but " + all[0].but;
    if (rival != nullptr && all[0].doubt.ppm() <= settings.doubt_max_ppm)
        return "two readings are nearly as good: " + all[0].why + "; or " + rival->why;
    if (!all.empty() && all[0].stage == "paid_twice") return all[0].why;
    if (!matcher.open_mentions().empty() && !all.empty() && all[0].how < detail::How::nothing && !all[0].items.empty()) {
        std::int64_t open = 0;
        for (const auto& item : all[0].items) open += item.residual;
        const auto total = Money::minor(open, receipt.amount.currency());
        if (all[0].tie == Tie::another) return all[0].why + ", but the payer is known as another customer";
        if (total == receipt.amount) return all[0].why + ", the amount is exactly what is open, but the payer " + detail::who_pays(receipt, lookup, matcher.payer(), all[0].tie, all[0].customer);
        return all[0].why + ", of which " + amount_text(total) + " is open, but " + amount_text(receipt.amount) + " was paid";
    }
    if (!all.empty() && !all[0].items.empty()) {
        const auto fit = say_fit(receipt, all[0]);
        return all[0].why + (fit.empty() ? "" : "; " + fit) + "; the payer " + detail::who_pays(receipt, lookup, matcher.payer(), all[0].tie, all[0].customer);
    }
    if (!matcher.settled_mentions().empty())
        return "the remittance text names " + name_of(matcher.settled_mentions().front().item) + ", which is settled already; perhaps paid twice";
    if (matcher.payer().known()) {
        auto text = "the payer is known, but " + matcher.why_not_unnamed();
        text += matcher.wrote_unknown_number() ? " and the text names a number that is not in the books (yet)" : " and the text names none";
        return text;
    }
    std::string text = "the payer is not known";
    if (matcher.payer().several_share_account()) text = "the payer's account belongs to several customers";
    else if (matcher.payer().several_share_name()) text = "several customers have the payer's name";
    return text + (matcher.reading().wrote_something ? " and the text names no document of entity " + receipt.entity : std::string{" and the transfer says nothing"});
}

/// The same with what else a clerk should know before he answers.
std::string question_with_remarks(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher, const std::vector<Hypothesis>& all,
                                  const Hypothesis* rival, const Settings& settings) {
    auto text = question_text(receipt, lookup, matcher, all, rival, settings);
    const auto add = [&](const std::string& remark) {
        if (!remark.empty()) text += "; " + remark;
    };
    if (text.find("settled already") == std::string::npos) {
        add(detail::settled_too(matcher, nullptr));
        if (const auto known = matcher.payer().known()) add(detail::paid_before(receipt, lookup, *known));
    }
    add(detail::wrong_reference(receipt));
    return text;
}

/// What is left to doubt of a reading among those that exclude it: two that are equally good have half a chance each. Readings that
/// are clearly worse take nothing from it.
std::int64_t among_others(const std::vector<Hypothesis>& all, std::size_t at, const Settings& settings) {
    const auto weight = [](const Hypothesis& one) {   // odds that it is right
        const auto doubt = std::clamp<std::int64_t>(one.doubt.ppm(), 1, detail::million);
        return (detail::million - doubt) * detail::million / doubt;
    };
    const auto own = weight(all[at]);
    auto sum = detail::million + own;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i == at || same_items(all[i], all[at]) || is_remainder_of(all[i], all[at])) continue;
        if (const auto other = weight(all[i]); other > own / settings.rival_factor_min) sum += other;
    }
    if (sum == detail::million + own) return all[at].doubt.ppm();   // alone; what the odds round away is no doubt
    return std::max<std::int64_t>(all[at].doubt.ppm(), detail::million - static_cast<std::int64_t>(static_cast<__int128>(own) * detail::million / sum));
}

/// Customers as a question may book them: identified for good, so by strong facts only.
std::optional<CustomerId> identified(const Matcher& matcher, const std::vector<Hypothesis>& all, const Settings& settings) {
    if (const auto known = matcher.payer().known()) {
        // Who quotes another customer's document may not be who he seems.
        const bool disputed = !all.empty() && all[0].tie == Tie::another && all[0].how < detail::How::slip;
        if (!disputed) return known;
        return {};
    }
    if (!all.empty() && all[0].stage == "paid_twice" && all[0].doubt.ppm() <= settings.doubt_max_ppm) return all[0].customer;
    return {};
}

/// Paid before it was billed, or in advance: nothing that is open fits, and the number is none of ours so far.
bool waits_for_document(const ReceiptFacts& receipt, const Matcher& matcher, const std::vector<Hypothesis>& all) {
    // Who pays for others too may mean one of them: an identification is booked and stays.
    if (!matcher.payer().known() || matcher.payer().pays_for_others()) return false;
    if (((!matcher.wrote_unknown_number() || matcher.names_past_year()) && !detail::says_in_advance(receipt.text)) || !matcher.open_mentions().empty() || !matcher.settled_mentions().empty() ||
        !matcher.foreign_mentions().empty())
        return false;
    return std::none_of(all.begin(), all.end(), [](const Hypothesis& one) { return one.how != detail::How::nothing || one.fit.kind <= FitKind::late_discount; });
}

Decision waiting(const ReceiptFacts& receipt, const Lookup& lookup, const Matcher& matcher) {
    const auto customer = *matcher.payer().known();
    const auto tie = matcher.payer().tie_to(customer);
    detail::Doubt doubt;
    doubt.times(matcher.payer().ppm(tie, customer));
    const bool in_advance = detail::says_in_advance(receipt.text);
    doubt.times(in_advance ? detail::said_in_advance : detail::names_what_is_to_come);
    if (!in_advance) doubt.at_least(detail::only_waits);
    const std::string what = in_advance ? " and says that it is paid in advance" : " and names a document or an order that is not in the books yet";
    Decision decision{.outcome = Outcome::waits, .customer = customer, .stage = "before_invoice", .confidence = percent(doubt.ppm()), .applications = {},
                      .reason = "the payer " + detail::who_pays(receipt, lookup, matcher.payer(), tie, customer) + what + "; the money waits on the customer's account", .proposals = {}, .doubt_ppm = doubt.ppm()};
    decision.doubt_ppb = doubt.ppb();
    return decision;
}

Decision decided(const ReceiptFacts& receipt, const Lookup& lookup, const Hypothesis& best, const Matcher& matcher) {
    Decision decision{.outcome = best.items.empty() ? Outcome::on_account : Outcome::apply, .customer = best.customer, .stage = std::string{best.stage},
                      .confidence = percent(best.doubt.ppm()), .applications = shares_of(receipt, best), .reason = sentence(receipt, lookup, matcher, best), .proposals = {},
                      .doubt_ppm = best.doubt.ppm()};
    decision.doubt_ppb = best.doubt.ppb();
    // The money is the payer's: a parent's receipt stays the parent's, whoever's documents it pays.
    if (best.tie == Tie::relation && !best.items.empty() && matcher.payer().known()) decision.customer = matcher.payer().known();
    if (receipt.customer) decision.customer = receipt.customer;   // booked already; whose documents it pays is another matter
    decision.reopen = best.reopen;
    decision.advice = best.advice;
    return decision;
}

}  // namespace

Decision decide(const ReceiptFacts& receipt, const Lookup& lookup, const Settings& settings) {
    const auto other = detail::other_money(receipt, lookup, settings);
    if (other.decision) return *other.decision;
    Matcher matcher{receipt, lookup, settings};
    const auto all = matcher.run();
    std::string customers;   // what speaks for a customer against a rule of words
    if (other.by_words != nullptr) {
        customers = detail::speaks_for_a_customer(receipt, lookup, matcher, *other.by_words);
        if (customers.empty()) return detail::set_aside(other.by_words->name);
    }
    // Against the company's words stands what the payer wrote or his account: his name and an amount that happens to be open do not.
    const bool outweighs = customers.empty() || (!all.empty() && (all[0].how < detail::How::nothing || all[0].tie <= Tie::account));
    if (auto decision = learned_not_receivable(receipt, lookup, matcher, all)) return *decision;
    const auto* rival = all.empty() ? nullptr : rival_of(all, settings);
    Decision decision;
    // The same money paid twice is certain only while no other item of that amount waits for it.
    if (!all.empty() && all[0].doubt.ppm() <= settings.doubt_max_ppm && rival == nullptr && outweighs) {
        decision = decided(receipt, lookup, all[0], matcher);
    } else if (customers.empty() && waits_for_document(receipt, matcher, all)) {
        decision = waiting(receipt, lookup, matcher);
    } else {
        decision.outcome = Outcome::question;
        decision.reason = question_with_remarks(receipt, lookup, matcher, all, rival, settings);
        if (!customers.empty()) decision.reason = "by its words it may be no receivable (" + other.by_words->name + "), but " + customers + "; " + decision.reason;
        decision.customer = identified(matcher, all, settings);
        if (auto foreign = detail::foreign_proposal(receipt, lookup, matcher)) {
            decision.reason = foreign->evidence.front();
            decision.proposals.push_back(std::move(*foreign));
        }
        for (std::size_t i = 0; i < all.size() && static_cast<int>(decision.proposals.size()) < settings.proposals_max; ++i) {
            auto doubt = among_others(all, i, settings);
            if (i == 0 && rival != nullptr) doubt = std::max<std::int64_t>(doubt, 400'000);
            decision.proposals.push_back(proposal_of(receipt, lookup, matcher, all[i], doubt));
        }
        if (!decision.proposals.empty()) decision.doubt_ppm = decision.proposals.front().doubt_ppm;
        else if (!all.empty()) decision.doubt_ppm = all[0].doubt.ppm();
        decision.doubt_ppb = decision.doubt_ppm * 1'000;
    }
    decision.read = what_was_read(matcher);
    for (std::size_t i = 1; i < all.size() && decision.lost.size() < 3; ++i)
        decision.lost.push_back(all[i].why + " (" + std::to_string(percent(all[i].doubt.ppm())) + " %)");
    return decision;
}

std::string evidence_json(const Decision& decision) {
    namespace json = boost::json;
    json::array read, lost;
    for (const auto& one : decision.read) read.emplace_back(one);
    for (const auto& one : decision.lost) lost.emplace_back(one);
    return json::serialize(json::object{{"stage", decision.stage}, {"doubt_ppm", decision.doubt_ppm}, {"doubt_ppb", decision.doubt_ppb}, {"reason", decision.reason}, {"read", read}, {"lost", lost}});
}

}  // namespace owed::cash
