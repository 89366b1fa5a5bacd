// What the books know of one receipt.
#include <algorithm>

#include "cash/detail/rows.hpp"
#include "owed/reference.hpp"

namespace owed::cash {
namespace {

Candidate candidate_of(store::Db& db, const ledger::Item& item) {
    Candidate candidate{.item = item.id, .customer = *item.customer, .customer_number = {}, .customer_name = {},
                        .document = item.document, .payment_reference = item.payment_reference, .order = item.order,
                        .due_date = item.due_date, .residual = item.residual, .settled_by = {}};
    if (auto customer = parties::find(db, *item.customer)) {
        candidate.customer_number = customer->customer.number;
        candidate.customer_name = customer->customer.name;
    }
    if (item.residual.is_zero()) {
        const auto applications = ledger::applications(db, {}, item.id);
        for (auto at = applications.rbegin(); at != applications.rend(); ++at)
            if (!at->undone) {
                // A receipt's number is its item's; the ledger knows documents only.
                candidate.settled_by = (at->credit_document.empty() ? detail::number_of(at->credit) : at->credit_document) + " of " + to_text(at->date);
                break;
            }
    }
    return candidate;
}

void add(store::Db& db, std::vector<Candidate>& list, const std::vector<ledger::Item>& items, Currency currency) {
    for (const auto& item : items) {
        if (!item.customer || item.original.currency() != currency || !item.original.is_positive()) continue;
        if (std::any_of(list.begin(), list.end(), [&](auto& known) { return known.item == item.id; })) continue;
        list.push_back(candidate_of(db, item));
    }
}

/// References whose check digits hold: those the file declares, and RF references inside the text.
std::vector<std::string> valid_references(const ReceiptFacts& receipt) {
    std::vector<std::string> values;
    const auto take = [&](const std::string& text) {
        for (const auto& reference : recognise(text)) values.push_back(reference.normalised);
    };
    for (const auto& reference : receipt.references)
        if (reference.type != "document") take(reference.value);
    for (const auto& line : receipt.text)
        if (line.find("RF") != std::string::npos || line.find("+++") != std::string::npos) take(line);
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

}  // namespace

Candidates gather(store::Db& db, const ledger::Context& context, const ReceiptFacts& receipt) {
    Candidates found;
    const auto currency = receipt.amount.currency();
    for (const auto& reference : valid_references(receipt))
        add(db, found.by_reference, ledger::find_by_payment_reference(db, receipt.entity, reference), currency);
    auto text = receipt.text;
    for (const auto& reference : receipt.references)
        if (reference.type == "document") text.push_back(reference.value);
    for (const auto& key : document_keys_in(text))
        add(db, found.by_document, ledger::find_by_document(db, receipt.entity, key), currency);
    if (!receipt.payer_account.empty())
        found.by_account = parties::customers_of_account(db, receipt.entity, receipt.payer_account);
    if (!receipt.payer_name.empty()) found.by_name = parties::customers_of_name(db, receipt.entity, receipt.payer_name);

    ledger::ItemFilter open;
    open.entity = receipt.entity;
    open.open_only = true;
    open.debits_only = true;
    std::optional<CustomerId> payer = receipt.customer;
    if (!payer && found.by_account.size() == 1) payer = found.by_account.front();
    if (!payer && found.by_account.empty() && found.by_name.size() == 1) payer = found.by_name.front();
    if (payer) {
        open.customer = payer;
        add(db, found.of_payer, ledger::items(db, context.books, open), currency);
    } else if (found.by_reference.empty() && found.by_document.empty()) {
        add(db, found.same_amount, ledger::find_open_by_amount(db, receipt.entity, receipt.amount, 10), currency);
    }
    return found;
}

}  // namespace owed::cash
