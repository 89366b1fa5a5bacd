// A clerk's parts of an application: read, and held against what the settings grant.
#include <algorithm>
#include <map>

#include "cash/by_hand.hpp"
#include "cash/detail/limits.hpp"
#include "cash/detail/rows.hpp"
#include "ledger/instalments.hpp"
#include "ledger/item_terms.hpp"

namespace owed::cash {
namespace {

using Parts = Wanted::Parts;

constexpr std::pair<std::string_view, std::string Parts::*> named_parts[] = {
    {"discount", &Parts::discount}, {"tolerance", &Parts::tolerance}, {"bank-charge", &Parts::bank_charge},
    {"withholding", &Parts::withholding}, {"deduction", &Parts::deduction}, {"takes", &Parts::takes},
};

/// Where the next ",NAME=" of a part begins; document numbers may hold commas of their own.
std::size_t next_part(std::string_view text, std::size_t from) {
    auto first = std::string_view::npos;
    for (const auto& [name, member] : named_parts)
        first = std::min(first, text.find("," + std::string{name} + "=", from));
    return first;
}

/// The best of the item's discounts when money counts on `date`.
std::int64_t discount_of(const std::optional<ledger::ItemTerms>& terms, Date date, const Settings& settings) {
    std::int64_t best = 0;
    if (terms)
        for (const auto& tier : terms->discounts)
            if (date <= tier.until.plus_days(settings.accept_late_discount ? settings.discount_grace_days : 0)) best = std::max(best, tier.amount.units());
    return best;
}

std::int64_t tolerance_of(const ledger::Item& item, const std::optional<ledger::ItemTerms>& terms, const Settings& settings) {
    return terms && terms->tolerance ? terms->tolerance->units() : detail::tolerance_of(settings, item.residual);
}

std::int64_t withheld_of(store::Db& db, const ledger::Item& item, const Settings& settings) {
    const auto who = item.customer ? parties::find(db, *item.customer) : std::nullopt;
    const auto rate = who ? settings.withholding_percent.find(who->customer.address.country) : settings.withholding_percent.end();
    return rate == settings.withholding_percent.end() ? 0 : detail::percent_of(rate->second, item.original);
}

/// Of one item, all that one call lets go.
struct Asked {
    std::optional<ledger::Item> item = {};
    std::int64_t discount = 0, tolerance = 0, withholding = 0;
};

std::int64_t units_of(const std::optional<Money>& part) { return part ? part->units() : 0; }

}  // namespace

Status add_part(Wanted& wanted, std::string_view name, std::string_view value) {
    const auto at = std::find_if(std::begin(named_parts), std::end(named_parts), [&](const auto& one) { return one.first == name; });
    if (at == std::end(named_parts)) return fail(Errc::invalid_argument, "there is no part \"" + std::string{name} + "\" of a payment");
    auto& into = wanted.parts.*at->second;
    if (value.empty()) return fail(Errc::invalid_argument, "the " + std::string{name} + " of " + wanted.document_or_item + " has no amount");
    if (!into.empty()) return fail(Errc::invalid_argument, "the " + std::string{name} + " of " + wanted.document_or_item + " is said twice");
    if (name == "deduction")
        if (const auto colon = value.find(':'); colon != std::string_view::npos) {
            wanted.parts.reason = value.substr(colon + 1);
            value = value.substr(0, colon);
        }
    into = value;
    return {};
}

Result<Wanted> wanted_named(std::string_view text) {
    auto at = next_part(text, 0);
    const auto first = text.substr(0, at);
    const auto equals = first.rfind('=');
    if (equals == std::string_view::npos) return fail(Errc::invalid_argument, "\"" + std::string{text} + "\" is not ITEM=AMOUNT", "items");
    Wanted wanted{std::string{first.substr(0, equals)}, std::string{first.substr(equals + 1)}};
    while (at != std::string_view::npos) {
        const auto end = next_part(text, at + 1);
        const auto part = text.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
        const auto sign = part.find('=');
        OWED_TRY_VOID(add_part(wanted, part.substr(0, sign), part.substr(sign + 1)));
        at = end;
    }
    return wanted;
}

namespace detail {

Result<ledger::Apply> application_wanted(const ledger::Item& item, Currency of_receipt, const Wanted& wanted) {
    const auto currency = item.residual.currency();
    const auto part = [&](const std::string& text, Currency in, std::string_view what) -> Result<std::optional<Money>> {
        if (text.empty()) return std::optional<Money>{};
        OWED_TRY(const auto amount, parse_money(text, in));
        if (amount.is_zero()) return fail(Errc::invalid_argument, "the " + std::string{what} + " of " + wanted.document_or_item + " is nothing");
        return std::optional{amount};
    };
    ledger::Apply asked{.credit = {}, .debit = item.id, .amount = Money::zero(currency), .discount = {}, .date = {}, .stage = "manual", .confidence = 100, .reason = {},
                        .by = {}, .cause = {}, .event_key = {}};
    OWED_TRY(asked.amount, parse_money(wanted.amount, currency));
    if (!asked.amount.is_positive()) return fail(Errc::invalid_argument, "an applied amount is positive, not " + wanted.amount);
    OWED_TRY(asked.discount, part(wanted.parts.discount, currency, "discount"));
    OWED_TRY(asked.tolerance, part(wanted.parts.tolerance, currency, "tolerance"));
    OWED_TRY(asked.bank_charge, part(wanted.parts.bank_charge, currency, "bank charge"));
    OWED_TRY(asked.withholding, part(wanted.parts.withholding, currency, "withheld tax"));
    OWED_TRY(asked.credit_amount, part(wanted.parts.takes, of_receipt, "amount taken"));
    OWED_TRY(const auto deduction, part(wanted.parts.deduction, currency, "deduction"));
    if (deduction) asked.deduction = ledger::DeductionPart{*deduction, wanted.parts.reason.empty() ? "unknown" : wanted.parts.reason};
    return asked;
}

}  // namespace detail

Result<Beyond> beyond_policy(store::Db& db, const ledger::Context& context, const Settings& settings, std::string_view receipt,
                             const std::vector<Wanted>& wanted) {
    OWED_TRY(const auto row, detail::open_receipt(db, receipt));
    const auto shown = [](std::int64_t units, Currency currency) { return to_text(Money::minor(units, currency)) + " " + std::string{currency.text()}; };
    std::map<std::int64_t, Asked> by_item;
    std::map<std::string, std::pair<Currency, std::int64_t>, std::less<>> charges;
    Beyond beyond{.why = {}, .meant = wanted};
    for (auto& one : beyond.meant) {
        OWED_TRY(const auto item, detail::wanted_item(db, context.books, row.receipt.entity, row.receipt.customer, one.document_or_item));
        OWED_TRY(const auto asked, detail::application_wanted(item, row.receipt.amount.currency(), one));
        one.document_or_item = "#" + std::to_string(item.id.value);
        auto& sum = by_item[item.id.value];
        sum.item = item;
        sum.discount += units_of(asked.discount);
        sum.tolerance += std::abs(units_of(asked.tolerance));
        sum.withholding += units_of(asked.withholding);
        auto& charge = charges.try_emplace(std::string{asked.amount.currency().text()}, asked.amount.currency(), 0).first->second;
        charge.second += units_of(asked.bank_charge);
        if (!asked.credit_amount) continue;
        if (const auto why = detail::against_the_rate(db, asked.amount, *asked.credit_amount, row.receipt.value_date); !why.empty())
            beyond.why.push_back(shown(asked.amount.units(), asked.amount.currency()) + " of " + ledger::number_of(item) + " for " +
                                 shown(asked.credit_amount->units(), asked.credit_amount->currency()) + (why.starts_with("they") ? ", where " : ": ") + why);
    }
    const auto check = [&](std::int64_t asked, std::int64_t granted, Currency currency, const std::string& what, const std::string& of) {
        if (asked <= 0 || asked <= granted) return;
        beyond.why.push_back(what + " of " + shown(asked, currency) + " for " + of +
                             (granted > 0 ? ", where " + to_text(Money::minor(granted, currency)) + " is granted" : ", where none is granted"));
    };
    for (const auto& [id, sum] : by_item) {
        const auto& item = *sum.item;
        const auto currency = item.residual.currency();
        const auto terms = ledger::terms_of(db, item.id);
        const auto before = detail::let_go_of(db, item.id);
        const auto number = ledger::number_of(item);
        check(sum.discount, discount_of(terms, row.receipt.value_date, settings) - before.discount, currency, "a discount", number);
        check(sum.tolerance, tolerance_of(item, terms, settings) - before.tolerance, currency, "a tolerance", number);
        check(sum.withholding, withheld_of(db, item, settings) - before.withholding, currency, "withheld tax", number);
    }
    for (const auto& [code, charge] : charges)
        check(charge.second, detail::limit_of(settings.bank_fee_max, charge.first) - detail::charged_to(db, row.receipt.id, charge.first), charge.first,
              "a bank charge", row.receipt.number);
    return beyond;
}

}  // namespace owed::cash
