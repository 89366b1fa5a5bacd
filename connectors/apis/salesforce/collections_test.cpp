#include "apis/salesforce/collections.hpp"

#include <gtest/gtest.h>

namespace owed::apis::salesforce {
namespace {

TEST(SalesforceCollections, body) {
    EXPECT_EQ(collection_body("Account", "owed_Customer__c", {{0, "C-1", R"("owed_Balance__c":123456789012345.67)"}, {1, "O'\"Neil", {}}}),
              R"({"allOrNone":false,"records":[{"attributes":{"type":"Account"},"owed_Customer__c":"C-1","owed_Balance__c":123456789012345.67},)"
              R"({"attributes":{"type":"Account"},"owed_Customer__c":"O'\"Neil"}]})");
}

TEST(SalesforceCollections, one_result_for_each_row) {
    const auto body = parse_json(R"([
        {"id":"001D000000IqhSL","success":true,"errors":[],"created":true},
        {"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"unable to obtain exclusive access","fields":[]}]},
        {"success":false,"errors":[{"statusCode":"STRING_TOO_LONG","message":"too long","fields":["owed_Hold_Reason__c"]}]},
        {"success":false,"errors":[{"statusCode":"UNABLE_TO_LOCK_ROW","message":"x"},{"statusCode":"ENTITY_IS_LOCKED","message":"in approval"}]},
        {"success":false,"errors":[]}])");
    ASSERT_TRUE(body);
    const auto answers = parse_answers(*body, 5);
    ASSERT_TRUE(answers) << to_text(answers.error());
    const auto first = result_of((*answers)[0], "Account A");
    EXPECT_EQ(first.state, SendState::sent);
    EXPECT_TRUE(first.created);
    EXPECT_EQ(first.remote_id, "001D000000IqhSLIAZ");
    EXPECT_EQ(result_of((*answers)[1], "Account B").state, SendState::retry);
    const auto third = result_of((*answers)[2], "Account C");
    EXPECT_EQ(third.state, SendState::refused);
    EXPECT_EQ(third.field, "owed_Hold_Reason__c");
    EXPECT_EQ(third.detail, "Account C: STRING_TOO_LONG: too long");
    EXPECT_EQ(result_of((*answers)[3], "Account D").state, SendState::refused);
    EXPECT_EQ(result_of((*answers)[4], "Account E").detail, "Account E: refused without a reason");
    for (const std::size_t rows : {0u, 4u, 6u}) EXPECT_FALSE(parse_answers(*body, rows));
    EXPECT_FALSE(parse_answers(*parse_json("{}"), 1));
}

}  // namespace
}  // namespace owed::apis::salesforce
