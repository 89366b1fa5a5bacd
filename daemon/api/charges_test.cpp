// The verbs that bill beside documents and that let go of credits: fees and interest, an agency's bill, unclaimed property, refunds of
// credit memos and deposits, deposits that are none after all.
#include "api/test_verbs.hpp"
#include "ledger/credits.hpp"

namespace owed::api {
namespace {

using ledger::money;

struct ChargeVerbs : VerbsTest {
    ChargeVerbs() {
        hosts.bank.arrives("more", {intake::statement_record(intake::statement_of("2", "2026-03-31", "2026-03-31", "159.00 EUR",
            {intake::bank_line("2026-03-31", "70.00 EUR", "thanks", "FR1420041010050500013M02606"), intake::bank_line("2026-03-31", "71.00 EUR", "thanks again")}))});
        store::ok(inbox.sync(hosts.bank));
        get("cash identify", {{"receipt", receipt("70.00")}, {"customer", "C2"}});
        auto memo = intake::invoice_record("CM-9", "C2", "25.00 EUR");
        std::get<ArDocument>(memo.body).kind = ArDocument::Kind::credit_memo;
        hosts.erp.arrives("memo", {memo});
        store::ok(inbox.sync(hosts.erp));
    }
    void TearDown() override {
        EXPECT_EQ(get("ledger verify").at("ok"), true) << json::serialize(get("ledger verify"));
        const auto aging = get("report aging", {{"entity", "emea"}});
        for (const auto& one : aging.at("difference").as_object()) EXPECT_EQ(one.value(), "0.00") << std::string_view{one.key()};
    }
    std::string receipt(const char* amount) {
        const auto receipts = get("receipts");
        for (const auto& one : receipts.at("receipts").as_array())
            if (one.at("amount") == amount) return std::string{one.at("receipt").as_string()};
        throw std::runtime_error{"no such receipt"};
    }
    std::string residual(const std::string& document) {
        const auto items = get("items");
        for (const auto& one : items.at("items").as_array())
            if (one.at("document") == json::string{document}) return std::string{one.at("residual").as_string()};
        return "none";
    }
    json::object by_two(std::string_view verb, const json::object& arguments) {
        const auto asked = get(verb, arguments);
        EXPECT_EQ(asked.at("state"), "open") << verb;
        return get("approve", {{"approval", asked.at("approval")}}, boris).at("done").as_object();
    }
    Error error_of(std::string_view verb, const json::object& arguments) {
        const auto answer = ask(verb, arguments);
        EXPECT_FALSE(answer) << verb;
        return answer ? Error{} : answer.error();
    }
    std::string lines(const json::object& posted) { return company.lines(EntryId{posted.at("entry").as_int64()}); }
};

TEST_F(ChargeVerbs, a_fee_and_late_interest_are_documents_of_their_own) {
    const auto fee = get("charge", {{"customer", "C2"}, {"amount", "11.90"}, {"tax", "1.90"}, {"document", "FE-1"}, {"due", "2026-05-01"}, {"why", "returned debit"}});
    expect_keys(fee, "item, entity, document, customer, currency, amount, residual, state, entry, posting_date, by, due_date, charge", "charge");
    EXPECT_EQ(fee.at("due_date"), "2026-05-01");
    EXPECT_EQ(lines(fee), "receivable 11.90 EUR #" + std::to_string(fee.at("item").as_int64()) + ", fee_income -10.00 EUR, tax_payable -1.90 EUR");
    const auto interest = get("charge", {{"customer", "C2"}, {"amount", "28.18"}, {"interest", true}, {"document", "IN-1"}, {"why", "37 days on INV-2026/0003"}});
    EXPECT_THAT(lines(interest), HasSubstr("interest_income -28.18 EUR"));
    EXPECT_EQ(get("items", {{"kind", "finance_charge"}}).at("items").as_array().size(), 2U);
    EXPECT_EQ(error_of("charge", {{"customer", "C2"}, {"amount", "1.00"}, {"document", "FE-1"}, {"why", "again"}}).code, Errc::already_exists);
    EXPECT_EQ(error_of("charge", {{"customer", "C2"}, {"amount", "0.00"}, {"document", "FE-2"}, {"why", "w"}}).where, "amount");
    EXPECT_EQ(error_of("charge", {{"customer", "C2"}, {"amount", "1.00"}, {"document", "FE-2"}}).where, "why");
    EXPECT_EQ(get("waive", {{"item", "FE-1"}, {"why", "first time"}}).at("state"), "open") << "giving it up takes two";
    EXPECT_EQ(ledger::refusal(ask("charge", {{"customer", "C2"}, {"amount", "1.00"}, {"document", "FE-3"}, {"why", "w"}}, guest)), "refused");
}

TEST_F(ChargeVerbs, an_agencys_bill_is_booked_once) {
    const json::object bill{{"agency", "nord"}, {"amount", "119.00"}, {"tax", "19.00"}, {"document", "N-7"}, {"entity", "emea"}};
    const auto posted = get("agency fee", bill);
    EXPECT_EQ(lines(posted), "agency_fees 100.00 EUR, input_tax 19.00 EUR, agency_payable -119.00 EUR");
    EXPECT_EQ(error_of("agency fee", bill).code, Errc::already_exists);
    auto other = bill;
    other["amount"] = "120.00";
    EXPECT_EQ(error_of("agency fee", other).code, Errc::conflicting_repeat);
    other["document"] = "N-8";
    other["tax"] = "121.00";
    EXPECT_EQ(error_of("agency fee", other).code, Errc::invalid_argument);
}

TEST_F(ChargeVerbs, unclaimed_property_takes_two_steps_and_two_persons_each) {
    const auto number = receipt("70.00");
    const auto done = by_two("escheat", {{"credit", number}, {"amount", "20.00"}, {"why", "no owner since 2023"}});
    EXPECT_EQ(done.at("residual"), "-50.00");
    EXPECT_THAT(lines(done), HasSubstr("unclaimed_property -20.00 EUR"));
    EXPECT_EQ(get("cash show", {{"receipt", number}}).at("unapplied"), "50.00");
    by_two("escheat", {{"credit", "CM-9"}, {"why", "no owner since 2023"}});
    EXPECT_EQ(residual("CM-9"), "0.00");
    EXPECT_EQ(error_of("escheat", {{"credit", "CM-9"}, {"why", "again"}}).code, Errc::item_not_open);
    EXPECT_EQ(error_of("escheat", {{"credit", "INV-2026/0003"}, {"why", "w"}}).code, Errc::not_found);
    const std::string bank{company.books.bank_accounts()[0].id()};
    EXPECT_EQ(error_of("escheat remit", {{"amount", "45.01"}, {"account", bank}, {"why", "report 2026"}}).code, Errc::application_exceeds_residual);
    EXPECT_EQ(error_of("escheat remit", {{"amount", "45.00"}, {"account", "DE00"}, {"why", "report 2026"}}).code, Errc::not_found);
    const auto remitted = by_two("escheat remit", {{"amount", "45.00"}, {"account", bank}, {"why", "report 2026"}});
    EXPECT_EQ(lines(remitted), "unclaimed_property 45.00 EUR, 1000 -45.00 EUR");
    EXPECT_EQ(remitted.at("unclaimed"), "0.00");
    EXPECT_EQ(remitted.at("approved_by"), "boris");
    hosts.bank.arrives("paid", {intake::statement_record(intake::statement_of("3", "2026-04-01", "2026-04-01", "300.00 EUR",
        {intake::bank_line("2026-04-01", "-45.00 EUR", "unclaimed property")}))});
    company.test.clock.pass_seconds(86'400);
    store::ok(inbox.sync(hosts.bank));
    EXPECT_TRUE(get("cash outgoing").at("outgoing").as_array().empty()) << "it is posted already";
}

TEST_F(ChargeVerbs, a_credit_memo_is_refunded_to_where_its_customer_pays_from) {
    EXPECT_EQ(error_of("cash refund", {{"receipt", "CM-9"}, {"account", "DE02120300000000202051"}}).code, Errc::refused);
    const auto done = by_two("cash refund", {{"receipt", "CM-9"}, {"why", "no more business"}});
    EXPECT_EQ(done.at("receipt"), "CM-9");
    EXPECT_EQ(residual("CM-9"), "0.00");
    const auto ordered = get("cash refunds").at("refunds").as_array();
    ASSERT_EQ(ordered.size(), 1U);
    EXPECT_TRUE(ordered[0].at("receipt").is_null());
    EXPECT_EQ(ordered[0].at("document"), "CM-9");
    by_two("cash refund-void", {{"entry", ordered[0].at("entry")}, {"why", "there is business again"}});
    EXPECT_EQ(residual("CM-9"), "-25.00");
    by_two("cash refund", {{"receipt", "CM-9"}, {"amount", "5.00"}});
    hosts.bank.arrives("paid", {intake::statement_record(intake::statement_of("3", "2026-04-01", "2026-04-01", "300.00 EUR",
        {intake::bank_line("2026-04-01", "-5.00 EUR", "refund", "FR1420041010050500013M02606")}))});
    company.test.clock.pass_seconds(86'400);
    store::ok(inbox.sync(hosts.bank));
    EXPECT_TRUE(get("cash refunds").at("refunds").as_array().empty());
    EXPECT_THAT(std::string{get("journal").at("entries").as_array().back().at("reason").as_string()}, HasSubstr("the refund of CM-9 left the bank"));
}

TEST_F(ChargeVerbs, what_left_the_bank_is_listed_until_somebody_says_what_it_was) {
    auto fee = intake::bank_line("2026-04-01", "-7.50 EUR", "account fee");
    fee.code = "NCHG";
    hosts.bank.arrives("paid", {intake::statement_record(intake::statement_of("3", "2026-04-01", "2026-04-01", "300.00 EUR",
        {fee, intake::bank_line("2026-04-01", "-30.00 EUR", "rent", "FR1420041010050500013M02606"), intake::bank_line("2026-04-01", "-8.00 EUR", "charges")}))});
    company.test.clock.pass_seconds(86'400);
    store::ok(inbox.sync(hosts.bank));
    const auto list = [&] { return get("cash outgoing").at("outgoing").as_array(); };
    ASSERT_EQ(list().size(), 2U) << "a charge needs no word of anybody";
    expect_keys(list()[0].as_object(), "outgoing, entity, account, value_date, amount, currency, payee, payee_account, reference, text, code, entry", "cash outgoing");
    EXPECT_EQ(list()[0].at("amount"), "30.00");
    EXPECT_THAT(json::serialize(get("status").at("alarms")), HasSubstr("2 payments of 38.00 EUR left the bank of emea, and nobody ordered them here: owectl cash outgoing"));
    EXPECT_EQ(error_of("cash explain", {{"why", "rent"}}).where, "outgoing");
    EXPECT_EQ(error_of("cash explain", {{"outgoing", 1}}).where, "why");
    EXPECT_EQ(error_of("cash explain", {{"outgoing", 999}, {"why", "rent"}}).code, Errc::not_found);
    EXPECT_EQ(ledger::refusal(ask("cash explain", {{"outgoing", 1}, {"why", "rent"}}, guest)), "refused");
    const auto rent = get("cash explain", {{"outgoing", list()[0].at("outgoing")}, {"why", "rent, booked by accounts payable"}});
    expect_keys(rent, "outgoing, entity, amount, currency, charge, why, entry, posting_date, by, approved_by", "cash explain");
    EXPECT_TRUE(rent.at("entry").is_null());
    const json::object charge{{"outgoing", list()[0].at("outgoing")}, {"charge", true}, {"why", "cash deposit fee"}};
    EXPECT_EQ(lines(by_two("cash explain", charge)), "bank_charges 8.00 EUR, suspense -8.00 EUR");
    EXPECT_TRUE(list().empty());
    EXPECT_EQ(error_of("cash explain", charge).code, Errc::not_found);
    EXPECT_THAT(json::serialize(get("status").at("alarms")), ::testing::Not(HasSubstr("left the bank")));
}

/// The order of docs/reference/checks.md: the same wrong input always gets the same answer, whatever the sums.
TEST_F(ChargeVerbs, another_currency_is_said_before_the_sums) {
    get("rate set", {{"from", "USD"}, {"to", "EUR"}, {"rate", "0.9"}, {"date", "2026-01-01"}});
    hosts.erp.arrives("dollars", {intake::invoice_record("USD-3", "C2", "500.00 USD")});
    store::ok(inbox.sync(hosts.erp));
    for (const char* items : {"USD-3=7.00", "USD-3=70.01", "USD-3=500.00"})
        EXPECT_EQ(error_of("cash apply", {{"receipt", receipt("70.00")}, {"items", items}}).code, Errc::currency_mismatch) << items;
    EXPECT_EQ(error_of("cash apply", {{"receipt", receipt("70.00")}, {"items", "INV-2026/0003=70.01"}}).code, Errc::application_exceeds_residual);
}

TEST_F(ChargeVerbs, a_refund_says_why_the_account_will_not_do) {
    get("cash identify", {{"receipt", receipt("71.00")}, {"customer", "C1"}});
    const auto unknown = error_of("cash refund", {{"receipt", receipt("71.00")}, {"account", "DE02120300000000202051"}});
    EXPECT_EQ(unknown.what, "the bank did not tell from which account " + receipt("71.00") + " was paid, so nobody can say that it was DE02120300000000202051");
    EXPECT_EQ(error_of("cash refund", {{"receipt", "R-999"}}).what, "there is no receipt, credit memo or deposit R-999");
    const auto all = receipt("70.00");
    get("cash deposit", {{"receipt", all}, {"document", "D-1"}});
    const auto settled = error_of("cash refund", {{"receipt", all}});
    EXPECT_EQ(settled.what, all + " is settled; nothing of it is open");
    EXPECT_EQ(settled.advice, "owectl cash show " + all + " says what became of it");
}

TEST_F(ChargeVerbs, a_deposit_goes_back_to_its_receipt_or_to_who_paid_it) {
    const auto number = receipt("70.00");
    get("cash deposit", {{"receipt", number}, {"document", "D-1"}, {"why", "order 7"}});
    EXPECT_EQ(get("cash show", {{"receipt", number}}).at("unapplied"), "0.00");
    EXPECT_EQ(by_two("cash refund", {{"receipt", "D-1"}, {"amount", "30.00"}}).at("residual"), "-40.00");
    EXPECT_EQ(error_of("cash undeposit", {{"credit", "D-1"}}).code, Errc::application_exceeds_residual) << "part of it has left";
    get("cash refund-void", {{"entry", get("cash refunds").at("refunds").at(0).at("entry")}, {"why", "not paid"}});
    get("approve", {{"approval", get("approvals", {{"state", "open"}}).at("approvals").at(0).at("approval")}}, boris);
    const auto back = get("cash undeposit", {{"credit", "D-1"}, {"why", "order 7 was cancelled"}});
    EXPECT_EQ(back.at("receipt"), json::string{number});
    EXPECT_EQ(back.at("unapplied"), "70.00");
    EXPECT_EQ(back.at("state"), "on_account");
    EXPECT_EQ(back.at("deposit").at("residual"), "0.00");
    EXPECT_EQ(by_two("cash refund", {{"receipt", number}}).at("residual"), "0.00");
    EXPECT_EQ(error_of("cash undeposit", {{"credit", "D-1"}}).code, Errc::item_not_open);
    EXPECT_EQ(error_of("cash undeposit", {{"credit", "CM-9"}}).code, Errc::invalid_argument);
}

}  // namespace
}  // namespace owed::api
