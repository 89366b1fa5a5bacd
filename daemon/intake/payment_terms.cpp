// When a document falls due and what its payer may take off, from what the document, its customer and configuration say
// (DOMAIN section 5). What the document says itself always wins; terms fill in what it leaves out.
#include <algorithm>

#include "intake/detail/routing.hpp"

namespace owed::intake::detail {
namespace {

/// By the name configuration knows, else as people write them. nullopt: the document names none.
Result<std::optional<Terms>> terms_named(const PaymentTerms* known, const std::string& text) {
    if (text.empty()) return std::optional<Terms>{};
    if (known != nullptr)
        if (const auto found = known->by_name.find(text); found != known->by_name.end()) return std::optional{found->second};
    OWED_TRY(auto read, parse_terms(text));
    return std::optional{std::move(read)};
}

Terms net(int days) {
    Terms terms;
    terms.due.days = days;
    return terms;
}

Calendar calendar_of(const PaymentTerms* known, const std::string& entity) {
    if (known != nullptr)
        if (const auto found = known->calendars.find(entity); found != known->calendars.end()) return found->second;
    return Calendar::weekends();
}

Result<ledger::DiscountTier> tier_of(const ArDocument::Discount& said, Money gross) {
    if (!said.until) return fail(Errc::invalid_argument, "a discount without the day until which it holds", "column discount_until");
    ledger::DiscountTier tier{.until = *said.until, .percent = {}, .amount = Money::zero(gross.currency())};
    if (!said.percent.empty()) {
        OWED_TRY(tier.percent, parse_decimal(said.percent));
    }
    if (said.amount) {
        auto whole = *said.amount;
        if (whole.currency.empty()) whole.currency = std::string{gross.currency().text()};
        OWED_TRY(tier.amount, whole.money());
    } else {
        OWED_TRY(tier.amount, Decimal::of(tier.percent.mantissa(), static_cast<std::uint8_t>(tier.percent.scale() + 2)).of(gross, Rounding::half_away));
    }
    if (tier.amount.is_negative() || tier.amount.units() >= gross.units())
        return fail(Errc::invalid_argument, "a discount of " + to_text(tier.amount) + " on " + to_text(gross), "column discount_percent");
    return tier;
}

Status add_discounts(const ArDocument& document, const std::vector<DiscountOffer>& offers, Money gross, ledger::ItemTerms& terms) {
    for (const auto& said : document.discounts) {
        OWED_TRY(auto tier, tier_of(said, gross));
        terms.discounts.push_back(std::move(tier));
    }
    if (document.discounts.empty())
        for (const auto& offer : offers) terms.discounts.push_back({.until = offer.until, .percent = offer.percent, .amount = offer.amount});
    // Of a few cents a discount may round to nothing, and then none is offered.
    std::erase_if(terms.discounts, [](const auto& tier) { return !tier.amount.is_positive(); });
    std::sort(terms.discounts.begin(), terms.discounts.end(), [](const auto& a, const auto& b) { return a.until < b.until; });
    return {};
}

bool says_something(const ledger::ItemTerms& terms) {
    return !terms.terms.empty() || !terms.discounts.empty() || terms.disputed || terms.expected_payment;
}

}  // namespace

Result<std::vector<ledger::Instalment>> Router::fall_due(const ArDocument& document, const ledger::Entity& entity, CustomerId customer,
                                                         ledger::PostDocument& posting, const std::string& where) {
    const bool is_debit = document.kind != ArDocument::Kind::credit_memo;
    auto terms = is_debit ? terms_named(source_.terms, document.terms) : std::optional<Terms>{};
    if (!terms && document.due_date) {   // nothing hangs on them but a discount, which nobody is then offered
        note(where, "document " + document.number + " names the payment terms \"" + document.terms + "\", which configuration does not know");
        terms = std::optional<Terms>{};
    }
    if (!terms) return fail(terms.error().code, "payment terms \"" + document.terms + "\": " + terms.error().what, "column terms",
                            "name them under terms: in the configuration");
    if (!*terms && !document.due_date && is_debit) {
        auto days = document.terms_days;
        if (!days)
            if (auto row = parties::find(tx_, customer)) days = row->customer.terms_days;
        if (!days) return fail(Errc::invalid_argument, "document " + document.number + " has no due date, and neither it nor its customer has payment terms");
        *terms = net(*days);
    }

    ledger::ItemTerms kept;
    kept.terms = document.terms;
    std::vector<ledger::Instalment> parts;
    std::vector<DiscountOffer> offers;
    if (*terms && is_debit) {
        const auto calendar = calendar_of(source_.terms, entity.id);
        auto worked_out = due_dates(**terms, {.document = posting.document_date, .gl = posting.posting_date, .delivery = {}, .goods = {}}, posting.amount, calendar);
        if (!worked_out && !document.due_date)
            return fail(worked_out.error().code, "payment terms of document " + document.number + ": " + worked_out.error().what, "column terms");
        if (!worked_out)
            note(where, "payment terms of document " + document.number + ": " + worked_out.error().what + "; it says itself when it is due, and no discount is offered");
        else
            offers = worked_out->discounts;
        if (worked_out && !document.due_date) {
            posting.due_date = worked_out->due_date;
            if (worked_out->expected_payment_date != worked_out->due_date) kept.expected_payment = worked_out->expected_payment_date;
            if (worked_out->parts.size() > 1)
                for (const auto& part : worked_out->parts)
                    parts.push_back({.due_date = part.due_date, .amount = part.amount, .expected_payment = part.expected_payment_date});
        }
    }
    if (document.due_date) posting.due_date = *document.due_date;
    // Days that the dates do not show (they were moved, or count from another day) are kept in words: items group by their term.
    if (is_debit && kept.terms.empty() && document.terms_days && days_between(posting.document_date, posting.due_date) != *document.terms_days)
        kept.terms = "net " + std::to_string(*document.terms_days);
    if (posting.due_date < posting.document_date)
        return fail(Errc::invalid_argument, "document " + document.number + " is due before its own date", "column due_date");
    if (is_debit) OWED_TRY_VOID(add_discounts(document, offers, posting.amount, kept));
    if (document.disputed) {
        OWED_TRY(kept.disputed, money(document.disputed, entity, "disputed amount"));
    }
    if (says_something(kept)) posting.terms = std::move(kept);
    return parts;
}

}  // namespace owed::intake::detail
