// Verbs of operation that a person uses when something went wrong: reading again.
#include "api/test_verbs.hpp"

namespace owed::api {
namespace {

using ::testing::ElementsAre;

const Caller root{{.kind = audit::Actor::Kind::person, .id = "root", .name = "Rosa Probe"}, {"admin"}};

struct OperationsTest : VerbsTest {
    std::string refused(const json::object& arguments, const Caller& caller = root) {
        const auto done = ask("connector reset", arguments, caller);
        return done ? "done" : std::string{name_of(done.error().code)} + ": " + done.error().what;
    }
    /// The cursor that the next sync begins with.
    std::string next_cursor() {
        store::ok(inbox.sync(hosts.erp));
        return hosts.erp.cursor_seen;
    }
};

TEST_F(OperationsTest, a_connector_is_reset_by_an_administrator_who_says_why) {
    EXPECT_THAT(refused({{"connector", "erp"}, {"why", "again"}}, anna), HasSubstr("refused: Anna Probe may not \"connector reset\"; it takes the role admin"));
    EXPECT_EQ(refused({{"why", "again"}}), "invalid_argument: say which connector");
    EXPECT_EQ(refused({{"connector", "erp"}}), "invalid_argument: say why it is to read again: --why W");
    EXPECT_EQ(refused({{"connector", "none"}, {"why", "again"}}), "not_found: there is no connector none");
    EXPECT_EQ(next_cursor(), "+") << "one sync stands behind us";

    const auto beginning = get("connector reset", {{"connector", "erp"}, {"why", "the export of March was wrong"}}, root);
    EXPECT_EQ(json::serialize(beginning), R"({"reset":"erp","was":"++","cursor":""})");
    EXPECT_EQ(next_cursor(), "");
    EXPECT_EQ(get("connector reset", {{"connector", "erp"}, {"to", "42"}, {"why", "from there on"}}, root).at("was").as_string(), "+");
    EXPECT_EQ(next_cursor(), "42");

    const auto acts = get("audit list").at("audit").as_array();
    std::vector<std::string> resets;
    for (const auto& act : acts)
        if (act.at("action") == "connector.reset") resets.push_back(std::string{act.at("reason").as_string()});
    EXPECT_THAT(resets, ElementsAre("the export of March was wrong (from \"++\" to the beginning, without what its plugin had kept)", "from there on (from \"+\" to \"42\")"));
}

TEST_F(OperationsTest, a_connector_that_is_being_read_is_not_reset) {
    hosts.erp.shown.running = "read";
    EXPECT_THAT(refused({{"connector", "erp"}, {"why", "again"}}), HasSubstr("refused: connector erp is being read"));
    hosts.erp.shown.running.clear();
    EXPECT_EQ(next_cursor(), "+") << "and nothing was changed";
}

}  // namespace
}  // namespace owed::api
