#include "main/reach.hpp"

#include <boost/json.hpp>

namespace owed::daemon {
namespace {

/// `security: none` in a sender's settings: plain text, which the transport allows to this machine itself only.
bool says_no_security(const std::string& settings_json) {
    boost::system::error_code broken;
    const auto settings = boost::json::parse(settings_json, broken);
    const auto* security = settings.is_object() ? settings.as_object().if_contains("security") : nullptr;
    return security != nullptr && security->is_string() && security->as_string() == "none";
}

/// A secret is read when it is used, so that a renewed file serves at once. Empty for no reference.
std::function<Result<std::string>()> by_reference(const std::string& reference) {
    if (reference.empty()) return {};
    return [reference] { return config::resolve_secret(reference); };
}

host::OAuthClient client_of(const config::OAuth2& from) {
    host::OAuthClient to;
    using Grant = host::OAuthClient::Grant;
    to.grant = from.grant == "jwt_bearer" ? Grant::jwt_bearer : from.grant == "refresh_token" ? Grant::refresh_token : Grant::client_credentials;
    to.client_auth = from.client_auth == "basic" ? host::OAuthClient::ClientAuth::basic : host::OAuthClient::ClientAuth::body;
    to.token_url = from.token_url;
    to.client_id = from.client_id;
    to.audience = from.audience;
    to.subject = from.subject;
    to.scope = from.scope;
    to.key_id = from.key_id;
    to.client_secret = by_reference(from.client_secret);
    to.private_key = by_reference(from.private_key);
    to.refresh_token = by_reference(from.refresh_token);
    to.where = config::to_text(from.place);
    return to;
}

void wire_transfer(const config::Connector& connector, host::TransferGrants& to) {
    const config::Transfer& from = connector.transfer;
    to.allow_urls = connector.allow_urls;
    to.plain_text_on_loopback = from.plain_text_on_loopback.value_or(says_no_security(connector.settings_json));
    to.ca_file = from.ca_file;
    to.client_certificate = from.client_certificate;
    to.client_key = by_reference(from.client_key);
    to.proxy = from.proxy;
    to.host_key = from.host_key;
    to.ssh_key = by_reference(from.ssh_key);
    to.helo = from.helo;
    to.requests_per_minute = from.requests_per_minute;
    to.timeout_ms = static_cast<std::uint32_t>(from.timeout_seconds * 1000);
    to.response_bytes_max = static_cast<std::uint64_t>(from.response_mib) << 20;
    to.record = from.record;
}

}  // namespace

void wire_reach(const config::Connector& connector, host::InstanceConfig& instance) {
    wire_transfer(connector, instance.transfer);
    for (const auto& [name, secret] : connector.secrets) {
        if (secret.oauth2) instance.oauth[name] = client_of(*secret.oauth2);
        if (!secret.urls.empty()) instance.secret_urls[name] = secret.urls;
    }
    instance.secret = [secrets = connector.secrets, name = connector.name](std::string_view wanted) -> Result<std::string> {
        const auto at = secrets.find(std::string{wanted});
        if (at == secrets.end())
            return fail(Errc::invalid_config, "connector " + name + " has no secret \"" + std::string{wanted} + "\"", {}, "add it under secrets:");
        return config::resolve_secret(at->second.reference);
    };
    instance.has_secret = [secrets = connector.secrets](std::string_view wanted) { return secrets.contains(std::string{wanted}); };
    instance.store_secret = [secrets = connector.secrets](std::string_view name, std::string_view refresh_token) -> Status {
        const auto at = secrets.find(std::string{name});
        if (at == secrets.end() || !at->second.oauth2) return fail(Errc::internal, "there is no such token in the configuration");
        return config::replace_secret(at->second.oauth2->refresh_token, refresh_token);
    };
}

}  // namespace owed::daemon
