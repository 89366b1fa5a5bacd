// What a customer owes and has ordered, against his limit: which documents bill an order, and customers that are one.
#include "jobs/exposure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "jobs/jobs.hpp"
#include "jobs/writeback.hpp"
#include "ledger/test_company.hpp"
#include "parties/credit_limits.hpp"
#include "parties/relations.hpp"

namespace owed::jobs {
namespace {

using ::testing::HasSubstr;


struct ExposureTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), cash::migrations(), collect::migrations(), notify::migrations()}};
    CustomerId c1 = customer("C1"), c2 = customer("C2");

    CustomerId customer(const std::string& number) {
        Customer made;
        made.number = number;
        made.name = number + " GmbH";
        return company.in_tx<std::pair<CustomerId, parties::Upserted>>([&](store::Tx& tx) { return parties::upsert(tx, company.test.clock, "emea", made); })->first;
    }
    void order(const std::string& number, const std::string& owner, std::int64_t units) {
        SalesOrder made;
        made.number = number;
        made.customer = owner;
        made.amount = Amount::of(Money::minor(units, ledger::currency("EUR")));
        store::ok(company.in_tx<parties::Upserted>([&](store::Tx& tx) { return collect::take_order(tx, company.test.clock, "crm", "emea", made, number); }));
    }
    ledger::PostedItem document(const std::string& number, std::string_view amount, CustomerId owner, const std::string& of_order,
                                ledger::ItemKind kind = ledger::ItemKind::invoice) {
        auto asked = company.invoice(number, amount, "2026-03-01");
        asked.kind = kind;
        asked.customer = owner;
        asked.order = of_order;
        return store::ok(company.post(asked));
    }
    void limit(CustomerId owner, std::string_view amount) {
        company.test.write([&](store::Tx& tx) {
            return parties::set_credit_limit(tx, company.test.clock, anna, {.customer = owner, .amount = ledger::money(amount), .from = ledger::day("2026-01-01"),
                                                                            .set_by = "anna", .approved_by = "boris", .why = "test", .at = {}});
        });
    }
    /// Why the customer is held, "" when he is not; every customer here has a limit that anything exceeds.
    std::string held(const std::string& number) {
        const auto all = company.in_db<std::vector<ComposedStatus>>([&](store::Db& db) {
            return account_statuses(db, company.context, {}, **company.books.entity("emea"));
        });
        for (const auto& one : all)
            if (one.status.customer == number) return one.status.hold_reason;
        return "there is no such customer";
    }
};

TEST_F(ExposureTest, an_order_is_billed_by_a_standing_invoice_that_names_it) {
    limit(c1, "1.00 EUR");
    order("S-1", "C1", 100'00);
    EXPECT_THAT(held("C1"), HasSubstr("orders of 100.00 EUR"));
    const auto invoice = document("INV-1", "70.00 EUR", c1, "S-1");
    EXPECT_THAT(held("C1"), HasSubstr("orders of 70.00 EUR")) << "the invoice stands for the order";
    store::ok(company.reverse(invoice.posted.entry, "2026-03-02"));
    EXPECT_THAT(held("C1"), HasSubstr("orders of 100.00 EUR")) << "an invoice that was taken back bills nothing";
}

TEST_F(ExposureTest, a_credit_memo_bills_nothing) {
    limit(c1, "1.00 EUR");
    order("S-1", "C1", 100'00);
    document("CM-1", "30.00 EUR", c1, "S-1", ledger::ItemKind::credit_memo);
    EXPECT_THAT(held("C1"), HasSubstr("orders of 100.00 EUR"));
}

TEST_F(ExposureTest, another_customers_invoice_bills_nothing) {
    limit(c1, "1.00 EUR");
    order("S-1", "C1", 100'00);
    document("INV-1", "70.00 EUR", c2, "S-1");
    EXPECT_THAT(held("C1"), HasSubstr("orders of 100.00 EUR"));
}

TEST_F(ExposureTest, customers_that_were_merged_are_one) {
    limit(c1, "500.00 EUR");
    document("INV-1", "300.00 EUR", c1, {});
    document("INV-2", "150.00 EUR", c2, "S-2");
    order("S-2", "C2", 150'00);
    order("S-3", "C2", 100'00);
    EXPECT_EQ(held("C1"), "");
    EXPECT_EQ(held("C2"), "") << "he has no limit";
    company.test.write([&](store::Tx& tx) { return parties::merge(tx, company.test.clock, anna, c2, c1, "one company, two numbers"); });
    for (const char* number : {"C1", "C2"})
        EXPECT_THAT(held(number), HasSubstr("orders of 550.00 EUR are above the credit limit of 500.00 EUR")) << number << ": owed and ordered together";
    company.test.write([&](store::Tx& tx) { return parties::split(tx, company.test.clock, anna, c2, "two after all"); });
    EXPECT_EQ(held("C1"), "");
}

}  // namespace
}  // namespace owed::jobs
