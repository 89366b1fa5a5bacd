// The rates plugin as it ships, under the real host: a file is fetched once, and again only when it has changed.
#include <gtest/gtest.h>

#include "testing/rig.hpp"

namespace owed::plugins::rates::testing {
namespace {

using plugins::testing::KeptRecords;
using plugins::testing::Rig;

constexpr std::string_view one_day =
    "<gesmes:Envelope xmlns:gesmes=\"http://www.gesmes.org/xml/2002-08-01\" xmlns=\"http://www.ecb.int/vocabulary/2002-08-01/eurofxref\">"
    "<Cube><Cube time=\"2026-03-31\"><Cube currency=\"USD\" rate=\"1.0811\"/></Cube></Cube></gesmes:Envelope>";

/// A publisher: what it is asked, and what it says.
struct Publisher {
    std::vector<transports::Request> asked;
    transports::Response says;
    Publisher() {
        says.outcome = transports::Outcome::ok;
        says.status = 200;
        says.body = one_day;
        says.headers = {{"ETag", "\"v1\""}, {"Last-Modified", "Tue, 31 Mar 2026 14:00:00 GMT"}};
    }
    void has_nothing_new() {
        says = {};
        says.outcome = transports::Outcome::refused;
        says.status = 304;
        says.detail = "GET https://rates.example.test answered 304; redirects are not followed";
    }
    std::string header(std::size_t i, std::string_view name) const {
        for (const auto& [key, value] : asked.at(i).headers)
            if (key == name) return value;
        return {};
    }
};

struct Kept : ReadTarget {
    std::vector<ArrivedArtifact> artifacts;
    std::map<std::string, std::string> state;
    std::string cursor;
    ArtifactFate fate = ArtifactFate::taken;
    Result<ArtifactFate> artifact(const ArrivedArtifact& artifact) override {
        artifacts.push_back(artifact);
        return fate;
    }
    Status records(std::string_view) override { return fail(Errc::internal, "no record was expected"); }
    Status commit(std::string_view new_cursor, const std::map<std::string, std::string>& changes) override {
        cursor = new_cursor;
        for (const auto& [key, value] : changes)
            if (value.empty()) state.erase(key);
            else state[key] = value;
        return {};
    }
    Status read(Connector& connector) { return connector.read({cursor, state}, *this); }
};

class Rates : public ::testing::TestWithParam<Rig::Isolation> {
  protected:
    Publisher publisher;
    Rig rig_for(const std::string& settings) {
        return Rig{"rates", settings, GetParam(), {}, [this](host::HostOptions& options) {
                       options.transfer = [this](const transports::Request& request) -> Result<transports::Response> {
                           publisher.asked.push_back(request);
                           return publisher.says;
                       };
                   }};
    }
};

INSTANTIATE_TEST_SUITE_P(Isolation, Rates, ::testing::Values(Rig::Isolation::process, Rig::Isolation::none),
                         [](const auto& mode) { return mode.param == Rig::Isolation::process ? "process" : "none"; });

const std::string web = R"({"url": "https://rates.example.test/stats/eurofxref-daily.xml?v=2"})";

TEST_P(Rates, a_file_is_fetched_once_and_again_when_it_has_changed) {
    auto rig = rig_for(web);
    Kept kept;
    ASSERT_TRUE(kept.read(rig.connector())) << rig.log();
    ASSERT_EQ(kept.artifacts.size(), 1u);
    EXPECT_EQ(kept.artifacts[0].name, "eurofxref-daily.xml");
    EXPECT_EQ(kept.artifacts[0].bytes, one_day);
    EXPECT_EQ(publisher.asked.size(), 1u);
    EXPECT_EQ(publisher.asked[0].method, "GET");
    EXPECT_EQ(publisher.header(0, "If-None-Match"), "");

    publisher.has_nothing_new();
    ASSERT_TRUE(kept.read(rig.connector())) << rig.log();
    EXPECT_EQ(kept.artifacts.size(), 1u);
    ASSERT_EQ(publisher.asked.size(), 2u);
    EXPECT_EQ(publisher.header(1, "If-None-Match"), "\"v1\"");
    EXPECT_EQ(publisher.header(1, "If-Modified-Since"), "Tue, 31 Mar 2026 14:00:00 GMT");

    publisher.says = Publisher{}.says;
    publisher.says.headers = {{"ETag", "\"v2\""}};
    ASSERT_TRUE(kept.read(rig.connector())) << rig.log();
    EXPECT_EQ(kept.artifacts.size(), 2u);
    ASSERT_TRUE(kept.read(rig.connector()));
    EXPECT_EQ(publisher.header(3, "If-None-Match"), "\"v2\"");
    EXPECT_EQ(publisher.header(3, "If-Modified-Since"), "");
}

TEST_P(Rates, a_rejected_file_is_not_fetched_again_and_an_undecided_one_is) {
    auto rig = rig_for(web);
    Kept kept;
    kept.fate = ArtifactFate::leave;
    ASSERT_TRUE(kept.read(rig.connector()));
    ASSERT_TRUE(kept.read(rig.connector()));
    EXPECT_EQ(publisher.header(1, "If-None-Match"), "");
    kept.fate = ArtifactFate::rejected;
    ASSERT_TRUE(kept.read(rig.connector()));
    ASSERT_TRUE(kept.read(rig.connector()));
    EXPECT_EQ(publisher.header(3, "If-None-Match"), "\"v1\"");
}

TEST_P(Rates, what_was_kept_of_another_url_is_no_condition) {
    Kept kept;
    {
        auto rig = rig_for(web);
        ASSERT_TRUE(kept.read(rig.connector()));
    }
    auto rig = rig_for(R"({"url": "https://rates.example.test/stats/eurofxref-hist-90d.xml"})");
    ASSERT_TRUE(kept.read(rig.connector()));
    EXPECT_EQ(publisher.header(1, "If-None-Match"), "");
}

TEST_P(Rates, failures_keep_their_class_and_say_what_to_do) {
    struct Case {
        transports::Outcome outcome;
        int status;
        Errc code;
        std::string advice;
    };
    for (const Case& c : {Case{transports::Outcome::refused, 301, Errc::permanent, "settings.url"}, Case{transports::Outcome::refused, 404, Errc::permanent, "settings.url"},
                          Case{transports::Outcome::auth, 401, Errc::auth, "login"}, Case{transports::Outcome::transient, 503, Errc::transient, ""},
                          Case{transports::Outcome::rate_limited, 429, Errc::rate_limited, ""}}) {
        publisher.says = {};
        publisher.says.outcome = c.outcome;
        publisher.says.status = c.status;
        publisher.says.detail = "it answered " + std::to_string(c.status);
        auto rig = rig_for(web);
        Kept kept;
        for (const Status& status : {kept.read(rig.connector()), rig.connector().check()}) {
            ASSERT_FALSE(status) << c.status;
            EXPECT_EQ(name_of(status.error().code), name_of(c.code)) << c.status << to_text(status.error());
            EXPECT_NE(status.error().advice.find(c.advice), std::string::npos) << status.error().advice;
        }
        EXPECT_TRUE(kept.artifacts.empty());
        EXPECT_TRUE(kept.state.empty());
    }
}

TEST_P(Rates, check_asks_for_the_head_alone) {
    auto rig = rig_for(web);
    ASSERT_TRUE(rig.connector().check());
    publisher.says.outcome = transports::Outcome::refused;
    publisher.says.status = 405;
    ASSERT_TRUE(rig.connector().check());
    for (const auto& request : publisher.asked) EXPECT_EQ(request.method, "HEAD");
}

TEST_P(Rates, folders_and_settings) {
    auto rig = rig_for(R"({"source": "folder:drop", "types": ["spot", "month_end_closing"]})");
    rig.put("drop/ecb.xml", std::string{one_day});
    Kept kept;
    ASSERT_TRUE(kept.read(rig.connector())) << rig.log();
    ASSERT_EQ(kept.artifacts.size(), 1u);
    EXPECT_TRUE(publisher.asked.empty());
    KeptRecords records;
    const auto report = rig.connector().decode("ecb.xml", one_day, "", "", records);
    ASSERT_TRUE(report) << to_text(report.error());
    EXPECT_EQ(report->format, "rates.ecb");
    ASSERT_EQ(records.records.size(), 2u);
    EXPECT_EQ(std::get<FxRate>(records.records[0].body).type, "spot");
    EXPECT_EQ(std::get<FxRate>(records.records[1].body).type, "closing");
    EXPECT_EQ(std::get<FxRate>(records.records[1].body).rate, "1.0811");
}

TEST_P(Rates, one_of_folder_and_url) {
    for (const char* settings : {"{}", R"({"source": "folder:drop", "url": "https://rates.example.test/x"})"}) {
        auto rig = rig_for(settings);
        const Status checked = rig.connector().check();
        ASSERT_FALSE(checked);
        EXPECT_EQ(checked.error().code, Errc::invalid_config) << to_text(checked.error());
    }
}

}  // namespace
}  // namespace owed::plugins::rates::testing
