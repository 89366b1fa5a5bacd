#include "conformance/detail/damage.hpp"

#include <algorithm>
#include <functional>

namespace owed::conformance {
namespace {

namespace json = boost::json;

std::string escaped(std::string_view part) {
    std::string text;
    for (const char c : part) {
        if (c == '~') text += "~0";
        else if (c == '/') text += "~1";
        else text += c;
    }
    return text;
}

bool is_type(const json::object& schema, std::string_view name) {
    const auto* type = schema.if_contains("type");
    if (type == nullptr) return false;
    if (type->is_string()) return type->get_string() == name;
    return std::any_of(type->get_array().begin(), type->get_array().end(), [&](const json::value& one) { return one.is_string() && one.get_string() == name; });
}

bool is_required(const json::object& schema, std::string_view key) {
    const auto* list = schema.if_contains("required");
    return list != nullptr && std::any_of(list->get_array().begin(), list->get_array().end(), [&](const json::value& one) { return one == json::value(json::string{key}); });
}

/// Changes one value of the settings at a time and keeps the copy.
class Walk {
  public:
    Walk(const json::value& settings, std::vector<Mutation>& out) : settings_{settings}, out_{out} {}

    void wrong(const json::object& schema, const std::string& pointer, const json::value* value) {
        if (schema.contains("type")) wrong_type(schema, pointer);
        if (schema.contains("enum") && is_type(schema, "string")) set(pointer, "a value that the enumeration lacks", "no such value");
        if (is_type(schema, "integer")) {
            if (const auto* low = schema.if_contains("minimum")) set(pointer, "below the minimum", low->get_int64() - 1);
            if (const auto* high = schema.if_contains("maximum")) set(pointer, "above the maximum", high->get_int64() + 1);
        }
        if (is_type(schema, "string") && !schema.contains("enum")) {
            if (const auto* low = schema.if_contains("minLength"); low != nullptr && low->get_int64() > 0) set(pointer, "too short", "");
            if (const auto* high = schema.if_contains("maxLength"); high != nullptr && high->get_int64() < 100'000)
                set(pointer, "too long", json::string(static_cast<std::size_t>(high->get_int64()) + 1, 'x'));
            if (schema.contains("format")) {
                set(pointer, "a folder without \"folder:\"", "/etc");
                set(pointer, "a folder with \"..\"", "folder:../../etc");
            }
        }
        if (value == nullptr) return;
        if (value->is_object()) wrong_object(schema, pointer, value->get_object());
        if (value->is_array()) wrong_array(schema, pointer, value->get_array());
    }

    void other(const json::object& schema, const std::string& pointer, const json::object& object) {
        const auto* properties = schema.if_contains("properties");
        if (properties == nullptr) return;
        for (const auto& [key, property_value] : properties->get_object()) {
            const auto& property = property_value.get_object();
            const auto at = pointer + "/" + escaped(key);
            if (!is_required(schema, key) && object.contains(key)) remove(at, "without an optional key");
            if (const auto* all = property.if_contains("enum"))
                for (const auto& value : all->get_array()) set(at, "another value of the enumeration", value);
            if (is_type(property, "integer")) {
                if (const auto* low = property.if_contains("minimum")) set(at, "the minimum", *low);
                if (const auto* high = property.if_contains("maximum")) set(at, "the maximum", *high);
            }
            if (is_type(property, "boolean")) {
                set(at, "true", true);
                set(at, "false", false);
            }
            const bool free_text = is_type(property, "string") && !property.contains("enum") && !property.contains("pattern") && !property.contains("format");
            const auto* longest = property.if_contains("maxLength");
            if (free_text && (longest == nullptr || longest->get_int64() >= 3)) set(at, "another text", "\xC3\xA4\x7E");
        }
    }

  private:
    void keep(const std::string& pointer, const char* what, json::value changed) {
        if (out_.size() < 400) out_.push_back({pointer, what, std::move(changed)});
    }
    /// The value that holds what `pointer` names, in `copy`, and the last part of the pointer as a key.
    static json::value* parent_of(json::value& copy, const std::string& pointer, std::string& key) {
        const auto slash = pointer.rfind('/');
        key = pointer.substr(slash + 1);
        for (std::size_t at = 0; (at = key.find('~', at)) != std::string::npos; ++at) key.replace(at, 2, key[at + 1] == '1' ? "/" : "~");
        json::error_code error;
        return slash == 0 ? &copy : copy.find_pointer(pointer.substr(0, slash), error);
    }
    /// The place in a copy; a group that is not there is left out.
    void set(const std::string& pointer, const char* what, json::value value) {
        json::value copy = settings_;
        if (pointer.empty()) {
            keep(pointer, what, std::move(value));
            return;
        }
        std::string key;
        auto* parent = parent_of(copy, pointer, key);
        if (parent == nullptr) return;
        if (parent->is_object()) parent->get_object()[key] = std::move(value);
        else if (parent->is_array() && key == "0" && !parent->get_array().empty()) parent->get_array().front() = std::move(value);
        else return;
        keep(pointer, what, std::move(copy));
    }
    void remove(const std::string& pointer, const char* what) {
        json::value copy = settings_;
        std::string key;
        auto* parent = parent_of(copy, pointer, key);
        if (parent != nullptr && parent->is_object() && parent->get_object().erase(key) != 0) keep(pointer, what, std::move(copy));
    }
    void wrong_type(const json::object& schema, const std::string& pointer) {
        if (!is_type(schema, "array")) set(pointer, "a list", json::array{1});
        else if (!is_type(schema, "boolean")) set(pointer, "true", true);
        if (!is_type(schema, "object")) set(pointer, "a group of keys", json::object{{"a", 1}});
        else if (!is_type(schema, "string")) set(pointer, "a text", "text");
        if (!is_type(schema, "null")) set(pointer, "nothing", nullptr);
        if (!pointer.empty()) set(pointer, "a fraction", 0.5);
    }
    void wrong_object(const json::object& schema, const std::string& pointer, const json::object& object) {
        const auto* properties = schema.if_contains("properties");
        const auto* more = schema.if_contains("additionalProperties");
        if (more != nullptr && more->is_bool() && !more->get_bool()) set(pointer + "/no_such_key", "an unknown key", 1);
        if (const auto* required = schema.if_contains("required"))
            for (const auto& key : required->get_array()) remove(pointer + "/" + escaped(key.get_string()), "without a required key");
        if (properties == nullptr) return;
        for (const auto& [key, property] : properties->get_object()) wrong(property.get_object(), pointer + "/" + escaped(key), object.if_contains(key));
    }
    void wrong_array(const json::object& schema, const std::string& pointer, const json::array& array) {
        if (const auto* low = schema.if_contains("minItems"); low != nullptr && low->get_int64() > 0) set(pointer, "too few entries", json::array{});
        if (const auto* items = schema.if_contains("items"); items != nullptr && !array.empty()) wrong(items->get_object(), pointer + "/0", &array.front());
    }

    const json::value& settings_;
    std::vector<Mutation>& out_;
};

}  // namespace

std::vector<Mutation> wrong_settings(const json::object& schema, const json::value& settings) {
    std::vector<Mutation> all;
    Walk{settings, all}.wrong(schema, "", &settings);
    return all;
}

std::vector<Mutation> other_settings(const json::object& schema, const json::value& settings) {
    std::vector<Mutation> all;
    if (settings.is_object()) Walk{settings, all}.other(schema, "", settings.get_object());
    return all;
}

std::vector<Damaged> truncations(std::string_view bytes, std::size_t count, Dice& dice) {
    std::vector<Damaged> all;
    const auto cut = [&](std::size_t length) { all.push_back({"cut after byte " + std::to_string(length), std::string{bytes.substr(0, length)}}); };
    for (std::size_t i = 0; i < count && !bytes.empty(); ++i) {
        if (bytes.size() <= count) {
            if (i < bytes.size()) cut(i);
        } else {
            cut(i < 8 ? bytes.size() - 1 - i : dice.below(bytes.size()));
        }
    }
    return all;
}

std::vector<Damaged> bit_flips(std::string_view bytes, std::size_t count, Dice& dice) {
    std::vector<Damaged> all;
    for (std::size_t i = 0; i < count && !bytes.empty(); ++i) {
        std::string copy{bytes};
        const auto place = dice.below(copy.size());
        const auto bit = dice.below(8);
        copy[place] = static_cast<char>(copy[place] ^ (1 << bit));
        all.push_back({"bit " + std::to_string(bit) + " of byte " + std::to_string(place) + " turned", std::move(copy)});
    }
    return all;
}

std::vector<Damaged> foreign_files(Dice& dice) {
    std::string noise(4096, '\0');
    for (char& c : noise) c = static_cast<char>(dice.next());
    std::string nested;
    for (int i = 0; i < 20'000; ++i) nested += "[";
    std::string elements;
    for (int i = 0; i < 20'000; ++i) elements += "<a>";
    return {{"zeros", std::string(5000, '\0')},
            {"noise", noise},
            {"one line of a megabyte", std::string(1u << 20, 'A')},
            {"a megabyte of line breaks", std::string(1u << 20, '\n')},
            {"a megabyte of separators", std::string(1u << 20, ';')},
            {"UTF-16", std::string{"\xFF\xFE:\0" "2\0" "0\0:\0", 10}},
            {"a byte order mark alone", "\xEF\xBB\xBF"},
            {"text that is not UTF-8", "a;b\n\xC3\x28;\xED\xA0\x80\n"},
            {"JSON nested 20,000 deep", nested},
            {"XML nested 20,000 deep", elements},
            {"an XML bomb", "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"bbbbbbbbbb\"><!ENTITY c \"&b;&b;&b;&b;&b;\">]><a>&c;&c;</a>"},
            {"the beginning of a ZIP file", std::string{"PK\x03\x04\x14\0\0\0\x08\0", 10}},
            {"numbers too large", "99999999999999999999999999999999999999;1e400;-0\n"}};
}

}  // namespace owed::conformance
