#include "host/detail/url_rules.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>

#include "transports/guard.hpp"

namespace owed::host {
namespace {

using transports::UrlParts;
using transports::url_parts;

/// A pattern's parts. Its "*." is no host name, so it is read without and put back.
std::optional<UrlParts> pattern_parts(std::string_view text, bool& any_labels) {
    const auto host = text.find("://");
    any_labels = host != std::string_view::npos && text.substr(host + 3).starts_with("*.");
    if (!any_labels) return url_parts(text);
    return url_parts(std::string{text.substr(0, host + 3)} + std::string{text.substr(host + 5)});
}

bool host_fits(const std::string& host, const std::string& pattern, bool any_labels) {
    if (!any_labels) return host == pattern;
    return host.size() > pattern.size() + 1 && host.ends_with("." + pattern);
}

std::string_view usual_port(std::string_view scheme) {
    static constexpr std::pair<std::string_view, std::string_view> usual[] = {{"https", "443"}, {"http", "80"}, {"ftp", "21"}, {"ftps", "990"}, {"imap", "143"}, {"imaps", "993"}};
    for (const auto& [name, port] : usual)
        if (name == scheme) return port;
    return "";
}

/// Without a port a pattern means the scheme's usual one: what else listens on that machine was not meant. SMTP has three
/// usual ones, and SFTP's is often another, so there it means any.
bool port_fits(const UrlParts& url, const UrlParts& pattern) {
    const auto usual = usual_port(url.scheme);
    const std::string_view have = url.port.empty() ? usual : std::string_view{url.port};
    const std::string_view want = pattern.port.empty() ? usual : std::string_view{pattern.port};
    return want.empty() || have == want;
}

/// "/api" allows /api, /api/x and not /apiary. A server may undo %2e, %2f and %5c after the check here, so below a path
/// none of them passes.
bool path_fits(const std::string& path, const std::string& pattern) {
    if (pattern.size() <= 1) return true;
    std::string low = path;
    std::transform(low.begin(), low.end(), low.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const char* hidden : {"%2e", "%2f", "%5c", "%25", "/..", ";"})
        if (low.find(hidden) != std::string::npos) return false;
    if (!path.starts_with(pattern)) return false;
    return pattern.ends_with('/') || path.size() == pattern.size() || path[pattern.size()] == '/';
}

bool fits(const UrlParts& url, std::string_view pattern_text) {
    bool any_labels = false;
    const auto pattern = pattern_parts(pattern_text, any_labels);
    return pattern && url.scheme == pattern->scheme && host_fits(url.host, pattern->host, any_labels) && port_fits(url, *pattern) &&
           path_fits(url.path, pattern->path);
}

bool any_fits(const UrlParts& url, const std::vector<std::string>& patterns) {
    return std::any_of(patterns.begin(), patterns.end(), [&](const auto& pattern) { return fits(url, pattern); });
}

std::string place_of(const UrlParts& url) { return url.scheme + "://" + url.host + (url.port.empty() ? "" : ":" + url.port); }

}  // namespace

std::optional<std::string> destination_url(std::string_view url, std::string_view destination) {
    const auto parts = url_parts(url);
    const bool other = parts && (parts->scheme == "sftp" || parts->scheme == "ftp" || parts->scheme == "ftps" || parts->scheme == "imap" || parts->scheme == "imaps");
    if (!other) return {};
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out = place_of(*parts) + (destination.starts_with('/') ? "" : "/");
    for (const char c : destination) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view{"-._~/"}.find(c) != std::string_view::npos;
        if (plain) out += c;
        else out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return out;
}

std::string host_of_url(std::string_view url) {
    const auto parts = url_parts(url);
    return parts ? parts->host : std::string{};
}

std::string place_of_url(std::string_view url) {
    const auto parts = url_parts(url);
    return parts ? place_of(*parts) : std::string{};
}

std::optional<std::string_view> setting_named_by(std::string_view manifest_url) {
    constexpr std::string_view by_setting = "settings:";
    if (!manifest_url.starts_with(by_setting)) return {};
    return manifest_url.substr(by_setting.size());
}

std::optional<std::string> server_in_setting(const boost::json::value& settings, std::string_view pointer) {
    boost::system::error_code none;
    const auto* value = settings.find_pointer(pointer, none);
    if (value == nullptr || !value->is_string()) return {};
    const std::string text{value->get_string()};
    auto server = place_of_url(text.find("://") == std::string::npos ? "https://" + text : text);
    if (server.empty()) return {};
    return server;
}

bool fits_any(std::string_view url, const std::vector<std::string>& patterns) {
    const auto parts = url_parts(url);
    return parts && any_fits(*parts, patterns);
}

Status check_pattern(std::string_view pattern) {
    bool any_labels = false;
    const auto parts = pattern_parts(pattern, any_labels);
    const std::string shown = "\"" + transports::printable(pattern) + "\"";
    if (!parts || parts->host.find('*') != std::string::npos)
        return fail(Errc::invalid_config, shown + " is no URL pattern", {}, "write scheme://host[:port][/path]; the host may begin with \"*.\"");
    if (any_labels && parts->host.find('.') == std::string::npos)
        return fail(Errc::invalid_config, shown + " would allow a whole top-level domain", {}, "name the domain too: https://*.example.com/");
    return {};
}

Status check_allowed(std::string_view text, const UrlRules& rules) {
    const auto url = url_parts(text);
    if (!url) return fail(Errc::plugin_bug, "a request to \"" + transports::printable(text.substr(0, text.find('?'))) + "\", which is no URL that owed speaks to", {},
                          "scheme://host[:port]/path in ASCII, without user, password or a dot after the host");
    const std::string shown = place_of(*url);
    const std::string add = "if that is right, add \"" + shown + "/\" to the connector's allow_urls";
    if (rules.asks_for_urls && !any_fits(*url, rules.manifest))
        return fail(Errc::invalid_config, "the plugin wants to speak to " + shown + ", which its own manifest does not ask for", {},
                    "if the address stands in the connector's settings, correct it there; else ask the plugin's maker");
    if (!rules.allow_urls.empty()) {
        if (any_fits(*url, rules.allow_urls)) return {};
        return fail(Errc::invalid_config, "the plugin wants to speak to " + shown + ", which the connector's allow_urls does not have", {}, add);
    }
    if (rules.asks_for_urls || rules.settings_hosts.contains(url->host)) return {};
    return fail(Errc::invalid_config, "the plugin wants to speak to " + shown + ", which does not stand in its settings", {}, add);
}

}  // namespace owed::host
