#include "report/provision.hpp"

#include "ledger/exact.hpp"

namespace owed::report {
using ledger::Exact;
using ledger::exact;
using ledger::rounded;

bool is_loss_rate(Decimal percent) { return percent.mantissa() >= 0 && exact(percent) <= 100; }

Result<Provision> provision_matrix(const std::vector<ProvisionRow>& rows, Money existing) {
    const auto currency = existing.currency();
    if (rows.empty() || rows.size() > 10'000) return fail(Errc::invalid_argument, "a matrix has 1 to 10,000 rows", "rows");
    Provision answer{.by_bucket = {}, .total = Money::zero(currency), .adjustment = Money::zero(currency)};
    Exact sum = 0;
    std::size_t largest = 0;
    std::int64_t told = 0;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto where = "rows[" + std::to_string(i) + "]";
        if (rows[i].balance.currency() != currency) return fail(Errc::currency_mismatch, "the balance is not in the currency of the allowance", where);
        if (!is_loss_rate(rows[i].rate_percent)) return fail(Errc::invalid_argument, "a loss rate is 0 to 100 percent, here " + to_text(rows[i].rate_percent), where);
        if (rows[i].factor.mantissa() < 0) return fail(Errc::invalid_argument, "the forward-looking factor is not negative", where);
        const Exact part = Exact{rows[i].balance.units()} * exact(rows[i].rate_percent) * exact(rows[i].factor) / 100;
        sum += part;
        OWED_TRY(auto shown, rounded(part, currency, "the provision"));
        answer.by_bucket.push_back(shown);
        told += shown.units();
        if (shown.absolute().units() > answer.by_bucket[largest].absolute().units()) largest = i;
    }
    OWED_TRY(answer.total, rounded(sum, currency, "the provision"));
    answer.by_bucket[largest] = Money::minor(answer.by_bucket[largest].units() + answer.total.units() - told, currency);
    OWED_TRY(answer.adjustment, subtract(answer.total, existing));
    return answer;
}

Result<Money> provision_of_sales(Money sales, Decimal rate_percent) {
    if (!is_loss_rate(rate_percent)) return fail(Errc::invalid_argument, "a loss rate is 0 to 100 percent", "rate_percent");
    return rounded(Exact{sales.units()} * exact(rate_percent) / 100, sales.currency(), "the provision");
}

}  // namespace owed::report
