#include "config/json_fields.hpp"

#include <boost/json.hpp>
#include <charconv>

namespace owed::config {
namespace json = boost::json;

namespace {

std::string view(const json::string& text) { return std::string{text.data(), text.size()}; }

/// What stands in the error's `where` for a function that does not know the key.
template <class T>
Result<T> placed(Result<T> result, const std::string& path) {
    if (!result) result.error().where = path;
    return result;
}

}  // namespace

json::string json_text(std::string_view value) { return json::string{value.data(), value.size()}; }
json::string json_text(Money value) { return json_text(std::string_view{to_text(value)}); }
json::string json_text(Date value) { return json_text(std::string_view{to_text(value)}); }
json::string json_text(Decimal value) { return json_text(std::string_view{to_text(value)}); }

std::string JsonFields::path(std::string_view key) const { return path_.empty() ? std::string{key} : path_ + "." + std::string{key}; }

tl::unexpected<Error> JsonFields::wrong(std::string_view key, std::string what) const { return fail(Errc::invalid_argument, std::move(what), path(key)); }
tl::unexpected<Error> JsonFields::missing(std::string_view key, std::string_view example) const {
    return fail(Errc::invalid_argument, "\"" + std::string{key} + "\" is missing", path(key), "give \"" + std::string{key} + "\": " + std::string{example});
}

const json::value* JsonFields::find(std::string_view key) {
    asked_.emplace(key);
    const auto* value = object_.if_contains({key.data(), key.size()});
    return value == nullptr || value->is_null() ? nullptr : value;
}

bool JsonFields::has(std::string_view key) { return find(key) != nullptr; }

Result<std::optional<std::string>> JsonFields::text(std::string_view key) {
    const auto* value = find(key);
    if (value == nullptr) return std::optional<std::string>{};
    if (!value->is_string()) return wrong(key, value->is_number() ? "decimals, dates and names are strings; a JSON number is not exact" : "expected a string");
    if (value->get_string().size() > 10'000) return wrong(key, "the text is longer than 10,000 bytes");
    return std::optional{view(value->get_string())};
}

Result<std::string> JsonFields::text_required(std::string_view key) {
    OWED_TRY(auto found, text(key));
    if (!found) return missing(key, "a text");
    return *found;
}

Result<std::optional<Decimal>> JsonFields::decimal(std::string_view key) {
    OWED_TRY(auto found, text(key));
    if (!found) return std::optional<Decimal>{};
    OWED_TRY(auto value, placed(parse_decimal(*found), path(key)));
    return std::optional{value};
}

Result<Decimal> JsonFields::decimal_required(std::string_view key) {
    OWED_TRY(auto found, decimal(key));
    if (!found) return missing(key, "\"11.30\"");
    return *found;
}

Result<std::optional<Money>> JsonFields::money(std::string_view key, Currency currency) {
    OWED_TRY(auto found, text(key));
    if (!found) return std::optional<Money>{};
    OWED_TRY(auto value, placed(parse_money(*found, currency), path(key)));
    return std::optional{value};
}

Result<Money> JsonFields::money_required(std::string_view key, Currency currency) {
    OWED_TRY(auto found, money(key, currency));
    if (!found) return missing(key, "\"1234.50\"");
    return *found;
}

Result<std::optional<Date>> JsonFields::date(std::string_view key) {
    OWED_TRY(auto found, text(key));
    if (!found) return std::optional<Date>{};
    OWED_TRY(auto value, placed(parse_date(*found), path(key)));
    return std::optional{value};
}

Result<Date> JsonFields::date_required(std::string_view key) {
    OWED_TRY(auto found, date(key));
    if (!found) return missing(key, "\"2026-03-31\"");
    return *found;
}

Result<Currency> JsonFields::currency_required(std::string_view key) {
    OWED_TRY(auto found, text(key));
    if (!found) return missing(key, "\"EUR\"");
    return placed(find_currency(*found), path(key));
}

Result<std::optional<int>> JsonFields::integer(std::string_view key) {
    const auto* value = find(key);
    if (value == nullptr) return std::optional<int>{};
    std::int64_t number = 0;
    if (value->is_int64()) {
        number = value->get_int64();
    } else if (value->is_string()) {
        const auto text = view(value->get_string());
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (error != std::errc{} || end != text.data() + text.size()) return wrong(key, "expected a whole number");
    } else {
        return wrong(key, "expected a whole number");
    }
    if (number < -1'000'000'000 || number > 1'000'000'000) return wrong(key, "the number is beyond a thousand million");
    return std::optional{static_cast<int>(number)};
}

Result<bool> JsonFields::flag(std::string_view key, bool otherwise) {
    const auto* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_bool()) return wrong(key, "expected true or false");
    return value->get_bool();
}

Result<std::optional<std::size_t>> JsonFields::choice(std::string_view key, const std::vector<std::string_view>& names) {
    OWED_TRY(auto found, text(key));
    if (!found) return std::optional<std::size_t>{};
    std::string known;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == *found) return std::optional{i};
        known += (i == 0 ? "" : ", ") + std::string{names[i]};
    }
    return wrong(key, "\"" + found->substr(0, 40) + "\" is not one of " + known);
}

Result<std::vector<JsonFields>> JsonFields::objects(std::string_view key) {
    std::vector<JsonFields> all;
    const auto* value = find(key);
    if (value == nullptr) return all;
    if (const auto* one = value->if_object(); one != nullptr) {
        all.emplace_back(*one, path(key));
        return all;
    }
    if (!value->is_array()) return wrong(key, "expected a list of objects");
    const auto& list = value->get_array();
    if (list.size() > 100'000) return wrong(key, "the list has more than 100,000 elements");
    for (std::size_t i = 0; i < list.size(); ++i) {
        const auto place = std::string{key} + "[" + std::to_string(i) + "]";
        if (!list[i].is_object()) return wrong(place, "expected an object");
        all.emplace_back(list[i].get_object(), path(place));
    }
    return all;
}

Result<std::optional<JsonFields>> JsonFields::object(std::string_view key) {
    const auto* value = find(key);
    if (value == nullptr) return std::optional<JsonFields>{};
    if (!value->is_object()) return wrong(key, "expected an object");
    return std::optional{JsonFields{value->get_object(), path(key)}};
}

Status JsonFields::done() const {
    std::string known;
    for (const auto& key : asked_) known += (known.empty() ? "" : ", ") + key;
    for (const auto& member : object_) {
        const std::string key{member.key()};
        if (asked_.find(key) == asked_.end()) return fail(Errc::invalid_argument, "nobody knows the key \"" + key.substr(0, 60) + "\" here", path(key.substr(0, 60)), "keys here: " + known);
    }
    return {};
}

}  // namespace owed::config
