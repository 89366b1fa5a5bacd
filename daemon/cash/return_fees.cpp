#include <algorithm>

#include "cash/detail/return_fee.hpp"
#include "cash/detail/rows.hpp"

namespace owed::cash::detail {
namespace {

const ReturnFee* narrowest(const std::vector<ReturnFee>& fees, const std::string& entity, const Customer& customer) {
    const ReturnFee* best = nullptr;
    int width = -1;
    for (const auto& fee : fees) {
        if ((!fee.customer.empty() && fee.customer != customer.number) || (!fee.segment.empty() && fee.segment != customer.segment) ||
            (!fee.entity.empty() && fee.entity != entity))
            continue;
        const int narrow = !fee.customer.empty() ? 3 : !fee.segment.empty() ? 2 : !fee.entity.empty() ? 1 : 0;
        if (narrow > width) {
            best = &fee;
            width = narrow;
        }
    }
    return best;
}

/// As the fees of notices are numbered; a number that a person has given away already gets another behind it.
std::string number_for(store::Db& db, const Receipt& receipt) {
    const auto first = "F-" + receipt.number;
    auto number = first;
    for (int i = 2;; ++i) {
        const auto same = ledger::find_by_document(db, receipt.entity, ledger::document_key(number));
        const auto is_taken = [&](const ledger::Item& one) { return one.kind == ledger::ItemKind::finance_charge && one.document == number; };
        if (std::none_of(same.begin(), same.end(), is_taken)) return number;
        number = first + "-" + std::to_string(i);
    }
}

}  // namespace

std::optional<ledger::RebilledFee> return_fee(store::Db& db, const ledger::Context& context, const std::vector<ReturnFee>& fees, const Receipt& receipt,
                                              const std::string& reason, Date date) {
    const auto* entity = context.books.find(receipt.entity);
    if (fees.empty() || !receipt.customer || entity == nullptr || entity->authority == ledger::Authority::erp) return {};
    const auto who = parties::find(db, *receipt.customer);
    if (!who) return {};
    const auto* fee = narrowest(fees, receipt.entity, who->customer);
    if (fee == nullptr) return {};
    if (!fee->reasons.empty() && std::find(fee->reasons.begin(), fee->reasons.end(), reason) == fee->reasons.end()) return {};
    const auto amount = fee->amount.find(receipt.amount.currency().text());
    if (amount == fee->amount.end() || amount->second <= 0) return {};
    return ledger::RebilledFee{.amount = Money::minor(amount->second, receipt.amount.currency()), .document = number_for(db, receipt),
                               .due_date = date.plus_days(who->customer.terms_days.value_or(0))};
}

}  // namespace owed::cash::detail
