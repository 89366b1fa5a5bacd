#include "shared/settings.hpp"

namespace owed::plugins {

Result<Settings> Settings::read(std::string_view json) {
    boost::json::error_code error;
    boost::json::value value = boost::json::parse(json, error);
    if (error || !value.is_object()) return fail(Errc::invalid_config, "the settings are not a JSON object");
    return Settings{std::move(value.as_object())};
}

const boost::json::value* Settings::find(std::string_view key) const {
    const boost::json::value* value = object_.if_contains(key);
    return value == nullptr || value->is_null() ? nullptr : value;
}

std::string Settings::text(std::string_view key, std::string_view fallback) const {
    const boost::json::value* value = find(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string().c_str(), value->get_string().size()}
                                                  : std::string{fallback};
}

std::int64_t Settings::number(std::string_view key, std::int64_t fallback) const {
    const boost::json::value* value = find(key);
    boost::json::error_code error;
    const std::int64_t number = value == nullptr ? fallback : value->to_number<std::int64_t>(error);
    return error ? fallback : number;
}

bool Settings::flag(std::string_view key, bool fallback) const {
    const boost::json::value* value = find(key);
    return value != nullptr && value->is_bool() ? value->get_bool() : fallback;
}

std::string Settings::json(std::string_view key) const {
    const boost::json::value* value = find(key);
    return value == nullptr ? std::string{} : boost::json::serialize(*value);
}

}  // namespace owed::plugins
