#include "cash/detail/fit.hpp"

#include <algorithm>

#include "cash/tolerance.hpp"

namespace owed::cash::detail {
namespace {

std::int64_t sum_of(const std::vector<ItemView>& items) {
    std::int64_t sum = 0;
    for (const auto& item : items) sum += item.residual;
    return sum;
}

std::int64_t limit_of(const Limits& limits, Currency currency) {
    const auto found = limits.find(currency.text());
    return found == limits.end() ? 0 : found->second;
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

std::optional<Fit> discounted(const Payment& payment, const std::vector<ItemView>& items, int grace_days, FitKind kind, std::int64_t difference) {
    std::vector<std::int64_t> offered;
    offered.reserve(items.size());
    bool any = false;
    for (const auto& item : items) {
        offered.push_back(discount_on(item, payment.date, grace_days));
        any = any || offered.back() > 0;
    }
    if (!any) return {};
    const auto taken = discounts_making(offered, difference);
    if (!taken) return {};
    auto fit = closing(kind, items, difference);
    for (std::size_t i = 0; i < items.size(); ++i) {
        fit.shares[i].cash -= (*taken)[i];
        // What was not earned is not granted: it stays open on its invoice.
        if (kind != FitKind::unearned_discount) fit.shares[i].discount = (*taken)[i];
    }
    return fit;
}

/// A percentage of the largest of the items: none allows more.
std::int64_t largest_percent(const std::vector<ItemView>& items, const Decimal& percent) {
    std::int64_t most = 0;
    const auto rate = Decimal::of(percent.mantissa(), static_cast<std::uint8_t>(percent.scale() + 2));
    for (const auto& item : items)
        if (const auto part = rate.of(Money::minor(std::max<std::int64_t>(item.residual, 0), item.currency), Rounding::half_away)) most = std::max(most, part->units());
    return most;
}

/// DOMAIN section 7: the tolerance rule, over discounts in time and late ones.
std::optional<Fit> tolerated(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings, std::int64_t difference) {
    // Without any maximum the percentage decides alone; among maxima a currency that has none allows none.
    const auto most = settings.tolerance_max.empty() && !settings.tolerance_percent.is_zero() ? largest_percent(items, settings.tolerance_percent)
                                                                                              : limit_of(settings.tolerance_max, payment.currency);
    if (most <= 0 || !payment.tolerance_allowed) return {};
    std::int64_t discounts = 0;
    for (const auto& item : items) discounts += std::abs(discount_on(item, payment.date, settings.discount_grace_days));
    const auto reach = most * static_cast<std::int64_t>(items.size());
    if (difference < -reach || difference > reach + discounts) return {};
    ToleranceQuestion question{.payment = Money::minor(payment.units, payment.currency), .date = payment.date, .invoices = {},
                               .grace_days = settings.discount_grace_days, .accept_late_discount = settings.accept_late_discount};
    for (const auto& item : items) {
        ToleranceInvoice invoice{.amount = Money::minor(item.residual, payment.currency)};
        if (const auto discount = discount_on(item, payment.date, settings.discount_grace_days); discount > 0) {
            invoice.discount = Money::minor(discount, payment.currency);
            invoice.discount_date = discount_on(item, payment.date, 0) > 0 ? payment.date : payment.date.plus_days(-1);
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

/// Tax that a customer's country makes him keep: the same percentage of every invoice, gross or net of our tax.
std::optional<Fit> withheld(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings, std::int64_t difference) {
    if (difference <= 0 || payment.country.empty()) return {};
    const auto rate = settings.withholding_percent.find(payment.country);
    if (rate == settings.withholding_percent.end()) return {};
    const auto percent = Decimal::of(rate->second.mantissa(), static_cast<std::uint8_t>(rate->second.scale() + 2));
    for (const bool net : {false, true}) {
        std::vector<std::int64_t> parts;
        std::int64_t sum = 0;
        for (const auto& item : items) {
            const auto base = net && item.original == item.residual ? item.residual - item.tax : item.residual;
            const auto part = percent.of(Money::minor(base, payment.currency), Rounding::half_away);
            if (!part) return {};
            parts.push_back(part->units());
            sum += part->units();
        }
        const auto off = difference - sum;
        const auto slack = static_cast<std::int64_t>(items.size());
        if (sum <= slack || off < -slack || off > slack) continue;
        parts[largest(items)] += off;
        auto fit = closing(FitKind::withholding, items, difference);
        for (std::size_t i = 0; i < items.size(); ++i) {
            fit.shares[i].cash -= parts[i];
            fit.shares[i].withholding = parts[i];
        }
        return fit;
    }
    return {};
}

/// What banks on the way keep of a foreign transfer (charges SHA or BEN), after any discount in time.
std::optional<Fit> charged(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings, std::int64_t difference) {
    const auto most = limit_of(settings.bank_fee_max, payment.currency);
    if (most <= 0 || difference <= 0 || !payment.charge_allowed) return {};
    const auto& countries = settings.bank_fee_countries;
    if (!countries.empty() && std::find(countries.begin(), countries.end(), payment.country) == countries.end()) return {};
    std::int64_t discounts = 0;
    for (const auto& item : items) discounts += discount_on(item, payment.date, 0);
    for (const auto taken : {std::int64_t{0}, discounts}) {
        const auto fee = difference - taken;
        if (fee <= 0 || fee > most) continue;
        const auto bearer = largest(items);
        auto fit = closing(FitKind::bank_fee, items, difference);
        if (taken > 0)
            for (std::size_t i = 0; i < items.size(); ++i) {
                fit.shares[i].discount = discount_on(items[i], payment.date, 0);
                fit.shares[i].cash -= fit.shares[i].discount;
            }
        if (fit.shares[bearer].cash <= fee) continue;
        fit.shares[bearer].cash -= fee;
        fit.shares[bearer].bank_charge = fee;
        return fit;
    }
    return {};
}

}  // namespace

std::int64_t discount_on(const ItemView& item, Date date, int grace_days) {
    // An offer is for the whole document: once part of it is paid, what is left of the offer is not known here.
    if (item.residual != item.original || item.original <= 0) return 0;
    std::int64_t best = 0;
    for (const auto& offer : item.discounts)
        if (date <= offer.until.plus_days(grace_days)) best = std::max(best, offer.units);
    return best;
}

std::optional<Fit> closing_fit(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings) {
    if (items.empty()) return {};
    const auto difference = sum_of(items) - payment.units;
    if (difference == 0) return closing(FitKind::exact, items, 0);
    if (auto fit = discounted(payment, items, 0, FitKind::discount, difference)) return fit;
    if (settings.discount_grace_days > 0 && settings.accept_late_discount)
        if (auto fit = discounted(payment, items, settings.discount_grace_days, FitKind::late_discount, difference)) return fit;
    if (auto fit = tolerated(payment, items, settings, difference)) return fit;
    if (auto fit = withheld(payment, items, settings, difference)) return fit;
    if (auto fit = discounted(payment, items, 3'650, FitKind::unearned_discount, difference)) return fit;
    return charged(payment, items, settings, difference);
}

Fit filling_fit(const Payment& payment, const std::vector<ItemView>& items) {
    Fit fit{FitKind::part, {}, 0, sum_of(items) - payment.units};
    auto left = payment.units;
    for (const auto& item : items)
        if (item.residual < 0) left -= item.residual;
    for (const auto& item : items) {
        fit.shares.emplace_back();
        const auto part = item.residual < 0 ? item.residual : std::min(left, item.residual);
        fit.shares.back().cash = part;
        if (part > 0) left -= part;
    }
    fit.on_account = left;
    if (left > 0) fit.kind = FitKind::over;
    return fit;
}

std::vector<std::size_t> unique_subset(const std::vector<std::int64_t>& values, std::int64_t target, bool& several) {
    several = false;
    constexpr std::size_t values_max = 24;
    const auto n = values.size();
    if (n == 0 || n > values_max || target == 0) return {};
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
    std::optional<std::pair<std::uint32_t, std::uint32_t>> found;
    for (const auto& [sum, mask] : left) {
        const auto wanted = target - sum;
        for (auto at = std::lower_bound(right.begin(), right.end(), std::pair{wanted, std::uint32_t{0}}); at != right.end() && at->first == wanted; ++at) {
            if (found) {
                several = true;
                return {};
            }
            found = {mask, at->second};
        }
    }
    std::vector<std::size_t> chosen;
    if (!found) return chosen;
    for (std::size_t i = 0; i < half; ++i)
        if ((found->first >> i) & 1U) chosen.push_back(i);
    for (std::size_t i = 0; i < n - half; ++i)
        if ((found->second >> i) & 1U) chosen.push_back(half + i);
    return chosen;
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
