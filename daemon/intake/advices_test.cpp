// Remittance advices, rates, and the numbers that customers quote: from a record to what the books and the matcher know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake/fake_connector.hpp"
#include "ledger/rates.hpp"

namespace owed::intake {
namespace {

using ledger::day;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RemittanceReference line(const std::string& document, std::string_view net, std::string_view gross = {}, std::string_view discount = {}, std::string_view adjustment = {},
                         const std::string& reason = {}) {
    RemittanceReference out;
    out.type = "document";
    out.value = document;
    if (!net.empty()) out.amount = amount(net);
    if (!gross.empty()) out.gross = amount(gross);
    if (!discount.empty()) out.discount = amount(discount);
    if (!adjustment.empty()) out.adjustment = amount(adjustment);
    out.reason = reason;
    return out;
}

Record advice_record(const std::string& number, std::string_view total, std::vector<RemittanceReference> lines) {
    RemittanceAdvice advice;
    advice.number = number;
    advice.payer.name = "Beispiel AG";
    advice.customer = "C1";
    advice.date = day("2026-03-30");
    if (!total.empty()) advice.amount = amount(total);
    advice.lines = std::move(lines);
    return {std::move(advice), number, "advices.csv:2"};
}

struct AdvicesTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), cash::migrations(), collect::migrations(), migrations()}};
    FakeConnector bank{"house-bank"}, erp{"erp"};
    int files = 0;

    void take(FakeConnector& connector, std::vector<Record> records) {
        connector.arrives("file " + std::to_string(++files), std::move(records));
        store::ok(Intake{company.test.store(), company.context, {}, company.test.rng, company.test.log}.sync(connector));
    }
    void take_statement(std::vector<BankTransaction> lines) {
        take(bank, {statement_record(statement_of("S" + std::to_string(files), "2026-03-30", "2026-03-30", "0.00 EUR", std::move(lines)))});
    }
    Artifact last() {
        return company.in_db<Artifact>([](store::Db& db) { return artifacts(db).back(); });
    }
    std::vector<std::string> rejected() {
        std::vector<std::string> text;
        for (const auto& one : company.in_db<std::vector<Reject>>([](store::Db& db) { return rejects(db); })) text.push_back(one.where + ": " + one.what);
        return text;
    }
    /// Residuals of documents: "INV-1 0.00, INV-2 20.00".
    std::string open() {
        std::string text;
        for (const auto& item : company.items({}))
            if (item.kind != ledger::ItemKind::receipt) text += (text.empty() ? "" : ", ") + item.document + " " + to_text(item.residual);
        return text;
    }
    std::int64_t advices() {
        return company.in_db<std::int64_t>([](store::Db& db) {
            auto query = db.query("SELECT count(*) FROM cash_advice");
            query.step();
            return query.integer(0);
        });
    }
    void two_invoices() {
        take(erp, {customer_record("C1", "Beispiel AG", {"DE02100100100006820101"}), invoice_record("INV-10041", "C1", "100.00 EUR"), invoice_record("INV-10042", "C1", "150.00 EUR"),
                   invoice_record("INV-10043", "C1", "250.00 EUR")});
    }
    void TearDown() override { EXPECT_THAT(company.differences(), IsEmpty()); }
};

TEST_F(AdvicesTest, an_advice_tells_which_documents_a_payment_is_for) {
    two_invoices();
    take(erp, {advice_record("774411", "250.00 EUR", {line("INV-10041", "100.00 EUR", "100.00 EUR"), line("INV-10042", "150.00 EUR")})});
    EXPECT_EQ(last().applied, 1);
    EXPECT_EQ(advices(), 1);
    // 250.00 alone would also be INV-10043.
    take_statement({bank_line("2026-03-30", "250.00 EUR", "TRANSFER 774411", "DE02100100100006820101")});
    EXPECT_EQ(open(), "INV-10041 0.00, INV-10042 0.00, INV-10043 250.00");
}

TEST_F(AdvicesTest, an_advice_after_the_money_settles_it_too) {
    two_invoices();
    take_statement({bank_line("2026-03-30", "195.00 EUR", "TRANSFER 774412", "DE02100100100006820101")});
    EXPECT_EQ(open(), "INV-10041 100.00, INV-10042 150.00, INV-10043 250.00");
    take(erp, {advice_record("774412", "", {line("INV-10041", "95.00 EUR", "100.00 EUR", {}, "-5.00 EUR", "damaged"), line("INV-10042", "100.00 EUR", "150.00 EUR", {}, "-50.00 EUR")})});
    EXPECT_EQ(last().applied, 1);
    EXPECT_EQ(open().substr(0, 32), "INV-10041 0.00, INV-10042 0.00, ");  // what was kept back is an item of its own
}

TEST_F(AdvicesTest, the_same_advice_again_adds_nothing) {
    two_invoices();
    const auto one = advice_record("774411", "250.00 EUR", {line("INV-10041", "100.00 EUR"), line("INV-10042", "150.00 EUR")});
    take(erp, {one});
    take(erp, {one});
    EXPECT_EQ(last().applied, 0);
    EXPECT_EQ(last().duplicates, 1);
    EXPECT_EQ(advices(), 1);
    take(erp, {advice_record("774411", "250.00 EUR", {line("INV-10043", "250.00 EUR")})});
    EXPECT_EQ(advices(), 2);  // contradicts the first: the receipt will be a question
}

TEST_F(AdvicesTest, an_advice_that_does_not_fit_is_rejected_alone) {
    two_invoices();
    auto undated = advice_record("1", "10.00 EUR", {line("INV-10041", "10.00 EUR")});
    std::get<RemittanceAdvice>(undated.body).date.reset();
    auto dollars = advice_record("5", "10.00 EUR", {line("INV-10041", "10.00 USD")});
    take(erp, {undated, advice_record("2", "10.00 EUR", {}), advice_record("3", "10.00 EUR", {line("INV-10041", "9.00 EUR")}),
               advice_record("4", "20.00 EUR", {line("INV-10041", ""), line("INV-10042", "10.00 EUR")}), dollars,
               advice_record("6", "10.00 EUR", {line("INV-10041", "10.00 EUR", "5.00 EUR", {}, "5.00 EUR")}), advice_record("7", "-10.00 EUR", {line("INV-10041", "-10.00 EUR")}),
               advice_record("8", "10.00 EUR", {line("INV-10041", "")})});
    EXPECT_EQ(last().applied, 1);  // a payment of one document need not repeat its amount
    EXPECT_THAT(rejected(), ElementsAre(HasSubstr("no date"), HasSubstr("names no document"), HasSubstr("add up to"), HasSubstr("no amount"), HasSubstr("in USD"),
                                        HasSubstr("pays more"), HasSubstr("more than nothing")));
}

TEST_F(AdvicesTest, customers_may_quote_the_delivery_note_or_the_contract) {
    auto first = invoice_record("INV-10041", "C1", "100.00 EUR"), second = invoice_record("INV-10042", "C1", "150.00 EUR");
    std::get<ArDocument>(first.body).delivery = "LS-778812";
    std::get<ArDocument>(second.body).contract = "V-2026-551";
    take(erp, {customer_record("C1", "Beispiel AG", {"DE02100100100006820101"}), first, second});
    const auto numbers = company.in_db<std::vector<std::string>>([](store::Db& db) {
        std::vector<std::string> found;
        auto query = db.query("SELECT value FROM cash_number ORDER BY value");
        while (query.step()) found.push_back(query.text(0));
        return found;
    });
    EXPECT_THAT(numbers, ElementsAre("LS-778812", "V-2026-551"));
    take_statement({bank_line("2026-03-30", "100.00 EUR", "Lieferschein LS-778812", "DE02100100100006820101")});
    EXPECT_EQ(open(), "INV-10041 0.00, INV-10042 150.00");
}

TEST_F(AdvicesTest, rates_are_kept_and_a_repeat_adds_nothing) {
    FxRate rate;
    rate.from = "EUR";
    rate.to = "USD";
    rate.type = "closing";
    rate.date = day("2026-03-31");
    rate.rate = "1.0811";
    rate.source = "ecb";
    ReferenceRate base;
    base.name = "de_base_rate";
    base.from = day("2026-01-01");
    base.percent = "-0.88";
    take(erp, {{rate, "a", "ecb.xml:9"}, {base, "b", "reference.csv:2"}});
    EXPECT_EQ(last().applied, 2);
    take(erp, {{rate, "a", "ecb.xml:9"}, {base, "b", "reference.csv:2"}});
    EXPECT_EQ(last().duplicates, 2);
    auto wrong = rate;
    wrong.rate = "0";
    auto same = rate;
    same.to = "EUR";
    auto unknown = rate;
    unknown.type = "daily";
    take(erp, {{wrong, "", "x:1"}, {same, "", "x:2"}, {unknown, "", "x:3"}});
    EXPECT_EQ(last().applied, 0);
    EXPECT_EQ(last().rejected, 3);
    const auto kept = company.in_db<std::vector<ledger::FxRate>>([](store::Db& db) { return ledger::rates(db, std::nullopt); });
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_EQ(to_text(kept[0].rate), "1.0811");
    EXPECT_EQ(ledger::name_of(kept[0].type), "closing");
    EXPECT_EQ(kept[0].source, "ecb");
}

}  // namespace
}  // namespace owed::intake
