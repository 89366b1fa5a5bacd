// Writing many rows in one call: PATCH /composite/sobjects (API-SHAPES 1.4), at most 200, one result for each in their order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apis/json/json.hpp"
#include "apis/salesforce/errors.hpp"
#include "owed/hosts.hpp"

namespace owed::apis::salesforce {

inline constexpr std::size_t collection_max = 200;

/// One row to be written.
struct OutRow {
    std::size_t index = 0;   ///< whose it is; the caller's own number
    std::string key;         ///< value of the key field
    std::string members;     ///< the other fields, as Fields::members
};

/// The body of a call. `key_field` is "id" for updates by record id. Rows fail one by one (allOrNone false).
std::string collection_body(std::string_view object, std::string_view key_field, const std::vector<OutRow>& rows);

/// One row's answer.
struct RowAnswer {
    bool success = false, created = false;
    std::string id;
    std::vector<RemoteError> errors;
};
/// Errors: malformed_input when these are not `rows` answers.
Result<std::vector<RowAnswer>> parse_answers(const Json& body, std::size_t rows);

/// What an answer means for its record; `what` names the record ("Account with owed_Customer__c = C-1").
WriteResult result_of(const RowAnswer& answer, const std::string& what);

}  // namespace owed::apis::salesforce
