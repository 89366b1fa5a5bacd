// A company that takes in what a bank and an ERP hand over, and short words for what came of it. For tests only.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "intake/fake_connector.hpp"

namespace owed::intake {

using ledger::day;
using ledger::money;
using store::ok;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;


struct IntakeTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), cash::migrations(), collect::migrations(), migrations()}};
    FakeConnector bank{"house-bank"}, erp{"erp"};
    Settings settings;

    Intake intake() { return {company.test.store(), company.context, settings, company.test.rng, company.test.log}; }
    SyncSummary sync(FakeConnector& connector) { return store::ok(intake().sync(connector)); }
    void known_customer() {
        erp.arrives("customers.csv", {customer_record("C1", "Beispiel AG", {"DE02100100100006820101"})});
        sync(erp);
    }
    void known_invoice(const std::string& number = "INV-2026/0042", std::string_view gross = "119.00 EUR") {
        erp.arrives("invoice " + number, {invoice_record(number, "C1", gross)});
        sync(erp);
    }
    std::vector<Artifact> all() {
        return company.in_db<std::vector<Artifact>>([](store::Db& db) { return artifacts(db); });
    }
    Artifact last() { return all().back(); }
    std::vector<Reject> all_rejects() {
        return company.in_db<std::vector<Reject>>([](store::Db& db) { return rejects(db); });
    }
    /// "100.00 applied, 20.00 unidentified"
    std::string receipts() {
        std::string text;
        for (const auto& one : company.in_db<std::vector<cash::Receipt>>([](store::Db& db) { return cash::receipts(db, {}); }))
            text += (text.empty() ? "" : ", ") + to_text(one.amount) + " " + one.state_name;
        return text;
    }
    /// "INV-1 119.00/0.00": documents with original and residual, receipts left out.
    std::string documents() {
        std::string text;
        for (const auto& item : company.items({}))
            if (item.kind != ledger::ItemKind::receipt)
                text += (text.empty() ? "" : ", ") + item.document + " " + to_text(item.original) + "/" + to_text(item.residual);
        return text;
    }
    /// "3 = 1 applied 1 duplicates 1 rejected 0 ignored"
    std::string counts_of(const Artifact& artifact) {
        const auto ignored = company.in_db<std::int64_t>([&](store::Db& db) {
            auto query = db.query("SELECT ignored FROM artifact WHERE id = ?");
            query.bind(artifact.id.value);
            query.step();
            return query.integer(0);
        });
        EXPECT_EQ(artifact.records, artifact.applied + artifact.duplicates + artifact.rejected + ignored);
        return std::to_string(artifact.records) + " = " + std::to_string(artifact.applied) + " applied " + std::to_string(artifact.duplicates) +
               " duplicates " + std::to_string(artifact.rejected) + " rejected " + std::to_string(ignored) + " ignored";
    }
    std::int64_t entries() {
        return company.in_db<std::int64_t>([](store::Db& db) {
            auto query = db.query("SELECT count(*) FROM journal_entry");
            query.step();
            return query.integer(0);
        });
    }
    void TearDown() override {
        EXPECT_THAT(company.differences(), IsEmpty());
        EXPECT_EQ(company.in_db<std::int64_t>([](store::Db& db) { return audit::verify(db).bad_seq; }), 0);
    }
};

}  // namespace owed::intake
