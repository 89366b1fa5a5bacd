// What is applied here against a strict and moody ERP: told once, in order, through kills and restores.
#include "jobs/erp_receipts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "audit/test_people.hpp"
#include "cash/test_receipts.hpp"
#include "jobs/strict_erp.hpp"
#include "ledger/test_company.hpp"

namespace owed::jobs {
namespace {

using ledger::day;
using ledger::money;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;


struct ErpReceipts : ::testing::Test {
    ledger::Company company{{audit::migrations(), parties::migrations(), ledger::migrations(), cash::migrations()}};
    cash::ErpListener listener{company.books, company.test.clock};
    StrictErp erp;
    CustomerId who{0};
    int received = 0;

    void SetUp() override {
        company.test.clock.set("2026-03-30T10:00:00Z");
        company.context.listeners.push_back(&listener);
        who = store::ok(company.in_tx<CustomerId>([&](store::Tx& tx) -> Result<CustomerId> {
            Customer made;
            made.number = "C1";
            made.name = "Kunde C1 GmbH";
            OWED_TRY(auto done, parties::upsert(tx, company.test.clock, "sap", made));
            return done.first;
        }));
    }
    void invoice(const std::string& number, std::string_view amount) {
        auto document = company.invoice(number, amount, "2026-02-01", "sap");
        document.customer = who;
        store::ok(company.post(document));
        erp.open[number] = money(amount).units();
    }
    std::string arrives(std::string_view amount, std::string text) {
        cash::NewReceipt receipt{.entity = "sap", .account = "DE02120300000000202051", .bank_gl = "1000", .amount = money(amount), .value_date = day("2026-03-28"),
                                 .posting_date = day("2026-03-28"), .transaction = {}, .connector = "house-bank", .artifact = "1",
                                 .event_key = "bank/" + std::to_string(++received)};
        receipt.transaction.counterparty = {"Kunde C1 GmbH", {}, {}};
        receipt.transaction.text = {std::move(text)};
        const auto id = store::ok(company.in_tx<OpenItemId>([&](store::Tx& tx) { return cash::receive(tx, company.context, receipt); }));
        store::ok(company.in_tx<cash::MatchSummary>([&](store::Tx& tx) { return cash::match_waiting(tx, company.context, {}, cash_job); }));
        return "R-" + std::to_string(id.value);
    }
    Result<ErpSummary> run() { return write_receipts(company.test.store(), company.context, erp); }
    std::vector<std::string> states() {
        std::vector<std::string> texts;
        company.test.read([&](store::Db& db) {
            for (const auto& one : cash::erp_writes(db)) texts.push_back((one.reversal ? "-" : "+") + std::string{cash::name_of(one.state)});
        });
        return texts;
    }
    std::vector<ledger::Application> applications() {
        return company.in_db<std::vector<ledger::Application>>([](store::Db& db) { return ledger::applications(db, {}, {}); });
    }
    void restart() {
        store::ok(company.in_tx<int>([&](store::Tx& tx) -> Result<int> { return cash::erp_writes_after_restart(tx, company.test.clock); }));
    }
    /// Killed after the ERP has booked and before its answer was noted.
    void killed_in_between() {
        std::vector<Record> records;
        for (const auto& one : store::ok(company.in_tx<std::vector<cash::ReservedWrite>>(
                 [&](store::Tx& tx) { return cash::reserve_erp_writes(tx, company.test.clock, "sap", "erp", 200); })))
            records.push_back(one.record);
        static_cast<void>(erp.write(records));
        restart();
    }
    /// The database is a backup's, taken now and put back a minute later.
    void restored() {
        later(1);
        ASSERT_TRUE(company.test.store().write([&](store::Tx& tx) -> Status {
            tx.query("INSERT INTO store_epoch (epoch, installation_id, created_at, restored_from) SELECT max(epoch) + 1, 'another', ?, 'monday.db' FROM store_epoch")
                .bind(company.test.clock.now().micros)
                .run();
            return {};
        }));
        later(1);
        restart();
    }
    void later(std::int64_t minutes) { company.test.clock.pass_seconds(minutes * 60); }
    ~ErpReceipts() override {
        EXPECT_THAT(erp.faults, ElementsAre());
        EXPECT_THAT(company.in_db<std::vector<std::string>>([](store::Db& db) { return cash::erp_differences(db); }), ElementsAre());
        EXPECT_EQ(company.in_db<std::size_t>([&](store::Db& db) { return ledger::verify(db, company.books).differences.size(); }), 0u);
    }
};

struct SomeHosts : Hosts {
    std::vector<Connector*> there;
    std::vector<Connector*> connectors() override { return there; }
    Connector* find(std::string_view) override { return nullptr; }
    Connector* sender_for(std::string_view) override { return nullptr; }
};

/// A source that was never asked for receipts.
struct Bank : StrictErp {
    explicit Bank(std::string entity) { name_ = "bank", entity_ = std::move(entity); }
    bool has(std::string_view kind) const override { return loaded && kind == "source"; }
    bool takes(std::string_view) const override { return false; }
};

TEST(ErpSinkOf, a_broken_or_starting_sink_is_not_nobody) {
    SomeHosts hosts;
    StrictErp erp;
    Bank bank{"sap"}, elsewhere{"emea"}, everywhere{""};
    elsewhere.name_ = "elsewhere", everywhere.name_ = "everywhere";
    hosts.there = {&elsewhere, &bank, &everywhere, &erp};
    EXPECT_EQ(erp_sink_of(hosts, "sap"), "erp");
    erp.loaded = false;
    EXPECT_EQ(erp_sink_of(hosts, "sap"), "erp") << "it cannot say that it takes receipts; it may";
    EXPECT_EQ(erp_sink_of(hosts, "emea"), "") << "it is another entity's";
    elsewhere.loaded = false;
    EXPECT_EQ(erp_sink_of(hosts, "sap"), "erp");
    everywhere.loaded = false;
    EXPECT_EQ(erp_sink_of(hosts, "sap"), "everywhere") << "either may be the one";
    erp.loaded = true;
    EXPECT_EQ(erp_sink_of(hosts, "sap"), "erp") << "one that says so is the one";
    hosts.there = {&bank};
    EXPECT_EQ(erp_sink_of(hosts, "sap"), "") << "it says what it is, and takes none";
}

TEST_F(ErpReceipts, what_waits_for_a_broken_sink_is_late) {
    SomeHosts hosts;
    hosts.there = {&erp};
    erp.loaded = false;
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    later(73 * 60);
    const auto alarms = company.in_db<std::vector<std::string>>([&](store::Db& db) {
        return cash::erp_alarms(db, company.test.clock.now(), 72, erp_takers(hosts));
    });
    EXPECT_THAT(alarms, ElementsAre(HasSubstr("1 applications have waited more than 72 hours for the ERP of sap")));
}

TEST_F(ErpReceipts, what_is_bound_to_a_sink_that_is_down_is_its_own) {
    SomeHosts hosts;
    Bank bank{"sap"};
    hosts.there = {&bank, &erp};
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    killed_in_between();
    const auto alarms = [&] {
        return company.in_db<std::vector<std::string>>([&](store::Db& db) { return cash::erp_alarms(db, company.test.clock.now(), 72, erp_takers(hosts)); });
    };
    erp.loaded = bank.loaded = false;   // after an upgrade, say; the bank comes first
    EXPECT_EQ(erp_sink_of(hosts, "sap"), "bank");
    EXPECT_THAT(alarms(), ElementsAre(HasSubstr("may or may not stand in the ERP of sap"))) << "nobody is asked to say that it was not sent";
    hosts.there = {&bank};
    EXPECT_THAT(alarms(), ElementsAre(HasSubstr("belong to connector erp, which does not take them now")));
}

TEST_F(ErpReceipts, written_once_and_nothing_more_the_next_time) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    EXPECT_EQ(store::ok(run()).sent, 1);
    EXPECT_EQ(store::ok(run()).sent, 0);
    EXPECT_EQ(erp.open["INV-1"], 0);
}

TEST_F(ErpReceipts, killed_between_booking_and_answer_it_is_asked_about_and_not_sent_again) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    killed_in_between();
    const auto done = store::ok(run());
    EXPECT_EQ(erp.asked, 1);
    EXPECT_EQ(done.sent, 1);
    EXPECT_THAT(states(), ElementsAre("+sent"));
    EXPECT_EQ(erp.booked.size(), 1u);
}

TEST_F(ErpReceipts, killed_before_it_arrived_it_is_sent_after_asking) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    erp.mood = [](const std::string&) { return SendState::retry; };
    killed_in_between();
    erp.mood = [](const std::string&) { return SendState::sent; };
    store::ok(run());
    EXPECT_THAT(states(), ElementsAre("+sent"));
    EXPECT_EQ(erp.booked.size(), 1u);
}

TEST_F(ErpReceipts, an_erp_that_cannot_tell_leaves_it_to_a_person) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    killed_in_between();
    erp.can_tell = false;
    EXPECT_EQ(store::ok(run()).unknown, 1);
    for (int i = 0; i < 20; ++i) later(240), store::ok(run());
    EXPECT_THAT(states(), ElementsAre("+unknown"));
    EXPECT_EQ(erp.seen.size(), 1u);
}

TEST_F(ErpReceipts, refused_items_are_chased_again_and_the_receipt_asks) {
    invoice("INV-1", "200.00 EUR");
    erp.blocked = {"INV-1"};
    const auto receipt = arrives("200.00 EUR", "INV-1");
    EXPECT_EQ(store::ok(run()).refused, 1);
    company.test.read([&](store::Db& db) {
        EXPECT_THAT(cash::receipt(db, receipt)->question, HasSubstr("INV-1 is blocked"));
        for (const auto& item : ledger::items(db, company.books, {.entity = "sap", .customer = who})) EXPECT_FALSE(item.in_flight) << item.document;
    });
    EXPECT_EQ(store::ok(run()).sent, 0);
}

TEST_F(ErpReceipts, down_it_waits_and_says_so) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    erp.down = Errc::transient;
    EXPECT_EQ(run().error().code, Errc::transient);
    EXPECT_THAT(states(), ElementsAre("+waiting"));
    erp.down.reset();
    EXPECT_EQ(store::ok(run()).sent, 0);   // not before its time
    later(1);
    EXPECT_EQ(store::ok(run()).sent, 1);
    EXPECT_EQ(erp.asked, 0);
}

TEST_F(ErpReceipts, a_batch_of_unknown_outcome_is_asked_about) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    erp.down = Errc::unknown_outcome;
    EXPECT_FALSE(run());
    erp.down.reset();
    later(1);
    EXPECT_EQ(store::ok(run()).sent, 1);
    EXPECT_EQ(erp.asked, 1);
}

TEST_F(ErpReceipts, what_waited_at_a_restore_is_asked_about_and_written_if_it_is_not_there) {
    for (int i = 0; i < 5; ++i) {
        const auto number = "INV-" + std::to_string(i);
        invoice(number, "200.00 EUR");
        arrives("200.00 EUR", number);
    }
    const auto before = company.in_tx<std::vector<cash::ReservedWrite>>([&](store::Tx& tx) -> Result<std::vector<cash::ReservedWrite>> {
        OWED_TRY(auto due, cash::reserve_erp_writes(tx, company.test.clock, "sap", "erp", 2));
        for (const auto& one : due) tx.query("UPDATE erp_write SET state = 'waiting', connector = '', attempts = 0, next_at = queued_at WHERE id = ?").bind(one.id).run();
        return due;
    });
    for (const auto& one : *before) ASSERT_TRUE(erp.write({one.record}));   // after the backup two of them went out
    restored();
    EXPECT_THAT(states(), Each("+unknown"));
    const auto done = store::ok(run());
    EXPECT_EQ(done.asked, 5);
    EXPECT_EQ(done.sent, 5);
    EXPECT_THAT(states(), Each("+sent"));
    EXPECT_EQ(erp.booked.size(), 5u);
}

/// Something that rests on an application, so that it cannot be undone.
struct Resting : ledger::Listener {
    std::string on;
    Status unapplied(store::Tx& tx, const ledger::ApplicationEvent& event) override {
        if (on.empty() || ledger::application(tx, event.application)->debit_document != on) return {};
        return fail(Errc::item_not_open, "what was made of " + on + " is settled");
    }
};

TEST_F(ErpReceipts, a_refusal_that_cannot_be_taken_back_keeps_nothing_else_waiting) {
    Resting resting;
    company.context.listeners.push_back(&resting);
    for (const auto* number : {"INV-1", "INV-2", "INV-3"}) {
        invoice(number, "50.00 EUR");
        arrives("50.00 EUR", number);
    }
    erp.blocked = {"INV-1", "INV-3"};
    resting.on = "INV-1";
    const auto done = run();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::item_not_open) << done.error().what;
    EXPECT_THAT(states(), ElementsAre("+unknown", "+sent", "+refused"));
    company.test.read([&](store::Db& db) {
        EXPECT_THAT(cash::erp_writes(db).front().detail, AllOf(HasSubstr("refused (INV-1 is blocked), and cannot be taken back here: "), HasSubstr("is settled")));
    });
    later(1);
    EXPECT_FALSE(run());   // asked, it never was there; refused again
    EXPECT_EQ(erp.asked, 1);
    EXPECT_THAT(states(), ElementsAre("+unknown", "+sent", "+refused"));
    resting.on.clear();
    later(240);
    EXPECT_EQ(store::ok(run()).refused, 1);
    EXPECT_THAT(states(), ElementsAre("+refused", "+sent", "+refused"));
}

TEST_F(ErpReceipts, a_batch_that_was_never_tried_is_noted_to_its_end) {
    invoice("INV-1", "200.00 EUR");
    invoice("INV-2", "50.00 EUR");
    arrives("200.00 EUR", "INV-1");
    arrives("50.00 EUR", "INV-2");
    erp.down = Errc::transient;
    EXPECT_EQ(run().error().code, Errc::transient);
    EXPECT_THAT(states(), ElementsAre("+waiting", "+waiting"));
}

TEST_F(ErpReceipts, a_key_that_cannot_be_asked_about_stops_nothing_else) {
    invoice("INV-1", "200.00 EUR");
    invoice("INV-2", "60.00 EUR");
    arrives("200.00 EUR", "INV-1");
    arrives("60.00 EUR", "INV-2");
    killed_in_between();
    invoice("INV-3", "70.00 EUR");
    arrives("70.00 EUR", "INV-3");
    erp.no_answer_for = {company.in_db<std::string>([](store::Db& db) { return cash::erp_writes(db).front().key; })};
    const auto done = run();
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::transient);
    EXPECT_THAT(states(), ElementsAre("+unknown", "+sent", "+sent"));
    EXPECT_FALSE(erp.seen.empty());
    store::ok(run());   // its next time has not come
    EXPECT_EQ(erp.asked, 2);
    erp.no_answer_for.clear();
    later(2);
    EXPECT_EQ(store::ok(run()).sent, 1);
    EXPECT_THAT(states(), Each("+sent"));
}

TEST_F(ErpReceipts, an_erp_that_answers_no_question_is_not_asked_two_hundred) {
    for (int i = 0; i < 6; ++i) {
        const auto number = "INV-" + std::to_string(i);
        invoice(number, "200.00 EUR");
        arrives("200.00 EUR", number);
    }
    killed_in_between();
    company.test.read([&](store::Db& db) {
        for (const auto& one : cash::erp_writes(db)) erp.no_answer_for.insert(one.key);
    });
    EXPECT_EQ(run().error().code, Errc::transient);
    EXPECT_EQ(erp.asked, 3);
}

TEST_F(ErpReceipts, a_taking_back_goes_to_the_one_that_was_told) {
    invoice("INV-1", "200.00 EUR");
    arrives("200.00 EUR", "INV-1");
    store::ok(run());
    ASSERT_TRUE(company.test.store().write([&](store::Tx& tx) { return cash::unapply_by_hand(tx, company.context, anna, applications()[0].id, "wrong"); }));
    StrictErp other;
    other.name_ = "another";
    EXPECT_EQ(store::ok(write_receipts(company.test.store(), company.context, other)).sent, 0);
    EXPECT_THAT(states(), ElementsAre("+sent", "-waiting"));
    EXPECT_EQ(store::ok(run()).sent, 1);
    EXPECT_EQ(erp.open["INV-1"], 20'000);
}

/// Receipts, people's undoing, moods, kills, restores in random order: in the end the ERP's books show what stands here, each
/// booked once. OWED_SEED=n replays one history.
TEST_F(ErpReceipts, random_histories_end_with_equal_books) {
    const char* wished = std::getenv("OWED_SEED");
    const auto seed = wished != nullptr ? std::strtoull(wished, nullptr, 10) : std::random_device{}();
    SCOPED_TRACE("OWED_SEED=" + std::to_string(seed));
    std::cout << "OWED_SEED=" << seed << '\n';
    std::mt19937_64 random{seed};
    const auto pick = [&](std::uint64_t below) { return random() % below; };
    erp.mood = [&](const std::string&) {
        const auto mood = pick(10);
        return mood < 2 ? SendState::retry : mood < 5 ? SendState::unknown : SendState::sent;
    };
    int invoices = 0;
    for (int step = 0; step < 150; ++step) {
        switch (pick(7)) {
            case 0:
            case 1: {
                const auto number = "INV-" + std::to_string(++invoices);
                invoice(number, "100.00 EUR");
                if (pick(8) == 0) erp.blocked.insert(number);
                arrives(pick(3) == 0 ? "40.00 EUR" : "100.00 EUR", number);
                break;
            }
            case 2: {
                const auto all = applications();
                if (all.empty()) break;
                const auto& one = all[pick(all.size())];
                if (one.undone) break;
                ASSERT_TRUE(company.test.store().write([&](store::Tx& tx) { return cash::unapply_by_hand(tx, company.context, anna, one.id, "wrong"); }));
                if (pick(2) == 0) break;
                ASSERT_TRUE(company.test.store().write([&](store::Tx& tx) {   // and applied anew, at once
                    return cash::apply_by_hand(tx, company.context, anna, one.credit_document.empty() ? "R-" + std::to_string(one.credit.value) : one.credit_document,
                                               {{one.debit_document, "10.00"}});
                }));
                break;
            }
            case 3: later(static_cast<std::int64_t>(pick(300))); break;
            case 4: killed_in_between(); break;
            case 5:
                if (pick(4) == 0) restored();
                break;
            default: static_cast<void>(run()); break;
        }
    }
    erp.mood = [](const std::string&) { return SendState::sent; };
    erp.blocked.clear();
    for (int i = 0; i < 12; ++i) {
        later(241);
        store::ok(run());
    }
    std::map<std::string, std::int64_t> here;
    company.test.read([&](store::Db& db) {
        for (const auto& write : cash::erp_writes(db)) {
            EXPECT_NE(write.state, cash::ErpState::waiting) << write.key;
            EXPECT_NE(write.state, cash::ErpState::unknown) << write.key;
            const auto application = ledger::application(db, write.application);
            if (!write.reversal && !application->undone) here[write.key] = application->amount.units();
        }
    });
    EXPECT_EQ(erp.booked, here);
    EXPECT_GT(invoices, 10);
}

}  // namespace
}  // namespace owed::jobs
