#include "jobs/jobs.hpp"
#include "audit/test_people.hpp"
#include "jobs/writeback.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/test_company.hpp"

namespace owed::jobs {
namespace {

using ledger::day;
using ledger::money;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;


/// Keeps what it is told under its key, and answers as `answers` says: "sent" when it says nothing.
class FakeSink : public Connector {
  public:
    explicit FakeSink(std::string entity) : entity_{std::move(entity)} {}
    std::map<std::string, Record> there;
    std::map<std::string, SendState> answers;
    std::vector<std::size_t> batches;
    bool down = false;
    std::function<void()> meanwhile = [] {};

    const std::string& name() const override { return name_; }
    const std::string& entity() const override { return entity_; }
    bool has(std::string_view kind) const override { return kind == "sink"; }
    Status check() override { return {}; }
    Status read(const ReadRequest&, ReadTarget&) override { return fail(Errc::unsupported, "no source"); }
    Result<DecodeReport> decode(std::string_view, std::string_view, std::string_view, std::string_view, RecordSink&) override {
        return fail(Errc::unsupported, "no codec");
    }
    Result<SendReceipt> send(const Delivery&) override { return fail(Errc::unsupported, "no sender"); }
    Result<std::optional<SendReceipt>> lookup(std::string_view) override { return std::optional<SendReceipt>{}; }
    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override {
        if (down) return fail(Errc::transient, "the other system is down");
        batches.push_back(records.size());
        std::exchange(meanwhile, [] {})();
        std::vector<WriteResult> results;
        for (const auto& record : records) {
            const auto at = answers.find(record.external_id);
            const auto state = at == answers.end() ? SendState::sent : at->second;
            if (state == SendState::sent || state == SendState::unknown) there[record.external_id] = record;
            results.push_back({static_cast<std::uint32_t>(results.size()), state, "id", state == SendState::refused ? "no such account" : "", "", false});
        }
        return results;
    }
    InstanceReport report() const override { return {}; }
    AccountStatus status(const std::string& key) const { return std::get<AccountStatus>(there.at(key).body); }

  private:
    std::string name_ = "crm", entity_;
};

struct WriteBack : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), cash::migrations(), collect::migrations(), notify::migrations()}};
    FakeSink crm{"emea"};
    collect::CreditPolicy policy;

    WriteBack() { company.test.clock.set("2026-04-10T10:00:00Z"); }

    CustomerId customer(const std::string& number, const std::string& name) {
        Customer made;
        made.number = number;
        made.name = name;
        return company.in_tx<std::pair<CustomerId, parties::Upserted>>([&](store::Tx& tx) { return parties::upsert(tx, company.test.clock, "emea", made); })->first;
    }
    void invoice(CustomerId owner, const std::string& number, std::string_view gross, std::string_view due) {
        ledger::PostDocument posting{.entity = "emea", .customer = owner, .kind = ledger::ItemKind::invoice, .document = number,
                                     .document_date = day("2026-01-02"), .due_date = day(due), .posting_date = day("2026-01-02"), .amount = money(gross),
                                     .tax = {}, .open = {}, .functional = {}, .opening = false, .payment_reference = {}, .order = {},
                                     .cause = {"test", number}, .reason = "invoice", .event_key = company.next_event()};
        ASSERT_TRUE(company.test.store().write([&](store::Tx& tx) -> Status {
            OWED_TRY([[maybe_unused]] auto posted, ledger::post_document(tx, company.context, posting));
            return {};
        }));
    }
    void order(const std::string& number, const std::string& owner) {
        SalesOrder made;
        made.number = number;
        made.customer = owner;
        made.awaiting_authorisation = true;
        ASSERT_TRUE(company.in_tx<parties::Upserted>([&](store::Tx& tx) {
            return collect::take_order(tx, company.test.clock, "crm", "emea", made, "801" + number);
        }));
    }
    WritebackSummary run() { return store::ok(write_back(company.test.store(), company.context, policy, crm)); }
    void later(int minutes) { company.test.clock.pass_seconds(minutes * 60); }
};

TEST_F(WriteBack, balance_overdue_oldest_and_hold_of_each_customer) {
    const auto a = customer("C1", "Beispiel AG");
    customer("C2", "Ohne Posten GmbH");
    invoice(a, "INV-1", "119.00 EUR", "2026-03-01");
    invoice(a, "INV-2", "50.00 EUR", "2026-05-01");
    policy.hold_overdue_days = 30;
    const auto done = run();
    EXPECT_EQ(done.sent, 2);
    const auto status = crm.status("C1");
    EXPECT_EQ(to_text(*status.balance), "169.00");
    EXPECT_EQ(to_text(*status.overdue), "119.00");
    EXPECT_EQ(status.oldest_days, 40);
    EXPECT_EQ(status.dunning_level, 0);
    EXPECT_TRUE(status.hold);
    EXPECT_THAT(status.hold_reason, HasSubstr("40 days past due"));
    EXPECT_EQ(status.as_of, day("2026-04-10"));
    EXPECT_EQ(to_text(*crm.status("C2").balance), "0.00");
    EXPECT_FALSE(crm.status("C2").hold);
}

TEST_F(WriteBack, only_what_changed_is_written_again) {
    const auto a = customer("C1", "Beispiel AG");
    customer("C2", "Andere AG");
    invoice(a, "INV-1", "119.00 EUR", "2026-05-01");
    EXPECT_EQ(run().sent, 2);
    EXPECT_EQ(run().sent, 0);
    later(24 * 60);  // another day, and nothing else: nobody is written for the date alone
    EXPECT_EQ(run().sent, 0);
    invoice(a, "INV-2", "1.00 EUR", "2026-05-01");
    const auto done = run();
    EXPECT_EQ(done.wanted, 1);
    EXPECT_EQ(done.sent, 1);
    EXPECT_EQ(to_text(*crm.status("C1").balance), "120.00");
}

TEST_F(WriteBack, batches_of_two_hundred) {
    for (int i = 0; i < 450; ++i) customer("C" + std::to_string(i), "Name " + std::to_string(i));
    EXPECT_EQ(run().sent, 450);
    EXPECT_THAT(crm.batches, ElementsAre(200u, 200u, 50u));
}

TEST_F(WriteBack, one_refused_and_one_unknown_do_not_stop_the_rest) {
    for (const char* number : {"C1", "C2", "C3"}) customer(number, number);
    crm.answers = {{"C1", SendState::refused}, {"C2", SendState::unknown}};
    auto done = run();
    EXPECT_EQ(done.sent, 1);
    EXPECT_EQ(done.refused, 1);
    EXPECT_EQ(done.unknown, 1);
    EXPECT_EQ(run().refused + run().unknown, 0);  // not before its time
    later(2);
    crm.answers.clear();
    done = run();
    EXPECT_EQ(done.sent, 1);  // the unknown one; the refused one waits for a change
    EXPECT_EQ(crm.there.count("C1"), 0u);
}

TEST_F(WriteBack, when_the_other_side_is_down_everything_waits) {
    customer("C1", "Beispiel AG");
    crm.down = true;
    EXPECT_EQ(write_back(company.test.store(), company.context, policy, crm).error().code, Errc::transient);
    crm.down = false;
    EXPECT_EQ(run().sent, 1);
}

TEST_F(WriteBack, an_invoice_that_comes_while_the_status_is_on_its_way_is_written_next) {
    const auto a = customer("C1", "Beispiel AG");
    crm.meanwhile = [&] {
        invoice(a, "INV-1", "10.00 EUR", "2026-05-01");
        ASSERT_TRUE(company.test.store().write([&](store::Tx& tx) -> Status {  // another run decides meanwhile
            const auto* entity = *company.books.entity("emea");
            auto composed = account_statuses(tx, company.context, policy, *entity).at(0);
            OWED_TRY([[maybe_unused]] auto differs, notify::want(tx, company.test.clock, {"crm", "emea", {composed.status, "C1", {}}, std::string(64, 'a')}));
            return {};
        }));
    };
    run();
    EXPECT_EQ(to_text(*crm.status("C1").balance), "10.00");
}

TEST_F(WriteBack, orders_are_held_with_their_customer_and_released_by_a_person) {
    const auto a = customer("C1", "Beispiel AG");
    customer("C2", "Andere AG");
    invoice(a, "INV-1", "119.00 EUR", "2026-03-01");
    order("O-1", "C1");
    order("O-2", "C2");
    policy.hold_overdue_days = 30;
    run();
    EXPECT_TRUE(std::get<OrderHold>(crm.there.at("801O-1").body).hold);
    EXPECT_THAT(std::get<OrderHold>(crm.there.at("801O-1").body).reason, HasSubstr("40 days past due"));
    EXPECT_FALSE(std::get<OrderHold>(crm.there.at("801O-2").body).hold);

    ASSERT_TRUE(company.test.store().write([&](store::Tx& tx) {
        return collect::decide_order(tx, company.test.clock, anna, collect::orders(tx).at(0).id, false, "payment announced", day("2026-04-12"), day("2026-04-10"));
    }));
    run();
    EXPECT_FALSE(std::get<OrderHold>(crm.there.at("801O-1").body).hold);
    later(3 * 24 * 60);  // the release lapsed
    run();
    EXPECT_TRUE(std::get<OrderHold>(crm.there.at("801O-1").body).hold);
}

TEST_F(WriteBack, a_customer_who_owes_in_two_currencies_is_told_so) {
    const auto a = customer("C1", "Beispiel AG");
    invoice(a, "INV-1", "119.00 EUR", "2026-05-01");
    ledger::PostDocument foreign{.entity = "emea", .customer = a, .kind = ledger::ItemKind::invoice, .document = "INV-2", .document_date = day("2026-01-02"),
                                 .due_date = day("2026-05-01"), .posting_date = day("2026-01-02"), .amount = money("7.00 USD"), .tax = {}, .open = {},
                                 .functional = money("6.00 EUR"), .opening = false, .payment_reference = {}, .order = {}, .cause = {"test", "INV-2"},
                                 .reason = "invoice", .event_key = company.next_event()};
    ASSERT_TRUE(company.test.store().write([&](store::Tx& tx) -> Status {
        OWED_TRY([[maybe_unused]] auto posted, ledger::post_document(tx, company.context, foreign));
        return {};
    }));
    run();
    EXPECT_EQ(to_text(*crm.status("C1").balance), "119.00");
    EXPECT_THAT(crm.status("C1").hold_reason, HasSubstr("owes in EUR, USD, figures in EUR only"));
}

TEST_F(WriteBack, a_sink_of_every_entity_is_told_which) {
    FakeSink all{""};
    customer("C1", "Beispiel AG");
    ASSERT_TRUE(write_back(company.test.store(), company.context, policy, all));
    EXPECT_EQ(all.there.count("emea/C1"), 1u);
}

}  // namespace
}  // namespace owed::jobs
