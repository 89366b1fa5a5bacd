#include "jobs/deciders.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace owed::jobs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Decider : public Connector {
  public:
    Decider(std::string name, std::string entity, std::string_view kind = "decider") : name_{std::move(name)}, entity_{std::move(entity)}, kind_{kind} {}
    const std::string& name() const override { return name_; }
    const std::string& entity() const override { return entity_; }
    bool has(std::string_view kind) const override { return kind == kind_; }
    Status check() override { return {}; }
    Status read(const ReadRequest&, ReadTarget&) override { return fail(Errc::unsupported, "no source"); }
    Result<DecodeReport> decode(std::string_view, std::string_view, std::string_view, std::string_view, RecordSink&) override {
        return fail(Errc::unsupported, "no codec");
    }
    Result<SendReceipt> send(const Delivery&) override { return fail(Errc::unsupported, "no sender"); }
    Result<std::optional<SendReceipt>> lookup(std::string_view) override { return std::optional<SendReceipt>{}; }
    Result<MatchAnswer> propose(const MatchQuestion&) override { return MatchAnswer{.proposals = {}, .reason = name_}; }
    InstanceReport report() const override { return {}; }

  private:
    std::string name_, entity_;
    std::string_view kind_;
};

struct Lines : Log {
    std::vector<std::string> all;
    void write(LogLevel level, std::string_view room, std::string_view text) override {
        EXPECT_EQ(level, LogLevel::info);
        all.push_back(std::string{room} + " " + std::string{text});
    }
};

struct Three : Hosts {
    Decider source{"bank", "emea", "source"}, everybodys{"rules", ""}, emeas{"emea-rules", "emea"};
    std::vector<Connector*> there;
    std::vector<Connector*> connectors() override { return there; }
    Connector* find(std::string_view) override { return nullptr; }
    Connector* sender_for(std::string_view) override { return nullptr; }
};

MatchQuestion about(const std::string& entity) {
    MatchQuestion question;
    question.receipt.entity = entity;
    return question;
}

TEST(Deciders, the_entitys_own_is_asked_before_everybodys_and_nobody_is_no_answer) {
    Three hosts;
    Lines log;
    const Deciders deciders{hosts, log};
    hosts.there = {&hosts.source};
    EXPECT_FALSE(deciders.any());
    EXPECT_EQ(deciders.ask(about("emea")).connector, "");
    hosts.there = {&hosts.source, &hosts.everybodys, &hosts.emeas};
    EXPECT_TRUE(deciders.any());
    const auto emeas = deciders.ask(about("emea"));
    EXPECT_EQ(emeas.connector, "emea-rules");
    EXPECT_EQ(emeas.answer->reason, "emea-rules");
    EXPECT_EQ(deciders.ask(about("us")).connector, "rules");
    hosts.there = {&hosts.emeas};
    EXPECT_EQ(deciders.ask(about("us")).connector, "");
}

TEST(Deciders, what_was_refused_is_told_line_by_line_and_counted) {
    Three hosts;
    Lines log;
    Deciders deciders{hosts, log};
    cash::DeciderRuns runs;
    runs["rules"] = {{.asked = 5, .proposed = 4, .accepted = 1, .refused = 3, .late = 1},
                     {{"R-17", "its proposal was refused: item 9 was not in the question"}, {"R-18", "it gave no answer: did not end by its deadline"}}, 2};
    runs["other"] = {{.asked = 1, .proposed = 1, .accepted = 1, .refused = 0, .late = 0}, {}, 0};
    deciders.note(runs);
    deciders.note(runs);
    const std::vector<std::string> once{"plugin rules, R-17: its proposal was refused: item 9 was not in the question",
                                        "plugin rules, R-18: it gave no answer: did not end by its deadline",
                                        "plugin rules: ... and 2 more in this run; `owectl cash show RECEIPT` has each"};
    auto twice = once;
    twice.insert(twice.end(), once.begin(), once.end());
    EXPECT_EQ(log.all, twice);
    const auto sum = deciders.figures("rules");
    EXPECT_THAT((std::vector{sum.asked, sum.proposed, sum.accepted, sum.refused, sum.late}), ElementsAre(10, 8, 2, 6, 2));
    EXPECT_EQ(deciders.figures("other").accepted, 2);
    EXPECT_EQ(deciders.figures("nobody").asked, 0);
}

}  // namespace
}  // namespace owed::jobs
