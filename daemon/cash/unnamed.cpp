// Readings by payer and amount alone: the AutoCash rules of DOMAIN section 7, the quoted notice, the unknown payer.
#include <algorithm>

#include "cash/detail/matcher.hpp"

namespace owed::cash::detail {
namespace {

constexpr std::size_t family_items_max = 2'000;
constexpr std::size_t same_amount_max = 50;

std::string amount_text(Money money) { return to_text(money) + " " + std::string{money.currency().text()}; }

/// What must arrive to close it on `date`: less a discount in time or within the grace.
std::int64_t net_due(const ItemView& item, Date date, int grace_days) { return item.residual - discount_on(item, date, grace_days); }

}  // namespace

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
        if (pool.size() > family_items_max) return;
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
    const auto amount = receipt_.amount.units();
    std::int64_t sum = 0;
    for (const auto& item : pool) sum += item.residual;
    for (const auto rule : rules.rules) {
        const auto before = found_.size();
        switch (rule) {
            case Rule::match_invoice: try_one_item(pool, rules, "exact_amount"); break;
            case Rule::clear_account:
                if (pool.size() > 1 && amount * 20 >= sum * 17 && amount <= sum + sum / 20)
                    try_together(pool, "clear_account", "all open items of the payer add up to the amount", 30'000);
                break;
            case Rule::clear_past_due: {
                Items due;
                for (const auto& item : pool)
                    if (item.due_date < receipt_.value_date || item.residual < 0) due.push_back(item);
                if (due.size() > 1 && due.size() < pool.size()) try_together(due, "clear_past_due", "all that is past due adds up to the amount", 50'000);
                break;
            }
            case Rule::clear_past_due_by_term: {
                // Groups by payment term, dated by their oldest due date; the pool is in order of due dates.
                std::vector<std::int32_t> tried;
                for (const auto& first : pool) {
                    if (first.due_date >= receipt_.value_date || std::find(tried.begin(), tried.end(), first.terms_days) != tried.end()) continue;
                    tried.push_back(first.terms_days);
                    Items group;
                    for (const auto& item : pool)
                        if (item.due_date < receipt_.value_date && item.terms_days == first.terms_days) group.push_back(item);
                    if (group.size() > 1) try_together(group, "clear_past_due_by_term", "all that is past due under one payment term adds up to the amount", 60'000);
                }
                break;
            }
            case Rule::combo:
                if (pool.size() <= static_cast<std::size_t>(settings_.subset_items_max)) try_subset(pool);
                else try_runs(pool);
                break;
            case Rule::oldest_first: try_oldest_first(pool, rules); break;
        }
        if (rule_hit(before)) return;   // an ordered list: the first hit wins
    }
}

bool Matcher::rule_hit(std::size_t since) const {
    for (auto i = since; i < found_.size(); ++i)
        if (found_[i].how == How::nothing && found_[i].fit.kind <= FitKind::late_discount) return true;
    return false;
}

void Matcher::try_one_item(const Items& pool, const RuleList& rules, std::string_view stage) {
    const auto amount = receipt_.amount.units();
    Items exact, near;
    for (const auto& item : pool) {
        if (item.residual <= 0) continue;
        if (item.residual == amount || net_due(item, receipt_.value_date, 0) == amount) exact.push_back(item);
        else if (item.residual >= amount - amount / 50 && item.residual <= amount + amount / 2) near.push_back(item);
    }
    // Less a discount in time: an equal item whose discount is late, but granted, does as well.
    if (!exact.empty() && std::none_of(exact.begin(), exact.end(), [&](const auto& item) { return item.residual == amount; }))
        for (const auto& item : near)
            if (net_due(item, receipt_.value_date, settings_.discount_grace_days) == amount) exact.push_back(item);
    const auto one = [&](const ItemView& item, std::int64_t ppm, std::string why, std::int64_t floor) {
        Items items{item};
        if (auto fit = closing_fit(payment_for(items), items, settings_))
            consider({.stage = stage, .items = std::move(items), .fit = std::move(*fit), .doubt = {}, .how = How::nothing, .why = std::move(why),
                      .at_least_ppm = floor}, ppm);
    };
    if (exact.size() == 1 || (exact.size() > 1 && rules.equal_items_by_due_date))
        one(exact.front(), million, std::string{exact.front().document} + " is the one open item of exactly " + amount_text(receipt_.amount), 0);
    else
        // Equal items: any may be meant. The earliest due is proposed first.
        for (std::size_t i = 0; i < exact.size() && i < 5; ++i)
            one(exact[i], static_cast<std::int64_t>(1 + i) * million,
                std::string{exact[i].document} + " is one of " + std::to_string(exact.size()) + " open items of exactly " + amount_text(receipt_.amount),
                (6 + static_cast<std::int64_t>(i)) * only_proposed);
    if (!exact.empty()) return;
    for (std::size_t i = 0; i < near.size() && near.size() <= 100; ++i)
        one(near[i], million, std::string{near[i].document} + " is open with nearly this amount", 0);
}

void Matcher::try_together(Items items, std::string_view stage, std::string why, std::int64_t ppm, std::int64_t at_least_ppm) {
    auto fit = closing_fit(payment_for(items), items, settings_);
    if (!fit || fit->kind == FitKind::bank_fee) return;
    consider({.stage = stage, .items = std::move(items), .fit = std::move(*fit), .doubt = {}, .how = How::nothing, .why = std::move(why),
              .at_least_ppm = at_least_ppm}, ppm);
}

/// Items one after the other by document date: a month's invoices, all of a delivery week, everything up to a day.
void Matcher::try_runs(const Items& pool) {
    if (pool.size() < 3) return;
    auto items = pool;
    std::erase_if(items, [](const ItemView& item) { return item.residual <= 0; });
    std::stable_sort(items.begin(), items.end(), [](auto& a, auto& b) { return std::tie(a.document_date, a.item) < std::tie(b.document_date, b.item); });
    const auto amount = receipt_.amount.units();
    for (const int grace : {-1, 0}) {   // gross, then net of discounts in time
        std::size_t first = 0, hits = 0;
        std::int64_t run = 0;
        std::pair<std::size_t, std::size_t> hit;
        const auto value = [&](std::size_t i) { return grace < 0 ? items[i].residual : net_due(items[i], receipt_.value_date, grace); };
        for (std::size_t last = 0; last < items.size(); ++last) {
            run += value(last);
            while (first < last && run > amount) run -= value(first++);
            if (run == amount && last > first) {
                ++hits;
                hit = {first, last};
            }
        }
        if (hits != 1) continue;
        Items chosen{items.begin() + static_cast<std::ptrdiff_t>(hit.first), items.begin() + static_cast<std::ptrdiff_t>(hit.second) + 1};
        const auto accident = accident_ppm(items.size() * items.size(), 1, amount);
        try_together(std::move(chosen), "subset", "items of the payer one after the other by date add up to the amount", 80'000 + accident * 2,
                     2 * only_proposed);   // other sums may do as well: nobody has looked at all of them
    }
}

void Matcher::try_subset(const Items& pool) {
    const auto amount = receipt_.amount.units();
    Items items;
    for (const auto& item : pool)
        if (item.residual < 0 || item.residual <= amount) items.push_back(item);
    Items debits = items;
    std::erase_if(debits, [](const ItemView& item) { return item.residual < 0; });
    const auto attempt = [&](const Items& from, int grace) {
        if (from.size() < 2 || from.size() > static_cast<std::size_t>(settings_.subset_items_max)) return false;
        std::vector<std::int64_t> values;
        for (const auto& item : from) values.push_back(grace < 0 ? item.residual : net_due(item, receipt_.value_date, grace));
        bool several = false;
        const auto chosen = unique_subset(values, amount, several);
        if (chosen.size() < 2) return several;
        Items subset;
        for (const auto i : chosen) subset.push_back(from[i]);
        const auto accident = accident_ppm(from.size(), subset.size(), amount);
        auto why = "of the payer's " + std::to_string(from.size()) + " open items only " + names_of(subset) + " add up to the amount";
        try_together(std::move(subset), "subset", std::move(why), 300'000 + accident * 2);
        return true;
    };
    if (attempt(debits, -1)) return;
    if (attempt(debits, 0)) return;
    if (debits.size() != items.size()) attempt(items, -1);
}

/// By due date, then larger discount on offer, then id; the company's word for this customer, so little doubt is left.
void Matcher::try_oldest_first(const Items& pool, const RuleList& rules) {
    Items items;
    for (const auto& item : pool)
        if (item.residual > 0 && !item.disputed) items.push_back(item);
    if (items.empty()) return;
    std::stable_sort(items.begin(), items.end(), [&](auto& a, auto& b) {
        if (a.due_date != b.due_date) return a.due_date < b.due_date;
        const auto x = discount_on(a, receipt_.value_date, 0), y = discount_on(b, receipt_.value_date, 0);
        return x != y ? x > y : a.item < b.item;
    });
    auto left = receipt_.amount.units();
    Items paid;
    for (const auto& item : items) {
        if (left <= 0 || (!rules.oldest_first_partial && item.residual > left)) break;
        paid.push_back(item);
        left -= item.residual;
    }
    if (paid.empty()) return;
    auto fit = filling_fit(payment_for(paid), paid);
    // Not pays_in_part: the rule says that the last one is paid in part.
    fit.kind = left > 0 ? FitKind::over : FitKind::exact;
    consider({.stage = "oldest_first", .items = std::move(paid), .fit = std::move(fit), .doubt = {}, .how = How::nothing,
              .why = "by the rule for this customer the oldest items are paid first", .by_rule = true}, ruled);
}

/// Oldest first, and nothing is open: the money is the customer's credit, as he agreed.
void Matcher::keep_for_later(CustomerId customer) {
    consider({.stage = "oldest_first", .items = {}, .fit = Fit{FitKind::over, {}, receipt_.amount.units(), 0}, .doubt = {}, .how = How::nothing, .customer = customer,
              .why = "by the rule for this customer the oldest items are paid first, and none is open", .by_rule = true}, ruled);
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
