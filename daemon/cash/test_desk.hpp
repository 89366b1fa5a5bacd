// A company's cash desk: customers and invoices, money that arrives, and what became of it. For tests only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "cash/cash.hpp"
#include "cash/test_receipts.hpp"
#include "ledger/test_company.hpp"

namespace owed::cash {

struct CashDesk : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    Settings settings;
    int received = 0;

    CustomerId customer(const std::string& number, const std::string& name, std::vector<std::string> accounts = {}, const char* country = "",
                        const std::string& entity = "emea") {
        return store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer who;
            who.number = number;
            who.name = name;
            who.accounts = std::move(accounts);
            who.address.country = country;
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, entity, who));
            return done.first;
        }));
    }
    OpenItemId invoice(CustomerId who, const std::string& number, std::string_view amount) { return posted(who, company.invoice(number, amount, "2026-02-01")); }
    OpenItemId posted(CustomerId who, ledger::PostDocument document) {
        document.customer = who;
        return store::ok(company.post(document)).item;
    }
    /// A line of the house bank; `name` and `account` are the payer's.
    NewReceipt line(std::string_view amount, std::vector<std::string> text, const std::string& name = {}, const std::string& account = {}) {
        NewReceipt receipt{.entity = "emea", .account = "DE89370400440532013000", .bank_gl = "1000", .amount = ledger::money(amount),
                           .value_date = ledger::day("2026-03-30"), .posting_date = ledger::day("2026-03-30"), .transaction = {}, .connector = "house-bank",
                           .artifact = "1", .event_key = "bank/" + std::to_string(++received)};
        receipt.transaction.counterparty = {name, account, {}};
        receipt.transaction.text = std::move(text);
        receipt.transaction.bank_ref = "REF-" + std::to_string(received);
        receipt.transaction.end_to_end_id = "E2E-" + std::to_string(received);
        return receipt;
    }
    OpenItemId take(const NewReceipt& receipt) {
        return store::ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return receive(tx, company.context, receipt); }));
    }
    /// Its number.
    std::string arrives(std::string_view amount, std::vector<std::string> text, const std::string& name = {}, const std::string& account = {}) {
        return "R-" + std::to_string(take(line(amount, std::move(text), name, account)).value);
    }
    MatchSummary match() {
        return store::ok(company.in_tx<MatchSummary>([&](store::Tx& tx) { return match_waiting(tx, company.context, settings, cash_job); }));
    }
    Receipt look(const std::string& number) {
        return *company.in_db<std::optional<Receipt>>([&](store::Db& db) { return receipt(db, number); });
    }
    std::string shown(const std::string& number) {
        const auto one = look(number);
        return one.state_name + " " + to_text(one.unapplied);
    }
    std::vector<ledger::Application> applications() {
        return company.in_db<std::vector<ledger::Application>>([](store::Db& db) { return ledger::applications(db, {}, {}); });
    }
    std::vector<std::string> aliases() {
        std::vector<std::string> all;
        for (const auto& one : company.in_db<std::vector<parties::Alias>>([](store::Db& db) { return parties::aliases(db); })) all.push_back(one.kind + " " + one.value);
        return all;
    }
    template <class Act>
    Status done(Act&& act) {
        return company.test.store().write([&](store::Tx& tx) { return act(tx); });
    }
    void TearDown() override {
        EXPECT_THAT(company.differences(), ::testing::IsEmpty());
        EXPECT_EQ(company.in_db<std::int64_t>([](store::Db& db) { return audit::verify(db).bad_seq; }), 0);
    }
};

}  // namespace owed::cash
