#include "book.hpp"

namespace owed::bench {

ledger::Books books() {
    ledger::Entity entity;
    entity.id = "emea";
    entity.name = "Muster Industries GmbH";
    entity.currency = find_currency("EUR").value();
    entity.chart = ledger::Books::default_chart();
    ledger::BankAccount account;
    account.iban = our_iban;
    account.entity = entity.id;
    account.gl = "1100";
    account.currency = entity.currency;
    return ledger::Books::make({entity}, {account}).value();
}

std::string number_of(int invoice) { return "RE-" + std::to_string(4'000'000 + invoice); }
std::int64_t amount_of(int invoice) { return 10'000 + invoice % 90'000; }
std::string customer_number(int customer) { return std::to_string(10'001 + customer); }
std::string customer_name(int customer) { return "Beispiel " + std::to_string(customer + 1) + " Handel GmbH"; }
std::string account_of(int customer) { return customer % 2 == 0 ? "DE" + std::to_string((customer + 1LL) * 1'000'003) : std::string{}; }

void Book::add_customers(int count) {
    must(test.store().write([&](store::Tx& tx) -> Status {
        for (int i = 0; i < count; ++i) {
            OWED_TRY(auto customer, parties::find_or_mention(tx, test.clock, "emea", customer_number(i)));
            customers.push_back(customer);
        }
        return {};
    }));
}

void Book::add_named_customers(int count) {
    must(test.store().write([&](store::Tx& tx) -> Status {
        for (int i = 0; i < count; ++i) {
            Customer customer;
            customer.number = customer_number(i);
            customer.name = customer_name(i);
            if (const auto account = account_of(i); !account.empty()) customer.accounts = {account};
            OWED_TRY(auto made, parties::upsert(tx, test.clock, "emea", customer));
            customers.push_back(made.first);
        }
        return {};
    }));
}

Status Book::post_invoice(store::Tx& tx) {
    const auto n = invoices++;
    const auto number = number_of(n);
    const auto dated = day.plus_days(-(n % 150));
    const ledger::PostDocument document{.entity = "emea",
                                        .customer = customers[static_cast<std::size_t>(n) % customers.size()],
                                        .document = number,
                                        .document_date = dated,
                                        .due_date = dated.plus_days(30),
                                        .posting_date = dated,
                                        .amount = Money::minor(amount_of(n), euro),
                                        .tax = Money::minor(amount_of(n) * 19 / 119, euro),
                                        .cause = {"record", "erp/" + number},
                                        .reason = "invoice " + number + " from erp",
                                        .event_key = "document/emea/invoice/" + number};
    OWED_TRY([[maybe_unused]] auto posted, ledger::post_document(tx, context, document));
    return {};
}

void Book::post_invoices(int count) {
    must(test.store().write([&](store::Tx& tx) -> Status {
        for (int i = 0; i < count; ++i) OWED_TRY_VOID(post_invoice(tx));
        audit::Act act;
        act.actor.id = "bench";
        act.action = "intake.file";
        act.object_kind = "artifact";
        act.object_id = "bench";
        return audit::append(tx, test.clock, act);
    }));
}

Status Book::pay(store::Tx& tx, OpenItemId invoice, std::int64_t units, bool apply) {
    const auto n = std::to_string(++receipts);
    const ledger::PostReceipt receipt{.entity = "emea",
                                      .bank_gl = own.bank_accounts().front().gl,
                                      .customer = customers[static_cast<std::size_t>(invoice.value - 1) % customers.size()],
                                      .document = "R-" + n,
                                      .value_date = day,
                                      .posting_date = day,
                                      .amount = Money::minor(units, euro),
                                      .cause = {"record", "bank/" + n},
                                      .reason = "credit on the bank account",
                                      .event_key = std::string{"receipt/"} + our_iban + "/" + n};
    OWED_TRY(auto posted, ledger::post_receipt(tx, context, receipt));
    if (!apply) return {};
    const ledger::Apply application{.credit = posted.item,
                                    .debit = invoice,
                                    .amount = receipt.amount,
                                    .date = day,
                                    .stage = "document_number",
                                    .reason = "the remittance text names the document, and the amount is exactly what is open",
                                    .by = "cash",
                                    .cause = {"cash", n},
                                    .event_key = "cash/" + n + "/" + std::to_string(invoice.value)};
    OWED_TRY([[maybe_unused]] auto applied, ledger::apply(tx, context, application));
    return {};
}

std::int64_t verified(store::Store& store, const ledger::Books& books) {
    ledger::Verification found;
    must(store.read([&](store::Db& db) -> Status {
        found = ledger::verify(db, books);
        return {};
    }));
    for (const auto& difference : found.differences) std::fprintf(stderr, "owed-bench-books: verify: %s\n", difference.what.c_str());
    if (!found.differences.empty()) std::exit(1);
    return found.lines;
}

}  // namespace owed::bench
