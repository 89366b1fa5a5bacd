#include "apis/salesforce/describe.hpp"

#include <algorithm>
#include <charconv>

namespace owed::apis::salesforce {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

const Field* ObjectShape::find(std::string_view field) const {
    for (const auto& one : fields)
        if (same_name(one.name, field)) return &one;
    return nullptr;
}

Result<ObjectShape> parse_describe(const Json& body) {
    ObjectShape shape;
    shape.name = body.at("name").text();
    if (shape.name.empty() || !body.at("fields").is_array()) return fail(Errc::malformed_input, "a describe has name and fields, and this reply has not");
    for (const auto& json : body.at("fields").values()) {
        Field field;
        field.name = json.at("name").text();
        field.type = json.at("type").text();
        const auto& length = json.at("length").text();
        std::from_chars(length.data(), length.data() + length.size(), field.length);
        field.updateable = json.at("updateable").is_true();
        field.is_key = json.at("externalId").is_true() || json.at("idLookup").is_true();
        if (field.name.empty() || field.type.empty()) return fail(Errc::malformed_input, "a field of " + shape.name + " has no name or type");
        shape.fields.push_back(std::move(field));
    }
    return shape;
}

Result<std::vector<std::string>> parse_versions(const Json& body) {
    std::vector<std::string> versions;
    for (const auto& one : body.values()) versions.push_back(one.at("version").text());
    if (versions.empty()) return fail(Errc::malformed_input, "the list of API versions is empty, or no list");
    return versions;
}

}  // namespace owed::apis::salesforce
