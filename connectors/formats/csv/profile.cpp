#include "formats/csv/profile.hpp"

#include <algorithm>

namespace owed::formats::csv {

namespace json = boost::json;

namespace {

std::string_view kind_of_value(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null: return "nothing";
        case json::kind::bool_: return "true or false";
        case json::kind::int64:
        case json::kind::uint64:
        case json::kind::double_: return "a number";
        case json::kind::string: return "a text";
        case json::kind::array: return "a list";
        case json::kind::object: return "an object";
    }
    return "something else";
}

}  // namespace

tl::unexpected<Error> wrong_type(const json::value& value, std::string_view expected, std::string path) {
    return fail(Errc::invalid_config, "expected " + std::string{expected} + ", found " + std::string{kind_of_value(value)}, std::move(path));
}

std::string ProfileObject::path(std::string_view key) const { return path_.empty() ? std::string{key} : path_ + '.' + std::string{key}; }

Status ProfileObject::allow(std::initializer_list<std::string_view> keys) const {
    for (const auto& member : *object_) {
        std::string_view key{member.key().data(), member.key().size()};
        if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
        std::string known;
        for (std::string_view k : keys) known += (known.empty() ? "" : ", ") + std::string{k};
        return fail(Errc::invalid_config, "there is no setting " + shown(key), path(key), "there are: " + known);
    }
    return {};
}

Result<std::string> ProfileObject::text(std::string_view key) const {
    const json::value* value = object_->if_contains(key);
    if (!value || value->is_null()) return std::string{};
    if (!value->is_string()) return wrong_type(*value, "a text", path(key));
    return std::string{value->get_string().data(), value->get_string().size()};
}

Result<bool> ProfileObject::flag(std::string_view key, bool otherwise) const {
    const json::value* value = object_->if_contains(key);
    if (!value) return otherwise;
    if (!value->is_bool()) return wrong_type(*value, "true or false", path(key));
    return value->get_bool();
}

Result<std::optional<std::int64_t>> ProfileObject::number(std::string_view key, std::int64_t least, std::int64_t most) const {
    const json::value* value = object_->if_contains(key);
    if (!value) return std::optional<std::int64_t>{};
    std::string range = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    if (!value->is_int64()) return wrong_type(*value, range, path(key));
    if (value->get_int64() < least || value->get_int64() > most)
        return fail(Errc::invalid_config, "expected " + range + ", found " + std::to_string(value->get_int64()), path(key));
    return std::optional<std::int64_t>{value->get_int64()};
}

Result<std::vector<std::string>> ProfileObject::texts(std::string_view key) const {
    std::vector<std::string> out;
    const json::value* value = object_->if_contains(key);
    if (!value) return out;
    if (value->is_string()) {
        OWED_TRY(std::string one, text(key));
        out.push_back(std::move(one));
        return out;
    }
    if (!value->is_array()) return wrong_type(*value, "a text or a list of texts", path(key));
    for (const json::value& item : value->get_array()) {
        if (!item.is_string()) return wrong_type(item, "a text", path(key) + '[' + std::to_string(out.size()) + ']');
        out.emplace_back(item.get_string().data(), item.get_string().size());
    }
    return out;
}

Result<std::optional<ProfileObject>> ProfileObject::object(std::string_view key) const {
    const json::value* value = object_->if_contains(key);
    if (!value) return std::optional<ProfileObject>{};
    if (!value->is_object()) return wrong_type(*value, "an object", path(key));
    return std::optional<ProfileObject>{ProfileObject{value->get_object(), path(key)}};
}

Result<json::value> parse_profile(std::string_view text) {
    json::stream_parser parser;
    boost::system::error_code code;
    std::size_t read = parser.write_some(text.data(), text.size(), code);
    if (!code && read < text.size() && text.find_first_not_of(" \t\r\n", read) != std::string_view::npos)
        return fail(Errc::invalid_config, "the profile goes on after its end", place_of(text, read, "profile"));
    if (!code) parser.finish(code);
    if (code) return fail(Errc::invalid_config, "the profile is not JSON: " + code.message(), place_of(text, read, "profile"));
    json::value value = parser.release();
    if (!value.is_object()) return wrong_type(value, "an object", "profile");
    return value;
}

Result<FileNotation> notation_of(const ProfileObject& object) {
    FileNotation notation;
    OWED_TRY(std::string delimiter, object.text("delimiter"));
    if (delimiter == "tab" || delimiter == "\\t") delimiter = "\t";
    if (delimiter.size() > 1 || delimiter == "\n" || delimiter == "\r" || delimiter == "\"")
        return fail(Errc::invalid_config, shown(delimiter) + " cannot separate columns", object.path("delimiter"), "one of ; , | tab, or another single character");
    notation.dialect.delimiter = delimiter.empty() ? '\0' : delimiter.front();
    if (object.has("quote")) {
        OWED_TRY(std::string quote, object.text("quote"));
        if (quote == "none") quote.clear();
        if (quote.size() > 1 || (!quote.empty() && quote == delimiter))
            return fail(Errc::invalid_config, shown(quote) + " cannot quote cells", object.path("quote"), "one character, or none");
        notation.dialect.quote = quote.empty() ? '\0' : quote.front();
    }
    OWED_TRY(notation.dialect.encoding, object.text("encoding"));
    OWED_TRY(auto skip, object.number("skip_lines", 0, 10'000));
    notation.dialect.skip_lines = static_cast<std::uint32_t>(skip.value_or(0));
    for (auto [key, mark] : {std::pair{"decimal", &notation.decimal}, std::pair{"thousands", &notation.thousands}}) {
        if (!object.has(key)) continue;
        OWED_TRY(std::string text, object.text(key));
        auto found = mark_of(text);
        if (!found) return fail(Errc::invalid_config, found.error().what, object.path(key), found.error().advice);
        *mark = *found;
    }
    if (notation.decimal && *notation.decimal != Mark::dot && *notation.decimal != Mark::comma)
        return fail(Errc::invalid_config, "a decimal sign is . or ,", object.path("decimal"));
    if (notation.decimal && notation.thousands && *notation.decimal == *notation.thousands)
        return fail(Errc::invalid_config, "decimal sign and thousands sign are the same", object.path("thousands"));
    return notation;
}

}  // namespace owed::formats::csv
