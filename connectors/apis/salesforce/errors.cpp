#include "apis/salesforce/errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "apis/salesforce/values.hpp"

namespace owed::apis::salesforce {
namespace {

RemoteError error_in(const Json& one) {
    RemoteError error;
    for (const char* name : {"errorCode", "statusCode", "error"})
        if (error.code.empty()) error.code = one_line(one.at(name).text());
    for (const char* name : {"message", "error_description"})
        if (error.message.empty()) error.message = one_line(one.at(name).text());
    for (const auto& field : one.at("fields").values()) error.fields.push_back(one_line(field.text()));
    return error;
}

template <std::size_t n>
bool among(std::string_view code, const std::array<std::string_view, n>& codes) {
    return std::find(codes.begin(), codes.end(), code) != codes.end();
}

bool any_of(const std::vector<RemoteError>& errors, std::string_view code) {
    return std::any_of(errors.begin(), errors.end(), [&](const auto& error) { return error.code == code; });
}

}  // namespace

std::vector<RemoteError> errors_in(const Json& list_or_one) {
    std::vector<RemoteError> errors;
    if (list_or_one.is_object()) errors.push_back(error_in(list_or_one));
    for (const auto& one : list_or_one.values())
        if (one.is_object()) errors.push_back(error_in(one));
    std::erase_if(errors, [](const auto& error) { return error.code.empty() && error.message.empty(); });
    return errors;
}

std::vector<RemoteError> errors_of_body(std::string_view body) {
    const auto json = parse_json(body);
    if (!json) return {};
    return errors_in(*json);
}

std::string to_text(const RemoteError& error) {
    if (error.code.empty() || error.message.empty()) return error.code + error.message;
    return error.code + ": " + error.message;
}

Errc class_of_call(int http_status, const std::vector<RemoteError>& errors) {
    static constexpr std::array<std::string_view, 4> wrong_names{"INVALID_FIELD", "INVALID_TYPE", "INVALID_FIELD_FOR_INSERT_UPDATE", "API_DISABLED_FOR_ORG"};
    if (any_of(errors, "REQUEST_LIMIT_EXCEEDED") || http_status == 429) return Errc::rate_limited;
    if (any_of(errors, "SERVER_UNAVAILABLE") || any_of(errors, "UNABLE_TO_LOCK_ROW") || any_of(errors, "QUERY_TIMEOUT")) return Errc::transient;
    if (http_status == 401 || any_of(errors, "INVALID_SESSION_ID")) return Errc::auth;
    if (http_status >= 500 || http_status == 408 || http_status == 425) return Errc::transient;
    for (const auto& error : errors)
        if (among(error.code, wrong_names)) return Errc::invalid_config;
    return Errc::permanent;
}

SendState state_of_row(std::string_view code) {
    static constexpr std::array<std::string_view, 6> passing{"UNABLE_TO_LOCK_ROW", "SERVER_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED",
                                                             "QUERY_TIMEOUT",      "REQUEST_RUNNING_TOO_LONG", "PROCESSING_HALTED"};
    return among(code, passing) ? SendState::retry : SendState::refused;
}

std::optional<Usage> parse_usage(std::string_view header) {
    constexpr std::string_view name = "api-usage=";
    for (auto at = header.find(name); at != header.npos; at = header.find(name, at + 1)) {
        if (at > 0 && header[at - 1] != ' ' && header[at - 1] != ',' && header[at - 1] != ';') continue;  // "per-app-api-usage="
        Usage usage;
        const auto* end = header.data() + header.size();
        const auto used = std::from_chars(header.data() + at + name.size(), end, usage.used);
        if (used.ec != std::errc{} || used.ptr == end || *used.ptr != '/') return {};
        if (std::from_chars(used.ptr + 1, end, usage.max).ec != std::errc{} || usage.max <= 0 || usage.used < 0) return {};
        return usage;
    }
    return {};
}

bool beyond_share(const Usage& usage, std::int64_t share_percent) {
    __extension__ using Wide = __int128;  // figures of a stranger
    return Wide{usage.used} * 100 >= Wide{usage.max} * share_percent;
}

}  // namespace owed::apis::salesforce
