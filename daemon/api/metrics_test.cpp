// The names of the metrics are a contract: the page that people write alerts from says what the code says.
#include "api/metrics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <set>
#include <sstream>

#include "api/migrations.hpp"
#include "api/verbs.hpp"
#include "intake/fake_connector.hpp"
#include "ledger/test_company.hpp"
#include "places/places.hpp"

namespace owed::api {
namespace {

using testing::HasSubstr;

std::string page() {
    std::ifstream in{owed::source_folder() + "/docs/reference/metrics.md"};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

TEST(Metrics, stand_on_their_page_with_type_labels_and_meaning_and_no_others) {
    const auto text = page();
    for (const auto& metric : metrics()) {
        std::string labels;
        std::string_view rest = metric.labels;
        while (!rest.empty()) {
            const auto label = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), label.size() + 1));
            labels += (labels.empty() ? "`" : ", `") + std::string{label} + "`";
        }
        EXPECT_THAT(text, HasSubstr("| `" + std::string{metric.name} + "` | " + std::string{metric.type} + " | " + labels + " | " + std::string{metric.help} + " |"));
    }
    std::size_t rows = 0;
    for (std::size_t at = text.find("\n| `owed_"); at != std::string::npos; at = text.find("\n| `owed_", at + 1)) ++rows;
    EXPECT_EQ(rows, metrics().size());
}

TEST(Metrics, names_end_in_their_unit_and_counters_in_total) {
    std::set<std::string_view> seen;
    for (const auto& metric : metrics()) {
        EXPECT_TRUE(seen.insert(metric.name).second) << metric.name;
        EXPECT_TRUE(metric.name.starts_with("owed_")) << metric.name;
        EXPECT_EQ(metric.name.ends_with("_total"), metric.type == "counter") << metric.name;
    }
}

struct Hosts : owed::Hosts {
    struct Odd : intake::FakeConnector {
        using intake::FakeConnector::FakeConnector;
        InstanceReport report() const override {
            InstanceReport report;
            report.name = "odd \"one\"\n";
            report.plugin = "p";
            report.state = InstanceState::failed;
            report.deaths = {{"crash", 2}};
            report.counters = {{"pages", 7}};
            return report;
        }
    };
    Odd odd{"odd"};
    std::vector<Connector*> connectors() override { return {&odd}; }
    Connector* find(std::string_view) override { return &odd; }
    Connector* sender_for(std::string_view) override { return nullptr; }
};

TEST(Metrics, every_sample_has_its_labels_and_values_are_escaped) {
    ledger::Company company{{all_migrations()}};
    Hosts hosts;
    const std::vector<jobs::Job> schedule{{"cash", "cash", "", *jobs::Cron::parse("0 8 * * *"), Zone::utc(), ""}};
    jobs::Deciders deciders{hosts, company.test.log};
    cash::DeciderRuns runs;
    runs["odd"] = {{.asked = 9, .proposed = 5, .accepted = 3, .refused = 2, .late = 1}, {}, 0};
    deciders.note(runs);
    App app{.store = company.test.store(), .books = company.books, .ledger = company.context, .clock = company.test.clock, .rng = company.test.rng,
            .log = company.test.log, .cash = {}, .people = {}, .demo = false, .hosts = &hosts, .deciders = &deciders, .intake = nullptr, .dunning = nullptr, .jobs = &schedule,
            .run_job = {}, .sync = {}, .reload = {}, .advance_clock = {}, .effective_configuration = {}, .alarms = {}, .ready = true};
    const auto text = metrics_text(app);
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr("owed_plugin_restarts_total{connector=\"odd \\\"one\\\"\\n\",reason=\"crash\"} 2\n"));
    EXPECT_THAT(*text, HasSubstr("state=\"failed\"} 1\n"));
    EXPECT_THAT(*text, HasSubstr("state=\"ok\"} 0\n")) << "a dead plugin is not ok";
    EXPECT_THAT(*text, HasSubstr("owed_plugin_counter_total{connector=\"odd \\\"one\\\"\\n\",name=\"pages\"} 7\n"));
    EXPECT_THAT(*text, HasSubstr("owed_decider_asked_total{connector=\"odd \\\"one\\\"\\n\"} 9\n"));
    EXPECT_THAT(*text, HasSubstr("owed_decider_refused_total{connector=\"odd \\\"one\\\"\\n\"} 2\n"));
    const auto shown = call(app, "connectors", {}, {});
    ASSERT_TRUE(shown);
    EXPECT_EQ(boost::json::serialize(shown->json.as_object().at("connectors").at(0).at("decider")), R"({"asked":9,"proposed":5,"accepted":3,"refused":2,"late":1})");
    EXPECT_THAT(*text, HasSubstr("owed_job_lateness_seconds{job=\"cash\"} 0\n"));
    EXPECT_THAT(*text, HasSubstr("owed_outbox_unknown 0\n"));
    std::istringstream lines{*text};
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("#")) continue;
        const auto name = line.substr(0, line.find_first_of("{ "));
        const auto known = std::find_if(metrics().begin(), metrics().end(), [&](const Metric& metric) { return metric.name == name; });
        ASSERT_NE(known, metrics().end()) << line;
        EXPECT_EQ(line.find('{') == std::string::npos, known->labels.empty()) << line;
    }
    EXPECT_TRUE(call(app, "metrics", {}, {})) << "anybody who may connect may look";
}

}  // namespace
}  // namespace owed::api
