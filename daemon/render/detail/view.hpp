// From facts to the names that templates use.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "render/facts.hpp"
#include "render/locale.hpp"
#include "render/template.hpp"

namespace owed::render::detail {

/// One value of a template: absent and `no` skip a section, text and `yes` enter it, a list enters it once an element.
struct Value {
    enum class Kind { no, yes, text, list, object } kind = Kind::no;
    std::string text;
    std::vector<Value> list;
    std::vector<std::pair<std::string, Value>> fields;

    static Value of(bool flag) { return {flag ? Kind::yes : Kind::no, {}, {}, {}}; }
    /// Cleaned (detail/text.hpp); empty is `no`.
    static Value of(std::string_view text);
    static Value object() { return {Kind::object, {}, {}, {}}; }
    /// Dots make objects: set("creditor.name", ...).
    void set(std::string_view name, Value value);
};

using Labels = std::map<std::string, std::string, std::less<>>;
Value view_of(const NoticeFacts& facts, const Labels& labels, const Locale& locale, Part part);

/// The lines of a postal address below the name, in the order of its country; the country's name last when it is not
/// `from_country`, in the sender's language as the Universal Postal Union asks for. Cleaned.
std::vector<std::string> address_lines(const PostalAddress& address, std::string_view from_country, const Locale& locale);

/// "RE-1001" or "RE-1001, RE-1002": the text of a payment without a reference, at most `characters_max`.
std::string purpose_text(const NoticeFacts& facts, std::size_t characters_max);

Result<Labels> parse_labels(std::string_view path, std::string_view text);
std::span<const std::string_view> required_labels();

/// "de/reminder-1.text.mustache" taken apart; partials start with '_' and `name` has it not. nullopt: another kind of file.
struct TemplatePath {
    std::string folder, name;
    Part part = Part::text;
    bool partial = false;
};
std::optional<TemplatePath> parse_path(std::string_view path);
std::string path_of(std::string_view folder, std::string_view name, Part part, bool partial);

}  // namespace owed::render::detail
