#include "ledger/instalments.hpp"

#include "ledger/detail/write.hpp"

namespace owed::ledger {
namespace {

/// Gives out a whole in parts by weight; the last takes what is left.
class Shares {
  public:
    Shares(const std::optional<Money>& whole, std::int64_t weights) : whole_{whole}, weights_{weights}, left_{whole ? whole->units() : 0} {}
    std::optional<Money> next(std::int64_t weight, bool last) {
        if (!whole_) return std::nullopt;
        const auto share = last ? left_ : detail::pro_rata(whole_->units(), weight, weights_);
        left_ -= share;
        return Money::minor(share, whole_->currency());
    }

  private:
    std::optional<Money> whole_;
    std::int64_t weights_, left_;
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
    Shares tax{document.tax, document.amount.units()}, freight{document.freight, document.amount.units()}, functional{document.functional, document.amount.units()};
    std::vector<PostedItem> posted;
    for (std::size_t i = 0; i < instalments.size(); ++i) {
        const bool last = i + 1 == instalments.size();
        auto part = document;
        part.instalment = static_cast<int>(i) + 1;
        part.amount = instalments[i].amount;
        part.due_date = instalments[i].due_date;
        part.terms = instalments[i].terms;
        part.tax = tax.next(part.amount.units(), last);
        part.freight = freight.next(part.amount.units(), last);
        part.functional = functional.next(part.amount.units(), last);
        part.event_key += "/" + std::to_string(part.instalment);
        OWED_TRY(auto item, post_document(tx, context, part));
        posted.push_back(std::move(item));
    }
    return posted;
}

}  // namespace owed::ledger
