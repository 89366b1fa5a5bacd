#include "main/first_looks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "intake/fake_connector.hpp"

namespace owed::daemon {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

/// Tells of itself as an instance of the host does: `starting` until its first call is over.
class Sender : public intake::FakeConnector {
  public:
    Sender(std::string name, Clock& clock, std::string kind = "sender") : FakeConnector{std::move(name)}, clock_{clock}, kind_{std::move(kind)} {}
    Status mood = {};
    InstanceReport told;
    int checked = 0;

    void called(const Status& done) {
        told.last_call = clock_.now();
        told.state = done ? InstanceState::ok : retryable(done.error().code) ? InstanceState::degraded : InstanceState::failed;
    }
    bool has(std::string_view kind) const override { return kind == kind_; }
    Status check() override {
        ++checked;
        called(mood);
        return mood;
    }
    InstanceReport report() const override { return told; }

  private:
    Clock& clock_;
    std::string kind_;
};

struct FirstLooksTest : ::testing::Test {
    ledger::Company company;
    store::FixedClock& clock = company.test.clock;
    FirstLooks looks{clock, company.test.rng, company.test.log};
    Sender mail{"mail", clock}, post{"post", clock}, bank{"bank", clock, "source"}, crm{"crm", clock, "sink"}, rules{"rules", clock, "decider"};
    bool stopping = false;

    void look() {
        looks.look({&mail, &post, &bank, &crm, &rules}, [this] { return stopping; });
    }
};

TEST_F(FirstLooksTest, what_no_sync_calls_is_asked_once) {
    look();
    look();
    EXPECT_EQ(mail.told.state, InstanceState::ok);
    EXPECT_EQ(rules.told.state, InstanceState::ok);
    EXPECT_EQ(std::tuple(mail.checked, post.checked, rules.checked), std::tuple(1, 1, 1));
    EXPECT_EQ(std::tuple(bank.checked, crm.checked), std::tuple(0, 0)) << "their next sync tells";
    mail.told = {};   // a reload: another instance, which nobody has called
    look();
    EXPECT_EQ(mail.checked, 2);
    EXPECT_EQ(post.checked, 1);
}

TEST_F(FirstLooksTest, a_failure_that_passes_is_looked_at_again_and_one_that_does_not_stands) {
    mail.mood = fail(Errc::transient, "connection refused");
    post.mood = fail(Errc::auth, "535 wrong password");
    look();
    EXPECT_EQ(mail.told.state, InstanceState::degraded);
    EXPECT_EQ(post.told.state, InstanceState::failed);
    EXPECT_THAT(company.test.log.lines(), Contains(HasSubstr("connector post was asked for the first time, and does not work: 535 wrong password")));
    const auto after = [&](std::int64_t seconds) {
        clock.pass_seconds(seconds);
        look();
        return mail.checked;
    };
    EXPECT_EQ(after(44), 1) << "a minute, of which the dice take a quarter at most";
    EXPECT_EQ(after(17), 2);
    EXPECT_EQ(after(61), 2) << "two minutes now";
    EXPECT_EQ(after(60), 3);
    mail.told.asked_until = clock.now().plus_seconds(4000);
    EXPECT_EQ(after(241), 4);
    EXPECT_EQ(after(3000), 4) << "the other side wants to be left alone for longer";
    mail.mood = {};
    EXPECT_EQ(after(800), 5);
    EXPECT_EQ(mail.told.state, InstanceState::ok);
    EXPECT_EQ(after(86'400), 5);
    EXPECT_EQ(post.checked, 1);
}

TEST_F(FirstLooksTest, once_somebody_else_has_called_it_nobody_looks_any_more) {
    mail.mood = fail(Errc::transient, "connection refused");
    look();
    clock.pass_seconds(10);
    mail.called(fail(Errc::transient, "greylisted"));
    clock.pass_seconds(86'400);
    look();
    EXPECT_EQ(mail.checked, 1) << "the outbox tries again by itself";
}

TEST_F(FirstLooksTest, a_daemon_that_stops_looks_at_nothing) {
    stopping = true;
    look();
    EXPECT_EQ(mail.checked, 0);
}

}  // namespace
}  // namespace owed::daemon
