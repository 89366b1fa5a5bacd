// What a clerk says stands, however he names it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cash/by_hand.hpp"
#include "cash/test_desk.hpp"
#include "ledger/instalments.hpp"
#include "ledger/write_offs.hpp"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct ClerkTest : CashDesk {
    std::vector<OpenItemId> instalments(CustomerId who, const std::string& number, const std::vector<std::string>& amounts) {
        auto whole = company.invoice(number, "1.00 EUR", "2026-02-01");
        whole.customer = who;
        whole.amount = money("0.00 EUR");
        std::vector<ledger::Instalment> parts;
        for (const auto& amount : amounts) {
            parts.push_back({day("2026-02-01").plus_days(static_cast<int>(30 * (parts.size() + 1))), money(amount)});
            whole.amount = *add(whole.amount, parts.back().amount);
        }
        const auto posted = store::ok(company.in_tx<std::vector<ledger::PostedItem>>([&](store::Tx& tx) { return post_in_instalments(tx, company.context, whole, parts); }));
        std::vector<OpenItemId> ids;
        for (const auto& one : posted) ids.push_back(one.item);
        return ids;
    }
    std::string applications_text() {
        std::string text;
        for (const auto& one : applications()) text += one.reason;
        return text;
    }
    /// What was said to it: "" when it was done.
    template <class Act>
    std::string said(Act&& act) {
        const auto did = done(std::forward<Act>(act));
        return did ? std::string{} : did.error().what + " | " + did.error().advice;
    }
    std::string apply(const std::string& number, const std::vector<Wanted>& wanted) {
        return said([&](store::Tx& tx) { return apply_by_hand(tx, company.context, anna, number, wanted); });
    }
};

TEST_F(ClerkTest, what_a_person_leaves_of_a_receipt_no_run_applies) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto item = invoice(who, "INV-1001", "111.11 EUR");
    const auto paid = arrives("111.11 EUR", {"INV-1001"}, "Beispiel GmbH");
    match();
    ASSERT_EQ(shown(paid), "applied 0.00");
    ASSERT_EQ(said([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, applications().front().id, "a part only"); }), "");
    ASSERT_EQ(apply(paid, {{"INV-1001", "12.11"}}), "");
    EXPECT_EQ(shown(paid), "on_account 99.00");
    EXPECT_EQ(match().looked_at, 0);
    EXPECT_EQ(company.residual(item), "99.00");
    // Split likewise; what is used up is applied.
    const auto other = invoice(customer("C2", "Muster KG"), "INV-2001", "60.00 EUR");
    const auto both = arrives("60.00 EUR", {"INV-1001"}, "Beispiel GmbH");
    ASSERT_EQ(said([&](store::Tx& tx) { return split_by_hand(tx, company.context, anna, both, {{std::to_string(other.value), "50.00"}}); }), "");
    EXPECT_EQ(shown(both), "on_account 10.00");
    EXPECT_EQ(match().looked_at, 0);
    ASSERT_EQ(apply(both, {{"INV-2001", "10.00"}}), "");
    EXPECT_EQ(shown(both), "applied 0.00");
}

TEST_F(ClerkTest, what_the_payer_names_is_in_question_after_an_undoing) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto named = invoice(who, "INV-2001", "1190.00 EUR");
    invoice(who, "INV-1001", "50.00 EUR");
    const auto paid = arrives("1154.30 EUR", {"INV-2001"}, "Beispiel GmbH");
    ASSERT_EQ(apply(paid, {{"INV-2001", "1154.30"}}), "");
    ASSERT_EQ(said([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, applications().front().id, "the discount"); }), "");
    EXPECT_THAT((company.in_db<std::vector<OpenItemId>>([](store::Db& db) { return items_in_question(db); })), ElementsAre(named));
    const auto asked = look(paid);
    ASSERT_EQ(asked.proposals.size(), 1U);
    EXPECT_EQ(asked.proposals.front().items.front().amount, money("1154.30 EUR"));
    EXPECT_THAT(asked.proposals.front().against, ElementsAre("application 1 was undone: the discount"));
    // Answered, it is in question no more.
    ASSERT_EQ(apply(paid, {{"INV-2001", "1154.30"}}), "");
    EXPECT_THAT((company.in_db<std::vector<OpenItemId>>([](store::Db& db) { return items_in_question(db); })), IsEmpty());
}

TEST_F(ClerkTest, one_instalment_of_several_is_named) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto parts = instalments(who, "INV-7007", {"333.30 EUR", "333.30 EUR", "333.40 EUR"});
    const auto alike = invoice(who, "INV-70072", "10.00 EUR");   // has the key of INV-7007/2
    const auto paid = arrives("500.00 EUR", {"something"}, "Somebody Ltd");
    EXPECT_THAT(apply(paid, {{"INV-7007", "10.00"}}),
                AllOf(HasSubstr("INV-7007 has 3 open instalments: INV-7007/1 is #" + std::to_string(parts[0].value)), HasSubstr("INV-7007/3 is #"),
                      HasSubstr("name one by #ITEM, or as INV-7007/1")));
    EXPECT_EQ(apply(paid, {{"INV-7007/2", "33.30"}}), "");
    EXPECT_EQ(company.residual(parts[1]), "300.00");
    EXPECT_EQ(company.residual(alike), "10.00");
    EXPECT_EQ(apply(paid, {{"#" + std::to_string(parts[2].value), "33.40"}}), "");
    EXPECT_EQ(company.residual(parts[2]), "300.00");
    EXPECT_THAT(apply(paid, {{"#99999", "1.00"}}), HasSubstr("there is no item #99999 in emea"));
    EXPECT_THAT(apply(paid, {{"INV-7007/4", "1.00"}}), HasSubstr("no open item INV-7007/4"));
    // Where one alone is open, the document is enough.
    const auto rest = arrives("900.00 EUR", {"something"}, "Somebody Ltd");
    ASSERT_EQ(apply(rest, {{"INV-7007/1", "333.30"}, {"INV-7007/2", "300.00"}, {"INV-7007", "1.00"}}), "");
    EXPECT_EQ(company.residual(parts[2]), "299.00");
}

TEST_F(ClerkTest, a_question_names_instalments_apart) {
    const auto who = customer("C1", "Beispiel GmbH");
    instalments(who, "INV-7007", {"300.00 EUR", "300.00 EUR", "300.00 EUR"});
    const auto paid = arrives("250.00 EUR", {"INV-7007"}, "Fremder");
    match();
    const auto asked = look(paid);
    EXPECT_THAT(asked.question, AllOf(HasSubstr("INV-7007/1"), HasSubstr("INV-7007/3")));
    ASSERT_FALSE(asked.proposals.empty());
    ASSERT_FALSE(asked.proposals.front().items.empty());
    EXPECT_THAT(asked.proposals.front().items.front().document, ::testing::StartsWith("INV-7007/"));
}

TEST_F(ClerkTest, money_for_what_was_written_off_is_said_to_be_so) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto lost = invoice(who, "W-2", "500.00 EUR");
    store::ok(company.act(ledger::write_off, {.item = lost, .amount = money("500.00 EUR"), .method = ledger::WriteOffMethod::direct, .instruction = company.asked("2026-03-01")}));
    const auto paid = arrives("500.00 EUR", {"something"}, "Beispiel GmbH");
    EXPECT_THAT(apply(paid, {{"W-2", "500.00"}}), AllOf(HasSubstr("W-2 was written off"), HasSubstr("owectl recover #" + std::to_string(lost.value))));
}

TEST_F(ClerkTest, what_a_payment_settles_besides_is_said_behind_its_document) {
    const auto read = [](std::string_view text) {
        const auto one = wanted_named(text);
        return one ? one->document_or_item + "|" + one->amount + "|" + one->parts.discount + "|" + one->parts.bank_charge + "|" + one->parts.deduction + "|" + one->parts.reason
                   : one.error().what;
    };
    EXPECT_EQ(read("INV-1=10.00"), "INV-1|10.00||||");
    EXPECT_EQ(read("INV,1=10.00,discount=2.00,deduction=3.00:freight"), "INV,1|10.00|2.00||3.00|freight");
    EXPECT_EQ(read("A=B=10.00,bank-charge=1.50"), "A=B|10.00||1.50||");
    EXPECT_EQ(read("INV-1"), "\"INV-1\" is not ITEM=AMOUNT");
    EXPECT_EQ(read("INV-1=1.00,discount=1.00,discount=2.00"), "the discount of INV-1 is said twice");
    EXPECT_EQ(read("INV-1=1.00,tolerance="), "the tolerance of INV-1 has no amount");

    const auto who = customer("C1", "Beispiel GmbH");
    const auto one = invoice(who, "INV-1", "1190.00 EUR"), two = invoice(who, "INV-2", "500.00 EUR");
    const auto paid = arrives("1600.00 EUR", {"something"}, "Beispiel GmbH");
    ASSERT_EQ(apply(paid, {store::ok(wanted_named("INV-1=1154.30,discount=35.70")), store::ok(wanted_named("INV-2=440.00,bank-charge=10.00,deduction=50.00:damage"))}), "");
    EXPECT_EQ(company.residual(one), "0.00");
    EXPECT_EQ(company.residual(two), "0.00");
    EXPECT_EQ(shown(paid), "on_account 5.70");
    ASSERT_EQ(applications().size(), 2U);
    EXPECT_EQ(applications()[0].discount, money("35.70 EUR"));
    EXPECT_EQ(applications()[1].bank_charge, money("10.00 EUR"));
    ASSERT_TRUE(applications()[1].deduction_item.has_value());
    EXPECT_EQ(company.residual(*applications()[1].deduction_item), "50.00");
    const auto records = company.in_db<std::vector<audit::Listed>>([](store::Db& db) { return audit::list(db, {}, 100); });
    EXPECT_THAT(records.back().act.reason, HasSubstr("INV-1=1154.30 (discount 35.70), INV-2=440.00 (bank charge 10.00, deduction 50.00 for damage)"));
    // Undone, all of it opens again.
    ASSERT_EQ(said([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, applications()[1].id, "wrong"); }), "");
    EXPECT_EQ(company.residual(two), "500.00");
}

TEST_F(ClerkTest, alone_he_lets_go_what_the_settings_grant) {
    settings.tolerance_percent = *parse_decimal("0.5");
    settings.tolerance_max = {{"EUR", 200}};
    settings.bank_fee_max = {{"EUR", 1500}};
    settings.withholding_percent = {{"IN", *parse_decimal("10")}};
    settings.discount_grace_days = 3;
    const auto who = customer("C1", "Beispiel GmbH");
    auto document = company.invoice("INV-1", "1000.00 EUR", "2026-02-01");
    document.customer = who;
    document.terms = ledger::ItemTerms{};
    document.terms->discounts = {{day("2026-03-28"), *parse_decimal("2"), money("20.00 EUR")}};
    store::ok(company.post(document));
    invoice(who, "INV-2", "100.00 EUR");
    const auto paid = arrives("1100.00 EUR", {"something"}, "Beispiel GmbH");
    const auto beyond = [&](std::vector<std::string> wanted) {
        std::vector<Wanted> all;
        for (const auto& one : wanted) all.push_back(store::ok(wanted_named(one)));
        return store::ok(company.in_db<Result<Beyond>>([&](store::Db& db) { return beyond_policy(db, company.context, settings, paid, all); })).why;
    };
    EXPECT_THAT(beyond({"INV-1=980.00,discount=20.00"}), IsEmpty());   // late, within the grace
    EXPECT_THAT(beyond({"INV-1=979.99,discount=20.01"}), ElementsAre("a discount of 20.01 EUR for INV-1, where 20.00 is granted"));
    EXPECT_THAT(beyond({"INV-1=500.00,discount=15.00", "INV-1=400.00,discount=15.00"}), ElementsAre("a discount of 30.00 EUR for INV-1, where 20.00 is granted"));
    EXPECT_THAT(beyond({"INV-2=98.00,discount=2.00"}), ElementsAre("a discount of 2.00 EUR for INV-2, where none is granted"));
    EXPECT_THAT(beyond({"INV-1=998.00,tolerance=2.00"}), IsEmpty());
    EXPECT_THAT(beyond({"INV-2=99.50,tolerance=0.50"}), IsEmpty());
    EXPECT_THAT(beyond({"INV-2=99.49,tolerance=0.51"}), ElementsAre("a tolerance of 0.51 EUR for INV-2, where 0.50 is granted"));
    settings.tolerance_max.clear();   // the percentage decides alone, as for the matcher
    EXPECT_THAT(beyond({"INV-2=99.50,tolerance=0.50"}), IsEmpty());
    EXPECT_THAT(beyond({"INV-1=995.00,tolerance=5.00"}), IsEmpty());
    settings.tolerance_max = {{"EUR", 200}};
    EXPECT_THAT(beyond({"INV-1=985.00,bank-charge=15.00"}), IsEmpty());
    EXPECT_THAT(beyond({"INV-1=984.99,bank-charge=15.01"}), ElementsAre("a bank charge of 15.01 EUR for " + paid + ", where 15.00 is granted"));
    EXPECT_THAT(beyond({"INV-1=900.00,withholding=100.00"}), ElementsAre("withheld tax of 100.00 EUR for INV-1, where none is granted"));
    EXPECT_THAT(beyond({"INV-1=1.00,deduction=999.00:damage"}), IsEmpty());
    // What was taken of an offer is gone.
    ASSERT_EQ(apply(paid, {store::ok(wanted_named("INV-1=490.00,discount=10.00"))}), "");
    EXPECT_THAT(beyond({"INV-1=489.00,discount=11.00"}), ElementsAre("a discount of 11.00 EUR for INV-1, where 10.00 is granted"));
}

/// Nothing is given up in slices: what was let go before counts, of a document and, for a bank's charge, of the payment.
TEST_F(ClerkTest, alone_he_lets_go_once_what_the_settings_grant) {
    settings.tolerance_max = {{"EUR", 200}};
    settings.bank_fee_max = {{"EUR", 1500}};
    settings.withholding_percent = {{"DE", *parse_decimal("10")}};
    const auto who = customer("C1", "Beispiel GmbH");
    for (const auto* number : {"INV-1", "INV-2"}) invoice(who, number, "1000.00 EUR");
    const auto paid = arrives("1900.00 EUR", {"something"}, "Beispiel GmbH");
    const auto beyond = [&](std::vector<std::string> wanted) {
        std::vector<Wanted> all;
        for (const auto& one : wanted) all.push_back(store::ok(wanted_named(one)));
        return store::ok(company.in_db<Result<Beyond>>([&](store::Db& db) { return beyond_policy(db, company.context, settings, paid, all); })).why;
    };
    EXPECT_THAT(beyond({"INV-1=900.00,bank-charge=10.00", "INV-2=900.00,bank-charge=5.01"}), ElementsAre("a bank charge of 15.01 EUR for " + paid + ", where 15.00 is granted"));
    ASSERT_EQ(apply(paid, {store::ok(wanted_named("INV-1=100.00,tolerance=1.50,bank-charge=10.00"))}), "");
    EXPECT_THAT(beyond({"INV-1=100.00,tolerance=0.50,bank-charge=5.00"}), IsEmpty());
    EXPECT_THAT(beyond({"INV-1=100.00,tolerance=0.51"}), ElementsAre("a tolerance of 0.51 EUR for INV-1, where 0.50 is granted"));
    EXPECT_THAT(beyond({"INV-2=100.00,bank-charge=5.01"}), ElementsAre("a bank charge of 5.01 EUR for " + paid + ", where 5.00 is granted"));
}

/// An amount in another currency may not stand for a write-off: what leaves the receipt is near what the rate makes of it.
TEST_F(ClerkTest, alone_he_takes_another_currency_at_its_rate) {
    auto document = company.invoice("USD-3", "500.00 USD", "2026-02-01");
    document.customer = customer("C1", "Beispiel GmbH");
    document.functional = money("400.00 EUR");
    store::ok(company.post(document));
    const auto paid = arrives("410.00 EUR", {"something"}, "Beispiel GmbH");
    const auto beyond = [&](const char* wanted) {
        return store::ok(company.in_db<Result<Beyond>>([&](store::Db& db) { return beyond_policy(db, company.context, settings, paid, {store::ok(wanted_named(wanted))}); })).why;
    };
    EXPECT_THAT(beyond("USD-3=500.00,takes=410.00"), ElementsAre(HasSubstr("500.00 USD of USD-3 for 410.00 EUR: ")));   // no rate
    company.rate("EUR", "USD", "2026-03-30", "1.2500");   // 400.00 EUR
    for (const auto* near : {"USD-3=500.00,takes=410.00", "USD-3=500.00,takes=380.00", "USD-3=250.00,takes=200.00"}) EXPECT_THAT(beyond(near), IsEmpty()) << near;
    EXPECT_THAT(beyond("USD-3=500.00,takes=379.99"), ElementsAre("500.00 USD of USD-3 for 379.99 EUR, where they are worth 400.00 EUR"));
    EXPECT_THAT(beyond("USD-3=500.00,takes=0.01"), ElementsAre("500.00 USD of USD-3 for 0.01 EUR, where they are worth 400.00 EUR"));
    EXPECT_THAT(beyond("USD-3=1.00,takes=410.00"), ElementsAre("1.00 USD of USD-3 for 410.00 EUR, where they are worth 0.80 EUR"));
}

TEST_F(ClerkTest, money_of_another_currency_says_what_leaves_it) {
    company.rate("EUR", "USD", "2026-01-01", "1.2500");
    company.rate("EUR", "USD", "2026-03-30", "1.2000");
    const auto who = customer("C1", "Beispiel GmbH");
    const auto item = invoice(who, "USD-3", "500.00 USD");   // worth 400.00 EUR
    const auto paid = arrives("410.00 EUR", {"something"}, "Beispiel GmbH");
    // The currency is refused first, whatever the amount.
    EXPECT_THAT(apply(paid, {{"USD-3", "400.00"}}), AllOf(HasSubstr("credit in EUR, debit in USD"), HasSubstr("say also what leaves the credit")));
    EXPECT_THAT(apply(paid, {{"USD-3", "500.00"}}), HasSubstr("credit in EUR, debit in USD"));
    ASSERT_EQ(apply(paid, {store::ok(wanted_named("USD-3=500.00,takes=410.00"))}), "");
    EXPECT_EQ(company.residual(item), "0.00");
    EXPECT_EQ(shown(paid), "applied 0.00");
    // 416.67 on the day, 410.00 came: 16.67 realised, 6.67 lost on the cross rate (DOMAIN section 10).
    ASSERT_EQ(applications().size(), 1U);
    EXPECT_EQ(applications().front().credit_amount, money("410.00 EUR"));
    EXPECT_EQ(applications().front().fx, money("10.00 EUR"));
}

/// On few receipts, and on the books in memory.
struct RunTest : ClerkTest, ::testing::WithParamInterface<std::size_t> {
    void SetUp() override { settings.snapshot_from = GetParam(); }
};
INSTANTIATE_TEST_SUITE_P(Lookups, RunTest, ::testing::Values(1'000U, 0U), [](const auto& given) { return given.param == 0 ? "in_memory" : "in_the_store"; });

TEST_P(RunTest, money_for_a_written_off_document_is_asked_about_with_the_way_back) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto lost = invoice(who, "INV-9002", "500.00 EUR");
    invoice(who, "INV-9001", "500.00 EUR");
    const auto written = store::ok(company.act(ledger::write_off, {.item = lost, .amount = money("500.00 EUR"), .method = ledger::WriteOffMethod::direct, .instruction = company.asked("2026-03-01")}));
    const auto paid = arrives("500.00 EUR", {"INV-9002"}, "Beispiel GmbH");
    match();
    const auto asked = look(paid);
    EXPECT_EQ(to_text(asked.unapplied), "500.00");
    EXPECT_EQ(asked.question, "the remittance text names INV-9002, which was written off; owectl recover #" + std::to_string(lost.value) + " 500.00 makes it owed again");
    ASSERT_FALSE(asked.proposals.empty());
    EXPECT_TRUE(asked.proposals.front().items.empty());
    for (std::size_t i = 1; i < asked.proposals.size(); ++i) EXPECT_THAT(asked.proposals[i].against, ::testing::Contains("the payer names INV-9002, which was written off"));
    // Once it is recovered, it is open as any other, and the money finds it.
    store::ok(company.act(ledger::recover, {.item = lost, .amount = money("500.00 EUR"), .instruction = company.asked("2026-03-31")}));
    match();
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(company.residual(lost), "0.00");
    // Recovered and paid, it is settled like another.
    const auto again = arrives("500.00 EUR", {"INV-9002"}, "Beispiel GmbH");
    match();
    EXPECT_THAT(look(again).question, Not(HasSubstr("written off")));
    static_cast<void>(written);
}

TEST_P(RunTest, money_in_another_currency_finds_what_it_names) {
    company.rate("EUR", "USD", "2026-01-01", "1.2500");
    const auto who = customer("C1", "Beispiel GmbH");
    const auto item = invoice(who, "INV-2026-0301", "500.00 USD");
    invoice(who, "INV-2026-0410", "400.00 EUR");   // of just the amount, and not named
    const auto paid = arrives("400.00 EUR", {"INV-2026-0301"}, "Beispiel GmbH");
    match();
    const auto asked = look(paid);
    EXPECT_EQ(to_text(asked.unapplied), "400.00");
    EXPECT_EQ(asked.question, "the payer names INV-2026-0301, in USD, and paid in EUR");
    ASSERT_FALSE(asked.proposals.empty());
    const auto& first = asked.proposals.front();
    ASSERT_EQ(first.items.size(), 1U);
    EXPECT_EQ(first.items.front().item, item);
    EXPECT_EQ(first.items.front().amount, money("500.00 USD"));
    EXPECT_EQ(first.items.front().takes, money("400.00 EUR"));
    EXPECT_THAT(first.evidence, ::testing::Contains("500.00 USD open are worth 400.00 EUR on 2026-03-30 (1 EUR = 1.2500 USD of 2026-01-01 (spot, test), the last one before 2026-03-30)"));
    EXPECT_THAT(first.evidence, ::testing::Contains("owectl cash apply " + paid + " INV-2026-0301=500.00,takes=400.00"));
    EXPECT_THAT((company.in_db<std::vector<OpenItemId>>([](store::Db& db) { return items_in_question(db); })), ::testing::Contains(item));
    match();
    EXPECT_EQ(look(paid).proposals.front().evidence, first.evidence) << "the same the next time";
    // Less than it is worth is a part of it, unless the payer ordered the whole.
    const auto half = arrives("200.00 EUR", {"INV-2026-0301"}, "Beispiel GmbH");
    match();
    ASSERT_FALSE(look(half).proposals.empty());
    EXPECT_EQ(look(half).proposals.front().items.front().amount, money("250.00 USD"));
    const auto more = arrives("600.00 EUR", {"INV-2026-0301"}, "Beispiel GmbH");
    match();
    EXPECT_EQ(look(more).proposals.front().items.front().takes, money("400.00 EUR"));
}

TEST_F(ClerkTest, what_the_payer_ordered_decides_how_much_of_it_is_meant) {
    company.rate("EUR", "USD", "2026-01-01", "1.2500");
    const auto who = customer("C1", "Beispiel GmbH");
    invoice(who, "INV-2026-0301", "500.00 USD");
    NewReceipt receipt{.entity = "emea", .account = "DE89370400440532013000", .bank_gl = "1000", .amount = money("360.00 EUR"), .value_date = day("2026-03-30"),
                       .posting_date = day("2026-03-30"), .transaction = {}, .connector = "house-bank", .artifact = "1", .event_key = "bank/usd"};
    receipt.transaction.counterparty.name = "Beispiel GmbH";
    receipt.transaction.text = {"INV-2026-0301"};
    receipt.transaction.original_amount = Amount::of(money("500.00 USD"));
    const auto id = store::ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return receive(tx, company.context, receipt); }));
    match();
    const auto asked = look("R-" + std::to_string(id.value));
    ASSERT_FALSE(asked.proposals.empty());
    EXPECT_EQ(asked.proposals.front().items.front().amount, money("500.00 USD"));
    EXPECT_EQ(asked.proposals.front().items.front().takes, money("360.00 EUR"));
    EXPECT_THAT(asked.proposals.front().evidence, ::testing::Contains("the payer ordered 500.00 USD"));
}

TEST_P(RunTest, a_question_does_not_answer_itself) {
    const auto who = customer("C1", "Beispiel Handel GmbH");
    const auto item = invoice(who, "INV-8", "2750.00 EUR");
    const auto paid = arrives("1000.00 EUR", {"INV-8"}, "Beispiel Handel GmbH");
    match();
    const auto asked = look(paid);
    ASSERT_NE(asked.question, "");
    EXPECT_EQ(asked.customer, who) << "the run has booked it as his";
    EXPECT_EQ(match().applied, 0) << "on the same facts";
    EXPECT_EQ(look(paid).question, asked.question);
    EXPECT_EQ(company.residual(item), "2750.00");
    // A person's word is a fact.
    ASSERT_EQ(said([&](store::Tx& tx) { return identify_by_hand(tx, company.context, anna, paid, who); }), "");
    match();
    EXPECT_THAT(look(paid).question + applications_text(), HasSubstr("was identified by a person"));
}

}  // namespace
}  // namespace owed::cash
