// A company whose ERP keeps the books, and what waits to be told to it. For tests only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "cash/erp_writes.hpp"
#include "cash/test_receipts.hpp"
#include "ledger/standing.hpp"
#include "ledger/test_company.hpp"

namespace owed::cash {

using ledger::day;
using ledger::money;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

inline const audit::Actor erp{.kind = audit::Actor::Kind::connector, .id = "erp", .name = "erp"};

/// Empty: it went well.
inline std::string error_text(const Status& status) { return status ? std::string{} : status.error().what; }

struct ErpWrites : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    ErpListener listener{company.books, company.test.clock};
    int received = 0;
    CustomerId who{0};

    void SetUp() override {
        company.test.clock.set("2026-03-30T10:00:00Z");
        company.context.listeners.push_back(&listener);
        who = customer("C1", "sap");
    }
    CustomerId customer(const std::string& number, const std::string& entity) {
        return store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer made;
            made.number = number;
            made.name = "Kunde " + number + " GmbH";
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, entity, made));
            return done.first;
        }));
    }
    OpenItemId invoice(const std::string& number, std::string_view amount, const std::string& entity = "sap") {
        auto document = company.invoice(number, amount, "2026-02-01", entity);
        document.customer = who;
        return store::ok(company.post(document)).item;
    }
    std::string arrives(std::string_view amount, std::string text, const std::string& entity = "sap") {
        NewReceipt receipt{.entity = entity, .account = "DE02120300000000202051", .bank_gl = "1000", .amount = money(amount), .value_date = day("2026-03-28"),
                           .posting_date = day("2026-03-28"), .transaction = {}, .connector = "house-bank", .artifact = "1",
                           .event_key = "bank/" + std::to_string(++received)};
        receipt.transaction.counterparty = {"Kunde C1 GmbH", {}, {}};
        receipt.transaction.text = {std::move(text)};
        receipt.transaction.bank_ref = "REF-" + std::to_string(received);
        const auto id = store::ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return receive(tx, company.context, receipt); }));
        store::ok(company.in_tx<MatchSummary>([&](store::Tx& tx) { return match_waiting(tx, company.context, {}, cash_job); }));
        return "R-" + std::to_string(id.value);
    }
    Receipt look(const std::string& number) {
        return *company.in_db<std::optional<Receipt>>([&](store::Db& db) { return receipt(db, number); });
    }
    std::vector<ErpWrite> all() {
        return company.in_db<std::vector<ErpWrite>>([](store::Db& db) { return erp_writes(db); });
    }
    std::vector<std::string> states() {
        std::vector<std::string> texts;
        for (const auto& one : all()) texts.push_back((one.reversal ? "-" : "+") + std::string{name_of(one.state)});
        return texts;
    }
    std::vector<ReservedWrite> reserve(std::size_t limit_max = 100, const std::string& entity = "") {
        return store::ok(company.in_tx<std::vector<ReservedWrite>>(
            [&](store::Tx& tx) { return reserve_erp_writes(tx, company.test.clock, entity, "erp", limit_max); }));
    }
    void became(std::int64_t id, SendState state, const std::string& detail = "") {
        ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return note_erp_outcome(tx, company.context, erp, id, {state, "GL-1", detail, 0}); })), "");
    }
    std::string answer(const std::string& key, bool accepted, const std::string& reason = "", std::string_view entity = "sap") {
        bool news = false;
        const auto said = error_text(company.test.store().write([&](store::Tx& tx) -> Status {
            OWED_TRY(news, erp_answered(tx, company.context, erp, {key, accepted, "GL-7", reason}, entity));
            return {};
        }));
        return said.empty() ? news ? "news" : "known" : said;
    }
    std::vector<ledger::Application> applications() {
        return company.in_db<std::vector<ledger::Application>>([](store::Db& db) { return ledger::applications(db, {}, {}); });
    }
    void undo(ApplicationId application) {
        ASSERT_EQ(error_text(company.test.store().write([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, application, "wrong invoice"); })), "");
    }
    ledger::Item item(OpenItemId id) {
        return *company.in_db<std::optional<ledger::Item>>([&](store::Db& db) { return ledger::item(db, id); });
    }
    std::vector<std::string> alarms(int hours = 72, std::string sink = "erp") {
        return company.in_db<std::vector<std::string>>(
            [&](store::Db& db) { return erp_alarms(db, company.test.clock.now(), hours, {.one = [&](const std::string&) { return sink; }}); });
    }
    std::size_t differences() {
        return company.in_db<std::size_t>([&](store::Db& db) { return ledger::verify(db, company.books).differences.size(); });
    }
    /// An hour after it was backed up, and started an hour later. How many are unknown now.
    int restored() {
        later(1);
        EXPECT_EQ(error_text(company.test.store().write([&](store::Tx& tx) -> Status {
            tx.query("INSERT INTO store_epoch (epoch, installation_id, created_at, restored_from) SELECT max(epoch) + 1, 'another', ?, 'monday.db' FROM store_epoch")
                .bind(company.test.clock.now().micros)
                .run();
            return {};
        })), "");
        later(1);
        return store::ok(company.in_tx<int>([&](store::Tx& tx) -> Result<int> { return erp_writes_after_restart(tx, company.test.clock); }));
    }
    void later(int hours) { company.test.clock.pass_seconds(std::int64_t{hours} * 3600); }
    std::vector<std::string> erp_faults() { return company.in_db<std::vector<std::string>>([](store::Db& db) { return erp_differences(db); }); }
    bool spoilt = false;   ///< by the test
    ~ErpWrites() override {
        EXPECT_EQ(differences(), 0u);
        if (!spoilt) {
            EXPECT_THAT(erp_faults(), IsEmpty());
        }
    }
};

}  // namespace owed::cash
