#include "owed/discount.hpp"

#include <boost/multiprecision/cpp_dec_float.hpp>
#include <boost/multiprecision/cpp_int.hpp>

namespace owed {
namespace {

using boost::multiprecision::int256_t;
using Wide = boost::multiprecision::number<boost::multiprecision::cpp_dec_float<60>>;

int256_t power_of_ten(int exponent) {
    int256_t value = 1;
    for (; exponent > 0; --exponent) value *= 10;
    return value;
}

/// round(units x numerator / denominator), half away from zero; all of them >= 0.
Money share(Money of, const int256_t& numerator, const int256_t& denominator) {
    const int256_t units = (int256_t{of.units()} * numerator * 2 + denominator) / (denominator * 2);
    return Money::minor(static_cast<std::int64_t>(units), of.currency());
}

Status check(const DiscountQuestion& question) {
    for (const auto& other : {question.payment, question.tax.value_or(question.amount)})
        if (other.currency() != question.amount.currency()) return fail(Errc::currency_mismatch, "the amounts are not in one currency");
    if (question.amount.is_negative()) return fail(Errc::invalid_argument, "the invoice's amount is negative", "amount");
    if (question.payment.is_negative()) return fail(Errc::invalid_argument, "the payment is negative", "payment");
    if (question.tax && (question.tax->is_negative() || question.tax->units() > question.amount.units()))
        return fail(Errc::invalid_argument, "the tax is not between zero and the amount", "tax");
    return {};
}

/// The best discount still open on that day.
std::optional<DiscountOffer> best_offer(const DiscountQuestion& question) {
    std::optional<DiscountOffer> best;
    for (const auto& offer : question.offers)
        if (question.payment_date <= offer.until_with_grace && (!best || offer.amount.units() > best->amount.units())) best = offer;
    return best;
}

/// p / (1 - p) of the payment, p in percent with its scale: mantissa / (100 x 10^scale - mantissa).
Money partial_discount(Money payment, Decimal percent) {
    return share(payment, percent.mantissa(), 100 * power_of_ten(percent.scale()) - percent.mantissa());
}

std::string decimals(const Wide& value, int digits) {
    Wide scale = 1;
    for (int i = 0; i < digits; ++i) scale *= 10;
    auto text = boost::multiprecision::floor(value * scale + Wide{"0.5"}).str(0, std::ios_base::fixed);
    text = text.substr(0, text.find('.'));
    if (static_cast<int>(text.size()) <= digits) text.insert(0, static_cast<std::size_t>(digits + 1) - text.size(), '0');
    if (digits > 0) text.insert(text.size() - static_cast<std::size_t>(digits), 1, '.');
    return text;
}

}  // namespace

Result<DiscountAnswer> discount_for(const DiscountQuestion& question) {
    OWED_TRY_VOID(check(question));
    const auto zero = Money::zero(question.amount.currency());
    DiscountAnswer answer{.offer = best_offer(question), .discount = zero, .tax = zero, .credited = zero, .open = zero, .unapplied = zero};
    if (answer.offer && question.payment.units() >= question.amount.units() - answer.offer->amount.units())
        answer.discount = answer.offer->amount;
    else if (answer.offer && question.partial)
        answer.discount = partial_discount(question.payment, answer.offer->percent);
    const auto needed = question.amount.units() - answer.discount.units();
    const auto applied = std::min(question.payment.units(), needed);
    answer.credited = Money::minor(applied + answer.discount.units(), zero.currency());
    answer.open = Money::minor(needed - applied, zero.currency());
    answer.unapplied = Money::minor(question.payment.units() - applied, zero.currency());
    if (question.tax && !question.amount.is_zero()) answer.tax = share(answer.discount, question.tax->units(), question.amount.units());
    return answer;
}

Result<AnnualCost> annual_cost(Decimal percent, int days, int year, int digits) {
    const auto whole = 100 * power_of_ten(percent.scale());
    if (percent.mantissa() < 0 || int256_t{percent.mantissa()} >= whole) return fail(Errc::invalid_argument, "a discount is at least 0 and below 100 percent");
    if (days < 1) return fail(Errc::invalid_argument, "the due date must lie after the discount date");
    if (year < 360 || year > 366 || digits < 0 || digits > 20) return fail(Errc::invalid_argument, "a year has 360 to 366 days");
    const Wide rate = Wide{int256_t{percent.mantissa()}.str()} / Wide{int256_t{whole - percent.mantissa()}.str()};
    const Wide nominal = rate * year / days;
    const Wide effective = boost::multiprecision::pow(Wide{1} + rate, Wide{365} / days) - 1;
    if (effective > Wide{"1e30"}) return fail(Errc::invalid_argument, "the yearly cost of this discount is beyond reason");
    return AnnualCost{decimals(nominal, digits), decimals(effective, digits)};
}

}  // namespace owed
