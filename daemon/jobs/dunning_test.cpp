#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "audit/test_people.hpp"
#include "jobs/jobs.hpp"
#include "ledger/test_company.hpp"
#include "render/sample_test.hpp"

namespace owed::jobs {
namespace {

using ledger::day;
using ledger::money;
using ledger::refusal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;


struct Stopped {};  // the process dies here

/// Sends by one channel what it is told to answer; "sent" when it is told nothing.
class FakeSender : public Connector {
  public:
    explicit FakeSender(std::string channel) : channel_{std::move(channel)} {}
    std::vector<Delivery> sent;
    std::deque<Result<SendReceipt>> answers;
    std::map<std::string, SendReceipt> knows;   ///< by key, for lookup
    bool dies = false;

    const std::string& name() const override { return channel_; }
    const std::string& entity() const override { return none_; }
    bool has(std::string_view kind) const override { return kind == "sender"; }
    Status check() override { return {}; }
    Status read(const ReadRequest&, ReadTarget&) override { return fail(Errc::unsupported, "no source"); }
    Result<DecodeReport> decode(std::string_view, std::string_view, std::string_view, std::string_view, RecordSink&) override {
        return fail(Errc::unsupported, "no codec");
    }
    Result<SendReceipt> send(const Delivery& delivery) override {
        sent.push_back(delivery);
        if (dies) throw Stopped{};
        if (answers.empty()) return SendReceipt{SendState::sent, "id-1", "accepted", 0};
        auto answer = answers.front();
        answers.pop_front();
        return answer;
    }
    Result<std::optional<SendReceipt>> lookup(std::string_view key) override {
        const auto at = knows.find(std::string{key});
        if (at == knows.end()) return std::optional<SendReceipt>{};
        return std::optional{at->second};
    }
    InstanceReport report() const override { return {}; }

  private:
    std::string channel_, none_;
};

class FakeHosts : public Hosts {
  public:
    FakeSender email{"email"}, letter{"letter"}, agency{"agency"};
    std::vector<Connector*> connectors() override { return {&email, &letter, &agency}; }
    Connector* find(std::string_view name) override { return sender_for(name); }
    Connector* sender_for(std::string_view channel) override {
        for (auto* one : connectors())
            if (one->name() == channel) return one;
        return nullptr;
    }
};

collect::Policy standard() {
    collect::Policy policy;
    policy.name = "standard";
    policy.segments = {"*"};
    policy.min_gap_days = 7;
    policy.levels = {{1, 3, collect::Channel::email, "reminder-1", {}, 10},
                     {2, 14, collect::Channel::email, "reminder-2", {}, 10},
                     {3, 30, collect::Channel::letter, "reminder-3", {{"EUR", money("5.00 EUR")}}, 7},
                     {4, 45, collect::Channel::agency, "", {}, 0}};
    policy.content_hash = std::string(64, 'a');
    return policy;
}

struct DunningTest : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), cash::migrations(), collect::migrations(),
                             notify::migrations(), migrations()}};
    FakeHosts hosts;
    std::vector<collect::Policy> policies{standard()};
    std::map<std::string, Letterhead> letterheads;
    std::optional<Date> bank_day;
    DunningSetup setup{company.context, hosts, company.test.log, policies, render::shipped(), letterheads,
                       [this](store::Db&, std::string_view) { return bank_day; }};
    const Date today = day("2026-03-31");  // a Tuesday

    DunningTest() {
        pay_to_account("Nordwind Maschinenbau GmbH");
        auto& head = letterheads["emea"];
        head.creditor = render::sample_facts().creditor;
        head.place = "Hamburg";
        head.language = "de";
        head.from = "Debitoren <ar@nordwind.example>";
        approve_policy();
        register_pay_to();
    }
    void pay_to_account(const std::string& holder) {
        auto entities = ledger::test_books().entities();
        auto accounts = ledger::test_books().bank_accounts();
        accounts[0].bank = "COBADEFFXXX";
        accounts[0].holder = holder;
        accounts[0].pay_to = true;
        company.books = *ledger::Books::make(std::move(entities), std::move(accounts));
    }
    parties::PayTo configured() const {
        const auto& account = company.books.bank_accounts()[0];
        return {"emea", account.iban, account.number, account.bank, account.bank_name, account.holder, "EUR"};
    }
    void register_pay_to() {
        company.test.write([&](store::Tx& tx) -> Status {
            OWED_TRY([[maybe_unused]] auto state, parties::register_pay_to(tx, company.test.clock, configured()));
            return {};
        });
    }
    void approve_policy() {
        company.test.write([&](store::Tx& tx) -> Status {
            OWED_TRY([[maybe_unused]] auto id, audit::approve(tx, company.test.clock, boris, "anna", "policy", "standard", policies[0].content_hash));
            return {};
        });
    }

    CustomerId customer(const std::string& number, std::string email = "buchhaltung@kunde.example") {
        return store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer who;
            who.number = number;
            who.name = "Kunde " + number + " GmbH";
            who.email = std::move(email);
            who.language = "de";
            who.address = {{"Am Alten Markt 7"}, "80331", "München", {}, "DE"};
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, "emea", who));
            return done.first;
        }));
    }
    /// An invoice that is so many days late on `today`, with the level it had at cut-over.
    OpenItemId invoice(CustomerId who, const std::string& number, int days_late, std::string_view amount = "119.00 EUR", int level = 0) {
        auto document = company.invoice(number, amount, to_text(today.plus_days(-days_late - 30)));
        document.customer = who;
        const auto item = store::ok(company.post(document)).item;
        if (level > 0)
            company.test.write([&](store::Tx& tx) { return collect::set_cutover_level(tx, item, level, today.plus_days(-20)); });
        return item;
    }
    /// Money that pays the item in full.
    void pay(CustomerId who, OpenItemId item, std::string_view date = "2026-03-31") {
        const auto open = company.item(item).residual;
        const auto amount = to_text(open) + " EUR";
        const auto receipt = store::ok(company.post(company.receipt(amount, date, who))).item;
        store::ok(company.apply(company.application(receipt, item, amount, date)));
    }
    DunningOutcome run(std::string_view date = "2026-03-31", const audit::Actor& by = dunning_job) {
        return store::ok(run_dunning(company.test.store(), setup, "emea", day(date), by));
    }
    std::vector<notify::Notice> notices() {
        return company.in_db<std::vector<notify::Notice>>([](store::Db& db) { return notify::notices(db, {}); });
    }
    std::string states() {
        std::string text;
        for (const auto& one : notices()) text += (text.empty() ? "" : " ") + std::string{name_of(one.state)};
        return text;
    }
    int level(OpenItemId item) {
        const auto levels = company.in_db<std::map<std::int64_t, collect::ItemDunning>>([](store::Db& db) { return collect::item_levels(db); });
        const auto at = levels.find(item.value);
        return at == levels.end() ? 0 : at->second.level;
    }
    void outbox() { store::ok(run_outbox(company.test.store(), setup)); }
    std::string resolve(NoticeId notice, bool sent) {
        return refusal(resolve_notice(company.test.store(), setup, anna, notice, sent, "asked the customer"));
    }
    void TearDown() override {
        EXPECT_THAT(company.differences(), IsEmpty());
        EXPECT_EQ(company.in_db<std::int64_t>([](store::Db& db) { return audit::verify(db).bad_seq; }), 0);
        // Whatever happened: one notice, one key; nothing was ever sent under two (I22, I23).
        std::map<std::string, int> keys;
        for (const auto* sender : {&hosts.email, &hosts.letter, &hosts.agency})
            for (const auto& delivery : sender->sent) ++keys[delivery.key];
        EXPECT_EQ(keys.size(), notices().size());
    }
};

TEST_F(DunningTest, one_notice_a_customer_and_the_same_date_again_sends_nothing) {
    const auto one = customer("10001"), two = customer("10002");
    const auto a = invoice(one, "RE-1", 11), b = invoice(one, "RE-2", 5), c = invoice(two, "RE-3", 8), young = invoice(two, "RE-4", 2);
    const auto done = run();
    EXPECT_EQ(done.sent, 2);
    EXPECT_THAT(done.problems, IsEmpty());
    EXPECT_EQ(done.run.state, "done");
    EXPECT_EQ(done.run.notices, 2);
    ASSERT_EQ(hosts.email.sent.size(), 2U);
    EXPECT_THAT(hosts.email.sent[0].recipients, ElementsAre("buchhaltung@kunde.example"));
    EXPECT_EQ(hosts.email.sent[0].sender_address, "ar@nordwind.example");
    const auto all = notices();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].items.size(), 2U);
    EXPECT_EQ(all[0].total, money("238.00 EUR"));
    EXPECT_EQ(all[0].language, "de");
    EXPECT_EQ(all[0].key, "dun/emea/10001/2026-03-31");
    EXPECT_TRUE(all[0].sent_at);
    EXPECT_EQ(level(a), 1);
    EXPECT_EQ(level(b), 1);
    EXPECT_EQ(level(c), 1);
    EXPECT_EQ(level(young), 0);

    EXPECT_TRUE(run().repeated);
    EXPECT_EQ(hosts.email.sent.size(), 2U);
    EXPECT_EQ(run("2026-04-01").sent, 0);  // the gap of seven days, and RE-4 waits with the rest
    EXPECT_EQ(hosts.email.sent.size(), 2U);
    EXPECT_EQ(run("2026-04-07").sent, 2);
}

TEST_F(DunningTest, the_archived_bytes_are_the_sent_bytes) {
    invoice(customer("10001"), "RE-1", 11);
    run();
    const auto archived = company.in_db<std::optional<Delivery>>([&](store::Db& db) { return notify::archived(db, notices()[0].id); });
    ASSERT_TRUE(archived);
    EXPECT_EQ(archived->message, hosts.email.sent.at(0).message);
    EXPECT_EQ(archived->key, hosts.email.sent[0].key);
    EXPECT_THAT(archived->message, HasSubstr(notices()[0].message_id));
}

TEST_F(DunningTest, who_pays_between_decision_and_reservation_gets_nothing) {
    const auto one = customer("10001"), two = customer("10002");
    invoice(one, "RE-1", 11);
    const auto late = invoice(two, "RE-2", 11);
    EXPECT_EQ(store::ok(preview_dunning(company.test.store(), setup, "emea", today)).size(), 2U);
    // The payment of the second comes in while the notice to the first is on its way.
    struct PayingSender : FakeSender {
        using FakeSender::FakeSender;
        std::function<void()> meanwhile;
        Result<SendReceipt> send(const Delivery& delivery) override {
            if (meanwhile) std::exchange(meanwhile, {})();
            return FakeSender::send(delivery);
        }
    };
    struct PayingHosts : FakeHosts {
        PayingSender paying{"email"};
        Connector* sender_for(std::string_view channel) override { return channel == "email" ? &paying : FakeHosts::sender_for(channel); }
    } paying;
    paying.paying.meanwhile = [&] { pay(two, late); };
    DunningSetup racing{company.context, paying, company.test.log, policies, render::shipped(), letterheads, setup.last_bank_day};
    const auto done = store::ok(run_dunning(company.test.store(), racing, "emea", today, dunning_job));
    EXPECT_EQ(done.sent, 1);
    EXPECT_EQ(done.changed, 1);
    EXPECT_EQ(paying.paying.sent.size(), 1U);
    hosts.email.sent = paying.paying.sent;  // for the check at the end
}

TEST_F(DunningTest, a_missed_run_does_not_chase_for_what_was_paid_since) {
    const auto who = customer("10001");
    const auto item = invoice(who, "RE-1", 11);
    pay(who, item, "2026-03-31");
    EXPECT_EQ(run("2026-03-30").sent, 0);
    const auto other = customer("10002");
    invoice(other, "RE-2", 11);
    store::ok(company.post(company.receipt("119.00 EUR", "2026-03-31", other)));  // not applied yet
    EXPECT_EQ(run("2026-03-27").sent, 0);
}

TEST_F(DunningTest, a_refused_notice_gives_its_fee_back_and_raises_no_level) {
    const auto item = invoice(customer("10001"), "RE-1", 31, "119.00 EUR", 2);
    hosts.letter.answers = {SendReceipt{SendState::refused, "", "no such address", 0}};
    const auto done = run();
    EXPECT_EQ(done.refused, 1);
    EXPECT_EQ(states(), "refused");
    EXPECT_EQ(notices()[0].total, money("124.00 EUR"));
    ASSERT_TRUE(notices()[0].fee_item);
    EXPECT_EQ(company.residual(*notices()[0].fee_item), "0.00");
    EXPECT_EQ(level(item), 2);
    // The customer is free for the next run, which charges the fee once more.
    EXPECT_EQ(run("2026-04-01").sent, 1);
    EXPECT_EQ(level(item), 3);
    EXPECT_EQ(company.residual(*notices()[1].fee_item), "5.00");
}

TEST_F(DunningTest, a_refused_notice_is_not_written_again_when_the_run_goes_on) {
    invoice(customer("10001"), "RE-1", 11);
    hosts.email.answers = {SendReceipt{SendState::refused, "", "mailbox unknown", 0}};
    // A second customer whose notice cannot be written keeps the run open.
    const auto mute = customer("10002", "not an address\r\nBcc: somebody@else.example");
    invoice(mute, "RE-2", 11);
    auto done = run();
    EXPECT_EQ(done.refused, 1);
    EXPECT_EQ(done.problems.size(), 1U);
    EXPECT_EQ(done.run.state, "approved");
    EXPECT_THAT(done.run.reason, HasSubstr("1 could not be written"));
    company.test.write([&](store::Tx& tx) { return parties::set(tx, company.test.clock, company.test.rng, anna, mute, "email", "ar@kunde.example"); });
    done = run();
    EXPECT_EQ(done.sent, 1);
    EXPECT_EQ(done.run.state, "done");
    EXPECT_EQ(states(), "refused sent");
}

TEST_F(DunningTest, an_unknown_outcome_blocks_further_notices_until_a_person_resolves_it) {
    const auto item = invoice(customer("10001"), "RE-1", 11);
    hosts.email.answers = {fail(Errc::timed_out, "no answer to the final dot")};
    EXPECT_EQ(run().unknown, 1);
    EXPECT_EQ(level(item), 0);
    outbox();
    outbox();
    const auto later = run("2026-04-10");
    EXPECT_EQ(later.sent, 0);
    EXPECT_EQ(later.decisions.at(0).stops.at(0).stop, "notice_under_way");
    EXPECT_EQ(hosts.email.sent.size(), 1U);

    EXPECT_EQ(resolve(notices()[0].id, true), "no error");
    EXPECT_EQ(states(), "sent");
    EXPECT_EQ(level(item), 1);
    EXPECT_EQ(resolve(notices()[0].id, true), "refused");
    EXPECT_EQ(run("2026-04-13").sent, 1);
}

TEST_F(DunningTest, resolved_as_not_sent_goes_out_again_under_the_same_key) {
    const auto item = invoice(customer("10001"), "RE-1", 11);
    hosts.email.answers = {fail(Errc::plugin_crashed, "the child died after the data")};
    run();
    EXPECT_EQ(states(), "unknown");
    EXPECT_EQ(resolve(notices()[0].id, false), "no error");
    EXPECT_EQ(states(), "retry");
    outbox();
    EXPECT_EQ(states(), "sent");
    EXPECT_EQ(level(item), 1);
    ASSERT_EQ(hosts.email.sent.size(), 2U);
    EXPECT_EQ(hosts.email.sent[0].key, hosts.email.sent[1].key);
    EXPECT_EQ(hosts.email.sent[0].message, hosts.email.sent[1].message);
    EXPECT_EQ(notices()[0].attempts, 2);
}

TEST_F(DunningTest, a_lookup_settles_an_unknown_outcome) {
    const auto a = invoice(customer("10001"), "RE-1", 11), b = invoice(customer("10002"), "RE-2", 31, "50.00 EUR", 2);
    const auto unsure = [] { return fail(Errc::unknown_outcome, "connection lost"); };
    hosts.email.answers = {unsure()};
    hosts.letter.answers = {unsure()};
    EXPECT_EQ(run().unknown, 2);
    hosts.email.knows[hosts.email.sent[0].key] = {SendState::sent, "queue-7", "queued at noon", 0};
    hosts.letter.knows[hosts.letter.sent[0].key] = {SendState::refused, "", "the printer refused it", 0};
    outbox();
    EXPECT_EQ(states(), "sent refused");
    EXPECT_EQ(level(a), 1);
    EXPECT_EQ(level(b), 2);
    EXPECT_EQ(company.residual(*notices()[1].fee_item), "0.00");
    EXPECT_EQ(hosts.email.sent.size() + hosts.letter.sent.size(), 2U);  // nothing was sent again
}

TEST_F(DunningTest, retries_wait_and_count) {
    const auto item = invoice(customer("10001"), "RE-1", 11);
    hosts.email.answers = {SendReceipt{SendState::retry, "", "try later", 600'000}, fail(Errc::transient, "connection refused")};
    EXPECT_EQ(run().retry, 1);
    company.test.clock.pass_seconds(599);
    outbox();
    EXPECT_EQ(hosts.email.sent.size(), 1U);
    company.test.clock.pass_seconds(1);
    outbox();
    EXPECT_EQ(states(), "retry");
    EXPECT_EQ(hosts.email.sent.size(), 2U);
    company.test.clock.pass_seconds(24 * 3600);
    outbox();
    EXPECT_EQ(states(), "sent");
    EXPECT_EQ(notices()[0].attempts, 3);
    EXPECT_EQ(level(item), 1);
    // The gap counts from the day it went out, 1 April.
    EXPECT_EQ(run("2026-04-07").sent, 0);
    EXPECT_EQ(run("2026-04-08").sent, 1);
}

TEST_F(DunningTest, what_was_paid_while_it_waited_is_withdrawn) {
    const auto one = customer("10001"), two = customer("10002");
    const auto paid = invoice(one, "RE-1", 31, "119.00 EUR", 2);
    invoice(two, "RE-2", 11);
    hosts.letter.answers = {SendReceipt{SendState::retry, "", "no paper", 0}};
    hosts.email.answers = {SendReceipt{SendState::retry, "", "greylisted", 0}};
    EXPECT_EQ(run().retry, 2);
    pay(one, paid);
    company.test.clock.set("2026-04-04T08:00:00Z");  // a Saturday: no notices, and nothing is lost
    outbox();
    EXPECT_EQ(states(), "withdrawn retry");
    EXPECT_EQ(company.residual(*notices()[0].fee_item), "0.00");
    company.test.clock.set("2026-04-06T08:00:00Z");
    company.test.write([&](store::Tx& tx) { return parties::set(tx, company.test.clock, company.test.rng, anna, two, "hold", "talks with their lawyer"); });
    outbox();
    EXPECT_EQ(states(), "withdrawn withdrawn");
    EXPECT_EQ(hosts.email.sent.size() + hosts.letter.sent.size(), 2U);
    company.test.write([&](store::Tx& tx) { return parties::set(tx, company.test.clock, company.test.rng, anna, two, "hold", "no"); });
    EXPECT_EQ(run("2026-04-06").sent, 1);  // withdrawn is not under way
}

TEST_F(DunningTest, after_a_crash_the_send_is_unknown_and_nothing_is_sent_twice) {
    const auto one = customer("10001");
    invoice(one, "RE-1", 11);
    invoice(customer("10002"), "RE-2", 11);
    hosts.email.dies = true;
    EXPECT_THROW(run(), Stopped);
    EXPECT_EQ(states(), "reserved");
    hosts.email.dies = false;
    company.test.write([&](store::Tx& tx) -> Status {
        OWED_TRY(auto lost, notify::after_restart(tx, company.test.clock));
        EXPECT_EQ(lost, 1);
        return {};
    });
    EXPECT_EQ(states(), "unknown");
    const auto done = run();  // goes on where it stood: the second customer only
    EXPECT_EQ(done.sent, 1);
    EXPECT_EQ(states(), "unknown sent");
    EXPECT_EQ(done.run.state, "done");
}

TEST_F(DunningTest, a_run_with_a_policy_that_nobody_approved_waits_for_a_second_person) {
    invoice(customer("10001"), "RE-1", 11);
    policies[0].content_hash = std::string(64, 'b');
    const auto waiting = run("2026-03-31", anna);
    EXPECT_EQ(waiting.run.state, "awaiting_approval");
    EXPECT_EQ(waiting.sent, 0);
    EXPECT_EQ(waiting.decisions.size(), 1U);
    EXPECT_TRUE(run("2026-03-31", anna).repeated);
    EXPECT_EQ(refusal(continue_dunning(company.test.store(), setup, waiting.run.id, anna)), "approval_required");
    const auto approve = [&](const audit::Actor& by) {
        return refusal(company.test.store().write([&](store::Tx& tx) { return collect::approve_run(tx, company.test.clock, by, waiting.run.id); }));
    };
    EXPECT_EQ(approve(anna), "refused");
    EXPECT_EQ(approve(dunning_job), "refused");
    EXPECT_EQ(approve(boris), "no error");
    EXPECT_EQ(approve(boris), "refused");
    policies[0].content_hash = std::string(64, 'c');  // what was approved is not what would run
    EXPECT_EQ(refusal(continue_dunning(company.test.store(), setup, waiting.run.id, boris)), "approval_required");
    policies[0].content_hash = std::string(64, 'b');
    const auto done = store::ok(continue_dunning(company.test.store(), setup, waiting.run.id, boris));
    EXPECT_EQ(done.sent, 1);
    EXPECT_EQ(done.run.approved_by, "person boris");
    EXPECT_EQ(done.run.state, "done");
}

TEST_F(DunningTest, a_run_is_held_while_bank_data_is_too_old) {  // I28
    invoice(customer("10001"), "RE-1", 11);
    policies[0].hold_without_bank_days = 3;
    EXPECT_EQ(run().run.state, "held");
    EXPECT_THAT(run().run.reason, HasSubstr("there is no bank statement of emea"));
    bank_day = today.plus_days(-4);
    EXPECT_THAT(run().run.reason, HasSubstr("is of 2026-03-27"));
    EXPECT_EQ(hosts.email.sent.size(), 0U);
    bank_day = today.plus_days(-3);
    EXPECT_EQ(run().sent, 1);
}

TEST_F(DunningTest, the_agency_gets_a_placement_and_nothing_is_dunned_meanwhile) {  // I29
    const auto who = customer("10001");
    const auto item = invoice(who, "RE-1", 46, "119.00 EUR", 3);
    EXPECT_EQ(run().sent, 1);
    ASSERT_EQ(hosts.agency.sent.size(), 1U);
    const auto& delivery = hosts.agency.sent[0];
    EXPECT_THAT(delivery.facts, HasSubstr("\"placement\":\"10001-20260331\""));
    EXPECT_THAT(delivery.facts, HasSubstr("\"residual\":\"119.00\""));
    const auto placed = company.in_db<std::vector<collect::Placement>>([](store::Db& db) { return collect::placements(db); });
    ASSERT_EQ(placed.size(), 1U);
    EXPECT_EQ(placed[0].placement, "10001-20260331");
    EXPECT_EQ(placed[0].item, item);
    EXPECT_EQ(placed[0].state, "placed");
    invoice(who, "RE-2", 11);
    const auto later = run("2026-05-05");
    EXPECT_EQ(later.sent, 0);
    EXPECT_EQ(later.decisions.at(0).stops.at(0).stop, "placed");
}

TEST_F(DunningTest, pay_to_details_that_changed_without_approval_stand_on_no_notice) {  // T25
    invoice(customer("10001"), "RE-1", 11);
    pay_to_account("Somebody Else Ltd");
    register_pay_to();
    auto done = run();
    EXPECT_EQ(done.sent, 0);
    ASSERT_EQ(done.problems.size(), 1U);
    EXPECT_THAT(done.problems[0], HasSubstr("10001"));
    EXPECT_EQ(hosts.email.sent.size(), 0U);
    EXPECT_EQ(states(), "");
    EXPECT_TRUE(company.test.log.has("no notice for customer 10001"));
    company.test.write([&](store::Tx& tx) -> Status {
        OWED_TRY([[maybe_unused]] auto id, audit::approve(tx, company.test.clock, boris, "anna", "pay_to", "emea/EUR", parties::pay_to_hash(configured())));
        return {};
    });
    register_pay_to();
    done = run();  // the same run goes on
    EXPECT_EQ(done.sent, 1);
    EXPECT_EQ(done.run.state, "done");
}

TEST_F(DunningTest, a_missing_connector_keeps_the_notice_waiting) {
    struct NoHosts : Hosts {
        std::vector<Connector*> connectors() override { return {}; }
        Connector* find(std::string_view) override { return nullptr; }
        Connector* sender_for(std::string_view) override { return nullptr; }
    } none;
    invoice(customer("10001"), "RE-1", 11);
    DunningSetup alone{company.context, none, company.test.log, policies, render::shipped(), letterheads, setup.last_bank_day};
    const auto done = store::ok(run_dunning(company.test.store(), alone, "emea", today, dunning_job));
    EXPECT_EQ(done.retry, 1);
    EXPECT_EQ(notices()[0].outcome, "no connector sends by email for emea; configure one");
    company.test.clock.pass_seconds(3600);
    outbox();
    EXPECT_EQ(states(), "sent");
}

TEST_F(DunningTest, an_entity_without_letterhead_or_of_no_such_name) {
    letterheads.clear();
    invoice(customer("10001"), "RE-1", 11);
    EXPECT_THAT(run().problems.at(0), HasSubstr("has no creditor: block"));
    EXPECT_EQ(refusal(run_dunning(company.test.store(), setup, "atlantis", today, dunning_job)), "not_found");
}

}  // namespace
}  // namespace owed::jobs
