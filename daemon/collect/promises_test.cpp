#include "collect/promises.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit/test_people.hpp"
#include "ledger/test_company.hpp"
#include "ledger/write_offs.hpp"

namespace owed::collect {
namespace {

using ledger::day;
using ledger::money;
using ledger::refusal;
using ::testing::ElementsAre;

const Date month_end = day("2026-03-31"), friday = day("2026-04-03");

struct Promises : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), migrations()}};
    PromiseListener listener{company.books, company.test.clock};
    CustomerId customer = make("C1"), other = make("C2");
    OpenItemId first{}, second{};

    void SetUp() override {
        company.context.listeners.push_back(&listener);
        first = invoice(customer, "RE-1", "100.00 EUR", "2026-01-05");
        second = invoice(customer, "RE-2", "50.00 EUR", "2026-02-05");
    }
    void TearDown() override { EXPECT_EQ(company.differences(), std::vector<std::string>{}); }

    CustomerId make(const std::string& number) {
        return store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer who;
            who.number = number;
            who.name = "Kunde " + number;
            who.email = "ar@kunde.example";
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, "emea", who));
            return done.first;
        }));
    }
    OpenItemId invoice(CustomerId who, const std::string& number, std::string_view amount, std::string_view date) {
        auto document = company.invoice(number, amount, date);
        document.customer = who;
        return store::ok(company.post(document)).item;
    }
    Result<PromiseId> promised(std::string_view amount, std::vector<OpenItemId> items = {}, Date by = friday, Date on = month_end) {
        const NewPromise asked{.entity = "emea", .customer = customer, .amount = money(amount), .by = by, .items = std::move(items),
                               .why = "agreed on the phone"};
        return company.in_tx<PromiseId>([&](store::Tx& tx) { return add_promise(tx, company.books, company.test.clock, anna, asked, on); });
    }
    OpenItemId receipt(std::string_view amount, std::string_view date, CustomerId who) { return store::ok(company.post(company.receipt(amount, date, who))).item; }
    OpenItemId receipt(std::string_view amount, std::string_view date = "2026-04-01") { return receipt(amount, date, customer); }
    ApplicationId applied(OpenItemId credit, OpenItemId debit, std::string_view amount, std::string_view date = "2026-04-01") {
        return store::ok(company.apply(company.application(credit, debit, amount, date))).application;
    }
    void undo(ApplicationId application) {
        store::ok(company.in_tx<ledger::Posted>([&](store::Tx& tx) {
            return ledger::unapply(tx, company.context, application, day("2026-04-02"), {"person", "anna"}, "wrong", "anna");
        }));
    }
    /// "kept 100.00/100.00"
    std::string state(PromiseId id, Date on = month_end) {
        const auto found = company.in_db<std::optional<Promise>>([&](store::Db& db) { return promise(db, id, on); });
        return found ? std::string{name_of(found->state)} + " " + to_text(found->paid) + "/" + to_text(found->amount) : "none";
    }
    std::vector<std::string> acts() {
        std::vector<std::string> all;
        company.test.read([&](store::Db& db) {
            for (const auto& one : audit::list(db, {}, 100))
                if (one.act.object_kind == "promise") all.push_back(one.act.action);
        });
        return all;
    }
};

TEST_F(Promises, an_application_keeps_it_and_undoing_that_opens_it_again) {
    const auto id = store::ok(promised("100.00 EUR", {first}));
    EXPECT_EQ(state(id), "open 0.00/100.00");
    const auto money_in = receipt("100.00 EUR");
    const auto part = applied(money_in, first, "40.00 EUR");
    EXPECT_EQ(state(id), "open 40.00/100.00");
    const auto rest = applied(money_in, first, "60.00 EUR");
    EXPECT_EQ(state(id), "kept 100.00/100.00");
    undo(part);
    EXPECT_EQ(state(id), "open 60.00/100.00");
    undo(rest);
    EXPECT_EQ(state(id), "open 0.00/100.00");
    EXPECT_THAT(acts(), ElementsAre("promise.add", "promise.kept", "promise.reopened"));
}

TEST_F(Promises, kept_in_the_transaction_of_the_application_or_not_at_all) {
    const auto id = store::ok(promised("100.00 EUR", {first}));
    const auto money_in = receipt("100.00 EUR");
    const auto failed = company.in_tx<int>([&](store::Tx& tx) -> Result<int> {
        OWED_TRY([[maybe_unused]] auto done, ledger::apply(tx, company.context, company.application(money_in, first, "100.00 EUR", "2026-04-01")));
        const auto seen = promise(tx, id, month_end);
        EXPECT_EQ(seen->state, PromiseState::kept);
        return fail(Errc::internal, "the rest of the transaction fails");
    });
    EXPECT_FALSE(failed);
    EXPECT_EQ(state(id), "open 0.00/100.00");
    EXPECT_THAT(acts(), ElementsAre("promise.add"));
}

TEST_F(Promises, a_returned_payment_opens_it_again) {
    const auto id = store::ok(promised("100.00 EUR", {first}));
    const auto money_in = receipt("100.00 EUR");
    applied(money_in, first, "100.00 EUR");
    EXPECT_EQ(state(id), "kept 100.00/100.00");
    store::ok(company.in_tx<ledger::Posted>([&](store::Tx& tx) {
        return ledger::return_receipt(tx, company.context, money_in, day("2026-04-07"), "1000", {"record", "x"}, "returned", company.next_event());
    }));
    EXPECT_EQ(state(id), "open 0.00/100.00");
    EXPECT_EQ(state(id, day("2026-04-07")), "broken 0.00/100.00");
}

TEST_F(Promises, what_counts) {
    struct Case {
        std::string name;
        std::string_view receipt_day, applied_on, amount;
        bool second, any_item;
        std::string then;                ///< on the Saturday after
    };
    for (const Case& c : {Case{"on_the_last_day", "2026-04-03", "2026-04-03", "100.00 EUR", false, false, "kept 100.00/100.00"},
                          Case{"in_time_and_applied_later", "2026-04-03", "2026-04-20", "100.00 EUR", false, false, "kept 100.00/100.00"},
                          Case{"a_day_late", "2026-04-04", "2026-04-04", "60.00 EUR", false, false, "broken 0.00/100.00"},
                          Case{"half_of_it", "2026-04-01", "2026-04-01", "40.00 EUR", false, false, "partly_kept 40.00/100.00"},
                          Case{"for_another_item", "2026-04-01", "2026-04-01", "50.00 EUR", true, false, "broken 0.00/100.00"},
                          Case{"for_any_item", "2026-04-01", "2026-04-01", "50.00 EUR", true, true, "partly_kept 50.00/100.00"}}) {
        SCOPED_TRACE(c.name);
        customer = make(c.name);
        first = invoice(customer, c.name + "-1", "100.00 EUR", "2026-01-05");
        second = invoice(customer, c.name + "-2", "50.00 EUR", "2026-02-05");
        const auto items = c.any_item ? std::vector<OpenItemId>{} : std::vector{first};
        const auto id = store::ok(promised("100.00 EUR", items));
        applied(receipt(c.amount, c.receipt_day), c.second ? second : first, c.amount, c.applied_on);
        EXPECT_EQ(state(id, day("2026-04-04")), c.then);
    }
}

TEST_F(Promises, other_customers_and_entities_are_other_promises) {
    const auto theirs = invoice(other, "RE-9", "100.00 EUR", "2026-01-05");
    const auto id = store::ok(promised("100.00 EUR"));
    applied(receipt("100.00 EUR", "2026-04-01", other), theirs, "100.00 EUR");
    EXPECT_EQ(state(id), "open 0.00/100.00");
}

TEST_F(Promises, money_is_counted_once_named_items_first) {
    const auto any = store::ok(promised("100.00 EUR", {}, day("2026-04-02"))), named = store::ok(promised("50.00 EUR", {second}));
    const auto all = applied(receipt("50.00 EUR"), second, "50.00 EUR");
    EXPECT_EQ(state(named), "kept 50.00/50.00");
    EXPECT_EQ(state(any), "open 0.00/100.00");
    applied(receipt("100.00 EUR"), first, "100.00 EUR");
    EXPECT_EQ(state(any), "kept 100.00/100.00");
    undo(all);
    EXPECT_EQ(state(named), "open 0.00/50.00");
    EXPECT_EQ(state(any), "kept 100.00/100.00");
}

TEST_F(Promises, what_is_settled_otherwise_is_not_broken) {
    auto memo = company.invoice("CM-1", "100.00 EUR", "2026-03-31");
    memo.kind = ledger::ItemKind::credit_memo;
    memo.customer = customer;
    const auto id = store::ok(promised("100.00 EUR", {first}));
    const auto application = applied(store::ok(company.post(memo)).item, first, "100.00 EUR");
    EXPECT_EQ(state(id, day("2026-04-10")), "lapsed 0.00/100.00");
    undo(application);
    EXPECT_EQ(state(id), "open 0.00/100.00");
    store::ok(company.act(ledger::write_off, {.item = first, .amount = {}, .instruction = company.asked("2026-04-01")}));
    EXPECT_EQ(state(id, day("2026-04-10")), "lapsed 0.00/100.00");
    EXPECT_THAT(acts(), ElementsAre("promise.add", "promise.lapsed", "promise.reopened", "promise.lapsed"));
}

TEST_F(Promises, the_rest_that_is_given_up_keeps_it) {
    const auto id = store::ok(promised("100.00 EUR", {first}));
    applied(receipt("98.00 EUR"), first, "98.00 EUR");
    store::ok(company.act(ledger::write_off, {.item = first, .amount = {}, .instruction = company.asked("2026-04-01")}));
    EXPECT_EQ(state(id), "kept 98.00/100.00");
}

TEST_F(Promises, without_items_it_is_for_the_longest_due) {
    const auto third = invoice(customer, "RE-3", "10.00 EUR", "2026-03-05");
    const auto items_of = [&](PromiseId id) { return company.in_db<std::vector<OpenItemId>>([&](store::Db& db) { return promise(db, id, month_end)->items; }); };
    EXPECT_THAT(items_of(store::ok(promised("100.00 EUR"))), ElementsAre(first));
    EXPECT_THAT(items_of(store::ok(promised("50.01 EUR"))), ElementsAre(second, third)) << "what is promised already is not promised again";
    EXPECT_EQ(refusal(promised("0.01 EUR")), "invalid_argument");
}

TEST_F(Promises, refusals) {
    const auto theirs = invoice(other, "RE-9", "10.00 EUR", "2026-01-05");
    EXPECT_EQ(refusal(promised("0.00 EUR")), "invalid_argument");
    EXPECT_EQ(refusal(promised("-1.00 EUR")), "invalid_argument");
    EXPECT_EQ(refusal(promised("1.00 EUR", {}, day("2026-03-30"))), "invalid_argument");
    EXPECT_EQ(refusal(promised("1.00 EUR", {}, day("2027-04-02"))), "invalid_argument") << "2199 is a slip, and would stop dunning until then";
    EXPECT_EQ(refusal(promised("1.00 EUR", {OpenItemId{999}})), "not_found");
    EXPECT_EQ(refusal(promised("1.00 EUR", {theirs})), "invalid_argument");
    EXPECT_EQ(refusal(promised("1.00 USD", {first})), "invalid_argument");
    EXPECT_EQ(refusal(promised("1.00 EUR", {receipt("5.00 EUR")})), "invalid_argument");
    EXPECT_EQ(refusal(promised("150.01 EUR")), "invalid_argument") << "more than is owed is a slip";
    EXPECT_EQ(refusal(promised("100.01 EUR", {first, first})), "invalid_argument");
    store::ok(promised("1.00 EUR", {first}));
    EXPECT_EQ(refusal(promised("1.00 EUR", {first})), "invalid_argument");
    store::ok(promised("1.00 EUR", {first}, day("2026-05-29"), day("2026-04-07")));   // the first one is broken by then
}

TEST_F(Promises, cancelling) {
    const auto id = store::ok(promised("100.00 EUR", {first}));
    const auto cancel = [&](PromiseId which, std::string why) {
        return company.in_tx<int>([&](store::Tx& tx) -> Result<int> {
            OWED_TRY_VOID(cancel_promise(tx, company.test.clock, anna, which, why, month_end));
            return 0;
        });
    };
    EXPECT_EQ(refusal(cancel(id, "")), "invalid_argument");
    EXPECT_EQ(refusal(cancel(PromiseId{99}, "x")), "not_found");
    store::ok(cancel(id, "they will not pay"));
    EXPECT_EQ(state(id, day("2026-05-01")), "cancelled 0.00/100.00");
    EXPECT_EQ(refusal(cancel(id, "again")), "invalid_argument");
    applied(receipt("100.00 EUR"), first, "100.00 EUR");
    EXPECT_EQ(state(id), "cancelled 0.00/100.00");
}

TEST_F(Promises, its_items_are_left_in_peace_until_somebody_has_looked) {
    store::ok(promised("100.00 EUR", {first}));
    const auto look = [&](std::string_view on) {
        return company.in_db<std::vector<CustomerSnapshot>>([&](store::Db& db) { return snapshot(db, company.books, "emea", day(on), {}); }).at(0);
    };
    ASSERT_EQ(look("2026-03-31").items.size(), 2U);
    EXPECT_EQ(look("2026-03-31").items[0].promised, friday);
    EXPECT_FALSE(look("2026-03-31").items[1].promised);
    Policy policy;
    policy.name = "test";
    policy.quiet_weekends = false;
    policy.levels = {{.level = 1, .days_past_due = 3, .channel = Channel::email, .template_name = "reminder-1", .fee = {}, .deadline_days = 10}};
    const auto decided = [&](std::string_view on) {
        const auto decision = decide(policy, look(on), day(on));
        std::string text;
        for (const auto& item : decision.items) text += item.document + " ";
        for (const auto& stop : decision.stops) text += stop.stop + " until " + (stop.until ? to_text(*stop.until) : "-") + ": " + stop.why;
        return text;
    };
    EXPECT_EQ(decided("2026-03-31"), "RE-2 promised until 2026-04-06: RE-1 is promised by 2026-04-03");
    EXPECT_EQ(decided("2026-04-06"), "RE-2 promised until 2026-04-06: RE-1 is promised by 2026-04-03");
    EXPECT_EQ(decided("2026-04-07"), "RE-1 RE-2 ");
}

TEST(Promise, is_looked_at_the_next_weekday) {
    const std::pair<const char*, const char*> cases[] = {{"2026-04-02", "2026-04-03"}, {"2026-04-03", "2026-04-06"}, {"2026-04-04", "2026-04-06"}, {"2026-04-05", "2026-04-06"}};
    for (const auto& [by, then] : cases) EXPECT_EQ(follow_up_of(day(by)), day(then)) << by;
}

}  // namespace
}  // namespace owed::collect
