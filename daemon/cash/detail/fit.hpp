// Does an amount pay these items, and by which arithmetic? Pure.
#pragma once

#include <optional>
#include <vector>

#include "cash/lookup.hpp"
#include "cash/settings.hpp"

namespace owed::cash::detail {

enum class FitKind : std::uint8_t { exact, discount, late_discount, tolerance, withholding, unearned_discount, bank_fee, deduction, part, over };

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
    bool charge_allowed = true;      ///< not where the payer says himself what he kept back
    std::string_view country = {};   ///< of the customer, for withheld tax
};

/// The first that holds, in the order of FitKind up to bank_fee: every item is closed but for an unearned discount, which
/// stays open. nullopt: the amount does not pay exactly these.
std::optional<Fit> closing_fit(const Payment& payment, const std::vector<ItemView>& items, const Settings& settings);
/// What always holds: items are filled in order; too little leaves the last open in part, too much stays on account.
Fit filling_fit(const Payment& payment, const std::vector<ItemView>& items);

/// Places of the one subset of `values` that adds up to `target`; empty: none, or more than one (then `several` is set).
/// Branch and bound by halves over at most 24 values.
std::vector<std::size_t> unique_subset(const std::vector<std::int64_t>& values, std::int64_t target, bool& several);
/// In how many of a million books like this some subset of that size would hit the amount by accident.
std::int64_t accident_ppm(std::size_t items, std::size_t chosen, std::int64_t target);

/// The discount on offer for an item when money counts on `date` or up to `grace` days too late; 0: none.
std::int64_t discount_on(const ItemView& item, Date date, int grace_days);

}  // namespace owed::cash::detail
