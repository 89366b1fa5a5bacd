// Writing, under the real host in both isolation modes, against a strict and moody stand-in whose effects are the truth.
#include <gmock/gmock.h>

#include "salesforce/rig.hpp"

namespace owed::plugins::salesforce::testing {
namespace {

using ::testing::HasSubstr;

class SalesforceWrites : public ::testing::TestWithParam<Rig::Isolation> {
  protected:
    SalesforceWrites() { std::ofstream{fields()} << with_reason; }
    std::string fields() const { return (folder_.path() / "fields.json").string(); }
    std::vector<std::string> arguments(std::vector<std::string> more = {}) const {
        more.insert(more.end(), {"--fields", fields()});
        return more;
    }

  private:
    standins::TempFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Isolation, SalesforceWrites, ::testing::Values(Rig::Isolation::process, Rig::Isolation::none),
                         [](const auto& mode) { return mode.param == Rig::Isolation::process ? "process" : "none"; });

std::vector<Record> statuses(int count) {
    std::vector<Record> records;
    for (int i = count; i-- > 0;) records.push_back(status(std::to_string(10'000 + i), 10'000 + i));
    return records;
}
std::map<std::string, int> states(const Result<std::vector<WriteResult>>& results) {
    std::map<std::string, int> counts;
    if (!results) counts["error " + to_text(results.error())] = 1;
    else
        for (const auto& result : *results) ++counts[std::string{name_of(result.state)}];
    return counts;
}
using Counts = std::map<std::string, int>;

TEST_P(SalesforceWrites, statuses_of_many_accounts_once_each) {
    const SalesforceOrg org{company(450), arguments()};
    ASSERT_TRUE(org.ready());
    Crm crm{org, GetParam()};
    const auto good = crm.connector().check();
    ASSERT_TRUE(good) << to_text(good.error());
    const auto results = crm.connector().write(statuses(450));
    EXPECT_EQ(states(results), (Counts{{"sent", 450}})) << crm.rig.log();
    for (const int i : {0, 199, 200, 449}) EXPECT_EQ(org.effects("Account", "owed_Customer__c", std::to_string(10'000 + i)), 1) << i;
    const auto row = org.record("Account", "owed_Customer__c", "10007");
    EXPECT_EQ(boost::json::serialize(row.at("owed_Balance__c")), "1.0007E2");
    EXPECT_EQ(row.at("owed_As_Of__c").as_string(), "2026-03-31T12:00:00.000+0000");
    EXPECT_TRUE(row.at("owed_Credit_Hold__c").as_bool());
    EXPECT_EQ(row.at("owed_Hold_Reason__c").as_string(), "41 days late");
    EXPECT_EQ(row.at("Name").as_string(), "Mill 10007");
    // Results stand in the order of the records, which were not sorted.
    EXPECT_EQ((*results)[449 - 7].remote_id, std::string{row.at("Id").as_string()});
    int calls = 0;
    std::string before;
    for (const auto& request : org.requests()) {
        if (request.at("method").as_string() != "PATCH") continue;
        ++calls;
        const auto rows = boost::json::parse(request.at("body").as_string()).at("records").as_array();
        EXPECT_LE(rows.size(), 200u);
        for (const auto& one : rows) {
            const std::string key{one.at("owed_Customer__c").as_string()};
            EXPECT_LT(before, key) << "sorted, so that two writers do not wait for each other in turn";
            before = key;
        }
    }
    EXPECT_EQ(calls, 3);
}

TEST_P(SalesforceWrites, an_account_that_is_not_there_is_refused_or_made) {
    const SalesforceOrg org{company(2), arguments()};
    Crm crm{org, GetParam()};
    const std::vector<Record> batch{status("10000"), status("O'Neil \\ \"x\""), status("10001")};
    const auto results = crm.connector().write(batch);
    EXPECT_EQ(states(results), (Counts{{"sent", 2}, {"refused", 1}}));
    EXPECT_EQ((*results)[1].detail, "no Account has owed_Customer__c = O'Neil \\ \"x\"; write the customer number into that field of its account, or set create_missing_accounts");
    EXPECT_EQ((*results)[1].field, "owed_Customer__c");
    EXPECT_EQ(org.records("Account").size(), 2u);

    Crm maker{org, GetParam(), R"("create_missing_accounts": true)"};
    for (int round = 0; round < 3; ++round) {
        const auto made = maker.connector().write(batch);
        EXPECT_EQ(states(made), (Counts{{"sent", 3}}));
        EXPECT_EQ((*made)[1].created, round == 0);
    }
    EXPECT_EQ(org.records("Account").size(), 3u);
    EXPECT_EQ(org.record("Account", "owed_Customer__c", "O'Neil \\ \"x\"").at("Name").as_string(), "Mill O'Neil \\ \"x\"");
}

TEST_P(SalesforceWrites, several_accounts_with_one_number_are_refused) {
    const SalesforceOrg org{company(3), arguments()};
    org.control(R"({"do": "duplicate", "object": "Account", "field": "owed_Customer__c", "value": "10001"})");
    Crm crm{org, GetParam()};
    const auto results = crm.connector().write(statuses(3));
    EXPECT_EQ(states(results), (Counts{{"sent", 2}, {"refused", 1}}));
    EXPECT_THAT((*results)[1].detail, HasSubstr("several accounts have owed_Customer__c = 10001: 001"));
}

TEST_P(SalesforceWrites, locked_rows_heal_at_the_third_try) {
    const SalesforceOrg org{company(3), arguments()};
    org.mood(R"({"mood": "lock", "object": "Account", "external": ["10001"], "times": 2})");
    Crm crm{org, GetParam()};
    const auto results = crm.connector().write(statuses(3));
    EXPECT_EQ(states(results), (Counts{{"sent", 3}}));
    for (const char* key : {"10000", "10001", "10002"}) EXPECT_EQ(org.effects("Account", "owed_Customer__c", key), 1) << key;
    EXPECT_EQ(crm.connector().report().counters.at("rows_locked"), 2);
}

TEST_P(SalesforceWrites, a_row_that_stays_locked_is_for_later) {
    const SalesforceOrg org{company(3), arguments()};
    org.mood(R"({"mood": "lock", "object": "Account", "external": ["10001"], "times": 0})");
    Crm crm{org, GetParam()};
    const auto results = crm.connector().write(statuses(3));
    EXPECT_EQ(states(results), (Counts{{"sent", 2}, {"retry", 1}}));
    EXPECT_THAT((*results)[1].detail, HasSubstr("UNABLE_TO_LOCK_ROW"));
}

TEST_P(SalesforceWrites, a_refusal_names_field_and_reason) {
    const SalesforceOrg org{company(3), arguments()};
    org.mood(R"({"mood": "row", "object": "Account", "external": ["10002"], "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "Balance needs\na review", "fields": ["owed_Balance__c"], "times": 0})");
    Crm crm{org, GetParam()};
    const auto results = crm.connector().write(statuses(3));
    EXPECT_EQ(states(results), (Counts{{"sent", 2}, {"refused", 1}}));
    EXPECT_EQ((*results)[0].field, "owed_Balance__c");
    EXPECT_EQ((*results)[0].detail, "Account with owed_Customer__c = 10002: FIELD_CUSTOM_VALIDATION_EXCEPTION: Balance needs a review");
}

TEST_P(SalesforceWrites, an_answer_that_is_lost_is_unknown_and_the_repeat_is_safe) {
    for (const char* mood : {R"({"mood": "lost", "method": "PATCH"})", R"({"mood": "torn", "method": "PATCH"})", R"({"mood": "type", "method": "PATCH", "body": "<html>"})",
                             R"({"mood": "type", "method": "PATCH", "content_type": "application/json", "body": "[]"})"}) {
        SCOPED_TRACE(mood);
        const SalesforceOrg org{company(3), arguments()};
        Crm crm{org, GetParam(), R"("create_missing_accounts": true)"};
        auto batch = statuses(3);
        batch.push_back(status("30000"));
        org.mood(mood);
        EXPECT_EQ(states(crm.connector().write(batch)), (Counts{{"unknown", 4}}));
        EXPECT_EQ(states(crm.connector().write(batch)), (Counts{{"sent", 4}}));
        EXPECT_EQ(org.records("Account").size(), 4u);
        EXPECT_EQ(boost::json::serialize(org.record("Account", "owed_Customer__c", "10001").at("owed_Balance__c")), "1.0001E2");
    }
}

TEST_P(SalesforceWrites, what_surely_did_not_happen_is_an_error_of_the_batch) {
    struct Case {
        const char* mood;
        Errc expected;
    };
    for (const Case& c : {Case{R"({"mood": "html", "method": "PATCH"})", Errc::transient}, Case{R"({"mood": "unavailable", "method": "PATCH"})", Errc::transient},
                          Case{R"({"mood": "limit", "method": "PATCH"})", Errc::rate_limited}, Case{R"({"mood": "html", "path": "query"})", Errc::transient},
                          Case{R"({"mood": "torn", "path": "query"})", Errc::transient}, Case{R"({"mood": "limit", "path": "describe"})", Errc::rate_limited},
                          Case{R"({"mood": "error", "method": "PATCH", "status": 404, "code": "NOT_FOUND", "form": "object"})", Errc::permanent}}) {
        SCOPED_TRACE(c.mood);
        const SalesforceOrg org{company(3), arguments()};
        Crm crm{org, GetParam()};
        org.mood(c.mood);
        const auto failed = crm.connector().write(statuses(3));
        ASSERT_FALSE(failed) << states(failed).begin()->first;
        EXPECT_EQ(name_of(failed.error().code), name_of(c.expected)) << to_text(failed.error());
        EXPECT_EQ(org.effects("Account", "owed_Customer__c", "10001"), 0);
        EXPECT_EQ(states(crm.connector().write(statuses(3))), (Counts{{"sent", 3}}));
    }
}

TEST_P(SalesforceWrites, a_failure_after_the_first_call_leaves_the_rest_for_later) {
    const SalesforceOrg org{company(250), arguments()};
    Crm crm{org, GetParam()};
    org.mood(R"({"mood": "html", "method": "PATCH", "skip": 1})");
    const auto results = crm.connector().write(statuses(250));
    EXPECT_EQ(states(results), (Counts{{"sent", 200}, {"retry", 50}}));
}

TEST_P(SalesforceWrites, a_session_that_ends_is_renewed) {
    const SalesforceOrg org{company(450), arguments({"--session-calls", "2"})};
    Crm crm{org, GetParam()};
    EXPECT_EQ(states(crm.connector().write(statuses(450))), (Counts{{"sent", 450}}));
    EXPECT_EQ(org.effects("Account", "owed_Customer__c", "10449"), 1);
}

TEST_P(SalesforceWrites, orders_are_held_and_released) {
    const SalesforceOrg org{company(21), arguments()};
    Crm crm{org, GetParam()};
    const std::string id{org.record("Order", "owed_Order__c", "O-10000").at("Id").as_string()};
    EXPECT_EQ(states(crm.connector().write({order_hold(id, true), status("10000")})), (Counts{{"sent", 2}}));
    EXPECT_TRUE(org.record("Order", "Id", id).at("owed_Hold__c").as_bool());
    EXPECT_EQ(org.record("Order", "Id", id).at("owed_Hold_Reason__c").as_string(), "41 days late");
    Store store;
    ASSERT_TRUE(store.read(crm.connector()));
    for (const auto& order : store.all<SalesOrder>()) EXPECT_EQ(order.on_hold, order.number == org.record("Order", "Id", id).at("OrderNumber").as_string());
    EXPECT_EQ(states(crm.connector().write({order_hold(id, false)})), (Counts{{"sent", 1}}));
    EXPECT_FALSE(org.record("Order", "Id", id).at("owed_Hold__c").as_bool());
    EXPECT_TRUE(org.record("Order", "Id", id).at("owed_Hold_Reason__c").is_null());

    const auto wrong = crm.connector().write({order_hold("O-10000", true), order_hold("801000000000000AAA", true)});
    EXPECT_EQ(states(wrong), (Counts{{"refused", 2}}));
    EXPECT_EQ((*wrong)[0].detail, "\"O-10000\" is no id of an order");

    Crm by_key{org, GetParam(), R"("orders": {"external_id_field": "owed_Order__c"})"};
    EXPECT_EQ(states(by_key.connector().write({order_hold("O-10000", true), order_hold("O-10020", true), order_hold("O-nothing", true)})), (Counts{{"sent", 2}, {"refused", 1}}));
    EXPECT_TRUE(org.record("Order", "Id", id).at("owed_Hold__c").as_bool());
    EXPECT_EQ(org.records("Order").size(), 3u) << "none is made";
}

TEST_P(SalesforceWrites, other_records_and_settings_that_are_off) {
    const SalesforceOrg org{company(1), arguments()};
    Crm crm{org, GetParam(), R"("orders": {"awaiting": []}, "status": {"balance": "", "overdue": "", "oldest_days": "", "dunning_level": "", "credit_hold": "", "hold_reason": "", "as_of": ""})"};
    const auto results = crm.connector().write({Record{Customer{}, "1", {}}, status("10000"), order_hold("801000000000000AAA", true), status("")});
    EXPECT_EQ(states(results), (Counts{{"refused", 4}}));
    EXPECT_THAT((*results)[0].detail, HasSubstr("this is customer"));
    EXPECT_THAT((*results)[1].detail, HasSubstr("switched off"));
    EXPECT_THAT((*results)[2].detail, HasSubstr("orders are left alone"));
}

TEST_P(SalesforceWrites, amounts_in_another_currency_are_left_blank) {
    const SalesforceOrg org{company(1), arguments({"--multi-currency", "EUR,USD"})};
    Crm crm{org, GetParam()};
    const auto results = crm.connector().write({status("10000", 5000, "USD")});
    EXPECT_EQ(states(results), (Counts{{"sent", 1}}));
    EXPECT_THAT((*results)[0].detail, HasSubstr("the account counts in EUR, and the customer owes in USD"));
    const auto row = org.record("Account", "owed_Customer__c", "10000");
    EXPECT_TRUE(row.at("owed_Balance__c").is_null());
    EXPECT_TRUE(row.at("owed_Credit_Hold__c").as_bool());
}

TEST_P(SalesforceWrites, missing_fields_are_named_and_nothing_is_written) {
    const SalesforceOrg org{company(1)};  // without owed_Hold_Reason__c
    Crm crm{org, GetParam()};
    const auto failed = crm.connector().write({status("10000")});
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::invalid_config);
    EXPECT_THAT(failed.error().what, HasSubstr("Account.owed_Hold_Reason__c (settings.status.hold_reason) is not there"));
    EXPECT_EQ(org.effects("Account", "owed_Customer__c", "10000"), 0);
}

TEST_P(SalesforceWrites, lookup_tells_what_stands_there) {
    const SalesforceOrg org{company(1), arguments()};
    Crm crm{org, GetParam()};
    const auto there = crm.connector().lookup("10000");
    ASSERT_TRUE(there && *there) << to_text(there.error());
    EXPECT_EQ((*there)->state, SendState::sent);
    EXPECT_EQ((*there)->provider_id, std::string{org.record("Account", "AccountNumber", "10000").at("Id").as_string()});
    const auto gone = crm.connector().lookup("it's not");
    ASSERT_TRUE(gone && *gone);
    EXPECT_EQ((*gone)->state, SendState::retry);
    const auto order = crm.connector().lookup(std::string{org.record("Order", "owed_Order__c", "O-10000").at("Id").as_string()});
    ASSERT_TRUE(order && *order);
    EXPECT_THAT((*order)->detail, HasSubstr("Order with Id = 801"));
}

}  // namespace
}  // namespace owed::plugins::salesforce::testing
