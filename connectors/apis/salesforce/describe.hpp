// What fields an org has, as GET /sobjects/X/describe tells the user who asks: a field that this user may not see is missing
// like one that nobody made.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apis/json/json.hpp"
#include "owed/result.hpp"

namespace owed::apis::salesforce {

struct Field {
    std::string name;
    std::string type;        ///< "string", "currency", "double", "boolean", "date", "datetime", "reference", ...
    std::size_t length = 0;  ///< of texts, in characters
    bool updateable = false;
    bool is_key = false;     ///< an external id, or the id: what an upsert may go by
};

struct ObjectShape {
    std::string name;
    std::vector<Field> fields;
    /// By name, in any case, as the org takes it. nullptr: there is none.
    const Field* find(std::string_view field) const;
    bool has(std::string_view field) const { return find(field) != nullptr; }
};

/// Errors: malformed_input.
Result<ObjectShape> parse_describe(const Json& body);

/// The versions of GET /services/data/: "60.0", "61.0", ... Errors: malformed_input.
Result<std::vector<std::string>> parse_versions(const Json& body);

}  // namespace owed::apis::salesforce
