#include "transports/detail/paths.hpp"

#include <strings.h>

#include <algorithm>
#include <array>

namespace owed::transports::detail {
namespace {

constexpr std::array<std::string_view, 5> file_methods{"GET", "PUT", "LIST", "DELETE", "RENAME"};

bool climbs(const std::string& path) { return (path + "/").find("/../") != std::string::npos; }

}  // namespace

std::optional<std::string> path_of(std::string_view encoded) {
    const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; };
    std::string path;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        char c = encoded[i];
        if (c == '%') {
            if (i + 2 >= encoded.size() || digit(encoded[i + 1]) < 0 || digit(encoded[i + 2]) < 0) return {};
            c = static_cast<char>(digit(encoded[i + 1]) * 16 + digit(encoded[i + 2]));
            i += 2;
        }
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return {};
        path += c;
    }
    // A decoded "%2e%2e" climbs as well as a plain one, and curl resolved only the plain ones.
    if (climbs(path)) return {};
    return path;
}

std::string header_of(const Request& request, std::string_view name) {
    for (const auto& header : request.headers)
        if (header.name.size() == name.size() && strncasecmp(header.name.data(), name.data(), name.size()) == 0) return header.value;
    return {};
}

Status check_file_request(const Request& request, const UrlParts& url, std::string_view protocol) {
    const std::string spoken{protocol};
    if (!path_of(url.path)) return fail(Errc::data, "the path of " + printable(request.url) + " holds .. or a control byte");
    if (std::find(file_methods.begin(), file_methods.end(), request.method) == file_methods.end())
        return fail(Errc::invalid_argument, spoken + " has no method " + printable(request.method) + "; there are GET, PUT, LIST, DELETE and RENAME");
    for (const auto& header : request.headers)
        if (strcasecmp(header.name.c_str(), "Destination") != 0) return fail(Errc::invalid_argument, spoken + " has no header but Destination");
    if (request.method == "RENAME") {
        const auto target = header_of(request, "Destination");
        if (!target.starts_with('/') || printable(target, target.size()) != target || climbs(target))
            return fail(Errc::data, "RENAME wants the header Destination with a whole path, without ..");
    }
    if (request.user.empty()) return fail(Errc::invalid_config, spoken + " wants a user", {}, "add user to the connector's settings");
    if (request.body.size() > request.body_bytes_max)
        return fail(Errc::input_too_large, "the file has " + std::to_string(request.body.size()) + " bytes; at most " + std::to_string(request.body_bytes_max) + " are sent");
    return {};
}

std::string server_of(const UrlParts& url) { return url.scheme + "://" + url.host + (url.port.empty() ? "" : ":" + url.port); }

Response ended(Outcome outcome, std::string detail) {
    Response response;
    response.outcome = outcome;
    response.detail = printable(detail);
    return response;
}

}  // namespace owed::transports::detail
