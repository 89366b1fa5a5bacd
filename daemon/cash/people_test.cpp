// What people answer, as it is proposed to them: accepting, undoing, and what is learned of answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cash/test_desk.hpp"
#include "ledger/deductions.hpp"
#include "ledger/item_terms.hpp"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ledger::refusal;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* strange = "DE02100100100006820101";

struct PeopleTest : CashDesk {
    void SetUp() override {
        settings.bank_fee_max["EUR"] = 1'500;
        settings.withholding_percent["IN"] = Decimal::of(10, 0);
        settings.tolerance_max["EUR"] = 200;
    }
    CustomerId customer(const std::string& number, const std::string& name, std::vector<std::string> accounts = {}, const char* country = "DE") {
        return CashDesk::customer(number, name, std::move(accounts), country);
    }
    OpenItemId invoice(CustomerId who, const std::string& number, std::string_view amount, std::vector<ledger::DiscountTier> discounts = {}) {
        auto document = company.invoice(number, amount, "2026-02-01");
        if (!discounts.empty()) document.terms = ledger::ItemTerms{.discounts = std::move(discounts)};
        return posted(who, std::move(document));
    }
    ledger::Application last() {
        return applications().back();
    }
    Status accepted(const std::string& receipt, std::int64_t number = 1) {
        return done([&](store::Tx& tx) { return accept_by_hand(tx, company.context, anna, receipt, number, settings); });
    }
    std::string applied(const std::string& receipt, std::vector<Wanted> wanted) {
        return refusal(done([&](store::Tx& tx) { return apply_by_hand(tx, company.context, anna, receipt, wanted, &settings); }));
    }
    std::string no_receivable(const std::string& receipt, const std::string& why = "tax refund") {
        return refusal(done([&](store::Tx& tx) { return not_receivable_by_hand(tx, company.context, anna, receipt, why, &settings); }));
    }
    UnapplyPreview preview() {
        const auto id = last().id;
        return store::ok(company.in_tx<UnapplyPreview>([&](store::Tx& tx) { return unapply_preview(tx, company.context, id); }));
    }
    std::vector<std::string> rules() {
        std::vector<std::string> all;
        for (const auto& one : company.in_db<std::vector<LearnedRule>>([](store::Db& db) { return learned_rules(db); })) all.push_back(one.kind + " " + one.value + ": " + one.why);
        return all;
    }
    std::vector<std::string> actions() {
        std::vector<std::string> all;
        for (const auto& one : company.in_db<std::vector<audit::Listed>>([](store::Db& db) { return audit::list(db, {}, 10'000); })) all.push_back(one.act.action);
        return all;
    }
    /// Short by a bank's charge, from an unknown payer who names it: a question.
    std::string short_by_a_charge(CustomerId who, const std::string& number) {
        invoice(who, number, "2000.00 EUR");
        const auto paid = arrives("1988.00 EUR", {}, "Beispiel GmbH");
        match();
        EXPECT_FALSE(look(paid).proposals.empty());
        return paid;
    }
};

// ---------------------------------------------------------------- accepting

TEST_F(PeopleTest, a_proposal_is_posted_as_it_stands) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto paid = short_by_a_charge(who, "INV-7501");
    ASSERT_FALSE(look(paid).proposals.empty());
    EXPECT_EQ(look(paid).proposals[0].number, 1);
    ASSERT_EQ(look(paid).proposals[0].items.size(), 1U);
    EXPECT_EQ(look(paid).proposals[0].items[0].bank_charge, 1'200);
    EXPECT_EQ(refusal(accepted(paid, 9)), "invalid_argument");
    EXPECT_EQ(refusal(accepted("R-999")), "not_found");
    EXPECT_EQ(refusal(accepted(paid)), "no error");
    EXPECT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(last().bank_charge, money("12.00 EUR"));
    EXPECT_EQ(last().by, "person anna");
    EXPECT_EQ(look(paid).question, "");
    EXPECT_THAT(actions(), Contains("cash.accept"));
    EXPECT_EQ(company.functional_of("emea", ledger::Role::bank_charges), 1'200);
    EXPECT_EQ(refusal(accepted(paid)), "item_not_open");
}

TEST_F(PeopleTest, what_was_paid_since_is_refused_by_name) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto paid = short_by_a_charge(who, "INV-7501");
    const auto other = arrives("50.00 EUR", {}, "Irgendwer");
    EXPECT_EQ(applied(other, {{"INV-7501", "50.00"}}), "no error");
    const auto part = accepted(paid);
    EXPECT_EQ(refusal(part), "application_exceeds_residual");
    EXPECT_THAT(part.error().what, HasSubstr("INV-7501 was paid in part since it was proposed: 1950.00 EUR is open, 2000.00 EUR was to be closed"));
    const auto rest = arrives("1950.00 EUR", {}, "Irgendwer");
    EXPECT_EQ(applied(rest, {{"INV-7501", "1950.00"}}), "no error");
    const auto gone = accepted(paid);
    EXPECT_EQ(refusal(gone), "item_not_open");
    EXPECT_THAT(gone.error().what, HasSubstr("INV-7501 has been paid since"));
    EXPECT_EQ(look(paid).unapplied, money("1988.00 EUR"));
}

TEST_F(PeopleTest, a_share_beyond_todays_limits_stays_refused) {
    const auto paid = short_by_a_charge(customer("C1", "Beispiel GmbH"), "INV-7501");
    settings.bank_fee_max["EUR"] = 1'199;
    const auto charge = accepted(paid);
    EXPECT_EQ(refusal(charge), "refused");
    EXPECT_THAT(charge.error().what, HasSubstr("a bank's charge of 12.00 EUR is more than the 11.99 EUR that are allowed"));
    settings.bank_fee_max.clear();
    EXPECT_EQ(refusal(accepted(paid)), "refused");
    settings.bank_fee_max["EUR"] = 1'200;
    EXPECT_EQ(refusal(accepted(paid)), "no error");
    // Tax withheld, a tolerance and a discount that are proposed to be granted: by the settings of the day too.
    const auto abroad = customer("C2", "Muster Industries", {}, "IN");
    invoice(abroad, "INV-8001", "1000.00 EUR");
    const auto withheld = arrives("900.00 EUR", {}, "Sender Unbekannt");
    const auto near = customer("C3", "Probe KG");
    invoice(near, "INV-8002", "500.00 EUR");
    invoice(near, "INV-8003", "640.00 EUR", {{day("2026-03-31"), Decimal::of(3, 0), money("19.20 EUR")}});
    const auto let_go = arrives("498.50 EUR", {}, "Sender Unbekannt"), discounted = arrives("620.80 EUR", {}, "Sender Unbekannt");
    match();
    const auto item_of = [&](const char* document) {
        return company.in_db<std::vector<ledger::Item>>([&](store::Db& db) { return ledger::find_by_document(db, "emea", ledger::document_key(document)); }).front().id;
    };
    // As a run with other settings would have proposed it.
    const auto propose = [&](const std::string& receipt, CustomerId whose, const char* number, const char* shares) {
        company.test.write([&](store::Tx& tx) -> Status {
            const auto id = item_of(number);
            tx.query("UPDATE receipt SET question = 'which?', proposals = ? WHERE item = ?")
                .bind("[{\"number\": \"\", \"customer\": " + std::to_string(whose.value) + ", \"confidence\": 90, \"evidence\": [], \"against\": [], \"items\": [{\"item\": " +
                          std::to_string(id.value) + ", \"document\": \"" + number + "\", " + shares + "}]}]",
                      std::stoll(receipt.substr(2)))
                .run();
            return {};
        });
    };
    propose(withheld, abroad, "INV-8001", R"("units": 90000, "withholding": 10000)");
    propose(let_go, near, "INV-8002", R"("units": 49850, "tolerance": 150)");
    propose(discounted, near, "INV-8003", R"("units": 62080, "discount": 1920)");
    settings.withholding_percent["IN"] = Decimal::of(5, 0);
    settings.tolerance_max["EUR"] = 149;
    EXPECT_THAT(accepted(withheld).error().what, HasSubstr("a withheld tax of 100.00 EUR"));
    EXPECT_THAT(accepted(let_go).error().what, HasSubstr("a difference of 1.50 EUR"));
    EXPECT_EQ(refusal(accepted(discounted)), "no error");
    EXPECT_EQ(last().discount, money("19.20 EUR"));
    settings.withholding_percent["IN"] = Decimal::of(10, 0);
    settings.tolerance_max["EUR"] = 150;
    EXPECT_EQ(refusal(accepted(withheld)), "no error");
    EXPECT_EQ(last().withholding, money("100.00 EUR"));
    EXPECT_EQ(refusal(accepted(let_go)), "no error");
    EXPECT_EQ(last().tolerance, money("1.50 EUR"));
    const auto late = customer("C4", "Spät AG");
    invoice(late, "INV-8004", "640.00 EUR", {{day("2026-03-10"), Decimal::of(3, 0), money("19.20 EUR")}});
    const auto too_late = arrives("620.80 EUR", {}, "Sender Unbekannt");
    propose(too_late, late, "INV-8004", R"("units": 62080, "discount": 1920)");
    EXPECT_EQ(refusal(accepted(too_late)), "refused");
    settings.discount_grace_days = 20;
    EXPECT_EQ(refusal(accepted(too_late)), "no error");
}

TEST_F(PeopleTest, numbers_of_proposals_stay_when_others_are_paid) {
    const auto who = customer("C1", "Beispiel GmbH");
    for (const char* number : {"INV-1001", "INV-1002", "INV-1003"}) invoice(who, number, "100.00 EUR");
    const auto paid = arrives("100.00 EUR", {}, "Beispiel GmbH");
    match();
    const auto asked = look(paid).proposals;
    ASSERT_EQ(asked.size(), 3U);
    const auto first = asked[0].items.at(0).document, second = asked[1].items.at(0).document;
    const auto other = arrives("100.00 EUR", {}, "Irgendwer");
    EXPECT_EQ(applied(other, {{first, "100.00"}}), "no error");
    ASSERT_EQ(look(paid).proposals.size(), 2U);
    EXPECT_EQ(look(paid).proposals[0].number, 2);
    EXPECT_EQ(refusal(accepted(paid, 1)), "item_not_open") << "it is not the next one that is taken";
    EXPECT_EQ(refusal(accepted(paid, 2)), "no error");
    EXPECT_EQ(last().debit_document, second);
}

TEST_F(PeopleTest, credits_of_a_proposal_are_used_with_it_and_what_is_left_stays) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto paid_for = invoice(who, "INV-1001", "500.00 EUR");
    auto memo = company.invoice("CM-7", "80.00 EUR", "2026-02-01");
    memo.customer = who;
    memo.kind = ledger::ItemKind::credit_memo;
    const auto credit = store::ok(company.post(memo)).item;
    const auto paid = arrives("450.00 EUR", {}, "Sender Unbekannt");
    company.test.write([&](store::Tx& tx) -> Status {
        tx.query("UPDATE receipt SET question = 'which?', proposals = ? WHERE item = ?")
            .bind("[{\"number\": \"C1\", \"customer\": " + std::to_string(who.value) + ", \"confidence\": 90, \"evidence\": [\"they add up\"], \"against\": [], \"items\": [{\"item\": " +
                      std::to_string(paid_for.value) + ", \"document\": \"INV-1001\", \"units\": 50000}, {\"item\": " + std::to_string(credit.value) +
                      ", \"document\": \"CM-7\", \"units\": -8000}]}]",
                  std::stoll(paid.substr(2)))
            .run();
        return {};
    });
    EXPECT_EQ(refusal(accepted(paid)), "no error");
    EXPECT_EQ(company.residual(paid_for), "0.00");
    EXPECT_EQ(company.residual(credit), "0.00");
    EXPECT_EQ(shown(paid), "on_account 30.00");
    EXPECT_EQ(match().looked_at, 0) << "what is left looks for no other use";
}

// ---------------------------------------------------------------- undoing

TEST_F(PeopleTest, a_preview_of_undoing_says_all_that_comes_back) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto debit = invoice(who, "INV-2460", "1000.00 EUR");
    const auto paid = arrives("1002.00 EUR", {"INV-2460"}, "Beispiel GmbH");
    match();
    ASSERT_EQ(shown(paid), "applied 0.00");
    EXPECT_EQ(preview().goes_back, money("1002.00 EUR"));
    EXPECT_EQ(preview().amount, money("1000.00 EUR"));
    EXPECT_THAT(preview().sentences, Contains("1002.00 EUR go back to " + paid + ", which then waits for a person"));
    EXPECT_THAT(preview().sentences, Contains(HasSubstr("the gain of 2.00 EUR")));
    EXPECT_EQ(refusal(done([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, last().id, "wrong"); })), "no error");
    EXPECT_EQ(look(paid).unapplied, money("1002.00 EUR"));
    EXPECT_EQ(company.residual(debit), "1000.00");
}

TEST_F(PeopleTest, every_share_of_an_application_stands_in_its_preview) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto debit = invoice(who, "INV-2461", "1000.00 EUR");
    const auto paid = store::ok(company.post(company.receipt("500.00 EUR", "2026-03-30", who)));
    auto apply = company.application(paid.item, debit, "500.00 EUR", "2026-03-30", money("20.00 EUR"));
    apply.tolerance = money("1.50 EUR");
    apply.bank_charge = money("12.00 EUR");
    apply.withholding = money("200.00 EUR");
    apply.write_off = money("6.50 EUR");
    apply.deduction = ledger::DeductionPart{money("10.00 EUR"), "damage"};
    const auto made = store::ok(company.apply(apply));
    ASSERT_EQ(company.residual(debit), "250.00");
    const auto shown = preview();
    EXPECT_EQ(shown.residual_after, money("1000.00 EUR"));
    EXPECT_EQ(shown.tolerance, money("1.50 EUR"));
    EXPECT_EQ(shown.bank_charge, money("12.00 EUR"));
    EXPECT_EQ(shown.withholding, money("200.00 EUR"));
    EXPECT_EQ(shown.write_off, money("6.50 EUR"));
    EXPECT_EQ(shown.deduction, money("10.00 EUR"));
    EXPECT_EQ(shown.deduction_item, made.deduction);
    EXPECT_EQ(shown.deduction_reason, "damage");
    EXPECT_EQ(shown.deduction_state, "open");
    for (const char* said : {"the discount of 20.00 EUR is withdrawn", "within the tolerance and owed again: 1.50 EUR", "bank's charge and owed again: 12.00 EUR",
                             "withheld tax and owed again: 200.00 EUR", "written off and owed again: 6.50 EUR", "of 10.00 EUR (damage, open) vanishes"})
        EXPECT_THAT(shown.sentences, Contains(HasSubstr(said)));
    // Its deduction was refused meanwhile: what is owed again by that is not owed twice.
    store::ok(company.act(ledger::reject_deduction, {.deduction = *made.deduction, .instruction = company.asked("2026-03-31")}));
    ASSERT_EQ(company.residual(debit), "260.00");
    EXPECT_EQ(preview().residual_after, money("1000.00 EUR"));
    EXPECT_EQ(preview().deduction_state, "settled");
    EXPECT_EQ(refusal(done([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, made.application, "wrong"); })), "no error");
    EXPECT_EQ(company.residual(debit), "1000.00");
}

// ---------------------------------------------------------------- learning

TEST_F(PeopleTest, what_a_person_applies_teaches_who_the_payer_is) {
    settings.learn_account_after = 2;
    const auto who = customer("C1", "Beispiel GmbH"), other = customer("C2", "Muster AG");
    for (const char* number : {"INV-1", "INV-2", "INV-3", "INV-4"}) invoice(who, number, "10.00 EUR");
    invoice(other, "INV-9", "7.00 EUR");
    const auto first = arrives("20.00 EUR", {}, "Anna Muster", strange);
    EXPECT_EQ(applied(first, {{"INV-1", "10.00"}}), "no error");
    EXPECT_EQ(applied(first, {{"INV-2", "10.00"}}), "no error");
    EXPECT_THAT(aliases(), IsEmpty()) << "one receipt is one answer";
    const auto second = arrives("10.00 EUR", {}, "Anna Muster", strange);
    EXPECT_EQ(applied(second, {{"INV-3", "10.00"}}), "no error");
    EXPECT_THAT(aliases(), ElementsAre(std::string{"account "} + strange, "name Anna Muster"));
    // What is known is not learned again, and another's documents teach nothing.
    const auto third = arrives("7.00 EUR", {}, "Anna Muster", strange);
    EXPECT_EQ(applied(third, {{"INV-9", "7.00"}}), "no error");
    EXPECT_EQ(aliases().size(), 2U);
}

TEST_F(PeopleTest, ambiguous_answers_teach_nothing) {
    settings.learn_name_after = 1;
    const auto one = customer("C1", "Beispiel GmbH", {"FR1420041010050500013M02606"}), two = customer("C2", "Muster AG");
    const auto a = invoice(one, "INV-1", "10.00 EUR"), b = invoice(two, "INV-2", "10.00 EUR"), c = invoice(one, "INV-3", "10.00 EUR"), d = invoice(two, "INV-4", "30.00 EUR");
    const auto split = [&](const std::string& receipt, std::vector<Wanted> parts) {
        return refusal(done([&](store::Tx& tx) { return split_by_hand(tx, company.context, anna, receipt, parts, &settings); }));
    };
    EXPECT_EQ(split(arrives("20.00 EUR", {}, "Treuhand Probe", strange), {{std::to_string(a.value), "10.00"}, {std::to_string(b.value), "10.00"}}), "no error");
    EXPECT_THAT(aliases(), IsEmpty()) << "two customers: it is neither of them";
    EXPECT_EQ(applied(arrives("5.00 EUR", {}, "Muster AG", strange), {{"INV-3", "5.00"}}), "no error");
    EXPECT_THAT(aliases(), IsEmpty()) << "the name is another customer's: he pays for this one";
    EXPECT_EQ(applied(arrives("5.00 EUR", {}, "", "FR1420041010050500013M02606"), {{"INV-4", "5.00"}}), "no error");
    EXPECT_THAT(aliases(), IsEmpty()) << "the account is another customer's";
    // Two answers for two customers by conclusion alone: an agent, who pays for many.
    settings.learn_account_after = 2;
    EXPECT_EQ(applied(arrives("1.00 EUR", {}, "", strange), {{"INV-3", "1.00"}}), "no error");
    for (int i = 0; i < 3; ++i) EXPECT_EQ(applied(arrives("1.00 EUR", {}, "", strange), {{"INV-4", "1.00"}}), "no error");
    EXPECT_THAT(aliases(), IsEmpty());
    for (int i = 0; i < 2; ++i) EXPECT_EQ(split(arrives("1.00 EUR", {}, "Neue Firma", ""), {{std::to_string(d.value), "1.00"}}), "no error");
    EXPECT_THAT(aliases(), ElementsAre("name Neue Firma")) << "all of it one customer's";
    static_cast<void>(c);
}

TEST_F(PeopleTest, an_accepted_proposal_teaches_too) {
    settings.learn_account_after = 1;
    const auto who = customer("C1", "Beispiel GmbH");
    for (const char* number : {"INV-1", "INV-2"}) {
        EXPECT_THAT(aliases(), IsEmpty()) << "what is only concluded needs a second answer";
        invoice(who, number, "244.76 EUR");
        const auto paid = arrives("244.76 EUR", {}, "Sender Unbekannt", strange);
        match();
        EXPECT_EQ(refusal(accepted(paid)), "no error");
    }
    EXPECT_THAT(aliases(), ElementsAre(std::string{"account "} + strange, "name Sender Unbekannt"));
}

TEST_F(PeopleTest, a_payer_whose_money_is_no_receivable_becomes_a_rule) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_THAT(rules(), IsEmpty());
        const auto paid = arrives("100.00 EUR", {"Steuernummer 12/345"}, "Finanzamt Probe", strange);
        match();
        EXPECT_FALSE(look(paid).question.empty());
        EXPECT_EQ(no_receivable(paid), "no error");
    }
    EXPECT_THAT(rules(), ElementsAre(std::string{"account "} + strange + ": tax refund"));
    EXPECT_THAT(actions(), Contains("rule.learn"));
    const auto next = arrives("77.00 EUR", {"Erstattung"}, "Finanzamt Probe", strange);
    EXPECT_EQ(match().not_receivable, 1);
    EXPECT_EQ(look(next).state, State::not_receivable);
    EXPECT_THAT(look(next).evidence, HasSubstr("not a receivable: tax refund; learned from people's answers about this payer"));
    // From another account: by the name, which was said often enough; once more by a person, since a name is less than an account.
    const auto elsewhere = arrives("78.00 EUR", {}, "Finanzamt Probe", "DE20370501980000004722");
    match();
    EXPECT_FALSE(look(elsewhere).question.empty());
    EXPECT_EQ(no_receivable(elsewhere), "no error");
    EXPECT_THAT(rules(), Contains("name Finanzamt Probe: tax refund"));
    arrives("79.00 EUR", {}, "FINANZAMT PROBE", "");
    EXPECT_EQ(match().not_receivable, 1);
    // Revoked, and what it was learned of with it.
    EXPECT_EQ(refusal(done([&](store::Tx& tx) { return revoke_rule(tx, company.test.clock, anna, 1); })), "no error");
    EXPECT_EQ(refusal(done([&](store::Tx& tx) { return revoke_rule(tx, company.test.clock, anna, 1); })), "not_found");
    EXPECT_THAT(rules(), ElementsAre("name Finanzamt Probe: tax refund"));
    EXPECT_EQ(refusal(done([&](store::Tx& tx) { return revoke_rule(tx, company.test.clock, anna, 2); })), "no error");
    const auto again = arrives("80.00 EUR", {}, "Finanzamt Probe", strange);
    match();
    EXPECT_EQ(no_receivable(again), "no error");
    EXPECT_THAT(rules(), IsEmpty()) << "the first answer again";
}

TEST_F(PeopleTest, a_learned_rule_yields_to_customers_and_their_documents) {
    settings.learn_not_receivable_after = 1;
    const auto who = customer("C1", "Beispiel GmbH");
    EXPECT_EQ(no_receivable(arrives("5.00 EUR", {}, "Clearing Probe", strange), "interest"), "no error");
    ASSERT_EQ(rules().size(), 1U);
    invoice(who, "INV-2026-4701", "540.00 EUR");
    invoice(who, "INV-2026-8123", "543.21 EUR");
    const auto named = arrives("540.00 EUR", {"INV-2026-4701"}, "Clearing Probe", strange), slipped = arrives("543.21 EUR", {"INV-2026-8132"}, "Clearing Probe", strange),
               by_name = arrives("3.00 EUR", {}, "Beispiel GmbH", strange), plain = arrives("4.00 EUR", {"Zinsen"}, "Clearing Probe", strange);
    match();
    EXPECT_NE(look(named).state, State::not_receivable) << "it names an open document";
    EXPECT_NE(look(slipped).state, State::not_receivable) << "it nearly names one";
    EXPECT_NE(look(by_name).state, State::not_receivable) << "the name is a customer's";
    EXPECT_EQ(look(plain).state, State::not_receivable);
    // The account comes onto a customer's file.
    customer("C2", "Muster AG", {strange});
    const auto on_file = arrives("6.00 EUR", {"Zinsen"}, "Clearing Probe", strange);
    match();
    EXPECT_NE(look(on_file).state, State::not_receivable);
    EXPECT_EQ(no_receivable(on_file), "no error");
    EXPECT_EQ(rules().size(), 1U) << "and money from there teaches nothing";
}

TEST_F(PeopleTest, a_rule_that_a_person_contradicts_is_revoked) {
    settings.learn_not_receivable_after = 1;
    EXPECT_EQ(no_receivable(arrives("5.00 EUR", {}, "Clearing Probe", strange)), "no error");
    const auto caught = arrives("9.00 EUR", {}, "Clearing Probe", strange);
    match();
    ASSERT_EQ(look(caught).state, State::not_receivable);
    EXPECT_EQ(refusal(done([&](store::Tx& tx) { return receivable_by_hand(tx, company.context, anna, caught, "a customer's"); })), "no error");
    EXPECT_THAT(rules(), IsEmpty());
    EXPECT_THAT(actions(), Contains("rule.revoke"));
    arrives("11.00 EUR", {}, "Clearing Probe", strange);
    EXPECT_EQ(match().not_receivable, 0);
    settings.learn_not_receivable_after = 0;
    for (int i = 0; i < 4; ++i) EXPECT_EQ(no_receivable(arrives("5.00 EUR", {}, "Finanzamt Probe", "DE20370501980000004722")), "no error");
    EXPECT_THAT(rules(), IsEmpty()) << "0: never";
}

TEST_F(PeopleTest, a_learned_rule_decides_alike_in_memory) {
    settings.learn_not_receivable_after = 1;
    EXPECT_EQ(no_receivable(arrives("5.00 EUR", {}, "Clearing Probe", strange)), "no error");
    settings.snapshot_from = 1;
    arrives("9.00 EUR", {}, "", strange);
    arrives("9.00 EUR", {}, "Jemand", "DE20370501980000004722");
    EXPECT_EQ(match().not_receivable, 1);
}

}  // namespace
}  // namespace owed::cash
