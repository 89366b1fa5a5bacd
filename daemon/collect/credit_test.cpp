#include "collect/credit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "ledger/test_company.hpp"

namespace owed::collect {
namespace {

using ledger::day;
using ::testing::HasSubstr;


TEST(Credit, who_is_held) {
    struct Case {
        CreditPolicy policy;
        CreditStanding standing;
        bool hold;
        const char* says;
    };
    const Case cases[] = {
        {{0, 0}, {false, "", 400, 4}, false, ""},                       // nothing configured: nobody is held by a rule
        {{30, 0}, {false, "", 29, 4}, false, ""},
        {{30, 0}, {false, "", 30, 0}, true, "30 days past due"},
        {{0, 3}, {false, "", 90, 2}, false, ""},
        {{0, 3}, {false, "", 1, 3}, true, "notice 3 was sent"},
        {{0, 0}, {false, "", 0, 0, ledger::money("100.00 EUR"), ledger::money("100.00 EUR")}, false, ""},
        {{0, 0}, {false, "", 0, 0, ledger::money("100.00 EUR"), ledger::money("100.01 EUR")}, true, "orders of 100.01 EUR are above the credit limit of 100.00 EUR"},
        {{30, 3}, {true, "insolvency rumour", 0, 0}, true, "insolvency rumour"},
    };
    for (const auto& c : cases) {
        const auto verdict = credit_verdict(c.policy, c.standing);
        EXPECT_EQ(verdict.hold, c.hold) << c.says;
        EXPECT_THAT(verdict.reason, HasSubstr(c.says));
        EXPECT_EQ(verdict.hold, !verdict.reason.empty());
    }
}

TEST(Credit, a_persons_word_goes_first_until_it_lapses) {
    Order order;
    const CreditVerdict held{true, "45 days past due"};
    EXPECT_TRUE(order_verdict(order, held, day("2026-04-10")).hold);
    order.decision = "release";
    order.decided_by = "anna";
    order.why = "payment announced";
    order.until = day("2026-04-10");
    EXPECT_FALSE(order_verdict(order, held, day("2026-04-10")).hold);
    EXPECT_THAT(order_verdict(order, held, day("2026-04-10")).reason, HasSubstr("payment announced (anna, until 2026-04-10)"));
    EXPECT_TRUE(order_verdict(order, held, day("2026-04-11")).hold);
    order.decision = "hold";
    order.until.reset();
    EXPECT_TRUE(order_verdict(order, {}, day("2027-01-01")).hold);
}

struct Orders : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};

    parties::Upserted take(const std::string& connector, SalesOrder order, const std::string& id = {}) {
        return *company.in_tx<parties::Upserted>([&](store::Tx& tx) { return take_order(tx, company.test.clock, connector, "emea", order, id); });
    }
    std::vector<Order> all() {
        return company.in_db<std::vector<Order>>([](store::Db& db) { return orders(db); });
    }
    Status decide(OrderId id, bool hold, const std::string& why, std::optional<Date> until) {
        return company.test.store().write([&](store::Tx& tx) { return decide_order(tx, company.test.clock, anna, id, hold, why, until, day("2026-04-10")); });
    }
    static SalesOrder order(std::string number) {
        SalesOrder made;
        made.number = std::move(number);
        made.customer = "4711";
        made.amount = Amount{125000, 2, "EUR"};
        made.status = "Draft";
        made.awaiting_authorisation = true;
        return made;
    }
};

TEST_F(Orders, the_same_order_again_changes_nothing_and_a_changed_one_replaces) {
    EXPECT_EQ(take("crm", order("O-1"), "801x"), parties::Upserted::created);
    EXPECT_EQ(take("crm", order("O-1"), "801x"), parties::Upserted::unchanged);
    auto later = order("O-1");
    later.status = "Activated";
    later.awaiting_authorisation = false;
    EXPECT_EQ(take("crm", later, "801x"), parties::Upserted::changed);
    EXPECT_EQ(take("other", order("O-1")), parties::Upserted::created);  // another system's own number
    ASSERT_EQ(all().size(), 2u);
    EXPECT_EQ(all()[0].status, "Activated");
    EXPECT_EQ(all()[0].external_id, "801x");
    EXPECT_EQ(all()[0].amount, ledger::money("1250.00 EUR"));
    EXPECT_EQ(all()[1].external_id, "O-1");  // no id of its own: its number is the key
    EXPECT_EQ(all()[0].customer_number, "4711");
}

TEST_F(Orders, a_persons_decision_survives_what_the_system_tells_later) {
    take("crm", order("O-1"));
    const auto id = all()[0].id;
    EXPECT_EQ(decide(id, true, "", {}).error().code, Errc::invalid_argument);
    EXPECT_EQ(decide(id, false, "paid", day("2026-04-09")).error().code, Errc::invalid_argument);
    EXPECT_EQ(decide(OrderId{99}, true, "x", {}).error().code, Errc::not_found);
    ASSERT_TRUE(decide(id, false, "payment announced", day("2026-04-20")));
    auto later = order("O-1");
    later.status = "On Hold";
    later.on_hold = true;
    EXPECT_EQ(take("crm", later), parties::Upserted::changed);
    const auto kept = all()[0];
    EXPECT_EQ(kept.decision, "release");
    EXPECT_EQ(kept.decided_by, "anna");
    EXPECT_EQ(kept.until, day("2026-04-20"));
    EXPECT_TRUE(kept.on_hold);
}

TEST_F(Orders, an_order_without_number_or_customer_is_refused) {
    for (auto broken : {SalesOrder{}, order("")}) {
        if (broken.number.empty()) broken.customer = "4711";
        const auto taken = company.in_tx<parties::Upserted>([&](store::Tx& tx) { return take_order(tx, company.test.clock, "crm", "emea", broken, ""); });
        EXPECT_EQ(taken.error().code, Errc::invalid_argument);
    }
    auto nobody = order("O-2");
    nobody.customer.clear();
    const auto taken = company.in_tx<parties::Upserted>([&](store::Tx& tx) { return take_order(tx, company.test.clock, "crm", "emea", nobody, ""); });
    EXPECT_THAT(taken.error().what, HasSubstr("names no customer"));
    EXPECT_TRUE(all().empty());
}

}  // namespace
}  // namespace owed::collect
