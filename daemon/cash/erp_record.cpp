#include "cash/detail/erp_record.hpp"

#include "cash/detail/rows.hpp"
#include "ledger/item_terms.hpp"

namespace owed::cash::detail {
namespace {

std::optional<Amount> amount_of(const std::optional<Money>& money) {
    return money ? std::optional{Amount::of(*money)} : std::nullopt;
}

ReceiptApplication::Settled settled_of(store::Db& db, const ledger::Application& application, const ledger::Item& debit) {
    ReceiptApplication::Settled settled;
    settled.kind = ledger::name_of(debit.kind);
    settled.document = debit.document;
    if (debit.instalment > 0) settled.instalment = debit.instalment;
    settled.amount = Amount::of(application.amount);
    settled.taken = Amount::of(application.credit_amount.value_or(application.amount));
    settled.discount = amount_of(application.discount);
    const auto part = [&](const std::optional<Money>& money, std::string reason) {
        if (money) settled.parts.push_back({std::move(reason), Amount::of(*money)});
    };
    part(application.tolerance, "tolerance");
    part(application.bank_charge, "bank_charge");
    part(application.withholding, "withholding");
    part(application.write_off, "write_off");
    if (application.deduction) {
        const auto terms = application.deduction_item ? ledger::terms_of(db, *application.deduction_item) : std::nullopt;
        part(application.deduction, "deduction: " + (terms && !terms->reason_code.empty() ? terms->reason_code : std::string{"unknown"}));
    }
    return settled;
}

std::string key_of(const ledger::Application& application, const ReceiptApplication& told) {
    store::RowHash hash;
    hash.add("owed-erp-key/1").add(application.id.value).add(application.at.micros).add(told.entity).add(told.receipt);
    hash.add(told.documents.front().document).add(application.amount.units()).add(application.amount.currency().text());
    // In letters: a run of digits may read as a card's number, and what comes in from files is masked then.
    std::string letters = store::hex(hash.bytes()).substr(0, 16);
    for (char& c : letters) c = static_cast<char>(c <= '9' ? c - '0' + 'g' : c);
    return "A" + std::to_string(application.id.value) + "-" + letters;
}

}  // namespace

Record erp_record_of(store::Db& db, const ledger::Application& application) {
    const auto credit = ledger::item(db, application.credit), debit = ledger::item(db, application.debit);
    OWED_CHECK(credit.has_value() && debit.has_value(), "an application has its two items");
    const auto received = row(db, application.credit);   // none: a credit memo, or what an agency collected
    ReceiptApplication told;
    told.entity = application.entity;
    if (application.customer)
        if (const auto customer = parties::find(db, *application.customer)) told.customer = customer->customer.number;
    told.credit_kind = ledger::name_of(credit->kind);
    told.receipt = credit->document.empty() ? number_of(credit->id) : credit->document;
    told.value_date = credit->document_date;
    told.posting_date = application.date;
    told.amount = Amount::of(credit->original.absolute());
    told.documents.push_back(settled_of(db, application, *debit));
    told.reason = application.reason;
    if (received) {
        told.receipt = received->receipt.number;
        told.value_date = received->receipt.value_date;
        told.reference = received->receipt.bank_reference;
        told.payer = received->receipt.payer_name;
        told.bank_account = received->receipt.account;
        told.bank_gl = received->bank_gl;
    }
    auto key = key_of(application, told);
    return {std::move(told), std::move(key), {}};
}

Record erp_reversal_of(const Record& written, Date date, std::string reason) {
    auto told = std::get<ReceiptApplication>(written.body);
    told.reverses = written.external_id;
    told.posting_date = date;
    told.reason = std::move(reason);
    return {std::move(told), written.external_id + "-U", {}};
}

}  // namespace owed::cash::detail
