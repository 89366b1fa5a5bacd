// ledger verify and the rows beside journal, items and applications: what was changed behind the ledger's back is named.
#include <gmock/gmock.h>

#include "ledger/revaluation.hpp"
#include "ledger/test_company.hpp"

namespace owed::ledger {
namespace {

struct TamperedTables : ::testing::Test {
    Company company;
    TamperedTables() {
        company.rate("EUR", "USD", "2026-03-01", "1.10");
        company.rate("GBP", "USD", "2026-03-01", "1.25");
        company.rate("EUR", "USD", "2026-03-31", "1.20", RateType::closing);
        const auto invoice = ok(company.post(company.invoice("I-1", "100.00 EUR", "2026-03-01", "boston"))).item;
        const auto receipt = ok(company.post(company.receipt("50.00 GBP", "2026-03-10", CustomerId{1}, "boston"))).item;
        auto asked = company.application(receipt, invoice, "50.00 EUR", "2026-03-10");
        asked.credit_amount = money("45.00 GBP");
        asked.bank_charge = money("5.00 EUR");
        asked.deduction = DeductionPart{money("10.00 EUR"), "damage"};
        ok(company.apply(asked));
        ok(company.act(revalue, {.entity = "boston", .closing = day("2026-03-31"), .cause = {"test", "close"}, .reason = "month end"}));
    }
    /// What verify says after the statement, which is rolled back.
    std::vector<std::string> after(std::string_view statement) {
        std::vector<std::string> found;
        const auto status = company.test.store().write([&](store::Tx& tx) -> Status {
            tx.query(statement).run();
            for (const auto& difference : verify(tx, company.books).differences) found.push_back(difference.what);
            return fail(Errc::cancelled, "rolled back");
        });
        EXPECT_EQ(status.error().code, Errc::cancelled) << status.error().what;
        return found;
    }
};

TEST_F(TamperedTables, untouched_ones_are_clean) { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }

TEST_F(TamperedTables, cases_are_named) {
    company.close("2026-01-01", "boston");
    company.close("2026-02-01", "boston", PeriodState::soft_closed);
    const struct {
        const char* statement;
        const char* named;
    } cases[] = {
        {"UPDATE application_part SET realised = realised + 1", "parts of application 1: row hash does not fit its fields"},
        {"UPDATE application_part SET credit_amount = credit_amount - 1",
         "application 1: amount taken from the credit is 44.99 GBP, entry 3 posts 45.00 GBP"},
        {"UPDATE application_part SET bank_charge = bank_charge + 1",
         "application 1: amount taken from the debit is 65.01 EUR, entry 3 posts 65.00 EUR"},
        {"UPDATE application_part SET deduction = deduction + 1", "application 1: deduction is 10.01 EUR, entry 3 posts 10.00 EUR"},
        {"DELETE FROM application_part", "application 1: deduction is 0.00 EUR, entry 3 posts 10.00 EUR"},
        {"UPDATE item_terms SET reason_code = 'freight'", "terms of item 3: row hash does not fit its fields and discount tiers"},
        {"UPDATE fx_rate SET rate = '1.3' WHERE id = 2", "exchange rate 2: row hash does not fit its fields"},
        {"UPDATE fx_rate SET rate = 'high' WHERE id = 2", "rates: a rate of the ledger is \"high\""},
        {"UPDATE period SET state = 0 WHERE month = 24312", "period 2026-01 of entity \"boston\" is open, its last change says locked"},
        {"DELETE FROM period WHERE month = 24312", "period 2026-01 of entity \"boston\" is missing, its last change says locked"},
        {"DELETE FROM period", "period 2026-02 of entity \"boston\" is missing, its last change says soft_closed"},
        {"UPDATE revaluation SET unrealised = unrealised + 1 WHERE id = 1", "revaluation 1 of item 1: row hash does not fit its fields"},
        {"UPDATE revaluation SET unrealised = unrealised + 1 WHERE id = 1",
         "revaluation entry 4 posts 450, its items add up to 451 minor units of the functional currency"},
    };
    for (const auto& c : cases) EXPECT_THAT(after(c.statement), ::testing::Contains(c.named)) << c.statement;
}

}  // namespace
}  // namespace owed::ledger
