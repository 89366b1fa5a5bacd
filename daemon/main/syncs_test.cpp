#include "main/syncs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/migrations.hpp"
#include "intake/fake_connector.hpp"

namespace owed::daemon {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Fails as it is told, and counts how often it was asked.
class Moody : public intake::FakeConnector {
  public:
    using FakeConnector::FakeConnector;
    Status mood = {};
    bool sink = false, loaded = true;
    std::string main_kind = "source";
    InstanceReport told;
    int asked = 0, died = 0;
    SendState outcome = SendState::sent;

    bool has(std::string_view kind) const override { return loaded && (kind == main_kind || (kind == "sink" && sink)); }
    Status check() override { return loaded ? Status{} : fail(Errc::unsupported, "plugin erp.so: it needs a newer host"); }
    bool takes(std::string_view kind) const override { return kind == "account_status"; }
    Status read(const ReadRequest& request, ReadTarget& target) override {
        ++asked;
        told.restarts += static_cast<std::uint32_t>(died);
        if (!mood) return mood;
        return FakeConnector::read(request, target);
    }
    Result<std::vector<WriteResult>> write(const std::vector<Record>& records) override {
        std::vector<WriteResult> all;
        for (std::size_t i = 0; i < records.size(); ++i) all.push_back({static_cast<std::uint32_t>(i), outcome, "", "later", "", false});
        return all;
    }
    InstanceReport report() const override { return told; }
};

struct SyncsTest : ::testing::Test {
    ledger::Company company{{api::all_migrations()}};
    store::FixedClock& clock = company.test.clock;
    intake::Intake inbox{company.test.store(), company.context, {}, company.test.rng, company.test.log};
    collect::CreditPolicy credit;
    Syncs syncs{company.context, company.test.rng, company.test.log};
    Moody bank{"bank"}, erp{"erp"};

    Syncs::With with() { return {company.test.store(), inbox, credit}; }
    std::string sync(bool force = false) {
        const auto done = syncs.one(with(), bank, force);
        return done ? "done" : to_text(done.error());
    }
    Instant in(std::int64_t seconds) { return clock.now().plus_seconds(seconds); }
};

TEST_F(SyncsTest, one_that_was_told_to_wait_is_not_asked_before_unless_somebody_insists) {
    bank.mood = fail(Errc::rate_limited, "429 Too Many Requests");
    bank.told.asked_until = in(600);
    const auto end = to_text(in(600));
    EXPECT_THAT(sync(), HasSubstr("429 Too Many Requests"));
    EXPECT_THAT(syncs.alarms(), ElementsAre(HasSubstr("sync of bank failed at")));
    clock.pass_seconds(599);
    const auto early = syncs.one(with(), bank, false);
    ASSERT_FALSE(early);
    EXPECT_EQ(early.error().code, Errc::rate_limited);
    EXPECT_EQ(early.error().what, "connector bank is not asked before " + end + "; its last sync failed: 429 Too Many Requests (rate_limited)");
    EXPECT_EQ(early.error().advice, "wait until then, or owectl sync bank --force");
    EXPECT_EQ(bank.asked, 1);
    sync(true);
    EXPECT_EQ(bank.asked, 2) << "somebody insisted";
    bank.mood = {};
    clock.pass_seconds(1);
    EXPECT_THAT(sync(), HasSubstr("not asked")) << "the second refusal counts from its own time";
    clock.pass_seconds(60);
    EXPECT_EQ(sync(), "done");
    EXPECT_EQ(bank.asked, 3);
    EXPECT_THAT(syncs.alarms(), IsEmpty());
    EXPECT_FALSE(syncs.waits().waiting("bank"));
}

TEST_F(SyncsTest, one_that_cannot_be_loaded_is_not_one_that_has_nothing_to_sync) {
    EXPECT_TRUE(can_be_synced(bank));
    bank.main_kind = "sender";
    EXPECT_EQ(can_be_synced(bank).error().what, "connector bank neither reads nor writes back; there is nothing to sync");
    bank.sink = true;
    EXPECT_TRUE(can_be_synced(bank));
    bank.loaded = false;
    EXPECT_EQ(can_be_synced(bank).error().what, "plugin erp.so: it needs a newer host");
}

TEST_F(SyncsTest, of_all_connectors_those_that_wait_are_named_and_the_others_are_asked) {
    bank.mood = fail(Errc::transient, "connection refused");
    EXPECT_FALSE(syncs.all(with(), {&bank, &erp}, false));
    EXPECT_EQ(erp.asked, 1);
    const auto done = syncs.all(with(), {&bank, &erp}, false);
    ASSERT_TRUE(done) << to_text(done.error());
    EXPECT_EQ(bank.asked, 1);
    EXPECT_EQ(erp.asked, 2);
    ASSERT_TRUE(done->at("bank").waits);
    EXPECT_EQ(done->at("bank").waits->error.what, "connection refused");
    EXPECT_FALSE(done->at("erp").waits);
    EXPECT_THAT(syncs.alarms(), ::testing::SizeIs(1));
    syncs.forget("bank");
    EXPECT_THAT(syncs.alarms(), IsEmpty()) << "what was says nothing of it any more";
    EXPECT_FALSE(syncs.all(with(), {&bank, &erp}, false));
    EXPECT_EQ(bank.asked, 2) << "it was configured anew";
}

TEST_F(SyncsTest, what_does_not_pass_is_asked_whenever_somebody_says_so) {
    for (const auto code : {Errc::auth, Errc::malformed_input, Errc::plugin_crashed}) {
        bank.mood = fail(code, "no");
        sync();
        EXPECT_THAT(sync(), ::testing::StartsWith("no")) << name_of(code);
    }
    EXPECT_EQ(bank.asked, 6);
}

TEST_F(SyncsTest, a_plugin_that_was_killed_at_its_deadline_waits_by_the_hosts_rule_alone) {
    bank.mood = fail(Errc::timed_out, "killed after 60 s");
    bank.died = 1;
    sync();
    EXPECT_FALSE(syncs.waits().waiting("bank"));
    bank.died = 0;
    sync();
    EXPECT_TRUE(syncs.waits().waiting("bank")) << "a server's silence passes";
}

TEST_F(SyncsTest, a_wish_that_came_with_records_to_be_written_later_is_heeded) {
    intake::FakeConnector feed{"feed"};
    feed.arrives("export", {intake::customer_record("C1", "Beispiel AG"), intake::invoice_record("INV-1", "C1", "119.00 EUR")});
    ASSERT_TRUE(inbox.sync(feed));
    bank.sink = true;
    bank.outcome = SendState::retry;
    bank.told.asked_until = in(300);
    bank.told.reason = "503 with Retry-After";
    EXPECT_EQ(sync(), "done");
    EXPECT_THAT(syncs.alarms(), IsEmpty());
    EXPECT_THAT(sync(), HasSubstr("503 with Retry-After"));
    clock.pass_seconds(300);
    bank.outcome = SendState::sent;
    EXPECT_EQ(sync(), "done");
    EXPECT_EQ(sync(), "done");
}

TEST(AlarmOf, says_what_to_do) {
    InstanceReport report;
    report.name = "bank";
    report.reason = "plugin x, instance bank, read: signal 11 (SIGSEGV)";
    EXPECT_FALSE(alarm_of(report));
    report.state = InstanceState::quarantined;
    EXPECT_EQ(alarm_of(report), "connector bank is quarantined: plugin x, instance bank, read: signal 11 (SIGSEGV); owectl plugin release bank lets it start again");
    report.state = InstanceState::failed;
    EXPECT_EQ(alarm_of(report), "connector bank is failed: plugin x, instance bank, read: signal 11 (SIGSEGV)");
    report.state = InstanceState::ok;
    report.rolled_back = "version 2 was rolled back";
    EXPECT_EQ(alarm_of(report), "connector bank: version 2 was rolled back");
}

}  // namespace
}  // namespace owed::daemon
