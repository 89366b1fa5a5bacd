#include "apis/salesforce/errors.hpp"
#include "places/places.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace owed::apis::salesforce {
namespace {

std::string shown(const std::vector<RemoteError>& errors) {
    std::string all;
    for (const auto& error : errors) {
        all += to_text(error);
        for (const auto& field : error.fields) all += " @" + field;
        all += ";";
    }
    return all;
}

TEST(SalesforceErrors, come_in_several_shapes) {
    for (const auto& [body, expected] : std::vector<std::pair<std::string, std::string>>{
             {R"([{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}])", "INVALID_SESSION_ID: Session expired or invalid;"},
             {R"({"message":"too many","errorCode":"LIMIT","fields":["a","b"]})", "LIMIT: too many @a @b;"},
             {R"([{"statusCode":"REQUIRED_FIELD_MISSING","message":"Required fields are missing: [Name]","fields":["Name"]},{"statusCode":"X"}])",
              "REQUIRED_FIELD_MISSING: Required fields are missing: [Name] @Name;X;"},
             {R"({"error":"invalid_grant","error_description":"user hasn't approved this consumer"})", "invalid_grant: user hasn't approved this consumer;"},
             {R"([{"message":"\nSELECT x\n   ^\nERROR at Row:1:Column:8\nNo such column 'x'","errorCode":"INVALID_FIELD"}])",
              "INVALID_FIELD: SELECT x ^ ERROR at Row:1:Column:8 No such column 'x';"},
             {"<html><body>Service Unavailable</body></html>", ""},
             {"", ""},
             {"[]", ""},
             {"[1, \"a\", null, {}]", ""},
             {R"(["/services/data/v60.0/sobjects/Account/001"])", ""},
             {R"([{"message":["no text"],"errorCode":5}])", "5;"}})
        EXPECT_EQ(shown(errors_of_body(body)), expected) << body;
}

TEST(SalesforceErrors, classes_of_calls) {
    struct Case {
        int status;
        const char* code;
        Errc expected;
    };
    for (const Case& c : {Case{400, "MALFORMED_QUERY", Errc::permanent}, Case{400, "INVALID_FIELD", Errc::invalid_config}, Case{400, "INVALID_TYPE", Errc::invalid_config},
                          Case{401, "INVALID_SESSION_ID", Errc::auth}, Case{403, "REQUEST_LIMIT_EXCEEDED", Errc::rate_limited}, Case{403, "INSUFFICIENT_ACCESS", Errc::permanent},
                          Case{403, "API_DISABLED_FOR_ORG", Errc::invalid_config}, Case{404, "NOT_FOUND", Errc::permanent}, Case{429, "", Errc::rate_limited},
                          Case{500, "UNKNOWN_EXCEPTION", Errc::transient}, Case{503, "SERVER_UNAVAILABLE", Errc::transient}, Case{503, "", Errc::transient},
                          Case{400, "UNABLE_TO_LOCK_ROW", Errc::transient}, Case{300, "", Errc::permanent}}) {
        std::vector<RemoteError> errors;
        if (*c.code != 0) errors.push_back({c.code, "m", {}});
        EXPECT_EQ(class_of_call(c.status, errors), c.expected) << c.status << " " << c.code;
    }
}

TEST(SalesforceErrors, rows) {
    for (const char* code : {"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"}) EXPECT_EQ(state_of_row(code), SendState::retry) << code;
    for (const char* code : {"FIELD_CUSTOM_VALIDATION_EXCEPTION", "INVALID_CROSS_REFERENCE_KEY", "INSUFFICIENT_ACCESS_OR_READONLY", "DUPLICATES_DETECTED", "ENTITY_IS_LOCKED",
                             "ENTITY_IS_DELETED", "REQUIRED_FIELD_MISSING", "STRING_TOO_LONG", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "NEVER_HEARD_OF", ""})
        EXPECT_EQ(state_of_row(code), SendState::refused) << code;
}

TEST(SalesforceLimit, header) {
    const auto usage = parse_usage("api-usage=12000/15000");
    ASSERT_TRUE(usage);
    EXPECT_EQ(usage->used, 12'000);
    EXPECT_EQ(usage->max, 15'000);
    EXPECT_TRUE(beyond_share(*usage, 80));
    EXPECT_FALSE(beyond_share({11'999, 15'000}, 80));
    EXPECT_FALSE(beyond_share({14'999, 15'000}, 100));
    EXPECT_TRUE(beyond_share({9'223'372'036'854'775'807, 9'223'372'036'854'775'807}, 100));
    const auto both = parse_usage("per-app-api-usage=17/250(appName=sample-app), api-usage=25/5000");
    ASSERT_TRUE(both);
    EXPECT_EQ(both->max, 5000);
    for (const char* wrong : {"", "api-usage=", "api-usage=5", "api-usage=5/", "api-usage=5/0", "api-usage=-5/10", "per-app-api-usage=1/2", "api-usage=99999999999999999999/5"})
        EXPECT_FALSE(parse_usage(wrong)) << wrong;
}

/// Recorded replies of real orgs, as an independent client keeps them.
TEST(SalesforceErrors, of_the_corpus) {
    const char* given = std::getenv("OWED_CORPUS");
    const std::filesystem::path folder = std::filesystem::path{given != nullptr ? given : owed::source_folder() + "/../shared/corpus"} / "salesforce/restforce+restforce/spec/fixtures";
    if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no corpus at " << folder;
    const auto read = [&](const std::string& name) {
        std::ifstream in{folder / name, std::ios::binary};
        return std::string{std::istreambuf_iterator<char>{in}, {}};
    };
    const auto expired = errors_of_body(read("expired_session_response.json"));
    ASSERT_EQ(expired.size(), 1u);
    EXPECT_EQ(class_of_call(401, expired), Errc::auth);
    const auto query = errors_of_body(read("sobject/query_error_response.json"));
    ASSERT_FALSE(query.empty());
    EXPECT_FALSE(query[0].code.empty());
    const auto write = errors_of_body(read("sobject/write_error_response.json"));
    ASSERT_FALSE(write.empty());
    EXPECT_FALSE(write[0].message.empty());
    const auto refresh = errors_of_body(read("refresh_error_response.json"));
    ASSERT_EQ(refresh.size(), 1u);
    EXPECT_EQ(refresh[0].code, "invalid_grant");
    // Several records for one external id: a list of addresses, which is no error body.
    EXPECT_TRUE(errors_of_body(read("sobject/upsert_multiple_error_response.json")).empty());
    for (const char* page : {"sobject/query_success_response.json", "sobject/query_paginated_first_page_response.json", "sobject/query_paginated_last_page_response.json",
                             "sobject/sobject_describe_success_response.json", "services_data_success_response.json", "sobject/upsert_created_success_response.json"})
        EXPECT_TRUE(parse_json(read(page))) << page;
}

}  // namespace
}  // namespace owed::apis::salesforce
