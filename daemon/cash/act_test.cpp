#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cash/test_desk.hpp"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ledger::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct CashTest : CashDesk {
    CustomerId customer(const std::string& number, std::vector<std::string> accounts = {}, const std::string& entity = "emea") {
        return CashDesk::customer(number, "Kunde " + number + " GmbH", std::move(accounts), "", entity);
    }
    OpenItemId invoice(CustomerId who, const std::string& number, std::string_view amount, std::string_view reference = {},
                       std::string_view entity = "emea", ledger::ItemKind kind = ledger::ItemKind::invoice) {
        auto document = company.invoice(number, amount, "2026-02-01", entity);
        document.payment_reference = reference;
        document.kind = kind;
        return posted(who, std::move(document));
    }
    NewReceipt arriving(std::string_view amount, std::string text, std::string payer_account = {}, std::string_view entity = "emea") {
        auto receipt = line(amount, {std::move(text)}, "Somebody", payer_account);
        receipt.entity = entity;
        return receipt;
    }
    std::string arrives(std::string_view amount, std::string text, std::string payer_account = {}, std::string_view entity = "emea") {
        return "R-" + std::to_string(take(arriving(amount, std::move(text), std::move(payer_account), entity)).value);
    }
    std::vector<Receipt> questions() {
        return company.in_db<std::vector<Receipt>>([](store::Db& db) { return pending(db); });
    }
    std::vector<std::string> audited() {
        std::vector<std::string> actions;
        for (const auto& one : company.in_db<std::vector<audit::Listed>>([](store::Db& db) { return audit::list(db, {}, 100); }))
            if (one.act.action.rfind("cash.", 0) == 0) actions.push_back(audit::to_text(one.act.actor) + " " + one.act.action);
        return actions;
    }
    std::string apply(const std::string& number, const std::vector<Wanted>& wanted) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return apply_by_hand(tx, company.context, anna, number, wanted); }));
    }
    std::string identify(const std::string& number, CustomerId who) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return identify_by_hand(tx, company.context, anna, number, who); }));
    }
    std::string unapply(ApplicationId application, const std::string& why = "wrong invoice") {
        return refusal(company.test.store().write([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, application, why); }));
    }
    std::string set_aside(const std::string& number, const std::string& why) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return not_receivable_by_hand(tx, company.context, anna, number, why); }));
    }
};

TEST_F(CashTest, a_receipt_keeps_what_the_bank_told) {
    const auto first = take(arriving("119.00 EUR", "thanks", "DE02100100100006820101"));
    const auto got = look("R-" + std::to_string(first.value));
    EXPECT_EQ(got.state, State::unidentified);
    EXPECT_EQ(got.amount, money("119.00 EUR"));
    EXPECT_EQ(got.unapplied, money("119.00 EUR"));
    EXPECT_EQ(got.payer_name, "Somebody");
    EXPECT_EQ(got.payer_account, "DE02100100100006820101");
    EXPECT_EQ(got.text, "thanks");
    EXPECT_EQ(got.bank_reference, "REF-1");
    EXPECT_EQ(got.connector, "house-bank");
    EXPECT_FALSE(got.customer);
    EXPECT_FALSE((company.in_db<std::optional<Receipt>>([](store::Db& db) { return receipt(db, "R-99"); })));
    EXPECT_FALSE((company.in_db<std::optional<Receipt>>([](store::Db& db) { return receipt(db, "no number"); })));
}

TEST_F(CashTest, matching_applies_and_a_second_run_changes_nothing) {
    const auto who = customer("C1");
    const auto item = invoice(who, "INV-2026/0042", "119.00 EUR");
    const auto paid = arrives("119.00 EUR", "invoice INV 2026 42"), unclear = arrives("7.00 EUR", "thanks");
    auto done = match();
    EXPECT_EQ(done.looked_at, 2);
    EXPECT_EQ(done.applied, 1);
    EXPECT_EQ(done.questions, 1);
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(look(paid).customer, who);
    EXPECT_EQ(company.residual(item), "0.00");
    ASSERT_EQ(applications().size(), 1U);
    EXPECT_EQ(applications()[0].stage, "document_number");
    EXPECT_THAT(applications()[0].reason, HasSubstr("INV-2026/0042"));
    EXPECT_EQ(applications()[0].by, "cash");
    EXPECT_EQ(shown(unclear), "unidentified 7.00");
    done = match();
    EXPECT_EQ(done.looked_at, 1);
    EXPECT_EQ(applications().size(), 1U);
    EXPECT_THAT(audited(), ElementsAre("job cash cash.match"));  // nothing new to tell
}

TEST_F(CashTest, a_structured_reference_in_the_text_finds_its_item) {
    const auto item = invoice(customer("C1"), "INV-1", "119.00 EUR", "RF18539007547034");
    const auto paid = arrives("119.00 EUR", "RF18 5390 0754 7034");
    match();
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(applications().at(0).stage, "structured_reference");
    EXPECT_EQ(company.residual(item), "0.00");
}

TEST_F(CashTest, two_receipts_for_one_item_pay_it_once) {
    invoice(customer("C1"), "INV-2026/0042", "119.00 EUR");
    const auto first = arrives("119.00 EUR", "INV-2026/0042"), second = arrives("119.00 EUR", "INV-2026/0042");
    match();
    EXPECT_EQ(shown(first), "applied 0.00");
    EXPECT_EQ(shown(second), "unidentified 119.00") << "who paid is not known: nothing is booked to anybody";
    EXPECT_THAT(look(second).question, HasSubstr("settled already by " + first));
    EXPECT_THAT(look(second).question, HasSubstr("perhaps paid twice"));
}

TEST_F(CashTest, a_question_stays_until_it_is_answered_and_covers_its_items) {
    const auto a = invoice(customer("C1"), "INV-2026/0042", "119.00 EUR");
    invoice(customer("C2"), "INV-2026/0099", "500.00 EUR");
    const auto paid = arrives("100.00 EUR", "INV-2026/0042");
    match();
    match();
    ASSERT_EQ(questions().size(), 1U);
    const auto asked = questions()[0];
    EXPECT_EQ(asked.number, paid);
    EXPECT_THAT(asked.question, HasSubstr("100.00 EUR was paid"));
    EXPECT_FALSE(asked.customer);  // a number and another amount do not say who paid
    ASSERT_EQ(asked.proposals.size(), 1U);
    EXPECT_EQ(asked.proposals[0].customer_number, "C1");
    EXPECT_EQ(asked.proposals[0].items.at(0).item, a);
    EXPECT_EQ(asked.proposals[0].items[0].amount, money("100.00 EUR"));
    EXPECT_THAT(asked.proposals[0].against, ElementsAre("119.00 EUR is open, 100.00 EUR was paid", "the payer is not known"));
    EXPECT_THAT((company.in_db<std::vector<OpenItemId>>([](store::Db& db) { return items_in_question(db); })), ElementsAre(a));
    EXPECT_EQ(apply(paid, {{"INV-2026/0042", "100.00"}}), "no error");
    EXPECT_THAT(questions(), IsEmpty());
    EXPECT_THAT((company.in_db<std::vector<OpenItemId>>([](store::Db& db) { return items_in_question(db); })), IsEmpty());
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(company.residual(a), "19.00");
}

TEST_F(CashTest, apply_by_hand_and_its_refusals) {
    const auto one = customer("C1"), two = customer("C2"), far = customer("C1", {}, "sap");
    const auto a = invoice(one, "INV-1", "100.00 EUR"), b = invoice(one, "INV-2", "50.00 EUR");
    const auto shared = invoice(two, "INV-2", "50.00 EUR", {}, "emea", ledger::ItemKind::debit_memo);
    const auto settled = invoice(one, "INV-3", "10.00 EUR");
    const auto elsewhere = invoice(far, "INV-9", "10.00 EUR", {}, "sap");
    const auto small = arrives("10.00 EUR", "something");
    EXPECT_EQ(apply(small, {{"INV-3", "10.00"}}), "no error");
    const auto paid = arrives("120.00 EUR", "something");
    struct Row {
        const char* proves;
        std::string receipt;
        std::vector<Wanted> wanted;
        const char* refusal;
    };
    const Row rows[] = {
        {"no_such_receipt", "R-99", {{"INV-1", "1.00"}}, "not_found"},
        {"nothing_named", paid, {}, "invalid_argument"},
        {"nothing_left_of_it", small, {{"INV-1", "1.00"}}, "item_not_open"},
        {"no_such_document", paid, {{"INV-77", "1.00"}}, "not_found"},
        {"of_another_entity", paid, {{std::to_string(elsewhere.value), "1.00"}}, "not_found"},
        {"two_customers_have_it", paid, {{"INV-2", "1.00"}}, "invalid_argument"},
        {"not_a_number", paid, {{"INV-1", "ten"}}, "malformed_input"},
        {"too_many_decimals", paid, {{"INV-1", "1.005"}}, "amount_precision"},
        {"zero", paid, {{"INV-1", "0.00"}}, "invalid_argument"},
        {"negative", paid, {{"INV-1", "-1.00"}}, "invalid_argument"},
        {"more_than_is_open", paid, {{"INV-1", "100.01"}}, "application_exceeds_residual"},
        {"more_than_was_paid", paid, {{"INV-1", "100.00"}, {std::to_string(b.value), "20.01"}}, "application_exceeds_residual"},
        {"settled", paid, {{"INV-3", "1.00"}}, "item_not_open"},
        {"of_another_customer", paid, {{"INV-1", "1.00"}, {std::to_string(shared.value), "1.00"}}, "wrong_customer"},
    };
    for (const auto& row : rows) EXPECT_EQ(apply(row.receipt, row.wanted), row.refusal) << row.proves;
    EXPECT_EQ(shown(paid), "unidentified 120.00");  // none of it left anything behind
    EXPECT_EQ(company.residual(a), "100.00");
    EXPECT_EQ(apply(paid, {{"inv 1", "100.00"}, {std::to_string(b.value), "15.00"}}), "no error");
    EXPECT_EQ(shown(paid), "on_account 5.00");
    EXPECT_EQ(look(paid).customer, one);
    EXPECT_EQ(company.residual(b), "35.00");
    EXPECT_EQ(company.residual(settled), "0.00");
    EXPECT_EQ(applications().back().stage, "manual");
    EXPECT_EQ(applications().back().by, "person anna");
}

TEST_F(CashTest, who_is_identified_by_hand_is_known_the_next_time) {
    const auto one = customer("C1"), two = customer("C2");
    invoice(one, "INV-2026/0001", "30.00 EUR");
    invoice(one, "INV-2026/0002", "40.00 EUR");
    const auto first = arrives("30.00 EUR", "thanks", "DE02 1001 0010 0006 8201 01");
    match();
    EXPECT_EQ(shown(first), "unidentified 30.00");
    EXPECT_EQ(identify("R-99", one), "not_found");
    EXPECT_EQ(identify(first, one), "no error");
    EXPECT_EQ(shown(first), "queued 30.00");
    EXPECT_EQ(identify(first, two), "wrong_customer");
    const auto aliases = company.in_db<std::vector<parties::Alias>>([](store::Db& db) { return parties::aliases(db); });
    ASSERT_EQ(aliases.size(), 1U);
    EXPECT_EQ(aliases[0].customer, one);
    EXPECT_EQ(aliases[0].kind, "account");
    const auto second = arrives("40.00 EUR", "thanks again", "DE02100100100006820101");
    match();
    EXPECT_EQ(shown(first), "applied 0.00");
    EXPECT_EQ(shown(second), "applied 0.00");
    EXPECT_EQ(applications().back().stage, "exact_amount");
    EXPECT_THAT(audited(), ElementsAre("job cash cash.match", "person anna cash.identify", "job cash cash.match"));
}

TEST_F(CashTest, what_a_person_took_back_is_not_applied_again_by_itself) {
    const auto one = customer("C1");
    const auto item = invoice(one, "INV-2026/0042", "119.00 EUR");
    const auto paid = arrives("119.00 EUR", "INV-2026/0042");
    match();
    const auto application = applications().at(0).id;
    EXPECT_EQ(unapply(ApplicationId{99}), "not_found");
    EXPECT_EQ(unapply(application), "no error");
    EXPECT_EQ(unapply(application), "application_already_undone");
    EXPECT_EQ(shown(paid), "on_account 119.00");
    EXPECT_EQ(company.residual(item), "119.00");
    ASSERT_EQ(questions().size(), 1U);
    EXPECT_THAT(questions()[0].question, HasSubstr("was undone: wrong invoice"));
    EXPECT_EQ(match().looked_at, 0);
    EXPECT_EQ(shown(paid), "on_account 119.00");
    // Applied to the same item once more, by hand: an event of its own.
    EXPECT_EQ(apply(paid, {{"INV-2026/0042", "119.00"}}), "no error");
    EXPECT_EQ(applications().size(), 2U);
    EXPECT_EQ(unapply(applications()[1].id, ""), "no error");
    EXPECT_EQ(apply(paid, {{"INV-2026/0042", "119.00"}}), "no error");
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_THAT(questions(), IsEmpty());
}

TEST_F(CashTest, money_that_is_no_receivable) {
    settings.not_receivable = {{"interest credited by the bank", "", "", "zinsen"}};
    invoice(customer("C1"), "INV-2026/0042", "3.00 EUR");
    const auto interest = arrives("3.00 EUR", "ZINSEN 1. QUARTAL");
    EXPECT_EQ(match().not_receivable, 1);
    EXPECT_EQ(shown(interest), "not_receivable 0.00");
    const auto refund = arrives("8.00 EUR", "tax office");
    EXPECT_EQ(set_aside(refund, ""), "invalid_argument");
    EXPECT_EQ(set_aside(refund, "a tax refund"), "no error");
    EXPECT_EQ(set_aside(refund, "again"), "item_not_open");
    EXPECT_EQ(shown(refund), "not_receivable 0.00");
    EXPECT_EQ(match().looked_at, 0);
}

TEST_F(CashTest, an_agencys_own_transfer_settles_what_it_collected) {
    settings.agencies = {{"Inkasso Nord", "DE88100900001234567892", ""}};
    const auto transfer = arrives("107.10 EUR", "Abrechnung 17", "DE88100900001234567892");
    EXPECT_EQ(match().applied, 1);
    EXPECT_EQ(shown(transfer), "applied 0.00");
    EXPECT_FALSE(look(transfer).customer);
}

TEST_F(CashTest, under_authority_erp_an_application_is_in_flight) {
    const auto item = invoice(customer("C1", {}, "sap"), "INV-2026/0042", "119.00 EUR", {}, "sap");
    const auto paid = arrives("119.00 EUR", "INV-2026/0042", {}, "sap");
    match();
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_TRUE(company.item(item).in_flight);
    EXPECT_TRUE(applications().at(0).in_flight);
}

}  // namespace
}  // namespace owed::cash
