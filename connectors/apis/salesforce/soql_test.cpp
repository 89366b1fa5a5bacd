#include "apis/salesforce/soql.hpp"

#include <gtest/gtest.h>

namespace owed::apis::salesforce {
namespace {

TEST(Soql, no_value_becomes_a_word) {
    for (const auto& [value, literal] : std::vector<std::pair<std::string, std::string>>{{"C-1", "'C-1'"},
                                                                                         {"O'Neil", R"('O\'Neil')"},
                                                                                         {R"(a\)", R"('a\\')"},
                                                                                         {R"(\' OR Name != ')", R"('\\\' OR Name != \'')"},
                                                                                         {R"("x")", R"('\"x\"')"},
                                                                                         {"a\nb\x01", R"('a\u000Ab\u0001')"},
                                                                                         {"Müller 50%_", "'Müller 50%_'"},
                                                                                         {"", "''"}})
        EXPECT_EQ(soql_text(value), literal);
}

TEST(Soql, names_are_names) {
    for (const char* good : {"Id", "AccountNumber", "owed_Customer__c", "Account.owed_Customer__c", "A.B.C", "ns__Field__c"}) EXPECT_TRUE(is_field_path(good)) << good;
    for (const char* bad : {"", ".", "a.", ".a", "a..b", "1a", "_a", "a b", "a,b", "a'", "Name FROM User", "a-b", "ä"}) EXPECT_FALSE(is_field_path(bad)) << bad;
    EXPECT_FALSE(is_field_path(std::string(121, 'a')));
}

TEST(Soql, whole_queries) {
    EXPECT_EQ((Query{"Account", {"Id", "Name"}, {}, {}}.text()), "SELECT Id,Name FROM Account");
    EXPECT_EQ((Query{"Order", {"Id"}, is_one_of("Status", {"Draft", "It's"}), "SystemModstamp, Id"}.text()),
              R"(SELECT Id FROM Order WHERE Status IN ('Draft','It\'s') ORDER BY SystemModstamp, Id)");
    EXPECT_EQ(url_encoded("a b'c+d/é~"), "a%20b%27c%2Bd%2F%C3%A9~");
}

TEST(Soql, long_lists_are_several) {
    std::vector<std::string> values;
    for (int i = 0; i < 1000; ++i) values.push_back("Kunde Müller & Söhne " + std::to_string(i));
    const auto runs = in_runs(values);
    EXPECT_GT(runs.size(), 1u);
    std::vector<std::string> again;
    for (const auto& run : runs) {
        EXPECT_LT(url_encoded(is_one_of("owed_Customer__c", run)).size(), 8'100u);
        again.insert(again.end(), run.begin(), run.end());
    }
    EXPECT_EQ(again, values);
    EXPECT_TRUE(in_runs({}).empty());
}

}  // namespace
}  // namespace owed::apis::salesforce
