#include "ledger/instalments.hpp"

#include <algorithm>
#include <charconv>

#include "ledger/detail/acts.hpp"
#include "ledger/detail/shares.hpp"

namespace owed::ledger {
namespace {

using detail::Shares;

/// What payers may use of a document, given out to its instalments.
class TermShares {
  public:
    TermShares(const std::optional<ItemTerms>& whole, std::int64_t weights)
        : whole_{whole}, tolerance_{whole ? whole->tolerance : std::nullopt, weights}, disputed_{whole ? whole->disputed : std::nullopt, weights} {
        if (whole)
            for (const auto& tier : whole->discounts) discounts_.emplace_back(tier.amount, weights);
    }
    std::optional<ItemTerms> next(const Instalment& part, bool last) {
        const auto weight = part.amount.units();
        const bool moved = part.expected_payment && *part.expected_payment != part.due_date;
        if (!whole_ && !moved) return std::nullopt;
        auto terms = whole_.value_or(ItemTerms{});
        terms.tolerance = some(tolerance_.next(weight, last));
        terms.disputed = some(disputed_.next(weight, last));
        terms.expected_payment = moved ? part.expected_payment : std::nullopt;
        for (std::size_t i = 0; i < discounts_.size(); ++i) terms.discounts[i].amount = *discounts_[i].next(weight, last);
        std::erase_if(terms.discounts, [](const auto& tier) { return !tier.amount.is_positive(); });
        return terms;
    }

  private:
    static std::optional<Money> some(std::optional<Money> share) { return share && share->is_positive() ? share : std::nullopt; }
    std::optional<ItemTerms> whole_;
    Shares tolerance_, disputed_;
    std::vector<Shares> discounts_;
};

Status check(const PostDocument& document, const std::vector<Instalment>& instalments) {
    const auto what = std::string{name_of(document.kind)} + " " + document.document;
    if (instalments.empty()) return fail(Errc::invalid_argument, what + " has no instalments");
    if (document.open) return fail(Errc::invalid_argument, what + " is partly settled: post the open instalments as documents");
    auto sum = Money::zero(document.amount.currency());
    for (const auto& part : instalments) {
        if (!part.amount.is_positive() && part.amount.currency() == sum.currency())
            return fail(Errc::invalid_argument, what + ": an instalment of " + detail::shown(part.amount) + " is not positive");
        OWED_TRY(sum, add(sum, part.amount));
    }
    if (sum != document.amount)
        return fail(Errc::invalid_argument, what + " is of " + detail::shown(document.amount) + ", its instalments add up to " + detail::shown(sum));
    return {};
}

}  // namespace

Result<std::vector<PostedItem>> post_in_instalments(store::Tx& tx, const Context& context, const PostDocument& document,
                                                    const std::vector<Instalment>& instalments) {
    OWED_TRY_VOID(check(document, instalments));
    OWED_TRY(const auto whole, detail::booked_whole(tx, context, document));
    Shares tax{document.tax, document.amount.units()}, freight{document.freight, document.amount.units()};
    Shares functional{document.functional, document.amount.units()}, at_rate{whole ? std::optional{whole->amount} : std::nullopt, document.amount.units()};
    TermShares terms{document.terms, document.amount.units()};
    std::vector<PostedItem> posted;
    for (std::size_t i = 0; i < instalments.size(); ++i) {
        const bool last = i + 1 == instalments.size();
        auto part = document;
        part.instalment = static_cast<int>(i) + 1;
        part.amount = instalments[i].amount;
        part.due_date = instalments[i].due_date;
        part.terms = terms.next(instalments[i], last);
        part.tax = tax.next(part.amount.units(), last);
        part.freight = freight.next(part.amount.units(), last);
        part.functional = functional.next(part.amount.units(), last);
        part.event_key += "/" + std::to_string(part.instalment);
        const auto share = at_rate.next(part.amount.units(), last);
        OWED_TRY(auto item, detail::post_document_on(tx, context, part, Role::receivable, share ? std::optional{detail::Booked{*share, whole->rate}} : std::nullopt));
        posted.push_back(std::move(item));
    }
    return posted;
}

std::string number_of(const Item& item) { return item.instalment > 0 ? item.document + "/" + std::to_string(item.instalment) : item.document; }

std::vector<Item> find_by_number(store::Db& db, std::string_view entity, std::string_view number) {
    auto found = find_by_document(db, entity, document_key(number));
    // The key has no separators: "INV-7/2" is that of "INV-72" as well, which is another document.
    const auto slash = number.rfind('/');
    int instalment = 0;
    if (slash == std::string_view::npos) return found;
    const auto [end, error] = std::from_chars(number.data() + slash + 1, number.data() + number.size(), instalment);
    if (error != std::errc{} || end != number.data() + number.size() || instalment <= 0) return found;
    if (std::any_of(found.begin(), found.end(), [&](const Item& item) { return item.document == number; })) return found;
    auto parts = find_by_document(db, entity, document_key(number.substr(0, slash)));
    std::erase_if(parts, [&](const Item& item) { return item.instalment != instalment; });
    return parts.empty() ? found : parts;
}

}  // namespace owed::ledger
