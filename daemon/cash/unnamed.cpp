// Readings by payer and amount alone: the AutoCash rules of DOMAIN section 7, the quoted notice, the unknown payer.
#include <algorithm>

#include "cash/detail/matcher.hpp"

namespace owed::cash::detail {
namespace {

constexpr std::size_t family_items_max = 2'000;

std::string amount_text(Money money) { return to_text(money) + " " + std::string{money.currency().text()}; }

constexpr std::size_t sums_shown_max = 3;    ///< of several sums, proposed
constexpr std::size_t sums_found_max = 12;   ///< looked for of one kind: with a credit memo and its invoice besides, many are one

bool same_set(const std::vector<ItemView>& a, const std::vector<ItemView>& b) {
    return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin(), [](auto& x, auto& y) { return x.item == y.item; });
}

bool contains(const std::vector<ItemView>& whole, const std::vector<ItemView>& part) {
    return std::all_of(part.begin(), part.end(), [&](auto& one) { return std::any_of(whole.begin(), whole.end(), [&](auto& other) { return other.item == one.item; }); });
}

std::string_view text_of(Rule rule) {
    switch (rule) {
        case Rule::clear_account: return "all open items of the payer add up to the amount";
        case Rule::clear_past_due: return "all that is past due adds up to the amount";
        case Rule::clear_past_due_by_term: return "all that is past due under one payment term adds up to the amount";
        default: return {};
    }
}

}  // namespace

/// What must arrive to close it on the value date: less a discount in time or within the grace.
std::int64_t Matcher::net_due(const ItemView& item, int grace_days) const { return item.residual - discount_on(item, receipt_.value_date, grace_days, settings_); }

const RuleList& Matcher::rules_for(CustomerId customer) const {
    static const RuleList usual{.rules = {Rule::match_invoice, Rule::clear_account, Rule::clear_past_due, Rule::combo}};
    if (settings_.rules.empty()) return usual;
    const auto view = lookup_.customer(customer);
    if (!view) return usual;
    const RuleList* best = nullptr;
    int narrowest = -1;
    for (const auto& list : settings_.rules) {
        if ((!list.customer.empty() && list.customer != view->number) || (!list.segment.empty() && list.segment != view->segment) ||
            (!list.entity.empty() && list.entity != receipt_.entity))
            continue;
        const int narrow = list.customer.empty() ? list.segment.empty() ? list.entity.empty() ? 0 : 1 : 2 : 3;
        if (narrow > narrowest) {
            best = &list;
            narrowest = narrow;
        }
    }
    return best == nullptr ? usual : *best;
}

void Matcher::try_unnamed() {
    // The payer's own items first; then what he pays for others; customers who share his name or account one by one.
    std::vector<CustomerId> family;
    for (const auto& likely : payer_.likely()) {
        if (likely.tie == Tie::relation) {
            family.push_back(likely.customer);
            continue;
        }
        try_family({likely.customer}, likely.tie);
    }
    if (family.empty()) return;
    for (const auto customer : family) {
        if (family.size() > 40) break;
        try_family({customer}, Tie::relation);
    }
    if (const auto known = payer_.known()) family.insert(family.begin(), *known);
    if (family.size() > 1) try_family(family, Tie::relation);
}

void Matcher::try_family(const std::vector<CustomerId>& family, Tie) {
    Items pool;
    for (const auto customer : family) {
        const auto& items = open_items_of(customer);
        pool.insert(pool.end(), items.begin(), items.end());
        if (pool.size() > family_items_max) {
            unsearched_ = "more than " + std::to_string(family_items_max) + " items are open, too many to be looked at without a number";
            return;
        }
    }
    // Credit memos alone leave nothing to pay either.
    if (std::none_of(pool.begin(), pool.end(), [](const auto& item) { return item.residual > 0; })) {
        const auto& rules = rules_for(family.front()).rules;
        if (family.size() == 1 && std::find(rules.begin(), rules.end(), Rule::oldest_first) != rules.end()) keep_for_later(family.front());
        return;
    }
    if (family.size() > 1)
        std::stable_sort(pool.begin(), pool.end(), [](auto& a, auto& b) { return std::tie(a.due_date, a.item) < std::tie(b.due_date, b.item); });
    const auto& rules = rules_for(family.front());
    for (const auto rule : rules.rules) {
        const auto before = found_.size();
        try_rule(rule, pool, rules);
        if (rule_hit(before)) return;   // an ordered list: the first hit wins
    }
}

void Matcher::try_rule(Rule rule, const Items& pool, const RuleList& rules) {
    const auto amount = receipt_.amount.units();
    // One item alone is no sum, which would confirm more than an amount.
    const auto together = [&](Items items, std::int64_t ppm) {
        const auto alone = items.size() == 1;
        try_together(std::move(items), name_of(rule), std::string{text_of(rule)}, alone ? million : ppm);
    };
    switch (rule) {
        case Rule::match_invoice: try_one_item(pool, rules, "exact_amount"); break;
        case Rule::clear_account: {
            std::int64_t sum = 0;
            for (const auto& item : pool) sum += item.residual;
            if (amount * 20 >= sum * 17 && amount <= sum + sum / 20) together(pool, 30'000);
            break;
        }
        case Rule::clear_past_due: {
            Items due;
            for (const auto& item : pool)
                if (item.due_date < receipt_.value_date || item.residual < 0) due.push_back(item);
            together(std::move(due), 50'000);
            break;
        }
        case Rule::clear_past_due_by_term: try_past_due_by_term(pool); break;
        case Rule::combo:
            if (pool.size() <= static_cast<std::size_t>(settings_.subset_items_max)) try_subset(pool);
            else try_runs(pool);
            break;
        case Rule::oldest_first: try_oldest_first(pool, rules); break;
    }
}

/// Groups by payment term, dated by their oldest due date: of several that add up the oldest. The pool is in order of due dates.
void Matcher::try_past_due_by_term(const Items& pool) {
    std::vector<std::int32_t> tried;
    for (const auto& first : pool) {
        if (first.due_date >= receipt_.value_date || std::find(tried.begin(), tried.end(), first.term) != tried.end()) continue;
        tried.push_back(first.term);
        Items group;
        for (const auto& item : pool)
            if (item.due_date < receipt_.value_date && item.term == first.term) group.push_back(item);
        const auto before = found_.size();
        const auto ppm = group.size() == 1 ? million : std::int64_t{60'000};
        try_together(std::move(group), "clear_past_due_by_term", std::string{text_of(Rule::clear_past_due_by_term)}, ppm);
        if (rule_hit(before)) return;
    }
}

/// One of several sums is no hit: the rule refuses, and the next one has its turn.
bool Matcher::rule_hit(std::size_t since) const {
    return std::any_of(found_.begin() + static_cast<std::ptrdiff_t>(since), found_.end(), [](const Hypothesis& one) {
        return one.how == How::nothing && one.fit.kind <= FitKind::late_discount && (one.stage != "subset" || one.at_least_ppm < only_proposed);
    });
}

void Matcher::try_one_item(const Items& pool, const RuleList& rules, std::string_view stage) {
    const auto amount = receipt_.amount.units();
    Items exact, near;
    for (const auto& item : pool) {
        if (item.residual <= 0) continue;
        if (item.residual == amount || net_due(item, 0) == amount) exact.push_back(item);
        else if (item.residual >= amount - amount / 50 && item.residual <= amount + amount / 2) near.push_back(item);
    }
    // Less a discount in time: an equal item whose discount is late, but granted, does as well.
    if (!exact.empty() && std::none_of(exact.begin(), exact.end(), [&](const auto& item) { return item.residual == amount; }))
        for (const auto& item : near)
            if (net_due(item, grace_of(settings_)) == amount) exact.push_back(item);
    const auto one = [&](const ItemView& item, std::int64_t ppm, std::string why, std::int64_t floor) {
        Items items{item};
        if (auto fit = closing_fit(payment_for(items), items, settings_))
            consider({.stage = stage, .items = std::move(items), .fit = std::move(*fit), .doubt = {}, .how = How::nothing, .why = std::move(why),
                      .at_least_ppm = floor}, ppm);
    };
    const auto paid = amount_text(receipt_.amount);
    if (exact.size() == 1)
        one(exact.front(), million, name_of(exact.front()) + " is the one open item of " + (exact.front().residual == amount ? "exactly " : "which less its discount is due exactly ") + paid, 0);
    else if (exact.size() > 1 && rules.equal_items_by_due_date)
        one(exact.front(), million, "of " + std::to_string(exact.size()) + " open items of which exactly " + paid + " is due " + name_of(exact.front()) +
                                        " is due first, and is taken by the rule for this customer", 0);
    else
        // Equal items: any may be meant. The earliest due is proposed first.
        for (std::size_t i = 0; i < exact.size() && i < 5; ++i)
            one(exact[i], static_cast<std::int64_t>(1 + i) * million,
                name_of(exact[i]) + " is one of " + std::to_string(exact.size()) + " open items of which exactly " + paid + " is due",
                (6 + static_cast<std::int64_t>(i)) * only_proposed);
    if (!exact.empty()) return;
    for (std::size_t i = 0; i < near.size() && near.size() <= 100; ++i)
        one(near[i], million, name_of(near[i]) + " is open with nearly this amount", 0);
}

void Matcher::try_together(Items items, std::string_view stage, std::string why, std::int64_t ppm, std::int64_t at_least_ppm) {
    auto fit = closing_fit(payment_for(items), items, settings_);
    if (!fit || fit->kind == FitKind::bank_fee) return;
    consider({.stage = stage, .items = std::move(items), .fit = std::move(*fit), .doubt = {}, .how = How::nothing, .why = std::move(why),
              .at_least_ppm = at_least_ppm}, ppm);
}

/// Items one after the other by document date: a month's invoices, all of a delivery week, everything up to a day. Of more items than
/// sums are looked for among, and a question then: other sums may do as well.
void Matcher::try_runs(const Items& pool) {
    unsearched_ = "of the payer's " + std::to_string(pool.size()) + " open items no sums are looked for, but of at most " + std::to_string(settings_.subset_items_max);
    auto items = pool;
    std::erase_if(items, [](const ItemView& item) { return item.residual <= 0; });
    std::stable_sort(items.begin(), items.end(), [](auto& a, auto& b) { return std::tie(a.document_date, a.item) < std::tie(b.document_date, b.item); });
    const auto amount = receipt_.amount.units();
    std::vector<Items> runs;
    for (const bool net : {false, true}) {   // gross, then net of discounts in time
        std::size_t first = 0;
        std::int64_t run = 0;
        const auto value = [&](std::size_t i) { return net ? net_due(items[i], 0) : items[i].residual; };
        for (std::size_t last = 0; last < items.size(); ++last) {
            run += value(last);
            while (first < last && run > amount) run -= value(first++);
            if (run != amount || last == first) continue;
            Items chosen{items.begin() + static_cast<std::ptrdiff_t>(first), items.begin() + static_cast<std::ptrdiff_t>(last) + 1};
            if (std::none_of(runs.begin(), runs.end(), [&](auto& known) { return same_set(known, chosen); })) runs.push_back(std::move(chosen));
        }
    }
    const auto accident = accident_ppm(items.size() * items.size(), 1, amount);
    const auto one_of = static_cast<std::int64_t>(runs.size());
    for (std::size_t i = 0; i < runs.size() && i < sums_shown_max; ++i) {
        auto why = "items of the payer one after the other by date, " + names_of(runs[i]) + ", add up to the amount";
        if (one_of > 1) why += ", as do others";
        try_together(std::move(runs[i]), "subset", std::move(why), 80'000 + accident * 2,
                     one_of > 1 ? million - million / one_of + static_cast<std::int64_t>(i) : 2 * only_proposed);
    }
}

/// The subsets that make up the amount, gross or less discounts in time, among debits or with credit memos.
std::vector<Matcher::Items> Matcher::sums_of(const Items& pool, bool net, bool credits) const {
    auto reach = receipt_.amount.units();   // what a single debit may come to
    if (credits)
        for (const auto& item : pool) reach -= std::min<std::int64_t>(item.residual, 0);
    Items from;
    std::vector<std::int64_t> values;
    for (const auto& item : pool) {
        const auto value = net ? net_due(item, 0) : item.residual;
        if (value > reach || (!credits && value < 0)) continue;
        from.push_back(item);
        values.push_back(value);
    }
    auto subsets = subsets_making(values, receipt_.amount.units(), sums_found_max);
    // The fewest first, then those that are due first.
    std::sort(subsets.begin(), subsets.end(), [](auto& a, auto& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; });
    std::vector<Items> sums;
    for (const auto& chosen : subsets) {
        auto& sum = sums.emplace_back();
        for (const auto i : chosen) sum.push_back(from[i]);
    }
    return sums;
}

/// DOMAIN section 7, combo: refused when more than one subset fits, whichever way. A credit memo together with just the invoices that
/// it covers changes nothing about what the money pays, and is no other sum.
void Matcher::try_subset(const Items& pool) {
    const bool has_credits = std::any_of(pool.begin(), pool.end(), [](auto& item) { return item.residual < 0; });
    const bool has_discounts = std::any_of(pool.begin(), pool.end(), [&](auto& item) { return net_due(item, 0) != item.residual; });
    std::vector<Items> sums;
    bool more = false;
    for (const bool credits : {false, true})
        for (const bool net : {false, true}) {
            if ((credits && !has_credits) || (net && !has_discounts)) continue;
            auto found = sums_of(pool, net, credits);
            more = more || found.size() == sums_found_max;
            for (auto& one : found)
                if (std::none_of(sums.begin(), sums.end(), [&](auto& known) { return contains(one, known); })) sums.push_back(std::move(one));
        }
    const auto of_all = "of the payer's " + std::to_string(pool.size()) + " open items ";
    if (sums.size() == 1 && !more) {
        const auto alone = sums.front().size() == 1;
        const auto accident = accident_ppm(pool.size(), sums.front().size(), receipt_.amount.units());
        auto why = of_all + "only " + names_of(sums.front()) + (alone ? " comes" : " add up") + " to the amount";
        try_together(std::move(sums.front()), "subset", std::move(why), alone ? million : 300'000 + accident * 2);
        return;
    }
    const auto one_of = static_cast<std::int64_t>(std::max<std::size_t>(sums.size(), more ? sums_found_max : 0));
    for (std::size_t i = 0; i < sums.size() && i < sums_shown_max; ++i) {
        auto why = of_all + names_of(sums[i]) + (sums[i].size() == 1 ? " comes" : " add up") + " to the amount";
        if (const auto& other = sums[i == 0 && sums.size() > 1 ? 1 : 0]; &other != &sums[i]) why += ", and so " + std::string{other.size() == 1 ? "does " : "do "} + names_of(other);
        if (one_of > 2) why += more ? ", and perhaps others" : ", and others";
        try_together(sums[i], "subset", std::move(why), million, million - million / one_of + static_cast<std::int64_t>(i));
    }
}

/// By due date, then larger discount on offer, then id; the company's word for this customer, so little doubt is left. Each takes what is
/// due net of its discount; who pays just what is open of the oldest has taken none.
void Matcher::try_oldest_first(const Items& pool, const RuleList& rules) {
    Items items;
    for (const auto& item : pool)
        if (item.residual > 0 && !item.disputed) items.push_back(item);
    if (items.empty()) return;
    const auto grace = grace_of(settings_);
    std::stable_sort(items.begin(), items.end(), [&](auto& a, auto& b) {
        if (a.due_date != b.due_date) return a.due_date < b.due_date;
        const auto x = discount_on(a, receipt_.value_date, grace, settings_), y = discount_on(b, receipt_.value_date, grace, settings_);
        return x != y ? x > y : a.item < b.item;
    });
    const auto amount = receipt_.amount.units();
    std::int64_t gross = 0;
    std::size_t closed = 0;
    while (closed < items.size() && gross < amount) gross += items[closed++].residual;
    Items paid;
    if (gross <= amount) {
        paid.assign(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(closed));
    } else {
        auto left = amount;
        for (const auto& item : items) {
            const auto due = net_due(item, grace);
            if (left <= 0 || (!rules.oldest_first_partial && due > left)) break;
            paid.push_back(item);
            left -= due;
        }
    }
    if (paid.empty()) return;
    auto fit = filling_fit(payment_for(paid), paid, settings_);
    auto why = oldest_first_text(paid, fit);
    // Not pays_in_part: the rule says that the last one is paid in part.
    fit.kind = fit.on_account > 0 ? FitKind::over : FitKind::exact;
    consider({.stage = "oldest_first", .items = std::move(paid), .fit = std::move(fit), .doubt = {}, .how = How::nothing, .why = std::move(why), .by_rule = true}, ruled);
}

/// "A-1 and A-2 in full, A-3 with 50.00 EUR of 120.00 EUR"
std::string Matcher::oldest_first_text(const Items& paid, const Fit& fit) const {
    const auto shown = [&](std::int64_t units) { return amount_text(Money::minor(units, currency_)); };
    Items whole;
    std::string part;
    for (std::size_t i = 0; i < paid.size(); ++i) {
        const auto& share = fit.shares[i];
        if (share.cash + share.discount == paid[i].residual) whole.push_back(paid[i]);
        else if (share.cash > 0)
            part = std::string{paid[i].document} + " with " + shown(share.cash) + (share.discount > 0 ? " and " + shown(share.discount) + " discount" : "") + " of " + shown(paid[i].residual);
    }
    auto text = std::string{"by the rule for this customer the oldest items are paid first: "};
    if (!whole.empty()) text += names_of(whole) + " in full";
    if (!part.empty()) text += (whole.empty() ? "" : ", ") + part;
    if (fit.on_account > 0) text += "; " + shown(fit.on_account) + " is left and stays on account";
    return text;
}

/// Oldest first, and nothing is open: the money is the customer's credit, as he agreed.
void Matcher::keep_for_later(CustomerId customer) {
    consider({.stage = "oldest_first", .items = {}, .fit = Fit{FitKind::over, {}, receipt_.amount.units(), 0}, .doubt = {}, .how = How::nothing, .customer = customer,
              .why = "by the rule for this customer the oldest items are paid first, and none is open", .by_rule = true}, ruled);
}

std::string Matcher::why_not_unnamed() const {
    const auto known = payer_.known();
    const auto amount = amount_text(receipt_.amount);
    Items open;
    if (known) lookup_.open_of(*known, open);
    const bool one_is = std::any_of(open.begin(), open.end(), [&](auto& item) { return item.currency == currency_ && item.residual == receipt_.amount.units(); });
    auto text = one_is ? "no rule for this customer says what " + amount + " pays" : "no open item is exactly " + amount;
    return unsearched_.empty() ? text : text + ", and " + unsearched_;
}

/// "10004-20260331": customer number and day stand on our notices; who quotes them pays what the notice lists.
void Matcher::try_notice() {
    for (const auto& word : reading_.words) {
        const auto dash = word.rfind('-');
        if (dash == std::string::npos || word.size() - dash != 9) continue;
        const auto day_digits = word.substr(dash + 1);
        if (day_digits.find_first_not_of("0123456789") != std::string::npos) continue;
        const auto day = parse_date(day_digits.substr(0, 4) + "-" + day_digits.substr(4, 2) + "-" + day_digits.substr(6, 2));
        const auto customer = lookup_.by_number(receipt_.entity, word.substr(0, dash));
        if (!day || !customer) continue;
        Items items;
        for (const auto& item : open_items_of(*customer))
            if (item.due_date < *day && item.document_date <= *day) items.push_back(item);
        auto fit = closing_fit(payment_for(items), items, settings_);
        if (!fit) continue;
        consider({.stage = "notice", .items = std::move(items), .fit = std::move(*fit), .doubt = {}, .how = How::notice,
                  .why = "the payer quotes the notice " + word + ", and what was past due on it adds up to the amount"}, named_by_notice);
    }
}

/// Nobody knows the payer; a document of exactly this amount is open. Never applied by that alone.
void Matcher::try_same_amount() {
    if (payer_.known() && !payer_.likely().empty()) return;
    Items same;
    lookup_.by_amount(receipt_.entity, receipt_.amount, same_amount_max, same);
    if (same.size() > 20) return;
    for (const auto& item : same)
        consider({.stage = "exact_amount", .items = {item}, .fit = Fit{FitKind::exact, {Share{.cash = item.residual}}, 0, 0}, .doubt = {},
                  .how = How::nothing, .why = "the amount is exactly what is open", .at_least_ppm = 3 * only_proposed},
                 static_cast<std::int64_t>(same.size()) * million);
}

}  // namespace owed::cash::detail
