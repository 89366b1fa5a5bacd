// Does an amount pay these items, and by which arithmetic? Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cash/lookup.hpp"
#include "cash/settings.hpp"

namespace owed::cash::detail {

enum class FitKind : std::uint8_t { exact, discount, late_discount, tolerance, withholding, unearned_discount, bank_fee, deduction, part, over, over_net };

// over_net: more than what is due less its discounts, and less than what is open. The discounts are taken, the rest stays on account.

/// Of one item; residual = cash + discount + tolerance + bank_charge + withholding + deduction + what stays open.
struct Share {
    std::int64_t cash = 0, discount = 0, tolerance = 0, bank_charge = 0, withholding = 0, deduction = 0;
    std::string reason = {};
};
struct Fit {
    FitKind kind = FitKind::exact;
    std::vector<Share> shares;       ///< one per item, in order
    std::int64_t on_account = 0;     ///< left of the payment
    std::int64_t difference = 0;     ///< sum of the residuals less the payment
};

struct Payment {
    std::int64_t units = 0;
    Currency currency{};
    Date date;
    bool tolerance_allowed = true;   ///< not for customers on oldest_first
    bool charge_allowed = true;      ///< not where the payer says himself what he kept back: no bank's charge, and no discount on a part
    std::string_view country = {};   ///< of the customer, for withheld tax
};

/// The first that holds, in the order of FitKind up to bank_fee: every item is closed but for an unearned discount, which
/// stays open. nullopt: the amount does not pay exactly these.
std::optional<Fit> closing_fit(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings);
/// What always holds: items are filled in order, each with its discount in time or within the grace; too little leaves the last open in
/// part, and the part takes its share of the discount (DOMAIN section 5); too much stays on account. Who pays all that is open, or
/// more, takes no discount.
Fit filling_fit(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings);
/// A clause for people: "the amount is exactly what is open".
std::string say(const Fit& fit, Currency currency);

/// Places of the subsets of `values` that add up to `target`, the first `most` of them. By halves over at most 24 values; of more: none.
std::vector<std::vector<std::size_t>> subsets_making(const std::vector<std::int64_t>& values, std::int64_t target, std::size_t most);
/// The one subset; empty: none, or more than one (then `several` is set).
std::vector<std::size_t> unique_subset(const std::vector<std::int64_t>& values, std::int64_t target, bool& several);
/// In how many of a million books like this some subset of that size would hit the amount by accident.
std::int64_t accident_ppm(std::size_t items, std::size_t chosen, std::int64_t target);

/// The discount on offer for an item when money counts on `date` or up to `grace` days too late; 0: none. Of an item that is paid in
/// part, what its offer comes to on the rest; none where the policy gives none on parts.
std::int64_t discount_on(const ItemView& item, Date date, int grace_days, const Settings& settings);
/// The days of grace that the policy grants.
inline int grace_of(const Settings& settings) { return settings.accept_late_discount ? settings.discount_grace_days : 0; }

}  // namespace owed::cash::detail
