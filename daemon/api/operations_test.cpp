// Verbs of operation that a person uses when something went wrong: reading again, and what it is that runs.
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

TEST_F(OperationsTest, the_plugins_in_use_are_told_with_who_vouches_for_them) {
    app.plugins = [] {
        return std::vector<PluginRow>{
            {"bank-files", "", "1.2.0", "0.9.3", "native", "locked", "/usr/lib/owed/plugins/bank-files.so", "ab12", {"source", "codec"}, {"bank-emea", "bank-us"}, {"bank-us"}},
            {"post", "", "1.0.0", "", "python3", "signed", "/opt/post", "cd34", {"sender"}, {"post"}, {}},
            {"crm", "there is no plugin \"crm\"", "", "", "", "", "", "", {}, {"crm"}, {}}};
    };
    const auto rows = get("plugins").at("plugins").as_array();
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(json::serialize(rows[0]), R"({"plugin":"bank-files","version":"1.2.0","kinds":["source","codec"],"sdk":"0.9.3","language":"native","isolation":"process, none","verified":"locked",)"
                                        R"("instances":["bank-emea","bank-us"],"in_process":["bank-us"],"file":"/usr/lib/owed/plugins/bank-files.so","sha256":"ab12","problem":null})");
    EXPECT_EQ(rows[1].at("isolation"), "process");
    EXPECT_TRUE(rows[1].at("sdk").is_null());
    EXPECT_EQ(rows[2].at("problem"), "there is no plugin \"crm\"");
    EXPECT_TRUE(rows[2].at("verified").is_null());
    app.plugins = {};
    EXPECT_THAT(ask("plugins").error().what, HasSubstr("needs the running daemon"));
}

}  // namespace
}  // namespace owed::api
