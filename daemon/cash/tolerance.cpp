#include "cash/tolerance.hpp"

namespace owed::cash {
namespace {

Money minor(__int128 units, Currency currency) { return Money::minor(static_cast<std::int64_t>(units), currency); }

/// Amounts of one invoice in minor units, once everything about it is known to be in order.
struct Figures {
    std::int64_t amount = 0, discount = 0, tolerance = 0;
    bool late = false;
    std::int64_t net() const { return amount - discount; }
};

std::string place(std::size_t at) { return "invoices[" + std::to_string(at) + "]"; }

Status check_amounts(const ToleranceInvoice& invoice, const Currency& currency, const std::string& where) {
    if (invoice.amount.is_zero()) return fail(Errc::invalid_argument, "an invoice without open amount cannot be paid", where);
    for (const auto& other : {std::optional{invoice.amount}, invoice.discount, invoice.tolerance_max})
        if (other && other->currency() != currency)
            return fail(Errc::currency_mismatch,
                        "the payment is in " + std::string{currency.text()} + ", the invoice in " + std::string{other->currency().text()}, where);
    if (invoice.discount && !invoice.discount->is_zero()) {
        if (!invoice.discount_date) return fail(Errc::invalid_argument, "a discount needs the date until which it is earned", where, "give discount_date");
        if (invoice.discount->is_negative() != invoice.amount.is_negative())
            return fail(Errc::invalid_argument, "the discount has not the sign of the invoice's amount", where);
        if (invoice.discount->absolute().units() > invoice.amount.absolute().units())
            return fail(Errc::invalid_argument, "the discount " + to_text(*invoice.discount) + " is more than the invoice's " + to_text(invoice.amount), where);
    }
    if (invoice.tolerance_max && invoice.tolerance_max->is_negative()) return fail(Errc::invalid_argument, "a tolerance is not negative", where);
    if (invoice.tolerance_percent && (invoice.tolerance_percent->mantissa() < 0))
        return fail(Errc::invalid_argument, "a tolerance in percent is not negative", where);
    return {};
}

Result<Money> allowed_by(const ToleranceInvoice& invoice) {
    const auto none = Money::zero(invoice.amount.currency());
    if (!invoice.tolerance_percent) return invoice.tolerance_max.value_or(none);
    const auto& percent = *invoice.tolerance_percent;
    if (percent.scale() > 16) return fail(Errc::invalid_argument, "a percentage has at most 16 decimals");
    const auto rate = Decimal::of(percent.mantissa(), static_cast<std::uint8_t>(percent.scale() + 2));
    OWED_TRY(auto by_percent, rate.of(invoice.amount.absolute(), Rounding::half_away));
    if (invoice.tolerance_max && invoice.tolerance_max->units() < by_percent.units()) return *invoice.tolerance_max;
    return by_percent;
}

Result<Figures> figures_of(const ToleranceInvoice& invoice, const ToleranceQuestion& question, const std::string& where) {
    OWED_TRY_VOID(check_amounts(invoice, question.payment.currency(), where));
    Figures figures{.amount = invoice.amount.units(), .discount = 0, .tolerance = 0, .late = false};
    if (invoice.discount && !invoice.discount->is_zero()) {
        const auto late_by = days_between(*invoice.discount_date, question.date);
        const bool late_accepted = late_by > 0 && late_by <= question.grace_days && question.accept_late_discount;
        if (late_by <= 0 || late_accepted) {
            figures.discount = invoice.discount->units();
            figures.late = late_accepted;
        }
    }
    if (question.tolerance_allowed) {
        OWED_TRY(auto allowed, allowed_by(invoice));
        figures.tolerance = allowed.units();
    }
    return figures;
}

Status check_question(const ToleranceQuestion& question) {
    if (question.invoices.empty() || question.invoices.size() > 1'000)
        return fail(Errc::invalid_argument, "a payment is settled over 1 to 1,000 invoices, here " + std::to_string(question.invoices.size()), "invoices");
    if (question.grace_days < 0 || question.grace_days > 366)
        return fail(Errc::invalid_argument, "the grace is 0 to 366 days, here " + std::to_string(question.grace_days), "grace_days");
    if (question.payment.is_negative()) return fail(Errc::invalid_argument, "a payment is not negative", "payment");
    return {};
}

/// The difference let go (positive) or kept (negative) over the invoices, by what each allows.
Result<std::vector<std::int64_t>> split_difference(std::int64_t let_go, const std::vector<Figures>& all, Currency currency) {
    std::vector<std::int64_t> parts(all.size(), 0), weights;
    std::vector<std::size_t> at;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (all[i].tolerance > 0) {
            weights.push_back(all[i].tolerance);
            at.push_back(i);
        }
    if (weights.empty()) return parts;   // nothing is allowed, so the difference is nothing
    OWED_TRY(auto shares, split(minor(let_go, currency), weights));
    for (std::size_t i = 0; i < at.size(); ++i) parts[at[i]] = shares[i].units();
    return parts;
}

/// round(paid x p / (1 - p)) with p / (1 - p) = discount / net, half away from zero.
std::int64_t in_proportion(std::int64_t paid, const Figures& figures) {
    if (figures.net() == 0) return figures.discount;
    const auto twice = static_cast<__int128>(paid) * figures.discount * 2;
    return static_cast<std::int64_t>((twice + figures.net()) / (static_cast<__int128>(figures.net()) * 2));
}

ToleranceShare share_of(const Figures& figures, __int128 applied, __int128 discount, std::int64_t tolerance, Currency currency) {
    return {.applied = minor(applied, currency),
            .discount = minor(discount, currency),
            .discount_late = figures.late && discount != 0,
            .tolerance = minor(tolerance, currency),
            .open = minor(figures.amount - applied - discount - tolerance, currency)};
}

/// Too little: credit memos give what they have, then the money fills the invoices in order.
std::vector<ToleranceShare> fill_in_order(__int128 money, const std::vector<Figures>& all, const ToleranceQuestion& question) {
    const auto currency = question.payment.currency();
    for (const auto& figures : all)
        if (figures.amount < 0) money -= figures.net();
    std::vector<ToleranceShare> shares;
    for (const auto& figures : all) {
        if (figures.amount < 0) {
            shares.push_back(share_of(figures, figures.net(), figures.discount, 0, currency));
            continue;
        }
        const auto paid = std::min<__int128>(money, figures.net());
        money -= paid;
        std::int64_t discount = figures.discount;
        if (paid < figures.net() && question.short_discount == ShortDiscount::in_proportion)
            discount = in_proportion(static_cast<std::int64_t>(paid), figures);
        if (paid < figures.net() && (paid == 0 || question.short_discount == ShortDiscount::none)) discount = 0;
        shares.push_back(share_of(figures, paid, discount, 0, currency));
    }
    return shares;
}

void post_all(ToleranceAnswer& answer, Currency currency) {
    __int128 cash = 0, discount = 0, tolerance = 0;
    for (const auto& share : answer.shares) {
        cash += share.applied.units();
        discount += share.discount.units();
        tolerance += share.tolerance.units();
    }
    const auto post = [&](const char* role, __int128 units) {
        if (units != 0) answer.posts.push_back(ledger::RolePosting::of(role, minor(units, currency)));
    };
    post("unapplied_cash", cash);
    post("sales_discount", discount);
    post(tolerance < 0 ? "tolerance_gain" : "tolerance", tolerance);
    post("receivable", -(cash + discount + tolerance));
}

}  // namespace

std::string_view name_of(ShortDiscount how) noexcept {
    switch (how) {
    case ShortDiscount::whole: return "whole";
    case ShortDiscount::in_proportion: return "in_proportion";
    case ShortDiscount::none: return "none";
    }
    return "";
}

Result<ToleranceAnswer> settle(const ToleranceQuestion& question) {
    OWED_TRY_VOID(check_question(question));
    const auto currency = question.payment.currency();
    std::vector<Figures> all;
    __int128 need = 0, allowed = 0, gross = 0;
    for (std::size_t i = 0; i < question.invoices.size(); ++i) {
        OWED_TRY(auto figures, figures_of(question.invoices[i], question, place(i)));
        need += figures.net();
        allowed += figures.tolerance;
        gross += figures.amount < 0 ? -static_cast<__int128>(figures.amount) : figures.amount;
        all.push_back(figures);
    }
    if (gross > money_units_max || allowed > money_units_max)
        return fail(Errc::amount_overflow, "the invoices add up to more than can be booked", "invoices");
    if (need < 0)
        return fail(Errc::invalid_argument, "the credit memos are more than the invoices: no payment is needed", "invoices",
                    "leave out a credit memo, or apply it on its own");

    const auto difference = question.payment.units() - need;
    ToleranceAnswer answer{.closes = (difference < 0 ? -difference : difference) <= allowed, .need = minor(need, currency), .allowed = minor(allowed, currency),
                           .difference = minor(difference, currency), .shares = {}, .on_account = Money::zero(currency), .posts = {}};
    if (answer.closes) {
        OWED_TRY(auto let_go, split_difference(static_cast<std::int64_t>(-difference), all, currency));
        for (std::size_t i = 0; i < all.size(); ++i)
            answer.shares.push_back(share_of(all[i], static_cast<__int128>(all[i].net()) - let_go[i], all[i].discount, let_go[i], currency));
    } else if (difference > 0) {
        for (const auto& figures : all) answer.shares.push_back(share_of(figures, figures.net(), figures.discount, 0, currency));
        answer.on_account = answer.difference;
    } else {
        answer.shares = fill_in_order(question.payment.units(), all, question);
    }
    post_all(answer, currency);
    return answer;
}

}  // namespace owed::cash
