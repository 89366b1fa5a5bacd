// What a run does besides applying: returns, advices, moves, money that waits, people's answers and what is learned of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cash/refunds.hpp"
#include "cash/test_desk.hpp"
#include "ledger/credits.hpp"
#include "ledger/intercompany.hpp"
#include "parties/relations.hpp"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ledger::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct AnswersTest : CashDesk {
    OpenItemId invoice(CustomerId who, const std::string& number, std::string_view amount, ledger::ItemKind kind = ledger::ItemKind::invoice,
                       std::string_view reference = {}) {
        auto document = company.invoice(number, amount, "2026-02-01");
        document.kind = kind;
        document.payment_reference = reference;
        return posted(who, std::move(document));
    }
    NewReturn going_back(std::string_view amount, const std::string& reference, const std::string& name = {}) {
        NewReturn returned{.entity = "emea", .account = "DE89370400440532013000", .bank_gl = "1000", .amount = money(amount), .value_date = day("2026-03-31"),
                           .posting_date = day("2026-03-31"), .transaction = {}, .original_reference = reference, .event_key = "return/" + std::to_string(++received)};
        returned.transaction.counterparty.name = name;
        returned.transaction.return_reason = "AC04";
        return returned;
    }
    Returned take_back(const NewReturn& returned) {
        return store::ok(company.in_tx<Returned>([&](store::Tx& tx) { return receive_return(tx, company.context, returned, cash_job); }));
    }
    template <class Act>
    std::string tried(Act&& act) {
        return refusal(done(std::forward<Act>(act)));
    }
};

TEST_F(AnswersTest, a_return_finds_what_it_undoes) {
    const auto item = invoice(customer("C1", "Beispiel GmbH"), "INV-1001", "100.00 EUR");
    const auto paid = arrives("100.00 EUR", {"INV-1001"}, "Beispiel GmbH");
    match();
    EXPECT_EQ(shown(paid), "applied 0.00");
    const auto returned = going_back("100.00 EUR", "E2E-1");
    const auto first = take_back(returned);
    EXPECT_TRUE(first.receipt.has_value()) << first.reason;
    EXPECT_THAT(first.reason, HasSubstr("by its reference"));
    EXPECT_EQ(take_back(returned).receipt, first.receipt);   // the same line again
    EXPECT_EQ(look(paid).state, State::returned);
    EXPECT_EQ(company.residual(item), "100.00");
    // By amount and payer, when only one fits; two are a question that a person answers.
    const auto second = arrives("40.00 EUR", {}, "Beispiel GmbH");
    EXPECT_EQ("R-" + std::to_string(take_back(going_back("40.00 EUR", "", "BEISPIEL GMBH")).receipt.value_or(OpenItemId{}).value), second);
    const auto third = arrives("41.00 EUR", {}, "Beispiel GmbH"), fourth = arrives("41.00 EUR", {}, "Beispiel GmbH");
    const auto unclear = take_back(going_back("41.00 EUR", "", "BEISPIEL GMBH"));
    EXPECT_FALSE(unclear.receipt);
    EXPECT_THAT(unclear.reason, HasSubstr("2 receipts fit"));
    const auto asked = company.in_db<std::vector<ReturnQuestion>>([](store::Db& db) { return returns_in_question(db); });
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(tried([&](store::Tx& tx) { return return_by_hand(tx, company.context, anna, asked[0].id, "R-999"); }), "not_found");
    EXPECT_EQ(tried([&](store::Tx& tx) { return return_by_hand(tx, company.context, anna, asked[0].id, fourth); }), "no error");
    EXPECT_EQ(tried([&](store::Tx& tx) { return return_by_hand(tx, company.context, anna, asked[0].id, third); }), "not_found");
    EXPECT_EQ(look(fourth).state, State::returned);
    EXPECT_EQ(look(third).state, State::unidentified);
    // More than the receipt goes back only with a word about the rest; less never.
    const auto fifth = arrives("50.00 EUR", {}, "Beispiel GmbH");
    take_back(going_back("53.50 EUR", ""));
    take_back(going_back("49.00 EUR", ""));
    const auto open = company.in_db<std::vector<ReturnQuestion>>([](store::Db& db) { return returns_in_question(db); });
    ASSERT_EQ(open.size(), 2U);
    EXPECT_EQ(tried([&](store::Tx& tx) { return return_by_hand(tx, company.context, anna, open[1].id, fifth, true); }), "invalid_argument");
    EXPECT_EQ(tried([&](store::Tx& tx) { return return_by_hand(tx, company.context, anna, open[0].id, fifth); }), "invalid_argument");
    const auto as_fee = [&](const Limits& most) { return tried([&](store::Tx& tx) { return return_by_hand(tx, company.context, anna, open[0].id, fifth, true, most); }); };
    EXPECT_EQ(as_fee({}), "invalid_argument") << "no limit, no fee: one person books no expense of any size";
    EXPECT_EQ(as_fee({{"EUR", 349}}), "invalid_argument");
    EXPECT_EQ(as_fee({{"EUR", 350}}), "no error");
    EXPECT_EQ(look(fifth).state, State::returned);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::bank_charges), 350);
    EXPECT_EQ(tried([&](store::Tx& tx) { return close_return(tx, company.context, anna, open[1].id, "a supplier's"); }), "no error");
    EXPECT_EQ(tried([&](store::Tx& tx) { return close_return(tx, company.context, anna, open[1].id, "again"); }), "not_found");
}

TEST_F(AnswersTest, a_return_is_found_by_the_document_in_its_text) {
    const auto one = customer("C1", "Beispiel GmbH"), other = customer("C2", "Muster AG");
    for (const auto* number : {"RE-2026-0221", "RE-2026-0222", "RE-2026-0223"}) invoice(one, number, "740.00 EUR");
    invoice(other, "RE-2026-0331", "740.00 EUR");
    invoice(other, "RE-2026-0332", "50.00 EUR");
    const auto paid = [&](const char* number, const char* name) { return arrives("740.00 EUR", {number}, name); };
    const auto first = paid("RE-2026-0221", "Beispiel GmbH"), second = paid("RE-2026-0222", "Beispiel GmbH"), third = paid("RE-2026-0223", "Beispiel GmbH"),
               others = paid("RE-2026-0331", "Muster AG");
    match();
    const auto back = [&](std::string_view amount, std::vector<std::string> text, const std::string& name = {}) {
        auto line = going_back(amount, "", name);
        line.transaction.text = std::move(text);
        return take_back(line);
    };
    const auto undone = back("740.00 EUR", {"Rueckgabe RE-2026-0221"});
    EXPECT_EQ(look(first).state, State::returned) << undone.reason;
    EXPECT_THAT(undone.reason, HasSubstr("found by amount and the document in its text"));
    EXPECT_FALSE(back("740.00 EUR", {"Rueckgabe RE-2026-0221"}).receipt) << "it went back already";
    back("740.00 EUR", {"Rueckgabe RE-2026-0222"}, "Beispiel GmbH");
    EXPECT_EQ(look(second).state, State::returned) << "of two receipts of this payer the text tells which";
    EXPECT_THAT(back("740.00 EUR", {"RE-2026-0331"}, "Beispiel GmbH").reason, HasSubstr("2 receipts fit")) << "the payer says one, the text another";
    EXPECT_THAT(back("740.00 EUR", {"RE-2026-0223 RE-2026-0331"}).reason, HasSubstr("2 receipts fit"));
    EXPECT_THAT(back("745.00 EUR", {"Rueckgabe RE-2026-0223"}).reason,
                HasSubstr("no receipt fits; its text names RE-2026-0223, which " + third + " over 740.00 EUR has paid; say which one it undoes"));
    EXPECT_THAT(back("50.00 EUR", {"RE-2026-0332"}).reason, HasSubstr("no receipt fits; say")) << "nobody has paid it";
    EXPECT_EQ(look(third).state, State::applied);
    EXPECT_EQ(look(others).state, State::applied);
}

TEST_F(AnswersTest, the_fee_of_a_return_on_a_foreign_currency_account) {
    company.rate("EUR", "USD", "2026-03-01", "1.2500");
    const auto receipt = arrives("50.00 USD", {}, "Beispiel GmbH");
    take_back(going_back("60.00 USD", ""));
    const auto open = company.in_db<std::vector<ReturnQuestion>>([](store::Db& db) { return returns_in_question(db); });
    ASSERT_EQ(open.size(), 1U);
    EXPECT_EQ(tried([&](store::Tx& tx) { return return_by_hand(tx, company.context, anna, open[0].id, receipt, true, {{"USD", 1000}}); }), "no error");
    EXPECT_EQ(look(receipt).state, State::returned);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::bank_charges), 800);
}

TEST_F(AnswersTest, a_proposal_says_each_thing_once_and_on_its_side) {
    invoice(customer("C1", "Beispiel GmbH"), "INV-1001", "244.76 EUR");
    const auto asked = arrives("244.76 EUR", {}, "Treuhand Service");
    match();
    ASSERT_EQ(look(asked).proposals.size(), 1U);
    EXPECT_THAT(look(asked).proposals[0].evidence, ElementsAre("the amount is exactly what is open"));
    EXPECT_THAT(look(asked).proposals[0].against, ElementsAre("the payer is not known"));
    EXPECT_EQ(look(asked).question, "the amount is exactly what is open; the payer is not known");
}

TEST_F(AnswersTest, a_proposal_that_was_paid_since_is_none_any_more) {
    const auto who = customer("C1", "Beispiel GmbH");
    invoice(who, "INV-1001", "244.76 EUR");
    const auto first = arrives("244.76 EUR", {}, "Treuhand Service"), second = arrives("244.76 EUR", {}, "Treuhand Nord");
    match();
    ASSERT_EQ(look(first).proposals.size(), 1U);
    ASSERT_EQ(look(second).proposals.size(), 1U);
    EXPECT_EQ(tried([&](store::Tx& tx) { return apply_by_hand(tx, company.context, anna, first, {{"INV-1001", "244.76"}}); }), "no error");
    EXPECT_THAT(look(second).proposals, IsEmpty());
    EXPECT_THAT(look(second).question, HasSubstr("what was proposed has been paid since"));
    const auto asked = company.in_db<std::vector<Receipt>>([](store::Db& db) { return pending(db); });
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_THAT(asked[0].proposals, IsEmpty());
}

TEST_F(AnswersTest, what_a_refund_leaves_of_parked_money_stays_parked) {
    const auto item = invoice(customer("C1", "Beispiel GmbH", {"DE02100100100006820101"}), "INV-1001", "100.00 EUR");
    const auto paid = arrives("100.00 EUR", {"INV-1001"}, "Beispiel GmbH", "DE02100100100006820101");
    match();
    ASSERT_EQ(look(paid).state, State::applied);
    EXPECT_EQ(tried([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, applications().front().id, "wrong invoice"); }), "no error");
    ASSERT_EQ(look(paid).state, State::on_account);
    const auto posted = store::ok(company.act(ledger::refund, {.credit = look(paid).id, .amount = money("60.00 EUR"), .instruction = company.asked("2026-03-31")}));
    company.test.write([&](store::Tx& tx) {
        return refund_ordered(tx, {.entry = posted.entry, .receipt = look(paid).id, .entity = "emea", .account = "DE02100100100006820101", .amount = money("60.00 EUR"), .ordered = posted.posting_date});
    });
    EXPECT_EQ(look(paid).state, State::on_account);
    match();
    EXPECT_EQ(company.residual(item), "100.00") << "a person said that it is not for this invoice";
    EXPECT_EQ(look(paid).unapplied, money("40.00 EUR"));
}

TEST_F(AnswersTest, a_refund_is_on_its_way_until_the_bank_books_it) {
    const auto who = customer("C1", "Beispiel GmbH", {"DE02100100100006820101"});
    const auto paid = arrives("70.00 EUR", {}, "Beispiel GmbH", "DE02100100100006820101");
    match();
    ASSERT_FALSE(look(paid).question.empty());
    const auto order = [&](std::string_view amount, const std::string& account) {
        const auto posted = store::ok(company.act(ledger::refund, {.credit = look(paid).id, .amount = money(amount), .instruction = company.asked("2026-03-31")}));
        company.test.write([&](store::Tx& tx) {
            return refund_ordered(tx, {.entry = posted.entry, .receipt = look(paid).id, .entity = "emea", .account = account, .amount = money(amount), .ordered = posted.posting_date});
        });
    };
    order("30.00 EUR", "DE02 1001 0010 0006 8201 01");
    EXPECT_FALSE(look(paid).question.empty()) << "40.00 are still there";
    order("40.00 EUR", "DE02 1001 0010 0006 8201 01");
    EXPECT_EQ(look(paid).question, "") << "what is gone is no question";
    EXPECT_THAT(company.in_db<std::vector<Receipt>>([](store::Db& db) { return pending(db); }), IsEmpty());
    EXPECT_EQ(company.functional_of("emea", ledger::Role::refunds_clearing), -7'000);
    const auto books = [&](std::string_view amount, const std::string& account) {
        auto line = going_back(amount, "");
        line.transaction.return_reason.clear();
        line.transaction.counterparty.account = account;
        const auto first = store::ok(company.in_tx<std::optional<OrderedRefund>>([&](store::Tx& tx) { return refund_paid(tx, company.context, line); }));
        const auto again = store::ok(company.in_tx<std::optional<OrderedRefund>>([&](store::Tx& tx) { return refund_paid(tx, company.context, line); }));
        EXPECT_EQ(first.has_value(), again.has_value());
        return first.has_value();
    };
    EXPECT_FALSE(books("30.00 EUR", "FR1420041010050500013M02606")) << "to somebody else";
    EXPECT_FALSE(books("31.00 EUR", "DE02100100100006820101"));
    EXPECT_TRUE(books("30.00 EUR", "DE02100100100006820101"));
    EXPECT_TRUE(books("40.00 EUR", "")) << "the bank does not tell to whom, and one refund has this amount";
    EXPECT_FALSE(books("40.00 EUR", "")) << "another line is another payment";
    // Two alike to one account are two payments.
    const auto more = arrives("20.00 EUR", {}, "Beispiel GmbH", "DE02100100100006820101");
    match();
    for (int i = 0; i < 2; ++i) {
        const auto posted = store::ok(company.act(ledger::refund, {.credit = look(more).id, .amount = money("10.00 EUR"), .instruction = company.asked("2026-03-31")}));
        company.test.write([&](store::Tx& tx) {
            return refund_ordered(tx, {.entry = posted.entry, .receipt = look(more).id, .entity = "emea", .account = "DE02100100100006820101", .amount = money("10.00 EUR"), .ordered = day("2026-03-31")});
        });
    }
    EXPECT_FALSE(books("10.00 EUR", "")) << "to whom nobody can say";
    EXPECT_TRUE(books("10.00 EUR", "DE02100100100006820101"));
    EXPECT_TRUE(books("10.00 EUR", "DE02100100100006820101"));
    EXPECT_EQ(company.functional_of("emea", ledger::Role::refunds_clearing), 0);
    EXPECT_THAT(company.in_db<std::vector<OrderedRefund>>([](store::Db& db) { return refunds_on_their_way(db); }), IsEmpty());
    static_cast<void>(who);
}

TEST_F(AnswersTest, a_return_of_money_that_was_refunded_is_owed_again) {
    const auto who = customer("C1", "Beispiel GmbH", {"DE02100100100006820101"});
    const auto item = invoice(who, "INV-1001", "30.00 EUR");
    const auto paid = arrives("70.00 EUR", {"INV-1001"}, "Beispiel GmbH", "DE02100100100006820101");
    match();
    ASSERT_EQ(company.residual(item), "0.00");
    const auto order = [&](std::string_view amount) {
        const auto id = look(paid).id;
        const auto posted = store::ok(company.act(ledger::refund, {.credit = id, .amount = money(amount), .instruction = company.asked("2026-03-31")}));
        company.test.write([&](store::Tx& tx) {
            return refund_ordered(tx, {.entry = posted.entry, .receipt = id, .entity = "emea", .account = "DE02100100100006820101",
                                       .amount = money(amount), .ordered = posted.posting_date});
        });
    };
    order("25.00 EUR");
    auto line = going_back("25.00 EUR", "");
    line.transaction.return_reason.clear();
    ASSERT_TRUE(store::ok(company.in_tx<std::optional<OrderedRefund>>([&](store::Tx& tx) { return refund_paid(tx, company.context, line); })));
    order("10.00 EUR");   // and the bank has not booked it
    const auto returned = going_back("70.00 EUR", "E2E-1");
    const auto answer = take_back(returned);
    ASSERT_TRUE(answer.receipt) << answer.reason;
    EXPECT_THAT(answer.reason, HasSubstr("; 25.00 EUR of it had left before and is owed again as " + paid + "/C"));
    EXPECT_THAT(answer.reason, HasSubstr("; its refund of 10.00 EUR, which the bank has not booked, is not to be paid"));
    EXPECT_EQ(take_back(returned).reason, answer.reason);
    EXPECT_EQ(look(paid).state, State::returned);
    EXPECT_EQ(look(paid).question, "");
    EXPECT_EQ(company.residual(item), "30.00");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::receivable), 5'500);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::refunds_clearing), 0);
    EXPECT_THAT(company.in_db<std::vector<OrderedRefund>>([](store::Db& db) { return refunds_on_their_way(db); }), IsEmpty()) << "treasury pays nothing";
    EXPECT_EQ(refusal(company.act(ledger::refund, {.credit = look(paid).id, .amount = {}, .instruction = company.asked("2026-03-31")})), "item_not_open");
}

/// DOMAIN section 12, "return fee ... rebilled": only where it was agreed, once, and as a document of its own.
TEST_F(AnswersTest, a_return_bills_the_fee_that_its_customer_has_agreed_to) {
    const auto who = customer("C1", "Beispiel GmbH", {"DE02100100100006820101"});
    customer("C2", "Muster AG", {"FR1420041010050500013M02606"});
    std::vector<ReturnFee> fees{{.entity = "emea", .amount = {{"EUR", 750}}, .reasons = {"AC04"}}, {.customer = "C2", .amount = {{"EUR", 0}}}};
    const auto arrived = [&](const std::string& name, const std::string& account) {
        const auto paid = arrives("70.00 EUR", {}, name, account);
        match();
        return paid;
    };
    const auto back = [&](const std::string& reason, const std::string& event = {}) {
        auto line = going_back("70.00 EUR", "E2E-" + std::to_string(received));
        line.transaction.return_reason = reason;
        if (!event.empty()) line.event_key = event;
        return store::ok(company.in_tx<Returned>([&](store::Tx& tx) { return receive_return(tx, company.context, line, cash_job, fees); }));
    };
    const auto charges = [&] {
        std::string text;
        for (const auto& item : company.items({}))
            if (item.kind == ledger::ItemKind::finance_charge) text += (text.empty() ? "" : ", ") + item.document + " " + to_text(item.original) + " due " + to_text(item.due_date);
        return text;
    };
    arrived("Muster AG", "FR1420041010050500013M02606");
    back("AC04");
    EXPECT_EQ(charges(), "") << "he has not agreed";
    arrived("Beispiel GmbH", "DE02100100100006820101");
    back("MD06");
    EXPECT_EQ(charges(), "") << "not for this reason";
    const auto paid = arrived("Beispiel GmbH", "DE02100100100006820101");
    auto fee = company.invoice("F-" + paid, "1.00 EUR", "2026-03-01");
    fee.kind = ledger::ItemKind::finance_charge;
    fee.customer = who;
    fee.due_date = day("2026-03-01");
    store::ok(company.post(fee));   // a person's, of that number
    const auto answer = back("AC04", "return/once");
    EXPECT_THAT(answer.reason, HasSubstr("; a fee of 7.50 EUR is billed for it as F-" + paid + "-2"));
    EXPECT_EQ(back("AC04", "return/once").reason, answer.reason);
    EXPECT_EQ(charges(), "F-" + paid + " 1.00 due 2026-03-01, F-" + paid + "-2 7.50 due 2026-03-31");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::fee_income), -850);
    fees[0].amount = {{"USD", 750}};
    arrived("Beispiel GmbH", "DE02100100100006820101");
    back("AC04");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::fee_income), -850) << "in euro none was agreed";
    arrives("70.00 EUR", {}, "Niemand");
    fees = {{.amount = {{"EUR", 750}}}};
    back("AC04");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::fee_income), -850) << "nobody's money";
}

TEST_F(AnswersTest, a_person_says_which_refunded_receipt_was_returned) {
    customer("C1", "Beispiel GmbH", {"DE02100100100006820101"});
    const auto paid = arrives("70.00 EUR", {}, "Beispiel GmbH", "DE02100100100006820101");
    match();
    store::ok(company.act(ledger::refund, {.credit = look(paid).id, .amount = money("70.00 EUR"), .instruction = company.asked("2026-03-31")}));
    EXPECT_FALSE(take_back(going_back("72.00 EUR", "")).receipt);
    EXPECT_EQ(tried([&](store::Tx& tx) { return return_by_hand(tx, company.context, anna, 1, paid, true, {{"EUR", 200}}); }), "no error");
    EXPECT_EQ(look(paid).state, State::returned);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::receivable), 7'000);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::bank_charges), 200);
}

/// A refund in another entity's books is taken back there first: a question, and its file is sound.
TEST_F(AnswersTest, a_return_that_cannot_be_undone_is_a_question_and_stops_no_statement) {
    customer("C1", "Beispiel GmbH", {"DE02100100100006820101"});
    const auto paid = arrives("70.00 EUR", {}, "Beispiel GmbH", "DE02100100100006820101");
    match();
    const ledger::ForwardReceipt wanted{.receipt = look(paid).id, .amount = {}, .entity = "sap", .customer = CustomerId{1}, .document = "IC-1",
                                        .instruction = company.asked("2026-03-30")};
    const auto forwarded = store::ok(company.act(ledger::forward_receipt, wanted));
    store::ok(company.act(ledger::refund, {.credit = forwarded.there.item, .amount = {}, .instruction = company.asked("2026-03-31")}));
    const auto answer = take_back(going_back("70.00 EUR", "E2E-1"));
    EXPECT_FALSE(answer.receipt);
    EXPECT_THAT(answer.reason, HasSubstr("70.00 EUR went back for " + paid + ", which cannot be undone"));
    const auto asked = company.in_db<std::vector<ReturnQuestion>>([](store::Db& db) { return returns_in_question(db); });
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].why, answer.reason);
}

TEST_F(AnswersTest, an_advice_before_or_after_the_money) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto a = invoice(who, "INV-1001", "100.00 EUR"), b = invoice(who, "INV-1002", "70.00 EUR");
    Advice advice{.entity = "emea", .payment_number = "ZV-2026-55", .payer_name = "Beispiel GmbH", .date = day("2026-03-30"), .amount = money("165.00 EUR"),
                  .lines = {{"INV-1001", 10000, 0, 500, 9500, "damage"}, {"INV-1002", 7000, 0, 0, 7000, ""}}};
    const auto paid = arrives("165.00 EUR", {"ZV-2026-55"}, "Beispiel GmbH");
    match();
    EXPECT_EQ(shown(paid), "queued 165.00");
    const auto add = [&](const Advice& one) { return company.in_tx<std::int64_t>([&](store::Tx& tx) { return add_advice(tx, company.context, one, "advice/1"); }); };
    const auto id = store::ok(add(advice));
    EXPECT_EQ(store::ok(add(advice)), id);
    match();
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(applications().front().stage, "remittance_advice");
    EXPECT_EQ(company.residual(a), "0.00");   // the claimed 5.00 is an item of its own
    EXPECT_EQ(company.residual(b), "0.00");
    EXPECT_EQ(applications().front().deduction, money("5.00 EUR"));
    advice.amount = money("1.00 EUR");
    EXPECT_EQ(refusal(company.in_tx<std::int64_t>([&](store::Tx& tx) { return add_advice(tx, company.context, advice, "advice/2"); })), "invalid_argument");
}

TEST_F(AnswersTest, credit_memos_are_used_with_the_money) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto a = invoice(who, "INV-1001", "100.00 EUR");
    const auto memo = invoice(who, "CM-7", "25.00 EUR", ledger::ItemKind::credit_memo);
    const auto paid = arrives("75.00 EUR", {"INV-1001 less credit memo no CM-7"}, "Beispiel GmbH");
    match();
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(company.residual(a), "0.00");
    EXPECT_EQ(company.residual(memo), "0.00");
}

TEST_F(AnswersTest, a_stronger_fact_moves_an_earlier_application_in_the_open) {
    const auto who = customer("C1", "Beispiel GmbH", {"DE02100100100006820101"});
    const auto item = invoice(who, "INV-1001", "100.00 EUR", ledger::ItemKind::invoice, "RF18539007547034");
    const auto early = arrives("100.00 EUR", {}, "Beispiel GmbH", "DE02100100100006820101");
    match();
    EXPECT_EQ(shown(early), "applied 0.00");
    const auto named = arrives("100.00 EUR", {"RF18 5390 0754 7034"}, "Irgendwer");
    const auto done = match();
    EXPECT_EQ(done.moved, 1);
    EXPECT_EQ(shown(named), "applied 0.00");
    EXPECT_EQ(shown(early), "queued 100.00");
    EXPECT_EQ(company.residual(item), "0.00");
    EXPECT_TRUE(applications().front().undone.has_value());
    EXPECT_THAT(look(early).question, HasSubstr("100.00"));
    EXPECT_EQ(match().moved, 0);
}

TEST_F(AnswersTest, a_payer_who_names_what_his_own_money_has_settled_has_paid_twice) {
    const auto who = customer("C1", "Beispiel GmbH", {"DE02100100100006820101"});
    invoice(who, "INV-1001", "100.00 EUR", ledger::ItemKind::invoice, "RF18539007547034");
    const auto early = arrives("100.00 EUR", {}, "Beispiel GmbH", "DE02100100100006820101");
    match();
    const auto named = arrives("100.00 EUR", {"RF18 5390 0754 7034"}, "Beispiel GmbH", "DE02100100100006820101");
    EXPECT_EQ(match().moved, 0) << "the earlier money would have nothing else to pay";
    EXPECT_EQ(shown(early), "applied 0.00");
    EXPECT_EQ(shown(named), "on_account 100.00");
}

TEST_F(AnswersTest, money_of_one_who_pays_for_others_waits_for_a_person) {
    const auto parent = customer("C1", "Beispiel GmbH"), child = customer("C2", "Tochter GmbH");
    store::ok(company.in_tx<std::int64_t>([&](store::Tx& tx) {
        return parties::add_relation(tx, company.test.clock, anna, {.entity = "emea", .kind = "parent", .payer = parent, .pays_for = child});
    }));
    const auto paid = arrives("100.00 EUR", {"invoice INV-1007"}, "Beispiel GmbH");
    EXPECT_EQ(match().waiting, 0);
    EXPECT_NE(look(paid).question, "");
}

TEST_F(AnswersTest, money_before_its_invoice_waits_and_is_looked_at_again) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto paid = arrives("100.00 EUR", {"invoice INV-1007"}, "Beispiel GmbH");
    EXPECT_EQ(match().waiting, 1);
    EXPECT_EQ(shown(paid), "queued 100.00");
    EXPECT_EQ(look(paid).customer, who);
    EXPECT_EQ(look(paid).question, "");
    EXPECT_THAT(look(paid).evidence, HasSubstr("before_invoice"));
    invoice(who, "INV-1007", "100.00 EUR");
    EXPECT_EQ(match().applied, 1);
    EXPECT_EQ(shown(paid), "applied 0.00");
}

TEST_F(AnswersTest, overpaid_and_paid_twice_become_refund_proposals) {
    settings.refund_min["EUR"] = 500;
    settings.refund_review["EUR"] = 5'000;
    const auto who = customer("C1", "Beispiel GmbH", {"DE02100100100006820101"});
    invoice(who, "INV-1001", "100.00 EUR");
    arrives("160.00 EUR", {"INV-1001"}, "Beispiel GmbH", "DE02100100100006820101");
    arrives("100.00 EUR", {"INV-1001"}, "Beispiel GmbH", "DE02100100100006820101");
    match();
    const auto list = company.in_db<std::vector<RefundProposal>>([&](store::Db& db) { return refund_proposals(db, settings); });
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(list[0].amount, money("60.00 EUR"));
    EXPECT_TRUE(list[0].review);
    EXPECT_EQ(list[0].payer_account, "DE02100100100006820101");
    EXPECT_EQ(list[1].amount, money("100.00 EUR"));
    EXPECT_THAT(list[1].why, HasSubstr("paid twice"));
    EXPECT_EQ(match().looked_at, 0);
}

TEST_F(AnswersTest, a_name_is_learned_after_two_answers_and_can_be_revoked) {
    const auto who = customer("C1", "Beispiel GmbH");
    invoice(who, "INV-1001", "11.00 EUR");
    for (const auto* amount : {"10.00 EUR", "20.00 EUR"}) {
        EXPECT_THAT(aliases(), IsEmpty());
        const auto paid = arrives(amount, {}, "Anna Muster");
        match();
        EXPECT_EQ(tried([&](store::Tx& tx) { return identify_by_hand(tx, company.context, anna, paid, who, settings); }), "no error");
    }
    EXPECT_THAT(aliases(), ElementsAre("name Anna Muster"));
    const auto known = arrives("11.00 EUR", {}, "ANNA MUSTER");
    match();
    EXPECT_EQ(shown(known), "applied 0.00");
    EXPECT_EQ(tried([&](store::Tx& tx) { return revoke_alias(tx, company.test.clock, anna, 1); }), "no error");
    EXPECT_THAT(aliases(), IsEmpty());
    EXPECT_EQ(tried([&](store::Tx& tx) { return revoke_alias(tx, company.test.clock, anna, 1); }), "not_found");
    // What it was learned of is gone with it: one more answer is the first again.
    const auto again = arrives("30.00 EUR", {}, "Anna Muster");
    match();
    EXPECT_EQ(tried([&](store::Tx& tx) { return identify_by_hand(tx, company.context, anna, again, who, settings); }), "no error");
    EXPECT_THAT(aliases(), IsEmpty());
}

TEST_F(AnswersTest, a_revoked_account_is_no_longer_one_that_was_often_answered) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto told = [&] {
        const auto paid = arrives("10.00 EUR", {}, "", "DE02100100100006820101");
        match();
        EXPECT_EQ(tried([&](store::Tx& tx) { return identify_by_hand(tx, company.context, anna, paid, who, settings); }), "no error");
    };
    told();
    company.test.write([&](store::Tx& tx) -> Status {
        tx.query("UPDATE cash_answer SET times = 5").run();
        return {};
    });
    EXPECT_EQ(tried([&](store::Tx& tx) { return revoke_alias(tx, company.test.clock, anna, 1); }), "no error");
    told();
    invoice(who, "INV-1001", "11.33 EUR");
    const auto next = arrives("11.33 EUR", {}, "", "DE02100100100006820101");
    match();
    EXPECT_EQ(shown(next), "unidentified 11.33") << "known by one answer, not by six";
}

TEST_F(AnswersTest, an_account_without_a_name_is_asked_until_it_was_answered_three_times) {
    const auto who = customer("C1", "Beispiel GmbH");
    for (const auto* amount : {"10.00 EUR", "20.00 EUR", "30.00 EUR"}) {
        const auto paid = arrives(amount, {}, "", "DE02100100100006820101");
        match();
        EXPECT_EQ(tried([&](store::Tx& tx) { return identify_by_hand(tx, company.context, anna, paid, who, settings); }), "no error");
        EXPECT_THAT(aliases(), ElementsAre("account DE02100100100006820101"));
        const auto number = std::string{"INV-2026-"} + amount;
        invoice(who, number, "11.33 EUR");
        const auto next = arrives("11.33 EUR", {}, "", "DE02100100100006820101");
        match();
        const bool proven = std::string_view{amount} == "30.00 EUR";
        EXPECT_EQ(shown(next), proven ? "applied 0.00" : "unidentified 11.33") << amount;
        if (proven) break;
        EXPECT_EQ(tried([&](store::Tx& tx) { return apply_by_hand(tx, company.context, anna, next, {{number, "11.33"}}); }), "no error");
    }
}

TEST_F(AnswersTest, what_undoing_would_bring_about_is_said_first) {
    const auto who = customer("C1", "Beispiel GmbH");
    invoice(who, "INV-1001", "100.00 EUR");
    const auto paid = arrives("100.00 EUR", {"INV-1001"}, "Beispiel GmbH");
    match();
    const auto preview = store::ok(company.in_tx<UnapplyPreview>([&](store::Tx& tx) { return unapply_preview(tx, company.context, applications().front().id); }));
    EXPECT_EQ(preview.receipt, paid);
    EXPECT_EQ(preview.residual_after, money("100.00 EUR"));
    EXPECT_TRUE(preview.overdue_again);
    EXPECT_EQ(preview.sentences.size(), 3U);
    EXPECT_EQ(shown(paid), "applied 0.00");   // nothing was done
}

TEST_F(AnswersTest, one_transfer_is_split_over_customers) {
    const auto one = invoice(customer("C1", "Beispiel GmbH"), "INV-1001", "100.00 EUR"), two = invoice(customer("C2", "Muster AG"), "INV-2001", "50.00 EUR");
    const auto paid = arrives("150.00 EUR", {"collected"}, "Treuhand Probe");
    match();
    const auto split = [&](std::vector<Wanted> parts) {
        return tried([&](store::Tx& tx) { return split_by_hand(tx, company.context, anna, paid, parts); });
    };
    EXPECT_EQ(split({}), "invalid_argument");
    EXPECT_EQ(split({{"INV-1001", "100.00"}}), "not_found");
    EXPECT_EQ(split({{std::to_string(one.value), "100.00"}, {std::to_string(two.value), "50.01"}}), "application_exceeds_residual");
    EXPECT_EQ(shown(paid), "unidentified 150.00");
    EXPECT_EQ(split({{std::to_string(one.value), "100.00"}, {std::to_string(two.value), "50.00"}}), "no error");
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(company.residual(two), "0.00");
}

TEST_F(AnswersTest, a_deciders_word_passes_the_same_gates) {
    const auto who = customer("C1", "Beispiel GmbH"), other = customer("C2", "Muster AG");
    const auto a = invoice(who, "INV-1001", "100.00 EUR");
    invoice(who, "INV-1002", "100.00 EUR");
    const auto strange = invoice(other, "INV-2001", "77.00 EUR");
    std::string item = std::to_string(a.value), amount_currency = "EUR";
    std::int64_t units = 10'000;
    std::uint16_t confidence = 1000;
    settings.decider = [&](const MatchQuestion& question) -> DeciderWord {
        EXPECT_EQ(question.receipt.entity, "emea");
        return {"matcher", MatchAnswer{.proposals = {{.items = {{item, {units, 2, amount_currency}}}, .confidence_permille = confidence, .evidence = {"seen before"}}}, .reason = ""}};
    };
    const auto paid = arrives("100.00 EUR", {}, "Beispiel GmbH");
    for (const auto& [wrong_item, wrong_units] : {std::pair{std::to_string(strange.value), std::int64_t{10'000}}, {std::to_string(a.value), std::int64_t{10'001}}, {"900", std::int64_t{1}}}) {
        item = wrong_item;
        units = wrong_units;
        match();
        EXPECT_EQ(shown(paid), "queued 100.00") << item << " " << units;
        EXPECT_THAT(look(paid).evidence, HasSubstr("was refused"));
    }
    item = std::to_string(a.value);
    units = 10'000;
    confidence = 900;
    match();
    EXPECT_EQ(shown(paid), "queued 100.00");
    confidence = 1000;
    match();
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(applications().front().stage, "decider");
}

TEST_F(AnswersTest, a_deciders_word_about_a_stranger_needs_an_amount_that_confirms_it) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto whole = invoice(who, "INV-1001", "1000.00 EUR"), exact = invoice(who, "INV-1002", "444.00 EUR");
    std::int64_t item = whole.value, units = 30'000;
    settings.decider = [&](const MatchQuestion&) -> DeciderWord {
        return {"matcher", MatchAnswer{.proposals = {{.items = {{std::to_string(item), {units, 2, "EUR"}}}, .confidence_permille = 1000, .evidence = {"seen before"}}}, .reason = ""}};
    };
    const auto part = arrives("300.00 EUR", {"INV-1001"}, "Wer weiss");
    match();
    EXPECT_EQ(shown(part), "unidentified 300.00");
    std::vector<std::string> against;
    for (const auto& one : look(part).proposals) against.insert(against.end(), one.against.begin(), one.against.end());
    EXPECT_THAT(against, ::testing::Contains(HasSubstr("the amount does not confirm it")));
    item = exact.value;
    units = 44'400;
    const auto all = arrives("444.00 EUR", {"danke"}, "Wer weiss");
    match();
    EXPECT_EQ(shown(all), "applied 0.00");
    EXPECT_THAT(applications().back().reason, HasSubstr("the decider matcher says so: seen before; the payer is not known"));
}

TEST_F(AnswersTest, what_became_of_a_deciders_word_is_told_once_a_run) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto a = invoice(who, "INV-1001", "100.00 EUR");
    invoice(who, "INV-1002", "100.00 EUR");
    std::vector<MatchProposal> says;
    std::optional<Error> fails;
    std::vector<DeciderRuns> told;
    settings.decider = [&](const MatchQuestion&) -> DeciderWord {
        if (fails) return {"matcher", fail(*fails)};
        return {"matcher", MatchAnswer{.proposals = says, .reason = ""}};
    };
    settings.decider_ran = [&](const DeciderRuns& runs) { told.push_back(runs); };
    const auto figures = [&] {
        const auto& one = told.back().at("matcher").figures;
        return std::vector{one.asked, one.proposed, one.accepted, one.refused, one.late};
    };
    const auto paid = arrives("100.00 EUR", {}, "Beispiel GmbH");
    match();   // no opinion
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(figures(), ElementsAre(1, 0, 0, 0, 0));
    const auto of = [&](const std::string& item, std::int64_t units, std::string currency = "EUR") {
        return MatchProposal{.items = {{item, {units, 2, std::move(currency)}}}, .confidence_permille = 900, .evidence = {}};
    };
    const auto known = std::to_string(a.value);
    says = {of("900", 1), of(known, 10'001), of(known, 10'000, "USD"), of(known, 10'000)};
    match();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_THAT(figures(), ElementsAre(1, 4, 1, 3, 0));
    const auto& refusals = told.back().at("matcher").refusals;
    ASSERT_EQ(refusals.size(), 3U);
    EXPECT_EQ(refusals[0].receipt, paid);
    EXPECT_EQ(refusals[0].reason, "its proposal was refused: item 900 was not in the question");
    EXPECT_THAT(refusals[1].reason, HasSubstr("item " + known + " cannot take 100.01 EUR: 100.00 of it is open"));
    EXPECT_THAT(refusals[2].reason, HasSubstr("item " + known + " is in EUR, not in USD"));
    says.assign(refusals_kept + 5, of("900", 1));
    match();
    EXPECT_EQ(told.back().at("matcher").refusals.size(), refusals_kept);
    EXPECT_EQ(told.back().at("matcher").refusals_more, 5);
    fails = Error{Errc::timed_out, "did not end by its deadline", {}, {}};
    match();
    EXPECT_THAT(figures(), ElementsAre(1, 0, 0, 0, 1));
    EXPECT_EQ(told.back().at("matcher").refusals.front().reason, "it gave no answer: did not end by its deadline");
    fails = Error{Errc::plugin_bug, "no answer is in it", {}, {}};
    match();
    EXPECT_THAT(figures(), ElementsAre(1, 0, 0, 0, 0)) << "late is late, and nothing else";
    // Nobody was there to be asked: nothing is told.
    const auto runs = told.size();
    settings.decider = [](const MatchQuestion&) -> DeciderWord { return {{}, MatchAnswer{}}; };
    match();
    EXPECT_EQ(told.size(), runs);
}

TEST_F(AnswersTest, relations_and_merges_lead_to_whose_items_are_paid) {
    const auto child = customer("C1", "Beispiel GmbH"), parent = customer("C2", "Holding SE"), old = customer("C3", "Altname KG");
    invoice(child, "INV-1001", "101.30 EUR");
    invoice(old, "INV-3001", "30.00 EUR");
    EXPECT_EQ(refusal(company.in_tx<std::int64_t>([&](store::Tx& tx) {
        return parties::add_relation(tx, company.test.clock, anna, {.entity = "emea", .kind = "parent", .payer = parent, .pays_for = child, .from = day("2026-01-01"), .until = day("2026-03-29")});
    })), "no error");
    const auto expired = arrives("101.30 EUR", {}, "Holding SE");
    match();
    EXPECT_EQ(shown(expired), "queued 101.30");
    EXPECT_EQ(tried([&](store::Tx& tx) { return parties::end_relation(tx, company.test.clock, anna, 1, day("2026-12-31")); }), "no error");
    const auto paid = arrives("101.30 EUR", {}, "Holding SE");
    match();
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(look(paid).customer, parent);
    EXPECT_EQ(tried([&](store::Tx& tx) { return parties::merge(tx, company.test.clock, anna, old, child, "one company"); }), "no error");
    EXPECT_EQ(tried([&](store::Tx& tx) { return parties::merge(tx, company.test.clock, anna, child, old, "a ring"); }), "invalid_argument");
    const auto merged = arrives("30.00 EUR", {}, "Beispiel GmbH");
    match();
    EXPECT_EQ(shown(merged), "applied 0.00");
    EXPECT_EQ(tried([&](store::Tx& tx) { return parties::split(tx, company.test.clock, anna, old, "two after all"); }), "no error");
    EXPECT_EQ(company.in_db<std::size_t>([](store::Db& db) { return parties::merges(db).size(); }), 1U);
}

}  // namespace
}  // namespace owed::cash
