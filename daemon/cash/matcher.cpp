// Weighing: what a reading's evidence is worth together, and which readings are tried at all.
#include "cash/detail/matcher.hpp"

#include <algorithm>

namespace owed::cash::detail {

Matcher::Matcher(const ReceiptFacts& receipt, const Lookup& lookup, const Settings& settings)
    : receipt_{receipt}, lookup_{lookup}, settings_{settings}, reading_{read(receipt)}, payer_{receipt, reading_, lookup, settings},
      currency_{receipt.amount.currency()}, token_hit_(reading_.tokens.size(), false), inside_(reading_.tokens.size(), false) {}

std::vector<Hypothesis> Matcher::run() {
    find_mentions();
    try_advices();
    if (!open_.empty()) try_groups();
    // What the payer named in full and paid to the cent needs no further search.
    if (!good_enough()) {
        try_slips();
        try_notice();
        try_unnamed();
        try_paid_twice();
        try_written_off();
        try_moves();
        try_same_amount();
    }
    std::stable_sort(found_.begin(), found_.end(), [](auto& a, auto& b) { return a.doubt < b.doubt; });
    return std::move(found_);
}

bool Matcher::good_enough() const {
    return std::any_of(found_.begin(), found_.end(), [&](const Hypothesis& one) {
        if (one.fit.kind > FitKind::late_discount || one.how > How::counter || one.how == How::advice || one.doubt.ppm() * 20 > settings_.doubt_max_ppm ||
            one.items.size() < open_.size())
            return false;
        // Another customer's number may be a slip of the payer's own, and a number may be an order's too.
        return one.how == How::reference || (one.tie != Tie::another && !may_be_an_order(one));
    });
}

/// A number it rests on stands after a word for another kind of number, or is without any word or letters an order's of other items.
bool Matcher::may_be_an_order(const Hypothesis& one) const {
    constexpr std::size_t same_order_max = 40;
    return std::any_of(open_.begin(), open_.end(), [&](const Mention& mention) {
        if (mention.how != How::document && mention.how != How::counter) return false;
        if (std::none_of(one.items.begin(), one.items.end(), [&](auto& item) { return item.item == mention.item.item; })) return false;
        const auto& token = reading_.tokens[mention.token];
        if (token.cue != Cue::none && token.cue != Cue::document) return true;
        if (token.cue == Cue::document || token.declared || !token.letters().empty()) return false;
        Items ordered;
        lookup_.by_order(receipt_.entity, token.raw, same_order_max, ordered);
        return std::any_of(ordered.begin(), ordered.end(), [&](auto& item) { return item.item != mention.item.item && item.currency == currency_; });
    });
}

/// The receipt is what is open of it, in full or less its discount.
bool Matcher::is_due(const ItemView& item) const {
    const auto is_less = [&](int grace) { return item.residual - discount_on(item, receipt_.value_date, grace, settings_) == receipt_.amount.units(); };
    return item.residual != 0 && (item.residual == receipt_.amount.units() || is_less(0) || is_less(settings_.discount_grace_days));
}

const std::vector<ItemView>& Matcher::open_items_of(CustomerId customer) {
    for (const auto& [known, items] : open_items_)
        if (known == customer) return items;
    Items items;
    lookup_.open_of(customer, items);
    std::erase_if(items, [&](const ItemView& item) { return item.currency != currency_; });
    return open_items_.emplace_back(customer, std::move(items)).second;
}

Payment Matcher::payment_for(const Items& items) const {
    Payment payment{.units = receipt_.amount.units(), .currency = currency_, .date = receipt_.value_date, .tolerance_allowed = true, .charge_allowed = !reading_.says_what_is_kept, .country = {}};
    if (items.empty()) return payment;
    if (!settings_.withholding_percent.empty() || !settings_.bank_fee_countries.empty())
        if (const auto customer = lookup_.customer(items.front().customer)) payment.country = customer->country;
    if (!settings_.rules.empty()) {
        const auto& rules = rules_for(items.front().customer).rules;
        payment.tolerance_allowed = std::find(rules.begin(), rules.end(), Rule::oldest_first) == rules.end();
    }
    return payment;
}

std::int64_t Matcher::fit_ppm(const Fit& fit, std::size_t items) const {
    switch (fit.kind) {
        case FitKind::exact: {
            if (items > 1) return fits_several;
            std::int64_t hundred = 100;
            for (int i = 0; i < currency_.minor_digits; ++i) hundred *= 10;
            return receipt_.amount.units() % hundred == 0 ? fits_roundly : fits_exactly;
        }
        case FitKind::discount: return fits_discount;
        case FitKind::late_discount: return fits_late_discount;
        case FitKind::tolerance: return fits_tolerance;
        case FitKind::withholding: return fits_withholding;
        case FitKind::unearned_discount: return fits_unearned_discount;
        case FitKind::bank_fee: return fits_bank_fee;
        case FitKind::deduction: return fits_deduction;
        case FitKind::part: return pays_in_part;
        case FitKind::over: case FitKind::over_net: return pays_too_much;
    }
    return million;
}

Tie Matcher::tie_of(const Items& items, std::int64_t& ppm) const {
    Tie weakest = Tie::person;
    ppm = 1;
    std::vector<CustomerId> seen;
    for (const auto& item : items) {
        if (std::find(seen.begin(), seen.end(), item.customer) != seen.end()) continue;
        seen.push_back(item.customer);
        const auto tie = payer_.tie_to(item.customer);
        if (const auto one = payer_.ppm(tie, item.customer); one > ppm) {
            ppm = one;
            weakest = tie;
        }
    }
    // One payer for several customers is a group whose tie is known, or a coincidence.
    if (seen.size() > 1 && weakest >= Tie::alike && weakest != Tie::another) ppm = std::min<std::int64_t>(ppm * 20, payer_another);
    return weakest;
}

std::string Matcher::names_of(const Items& items) const {
    std::string text;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i == 5) return text + " and " + std::to_string(items.size() - i) + " more";
        if (i > 0) text += i + 1 == items.size() ? " and " : ", ";
        text += name_of(items[i]);
    }
    return text;
}

std::string Matcher::of_customer(const ItemView& item) const {
    const auto view = lookup_.customer(item.customer);
    return view ? ", of customer " + std::string{view->number} : std::string{};
}

namespace {

/// How much of its item a share closes.
std::int64_t closed_by(const Share& share) {
    return share.cash + share.discount + share.bank_charge + share.withholding + share.deduction + std::max<std::int64_t>(share.tolerance, 0);
}

/// What the ledger would refuse is no reading: no item takes more than is open, in several shares neither, and no more is given
/// than came.
bool can_be_posted(const Hypothesis& one, std::int64_t paid) {
    std::int64_t given = 0;
    for (std::size_t i = 0; i < one.items.size(); ++i) {
        const auto& share = one.fit.shares[i];
        const auto open = one.items[i].residual;
        if (share.discount < 0 || share.bank_charge < 0 || share.withholding < 0 || share.deduction < 0) return false;
        auto closed = closed_by(share);
        for (std::size_t j = 0; j < i; ++j)
            if (one.items[j].item == one.items[i].item) closed += closed_by(one.fit.shares[j]);
        if (open > 0 ? share.cash < 0 || closed > open : share.cash > 0 || closed < open) return false;
        given += share.cash + std::max<std::int64_t>(-share.tolerance, 0);
    }
    return given <= paid;
}

}  // namespace

/// Goodwill explains the amount, and cents off another open document of the customer do as well.
bool Matcher::has_nearly_equal(const Hypothesis& hypothesis) {
    if (hypothesis.items.size() != 1) return false;
    const auto& open = open_items_of(hypothesis.customer);
    return std::any_of(open.begin(), open.end(), [&](const ItemView& other) {
        if (other.item == hypothesis.items.front().item || other.residual <= 0) return false;
        const Items alone{other};
        const auto fit = closing_fit(payment_for(alone), alone, settings_);
        return fit && fit->kind == FitKind::tolerance;
    });
}

/// Payer and amount alone: what the payer wrote must not point elsewhere. The floors say how often such a proposal is not it.
void Matcher::weigh_unnamed(Hypothesis& hypothesis) {
    auto& doubt = hypothesis.doubt;
    const auto& items = hypothesis.items;
    const auto is_item = [&](const Mention& one) { return std::any_of(items.begin(), items.end(), [&](auto& item) { return item.item == one.item.item; }); };
    doubt.times(not_named);
    if (unknown_number_) doubt.times(unknown_number);
    if (!settled_.empty()) doubt.times(settled_named);
    // A number copied from his last transfer says at least who he is.
    if (std::any_of(settled_.begin(), settled_.end(), [&](auto& one) { return one.item.customer == hypothesis.customer && one.ppm <= named_strongly; }))
        doubt.times(payer_by_old_number);
    // Nearly the amount: a fee, a tolerance and a late discount explain too much.
    switch (hypothesis.fit.kind) {
        case FitKind::tolerance: doubt.at_least(nearly_within_cents); break;
        case FitKind::late_discount: if (has_nearly_equal(hypothesis)) doubt.at_least(only_proposed); break;
        case FitKind::bank_fee: doubt.at_least(nearly_within_a_fee); break;
        case FitKind::unearned_discount: doubt.at_least(only_proposed); break;
        default: break;
    }
    // A sum of several fits by accident too easily for a payer who is only probably this customer or pays for others too, and
    // the more of them the more easily.
    constexpr std::size_t subset_certain_max = 3;
    if (items.size() > 1 && (hypothesis.tie >= Tie::cut_name || payer_.pays_for_others())) doubt.at_least(only_proposed);
    if (hypothesis.tie == Tie::told_account) doubt.at_least(only_proposed);
    if (hypothesis.stage == "subset" && items.size() > subset_certain_max) doubt.at_least(only_proposed);
    // Asked once and not answered: that other readings have gone since is no news about this receipt.
    if (receipt_.asked_before) doubt.at_least(std::max(asked_again, settings_.doubt_max_ppm + 1));
    // He says that it is for an order or paid in advance: an open item of that amount is a coincidence until somebody has asked.
    if (unknown_order_ || number_to_come_ || says_in_advance(receipt_.text)) doubt.at_least(4 * only_proposed);
    // He names another of his open documents, or a settled one of this amount: he may have paid that in part, or twice.
    for (const auto& one : open_)
        if (one.ppm <= named_strongly && payer_.tie_to(one.item.customer) < Tie::unknown && !is_item(one)) doubt.at_least(2 * only_proposed);
    // Or another's open document of just this amount, in full: he may pay that.
    for (const auto& one : open_)
        if (one.how <= How::document && !one.unsure && !is_item(one) && is_due(one.item)) doubt.at_least(2 * only_proposed);
    // He lists his documents: a sum with one that he does not list is not what he says.
    const auto is_listed = [&](const ItemView& item) { return std::any_of(open_.begin(), open_.end(), [&](auto& one) { return one.item.item == item.item; }); };
    const auto his = [&](const Mention& one) { return one.ppm <= named_strongly && payer_.tie_to(one.item.customer) < Tie::unknown; };
    if (std::count_if(open_.begin(), open_.end(), his) + std::count_if(settled_.begin(), settled_.end(), his) > 1 && !std::all_of(items.begin(), items.end(), is_listed)) doubt.at_least(only_proposed);
    for (const auto& one : ordered_)
        if (payer_.tie_to(one.item.customer) < Tie::unknown && std::none_of(ordered_.begin(), ordered_.end(), is_item)) doubt.at_least(2 * only_proposed);
    if (open_.size() == 1 && items.size() > 1 && is_item(open_.front())) doubt.at_least(surplus_ppm(open_));
    for (const auto& one : settled_)
        if (closes_by(one.item, receipt_.amount.units())) doubt.at_least(6 * only_proposed);
    // He names some of a sum, and what he does not name has its equal elsewhere: which of the two, he has not said.
    const auto has_its_equal = [&](const ItemView& item) {
        const auto& open = open_items_of(item.customer);
        return std::any_of(open.begin(), open.end(), [&](auto& other) {
            return other.residual == item.residual && std::none_of(items.begin(), items.end(), [&](auto& paid) { return paid.item == other.item; });
        });
    };
    if (items.size() > 1 && std::any_of(items.begin(), items.end(), is_listed))
        for (const auto& item : items)
            if (!is_listed(item) && has_its_equal(item)) doubt.at_least(2 * only_proposed);
}

void Matcher::consider(Hypothesis hypothesis, std::int64_t ppm) {
    const auto& items = hypothesis.items;
    if (!can_be_posted(hypothesis, receipt_.amount.units())) return;
    if (!items.empty()) hypothesis.customer = items.front().customer;
    std::int64_t tie_ppm = million;
    if (items.empty()) {
        hypothesis.tie = payer_.tie_to(hypothesis.customer);
        tie_ppm = payer_.ppm(hypothesis.tie, hypothesis.customer);
    } else {
        hypothesis.tie = tie_of(items, tie_ppm);
    }
    // A structured reference is the creditor's own and is copied from the document: whoever pays may use it.
    if (hypothesis.how == How::reference && hypothesis.tie == Tie::another && !receipt_.customer) tie_ppm = million;
    auto& doubt = hypothesis.doubt;
    doubt.times(ppm);
    doubt.times(tie_ppm);
    if (!hypothesis.by_rule) doubt.times(items.empty() ? fits_exactly : fit_ppm(hypothesis.fit, items.size()));
    const auto kind = hypothesis.fit.kind;
    // Part of it, too much, less a discount nobody granted or what a bank may have kept: no amount that confirms. Then the payer must.
    const bool confirms = kind < FitKind::unearned_discount || kind == FitKind::deduction;
    if (!items.empty() && !confirms && !hypothesis.by_rule && hypothesis.tie >= Tie::shared_account && hypothesis.how != How::reference)
        doubt.at_least(4 * only_proposed);
    // A discount and a bank's charge besides: two guesses explain any shortfall, and the discount would be given away.
    if (kind == FitKind::bank_fee && std::any_of(hypothesis.fit.shares.begin(), hypothesis.fit.shares.end(), [](auto& share) { return share.discount > 0; }))
        doubt.at_least(only_proposed);
    const auto is_paid = [&](const Mention& mention) {
        return std::any_of(items.begin(), items.end(), [&](auto& item) { return item.item == mention.item.item; });
    };
    // Goodwill is the customer's: another's payment that is short by a discount he has lost is not confirmed by its amount.
    if (kind == FitKind::late_discount && hypothesis.tie == Tie::another && hypothesis.how != How::reference && hypothesis.how != How::advice) doubt.at_least(only_proposed);
    if (hypothesis.how == How::nothing && !hypothesis.by_rule) weigh_unnamed(hypothesis);
    // The rule takes any amount, so the amount says nothing about a payer who may be another: asked, and far down the queue.
    if (hypothesis.by_rule && hypothesis.tie >= Tie::shared_account) doubt.at_least(4 * only_proposed);
    // An amount that does not close what is named means something else as soon as anything else is about: another item of exactly
    // this amount, in full or less its discount, another number in the text, a list that the bank has cut.
    if (!items.empty() && hypothesis.fit.kind >= FitKind::part && !hypothesis.by_rule && hypothesis.how != How::reference) {
        const auto& open = open_items_of(hypothesis.customer);
        const bool else_meant = std::any_of(open.begin(), open.end(), [&](const auto& item) { return is_due(item); }) ||
                          !std::all_of(open_.begin(), open_.end(), is_paid);
        if (else_meant || is_cut_list(hypothesis.customer)) doubt.at_least(only_proposed);
    }
    const auto is_read = [&](const Mention& mention) {
        return mention.how != How::reference && std::any_of(hypothesis.tokens.begin(), hypothesis.tokens.end(), [&](auto at) { return reading_.tokens[at].digits == reading_.tokens[mention.token].digits; });
    };
    for (const auto& mention : open_)
        if (mention.ppm <= named_strongly && !is_paid(mention) && !is_read(mention)) {
            doubt.times(named_but_left_out);
            hypothesis.against.push_back("the payer names " + name_of(mention.item) + " too");
            break;
        }
    if (const auto* lost = written_off_mention(); lost != nullptr && hypothesis.stage != written_off_stage) {
        doubt.times(named_but_left_out);
        hypothesis.against.push_back("the payer names " + name_of(lost->item) + ", which was written off");
    }
    if (!foreign_.empty()) {
        doubt.times(named_but_left_out);
        hypothesis.against.push_back("the payer names " + name_of(foreign_.front().item) + ", which is in " + std::string{foreign_.front().item.currency.text()});
    }
    doubt.at_least(hypothesis.at_least_ppm);
    if (hypothesis.tie == Tie::another) hypothesis.against.emplace_back("the payer is known as another customer");
    for (auto& known : found_) {
        const bool same = known.items.size() == items.size() && known.fit.kind == hypothesis.fit.kind &&
                          std::equal(items.begin(), items.end(), known.items.begin(), [](auto& a, auto& b) { return a.item == b.item; });
        if (!same) continue;
        if (hypothesis.doubt < known.doubt) known = std::move(hypothesis);
        return;
    }
    found_.push_back(std::move(hypothesis));
}

}  // namespace owed::cash::detail
