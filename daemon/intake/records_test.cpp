// Sources that parse for themselves: records, postings, cursor and state of one commit together, or none of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "audit/test_people.hpp"
#include "collect/credit.hpp"
#include "intake/cursor.hpp"
#include "intake/fake_connector.hpp"
#include "owed/record_wire.hpp"

namespace owed::intake {
namespace {

using ledger::day;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;


/// Hands over pages of records, each with a commit of its own.
class Crm : public FakeConnector {
  public:
    struct Page {
        std::vector<Record> records;
        std::string cursor;
        std::map<std::string, std::string> state = {};
    };
    Crm() : FakeConnector{"crm"} {}
    std::vector<Page> pages;
    bool dies_before_the_last_commit = false;
    std::function<void()> before_the_last_commit;

    Status read(const ReadRequest& request, ReadTarget& target) override {
        cursor_seen = request.cursor;
        state_seen = request.state;
        for (const auto& page : pages) {
            wire::BatchBuilder batch;
            for (const auto& record : page.records) OWED_TRY_VOID(batch.add(record));
            if (!page.records.empty()) OWED_TRY_VOID(target.records(batch.finish()));
            if (dies_before_the_last_commit && &page == &pages.back()) return fail(Errc::plugin_crashed, "gone");
            if (before_the_last_commit && &page == &pages.back()) before_the_last_commit();
            OWED_TRY_VOID(target.commit(page.cursor, page.state));
        }
        return {};
    }
    std::map<std::string, std::string> state_seen;
};

Record contact_record(const std::string& number, const std::string& customer, const std::string& email) {
    Contact contact;
    contact.number = number;
    contact.customer = customer;
    contact.name = "Contact " + number;
    contact.email = email;
    return {contact, number, ""};
}
Record order_record(const std::string& number, const std::string& customer) {
    SalesOrder order;
    order.number = number;
    order.customer = customer;
    order.awaiting_authorisation = true;
    return {order, "801" + number, ""};
}

struct Records : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), cash::migrations(), collect::migrations(), migrations()}};
    Crm crm;

    Result<SyncSummary> sync() { return Intake{company.test.store(), company.context, {}, company.test.rng, company.test.log}.sync(crm); }
    std::vector<Artifact> all() {
        return company.in_db<std::vector<Artifact>>([](store::Db& db) { return artifacts(db); });
    }
    std::size_t orders() {
        return company.in_db<std::size_t>([](store::Db& db) { return collect::orders(db).size(); });
    }
    std::string contacts_of(const std::string& customer) {
        return company.in_db<std::string>([&](store::Db& db) {
            std::string text;
            if (const auto row = parties::find(db, "emea", customer))
                for (const auto& one : parties::contacts(db, row->id)) text += one.number + " " + one.email + ";";
            return text;
        });
    }
    void TearDown() override {
        EXPECT_THAT(company.differences(), IsEmpty());
        EXPECT_EQ(company.in_db<std::int64_t>([](store::Db& db) { return audit::verify(db).bad_seq; }), 0);
    }
};

TEST_F(Records, customers_contacts_and_orders_come_in_with_their_cursor) {
    crm.pages = {{{customer_record("C1", "Beispiel AG"), contact_record("003a", "C1", "ap@customer.example")}, "page 1", {{"seen", "1"}}},
                 {{order_record("O-1", "C1"), order_record("O-2", "C2")}, "page 2", {{"seen", "2"}, {"note", "x"}}}};
    const auto done = store::ok(sync());
    EXPECT_EQ(done.records, 4);
    EXPECT_EQ(done.artifacts, 2);
    EXPECT_EQ(contacts_of("C1"), "003a ap@customer.example;");
    EXPECT_EQ(orders(), 2u);
    ASSERT_EQ(all().size(), 2u);
    EXPECT_EQ(all()[0].format, "records");
    EXPECT_EQ(all()[0].applied, 2);

    crm.pages = {{{contact_record("003a", "C1", "new@customer.example")}, "page 3", {{"note", ""}}}};
    ASSERT_TRUE(sync());
    EXPECT_EQ(crm.cursor_seen, "page 2");
    EXPECT_EQ(crm.state_seen.at("seen"), "2");
    EXPECT_EQ(contacts_of("C1"), "003a new@customer.example;");
    crm.pages.clear();
    ASSERT_TRUE(sync());
    EXPECT_EQ(crm.cursor_seen, "page 3");
    EXPECT_FALSE(crm.state_seen.contains("note"));  // an empty value removes
}

TEST_F(Records, what_was_not_committed_is_forgotten_and_comes_again) {
    crm.pages = {{{order_record("O-1", "C1")}, "page 1"}, {{order_record("O-2", "C1")}, "page 2"}};
    crm.dies_before_the_last_commit = true;
    EXPECT_FALSE(sync());
    EXPECT_EQ(orders(), 1u);
    crm.dies_before_the_last_commit = false;
    crm.pages.erase(crm.pages.begin());
    ASSERT_TRUE(sync());
    EXPECT_EQ(crm.cursor_seen, "page 1");
    EXPECT_EQ(orders(), 2u);
}

TEST_F(Records, a_page_that_overlaps_the_last_adds_nothing) {
    crm.pages = {{{order_record("O-1", "C1"), order_record("O-2", "C1")}, "page 1"}};
    ASSERT_TRUE(sync());
    ASSERT_EQ(store::ok(sync()).duplicates, 1);  // same cursor, same bytes
    crm.pages[0].cursor = "page 2";
    ASSERT_TRUE(sync());
    EXPECT_EQ(orders(), 2u);
    EXPECT_EQ(all().back().duplicates, 2);
}

TEST_F(Records, back_to_what_it_was_before_is_a_change_too) {
    auto held = order_record("O-1", "C1");
    std::get<SalesOrder>(held.body).status = "On Hold";
    auto free = order_record("O-1", "C1");
    std::get<SalesOrder>(free.body).status = "Draft";
    for (const auto& [record, cursor] : {std::pair{free, "1"}, {held, "2"}, {free, "3"}}) {
        crm.pages = {{{record}, cursor}};
        ASSERT_TRUE(sync());
    }
    const auto status = company.in_db<std::string>([](store::Db& db) { return collect::orders(db).at(0).status; });
    EXPECT_EQ(status, "Draft");
}

TEST_F(Records, a_reset_lets_everything_be_read_again_and_nothing_be_applied_again) {
    const auto reset = [&](const std::optional<std::string>& to, const std::string& why) {
        Result<std::string> was = std::string{};
        const auto done = company.test.store().write([&](store::Tx& tx) -> Status {
            OWED_TRY(was, reset_cursor(tx, company.test.clock, anna, "crm", to, why));
            return {};
        });
        return done ? *was : to_text(done.error());
    };
    EXPECT_THAT(reset({}, "again"), HasSubstr("nothing was read from it yet"));
    const std::vector<Crm::Page> pages{{{customer_record("C1", "Beispiel AG"), order_record("1", "C1")}, "7", {{"etag", "a"}}}, {{order_record("2", "C1")}, "8"}};
    crm.pages = pages;
    ASSERT_TRUE(sync());
    const auto first = orders();
    EXPECT_EQ(first, 2U);
    EXPECT_THAT(reset({}, ""), HasSubstr("say why"));

    EXPECT_EQ(reset({}, "the export was wrong"), "8");
    auto again = sync();
    ASSERT_TRUE(again);
    EXPECT_EQ(crm.cursor_seen, "");
    EXPECT_THAT(crm.state_seen, IsEmpty()) << "or its plugin would still know what it had";
    EXPECT_EQ(again->duplicates, 2);
    EXPECT_EQ(again->artifacts, 0) << "the same pages are known already";

    EXPECT_EQ(reset({"7"}, "the second page"), "8");
    crm.pages = {{{customer_record("C1", "Beispiel AG"), order_record("1", "C1"), order_record("2", "C1")}, "8"}};   // cut in another way
    again = sync();
    ASSERT_TRUE(again);
    EXPECT_EQ(crm.cursor_seen, "7");
    EXPECT_EQ(crm.state_seen.at("etag"), "a") << "a chosen cursor goes with what is kept beside it";
    EXPECT_EQ(again->artifacts, 1);
    EXPECT_EQ(all().back().applied, 0) << "each record is known already";
    EXPECT_EQ(all().back().duplicates, 3);
    EXPECT_EQ(orders(), first);

    const auto acts = company.in_db<std::vector<audit::Listed>>([](store::Db& db) { return audit::list(db, {}, 100); });
    std::vector<std::string> reasons;
    for (const auto& one : acts)
        if (one.act.action == "connector.reset") reasons.push_back(one.act.actor.id + ": " + one.act.reason);
    EXPECT_THAT(reasons, ElementsAre("anna: the export was wrong (from \"8\" to the beginning, without what its plugin had kept)", "anna: the second page (from \"8\" to \"7\")"));
}

TEST_F(Records, a_sync_that_began_before_a_reset_puts_nothing_over_the_persons_cursor) {
    const auto reset = [&](const std::optional<std::string>& to) {
        company.test.write([&](store::Tx& tx) -> Status {
            OWED_TRY([[maybe_unused]] const auto was, reset_cursor(tx, company.test.clock, anna, "crm", to, "the export was wrong"));
            return {};
        });
    };
    const auto stored = [&] {
        return company.in_db<std::string>([](store::Db& db) {
            auto query = db.query("SELECT cursor || ' ' || (SELECT count(*) FROM connector_state) || ' ' || (SELECT count(*) FROM artifact) FROM connector_cursor");
            query.step();
            return query.text(0);
        });
    };
    crm.pages = {{{order_record("O-1", "C1")}, "page 1", {{"etag", "a"}}}};
    ASSERT_TRUE(sync());

    crm.pages = {{{order_record("O-2", "C1")}, "page 2"}, {{order_record("O-3", "C1")}, "page 3", {{"etag", "b"}}}};
    crm.before_the_last_commit = [&] { reset({}); };
    auto done = sync();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::transient) << "it is tried again";
    EXPECT_THAT(done.error().what, HasSubstr("the cursor of connector crm was set by a person meanwhile"));
    EXPECT_EQ(stored(), " 0 2") << "the beginning, without state, and the second page's records did not come";
    EXPECT_EQ(orders(), 2u);
    EXPECT_THAT(company.in_db<std::string>([](store::Db& db) { return counts(db, "crm").last_error; }), HasSubstr("set by a person"));

    // Also where the person's cursor is the one that the sync had begun with, and where nothing but the cursor moves.
    crm.pages = {{{}, "page 4"}};
    EXPECT_FALSE(sync());
    EXPECT_EQ(stored(), " 0 2");
    crm.before_the_last_commit = [&] { reset({"page 9"}); };
    EXPECT_FALSE(sync());
    EXPECT_EQ(stored(), "page 9 0 2");

    crm.before_the_last_commit = {};
    crm.pages = {{{order_record("O-3", "C1")}, "page 10"}};
    ASSERT_TRUE(sync());
    EXPECT_EQ(crm.cursor_seen, "page 9");
    EXPECT_EQ(stored(), "page 10 0 3");
    EXPECT_EQ(orders(), 3u);
}

TEST_F(Records, a_record_that_does_not_fit_is_rejected_and_the_rest_is_taken) {
    auto bad = order_record("O-9", "");
    bad.where = "Order 801x";
    AccountStatus outward;
    outward.customer = "C1";
    crm.pages = {{{order_record("O-1", "C1"), bad, {outward, "C1", "status"}}, "page 1"}};
    const auto done = store::ok(sync());
    EXPECT_EQ(done.rejected_rows, 2);
    EXPECT_EQ(orders(), 1u);
    EXPECT_EQ(all()[0].verdict, "warn");
    const auto rejected = company.in_db<std::vector<Reject>>([](store::Db& db) { return rejects(db); });
    ASSERT_EQ(rejected.size(), 2u);
    EXPECT_EQ(rejected[0].where, "Order 801x");
    EXPECT_THAT(rejected[0].what, HasSubstr("names no customer"));
    EXPECT_THAT(rejected[1].what, HasSubstr("go out to other systems"));
}

TEST_F(Records, a_page_of_records_can_be_replayed_from_what_was_kept) {
    crm.pages = {{{order_record("O-1", "C1")}, "page 1"}};
    ASSERT_TRUE(sync());
    const auto before = crm.decoded.size();
    ASSERT_TRUE((Intake{company.test.store(), company.context, {}, company.test.rng, company.test.log}.replay(crm, all()[0].id, anna)));
    EXPECT_EQ(crm.decoded.size(), before);  // no codec is asked: the records are in our own form
    EXPECT_EQ(all()[0].duplicates, 1);
    EXPECT_EQ(orders(), 1u);
}

TEST_F(Records, card_numbers_are_truncated_before_anything_is_kept) {
    auto order = order_record("O-1", "C1");
    std::get<SalesOrder>(order.body).text = "paid by 4111 1111 1111 1111 at the desk";
    std::get<SalesOrder>(order.body).status = "card 4111111111111111";
    crm.pages = {{{order}, "page 1"}};
    ASSERT_TRUE(sync());
    EXPECT_EQ(company.in_db<std::string>([](store::Db& db) { return collect::orders(db).at(0).status; }), "card 411111******1111");
    const auto kept = company.in_db<std::string>([](store::Db& db) {
        auto query = db.query("SELECT bytes FROM artifact");
        query.step();
        return query.blob(0);
    });
    EXPECT_EQ(kept.find("4111111111111111"), std::string::npos);
    EXPECT_EQ(kept.find("4111 1111 1111 1111"), std::string::npos);
}

TEST_F(Records, a_statement_that_is_not_ours_is_quarantined_and_the_cursor_goes_on) {
    auto foreign = statement_of("1", "2026-03-30", "2026-03-30", "0.00 EUR", {bank_line("2026-03-30", "50.00 EUR")});
    foreign.account.iban = "DE00000000000000000000";
    crm.pages = {{{statement_record(foreign)}, "page 1"}};
    EXPECT_EQ(store::ok(sync()).quarantined, 1);
    EXPECT_EQ(all()[0].state, "quarantined");
    crm.pages.clear();
    ASSERT_TRUE(sync());
    EXPECT_EQ(crm.cursor_seen, "page 1");
}

}  // namespace
}  // namespace owed::intake
