// What the org says when it says no (API-SHAPES 1.4, 1.5), and what may be done about it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apis/json/json.hpp"
#include "owed/hosts.hpp"
#include "owed/result.hpp"

namespace owed::apis::salesforce {

struct RemoteError {
    std::string code;     ///< "UNABLE_TO_LOCK_ROW"
    std::string message;  ///< one line
    std::vector<std::string> fields;
};

/// The errors of a row or a call: members errorCode or statusCode, message, fields.
std::vector<RemoteError> errors_in(const Json& list_or_one);
/// Of a reply's body: a list, a single object, an OAuth error; what is no JSON (HTML) has none. Never fails.
std::vector<RemoteError> errors_of_body(std::string_view body);
/// "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded."
std::string to_text(const RemoteError& error);

/// What a call that was answered so means for us: rate_limited, auth, transient, permanent; invalid_config for a name that
/// this org does not have.
Errc class_of_call(int http_status, const std::vector<RemoteError>& errors);

/// Of one row of a collection: refused, or worth another try. Codes that are not known are refused: a person sees them.
SendState state_of_row(std::string_view code);

/// Sforce-Limit-Info: calls of the last 24 hours, of the whole org.
struct Usage {
    std::int64_t used = 0, max = 0;
};
/// "api-usage=5/15000", maybe among other figures. Empty: not in it.
std::optional<Usage> parse_usage(std::string_view header);
/// Whether our share of the day is used up. `share_percent`: 1 to 100.
bool beyond_share(const Usage& usage, std::int64_t share_percent);

}  // namespace owed::apis::salesforce
