// What a person does with credits besides applying a receipt: used, held as a deposit, forwarded to another entity and back.
#include "cash/credits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "cash/test_receipts.hpp"
#include "ledger/intercompany.hpp"
#include "ledger/test_company.hpp"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ledger::refusal;


struct CreditsTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    int received = 0;
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }

    CustomerId customer(const std::string& number, const std::string& entity = "emea") {
        return store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer who;
            who.number = number;
            who.name = "Kunde " + number + " GmbH";
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, entity, who));
            return done.first;
        }));
    }
    OpenItemId document(CustomerId who, const std::string& number, std::string_view amount, ledger::ItemKind kind = ledger::ItemKind::invoice,
                        const std::string& entity = "emea") {
        auto wanted = company.invoice(number, amount, "2026-02-01", entity);
        wanted.customer = who;
        wanted.kind = kind;
        return store::ok(company.post(wanted)).item;
    }
    std::string arrives(std::string_view amount) {
        NewReceipt receipt{.entity = "emea", .account = "DE89370400440532013000", .bank_gl = "1000", .amount = money(amount), .value_date = day("2026-03-30"),
                           .posting_date = day("2026-03-30"), .transaction = {}, .connector = "house-bank", .artifact = "1", .event_key = "bank/" + std::to_string(++received)};
        receipt.transaction.counterparty = {"Somebody", {}, {}};
        receipt.transaction.text = {"S-77"};
        return "R-" + std::to_string(store::ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return receive(tx, company.context, receipt); })).value);
    }
    Receipt look(const std::string& number) { return *company.in_db<std::optional<Receipt>>([&](store::Db& db) { return receipt(db, number); }); }
    std::string use(OpenItemId credit, const std::vector<Wanted>& wanted) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return apply_credit_by_hand(tx, company.context, anna, credit, wanted); }));
    }
    Result<OpenItemId> forward(const std::string& number, const Forward& wanted) {
        return company.in_tx<OpenItemId>([&](store::Tx& tx) { return forward_by_hand(tx, company.context, anna, number, wanted); });
    }
    std::string take_back(const std::string& number) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return take_back_forward(tx, company.context, anna, number, "wrong entity"); }));
    }
    std::vector<ledger::Application> standing() {
        auto all = company.in_db<std::vector<ledger::Application>>([](store::Db& db) { return ledger::applications(db, {}, {}); });
        std::erase_if(all, [](auto& one) { return one.undone.has_value(); });
        return all;
    }
};

TEST_F(CreditsTest, a_credit_memo_is_used_for_the_customers_invoice) {
    const auto one = customer("C1"), other = customer("C2");
    const auto invoice = document(one, "INV-1", "100.00 EUR"), strangers = document(other, "INV-2", "100.00 EUR");
    const auto memo = document(one, "CM-1", "30.00 EUR", ledger::ItemKind::credit_memo);
    EXPECT_EQ(use(memo, {{"INV-1", "20.00"}}), "no error");
    EXPECT_EQ(company.residual(invoice), "80.00");
    EXPECT_EQ(company.residual(memo), "-10.00");
    EXPECT_EQ(company.in_db<std::string>([](store::Db& db) { return audit::list(db, {}, 1000).back().act.reason; }), "CM-1 applied by hand: INV-1=20.00");
    EXPECT_EQ(use(memo, {{"INV-1", "5.00"}, {"INV-1", "6.00"}}), "application_exceeds_residual") << "and nothing of it is done";
    EXPECT_EQ(company.residual(invoice), "80.00");
    EXPECT_EQ(use(memo, {{"INV-2", "5.00"}}), "wrong_customer") << "not the customer's";
    EXPECT_EQ(use(memo, {}), "invalid_argument");
    EXPECT_EQ(use(memo, {{"INV-1", "0.00"}}), "invalid_argument");
    EXPECT_EQ(use(invoice, {{"INV-1", "5.00"}}), "invalid_argument");
    EXPECT_EQ(use(OpenItemId{999}, {{"INV-1", "5.00"}}), "not_found");
    const auto receipt = arrives("10.00 EUR");
    EXPECT_EQ(use(look(receipt).id, {{"INV-1", "5.00"}}), "invalid_argument") << "cash apply is for receipts";
    EXPECT_EQ(company.residual(strangers), "100.00");
    // Undone and used again: an event of its own.
    EXPECT_EQ(refusal(company.test.store().write([&](store::Tx& tx) { return unapply_by_hand(tx, company.context, anna, standing().front().id, ""); })), "no error");
    EXPECT_EQ(use(memo, {{std::to_string(invoice.value), "20.00"}}), "no error");
    EXPECT_EQ(company.residual(invoice), "80.00");
}

TEST_F(CreditsTest, under_authority_erp_a_used_credit_is_in_flight) {
    const auto one = customer("C1", "sap");
    document(one, "INV-1", "100.00 EUR", ledger::ItemKind::invoice, "sap");
    const auto memo = document(one, "CM-1", "30.00 EUR", ledger::ItemKind::credit_memo, "sap");
    EXPECT_EQ(use(memo, {{"INV-1", "30.00"}}), "no error");
    ASSERT_EQ(standing().size(), 1U);
    EXPECT_TRUE(standing().front().in_flight);
}

TEST_F(CreditsTest, a_prepayment_is_held_and_used_later) {
    const auto one = customer("C1");
    const auto paid = arrives("50.00 EUR");
    const auto hold = [&](const NewDeposit& wanted) {
        return company.in_tx<OpenItemId>([&](store::Tx& tx) { return hold_deposit_by_hand(tx, company.context, anna, paid, wanted); });
    };
    EXPECT_EQ(refusal(hold({})), "wrong_customer") << "whose it is nobody has said";
    company.test.write([&](store::Tx& tx) { return identify_by_hand(tx, company.context, anna, paid, one); });
    const auto deposit = store::ok(hold({.amount = money("40.00 EUR"), .document = {}, .why = "order 7"}));
    EXPECT_EQ(look(paid).unapplied, money("10.00 EUR"));
    EXPECT_EQ(company.item(deposit).document, paid + "-D");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::customer_deposits), -4'000);
    const auto invoice = document(one, "INV-9", "100.00 EUR");
    EXPECT_EQ(use(deposit, {{"INV-9", "40.00"}}), "no error");
    EXPECT_EQ(company.residual(invoice), "60.00");
    EXPECT_EQ(company.functional_of("emea", ledger::Role::customer_deposits), 0);
}

TEST_F(CreditsTest, money_for_another_entity_is_forwarded_and_matched_there) {
    const auto theirs = customer("S1", "sap");
    const auto invoice = document(theirs, "S-77", "100.00 EUR", ledger::ItemKind::invoice, "sap");
    const auto paid = arrives("100.00 EUR");
    const auto there = store::ok(forward(paid, {.entity = "sap", .customer = theirs, .amount = {}, .why = "their invoice"}));
    const auto number = "R-" + std::to_string(there.value);
    EXPECT_EQ(look(paid).state_name, "applied");
    EXPECT_EQ(look(number).entity, "sap");
    EXPECT_EQ(look(number).customer, theirs);
    EXPECT_EQ(company.functional_of("emea", ledger::Role::due_to_entities), -10'000);
    EXPECT_EQ(company.functional_of("sap", ledger::Role::due_from_entities), 10'000);
    const Settings settings;
    store::ok(company.in_tx<MatchSummary>([&](store::Tx& tx) { return match_waiting(tx, company.context, settings, anna); }));
    EXPECT_EQ(company.residual(invoice), "0.00");
    EXPECT_EQ(refusal(forward(paid, {.entity = "sap", .customer = theirs})), "item_not_open");
    // Back again, with what was applied there; nothing of it stays with either entity.
    EXPECT_EQ(take_back(paid), "not_found") << "that one came from the bank";
    EXPECT_EQ(take_back("R-999"), "not_found");
    EXPECT_EQ(take_back(number), "no error");
    EXPECT_EQ(take_back(number), "already_exists");
    EXPECT_EQ(company.residual(invoice), "100.00");
    EXPECT_EQ(look(paid).unapplied, money("100.00 EUR"));
    EXPECT_FALSE(look(paid).question.empty());
    EXPECT_EQ(company.functional_of("emea", ledger::Role::due_to_entities), 0);
    EXPECT_EQ(company.functional_of("sap", ledger::Role::due_from_entities), 0);
    EXPECT_TRUE(forward(paid, {.entity = "sap", .customer = theirs}).has_value()) << "a second time is an event of its own";
}

TEST_F(CreditsTest, what_cannot_be_forwarded_is_refused_and_leaves_nothing) {
    const auto ours = customer("C1"), theirs = customer("S1", "sap");
    const auto paid = arrives("100.00 EUR");
    EXPECT_EQ(refusal(forward(paid, {.entity = "emea", .customer = ours})), "invalid_argument");
    EXPECT_EQ(refusal(forward(paid, {.entity = "nowhere", .customer = theirs})), "not_found");
    EXPECT_EQ(refusal(forward(paid, {.entity = "sap", .customer = theirs, .amount = money("40.00 EUR")})), "invalid_argument") << "in part only when identified";
    EXPECT_EQ(refusal(forward("R-999", {.entity = "sap", .customer = theirs})), "not_found");
    EXPECT_EQ(look(paid).unapplied, money("100.00 EUR"));
    EXPECT_EQ(company.functional_of("emea", ledger::Role::due_to_entities), 0);
}

TEST_F(CreditsTest, what_was_no_receivable_may_be_one_after_all) {
    const auto paid = arrives("100.00 EUR");
    const auto tried = [&](const auto& act) { return refusal(company.test.store().write([&](store::Tx& tx) -> Status { return act(tx); })); };
    const auto back = [&](const std::string& why) { return tried([&](store::Tx& tx) { return receivable_by_hand(tx, company.context, anna, paid, why); }); };
    const auto away = [&] { return tried([&](store::Tx& tx) { return not_receivable_by_hand(tx, company.context, anna, paid, "tax"); }); };
    EXPECT_EQ(back("why"), "invalid_argument") << "nobody said so";
    EXPECT_EQ(away(), "no error");
    EXPECT_EQ(look(paid).state, State::not_receivable);
    EXPECT_EQ(back(""), "invalid_argument");
    EXPECT_EQ(back("the sister company's invoice"), "no error");
    EXPECT_EQ(look(paid).unapplied, money("100.00 EUR"));
    EXPECT_FALSE(look(paid).question.empty());
    EXPECT_EQ(company.functional_of("emea", ledger::Role::suspense), 0);
    EXPECT_EQ(away(), "no error") << "and may be said again";
    EXPECT_EQ(look(paid).unapplied, money("0.00 EUR"));
    EXPECT_EQ(back("again"), "no error");
}

TEST_F(CreditsTest, a_number_that_is_anothers_is_named_as_such) {
    const auto one = customer("C1"), other = customer("C2"), theirs = customer("S1", "sap");
    document(other, "INV-2", "100.00 EUR");
    document(theirs, "S-9", "100.00 EUR", ledger::ItemKind::invoice, "sap");
    const auto paid = arrives("100.00 EUR");
    company.test.write([&](store::Tx& tx) { return identify_by_hand(tx, company.context, anna, paid, one); });
    const auto refused = [&](const char* document) {
        const auto done = company.test.store().write([&](store::Tx& tx) { return apply_by_hand(tx, company.context, anna, paid, {{document, "1.00"}}); });
        return done ? std::string{"no error"} : done.error().what;
    };
    EXPECT_EQ(refused("INV-2"), "INV-2 is customer C2's");
    EXPECT_EQ(refused("S-9"), "S-9 is a document of entity sap, not of emea");
    EXPECT_EQ(refused("X-1"), "no open item X-1 of the customer");
}

}  // namespace
}  // namespace owed::cash
