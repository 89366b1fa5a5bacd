// SOQL, built so that no value can become a word of it, and the paths of the REST interface.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace owed::apis::salesforce {

/// A text as a SOQL literal in its quotes: every quote, backslash and control character escaped.
std::string soql_text(std::string_view text);

/// "AccountNumber", "Account.owed_Customer__c": letters, digits and underscores, a letter first. What the settings name must
/// pass, since names cannot be quoted.
bool is_field_path(std::string_view text);

/// SELECT fields FROM object [WHERE where] [ORDER BY order].
struct Query {
    std::string object;
    std::vector<std::string> fields;
    std::string where, order;
    std::string text() const;
};
/// "FIELD IN ('a','b')"
std::string is_one_of(std::string_view field, const std::vector<std::string>& values);

/// Percent-encoded for a query or a path segment (RFC 3986: all but the unreserved characters).
std::string url_encoded(std::string_view text);

/// Values of one IN list, in runs whose encoded text stays below `bytes_max`: the org refuses addresses above 16 kB.
std::vector<std::vector<std::string>> in_runs(const std::vector<std::string>& values, std::size_t bytes_max = 8'000);

}  // namespace owed::apis::salesforce
