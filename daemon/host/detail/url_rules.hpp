// Where an instance may speak to: what its manifest asks for, narrowed by its configuration.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "owed/result.hpp"

namespace owed::host {

struct UrlRules {
    std::vector<std::string> manifest;     ///< the manifest's `urls`, its settings' pointers resolved; with asks_for_urls
    bool asks_for_urls = false;            ///< the manifest has `urls`
    std::vector<std::string> allow_urls;   ///< the configuration's list; empty: it has none
    std::set<std::string> settings_hosts;  ///< lower-case hosts that stand in the settings: they count when nobody has a list
};

/// May an instance speak to this URL? The manifest's list and the configuration's must both have it. Errors: invalid_config
/// with what to add; plugin_bug for what is no URL. Any thread.
Status check_allowed(std::string_view url, const UrlRules& rules);

/// Does `url` fit one of these patterns (TransferGrants::allow_urls)?
bool fits_any(std::string_view url, const std::vector<std::string>& patterns);

/// A pattern as allow_urls may hold: scheme://host[:port][/path], the host perhaps beginning with "*.". Errors:
/// invalid_config.
Status check_pattern(std::string_view pattern);

/// The URL that a header Destination names beside a request's own: "sftp://bank.example/done/a" of a RENAME, the mailbox of a
/// MOVE. It must be allowed, too. Nothing for the web and mail, where that header means nothing to the transport.
std::optional<std::string> destination_url(std::string_view url, std::string_view destination);

/// "mail.example.com" of "smtp://mail.example.com:587"; empty for what is no URL. Lower case.
std::string host_of_url(std::string_view url);

/// "https://api.example.com:8443" of a URL: for messages, and the key of what is known about a server.
std::string place_of_url(std::string_view url);

/// A manifest's `urls` may name a setting for a server, as "settings:/login_url": its pointer, "/login_url"; nullopt: it is a pattern.
std::optional<std::string_view> setting_named_by(std::string_view manifest_url);
/// The server that such a setting names, by itself ("api.example.com", which is https) or in a URL: "https://api.example.com". Any
/// path is left out. nullopt: it is not given, or is no server's name; then it allows nothing.
std::optional<std::string> server_in_setting(const boost::json::value& settings, std::string_view pointer);

}  // namespace owed::host
