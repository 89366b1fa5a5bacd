// What a clerk says stands, however he names it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cash/cash.hpp"
#include "cash/test_receipts.hpp"
#include "ledger/instalments.hpp"
#include "ledger/test_company.hpp"
#include "ledger/write_offs.hpp"

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace owed::cash {
namespace {

using ledger::day;
using ledger::money;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const audit::Actor anna{.kind = audit::Actor::Kind::person, .id = "anna", .name = "Anna Probe"};
const audit::Actor job{.kind = audit::Actor::Kind::job, .id = "cash", .name = "cash"};

struct ClerkTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    Settings settings;
    int received = 0;

    CustomerId customer(const std::string& number, const std::string& name) {
        return store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer who;
            who.number = number;
            who.name = name;
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, "emea", who));
            return done.first;
        }));
    }
    OpenItemId invoice(CustomerId who, const std::string& number, std::string_view amount) {
        auto document = company.invoice(number, amount, "2026-02-01");
        document.customer = who;
        return store::ok(company.post(document)).item;
    }
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
    std::string arrives(std::string_view amount, std::vector<std::string> text, const std::string& name = {}, const std::string& account = {}) {
        NewReceipt receipt{.entity = "emea", .account = "DE89370400440532013000", .bank_gl = "1000", .amount = money(amount), .value_date = day("2026-03-30"),
                           .posting_date = day("2026-03-30"), .transaction = {}, .connector = "house-bank", .artifact = "1", .event_key = "bank/" + std::to_string(++received)};
        receipt.transaction.counterparty = {name, account, {}};
        receipt.transaction.text = std::move(text);
        receipt.transaction.bank_ref = "REF-" + std::to_string(received);
        return "R-" + std::to_string(store::ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return receive(tx, company.context, receipt); })).value);
    }
    MatchSummary match() {
        return store::ok(company.in_tx<MatchSummary>([&](store::Tx& tx) { return match_waiting(tx, company.context, settings, job); }));
    }
    Receipt look(const std::string& number) {
        return *company.in_db<std::optional<Receipt>>([&](store::Db& db) { return receipt(db, number); });
    }
    std::string shown(const std::string& number) {
        const auto one = look(number);
        return one.state_name + " " + to_text(one.unapplied);
    }
    std::vector<ledger::Application> applications() {
        return company.in_db<std::vector<ledger::Application>>([](store::Db& db) { return ledger::applications(db, {}, {}); });
    }
    std::string applications_text() {
        std::string text;
        for (const auto& one : applications()) text += one.reason;
        return text;
    }
    /// What was said to it: "" when it was done.
    template <class Act>
    std::string said(Act&& act) {
        const auto done = company.test.store().write([&](store::Tx& tx) { return act(tx); });
        return done ? std::string{} : done.error().what + " | " + done.error().advice;
    }
    std::string apply(const std::string& number, const std::vector<Wanted>& wanted) {
        return said([&](store::Tx& tx) { return apply_by_hand(tx, company.context, anna, number, wanted); });
    }
    void TearDown() override {
        EXPECT_THAT(company.differences(), IsEmpty());
        EXPECT_EQ(company.in_db<std::int64_t>([](store::Db& db) { return audit::verify(db).bad_seq; }), 0);
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

TEST_F(ClerkTest, money_for_what_was_written_off_is_said_to_be_so) {
    const auto who = customer("C1", "Beispiel GmbH");
    const auto lost = invoice(who, "W-2", "500.00 EUR");
    store::ok(company.act(ledger::write_off, {.item = lost, .amount = money("500.00 EUR"), .method = ledger::WriteOffMethod::direct, .instruction = company.asked("2026-03-01")}));
    const auto paid = arrives("500.00 EUR", {"something"}, "Beispiel GmbH");
    EXPECT_THAT(apply(paid, {{"W-2", "500.00"}}), AllOf(HasSubstr("W-2 was written off"), HasSubstr("owectl recover #" + std::to_string(lost.value))));
}

}  // namespace
}  // namespace owed::cash
