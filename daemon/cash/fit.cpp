#include "cash/detail/fit.hpp"

#include <algorithm>

#include "cash/detail/limits.hpp"
#include "cash/tolerance.hpp"

namespace owed::cash::detail {
namespace {

std::int64_t sum_of(const std::vector<ItemView>& items) {
    std::int64_t sum = 0;
    for (const auto& item : items) sum += item.residual;
    return sum;
}

Fit closing(FitKind kind, const std::vector<ItemView>& items, std::int64_t difference) {
    Fit fit{kind, {}, 0, difference};
    fit.shares.reserve(items.size());
    for (const auto& item : items) {
        fit.shares.emplace_back();
        fit.shares.back().cash = item.residual;
    }
    return fit;
}

std::size_t largest(const std::vector<ItemView>& items) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < items.size(); ++i)
        if (items[i].residual >= items[best].residual) best = i;
    return best;
}

/// Which discounts were taken: all on offer, or the one set of them that makes the difference. Cents by which payers round
/// differently, one an invoice at most, go into the largest.
std::optional<std::vector<std::int64_t>> discounts_making(const std::vector<std::int64_t>& offered, std::int64_t difference) {
    std::int64_t all = 0;
    std::size_t count = 0, best = 0;
    for (std::size_t i = 0; i < offered.size(); ++i) {
        all += offered[i];
        count += offered[i] > 0 ? 1 : 0;
        if (offered[i] > offered[best]) best = i;
    }
    if (count == 0 || difference <= 0) return {};
    const auto slack = static_cast<std::int64_t>(count);
    if (const auto off = difference - all; off >= -slack && off <= slack && offered[best] > slack) {
        auto taken = offered;
        taken[best] += off;
        return taken;
    }
    if (count < 2 || difference > all) return {};
    bool several = false;
    const auto chosen = unique_subset(offered, difference, several);
    if (chosen.empty() || several) return {};
    std::vector<std::int64_t> taken(offered.size(), 0);
    for (const auto i : chosen) taken[i] = offered[i];
    return taken;
}

/// round(paid x p / (1 - p)) with p / (1 - p) = discount / (open - discount), half away from zero.
std::int64_t in_proportion(std::int64_t paid, std::int64_t discount, std::int64_t open) {
    const auto net = open - discount;
    if (net <= 0 || paid <= 0) return 0;
    return static_cast<std::int64_t>((static_cast<__int128>(paid) * discount * 2 + net) / (static_cast<__int128>(net) * 2));
}

std::optional<Fit> discounted(const Payment& payment, const std::vector<ItemView>& items, int grace_days, FitKind kind, std::int64_t difference, const Settings& settings) {
    std::vector<std::int64_t> offered;
    offered.reserve(items.size());
    bool any = false;
    for (const auto& item : items) {
        offered.push_back(discount_on(item, payment.date, grace_days, settings));
        any = any || offered.back() > 0;
    }
    if (!any) return {};
    const auto taken = discounts_making(offered, difference);
    if (!taken) return {};
    auto fit = closing(kind, items, difference);
    for (std::size_t i = 0; i < items.size(); ++i) {
        fit.shares[i].cash -= (*taken)[i];
        // What was not earned is not granted: it stays open on its invoice, but for a smaller discount that still is on offer.
        if (kind != FitKind::unearned_discount) fit.shares[i].discount = (*taken)[i];
        else if ((*taken)[i] > 0 && settings.discount_on_part)
            fit.shares[i].discount = std::min((*taken)[i], in_proportion(fit.shares[i].cash, discount_on(items[i], payment.date, grace_of(settings), settings), items[i].residual));
    }
    return fit;
}

/// A percentage of the largest of the items: none allows more.
std::int64_t largest_percent(const std::vector<ItemView>& items, const Decimal& percent) {
    std::int64_t most = 0;
    for (const auto& item : items) most = std::max(most, percent_of(percent, Money::minor(std::max<std::int64_t>(item.residual, 0), item.currency)));
    return most;
}

/// DOMAIN section 7: the tolerance rule, over discounts in time and late ones; or over what is open, for who has taken none.
std::optional<Fit> tolerated(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings, std::int64_t difference, bool less_discounts) {
    // Without any maximum the percentage decides alone; among maxima a currency that has none allows none.
    const auto most = settings.tolerance_max.empty() && !settings.tolerance_percent.is_zero() ? largest_percent(items, settings.tolerance_percent)
                                                                                              : limit_of(settings.tolerance_max, payment.currency);
    if (most <= 0 || !payment.tolerance_allowed) return {};
    std::int64_t discounts = 0;
    for (const auto& item : items) discounts += std::abs(discount_on(item, payment.date, settings.discount_grace_days, settings));
    const auto reach = most * static_cast<std::int64_t>(items.size());
    if (difference < -reach || difference > reach + (less_discounts ? discounts : 0)) return {};
    if (!less_discounts && discounts == 0) return {};   // the same as with them
    ToleranceQuestion question{.payment = Money::minor(payment.units, payment.currency), .date = payment.date, .invoices = {},
                               .grace_days = settings.discount_grace_days, .accept_late_discount = settings.accept_late_discount};
    for (const auto& item : items) {
        ToleranceInvoice invoice{.amount = Money::minor(item.residual, payment.currency)};
        if (const auto discount = discount_on(item, payment.date, settings.discount_grace_days, settings); less_discounts && discount > 0) {
            invoice.discount = Money::minor(discount, payment.currency);
            invoice.discount_date = discount_on(item, payment.date, 0, settings) > 0 ? payment.date : payment.date.plus_days(-1);
        }
        if (item.residual > 0) {
            if (!settings.tolerance_percent.is_zero()) invoice.tolerance_percent = settings.tolerance_percent;
            invoice.tolerance_max = Money::minor(most, payment.currency);
        }
        question.invoices.push_back(std::move(invoice));
    }
    const auto answer = settle(question);
    if (!answer || !answer->closes) return {};
    Fit fit{FitKind::tolerance, {}, answer->on_account.units(), difference};
    for (const auto& share : answer->shares) {
        fit.shares.emplace_back();
        // What was paid too much is taken from the payment besides, as a gain; the item takes what it is.
        fit.shares.back().cash = share.applied.units() + std::min<std::int64_t>(share.tolerance.units(), 0);
        fit.shares.back().discount = share.discount.units();
        fit.shares.back().tolerance = share.tolerance.units();
    }
    return fit;
}

/// Tax that a customer's country makes him keep, of each item: the same percentage of every invoice, gross or net of our tax. Empty:
/// his country has none.
std::vector<std::int64_t> withholding_of(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings, bool net) {
    if (payment.country.empty()) return {};
    const auto rate = settings.withholding_percent.find(payment.country);
    if (rate == settings.withholding_percent.end()) return {};
    const auto percent = Decimal::of(rate->second.mantissa(), static_cast<std::uint8_t>(rate->second.scale() + 2));
    std::vector<std::int64_t> parts;
    for (const auto& item : items) {
        const auto base = net && item.original == item.residual ? item.residual - item.tax : item.residual;
        const auto part = percent.of(Money::minor(base, payment.currency), Rounding::half_away);
        if (!part) return {};
        parts.push_back(part->units());
    }
    return parts;
}

std::int64_t sum_of(const std::vector<std::int64_t>& parts) {
    std::int64_t sum = 0;
    for (const auto part : parts) sum += part;
    return sum;
}

Fit closing_less_tax(FitKind kind, const std::vector<ItemView>& items, const std::vector<std::int64_t>& tax, std::int64_t difference) {
    auto fit = closing(kind, items, difference);
    for (std::size_t i = 0; i < items.size(); ++i) {
        fit.shares[i].cash -= tax[i];
        fit.shares[i].withholding = tax[i];
    }
    return fit;
}

std::optional<Fit> withheld(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings, std::int64_t difference) {
    if (difference <= 0) return {};
    for (const bool net : {false, true}) {
        auto parts = withholding_of(payment, items, settings, net);
        const auto sum = sum_of(parts);
        const auto off = difference - sum;
        const auto slack = static_cast<std::int64_t>(items.size());
        if (sum <= slack || off < -slack || off > slack) continue;
        parts[largest(items)] += off;
        return closing_less_tax(FitKind::withholding, items, parts, difference);
    }
    return {};
}

bool bear(Fit& fit, std::size_t bearer, std::int64_t fee) {
    if (fit.shares[bearer].cash <= fee) return false;
    fit.shares[bearer].cash -= fee;
    fit.shares[bearer].bank_charge = fee;
    return true;
}

/// What banks on the way keep of a foreign transfer (charges SHA or BEN), after any discount in time or the tax withheld.
std::optional<Fit> charged(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings, std::int64_t difference) {
    const auto most = limit_of(settings.bank_fee_max, payment.currency);
    if (most <= 0 || difference <= 0 || !payment.charge_allowed) return {};
    const auto& countries = settings.bank_fee_countries;
    if (!countries.empty() && std::find(countries.begin(), countries.end(), payment.country) == countries.end()) return {};
    std::int64_t discounts = 0, granted = 0;
    for (const auto& item : items) {
        discounts += discount_on(item, payment.date, 0, settings);
        granted += discount_on(item, payment.date, grace_of(settings), settings);
    }
    for (const auto taken : {std::int64_t{0}, discounts}) {
        const auto fee = difference - taken;
        // Less than a discount that he may take is missing: he took it, and paid too much (DOMAIN section 7).
        if (fee <= 0 || fee > most || (taken == 0 && difference < granted)) continue;
        auto fit = closing(FitKind::bank_fee, items, difference);
        if (taken > 0)
            for (std::size_t i = 0; i < items.size(); ++i) {
                fit.shares[i].discount = discount_on(items[i], payment.date, 0, settings);
                fit.shares[i].cash -= fit.shares[i].discount;
            }
        if (bear(fit, largest(items), fee)) return fit;
    }
    for (const bool net : {false, true}) {
        const auto parts = withholding_of(payment, items, settings, net);
        const auto tax = sum_of(parts), fee = difference - tax;
        if (parts.empty() || fee <= 0 || fee > most || fee >= tax) continue;   // the tax must explain most of it
        auto fit = closing_less_tax(FitKind::bank_fee, items, parts, difference);
        if (bear(fit, largest(items), fee)) return fit;
    }
    return {};
}

}  // namespace

std::int64_t discount_on(const ItemView& item, Date date, int grace_days, const Settings& settings) {
    if (item.residual <= 0 || item.original <= 0) return 0;
    std::int64_t best = 0;
    for (const auto& offer : item.discounts)
        if (date <= offer.until.plus_days(grace_days)) best = std::max(best, offer.units);
    if (item.residual == item.original || best == 0) return best;
    if (!settings.discount_on_part) return 0;
    // An offer is for the whole document, and each part takes its share.
    return static_cast<std::int64_t>((static_cast<__int128>(best) * item.residual * 2 + item.original) / (static_cast<__int128>(item.original) * 2));
}

std::optional<Fit> closing_fit(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings) {
    if (items.empty()) return {};
    const auto difference = sum_of(items) - payment.units;
    if (difference == 0) return closing(FitKind::exact, items, 0);
    if (auto fit = discounted(payment, items, 0, FitKind::discount, difference, settings)) return fit;
    if (settings.discount_grace_days > 0 && settings.accept_late_discount)
        if (auto fit = discounted(payment, items, settings.discount_grace_days, FitKind::late_discount, difference, settings)) return fit;
    for (const bool less_discounts : {true, false})
        if (auto fit = tolerated(payment, items, settings, difference, less_discounts)) return fit;
    if (auto fit = withheld(payment, items, settings, difference)) return fit;
    if (auto fit = discounted(payment, items, 3'650, FitKind::unearned_discount, difference, settings)) return fit;
    return charged(payment, items, settings, difference);
}

Fit filling_fit(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings) {
    Fit fit{FitKind::part, {}, 0, sum_of(items) - payment.units};
    const bool takes_discounts = fit.difference > 0 && payment.charge_allowed;
    auto left = payment.units;
    for (const auto& item : items)
        if (item.residual < 0) left -= item.residual;
    std::int64_t taken = 0;
    for (const auto& item : items) {
        auto& share = fit.shares.emplace_back();
        if (item.residual < 0) {
            share.cash = item.residual;
            continue;
        }
        const auto offered = takes_discounts ? discount_on(item, payment.date, grace_of(settings), settings) : 0;
        share.cash = std::min(left, item.residual - offered);
        left -= share.cash;
        if (share.cash == item.residual - offered) share.discount = offered;
        else if (settings.discount_on_part) share.discount = in_proportion(share.cash, offered, item.residual);
        taken += share.discount;
    }
    fit.on_account = left;
    if (left > 0) fit.kind = taken > 0 ? FitKind::over_net : FitKind::over;
    return fit;
}

std::string say(const Fit& fit, Currency currency) {
    const auto shown = [&](std::int64_t units) { return to_text(Money::minor(units, currency)) + " " + std::string{currency.text()}; };
    std::int64_t discount = 0, withholding = 0;
    for (const auto& share : fit.shares) {
        discount += share.discount;
        withholding += share.withholding;
    }
    switch (fit.kind) {
        case FitKind::exact: return "the amount is exactly what is open";
        case FitKind::discount: return "the amount is what is open less the discount in time";
        case FitKind::late_discount: return "the amount is what is open less a discount taken late, within the grace";
        case FitKind::tolerance: return "the amount differs from what is open within the tolerance";
        case FitKind::withholding: return "the amount is what is open less the tax withheld in the customer's country";
        case FitKind::unearned_discount: return discount > 0 ? "a discount was taken too late; what was not earned of it stays open" : "a discount was taken too late; it stays open";
        case FitKind::bank_fee:
            return withholding > 0 ? "the amount is what is open less the tax withheld in the customer's country and no more than a bank's charge"
                                   : "the amount is short by no more than a bank's charge";
        case FitKind::deduction: return "the advice says what was kept back and why";
        case FitKind::part:
            return discount > 0 ? "less than what is open was paid, the part takes " + shown(discount) + " discount, the rest stays open" : "less than what is open was paid, the rest stays open";
        case FitKind::over: return "more than what is open was paid, the rest stays on account";
        case FitKind::over_net: return shown(fit.on_account) + " more than what is open less its discount was paid; the discount is taken, the rest stays on account";
    }
    return {};
}

std::vector<std::vector<std::size_t>> subsets_making(const std::vector<std::int64_t>& values, std::int64_t target, std::size_t most) {
    std::vector<std::vector<std::size_t>> found;
    constexpr std::size_t values_max = 24;
    const auto n = values.size();
    if (n == 0 || n > values_max || target == 0) return found;
    const auto half = n / 2;
    const auto sums_of = [&](std::size_t first, std::size_t count) {
        std::vector<std::pair<std::int64_t, std::uint32_t>> sums{{0, 0}};
        sums.reserve(std::size_t{1} << count);
        for (std::size_t i = 0; i < count; ++i) {
            if (values[first + i] == 0) continue;
            const auto so_far = sums.size();
            for (std::size_t k = 0; k < so_far; ++k)
                sums.emplace_back(sums[k].first + values[first + i], sums[k].second | (std::uint32_t{1} << i));
        }
        return sums;
    };
    const auto left = sums_of(0, half);
    auto right = sums_of(half, n - half);
    std::sort(right.begin(), right.end());
    for (const auto& [sum, mask] : left) {
        const auto wanted = target - sum;
        for (auto at = std::lower_bound(right.begin(), right.end(), std::pair{wanted, std::uint32_t{0}}); at != right.end() && at->first == wanted; ++at) {
            auto& chosen = found.emplace_back();
            for (std::size_t i = 0; i < half; ++i)
                if ((mask >> i) & 1U) chosen.push_back(i);
            for (std::size_t i = 0; i < n - half; ++i)
                if ((at->second >> i) & 1U) chosen.push_back(half + i);
            if (found.size() == most) return found;
        }
    }
    return found;
}

std::vector<std::size_t> unique_subset(const std::vector<std::int64_t>& values, std::int64_t target, bool& several) {
    auto found = subsets_making(values, target, 2);
    several = found.size() > 1;
    return found.size() == 1 ? std::move(found.front()) : std::vector<std::size_t>{};
}

std::int64_t accident_ppm(std::size_t items, std::size_t chosen, std::int64_t target) {
    // Subsets up to that size, spread over about as many amounts as the target has units.
    constexpr std::int64_t most = 1'000'000'000'000;
    std::int64_t ways = 1, all = 0;
    for (std::size_t k = 1; k <= chosen && k <= items; ++k) {
        ways = ways * static_cast<std::int64_t>(items - k + 1) / static_cast<std::int64_t>(k);
        all += ways;
        if (all > most) break;
    }
    const auto ppm = static_cast<__int128>(all) * 1'000'000 / std::max<std::int64_t>(target, 1);
    return ppm > 1'000'000 ? 1'000'000 : static_cast<std::int64_t>(ppm);
}

}  // namespace owed::cash::detail
