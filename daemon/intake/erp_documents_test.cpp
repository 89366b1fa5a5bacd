// Authority erp: what the ERP's own records and open amounts say of what was applied here.
#include "cash/erp_writes.hpp"
#include "cash/test_receipts.hpp"
#include "intake/test_intake.hpp"
#include "ledger/retainage.hpp"

namespace owed::intake {
namespace {

TEST_F(IntakeTest, under_authority_erp_its_open_amounts_are_followed) {
    FakeConnector sap{"sap", "sap"};
    const auto invoice = [](const char* open) {
        auto record = invoice_record("I-1", "C1", "100.00 EUR");
        if (open != nullptr) std::get<ArDocument>(record.body).open = amount(open);
        return record;
    };
    const auto says = [&](const char* name, const char* open) {
        sap.arrives(name, {invoice(open)});
        sync(sap);
        return std::pair{last().warnings.empty() ? "" : last().warnings.front().what, company.items({.entity = "sap"}).front().residual};
    };
    sap.arrives("monday", {customer_record("C1", "Beispiel AG"), invoice(nullptr)});
    sync(sap);
    // What an agency collected is in flight until the ERP has it, not owed again.
    AgencyUpdate collected;
    collected.placement = "C1-1";
    collected.agency = "nord";
    collected.document = "I-0";
    collected.state = "paid";
    collected.gross = amount("100.00 EUR");
    collected.remittance = "REM-1";
    auto other = invoice_record("I-0", "C1", "100.00 EUR");
    std::get<ArDocument>(other.body).due_date = std::get<ArDocument>(other.body).due_date->plus_days(90);
    sap.arrives("agency", {other, {collected, {}, "rem.csv:2"}});
    sync(sap);
    std::get<ArDocument>(other.body).open = amount("100.00 EUR");
    sap.arrives("the next morning", {other});
    sync(sap);
    EXPECT_EQ(counts_of(last()), "1 = 0 applied 1 duplicates 0 rejected 0 ignored");
    const auto [warning, residual] = says("tuesday", "60.00 EUR");
    EXPECT_EQ(warning, "document I-1 is open with 60.00 EUR at the source and with 100.00 EUR here; an adjustment of -40.00 EUR stands until the document "
                       "or receipt that one side lacks has come");
    EXPECT_EQ(residual, ledger::money("60.00 EUR"));
    const auto before = entries();
    EXPECT_EQ(says("wednesday", "60.00 EUR").first, "") << "said once";
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(says("thursday", "100.00 EUR").second, ledger::money("100.00 EUR"));
    EXPECT_EQ(company.differences(), std::vector<std::string>{});
}

TEST_F(IntakeTest, under_authority_erp_an_open_amount_is_of_the_whole_with_its_retained_share) {
    FakeConnector sap{"sap", "sap"};
    const auto says = [&](const char* name, const char* open) {
        auto record = invoice_record("I-2", "C1", "1000.00 EUR");
        auto& document = std::get<ArDocument>(record.body);
        document.retained = amount("100.00 EUR");
        if (open != nullptr) document.open = amount(open);
        sap.arrives(name, {customer_record("C1", "Beispiel AG"), record});
        sync(sap);
        EXPECT_THAT(last().warnings, IsEmpty()) << name;
    };
    says("monday", nullptr);
    const auto items = company.items({.entity = "sap"});
    const auto retained = std::find_if(items.begin(), items.end(), [](const auto& one) { return one.retained; });
    ASSERT_NE(retained, items.end());
    store::ok(company.act(ledger::release_retainage, {.retained = retained->id, .amount = money("60.00 EUR"), .document = "REL-1", .due_date = day("2026-04-30"),
                                                      .instruction = company.asked("2026-03-25")}));
    const auto before = entries();
    says("tuesday", "1000.00 EUR");     // it does not know of the release yet
    EXPECT_EQ(counts_of(last()), "2 = 0 applied 2 duplicates 0 rejected 0 ignored");
    says("wednesday", "940.00 EUR");
    EXPECT_EQ(entries(), before);
    EXPECT_THAT(documents(), ::testing::AllOf(HasSubstr("I-2 900.00/900.00"), HasSubstr("I-2/R 100.00/40.00"), HasSubstr("REL-1 60.00/60.00")));
}

/// A receipt applied in an entity under authority erp, queued for the ERP; then the ERP's figure for its invoice of 100.
struct IntakeErpTest : IntakeTest {
    cash::ErpListener listener{company.books, company.test.clock};
    FakeConnector sap{"sap", "sap"};

    void paid() {
        company.test.clock.set("2026-03-30T10:00:00Z");
        company.context.listeners.push_back(&listener);
        sap.arrives("monday", {customer_record("C1", "Beispiel AG"), invoice_record("I-1", "C1", "100.00 EUR")});
        sync(sap);
        cash::NewReceipt receipt{.entity = "sap", .account = "DE02120300000000202051", .bank_gl = "1000", .amount = money("100.00 EUR"), .value_date = day("2026-03-28"),
                                 .posting_date = day("2026-03-28"), .transaction = {}, .connector = "house-bank", .artifact = "1", .event_key = "bank/1"};
        receipt.transaction.counterparty = {"Beispiel AG", {}, {}};
        receipt.transaction.text = {"I-1"};
        ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return cash::receive(tx, company.context, receipt); }));
        ok(company.in_tx<cash::MatchSummary>(
            [&](store::Tx& tx) { return cash::match_waiting(tx, company.context, {}, {.kind = audit::Actor::Kind::job, .id = "cash", .name = "cash"}); }));
        ASSERT_EQ(queue(), "waiting, in flight");
    }
    void says(const char* name, const char* open) {
        auto record = invoice_record("I-1", "C1", "100.00 EUR");
        std::get<ArDocument>(record.body).open = amount(open);
        sap.arrives(name, {record});
        sync(sap);
    }
    std::string queue() {
        return company.in_db<std::string>([](store::Db& db) {
            const auto writes = cash::erp_writes(db);
            if (writes.size() != 1) return std::to_string(writes.size()) + " rows";
            return std::string{cash::name_of(writes[0].state)} + (ledger::application(db, writes[0].application)->in_flight ? ", in flight" : ", known");
        });
    }
};

TEST_F(IntakeErpTest, what_the_erp_was_never_told_is_not_confirmed_by_a_figure_that_does_not_fit) {
    paid();
    settings.cash.erp_takers.one = [](const std::string& entity) { return entity == "sap" ? "erp-receipts" : std::string{}; };
    says("tuesday", "30.00 EUR");   // a clerk there has 70 that nobody here knows
    EXPECT_EQ(queue(), "waiting, in flight") << "it is still to be told";
    EXPECT_THAT(last().warnings.at(0).what, HasSubstr("an adjustment of -70.00 EUR stands"));
    says("wednesday", "0.00 EUR");  // this one fits
    EXPECT_EQ(queue(), "confirmed, known");
}

TEST_F(IntakeErpTest, where_nobody_tells_the_erp_the_nearest_figure_confirms) {
    paid();
    settings.cash.erp_takers.one = [](const std::string&) { return std::string{}; };
    says("tuesday", "3.00 EUR");    // it took the payment without the three that are missing
    EXPECT_EQ(queue(), "confirmed, known");
}

TEST_F(IntakeErpTest, its_own_record_of_the_payment_confirms_what_waits_to_be_told) {
    paid();
    ErpPayment payment;
    payment.number = "P-1";
    payment.customer = "C1";
    payment.date = day("2026-03-29");
    payment.amount = amount("100.00 EUR");
    sap.arrives("tuesday", {{payment, {}, "payments.csv:2"}});
    sync(sap);
    EXPECT_EQ(queue(), "confirmed, known");
}

TEST_F(IntakeTest, the_erps_own_payment_confirms_and_posts_nothing) {
    known_customer();
    known_invoice("INV-1", "119.00 EUR");
    bank.arrives("day 1", {statement_record(statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "119.00 EUR", "INV-1")}))});
    sync(bank);
    const auto before = entries();
    ErpPayment payment;
    payment.number = "P-1";
    payment.customer = "C1";
    payment.date = day("2026-03-31");
    payment.amount = amount("119.00 EUR");
    auto lonely = payment;
    lonely.number = "P-2";
    lonely.amount = amount("7.00 EUR");
    auto nobody = payment;
    nobody.customer = "C9";
    erp.arrives("payments", {{payment, {}, "payments.csv:2"}, {lonely, {}, "payments.csv:3"}, {nobody, {}, "payments.csv:4"}});
    sync(erp);
    EXPECT_EQ(entries(), before);
    EXPECT_EQ(counts_of(last()), "3 = 0 applied 1 duplicates 1 rejected 1 ignored");
    EXPECT_THAT(last().warnings.at(0).what, HasSubstr("no bank statement here shows it"));
}

}  // namespace
}  // namespace owed::intake
