// Reading, under the real host in both isolation modes, against a strict and moody stand-in whose records are the truth.
#include <gmock/gmock.h>

#include <random>

#include "host/cassette.hpp"
#include "places/places.hpp"
#include "salesforce/rig.hpp"

namespace owed::plugins::salesforce::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class SalesforceReads : public ::testing::TestWithParam<Rig::Isolation> {};
INSTANTIATE_TEST_SUITE_P(Isolation, SalesforceReads, ::testing::Values(Rig::Isolation::process, Rig::Isolation::none),
                         [](const auto& mode) { return mode.param == Rig::Isolation::process ? "process" : "none"; });

std::string text_of(const Status& status) { return status ? "ok" : to_text(status.error()) + " (" + status.error().advice + ")"; }

/// Every account of the org, as it is now, is a customer of the store, and there is none beside.
void expect_whole(const SalesforceOrg& org, const Store& store) {
    std::map<std::string, std::string> there, here;
    for (const auto& one : org.records("Account")) there[std::string{one.at("AccountNumber").as_string()}] = one.at("Name").as_string();
    for (const auto& customer : store.all<Customer>()) here[customer.number] = customer.name;
    EXPECT_EQ(here, there);
}

TEST_P(SalesforceReads, accounts_contacts_and_waiting_orders_page_by_page) {
    const SalesforceOrg org{company(450)};
    ASSERT_TRUE(org.ready());
    Crm crm{org, GetParam()};
    Store store;
    const auto done = store.read(crm.connector());
    ASSERT_TRUE(done) << text_of(done) << crm.rig.log();
    EXPECT_EQ(store.commits, 5);  // 200 + 200 + 50 accounts, contacts, orders
    expect_whole(org, store);
    EXPECT_EQ(store.handed.size(), store.last.size()) << "nothing comes twice";
    EXPECT_EQ(store.all<Contact>().size(), 45u);
    EXPECT_EQ(store.all<Contact>().front().customer.substr(0, 2), "10");
    const auto orders = store.all<SalesOrder>();
    ASSERT_EQ(orders.size(), 23u) << "of 45, those that wait";
    EXPECT_TRUE(orders.front().awaiting_authorisation);
    EXPECT_EQ(to_text(*orders.front().amount) + orders.front().amount->currency, "990.00EUR");
    const auto report = crm.connector().report();
    EXPECT_EQ(report.counters.at("rows_read"), 450 + 45 + 23);
    EXPECT_EQ(report.gauges.at("api_limit_of_day"), 15'000);
}

TEST_P(SalesforceReads, what_changed_since_and_nothing_else) {
    const SalesforceOrg org{company(30)};
    Crm crm{org, GetParam()};
    Store store;
    ASSERT_TRUE(store.read(crm.connector())) << crm.rig.log();
    const auto before = store.handed.size();
    org.control(R"({"do": "clock", "now": "2026-03-31T09:00:00Z"})");
    ASSERT_TRUE(store.read(crm.connector()));
    EXPECT_EQ(store.handed.size(), before);

    auto changed = org.record("Account", "AccountNumber", "10003");
    org.put("Account", {{"Id", changed.at("Id")}, {"Name", "Mill renamed"}});
    auto order = org.record("Order", "owed_Order__c", "O-10000");
    org.put("Order", {{"Id", order.at("Id")}, {"Status", "Activated"}});          // waited, and does not any more
    order = org.record("Order", "owed_Order__c", "O-10010");
    org.put("Order", {{"Id", order.at("Id")}, {"Description", "none of ours"}});  // never waited
    auto contact = org.record("Contact", "Email", "ap10010@mill.test");
    org.control(R"({"do": "delete", "object": "Contact", "id": ")" + std::string{contact.at("Id").as_string()} + "\"}");
    auto gone = org.record("Account", "AccountNumber", "10005");
    org.control(R"({"do": "delete", "object": "Account", "id": ")" + std::string{gone.at("Id").as_string()} + "\"}");
    ASSERT_TRUE(store.read(crm.connector())) << crm.rig.log();
    EXPECT_EQ(store.handed.size(), before + 3);
    EXPECT_EQ(std::get<Customer>(store.handed[before].body).name, "Mill renamed");
    EXPECT_TRUE(std::get<Contact>(store.handed[before + 1].body).no_email);
    EXPECT_FALSE(std::get<SalesOrder>(store.handed[before + 2].body).awaiting_authorisation);
    EXPECT_THAT(crm.rig.log(), HasSubstr("customer 10005, was deleted in Salesforce"));
    EXPECT_EQ(crm.connector().report().counters.at("orders_of_no_concern"), 1);

    // Once told, an order that is over is forgotten; one that waits again is told again.
    org.control(R"({"do": "clock", "now": "2026-03-31T10:00:00Z"})");
    order = org.record("Order", "owed_Order__c", "O-10000");
    org.put("Order", {{"Id", order.at("Id")}, {"Status", "Draft"}});
    ASSERT_TRUE(store.read(crm.connector()));
    EXPECT_TRUE(std::get<SalesOrder>(store.handed.back().body).awaiting_authorisation);
}

TEST_P(SalesforceReads, a_session_that_ends_between_pages_is_renewed) {
    const SalesforceOrg org{company(650), {"--session-calls", "3"}};
    Crm crm{org, GetParam()};
    Store store;
    const auto done = store.read(crm.connector());
    ASSERT_TRUE(done) << text_of(done);
    expect_whole(org, store);
    EXPECT_EQ(store.handed.size(), store.last.size());
    EXPECT_GE(org.control(R"({"do": "state"})").at("sessions").as_array().size(), 3u);
}

TEST_P(SalesforceReads, a_lost_locator_begins_again_behind_the_last_page) {
    const SalesforceOrg org{company(650)};
    Crm crm{org, GetParam()};
    Store store;
    store.on_commit = [&] {
        if (store.commits == 2) org.control(R"({"do": "expire", "what": "locators"})");
    };
    const auto done = store.read(crm.connector());
    ASSERT_TRUE(done) << text_of(done);
    expect_whole(org, store);
    EXPECT_EQ(store.handed.size(), store.last.size());
    EXPECT_EQ(crm.connector().report().counters.at("locators_lost"), 1);

    // One that is always lost ends the read, and not by going round for ever.
    org.mood(R"({"mood": "error", "path": "query/", "code": "INVALID_QUERY_LOCATOR", "times": 0})");
    Store other;
    const auto lost = other.read(crm.connector());
    EXPECT_TRUE(lost) << text_of(lost) << ": each time a page further";
    expect_whole(org, other);
}

struct Mood {
    const char *name, *rule;
    Errc expected;
};
const std::vector<Mood> moods{
    {"html", R"({"mood": "html", "path": "query")", Errc::transient},
    {"unavailable", R"({"mood": "unavailable", "path": "query")", Errc::transient},
    {"exception", R"({"mood": "error", "path": "query", "status": 500)", Errc::transient},
    {"exception_object", R"({"mood": "error", "path": "query", "status": 500, "form": "object")", Errc::transient},
    {"limit", R"({"mood": "limit", "path": "query", "retry_after": 7)", Errc::rate_limited},
    {"torn", R"({"mood": "torn", "path": "query")", Errc::transient},
    // Twice: an idle line that breaks before a byte of answer is tried once more by the transport.
    {"lost", R"({"mood": "lost", "times": 2, "path": "query")", Errc::transient},
    {"reset", R"({"mood": "reset", "times": 2, "path": "query")", Errc::transient},
    {"page_of_html", R"({"mood": "type", "path": "query", "body": "<html>welcome</html>")", Errc::transient},
    {"half_a_page", R"({"mood": "type", "path": "query", "content_type": "application/json", "body": "{\"totalSize\": 1, \"done\": true, \"records\": [{")", Errc::transient},
    {"page_without_rows", R"({"mood": "type", "path": "query", "content_type": "application/json", "body": "{\"done\": false, \"nextRecordsUrl\": \"/services/data/x\", \"records\": []}")", Errc::transient},
    {"page_of_elsewhere", R"({"mood": "type", "path": "query", "content_type": "application/json", "body": "{\"done\": false, \"nextRecordsUrl\": \"https://evil.test/\", \"records\": [{}]}")", Errc::transient},
    {"malformed", R"({"mood": "error", "path": "query", "code": "MALFORMED_QUERY")", Errc::permanent},
};

/// The org fails at the first call, at the second, ...: what is committed is never part of a page, and the reads after it
/// complete the rest.
TEST_P(SalesforceReads, every_mood_at_every_page) {
    const SalesforceOrg org{company(450)};
    ASSERT_TRUE(org.ready());
    for (const auto& mood : moods) {
        SCOPED_TRACE(mood.name);
        for (int page = 0; page < 5; ++page) {
            if (GetParam() == Rig::Isolation::process && page != 1) continue;  // the org is slow, and the rest is the same code
            Crm crm{org, GetParam()};
            org.calm();
            org.mood(std::string{mood.rule} + R"(, "skip": )" + std::to_string(page) + "}");
            Store store;
            const auto failed = store.read(crm.connector());
            ASSERT_FALSE(failed) << page;
            EXPECT_EQ(name_of(failed.error().code), name_of(mood.expected)) << text_of(failed);
            EXPECT_EQ(store.commits, page);
            const auto again = store.read(crm.connector());
            ASSERT_TRUE(again) << text_of(again);
            expect_whole(org, store);
            EXPECT_EQ(store.all<Contact>().size(), 45u);
            EXPECT_EQ(store.all<SalesOrder>().size(), 23u);
            EXPECT_EQ(store.handed.size(), store.last.size());
        }
    }
}

TEST_P(SalesforceReads, slow_and_dripping_answers_are_answers) {
    const SalesforceOrg org{company(30)};
    org.mood(R"({"mood": "slow", "path": "query", "seconds": 0.3})");
    org.mood(R"({"mood": "drip", "path": "describe", "chunk": 2000, "seconds": 0.01, "times": 0})");
    Crm crm{org, GetParam()};
    Store store;
    ASSERT_TRUE(store.read(crm.connector())) << crm.rig.log();
    expect_whole(org, store);
}

TEST_P(SalesforceReads, an_answer_that_never_comes_is_given_up) {
    const SalesforceOrg org{company(30)};
    org.mood(R"({"mood": "hang", "path": "query"})");
    Crm crm{org, GetParam(), {}, [](host::InstanceConfig& config) { config.transfer.timeout_ms = 500; }};
    Store store;
    const auto hung = store.read(crm.connector());
    ASSERT_FALSE(hung);
    EXPECT_TRUE(retryable(hung.error().code)) << text_of(hung);
    ASSERT_TRUE(store.read(crm.connector()));
    expect_whole(org, store);
}

/// All rows have one SystemModstamp, as after an import, and rows change between the pages: also ones that were read, ones
/// that come, and to the very second of the reading. The reader dies at each commit in turn.
TEST_P(SalesforceReads, rows_that_change_between_pages_are_not_lost_whenever_it_dies) {
    for (int dies_at = 0; dies_at <= 4; ++dies_at) {
        SCOPED_TRACE("dies at commit " + std::to_string(dies_at));
        if (GetParam() == Rig::Isolation::process && dies_at != 2) continue;
        const SalesforceOrg org{company(650, "2026-03-31T07:59:59Z")};
        Crm crm{org, GetParam(), R"("read_overlap_seconds": 0, "contacts": false, "orders": {"awaiting": []})"};
        std::mt19937 random{static_cast<unsigned>(dies_at)};
        Store store;
        int changed = 0;
        store.on_commit = [&] {
            for (int i = 0; changed < 12 && i < 3; ++i, ++changed) {
                const auto number = std::to_string(10'000 + static_cast<int>(random() % 650));
                const auto row = org.record("Account", "AccountNumber", number);
                boost::json::object change{{"Id", row.at("Id")}, {"Name", "Mill changed " + std::to_string(changed)}};
                org.put("Account", change);
            }
        };
        store.dies_at = dies_at;
        const auto first = store.read(crm.connector());
        EXPECT_EQ(first.has_value(), dies_at == 0) << text_of(first);
        store.dies_at = 0;
        org.control(R"({"do": "clock", "now": "2026-03-31T08:05:00Z"})");
        ASSERT_TRUE(store.read(crm.connector())) << crm.rig.log();
        ASSERT_TRUE(store.read(crm.connector()));
        EXPECT_GE(changed, 6);
        expect_whole(org, store);
    }
}

TEST_P(SalesforceReads, a_clock_that_is_off_loses_nothing) {
    for (const int skew : {3600, -3600, 30}) {
        SCOPED_TRACE(skew);
        const SalesforceOrg org{company(30)};
        Crm crm{org, GetParam(), R"("read_overlap_seconds": 60)"};
        Store store;
        ASSERT_TRUE(store.read(crm.connector()));
        org.control(R"({"do": "clock", "skew_seconds": )" + std::to_string(skew) + "}");
        org.put("Account", {{"Name", "New Mill"}, {"AccountNumber", "20000"}});
        ASSERT_TRUE(store.read(crm.connector())) << crm.rig.log();
        expect_whole(org, store);
        if (skew == -3600) {
            EXPECT_THAT(crm.rig.log(), HasSubstr("clock went back"));
        }
    }
}

TEST_P(SalesforceReads, stops_at_its_share_of_the_day_and_goes_on_later) {
    const SalesforceOrg org{company(650), {"--limit-max", "100", "--limit-used", "74"}};
    Crm crm{org, GetParam()};
    Store store;
    const auto stopped = store.read(crm.connector());
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().code, Errc::rate_limited) << text_of(stopped);
    EXPECT_THAT(stopped.error().what, HasSubstr("80 of the org's 100 API calls of a day are used, and owed stops at 80 %"));
    EXPECT_EQ(store.commits, 3) << "three describes, three pages";
    const auto still = store.read(crm.connector());
    ASSERT_FALSE(still);
    EXPECT_EQ(org.control(R"({"do": "state"})").at("usage").at("used").as_int64(), 81) << "one call to see whether it is over";
    org.control(R"({"do": "usage", "used": 0})");
    ASSERT_TRUE(store.read(crm.connector()));
    expect_whole(org, store);

    org.control(R"({"do": "usage", "used": 100})");
    const auto refused = store.read(crm.connector());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::rate_limited) << text_of(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("REQUEST_LIMIT_EXCEEDED"));
}

TEST_P(SalesforceReads, other_settings_read_everything_again) {
    const SalesforceOrg org{company(30)};
    Store store;
    {
        Crm crm{org, GetParam()};
        ASSERT_TRUE(store.read(crm.connector()));
    }
    org.control(R"({"do": "clock", "now": "2026-03-31T10:00:00Z"})");
    Crm crm{org, GetParam(), R"("orders": {"awaiting": ["Activated"]})"};
    ASSERT_TRUE(store.read(crm.connector())) << crm.rig.log();
    EXPECT_EQ(store.all<SalesOrder>().size(), 3u);
    for (const auto& order : store.all<SalesOrder>()) EXPECT_EQ(order.awaiting_authorisation, order.status == "Activated") << order.number;
}

TEST_P(SalesforceReads, what_the_org_does_not_have_is_named) {
    struct Case {
        const char* name;
        std::vector<std::string> arguments;
        std::string settings;
        std::string what, advice;
    };
    for (const Case& c : std::vector<Case>{
             {"no fields", {"--no-custom-fields"}, "", "Account.owed_Customer__c (settings.account.external_id_field) is not there, or the integration user may not see it; it would be a Text (64), External ID, Unique", "create the field"},
             {"no version", {"--versions", "64.0,65.0"}, "", "does not offer API version v62.0; it offers v64.0, v65.0", "api_version"},
             {"no number", {}, R"("account": {"number_field": "Kunde__c"})", "Account.Kunde__c (settings.account.number_field) is not there", ""},
         }) {
        SCOPED_TRACE(c.name);
        const SalesforceOrg org{{}, c.arguments};
        ASSERT_TRUE(org.ready());
        Crm crm{org, GetParam(), c.settings};
        Store store;
        for (const Status& answer : {crm.connector().check(), store.read(crm.connector())}) {
            ASSERT_FALSE(answer);
            EXPECT_EQ(answer.error().code, Errc::invalid_config) << text_of(answer);
            EXPECT_THAT(answer.error().what, HasSubstr(c.what));
            EXPECT_THAT(answer.error().advice, HasSubstr(c.advice));
        }
        EXPECT_EQ(store.commits, 0);
    }
}

TEST_P(SalesforceReads, check_names_all_that_writing_misses) {
    const SalesforceOrg org{company(1)};
    Crm crm{org, GetParam()};
    const auto missing = crm.connector().check();
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().what, HasSubstr("Account.owed_Hold_Reason__c (settings.status.hold_reason)"));
    EXPECT_THAT(missing.error().what, Not(HasSubstr("owed_Balance__c")));
    Crm without{org, GetParam(), R"("status": {"hold_reason": ""})"};
    const auto good = without.connector().check();
    EXPECT_TRUE(good) << text_of(good);
}

TEST_P(SalesforceReads, the_login_is_the_hosts) {
    const SalesforceOrg org{company(1)};
    Crm wrong{org, GetParam(), {}, [](host::InstanceConfig& config) {
                  config.oauth.at("login").client_secret = [] { return Result<std::string>{std::string{"wr0ng-canary"}}; };
              }};
    Store store;
    const auto refused = store.read(wrong.connector());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::auth) << text_of(refused);
    EXPECT_THAT(to_text(refused.error()) + wrong.rig.log(), Not(HasSubstr("canary")));
    Crm none{org, GetParam(), {}, [](host::InstanceConfig& config) { config.has_secret = {}; config.oauth.clear(); }};
    const auto missing = store.read(none.connector());
    ASSERT_FALSE(missing);
    EXPECT_THAT(missing.error().what, HasSubstr("no secret \"login\""));
}

TEST(SalesforceLogin, by_jwt_bearer) {
    const standins::TempFolder folder;
    const auto key = (folder.path() / "key.pem").string(), certificate = (folder.path() / "cert.pem").string();
    ASSERT_EQ(standins::run({"/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=owed"}), 0);
    const SalesforceOrg org{company(5), {"--jwt-key", certificate}};
    const auto jwt = [&](const std::string& subject) {
        return [&, subject](host::InstanceConfig& config) {
            auto& login = config.oauth.at("login");
            login.grant = host::OAuthClient::Grant::jwt_bearer;
            login.client_secret = {};
            login.audience = "https://login.salesforce.com";
            login.subject = subject;
            login.private_key = [&] { return Result<std::string>{plugins::testing::read_file(key)}; };
        };
    };
    Crm crm{org, Rig::Isolation::process, {}, jwt("integration@owed.test")};
    Store store;
    const auto done = store.read(crm.connector());
    ASSERT_TRUE(done) << text_of(done) << crm.rig.log();
    expect_whole(org, store);
    Crm stranger{org, Rig::Isolation::process, {}, jwt("somebody@owed.test")};
    const auto refused = store.read(stranger.connector());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::auth) << text_of(refused);
    EXPECT_THAT(refused.error().what, HasSubstr("user hasn't approved this consumer"));
}

TEST(SalesforceCurrencies, of_an_org_with_several_are_the_rows_own) {
    boost::json::object seed = company(1);
    seed["records"].as_object()["Order"].as_array()[0].as_object()["CurrencyIsoCode"] = "USD";
    const SalesforceOrg org{seed, {"--multi-currency", "EUR,USD"}};
    Crm crm{org};
    Store store;
    ASSERT_TRUE(store.read(crm.connector())) << crm.rig.log();
    EXPECT_EQ(store.all<SalesOrder>().at(0).amount->currency, "USD");
    EXPECT_EQ(store.all<Customer>().at(0).currency, "EUR");
}

/// What the org said once is enough: the same cursor and the same answers give the same records, without the org.
TEST(SalesforceCassette, replays_a_read) {
    const standins::TempFolder folder;
    const auto tape = (folder.path() / "read.jsonl").string();
    Store recorded;
    std::string settings;
    {
        const SalesforceOrg org{company(450)};
        settings = Crm::settings(org, {});
        Crm crm{org, Rig::Isolation::process, {}, [&](host::InstanceConfig& config) { config.transfer.record = tape; }};
        ASSERT_TRUE(recorded.read(crm.connector())) << crm.rig.log();
    }
    EXPECT_THAT(plugins::testing::read_file(tape), Not(HasSubstr(SalesforceOrg::client_secret)));
    const auto player = host::CassettePlayer::open(tape);
    ASSERT_TRUE(player) << to_text(player.error());
    host::InstanceConfig config;
    config.name = "x";
    config.plugin = "salesforce";
    config.settings_json = settings;
    config.isolation = Rig::Isolation::process;
    config.has_secret = [](std::string_view) { return true; };
    host::OAuthClient login;
    login.token_url = boost::json::parse(settings).at("instance_url").as_string().c_str() + std::string{"/services/oauth2/token"};
    login.client_id = "owed-consumer-key";
    login.client_secret = [] { return Result<std::string>{std::string{"another"}}; };
    config.oauth["login"] = login;
    host::HostOptions options;
    options.plugin_folder = owed::build_folder() + "/plugins";
    options.child_program = owed::build_folder() + "/bin/owed-plugin-host";
    options.allow_unlisted = true;
    options.transfer = player->hook();
    plugins::testing::StillClock clock;
    plugins::testing::SeededRng rng;
    plugins::testing::KeptLog log;
    host::PluginHost host{options, {config}, clock, rng, log};
    host.start();
    Store replayed;
    const auto done = replayed.read(*host.find("x"));
    ASSERT_TRUE(done) << text_of(done) << log.text();
    EXPECT_TRUE(player->finished()) << to_text(player->finished().error());
    EXPECT_EQ(replayed.cursor, recorded.cursor);
    EXPECT_EQ(replayed.state, recorded.state);
    ASSERT_EQ(replayed.handed.size(), recorded.handed.size());
    const auto bytes = [](const Store& store) {
        wire::BatchBuilder batch;
        for (const auto& record : store.handed) EXPECT_TRUE(batch.add(record));
        return std::string{batch.finish()};
    };
    EXPECT_EQ(bytes(replayed), bytes(recorded));
    host.stop();
}

}  // namespace
}  // namespace owed::plugins::salesforce::testing
