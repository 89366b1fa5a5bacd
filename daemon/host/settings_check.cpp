#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "host/manifest.hpp"

namespace owed::host {
namespace {

namespace json = boost::json;

/// "~" and "/" inside a pointer's part (RFC 6901 section 3).
std::string escaped(std::string_view part) {
    std::string text;
    for (const char c : part) {
        if (c == '~') text += "~0";
        else if (c == '/') text += "~1";
        else text += c;
    }
    return text;
}

std::string_view type_name(const json::value& value) {
    switch (value.kind()) {
        case json::kind::object: return "object";
        case json::kind::array: return "array";
        case json::kind::string: return "string";
        case json::kind::int64:
        case json::kind::uint64: return "integer";
        case json::kind::double_: return "fraction";
        case json::kind::bool_: return "boolean";
        case json::kind::null: return "null";
    }
    return "null";
}

/// As a person would say it.
std::string plain(std::string_view type) {
    if (type == "object") return "a group of keys";
    if (type == "array") return "a list";
    if (type == "string") return "a text";
    if (type == "integer") return "a whole number";
    if (type == "fraction") return "a number with a fraction";
    if (type == "boolean") return "true or false";
    return "empty";
}

std::string shown(const json::value& value) {
    auto text = json::serialize(value);
    if (text.size() > 60) text.replace(57, std::string::npos, "...");
    return text;
}

/// A number that is not whole, as it was written: from YAML it comes as a text, so that no digit is lost on the way.
std::optional<std::string> fraction_in(const json::value& value) {
    if (const auto* number = value.if_double(); number != nullptr && std::trunc(*number) != *number) {
        char text[40];
        const auto end = std::to_chars(std::begin(text), std::end(text), *number).ptr;
        return std::string{text, end};
    }
    static const re2::RE2 decimal{"[+-]?[0-9]*[.,][0-9]+"};
    if (const auto* text = value.if_string(); text != nullptr && re2::RE2::FullMatch(std::string{*text}, decimal)) return std::string{*text};
    return {};
}

std::string listed(const json::array& values) {
    std::string text;
    for (const auto& value : values) text += (text.empty() ? "" : ", ") + (value.is_string() ? std::string{value.get_string()} : json::serialize(value));
    return text;
}

/// The key of `known` that a typo most likely meant: at most two edits away. Empty: none.
std::string meant(std::string_view typo, const json::object& known) {
    std::string best;
    std::size_t best_distance = 3;
    for (const auto& [name, unused] : known) {
        std::vector<std::size_t> row(name.size() + 1);
        for (std::size_t j = 0; j <= name.size(); ++j) row[j] = j;
        for (std::size_t i = 1; i <= typo.size(); ++i) {
            std::size_t diagonal = row[0];
            row[0] = i;
            for (std::size_t j = 1; j <= name.size(); ++j) {
                const auto above = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (typo[i - 1] == name[j - 1] ? 0 : 1)});
                diagonal = above;
            }
        }
        if (row.back() < best_distance) {
            best_distance = row.back();
            best = name;
        }
    }
    return best;
}

class Check {
  public:
    std::vector<SettingsProblem> problems;

    void run(const json::object& schema, json::value& value, const std::string& pointer) {
        if (!type_fits(schema, value, pointer)) return;
        if (const auto* allowed = schema.if_contains("enum")) {
            const auto& all = allowed->get_array();
            if (std::find(all.begin(), all.end(), value) == all.end())
                note(pointer, "is " + shown(value) + "; allowed are " + listed(all));
        }
        if (value.is_object()) object(schema, value.get_object(), pointer);
        if (value.is_array()) array(schema, value.get_array(), pointer);
        if (value.is_string()) text(schema, value.get_string(), pointer);
        if (value.is_int64() || value.is_uint64()) number(schema, value, pointer);
    }

  private:
    void note(const std::string& pointer, std::string what, std::string advice = {}) {
        problems.push_back({pointer, std::move(what), std::move(advice)});
    }

    bool type_fits(const json::object& schema, const json::value& value, const std::string& pointer) {
        const auto* type = schema.if_contains("type");
        if (type == nullptr) return true;
        const auto found = type_name(value);
        std::string wanted;
        const auto fits = [&](const json::value& name) {
            wanted += (wanted.empty() ? "" : " or ") + plain(name.get_string());
            return found == std::string_view{name.get_string()};
        };
        const bool good = type->is_array() ? std::any_of(type->get_array().begin(), type->get_array().end(), fits) : fits(*type);
        if (good) return true;
        const auto fraction = wanted == plain("integer") ? fraction_in(value) : std::nullopt;
        note(pointer, fraction ? "is " + *fraction + ", which is not a whole number; it must be one" : "is " + plain(found) + " (" + shown(value) + "); it must be " + wanted);
        return false;
    }

    void object(const json::object& schema, json::object& value, const std::string& pointer) {
        static const json::object none;
        const auto* properties_value = schema.if_contains("properties");
        const json::object& properties = properties_value != nullptr ? properties_value->get_object() : none;
        const auto* additional = schema.if_contains("additionalProperties");
        for (auto& [name, member] : value) {
            const auto at = pointer + "/" + escaped(name);
            if (const auto* known = properties.if_contains(name)) {
                run(known->get_object(), member, at);
            } else if (additional != nullptr && additional->is_object()) {
                run(additional->get_object(), member, at);
            } else if (additional != nullptr && additional->is_bool() && !additional->get_bool()) {
                const auto guess = meant(name, properties);
                std::string all;
                for (const auto& [key, unused] : properties) all += (all.empty() ? "" : ", ") + std::string{key};
                note(at, "is an unknown key; allowed are " + all, guess.empty() ? std::string{} : "did you mean " + guess + "?");
            }
        }
        if (const auto* required = schema.if_contains("required"))
            for (const auto& name : required->get_array())
                if (!value.contains(name.get_string()))
                    note(pointer + "/" + escaped(name.get_string()), "is missing; it is required");
        for (const auto& [name, property] : properties) {
            const auto* preset = property.get_object().if_contains("default");
            if (preset != nullptr && !value.contains(name)) value[name] = *preset;
        }
    }

    void array(const json::object& schema, json::array& value, const std::string& pointer) {
        const auto size = static_cast<std::int64_t>(value.size());
        range(schema, "minItems", "maxItems", size, pointer, " entries");
        if (const auto* items = schema.if_contains("items"))
            for (std::size_t i = 0; i < value.size(); ++i) run(items->get_object(), value[i], pointer + "/" + std::to_string(i));
    }

    void text(const json::object& schema, const json::string& value, const std::string& pointer) {
        range(schema, "minLength", "maxLength", static_cast<std::int64_t>(value.size()), pointer, " bytes");
        if (const auto* pattern = schema.if_contains("pattern"))
            if (!re2::RE2::PartialMatch(std::string{value}, std::string{pattern->get_string()}))
                note(pointer, "is " + shown(value) + ", which does not fit the pattern " + std::string{pattern->get_string()});
        if (schema.if_contains("format") == nullptr) return;
        const std::string_view view{value};
        if (!view.starts_with("folder:") || view.size() == 7)
            note(pointer, "is " + shown(value) + "; it must name a folder, as in folder:drop/bank");
        else if (("/" + std::string{view.substr(7)} + "/").find("/../") != std::string::npos)
            note(pointer, "is " + shown(value) + "; a folder's path has no \"..\" in it");
    }

    void number(const json::object& schema, const json::value& value, const std::string& pointer) {
        if (value.is_uint64()) {  // beyond int64
            note(pointer, "is " + shown(value) + ", which is too large");
            return;
        }
        range(schema, "minimum", "maximum", value.get_int64(), pointer, "");
    }

    void range(const json::object& schema, const char* low, const char* high, std::int64_t found, const std::string& pointer,
               const char* unit) {
        const auto* from = schema.if_contains(low);
        const auto* to = schema.if_contains(high);
        if (from != nullptr && found < from->get_int64())
            note(pointer, "is " + std::to_string(found) + unit + "; at least " + std::to_string(from->get_int64()) + unit + " are needed");
        if (to != nullptr && found > to->get_int64())
            note(pointer, "is " + std::to_string(found) + unit + "; at most " + std::to_string(to->get_int64()) + unit + " are allowed");
    }
};

void collect_folders(const json::object& schema, const json::value& value, const std::string& pointer,
                     std::vector<FolderSetting>& out) {
    if (value.is_string() && schema.if_contains("format") != nullptr) out.push_back({pointer, std::string{value.get_string()}});
    if (value.is_object()) {
        const auto* properties = schema.if_contains("properties");
        if (properties == nullptr) return;
        for (const auto& [name, member] : value.get_object())
            if (const auto* known = properties->get_object().if_contains(name))
                collect_folders(known->get_object(), member, pointer + "/" + escaped(name), out);
    }
    if (value.is_array())
        if (const auto* items = schema.if_contains("items"))
            for (std::size_t i = 0; i < value.get_array().size(); ++i)
                collect_folders(items->get_object(), value.get_array()[i], pointer + "/" + std::to_string(i), out);
}

}  // namespace

CheckedSettings check_settings(const json::object& schema, const json::value& settings) {
    CheckedSettings checked{{}, settings};
    Check check;
    check.run(schema, checked.settings, "");
    checked.problems = std::move(check.problems);
    return checked;
}

std::vector<FolderSetting> folder_settings(const json::object& schema, const json::value& settings) {
    std::vector<FolderSetting> found;
    collect_folders(schema, settings, "", found);
    return found;
}

}  // namespace owed::host
